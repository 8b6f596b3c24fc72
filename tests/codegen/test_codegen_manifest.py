"""MANIFEST.json: checksums of inputs, versions, counts, and what a model has to read."""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from codegen_inputs import Mini

from codegen.inputs.problems import Problems, Refused
from codegen.output import emission, manifest, wire_tool


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    mini = Mini(tmp_path_factory.mktemp("manifest"))
    tree = emission.build(mini.compile(), mini.inputs(), mini.folder)
    return json.loads((tree / "MANIFEST.json").read_text(encoding="utf-8")), tree


def test_it_has_the_checksum_of_every_input_and_the_versions_of_the_generators(
    mini: Mini, made: tuple[dict[str, Any], Path]
) -> None:
    found, _ = made
    inputs = mini.inputs()
    assert found["inputs"] == {
        name: sha256(Path(getattr(inputs, name)).read_bytes()).hexdigest()
        for name in ("overlay", "scopes", "spec")
    }
    assert found["generators"] == {
        name: version(name) for name in ("jinja2", "openapi-python-client", "ruff")
    }


def test_it_counts(made: tuple[dict[str, Any], Path]) -> None:
    found, _ = made
    assert (found["counts"]["tools"], found["counts"]["operations"], found["counts"]["schemas"]) == (1, 1, 0)
    assert found["api"] == "1.2.3"


def test_the_weight_is_that_of_the_compact_json_that_a_model_sees(made: tuple[dict[str, Any], Path]) -> None:
    found, tree = made
    served = json.loads(
        (tree / "quantconnect_tools" / "wire" / "read_thing.json").read_text(encoding="utf-8")
    )
    seen = [{name: served[name] for name in ("name", "description", "inputSchema")}]
    bytes_ = len(json.dumps(seen, ensure_ascii=False, separators=(",", ":")).encode())
    assert found["wire"]["bytes"] == bytes_
    assert found["wire"]["largest"] == {"tool": "read_thing", "bytes": bytes_ - 2}


def test_c08_too_much_to_read_is_a_problem_with_the_figures(mini: Mini) -> None:
    mini.spec = mini.spec.replace("Which one.", "Which one. " + "Text. " * 8000)
    catalogue = mini.compile().catalogue
    problems = Problems()
    manifest.check_weight(catalogue, "overlay.yaml", problems)
    total = wire_tool.weight(catalogue.tools)
    said = [str(problem) for problem in problems.found]
    assert f"overlay.yaml: all tools together take {total} bytes" in said[0]
    assert "the ceiling is 45000" in said[0]
    assert f"the tool read_thing takes {total - 2} bytes" in said[1]
    assert "the ceiling is 6000" in said[1]
    with pytest.raises(Refused):
        emission.build(mini.compile(), mini.inputs(), mini.folder)


def test_the_wire_file_is_the_tool_object_in_the_order_of_the_protocol(mini: Mini) -> None:
    (tool,) = mini.compile().catalogue.tools
    written = wire_tool.written(tool)
    assert list(written) == ["name", "title", "description", "inputSchema", "annotations", "_meta"]
    assert written["annotations"] == {
        "title": "Read thing",
        "readOnlyHint": True,
        "destructiveHint": False,
        "idempotentHint": True,
        "openWorldHint": True,
    }
    assert written["_meta"] == {
        "ledgai/toolset": "things",
        "ledgai/scopes": ["things:read"],
        "ledgai/effect": "read",
    }


@pytest.mark.parametrize(
    ("effect", "additive", "reads", "destroys"),
    [
        ("read", False, True, False),
        ("write", False, False, True),
        ("write", True, False, False),
        ("delete", False, False, True),
        ("live", False, False, True),
    ],
)
def test_only_what_reads_or_adds_is_not_destructive(
    mini: Mini, effect: str, additive: bool, reads: bool, destroys: bool
) -> None:
    """ToolAnnotations: `destructiveHint` false says that updates are additive only."""
    mini.scopes = mini.scopes.replace("effect: read", f"effect: {effect}")
    (tool,) = mini.compile().catalogue.tools
    found = wire_tool.hints(evolve(tool, additive=additive))
    assert (found["readOnlyHint"], found["destructiveHint"]) == (reads, destroys)
