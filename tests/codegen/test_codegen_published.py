"""The published description, repaired, yields the tools that our own yields; none of its sentences is ours.

Run by .ci/run, which names the published document in TEST_PUBLISHED: it has its own licence and is not in
this repository.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import evolve
from codegen_inputs import OURS, ROOT

from codegen.tools import compilation
from codegen.tools.catalogue import Catalogue

pytestmark = pytest.mark.published


@pytest.fixture(scope="module")
def published() -> Path:
    return Path(os.environ["TEST_PUBLISHED"])


@pytest.fixture(scope="module")
def theirs(published: Path) -> Catalogue:
    return compilation.compile(evolve(OURS, spec=str(published))).catalogue


def _facts(schema: Any, definitions: dict[str, Any]) -> Any:
    """Reduce a schema to names, types, required and enums."""
    if "$ref" in schema:
        return _facts(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    facts: dict[str, Any] = {}
    if "type" in schema:
        types = schema["type"]
        facts["type"] = sorted(types) if isinstance(types, list) else [types]
    if "enum" in schema or "const" in schema:
        facts["enum"] = sorted(map(str, schema.get("enum", [schema.get("const")])))
    if schema.get("required"):
        facts["required"] = sorted(schema["required"])
    if "properties" in schema:
        facts["properties"] = {
            name: _facts(value, definitions) for name, value in sorted(schema["properties"].items())
        }
    if isinstance(schema.get("items"), dict):
        facts["items"] = _facts(schema["items"], definitions)
    if isinstance(schema.get("additionalProperties"), dict):
        facts["values"] = _facts(schema["additionalProperties"], definitions)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            branches = [_facts(branch, definitions) for branch in schema[union]]
            facts["either"] = sorted(branches, key=lambda branch: json.dumps(branch, sort_keys=True))
    return facts


def _tools(catalogue: Catalogue) -> dict[str, Any]:
    return {
        tool.name: {
            "endpoints": tool.endpoints,
            "scopes": tool.scopes,
            "effect": tool.effect,
            "arguments": _facts(tool.full_schema, dict(tool.full_schema.get("$defs", {}))),
        }
        for tool in catalogue.tools
    }


def test_both_sources_give_the_same_tools_with_the_same_arguments_types_required_and_enums(
    catalogue: Catalogue, theirs: Catalogue
) -> None:
    mine, other = _tools(catalogue), _tools(theirs)
    assert list(mine) == list(other)
    assert {name: (mine[name], other[name]) for name in mine if mine[name] != other[name]} == {}


def test_the_published_document_is_the_one_that_is_pinned(published: Path) -> None:
    pin = json.loads((ROOT / "spec" / "published.json").read_text())
    assert hashlib.sha256(published.read_bytes()).hexdigest() == pin["sha256"]


def test_the_published_document_generates_a_whole_tree(published: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = subprocess.run(
        [sys.executable, "-m", "codegen", "generate", "--spec", str(published), "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    names = {path.name for path in (out / "quantconnect_tools" / "wire").iterdir()}
    assert names == {path.name for path in (ROOT / "generated" / "quantconnect_tools" / "wire").iterdir()}


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("description", "summary", "title") and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def _phrases(text: str, length: int) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z][a-z'-]*", text.lower())
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


@pytest.mark.parametrize("file", ["quantconnect.yaml", "overlay.yaml", "repairs.yaml"])
def test_no_sentence_of_the_published_document_is_in_ours(published: Path, file: str) -> None:
    """Seven words in a row are a sentence; lists of enum values and statistics are facts and left out."""
    theirs = set[tuple[str, ...]]()
    for text in _texts(yaml.safe_load(published.read_text(encoding="utf-8"))):
        theirs |= _phrases(text, 7)
    ours = list(_texts(yaml.safe_load((ROOT / "spec" / file).read_text(encoding="utf-8"))))
    facts = re.compile(r"\b0[ =][A-Z]|Alpha, Annual")
    shared = [text for text in ours if not facts.search(text) and _phrases(text, 7) & theirs]
    assert shared == []
