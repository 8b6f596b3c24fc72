"""Build time: compiles spec/ and scopes.yaml into generated/.

Knows: OpenAPI, the overlay, the scope map, and what is rendered of them. Must not know: the runtime, which
does not import it either.
"""
