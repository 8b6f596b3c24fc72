"""A stand-in for the QuantConnect API, with state: what to try, test and demonstrate against.

Knows: how the API behaves, as far as that is known.
Must not know: the runtime of this product (it imports none of it).
"""
