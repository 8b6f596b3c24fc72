"""What a model reads about a tool: every text is about the thing it stands at, and names only what exists."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
WIRE = {path.stem: json.loads(path.read_text()) for path in (ROOT / "generated").glob("*/wire/*.json")}
VERBS = {name.partition("_")[0] for name in WIRE}
IDS = {
    "excludeProjectId": "project",
    "collaboratorUserId": "publicid",
    "algorithmId": "deployid",
    "userId": "login",
}
"""Arguments whose text speaks of them by another word than their own."""


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    """Yield everything that has properties, wherever it is."""
    if isinstance(node, dict):
        # A property may itself be called properties: of the mapping of names only the values are looked at.
        properties = node.get("properties")
        if isinstance(properties, dict):
            yield properties
            yield from _objects(list(properties.values()))
        yield from _objects([child for key, child in node.items() if key != "properties"])
    elif isinstance(node, list):
        for child in node:
            yield from _objects(child)


DOCUMENT = yaml.load((ROOT / "spec" / "quantconnect.yaml").read_text(), yaml.CSafeLoader)
OBJECTS = list(_objects(DOCUMENT))


def _repeated(properties: dict[str, Any]) -> list[tuple[str, str]]:
    """List the texts that two properties of an object share, or a property and the items of another."""
    met: dict[str, str] = {}
    found = []
    for name, schema in properties.items():
        for each in (schema, schema.get("items", {})) if isinstance(schema, dict) else ():
            text = each.get("description") if isinstance(each, dict) else None
            if text and met.setdefault(text, name) != name:
                found.append((name, text))
    return found


def test_no_field_of_the_description_has_the_text_of_its_neighbour() -> None:
    assert [each for properties in OBJECTS for each in _repeated(properties)] == []


def test_every_field_of_the_description_has_a_text_but_those_that_all_answers_share() -> None:
    bare = {
        name
        for properties in OBJECTS
        for name, schema in properties.items()
        if not (schema.get("description") or "$ref" in schema)
    }
    assert bare <= {"success", "errors"}


def _faults(name: str, tool: dict[str, Any]) -> Iterator[str]:
    """Say what is wrong with the texts of one tool."""
    schema = tool["inputSchema"]
    for argument, value in schema["properties"].items():
        text = value.get("description") or schema["$defs"][value["$ref"].rpartition("/")[2]]["description"]
        if not text.strip():
            yield f"{name}.{argument} has no text"
        noun = IDS.get(argument, argument.removesuffix("Id").lower())
        if argument.endswith("Id") and noun not in text.lower():
            yield f"{name}.{argument} is not explained as the id of a {noun}: {text}"
    texts = json.dumps([tool["description"], schema])
    named = {word for word in re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b", texts) if word.split("_")[0] in VERBS}
    # add_eq is the example of complete_code.
    yield from (f"{name} names {word}, which is no tool" for word in sorted(named - {"add_eq"} - set(WIRE)))


def test_every_argument_is_explained_and_every_tool_that_a_text_names_exists() -> None:
    assert [fault for name, tool in WIRE.items() for fault in _faults(name, tool)] == []
