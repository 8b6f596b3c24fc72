"""MANIFEST.json: checksums of inputs, versions, counts, and what a model has to read."""

import json
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from codegen_inputs import BEFORE, Mini

from codegen.inputs.problems import Problems, Refused
from codegen.output import emission, manifest, wire_tool


def made(tree: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((tree / "MANIFEST.json").read_text(encoding="utf-8"))
    return found


def test_it_has_the_checksum_of_every_input_and_the_versions_of_the_generators(tree: Path) -> None:
    assert made(tree)["inputs"] == {
        name: sha256(Path(getattr(BEFORE, name)).read_bytes()).hexdigest()
        for name in ("overlay", "scopes", "spec")
    }
    assert made(tree)["generators"] == {
        name: version(name) for name in ("jinja2", "openapi-python-client", "ruff")
    }


def test_the_weight_is_that_of_the_compact_json_that_a_model_sees(tree: Path) -> None:
    served = [json.loads(path.read_text()) for path in (tree / "quantconnect_tools" / "wire").iterdir()]
    seen = [{name: one[name] for name in ("name", "description", "inputSchema")} for one in served]
    sizes = {one["name"]: len(json.dumps(one, ensure_ascii=False, separators=(",", ":"))) for one in seen}
    found = made(tree)
    assert found["counts"]["tools"] == found["counts"]["operations"] == len(served)
    assert found["wire"]["bytes"] == len(json.dumps(seen, ensure_ascii=False, separators=(",", ":")))
    assert found["wire"]["largest"] == {
        "tool": max(sizes, key=lambda name: sizes[name]),
        "bytes": max(sizes.values()),
    }


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
