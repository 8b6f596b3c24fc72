"""How each departure is written into our description: facts, with marks where a person has to write.

Knows: which edit makes our description say a fact. Must not know: whether it is accepted; scopes, tool names.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from codegen.drift import locations, schemas
from codegen.drift.changes import parent
from codegen.drift.departures import THERE, Departure
from codegen.drift.drafts import Drafts
from codegen.drift.edits import Source, UneditableError
from codegen.drift.places import Places
from codegen.drift.schemas import LIMITS
from codegen.inputs.overlay import Location
from codegen.inputs.yaml_document import Block, Items


class Writing:
    """One description being edited: what cannot be written is left as it is."""

    def __init__(self, ours: Block, theirs: Block, source: Source) -> None:
        self.ours = ours
        self.source = source
        self.places = Places(ours, theirs)
        self.drafts = Drafts(theirs, ours)
        # What is written may refer to schemas of ours.
        self.drafted: list[Any] = []

    def write(self, found: Iterable[Departure]) -> None:
        """Write what can be written."""
        gone: list[str] = []
        departures = list(found)
        swapped = _swapped(departures)
        for each in departures:
            # What is not written departs still when the result is compared, and is reported as left.
            if each.word or each.endpoint.rpartition(" ")[2] not in swapped:
                with suppress(UneditableError):
                    self._one(each, gone)
        self._orphans(gone)
        for name, schema in sorted(self.drafts.schemas.items()):
            behind = next((key for key in locations.schemas(self.ours) if key > name), None)
            self.source.put(("components", "schemas"), name, schema, before=behind)

    def _one(self, each: Departure, gone: list[str]) -> None:
        if not each.word:
            self._endpoint(each, gone)
            return
        kind, _, value = each.word.partition(" ")
        if kind == THERE and each.sign == "+":
            self._add(each)
        elif (kind == THERE and each.side == "request") or each.word == "required":
            self._change(each, gone=kind == THERE)
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
        draft = self.drafts.operation(self.places.operation(each))
        self.drafted.append(draft)
        if path in self.ours["paths"]:
            self.source.put(("paths", path), key, draft)
        else:
            self.source.put(("paths",), path, {key: draft})

    def _add(self, each: Departure) -> None:
        outer, name = parent(each.path), each.path.rpartition(".")[2]
        if each.path.endswith(">"):
            self._branch(each, outer)
            return
        if each.path.endswith(("[]", "{}")):
            raise UneditableError(each.path)
        theirs = self.places.of_theirs(each)
        if any(word.startswith("in ") for word in theirs.words):
            # It goes with the address or a header, not into the body.
            raise UneditableError(each.path)
        value = self.drafts.schema(theirs.holders[0].node, each.side)
        for at in self.places.objects(self.places.of_ours(each, outer))[:1]:
            self.drafted.append(value)
            self.source.put((*at, "properties"), name, value)
            if "required" in theirs.words:
                self._demand(at, name)

    def _branch(self, each: Departure, outer: str) -> None:
        """Add an alternative to the one list that ours has of them."""
        holders = [part.node for part in self.places.of_theirs(each).holders]
        listed = {id(one) for node in holders for key in ("oneOf", "anyOf") for one in node.get(key, ())}
        members = [node for node in holders if id(node) in listed]
        lists = self.places.unions(self.places.of_ours(each, outer))
        if len(members) != 1 or len(lists) != 1:
            raise UneditableError(each.path)
        value = self.drafts.schema(members[0], each.side, described=True)
        self.drafted.append(value)
        self.source.append(lists[0], value)

    def _change(self, each: Departure, *, gone: bool) -> None:
        """Remove an argument that is gone, or say whether it is required."""
        name = each.path.rpartition(".")[2]
        for at in self.places.objects(self.places.of_ours(each, parent(each.path)), name):
            if gone:
                self.source.drop((*at, "properties", name))
            if each.sign == "+":
                self._demand(at, name)
            else:
                self._release(at, name)

    def _demand(self, at: Location, name: str) -> None:
        required = locations.get(self.ours, (*at, "required"))
        if not isinstance(required, Items):
            self.source.put(at, "required", [name], before="properties")
        elif name not in required:
            self.source.append((*at, "required"), name)

    def _release(self, at: Location, name: str) -> None:
        required = locations.get(self.ours, (*at, "required"))
        if isinstance(required, Items) and name in required:
            self.source.drop((*at, "required", required.index(name)))

    def _retype(self, each: Departure) -> None:
        words = sorted(self.places.of_theirs(each).words)
        theirs = [word.removeprefix("type ") for word in words if word.startswith("type ")]
        at, node = self.places.said(each, "type")
        old = node["type"]
        kinds = list(old) if isinstance(old, Items) else [old]
        if each.side == "answer":
            # What it was before may come still.
            theirs = list(dict.fromkeys([*(kind for kind in kinds if kind != "null"), *theirs, "null"]))
        if {"object", "array", "file"} & {*theirs, *kinds}:
            raise UneditableError(each.path)
        if theirs:
            self.source.replace((*at, "type"), theirs[0] if len(theirs) == 1 else theirs)
        else:
            self.source.drop((*at, "type"))

    def _value(self, each: Departure, value: str) -> None:
        at, node = self.places.said(each, "enum")
        written = {schemas.written(one): index for index, one in enumerate(node["enum"])}
        if each.sign == "-":
            if each.side == "request" and value in written:
                self.source.drop((*at, "enum", written[value]))
            return
        holders = self.places.of_theirs(each).holders
        listed = [one for part in holders for one in part.node.get("enum") or ()]
        theirs = [one for one in listed if schemas.written(one) == value]
        if theirs:
            self.source.append((*at, "enum"), theirs[0])

    def _limit(self, each: Departure, key: str) -> None:
        holders = self.places.of_theirs(each).holders
        today = next((said[key] for part in holders if key in (said := schemas.limits(part.node))), None)
        at, node = self.places.said(each, "type")
        if key in node and today is None:
            self.source.drop((*at, key))
        elif key in node:
            self.source.replace((*at, key), today)
        else:
            self.source.put(at, key, today)

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
                if name not in found and name in locations.schemas(root):
                    found.add(name)
                    waiting.append(locations.schemas(root)[name])
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return found
