"""Says what departures mean for the product, each once, with the tools it reaches and what to edit.

Knows: departures, the facts they come from, where ours stand.
Must not know: how a document is read or written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Literal, TypeAlias, get_args

from attrs import evolve, frozen

from codegen.drift.departures import THERE, Departure
from codegen.drift.facts import Fact, Operation, Side, unions
from codegen.inputs.problems import Place
from codegen.policy_review.policy import SPEC

Kind: TypeAlias = Literal[
    "endpoint added",
    "endpoint removed",
    "endpoint never published",
    "argument added",
    "argument removed",
    "argument retyped",
    "argument newly required",
    "argument no longer required",
    "enum grown",
    "enum shrunk",
    "limit changed",
    "answer changed",
    "repair out of date",
]

BODY = "(body)"
"""Where a change of a body as a whole is."""
Facts: TypeAlias = Mapping[str, Fact]
Words: TypeAlias = list[tuple[str, str]]
"""What differs at one path: `+` only theirs say it, `-` only ours."""


@frozen(order=True, kw_only=True)
class Change:
    """One change of the published document. `where` is a path inside an endpoint, empty for the endpoint."""

    kind: Kind
    endpoints: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    where: str = ""
    said: str
    edit: str


@frozen
class Reading:
    """What is needed to put departures into words."""

    ours: Mapping[str, Operation]
    theirs: Mapping[str, Operation]
    tools: Mapping[str, tuple[str, ...]]
    """Endpoint -> tools."""
    only_ours: frozenset[str]
    """Endpoints that were not published before either."""

    def changes(self, departures: Iterable[Departure]) -> list[Change]:
        """Turn departures into changes; one that several endpoints share through a schema is one change."""
        found: dict[tuple[str, ...], Change] = {}
        key: tuple[str, ...]
        for (endpoint, side, path), group in groupby(
            sorted(departures), lambda each: (each.endpoint, each.side, each.path)
        ):
            words = [(each.sign, each.word) for each in group]
            for change in self._one(endpoint, side, path, words):
                shared = (path.rpartition(".")[2], change.said, change.edit)
                key = (change.kind, endpoint) if not change.where else (change.kind, *shared)
                other = found.setdefault(key, change)
                found[key] = evolve(
                    other,
                    endpoints=(*other.endpoints, endpoint),
                    tools=tuple(dict.fromkeys((*other.tools, *self.tools.get(endpoint, ())))),
                )
        order = list(get_args(Kind))
        return sorted(found.values(), key=lambda each: (order.index(each.kind), each))

    def _one(self, endpoint: str, side: Side, path: str, words: Words) -> list[Change]:
        if not words[0][1]:
            return [self._endpoint(endpoint, words[0][0])]
        ours, theirs = self.ours[endpoint].side(side), self.theirs[endpoint].side(side)
        line = (_stands(ours, path) or self.ours[endpoint].block.place).line
        describe: Callable[..., Iterator[tuple[Kind, str, str]]] = _request if side == "request" else _answer
        return [
            Change(kind=kind, where=path or BODY, said=said, edit=f"{SPEC}:{line}: {edit}")
            for kind, said, edit in describe(path, words, ours, theirs)
        ]

    def _endpoint(self, endpoint: str, sign: str) -> Change:
        if sign == "+":
            edit = (
                f"describe it in {SPEC} (--accept writes the facts), name it in spec/overlay.yaml,"
                f" and give it a scope in scopes.yaml"
            )
            before = self._before(endpoint)
            said = f"; perhaps {before} under another path, which is gone" if before else ""
            return Change(kind="endpoint added", said=f"new endpoint{said}", edit=edit)
        place = f"{SPEC}:{self.ours[endpoint].block.place.line}"
        delete = "delete it, with its action in spec/overlay.yaml and its line in scopes.yaml"
        take = "list it in spec/repairs.yaml under x-take"
        if endpoint in self.only_ours:
            said = "only our description has it, and the published one never had"
            edit = f"{place}: if the API answers it, {take}; else {delete}"
            return Change(kind="endpoint never published", said=said, edit=edit)
        edit = f"{place}: {delete}; if the API still answers it, {take}"
        return Change(kind="endpoint removed", said="no longer published", edit=edit)

    def _before(self, endpoint: str) -> str:
        """Name the one endpoint that is gone and asks word for word what this new one asks; else nothing."""
        new = self.theirs[endpoint]
        same = [
            name
            for name, old in self.ours.items()
            if name not in self.theirs and old.request == new.request and set(new.answer) <= set(old.answer)
        ]
        return same[0] if len(same) == 1 else ""


def _stands(facts: Facts, path: str) -> Place | None:
    """Return where ours describes a path; for one that is new, where it belongs."""
    fact = facts.get(path)
    if not fact and path.endswith(">"):
        return next((node.at(key) for node, key in unions(facts.get(parent(path), Fact()))), None)
    if fact and fact.holders:
        # The last is what a reference leads to.
        named = [part for part in fact.holders if "properties" in part.node or "enum" in part.node]
        return (named or fact.holders)[0].node.place
    return _stands(facts, parent(path)) if path else None


def _request(path: str, words: Words, ours: Facts, theirs: Facts) -> Iterator[tuple[Kind, str, str]]:
    mine, other, name = ours.get(path, Fact()), theirs.get(path, Fact()), _name(path)
    more, less = ([word for at, word in words if at == sign] for sign in "+-")
    if THERE in more and path.endswith(">"):
        yield "argument added", f"new alternative, with {_inner(theirs, path)}", _branch(path)
        return
    if THERE in more:
        described = _described(other)
        yield "argument added", f"new argument, {described}", f"add {name}: {described}"
        return
    if THERE in less:
        yield "argument removed", "no longer there", f"delete {name}"
        return
    for word, noun in (("type", "type"), ("media", "content type"), ("in", "place")):
        if _of(word, [*more, *less]):
            now = _all(word, other)
            yield "argument retyped", f"{_all(word, mine)} -> {now}", f"write the {noun} {now}"
    if any(word.startswith("required") for word in (*more, *less)):
        if "required" in more or ("required by some" in more and "required" not in less):
            yield "argument newly required", "required", f"add {name} to required"
        else:
            yield "argument no longer required", "optional", f"take {name} out of required"
    if values := ", ".join(_of("value", more)):
        yield "enum grown", f"more values: {values}", f"add {values}"
    if values := ", ".join(_of("value", less)):
        yield "enum shrunk", f"fewer values: {values}", f"delete {values}"
    told = ("type ", "value ", "required", "media ", "in ")
    rest = [f"{sign}{word}" for sign, word in words if not word.startswith(told)]
    if rest:
        yield "limit changed", ", ".join(rest), "write the limits of today"


def _answer(path: str, words: Words, ours: Facts, theirs: Facts) -> Iterator[tuple[Kind, str, str]]:
    mine, other, name = ours.get(path, Fact()), theirs.get(path, Fact()), _name(path)
    edit = f"let {name} be that as well"
    if all(sign == "-" for sign, _ in words):
        edit = "nothing, or delete it: an answer may say more than is published"
    if ("+", THERE) in words and path.endswith(">"):
        yield "answer changed", f"new alternative, with {_inner(theirs, path)}", _branch(path)
        return
    if ("+", THERE) in words:
        yield "answer changed", f"new field, {_all('type', other)}", f"add {name}"
        return
    if ("-", THERE) in words:
        yield "answer changed", "field no longer described", edit
        return
    parts: list[str] = []
    if any(word.startswith("type ") for _, word in words):
        parts.append(f"{_all('type', mine)} -> {_all('type', other)}")
    for sign, amount in (("+", "more"), ("-", "fewer")):
        if values := _of("value", (word for at, word in words if at == sign)):
            parts.append(f"{amount} values: {', '.join(values)}")
    parts += [f"{sign}{word}" for sign, word in words if not word.startswith(("type ", "value "))]
    yield "answer changed", "; ".join(parts), edit


def _branch(path: str) -> str:
    marker = path[path.rindex("<") + 1 : -1].replace("=", " is ")
    return f"add a branch to {parent(path) or 'the body'} whose {marker}"


def _name(path: str) -> str:
    return path.rpartition(".")[2] or "the body"


def parent(path: str) -> str:
    """Return the path around a path: `a.b[].c` is in `a.b[]`, which is in `a.b`."""
    for ending in ("[]", "{}"):
        if path.endswith(ending):
            return path.removesuffix(ending)
    if path.endswith(">"):
        return path[: path.rindex("<")]
    return path.rpartition(".")[0]


def _of(kind: str, words: Iterable[str]) -> list[str]:
    return [word.removeprefix(f"{kind} ") for word in words if word.startswith(f"{kind} ")]


def _all(kind: str, fact: Fact) -> str:
    return " or ".join(sorted(_of(kind, fact.words))) or "anything"


def _inner(facts: Facts, path: str) -> str:
    start = f"{path}."
    names = [name.removeprefix(start) for name in facts if name.startswith(start)]
    return ", ".join(sorted(name for name in names if not set(name) & set(".[{<"))) or "no arguments"


def _described(fact: Fact) -> str:
    values = sorted(_of("value", fact.words))
    parts = [_all("type", fact), *([f"one of {', '.join(values)}"] if values else [])]
    parts += [f"in {place}" for place in sorted(_of("in", fact.words))]
    return ", ".join([*parts, "required" if "required" in fact.words else "optional"])
