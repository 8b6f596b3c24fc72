"""Which known name a misspelt one was probably meant to be.

Knows: how names resemble each other. Must not know: what they name.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_ALIKE = 0.75
"""Of 1.0: below it a suggestion would be a guess."""
_LONGEST = 80
"""Characters compared: a caller can send ten megabytes, and comparing them would keep everybody waiting."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is closest, whatever its case and underscores, or None if none is near."""
    plain = {_plain(word): word for word in sorted(known)}
    close = difflib.get_close_matches(_plain(name[:_LONGEST]), plain, n=1, cutoff=_ALIKE)
    return plain[close[0]] if close else None


def hint(name: str, known: Iterable[str], otherwise: str) -> str:
    """Ask whether the closest name was meant; `otherwise` if none is near."""
    close = nearest(name, known)
    return f"did you mean {close}?" if close else otherwise


def _plain(name: str) -> str:
    return name.lower().replace("_", "")
