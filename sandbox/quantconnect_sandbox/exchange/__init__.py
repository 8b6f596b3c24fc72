"""One call as endpoints see it: arguments in, an envelope out.

Knows: how lenient the API is, how answers are written. Must not know: HTTP, endpoints.
"""
