"""Carries paths from one OpenAPI document into another, with every component that they refer to.

Knows: `$ref` into `#/components`. Must not know: repairs, tools.
"""

from __future__ import annotations

from typing import Any

from codegen.inputs.problems import Place, Problems
from codegen.inputs.yaml_document import Block, Items, copied

_PREFIX = "#/components/"


class Transfer:
    """One delivery: name the paths, then call `components` once."""

    def __init__(self, giver: Block, taker: Block, problems: Problems) -> None:
        self.giver = giver
        self.taker = taker
        self.problems = problems
        self.arrived: list[Any] = []

    def path(self, path: str, place: Place) -> None:
        """Copy one path; it must be in the giver and not in the taker."""
        paths = self.giver.get("paths", {})
        if path not in paths:
            self.problems.at(
                place,
                f"{path} is not in the document to take it from",
                "correct the line, or delete it",
            )
        elif path in self.taker["paths"]:
            self.problems.at(place, f"{path} is in the document already", f"delete {path} from x-take")
        else:
            item = copied(paths[path])
            self.taker["paths"].put(path, item, paths.at(path))
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
            _rename(item, {pointer: _pointer(pointer, name) for pointer, name in names.items()})

    def _closure(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        waiting = [pointer for item in self.arrived for pointer in _references(item)]
        while waiting:
            pointer = waiting.pop()
            parts = pointer.removeprefix(_PREFIX).split("/")
            if pointer in found or not pointer.startswith(_PREFIX) or len(parts) != 2:
                continue
            section = self.giver.get("components", {}).get(parts[0], {})
            # A dangling reference stays as it is: the check of references names it.
            if parts[1] in section:
                found[pointer] = section[parts[1]]
                waiting.extend(_references(found[pointer]))
        return found

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


def _references(value: Any) -> list[str]:
    if isinstance(value, Block):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [pointer for item in value.values() for pointer in _references(item)]
    if isinstance(value, Items):
        return [pointer for item in value for pointer in _references(item)]
    return []


def _rename(value: Any, names: dict[str, str]) -> None:
    if isinstance(value, Block):
        if isinstance(value.get("$ref"), str):
            value["$ref"] = names.get(value["$ref"], value["$ref"])
        for item in value.values():
            _rename(item, names)
    elif isinstance(value, Items):
        for item in value:
            _rename(item, names)


def _pointer(pointer: str, name: str) -> str:
    return pointer.rsplit("/", 1)[0] + "/" + name


def _place(value: Any, giver: Block) -> Place:
    return value.place if isinstance(value, Block | Items) else giver.place
