"""Where two sets of facts depart from each other, and which of the departures are known and meant.

Knows: facts. Must not know: documents, files, what a person should do about it.

A departure is one word at one path: `+` they say it and we do not, `-` we say it and they do not. Requests
must agree word for word. Answers are described wider here than there, on purpose (null everywhere, values
outside an enum, numbers as text): an answer departs where they say a field, a type or a value that ours does
not name, or no longer say what they said when the pin was written.
"""

from collections.abc import Container, Iterable, Iterator, Mapping

from attrs import frozen

from codegen.drift.facts import Fact, Operation, Side

THERE = "there"
"""The word for a field as such."""


@frozen(order=True)
class Departure:
    """One word at one path of one endpoint. `word` is empty for the endpoint as a whole."""

    endpoint: str
    side: Side
    path: str
    sign: str
    """`+` only theirs, `-` only ours."""
    word: str


def between(
    ours: Mapping[str, Operation], theirs: Mapping[str, Operation], unpublished: Container[str] = ()
) -> list[Departure]:
    """Compare two documents; sorted. `unpublished` are endpoints that theirs is known to lack."""
    found: list[Departure] = []
    for name in sorted({*ours, *theirs}):
        if name not in ours or name not in theirs:
            if name in theirs or name not in unpublished:
                found.append(Departure(name, "request", "", "+" if name in theirs else "-", ""))
            continue
        for side in ("request", "answer"):
            mine, other = ours[name].side(side), theirs[name].side(side)
            found += [Departure(name, side, *each) for each in _side(mine, other, side)]
    return sorted(found)


def _side(ours: Mapping[str, Fact], theirs: Mapping[str, Fact], side: str) -> Iterator[tuple[str, str, str]]:
    gone: list[str] = []
    for path in sorted({*ours, *theirs}):
        # What is inside of something that is not there at all needs no line of its own.
        if any(_inside(path, outer) for outer in gone):
            continue
        if path not in theirs or path not in ours:
            gone.append(path)
            yield path, "+" if path in theirs else "-", THERE
            continue
        yield from ((path, *each) for each in _words(ours[path].words, theirs[path].words, side))


def _inside(path: str, outer: str) -> bool:
    return path.startswith(outer) and path[len(outer) : len(outer) + 1] in (".", "[", "{", "<")


def _words(ours: set[str], theirs: set[str], side: str) -> Iterator[tuple[str, str]]:
    more, less = theirs - ours, ours - theirs
    if side == "answer":
        types = {word for word in ours if word.startswith("type ")}
        # A value of any type is allowed where ours names none, an integer where it says number.
        more = {word for word in more if not word.startswith("type ") or _refused(word, types)}
        less = {word for word in less if word.startswith(("value ", "media "))}
    yield from (("+", word) for word in sorted(more))
    yield from (("-", word) for word in sorted(less))


def _refused(word: str, types: set[str]) -> bool:
    return bool(types) and not (word == "type integer" and "type number" in types)


def pinned(departures: Iterable[Departure]) -> dict[str, dict[str, list[str]]]:
    """Write departures as the pin keeps them: endpoint -> `side path` -> signed words."""
    found: dict[str, dict[str, list[str]]] = {}
    for each in sorted(departures):
        fields = found.setdefault(each.endpoint, {})
        fields.setdefault(f"{each.side} {each.path}".strip(), []).append(f"{each.sign}{each.word}")
    return found


def known(pin: Mapping[str, Mapping[str, Iterable[str]]]) -> set[Departure]:
    """Read departures back; raises ValueError if the pin is not of that shape."""
    found: set[Departure] = set()
    for endpoint, fields in pin.items():
        for key, words in fields.items():
            side, _, path = key.partition(" ")
            if side not in ("request", "answer"):
                raise ValueError(f"{endpoint}: {key}")
            which: Side = "request" if side == "request" else "answer"
            found |= {Departure(endpoint, which, path, word[:1], word[1:]) for word in words}
    return found
