"""MCP over stdin and stdout, for one client.

Knows pipes and the server. Must not know HTTP.
"""
