"""Names of groups and scopes, as a person writes them, turned into scopes.

Knows: how a group unfolds, which name was probably meant. Must not know: settings, tokens, who asks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from attrs import frozen

from ledgai_mcp.suggestions import hint


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
            groups_are = f"the groups are {', '.join(sorted(groups))}"
            unknown.append(Unknown(name, hint(name, {*known, *groups}, groups_are)))
    return frozenset(scopes), tuple(unknown)
