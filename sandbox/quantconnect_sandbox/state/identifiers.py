"""Identifiers in the forms that the API gives them.

Knows: their shapes (api-facts 3, 4, 6). Must not know: what they identify.
"""

import hashlib
import secrets


def hex32() -> str:
    """A fresh id of 32 hex digits."""
    return secrets.token_hex(16)


def digest(text: str) -> str:
    """SHA-256 in hex: for ids that must be the same each time."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
