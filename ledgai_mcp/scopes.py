"""Names of groups and scopes, as a person writes them, turned into scopes.

Knows: how a group unfolds, which name was probably meant. Must not know: settings, tokens, who asks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ledgai_mcp.suggestions import hint


def expand(
    names: Iterable[str], known: Collection[str], groups: Mapping[str, Collection[str]]
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the scopes, and each name that grants nothing because it is unknown, quoted and with a hint."""
    scopes: set[str] = set()
    unknown: list[str] = []
    groups_are = f"the groups are {', '.join(sorted(groups))}"
    for name in names:
        if name in groups:
            scopes.update(groups[name])
        elif name in known:
            scopes.add(name)
        else:
            unknown.append(f"{name[:60]!r}; {hint(name, {*known, *groups}, groups_are)}")
    return frozenset(scopes), tuple(unknown)
