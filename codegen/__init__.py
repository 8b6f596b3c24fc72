"""Build time: compiles spec/ and scopes.yaml into generated/. Nothing imports this package at run time."""
