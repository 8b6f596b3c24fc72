"""Applies an OpenAPI Overlay (1.0.0), strictly: every action must match something and change it.

Knows: Overlay 1.0, JSONPath. Must not know: what the document describes, repairs, tools.

One extension, at the root of the overlay: `x-replace: [tags]` names keys whose value in an update takes the
place of the old one. Without it Overlay 1.0 concatenates arrays, and an operation would keep the tags it had.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

import jsonpath
from attrs import field, frozen

from codegen.inputs.problems import Place, Problems
from codegen.inputs.suggestions import listed
from codegen.inputs.yaml_document import Block, Document, Items, copied

Location: TypeAlias = tuple[str | int, ...]
"""Keys and indexes from the root to a value."""

ACTION_KEYS = frozenset({"target", "description", "update", "remove"})
ROOT_KEYS = frozenset({"overlay", "info", "extends", "actions", "x-replace"})


@frozen
class Action:
    """One action: the mapping as written, and its target."""

    block: Block = field(repr=False)
    target: str

    @property
    def place(self) -> Place:
        """Where the action stands: the line of its target."""
        return self.block.at("target")


def apply(document: Block, overlay: Document, problems: Problems, *, absent: str = "") -> None:
    """Apply every action of an overlay to a document, in place and in order.

    `absent` is what else to do about a target that matches nothing.
    """
    replaced = replaced_keys(overlay, problems)
    for action in actions(overlay, frozenset(), problems):
        locations = matches(document, action, problems, absent=absent)
        if locations:
            perform(document, action, locations, replaced, problems)


def replaced_keys(overlay: Document, problems: Problems) -> frozenset[str]:
    """Read `x-replace`, the keys that an update replaces whole."""
    keys = overlay.root.get("x-replace", Items(overlay.root.place))
    if not isinstance(keys, Items) or not all(isinstance(key, str) for key in keys):
        place = overlay.root.at("x-replace")
        problems.at(place, "x-replace is not a list of keys", "write `x-replace: [tags]`")
        return frozenset()
    return frozenset(keys)


def actions(overlay: Document, extensions: frozenset[str], problems: Problems) -> Iterator[Action]:
    """Yield the well-formed actions; `extensions` are the x- keys that an action may carry besides."""
    root = overlay.root
    _check_head(root, problems)
    listing = root.get("actions")
    if not isinstance(listing, Items) or not listing:
        place = root.at("actions")
        problems.at(place, "the overlay has no actions", "write `actions:` and a list under it")
        return
    for block, place in zip(listing, listing.places, strict=True):
        if not isinstance(block, Block) or not isinstance(block.get("target"), str):
            problems.at(place, "an action without a target", "write `target: $...` (a JSONPath)")
            continue
        unknown = set(block) - ACTION_KEYS - extensions
        for key in sorted(unknown):
            at = block.at(key)
            known = listed(ACTION_KEYS | extensions)
            problems.at(at, f'unknown key "{key}" in an action', f"use one of {known}")
        if not unknown:
            yield Action(block, block["target"])


def _check_head(root: Block, problems: Problems) -> None:
    version = root.get("overlay")
    if not isinstance(version, str) or not version.startswith("1.0."):
        place = root.at("overlay")
        problems.at(place, "not an OpenAPI Overlay 1.0", "write `overlay: 1.0.0`")
    info = root.get("info")
    if not isinstance(info, Block) or not {"title", "version"} <= set(info):
        place = root.at("info")
        problems.at(place, "the overlay has no info", "write `info: {title: ..., version: ...}`")
    for key in sorted(set(root) - ROOT_KEYS):
        place = root.at(key)
        problems.at(place, f'unknown key "{key}" in the overlay', f"use one of {listed(ROOT_KEYS)}")


def matches(document: Block, action: Action, problems: Problems, *, absent: str = "") -> list[Location]:
    """Find what the target selects; selecting nothing is a problem."""
    place = action.place
    try:
        found = [tuple(match.parts) for match in jsonpath.finditer(action.target, document)]
    except jsonpath.JSONPathError as error:
        reason = str(error).splitlines()[0]
        problems.at(place, f"the target {action.target} is no JSONPath: {reason}", "correct the target")
        return []
    if not action.target.startswith("$") or not found:
        problems.at(
            place,
            f"the target {action.target} matches nothing",
            f"correct the target, or delete the action if what it changed is gone{absent}",
        )
        return []
    return found


def value_at(document: Block, location: Location) -> Any:
    """Return the value at a location."""
    value: Any = document
    for part in location:
        value = value[part]
    return value


def perform(
    document: Block, action: Action, locations: list[Location], replaced: frozenset[str], problems: Problems
) -> None:
    """Change every matched value as the action says."""
    place = action.place
    removes = action.block.get("remove", False)
    if not isinstance(removes, bool) or removes == ("update" in action.block):
        problems.at(place, "an action must either update or remove", "write one of `update:`, `remove: true`")
        return
    if removes:
        # From the last to the first: removing an item moves those behind it.
        for location in sorted(locations, key=_order, reverse=True):
            _remove(document, location, place, problems)
        return
    merging = _Merging(replaced, problems)
    for location in locations:
        target = value_at(document, location)
        merging.update(target, action.block["update"], action.block.at("update"))


def _order(location: Location) -> tuple[tuple[bool, int, str], ...]:
    return tuple((isinstance(p, str), 0 if isinstance(p, str) else p, str(p)) for p in location)


def _remove(document: Block, location: Location, place: Place, problems: Problems) -> None:
    if not location:
        problems.at(place, "the root cannot be removed", "name what is to go")
        return
    holder = value_at(document, location[:-1])
    holder.drop(location[-1])


@frozen
class _Merging:
    replaced: frozenset[str]
    problems: Problems

    def update(self, target: Any, value: Any, place: Place) -> None:
        """Merge an update into a matched object, or append it to a matched array."""
        if isinstance(target, Items):
            target.add(copied(value), place)
        elif isinstance(target, Block) and isinstance(value, Block):
            self.merge(target, value)
        elif isinstance(target, Block):
            self.problems.at(place, "the update of an object is no object", "write `key: value`")
        else:
            self.problems.at(
                place,
                "the target selects a plain value, which cannot be updated",
                "target the object that holds it, and name the key in the update",
            )

    def merge(self, target: Block, update: Block) -> None:
        for key, value in update.items():
            place = update.at(key)
            old = target.get(key)
            if key in self.replaced or old is None:
                target.put(key, copied(value), place)
            elif isinstance(old, Block) and isinstance(value, Block):
                self.merge(old, value)
            elif isinstance(old, Items) and isinstance(value, Items):
                for item, at in zip(value, value.places, strict=True):
                    old.add(copied(item), at)
            elif isinstance(old, Block | Items) or isinstance(value, Block | Items):
                what = f'the update of "{key}" is of another kind than the value it meets'
                self.problems.at(place, what, "remove the old value by an action before this one")
            else:
                target.put(key, value, place)
