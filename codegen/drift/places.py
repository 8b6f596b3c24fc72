"""Where the two descriptions say what a departure is about.

Knows: the facts of both, and the places of ours. Must not know: what is to be written there.
"""

from codegen.drift import facts, locations
from codegen.drift.departures import Departure
from codegen.drift.edits import UneditableError
from codegen.drift.facts import Fact, Operation, unions
from codegen.inputs.overlay import Location
from codegen.inputs.yaml_document import Block


class Places:
    """Looks up in ours and theirs; what is not there, or not in one place, raises UneditableError."""

    def __init__(self, ours: Block, theirs: Block) -> None:
        self._where = locations.of(ours)
        self._mine, self._other = facts.operations(ours), facts.operations(theirs)

    def operation(self, each: Departure) -> Block:
        """Return the operation of theirs."""
        return self._other[each.endpoint].block

    def of_ours(self, each: Departure, path: str) -> Fact:
        """Return what ours says of a path inside the departure's side."""
        return _fact(self._mine, each, path)

    def of_theirs(self, each: Departure) -> Fact:
        """Return what theirs says of the departure's path."""
        return _fact(self._other, each, each.path)

    def said(self, each: Departure, key: str) -> tuple[Location, Block]:
        """Find the one schema of ours that says a keyword of a path; several would have to be told apart."""
        holders = self.of_ours(each, each.path).holders
        found = [part.node for part in holders if key in part.node and id(part.node) in self._where]
        if each.side == "answer" and key == "type":
            found = [node for node in found if node["type"] != "null" and "enum" not in node]
        if len({id(node) for node in found}) != 1:
            raise UneditableError(each.path)
        return self._where[id(found[0])], found[0]

    def unions(self, fact: Fact) -> list[Location]:
        """Where ours lists the alternatives of a path."""
        found = [(*self._where[id(node)], key) for node, key in unions(fact) if id(node) in self._where]
        return list(dict.fromkeys(found))

    def objects(self, fact: Fact, name: str = "") -> list[Location]:
        """Where ours describes the properties of a path; with a name, where that one is described."""
        found: dict[Location, None] = {}
        for part in fact.holders:
            properties = part.node.get("properties")
            if isinstance(properties, Block) and (not name or name in properties):
                if id(part.node) not in self._where:
                    raise UneditableError("a schema that is made, not written")
                found[self._where[id(part.node)]] = None
        return list(found)


def _fact(operations: dict[str, Operation], each: Departure, path: str) -> Fact:
    found = operations[each.endpoint].side(each.side).get(path)
    if found is None:
        raise UneditableError(path)
    return found
