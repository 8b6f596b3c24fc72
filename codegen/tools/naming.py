"""Gives each argument the name under which it is published; the one place where names are made.

Knows: what strict providers accept as an argument name (case C16). Must not know: schemas, tools.

The API's own spelling is kept wherever it can be. The result does not depend on the order of the arguments.
"""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import TypeAlias

from codegen.tools.catalogue import Place

LONGEST = 64
_CLEAN = re.compile(rf"[a-zA-Z0-9_.-]{{1,{LONGEST}}}\Z")
_PLACES: tuple[Place, ...] = ("path", "query", "body", "file", "whole_body")

Key: TypeAlias = tuple[Place, str]
"""Where the API expects an argument, and how it writes it."""


def published(keys: Iterable[Key]) -> dict[Key, str]:
    """Name every argument, all names distinct.

    Of two arguments written alike the first of path, query, body keeps the spelling, and the other is
    called after its place: `id` in the path, `body_id` in the body.
    """
    ordered = sorted(set(keys), key=lambda key: (_PLACES.index(key[0]), key[1]))
    names: dict[Key, str] = {}
    used: set[str] = set()
    # Names that may stay as they are come first, so that none of them is taken by a made one.
    for key in ordered:
        if _CLEAN.match(key[1]) and key[1] not in used:
            names[key] = key[1]
            used.add(key[1])
    for key in ordered:
        if key not in names:
            names[key] = _free(_made(key), used)
            used.add(names[key])
    return names


def _made(key: Key) -> str:
    place, spelling = key
    if _CLEAN.match(spelling):
        return _fitted(f"{'body' if place in ('file', 'whole_body') else place}_{spelling}", spelling)
    plain = re.sub(r"[^a-zA-Z0-9_.-]+", "_", spelling).strip("_")
    # A name without any usable letter gets one from its digest: a running number would depend on the others.
    return _fitted(plain, spelling) if plain else f"arg_{_digest(spelling)}"


def _fitted(name: str, spelling: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 9]}_{_digest(spelling)}"


def _digest(spelling: str) -> str:
    return sha256(spelling.encode()).hexdigest()[:8]


def _free(name: str, used: set[str]) -> str:
    free, number = name, 2
    while free in used:
        suffix = f"_{number}"
        free, number = name[: LONGEST - len(suffix)] + suffix, number + 1
    return free
