"""Applies repairs.yaml: an overlay whose every action names the defect that it repairs and the old value.

Knows: the extension keys of a repair. Must not know: tools, scopes, schemas.

`x-was` is compared before the change. A mapping names only the keys that are compared, at every depth, and
`{absent: true}` says that a key is not there; anything else must be equal. An old value that is gone stops
the build: the defect was repaired or changed, and the repair would now do something else.
"""

import json
from pathlib import Path
from typing import Any

from codegen.inputs import overlay, transfer, yaml_document
from codegen.inputs.overlay import Action, Location
from codegen.inputs.problems import Problems
from codegen.inputs.yaml_document import Block, Document, Items

EXTENSIONS = frozenset({"x-defect", "x-reason", "x-was", "x-take"})
TAKEN = {"$.paths": "paths", "$.components.schemas": "schemas"}
"""What is taken where: the target, and the key of x-take."""
_GONE = "read the document again: delete this action if the defect is repaired, else write the value of today"


def apply(document: Block, repairs: Document, problems: Problems) -> None:
    """Apply every repair to a document, in place and in order."""
    replaced = overlay.replaced_keys(repairs, problems)
    for action in overlay.actions(repairs, EXTENSIONS, problems):
        _check_reasons(action, problems)
        locations = overlay.matches(document, action, problems)
        if "x-take" in action.block:
            _take(document, action, locations, repairs, problems)
        elif locations and _still_there(document, action, locations, problems):
            overlay.perform(document, action, locations, replaced, problems)


def _check_reasons(action: Action, problems: Problems) -> None:
    for key, sample in (("x-defect", "D1"), ("x-reason", "what goes wrong without it")):
        if not isinstance(action.block.get(key), str) or not action.block[key].strip():
            problems.at(action.place, f"a repair without {key}", f"write `{key}: {sample}`")


def _still_there(document: Block, action: Action, locations: list[Location], problems: Problems) -> bool:
    if "x-was" not in action.block:
        problems.at(action.place, "a repair without x-was", "write `x-was:` and the old value")
        return False
    was, place = action.block["x-was"], action.block.at("x-was")
    gone = [
        text for at in locations if (text := _difference(was, overlay.value_at(document, at), action.target))
    ]
    for text in gone:
        problems.at(place, f"the old value is gone: {text}", _GONE)
    return not gone


def _difference(was: Any, value: Any, path: str) -> str:
    """Say where a value differs from what the repair expects; an empty text if nowhere."""
    if not isinstance(was, Block):
        return "" if _same(was, value) else f"{path} is {_short(value)}, not {_short(was)}"
    if not isinstance(value, Block):
        return f"{path} is {_short(value)}, not a mapping"
    for key, old in was.items():
        inner = f"{path}.{key}"
        if old == {"absent": True}:
            if key in value:
                return f"{inner} is there"
        elif key not in value:
            return f"{inner} is not there"
        elif text := _difference(old, value[key], inner):
            return text
    return ""


def _same(one: Any, other: Any) -> bool:
    # As JSON, where `true` is not 1.
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."


def _take(
    document: Block, action: Action, locations: list[Location], repairs: Document, problems: Problems
) -> None:
    place, wanted = action.block.at("x-take"), action.block["x-take"]
    kind = TAKEN.get(action.target, "paths")
    sound = (
        action.target in TAKEN
        and isinstance(wanted, Block)
        and set(wanted) == {"from", kind}
        and isinstance(wanted["from"], str)
        and isinstance(wanted[kind], Items)
    )
    if not sound or "update" in action.block or "remove" in action.block:
        problems.at(
            place,
            "x-take is not well formed",
            "write `target: $.paths` and `x-take: {from: quantconnect.yaml, paths: [/organizations/list]}`,"
            " or `target: $.components.schemas` and `schemas: [Thing]`",
        )
        return
    giver = yaml_document.read(Path(repairs.label).parent / wanted["from"], problems)
    if giver is None or not locations:
        return
    found = overlay.matches(giver.root, action, problems)
    if not found:
        return
    given, taken = overlay.value_at(giver.root, found[0]), overlay.value_at(document, locations[0])
    carrier = transfer.Transfer(giver.root, document, problems)
    for key, at in zip(wanted[kind], wanted[kind].places, strict=True):
        carrier.entry(given, taken, str(key), at)
    carrier.components()
