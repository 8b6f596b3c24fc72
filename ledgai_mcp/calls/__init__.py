"""One call: may this caller make it, do its arguments fit, how does the API's answer read to a model.

Knows the catalogue and the way to the API. Must not know MCP, HTTP servers or tokens.
"""
