"""Making an answer fit what a model can read, without hiding that something is gone.

Knows: JSON values and sizes. Must not know: tools, the API, MCP.

Fields are kept and their contents shortened: lists and maps lose their last entries, texts their end. A map
with very many entries of one kind (results by month) is a list by another name: it keeps its first entries
whole, because all of them emptied would say nothing. Every cut is recorded, so that a part never passes for
the whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any

from attrs import define, field, frozen

_SMALLEST = 60
"""Bytes below which a field is not worth shortening: entries are dropped instead."""
_MANY = 12
"""Entries of one size, whole, that must fit for a map to be shortened as a list is."""


@frozen
class Cut:
    """One place where something is missing."""

    path: str
    kept: int
    of: int
    unit: str
    """`items`, `entries` or `characters`."""

    def __str__(self) -> str:
        return f"{self.path or 'the answer'}: {self.kept} of {self.of} {self.unit}"


def dumps(value: Any) -> str:
    """Write a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def size(value: Any, enough: int) -> int:
    """Count the bytes of a value as compact JSON; past `enough` the count may stop.

    Of a value of 30 MB only the first part is looked at, so measuring costs no more than the budget does.
    """
    if isinstance(value, str):
        if len(value) > enough:
            return len(value) + 2
        return len(encode_basestring(value).encode("utf-8", "surrogatepass"))
    if isinstance(value, dict):
        total = 2
        for name, part in value.items():
            total += size(name, enough) + 2 + size(part, enough - total)
            if total > enough:
                break
        return total
    if isinstance(value, list):
        total = 2
        for part in value:
            total += 1 + size(part, enough - total)
            if total > enough:
                break
        return total
    if value is None or isinstance(value, bool):
        return 5 if value is False else 4
    return len(repr(value))  # as `json` writes numbers; to start an encoder for each takes ten times as long


def shrink(value: Any, budget: int) -> tuple[Any, tuple[Cut, ...]]:
    """Return the value in at most `budget` bytes of compact JSON, and what was cut, largest first."""
    shrinker = _Shrinker()
    small = shrinker.fit(value, budget, "")
    return small, tuple(sorted(shrinker.cuts, key=lambda cut: cut.kept - cut.of))


@define
class _Shrinker:
    cuts: list[Cut] = field(factory=list)

    def fit(self, value: Any, budget: int, path: str) -> Any:
        match value:
            case str() | dict() | list() if size(value, budget) <= budget:
                return value
            case str():
                return self._text(value, budget, path)
            case dict():
                return self._map(value, budget, path)
            case list():
                return self._list(value, budget, path)
            case _:
                return value

    def _text(self, text: str, budget: int, path: str) -> str:
        kept = text[: max(budget - 2, 0)]
        while kept and (over := len(dumps(kept).encode("utf-8", "surrogatepass")) - budget) > 0:
            # One character can take up to 6 bytes (\u0000), so take off a sixth of the excess at a time.
            kept = kept[: -max(1, over // 6)]
        self.cuts.append(Cut(path, len(kept), len(text), "characters"))
        return kept

    def _list(self, items: Sequence[Any], budget: int, path: str) -> list[Any]:
        kept: list[Any] = []
        left = budget - 2
        for item in items:
            left -= size(item, left) + 1
            if left < 0:
                break
            kept.append(item)
        if not kept and items and budget > _SMALLEST:
            kept = [self.fit(items[0], budget - 3, f"{path}[0]")]
        if len(kept) < len(items):
            self.cuts.append(Cut(path, len(kept), len(items), "items"))
        return kept

    def _map(self, entries: Mapping[str, Any], budget: int, path: str) -> dict[str, Any]:
        """Keep small fields whole, let the large ones share what is left; of very many, keep the first."""
        sizes = {name: size(entry, budget) for name, entry in entries.items()}
        left = budget - 2 - sum(size(name, budget) + 2 for name in entries)
        share = _level(list(sizes.values()), left)
        if share < _SMALLEST or _alike([size for size in sizes.values() if size > share], left):
            return self._first(entries, sizes, budget, path)
        return {
            name: entry if sizes[name] <= share else self.fit(entry, share, _under(path, name))
            for name, entry in entries.items()
        }

    def _first(
        self, entries: Mapping[str, Any], sizes: Mapping[str, int], budget: int, path: str
    ) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        left = budget - 2
        for name, entry in entries.items():
            left -= size(name, budget) + sizes[name] + 2
            if left < 0:
                break
            kept[name] = entry
        for name, entry in entries.items() if not kept else ():
            room = budget - 3 - size(name, budget)
            if room > _SMALLEST:
                kept[name] = self.fit(entry, room, _under(path, name))
            break
        self.cuts.append(Cut(path, len(kept), len(entries), "entries"))
        return kept


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _alike(large: Sequence[int], room: int) -> bool:
    """Tell whether so many entries want shortening that it is better to keep some of them whole."""
    return len(large) > _MANY and sorted(large)[len(large) // 2] * _MANY <= room


def _level(sizes: Sequence[int], budget: int) -> int:
    """Return the size up to which each may grow so that all together stay within the budget."""
    left, count = budget, len(sizes)
    for one in sorted(sizes):
        if one * count > left:
            return left // count if left > 0 else 0
        left -= one
        count -= 1
    return max(sizes, default=0)
