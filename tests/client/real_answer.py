"""One kind of body that the API really sends, with what has to be found in it. All values are invented.

Knows: shapes recorded in api_facts 3 to 8.5. Must not know: the client.
"""

from __future__ import annotations

from typing import Any

from attrs import field, frozen


@frozen
class Real:
    """A body and what is read from it."""

    kind: str
    operation: str
    """`<tag>.<operation>` of the client."""
    body: Any = field(repr=False)
    """JSON, or bytes exactly as they arrive."""
    finds: dict[str, Any] = field(repr=False)
    """Path -> value; a model's name as the value of `""` says which model the answer is."""
    beside: frozenset[str] = field(default=frozenset(), converter=frozenset)
    """Names that the specification does not have; they are kept."""
    drifts: frozenset[str] = field(default=frozenset(), converter=frozenset)
    """Places whose value is of another type than the annotation says; it is kept as received."""


def hexadecimal(digit: str, length: int = 32) -> str:
    """An id that nobody has."""
    return digit * length


SPY = {"value": "SPY", "id": "SPY R735QTJ8XC9X", "permtick": "SPY"}
"""A security, as orders and holdings name it."""
LOADING = {"progress": 0.13, "status": "loading", "success": True}
"""What comes while a large answer is being made."""
