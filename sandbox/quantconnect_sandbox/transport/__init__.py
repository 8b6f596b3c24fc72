"""HTTP: a socket, one request after the other, and what may go wrong between.

Knows: bodies, signatures, the order of a request. Must not know: what endpoints do.
"""
