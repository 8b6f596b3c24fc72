"""The word that somebody probably meant.

Knows: spelling. Must not know: what the words name.
"""

from collections.abc import Iterable
from difflib import get_close_matches


def meant(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean "x"?)` for a near miss of a known word, else an empty text."""
    near = get_close_matches(word, sorted(known), n=1, cutoff=0.75)
    return f' (did you mean "{near[0]}"?)' if near else ""


def listed(words: Iterable[str]) -> str:
    """Write words as a sorted, quoted list."""
    return ", ".join(f'"{word}"' for word in sorted(words))
