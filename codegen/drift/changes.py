"""Says what departures mean for the product, each once, with the tools it reaches and what to edit.

Knows: departures, the facts they come from, where ours stand.
Must not know: how a document is read or written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Literal, TypeAlias, get_args

from attrs import evolve, frozen

from codegen.drift.departures import THERE, Departure
from codegen.drift.facts import Fact, Operation
from codegen.inputs.problems import Place

Kind: TypeAlias = Literal[
    "endpoint added",
    "endpoint removed",
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


@frozen(order=True)
class Change:
    """One change of the published document. `where` is a path inside an endpoint, empty for the endpoint."""

    kind: Kind
    where: str
    said: str
    edit: str
    endpoints: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()


@frozen
class Reading:
    """What is needed to put departures into words."""

    ours: Mapping[str, Operation]
    theirs: Mapping[str, Operation]
    tools: Mapping[str, tuple[str, ...]]
    """Endpoint -> tools."""
    spec: str
    """How our description is called in an edit."""

    def changes(self, departures: Iterable[Departure]) -> list[Change]:
        """Turn departures into changes; one that several endpoints share through a schema is one change."""
        found: dict[tuple[str, ...], Change] = {}
        for (endpoint, side, path), group in groupby(
            sorted(departures), lambda each: (each.endpoint, each.side, each.path)
        ):
            words = [(each.sign, each.word) for each in group]
            for change in self._one(endpoint, side, path, words):
                key = (change.kind, path.rpartition(".")[2], change.said, change.edit)
                other = found.get(key if change.where else (change.kind, endpoint))
                endpoints = (*(other.endpoints if other else ()), endpoint)
                tools = (*(other.tools if other else ()), *self.tools.get(endpoint, ()))
                first = other or change
                found[key if change.where else (change.kind, endpoint)] = evolve(
                    first, endpoints=endpoints, tools=tuple(dict.fromkeys(tools))
                )
        order = list(get_args(Kind))
        return sorted(found.values(), key=lambda each: (order.index(each.kind), each.endpoints, each))

    def _one(self, endpoint: str, side: str, path: str, words: list[tuple[str, str]]) -> list[Change]:
        if words[0][1] == "":
            return [self._endpoint(endpoint, words[0][0])]
        if side == "request":
            return [evolve(each, where=path or BODY) for each in self._request(endpoint, path, words)]
        ours, theirs = self.ours[endpoint].answer, self.theirs[endpoint].answer
        place = self._place(endpoint, ours, path)
        said = _spoken(path, words, theirs.get(path), ours.get(path))
        return [Change("answer changed", path or BODY, said, f"{place}: {_answer(words, path)}")]

    def _endpoint(self, endpoint: str, sign: str) -> Change:
        if sign == "+":
            edit = (
                f"describe it in {self.spec} (--accept writes the facts), name it in spec/overlay.yaml,"
                f" and give it a scope in scopes.yaml"
            )
            before = self._before(endpoint)
            said = (
                f"new endpoint; perhaps {before} under another path, which is gone"
                if before
                else "new endpoint"
            )
            return Change("endpoint added", "", said, edit)
        place = self.ours[endpoint].block.place
        edit = (
            f"{self.spec}:{place.line}: delete it, with its action in spec/overlay.yaml and its line in"
            f" scopes.yaml; if the API still answers it, list it in spec/repairs.yaml under x-take"
        )
        return Change("endpoint removed", "", "no longer published", edit)

    def _before(self, endpoint: str) -> str:
        """Name the one endpoint that is gone and asks word for word what this new one asks; else nothing."""
        new = self.theirs[endpoint]
        same = [
            name
            for name, old in self.ours.items()
            if name not in self.theirs
            and {path: fact.words for path, fact in old.request.items()}
            == {path: fact.words for path, fact in new.request.items()}
            and set(new.answer) <= set(old.answer)
        ]
        return same[0] if len(same) == 1 else ""

    def _request(self, endpoint: str, path: str, words: list[tuple[str, str]]) -> list[Change]:
        ours, theirs = self.ours[endpoint].request, self.theirs[endpoint].request
        mine, other = ours.get(path, Fact()), theirs.get(path, Fact())
        place, name = self._place(endpoint, ours, path), path.rpartition(".")[2] or "the body"
        more = [word for sign, word in words if sign == "+"]
        less = [word for sign, word in words if sign == "-"]
        if THERE in more and path.endswith(">"):
            marker = path[path.rindex("<") + 1 : -1]
            edit = (
                f"{place}: add a branch to {parent(path) or 'the body'} whose {marker.replace('=', ' is ')}"
            )
            return [Change("argument added", path, f"new alternative, with {_inner(theirs, path)}", edit)]
        if THERE in more:
            said = f"new argument, {_described(other)}"
            return [Change("argument added", path, said, f"{place}: add {name}: {_described(other)}")]
        if THERE in less:
            return [Change("argument removed", path, "no longer there", f"{place}: delete {name}")]
        found: list[Change] = []
        for word, noun in (("type", "type"), ("media", "content type"), ("in", "place")):
            if _of(word, more) or _of(word, less):
                was, now = _all(word, mine), _all(word, other)
                edit = f"{place}: write the {noun} {now}"
                found.append(Change("argument retyped", path, f"{was} -> {now}", edit))
        if any(word.startswith("required") for word in (*more, *less)):
            grown = "required" in more or ("required by some" in more and "required" not in less)
            kind: Kind = "argument newly required" if grown else "argument no longer required"
            edit = f"{place}: {'add' if grown else 'take'} {name} {'to' if grown else 'out of'} required"
            found.append(Change(kind, path, "required" if grown else "optional", edit))
        for kind, values, verb in (
            ("enum grown", _of("value", more), "add"),
            ("enum shrunk", _of("value", less), "delete"),
        ):
            if values:
                said = f"{'more' if verb == 'add' else 'fewer'} values: {', '.join(values)}"
                found.append(Change(kind, path, said, f"{place}: {verb} {', '.join(values)}"))
        told = ("type ", "value ", "required", "media ", "in ")
        rest = [word for word in (*more, *less) if not word.startswith(told)]
        if rest:
            said = ", ".join(f"{sign}{word}" for sign, word in words if word in rest)
            found.append(Change("limit changed", path, said, f"{place}: write the limits of today"))
        return found

    def _place(self, endpoint: str, facts: Mapping[str, Fact], path: str) -> str:
        """Say where in our description a path stands; one that is new, where it belongs."""
        return f"{self.spec}:{(self._stands(facts, path) or self.ours[endpoint].block.place).line}"

    def _stands(self, facts: Mapping[str, Fact], path: str) -> Place | None:
        outer = path
        while True:
            fact = facts.get(outer)
            if fact and fact.holders:
                # The last is what a reference leads to.
                named = [part for part in fact.holders if "properties" in part.node or "enum" in part.node]
                return (named or fact.holders)[0].node.place
            if not outer:
                return None
            outer = parent(outer)


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


def _types(fact: Fact) -> str:
    return _all("type", fact)


def _all(kind: str, fact: Fact) -> str:
    return " or ".join(sorted(_of(kind, fact.words))) or "anything"


def _inner(facts: Mapping[str, Fact], path: str) -> str:
    start = f"{path}."
    names = [name.removeprefix(start) for name in facts if name.startswith(start)]
    return ", ".join(sorted(name for name in names if not set(name) & set(".[{<"))) or "no arguments"


def _described(fact: Fact) -> str:
    values = sorted(_of("value", fact.words))
    parts = [_types(fact), *([f"one of {', '.join(values)}"] if values else [])]
    parts += [f"in {place}" for place in sorted(_of("in", fact.words))]
    return ", ".join([*parts, "required" if "required" in fact.words else "optional"])


def _spoken(path: str, words: list[tuple[str, str]], theirs: Fact | None, ours: Fact | None) -> str:
    if ("+", THERE) in words:
        return f"new field, {_types(theirs or Fact())}"
    if ("-", THERE) in words:
        return "field no longer described"
    parts: list[str] = []
    if any(word.startswith("type ") for _, word in words):
        parts.append(f"{_types(ours or Fact())} -> {_types(theirs or Fact())}")
    for sign, name in (("+", "more"), ("-", "fewer")):
        if values := _of("value", (word for at, word in words if at == sign)):
            parts.append(f"{name} values: {', '.join(values)}")
    rest = [f"{sign}{word}" for sign, word in words if not word.startswith(("type ", "value "))]
    return "; ".join([*parts, *rest])


def _answer(words: list[tuple[str, str]], path: str) -> str:
    name = path.rpartition(".")[2] or "the body"
    if ("+", THERE) in words:
        return f"add {name}"
    if all(sign == "-" for sign, _ in words):
        return "nothing, or delete it: an answer may say more than is published"
    return f"let {name} be that as well"
