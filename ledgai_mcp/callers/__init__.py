"""Who is calling on stdio: the person of the environment, or the holder of a token.

Knows settings and tokens. Must not know tools or requests.
"""
