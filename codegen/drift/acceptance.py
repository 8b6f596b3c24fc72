"""Writes accepted drift into our description: facts, with marks where a person has to write.

Knows: how each departure is written. Must not know: scopes, tool names: who may call a new endpoint, and what
it is called, is not for a machine to say.

An answer keeps the fields that are no longer published: the API may send them still, and nothing depends on
them. They are pinned as known departures.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import define, field, frozen

from codegen import document as documents
from codegen.document import Block, Items
from codegen.drift import departures, facts, locations, renames
from codegen.drift.changes import parent
from codegen.drift.departures import THERE, Departure
from codegen.drift.drafts import Drafts
from codegen.drift.edits import Source, UneditableError
from codegen.drift.facts import LIMITS, Fact, Operation, Part, Side
from codegen.drift.verdict import Verdict
from codegen.overlay import Location
from codegen.problems import Problems


@frozen
class Accepted:
    """The description after the edits, what is pinned with it, and what is left to a person."""

    text: str = field(repr=False)
    known: tuple[Departure, ...]
    left: tuple[Departure, ...]


def accept(verdict: Verdict, text: str) -> Accepted:
    """Edit the text of our description so that it says what the published document says."""
    if verdict.ours is None or verdict.theirs is None:
        raise ValueError("an unusable document cannot be accepted")
    writing = _Writing(verdict.ours, verdict.theirs, Source(text))
    writing.write(verdict.new)
    edited = writing.source.changed()
    return _checked(edited, verdict)


def _checked(edited: str, verdict: Verdict) -> Accepted:
    """Compare what was written with the published document: what still departs was not written."""
    problems = Problems()
    root = documents.parse(edited, "the edited description", problems)
    problems.stop()
    if root is None or verdict.theirs is None:
        raise AssertionError("a text that cannot be parsed is a problem")
    rest = [
        each
        for each in departures.between(facts.operations(root), facts.operations(verdict.theirs))
        if each.word or each.sign == "+" or each.endpoint not in verdict.taken
    ]
    known = [each for each in rest if each in verdict.pin.known or _meant(each)]
    return Accepted(edited, tuple(known), tuple(each for each in rest if each not in known))


def _meant(departure: Departure) -> bool:
    """Whether an answer may depart so: it says more than the published one, or leaves its values open."""
    return (
        departure.side == "answer"
        and bool(departure.word)
        and (departure.sign == "-" or departure.word.startswith("value "))
    )


@define
class _Writing:
    ours: Block = field(repr=False)
    theirs: Block = field(repr=False)
    source: Source = field(repr=False)
    where: dict[int, Location] = field(factory=dict, init=False, repr=False)
    mine: dict[str, Operation] = field(factory=dict, init=False, repr=False)
    other: dict[str, Operation] = field(factory=dict, init=False, repr=False)
    drafts: Drafts = field(init=False, repr=False)
    done: set[tuple[Any, ...]] = field(factory=set, init=False, repr=False)
    drafted: list[Any] = field(factory=list, init=False, repr=False)
    """What is written: it may refer to schemas of ours."""

    def __attrs_post_init__(self) -> None:
        self.where = locations.of(self.ours)
        self.mine, self.other = facts.operations(self.ours), facts.operations(self.theirs)
        self.drafts = Drafts(self.theirs, self.ours)

    def write(self, found: Iterable[Departure]) -> None:
        gone: list[str] = []
        departures = list(found)
        swapped = _swapped(departures)
        for each in departures:
            try:
                if not each.word and each.endpoint.rpartition(" ")[2] in swapped:
                    raise UneditableError(each.endpoint)
                self._one(each, gone)
            except UneditableError:
                # It departs still when the result is compared, and is reported as left.
                continue
        self._orphans(gone)
        for name, schema in sorted(self.drafts.schemas.items()):
            behind = next((key for key in renames.schemas(self.ours) if key > name), None)
            self.source.put(("components", "schemas"), name, schema, before=behind)

    def _one(self, each: Departure, gone: list[str]) -> None:
        if not each.word:
            self._endpoint(each, gone)
            return
        kind, _, value = each.word.partition(" ")
        if kind == THERE and each.sign == "+":
            self._add(each)
        elif kind == THERE and each.side == "request":
            self._remove(each)
        elif kind == "required" and not value:
            self._require(each)
        elif kind == "type":
            self._retype(each)
        elif kind == "value":
            self._value(each, value)
        elif kind in LIMITS:
            self._limit(each, kind)

    def _endpoint(self, each: Departure, gone: list[str]) -> None:
        method, _, path = each.endpoint.rpartition(" ")
        if each.sign == "-":
            if not method:
                self.source.drop(("paths", path))
                gone.append(path)
            return
        key = method.lower() or "post"
        draft = self.drafts.operation(self.other[each.endpoint].block)
        self.drafted.append(draft)
        if self.source.has(("paths", path)):
            self.source.put(("paths", path), key, draft)
        else:
            self.source.put(("paths",), path, {key: draft})

    def _add(self, each: Departure) -> None:
        outer, name = parent(each.path), each.path.rpartition(".")[2]
        if each.path.endswith(("[]", "{}", ">")):
            raise UneditableError(each.path)
        theirs = self._fact(self.other, each, each.path)
        if any(word.startswith("in ") for word in theirs.words):
            # It goes with the address or a header, not into the body.
            raise UneditableError(each.path)
        value = self.drafts.schema(theirs.holders[0].node, each.side)
        for at in self._objects(self._fact(self.mine, each, outer)):
            self._put(at, name, value)
            if "required" in theirs.words:
                self._demand(at, name)
            return
        raise UneditableError(each.path)

    def _put(self, at: Location, name: str, value: Any) -> None:
        if (at, name) in self.done:
            return
        self.done.add((at, name))
        self.drafted.append(value)
        self.source.put((*at, "properties"), name, value)

    def _remove(self, each: Departure) -> None:
        name = each.path.rpartition(".")[2]
        for at in self._objects(self._fact(self.mine, each, parent(each.path)), name):
            if (at, "-", name) not in self.done:
                self.done.add((at, "-", name))
                self.source.drop((*at, "properties", name))
                self._release(at, name)

    def _require(self, each: Departure) -> None:
        name = each.path.rpartition(".")[2]
        for at in self._objects(self._fact(self.mine, each, parent(each.path)), name):
            if each.sign == "+":
                self._demand(at, name)
            else:
                self._release(at, name)

    def _demand(self, at: Location, name: str) -> None:
        required = locations.get(self.ours, (*at, "required"))
        if (at, "required", name) in self.done or (isinstance(required, Items) and name in required):
            return
        fresh = (at, "required") in self.done
        self.done |= {(at, "required", name), (at, "required")}
        if isinstance(required, Items):
            self.source.append((*at, "required"), name)
        elif not fresh:
            self.source.put(at, "required", [name], before="properties")
        else:
            raise UneditableError(name)

    def _release(self, at: Location, name: str) -> None:
        required = locations.get(self.ours, (*at, "required"))
        if isinstance(required, Items) and name in required and (at, "free", name) not in self.done:
            self.done.add((at, "free", name))
            self.source.drop((*at, "required", required.index(name)))

    def _retype(self, each: Departure) -> None:
        theirs = sorted(
            word.removeprefix("type ")
            for word in self._fact(self.other, each, each.path).words
            if word.startswith("type ")
        )
        at, node = self._said(each, "type")
        old = node["type"]
        kinds = list(old) if isinstance(old, Items) else [old]
        if each.side == "answer":
            # What it was before may come still.
            theirs = [*(kind for kind in kinds if kind != "null"), *theirs, "null"]
            theirs = list(dict.fromkeys(theirs))
        if {"object", "array", "file"} & {*theirs, *kinds}:
            raise UneditableError(each.path)
        self.source.replace((*at, "type"), theirs[0] if len(theirs) == 1 else theirs)

    def _value(self, each: Departure, value: str) -> None:
        at, node = self._said(each, "enum")
        spelled = {facts.spelled(one): index for index, one in enumerate(node["enum"])}
        if each.sign == "-":
            if each.side == "request" and value in spelled:
                self.source.drop((*at, "enum", spelled[value]))
            return
        theirs = [
            one
            for part in self._fact(self.other, each, each.path).holders
            for one in part.node.get("enum") or ()
            if facts.spelled(one) == value
        ]
        if theirs and (at, "enum", value) not in self.done:
            self.done.add((at, "enum", value))
            self.source.append((*at, "enum"), theirs[0])

    def _limit(self, each: Departure, key: str) -> None:
        if (each.endpoint, each.path, key) in self.done:
            return
        self.done.add((each.endpoint, each.path, key))
        holders = self._fact(self.other, each, each.path).holders
        today = next((said[key] for part in holders if key in (said := facts.limits(part.node))), None)
        at, node = self._said(each, "type")
        if key in node and today is None:
            self.source.drop((*at, key))
        elif key in node:
            self.source.replace((*at, key), today)
        else:
            self.source.put(at, key, today)

    def _said(self, each: Departure, key: str) -> tuple[Location, Block]:
        """Find the one schema of ours that says a keyword of a path; several would have to be told apart."""
        found = [
            part.node
            for part in self._fact(self.mine, each, each.path).holders
            if key in part.node and id(part.node) in self.where
        ]
        if each.side == "answer" and key == "type":
            found = [node for node in found if node["type"] != "null" and "enum" not in node]
        if len({id(node) for node in found}) != 1:
            raise UneditableError(each.path)
        return self.where[id(found[0])], found[0]

    def _objects(self, fact: Fact, name: str = "") -> list[Location]:
        """Where ours describes the properties of a path; with a name, where that one is described."""
        found: list[Location] = []
        for part in fact.holders:
            properties = part.node.get("properties")
            if isinstance(properties, Block) and (not name or name in properties):
                found.append(self._located(part))
        return list(dict.fromkeys(found))

    def _located(self, part: Part) -> Location:
        if id(part.node) not in self.where:
            raise UneditableError("a schema that is made, not written")
        return self.where[id(part.node)]

    def _fact(self, operations: dict[str, Operation], each: Departure, path: str) -> Fact:
        side: Side = each.side
        found = operations[each.endpoint].side(side).get(path)
        if found is None:
            raise UneditableError(path)
        return found

    def _orphans(self, gone: list[str]) -> None:
        """Remove the schemas that only the removed endpoints used."""
        if not gone:
            return
        before = _reached(self.ours, {})
        after = _reached(self.ours, dict.fromkeys(gone), [*self.drafted, *self.drafts.schemas.values()])
        for name in sorted(before - after):
            self.source.drop(("components", "schemas", name))


def _swapped(found: list[Departure]) -> set[str]:
    """Paths of which one method goes and another comes: which of our operations that is, a person sees."""
    paths: dict[str, set[str]] = {"+": set(), "-": set()}
    for each in found:
        if not each.word:
            paths[each.sign].add(each.endpoint.rpartition(" ")[2])
    return paths["+"] & paths["-"]


def _reached(root: Block, without: dict[str, None], besides: Iterable[Any] = ()) -> set[str]:
    """Name the schemas that the operations use, but for some paths; `besides` is what uses them as well."""
    waiting: list[Any] = [item for path, item in root.get("paths", {}).items() if path not in without]
    waiting += besides
    components = root.get("components", {})
    waiting += [section for name, section in components.items() if name != "schemas"]
    found: set[str] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            pointer = value.get("$ref")
            if isinstance(pointer, str) and pointer.startswith("#/components/schemas/"):
                name = pointer.rpartition("/")[2]
                if name not in found and name in renames.schemas(root):
                    found.add(name)
                    waiting.append(renames.schemas(root)[name])
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return found
