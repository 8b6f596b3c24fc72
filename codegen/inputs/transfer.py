"""Carries paths and schemas from one OpenAPI document into another, with every component that they refer to.

Knows: `$ref` into `#/components`. Must not know: repairs, tools.
"""

from typing import Any

from codegen.inputs.problems import Place, Problems
from codegen.inputs.yaml_document import Block, Items, copied, walk

_PREFIX = "#/components/"


class Transfer:
    """One delivery: name the paths and schemas, then call `components` once."""

    def __init__(self, giver: Block, taker: Block, problems: Problems) -> None:
        self.giver = giver
        self.taker = taker
        self.problems = problems
        self.arrived: list[Any] = []
        self._named: set[int] = set()
        """Identities of what came by name: what refers to it finds it under that name."""

    def entry(self, given: Block, taken: Block, key: str, place: Place) -> None:
        """Copy one of the paths or the schemas; it must be in the giver and not in the taker."""
        if key not in given:
            self.problems.at(
                place, f"{key} is not in the document to take it from", "correct the line, or delete it"
            )
        elif key in taken:
            self.problems.at(place, f"{key} is in the document already", f"delete {key} from x-take")
        else:
            item = copied(given[key])
            self._named.add(id(given[key]))
            taken.put(key, item, given.at(key))
            self.arrived.append(item)

    def components(self) -> None:
        """Copy what the paths refer to, directly or not; a name that is taken gets a number."""
        wanted = self._closure()
        names: dict[str, str] = {}
        for pointer in sorted(wanted):
            names[pointer] = self._free_name(pointer, wanted, names)
        for pointer, value in sorted(wanted.items()):
            section = pointer.removeprefix(_PREFIX).split("/")[0]
            item = copied(value)
            self._section(section).put(names[pointer], item, _place(value, self.giver))
            self.arrived.append(item)
        for item in self.arrived:
            for block in _referring(item, self.giver.place):
                if block["$ref"] in names:
                    block["$ref"] = _pointer(block["$ref"], names[block["$ref"]])

    def _closure(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        waiting = self._references(*self.arrived)
        while waiting:
            pointer = waiting.pop()
            parts = pointer.removeprefix(_PREFIX).split("/")
            if pointer in found or not pointer.startswith(_PREFIX) or len(parts) != 2:
                continue
            section = self.giver.get("components", {}).get(parts[0], {})
            # A dangling reference stays as it is: the check of references names it.
            if parts[1] in section and id(section[parts[1]]) not in self._named:
                found[pointer] = section[parts[1]]
                waiting.extend(self._references(found[pointer]))
        return found

    def _references(self, *values: Any) -> list[str]:
        return [block["$ref"] for value in values for block in _referring(value, self.giver.place)]

    def _section(self, name: str) -> Block:
        components = self.taker.get("components")
        if not isinstance(components, Block):
            components = Block(self.taker.place)
            self.taker.put("components", components, self.taker.place)
        section = components.get(name)
        if not isinstance(section, Block):
            section = Block(components.place)
            components.put(name, section, components.place)
        return section

    def _free_name(self, pointer: str, wanted: dict[str, Any], names: dict[str, str]) -> str:
        section, name = pointer.removeprefix(_PREFIX).split("/")
        used = set(self._section(section)) | {
            new for old, new in names.items() if old.startswith(f"{_PREFIX}{section}/")
        }
        free, number = name, 2
        # A number that makes the name of another component on its way here would only move the clash.
        while free in used or (free != name and _pointer(pointer, free) in wanted):
            free, number = f"{name}{number}", number + 1
        return free


def _referring(value: Any, place: Place) -> list[Block]:
    blocks = [each for each, _ in walk(value, place) if isinstance(each, Block)]
    return [block for block in blocks if isinstance(block.get("$ref"), str)]


def _pointer(pointer: str, name: str) -> str:
    return pointer.rsplit("/", 1)[0] + "/" + name


def _place(value: Any, giver: Block) -> Place:
    return value.place if isinstance(value, Block | Items) else giver.place
