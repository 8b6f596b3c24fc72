"""Names of groups and scopes, as a person writes them, turned into scopes.

Knows: how a group unfolds, which name was probably meant. Must not know: settings, tokens, who asks.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping

from attrs import frozen


@frozen
class Unknown:
    """A name that is neither a group nor a scope."""

    name: str
    hint: str

    @property
    def shown(self) -> str:
        """The name for a text: quoted, and no longer than a line."""
        return repr(self.name[:60])


def expand(
    names: Iterable[str], known: Collection[str], groups: Mapping[str, Collection[str]]
) -> tuple[frozenset[str], tuple[Unknown, ...]]:
    """Return the scopes, and the names that grant nothing because they mean nothing."""
    scopes: set[str] = set()
    unknown: list[Unknown] = []
    for name in names:
        if name in groups:
            scopes.update(groups[name])
        elif name in known:
            scopes.add(name)
        else:
            close = difflib.get_close_matches(name, sorted({*known, *groups}), n=1)
            hint = f"did you mean {close[0]}?" if close else f"the groups are {', '.join(sorted(groups))}"
            unknown.append(Unknown(name, hint))
    return frozenset(scopes), tuple(unknown)
