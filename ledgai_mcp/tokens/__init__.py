"""Tokens: what one says and whether it is true, which keys say so, how one is made, renewed and revoked.

Knows JOSE and the state. Must not know tools, requests to the API, or how a token arrived.
"""
