"""Applies repairs.yaml to a newer document as far as it goes: the strict way would stop at a change.

Knows: repairs, what may have happened to the value that one expects. Must not know: facts, reports.

- A schema that was renamed, a branch that was moved, a text that was rewritten: the repair is applied where
  the value is now, and a note says what to write. This is not drift.
- A value that is fixed, gone or changed: the repair has to be edited, and that is drift. A changed list is
  repaired as far as it is the old one.
"""

import json
from collections.abc import Iterator
from typing import Any

import jsonpath
from attrs import define, field, frozen

from codegen.drift import facts, locations
from codegen.inputs import overlay, references, transfer
from codegen.inputs.overlay import Action, Location
from codegen.inputs.problems import Place, Problems
from codegen.inputs.repairs import EXTENSIONS, TAKEN
from codegen.inputs.yaml_document import Block, Document, Items, copied

ALIKE = 0.6
"""Share of facts in common: answers differ in details between the two descriptions, requests do not."""
_TEXTS = frozenset({"description", "summary", "title"})


@frozen(order=True)
class Upkeep:
    """Something to edit in repairs.yaml. `drift` is false where only names, places or texts changed."""

    file: str
    line: int
    what: str
    edit: str
    drift: bool


@define
class PartialRepairs:
    """A document being repaired, and what was found out on the way."""

    root: Block = field(repr=False)
    ours: Block = field(repr=False)
    upkeep: list[Upkeep] = field(factory=list)
    unpublished: set[str] = field(factory=set)
    """Paths that repairs.yaml says the published document lacks (x-take)."""
    left: list[Location] = field(factory=list, init=False)
    """Lists of which a repair could take only the old items."""

    def apply(self, repairs: Document) -> None:
        """Apply every action that can be applied, in order."""
        ignored = Problems()
        replaced = overlay.replaced_keys(repairs, ignored)
        for action in overlay.actions(repairs, EXTENSIONS, ignored):
            if "x-take" in action.block:
                self._take(action)
            else:
                self._act(action, replaced)

    def note(self, place: Place, what: str, edit: str, *, drift: bool) -> None:
        """Note an edit of repairs.yaml."""
        self.upkeep.append(Upkeep(place.file, place.line, what, edit, drift))

    def _take(self, action: Action) -> None:
        kind = TAKEN.get(action.target, "paths")
        wanted = action.block["x-take"]
        listed = wanted.get(kind) if isinstance(wanted, Block) else None
        held = self.root.get("paths", {}) if kind == "paths" else locations.schemas(self.root)
        carrier = transfer.Transfer(self.ours, self.root, Problems())
        for key, place in zip(listed, listed.places, strict=True) if isinstance(listed, Items) else ():
            if kind == "paths":  # not compared
                self.unpublished.add(str(key))
            if key in held:
                self.note(place, f"{key} is published now", "delete it from x-take", drift=True)
            elif kind == "schemas":
                carrier.entry(locations.schemas(self.ours), held, str(key), place)
        carrier.components()

    def _act(self, action: Action, replaced: frozenset[str]) -> None:
        """Apply an action where its old value is: here, else elsewhere, else here or there in other words."""
        found = overlay.matches(self.root, action, Problems())
        others = list(self._elsewhere(action))
        for texts in (True, False):
            if found and all(self._was(action, at, texts=texts) for at in found):
                if not texts:
                    edit = f"x-was: {_short(overlay.value_at(self.root, found[0]))}"
                    place = action.block.at("x-was")
                    self.note(place, "a text that x-was names was rewritten", edit, drift=False)
                self._perform(action, found, replaced)
                return
            at = next((at for at in others if self._was(action, at, texts=texts)), None)
            if at is not None:
                edit = f"target: {locations.jsonpath(at)}"
                self.note(action.place, "what the target names has another name now", edit, drift=False)
                self._perform(action, [at], replaced)
                return
        self._changed(action, found, replaced)

    def _was(self, action: Action, at: Location, *, texts: bool) -> bool:
        return _same(action.block.get("x-was"), locations.get(self.root, at), texts=texts)

    def _elsewhere(self, action: Action) -> Iterator[Location]:
        """Yield where the value may be now: under another schema name, at another index."""
        parts = _parts(action.target)
        if parts is None:
            return
        starts = [parts]
        if parts[:2] == ("components", "schemas") and parts[2] not in locations.schemas(self.root):
            others = _candidates(str(parts[2]), self.root, self.ours)
            starts = [(*parts[:2], other, *parts[3:]) for other in others]
        for start in starts:
            yield start
            indexes = [position for position, part in enumerate(start) if isinstance(part, int)]
            for position in indexes:
                siblings = locations.get(self.root, start[:position])
                for index in range(len(siblings)) if isinstance(siblings, Items) else ():
                    yield (*start[:position], index, *start[position + 1 :])

    def _changed(self, action: Action, found: list[Location], replaced: frozenset[str]) -> None:
        parts = _parts(action.target) or ()
        here = action.block.at("x-was")
        gone = next((end for end in range(1, len(parts)) if locations.get(self.root, parts[:end]) is None), 0)
        update = action.block.get("update")
        if found and isinstance(update, Block) and _same(update, overlay.value_at(self.root, found[0])):
            self.note(action.place, "the defect is fixed", "delete this action", drift=True)
        elif parts[:1] not in (("paths",), ("components",)):
            # Servers and the like shape no tool.
            edit = "read it again, then fix or delete this action"
            self.note(here, f"{action.target} changed", edit, drift=False)
        elif gone:
            what = f"{locations.jsonpath(parts[:gone])} is gone"
            self.note(action.place, what, "delete this action", drift=True)
        elif not found:
            self.note(action.place, "the defect is fixed", "delete this action", drift=True)
        else:
            was = action.block.get("x-was")
            today = overlay.value_at(self.root, found[0])
            # What an action before this one has left over is reported there.
            if any(not self._left(was, at) for at in found):
                edit = f"x-was: {_short(_named(was, today))}"
                self.note(here, "the value changed", edit, drift=True)
            for at in found:
                self._merged(action, at, replaced)

    def _merged(self, action: Action, at: Location, replaced: frozenset[str]) -> None:
        """Repair a changed value: what a list has besides the old items stays where it matters."""
        today, was = overlay.value_at(self.root, at), action.block.get("x-was")
        if at[-1:] == ("required",) and isinstance(today, Items) and isinstance(was, Items):
            for index in reversed(range(len(today))):
                if today[index] in was:
                    today.drop(index)
            if today:
                self.left.append(at)
                return
        if type(today) is type(was):
            self._perform(action, [at], replaced)

    def _left(self, was: Any, at: Location) -> bool:
        """Whether a value is as expected but for what was left of a list."""
        value = copied(overlay.value_at(self.root, at))
        for other in self.left:
            if other[:-1] == at and isinstance(value, Block) and other[-1] in value:
                value.drop(str(other[-1]))
        return _same(was, value)

    def _perform(self, action: Action, found: list[Location], replaced: frozenset[str]) -> None:
        change = action
        if "update" in action.block:
            block = copied(action.block)
            self._follow(block["update"])
            change = Action(block, action.target)
        overlay.perform(self.root, change, found, replaced, Problems())

    def _follow(self, update: Any) -> None:
        """Let a reference that a repair writes follow a schema that was renamed."""
        if isinstance(update, Block):
            pointer = update.get("$ref")
            if isinstance(pointer, str) and references.resolve(self.root, pointer) is references.MISSING:
                others = _candidates(references.last(pointer), self.root, self.ours)
                if others:
                    update["$ref"] = f"{pointer.rsplit('/', 1)[0]}/{others[0]}"
                    edit = f"$ref: '{update['$ref']}'"
                    what = "the schema that this refers to has another name now"
                    self.note(update.at("$ref"), what, edit, drift=False)
            for value in update.values():
                self._follow(value)
        elif isinstance(update, Items):
            for value in update:
                self._follow(value)


