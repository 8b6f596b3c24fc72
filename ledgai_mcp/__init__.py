"""The server: who is calling, what they may do, and how a call reaches QuantConnect.

Knows: the generated tools. Must not know: how they are made, YAML, OpenAPI.
"""
