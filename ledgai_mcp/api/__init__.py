"""The way to the QuantConnect API: one pool, signed requests, what an answer holds.

Knows one API and one caller at a time. Must not know tools' permissions, tokens or MCP.
"""