def _parts(target: str) -> Location | None:
    """Read a JSONPath that names one place; None for one with wildcards."""
    query = jsonpath.compile(target)
    if isinstance(query, jsonpath.CompoundJSONPath) or not query.singular_query():
        return None
    selectors = [segment.selectors[0] for segment in query.segments]
    return tuple(getattr(each, "name", getattr(each, "index", "")) for each in selectors)


def _same(was: Any, value: Any, *, texts: bool = False) -> bool:
    """Compare as a repair does, but without regard to the order of a list or, unless asked, to texts."""
    if isinstance(was, Block):
        if not isinstance(value, Block):
            return False
        for key, old in was.items():
            if old == {"absent": True}:
                if key in value:
                    return False
            elif key in _TEXTS and not texts and isinstance(value.get(key), str):
                continue
            elif key not in value or not _same(old, value[key], texts=texts):
                return False
        return True
    if isinstance(was, Items) and isinstance(value, Items):
        return sorted(map(_canonical, was)) == sorted(map(_canonical, value))
    return _canonical(was) == _canonical(value)


def _named(was: Any, value: Any) -> Any:
    """Return of a value what a repair names."""
    if not (isinstance(was, Block) and isinstance(value, Block)):
        return value
    return {key: _named(was[key], value[key]) if key in value else {"absent": True} for key in was}


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else text[:97] + "..."


def _candidates(name: str, theirs: Block, ours: Block) -> list[str]:
    """Return what the schema `name` may be called in theirs, the likeliest first.

    A name that our description has as well is never the new name of something else.
    """
    unknown = sorted(set(locations.schemas(theirs)) - set(locations.schemas(ours)))
    if name not in locations.schemas(ours):
        return unknown
    mine = _said(ours, name)
    scored = [(_alike(mine, _said(theirs, other)), other) for other in unknown]
    return [other for score, other in sorted(scored, key=lambda each: (-each[0], each[1])) if score >= ALIKE]


def _said(root: Block, name: str) -> set[tuple[str, str]]:
    found = facts.component(root, name)
    words = {(path, word) for path, fact in found.items() for word in fact.words}
    # Ours allows null and other types besides.
    words = {each for each in words if each[1] not in ("type null", "required")}
    return words | {(path, "") for path in found}


def _alike(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> float:
    return len(one & other) / max(1, len(one | other))
