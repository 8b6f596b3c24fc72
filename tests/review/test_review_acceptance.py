"""Accepted drift: facts are written, texts are marked, and every other byte stays."""

from __future__ import annotations

import difflib
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from drift_clone import PUBLISHED, SMALL, clone, drift, mutated, verdict
from drift_mutations import MUTATIONS
from policy_pairs import ROOT, codegen, golden
from published_mutations import REAL

from codegen.drift.edits import Source
from codegen.inputs import missing_texts
from codegen.inputs.problems import Problems

WRITTEN = [
    "new endpoint",
    "removed endpoint",
    "new required argument",
    "argument newly required",
    "retyped argument",
    "enum value added",
    "enum value removed",
    "removed argument",
    "limit",
    "answer with a new field",
    "answer without a field",
    "moved endpoint",
    "exclusive bound as a boolean",
]


def _diff(old: str, new: str) -> str:
    lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), "old", "new", n=1)
    return "".join(lines)


@pytest.mark.parametrize("name", WRITTEN)
def test_accepted_drift_is_written_and_is_no_drift_any_more(name: str, tmp_path: Path) -> None:
    new, repository = mutated(PUBLISHED, MUTATIONS[name].change, tmp_path / "new.yaml"), clone(tmp_path)
    spec = repository / "spec" / "quantconnect.yaml"
    before = spec.read_text()
    run = drift(new, repository, "--accept", "--revision", "2222222")
    assert run.returncode == 0, run.stderr
    golden(SMALL / "accepted" / f"{name.replace(' ', '_')}.diff", _diff(before, spec.read_text()))
    assert verdict(new, repository)[0] == 0


def test_accepting_pins_the_document(tmp_path: Path) -> None:
    import hashlib

    change = MUTATIONS["answer without a field"].change
    new, repository = mutated(PUBLISHED, change, tmp_path / "new.yaml"), clone(tmp_path)
    assert drift(new, repository, "--accept", "--revision", "2222222").returncode == 0
    pin = json.loads((repository / "spec" / "published.json").read_text())
    assert pin["sha256"] == hashlib.sha256(new.read_bytes()).hexdigest()
    assert (pin["revision"], pin["characters"]) == ("2222222", len(new.read_text()))
    assert pin["departures"]["/things/create"] == {
        "answer errors": ["-there"],
        "answer thing.name": ["-there"],
    }


def test_without_a_revision_the_old_one_is_forgotten(tmp_path: Path) -> None:
    new, repository = mutated(PUBLISHED, MUTATIONS["limit"].change, tmp_path / "new.yaml"), clone(tmp_path)
    assert drift(new, repository, "--accept").returncode == 0
    assert json.loads((repository / "spec" / "published.json").read_text())["revision"] is None


def test_what_cannot_be_written_is_left_and_keeps_drifting(tmp_path: Path) -> None:
    def structured(document: dict[str, Any]) -> None:
        size = document["components"]["schemas"]["CreateThingRequest"]["properties"]["size"]
        size.clear()
        size.update(type="object", properties={"x": {"type": "integer"}})

    new, repository = mutated(PUBLISHED, structured, tmp_path / "new.yaml"), clone(tmp_path)
    pin = (repository / "spec" / "published.json").read_text()
    run = drift(new, repository, "--accept")
    assert run.returncode == 1
    assert "left to you: /things/create, request size: add type object" in run.stderr
    assert (repository / "spec" / "published.json").read_text() == pin
    assert verdict(new, repository)[0] == 1


def _asked_by_get(document: dict[str, Any]) -> None:
    item = document["paths"]["/things/create"]
    item["get"] = item.pop("post")


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (_asked_by_get, "left to you: GET /things/create: add the endpoint"),
        (MUTATIONS["argument in the address"].change, "request dry: add the field"),
        (MUTATIONS["body sent otherwise"].change, "request (body): add media multipart/form-data"),
        (MUTATIONS["body no longer required"].change, "request (body): delete required"),
    ],
)
def test_what_cannot_be_written_is_not_written_elsewhere(change: Any, left: str, tmp_path: Path) -> None:
    new, repository = mutated(PUBLISHED, change, tmp_path / "new.yaml"), clone(tmp_path)
    before = (repository / "spec" / "quantconnect.yaml").read_bytes()
    run = drift(new, repository, "--accept")
    assert run.returncode == 1
    assert left in run.stderr
    assert (repository / "spec" / "quantconnect.yaml").read_bytes() == before


def test_an_unusable_document_is_not_accepted(tmp_path: Path) -> None:
    new, repository = (
        mutated(PUBLISHED, MUTATIONS["a new defect"].change, tmp_path / "new.yaml"),
        clone(tmp_path),
    )
    before = (repository / "spec" / "quantconnect.yaml").read_bytes()
    assert drift(new, repository, "--accept").returncode == 2
    assert (repository / "spec" / "quantconnect.yaml").read_bytes() == before


def _generate(repository: Path, out: Path) -> tuple[int, str]:
    run = codegen(
        *("generate", "--spec", "spec/quantconnect.yaml", "--overlay", "spec/overlay.yaml"),
        *("--scopes", "scopes.yaml", "--out", str(out)),
        folder=repository,
    )
    return run.returncode, run.stderr


def test_a_missing_text_stops_the_build_until_somebody_writes_it(tmp_path: Path) -> None:
    change = MUTATIONS["new required argument"].change
    new, repository = mutated(PUBLISHED, change, tmp_path / "new.yaml"), clone(tmp_path)
    assert drift(new, repository, "--accept").returncode == 0
    code, stderr = _generate(repository, tmp_path / "out")
    assert code == 1
    assert stderr.startswith("spec/quantconnect.yaml:51: the text is missing\n    fix: write what it is")


def test_after_an_accepted_argument_generation_touches_only_what_changed(tmp_path: Path) -> None:
    """The tree before and after: the tool, the model and the digests; nothing else."""
    change = MUTATIONS["new required argument"].change
    new, repository = mutated(PUBLISHED, change, tmp_path / "new.yaml"), clone(tmp_path)
    assert _generate(repository, tmp_path / "before") == (0, "")
    assert drift(new, repository, "--accept").returncode == 0
    spec = repository / "spec" / "quantconnect.yaml"
    spec.write_text(spec.read_text().replace(missing_texts.MISSING, "Who it belongs to."))
    assert _generate(repository, tmp_path / "after") == (0, "")
    before, after = (_tree(tmp_path / side) for side in ("before", "after"))
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert set(before) == set(after)
    diffs = "".join(
        f"== {name}\n{_diff(before[name], after[name])}" for name in sorted(changed - {"MANIFEST.json"})
    )
    golden(SMALL / "generated.diff", diffs)
    assert "MANIFEST.json" in changed


def _tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


YAML = """\
# head
a: {x: 1, y: [p, q]}   # flow
b:
  # inside
  c: one
  d:
  - first   # with a comment
  - second
  e: |
    a block
    of text

f: {}
"""


def _edited(*steps: Any) -> str:
    source = Source(YAML)
    for step in steps:
        step(source)
    text = source.changed()
    yaml.safe_load(text)
    return _diff(YAML, text)


@pytest.mark.parametrize(
    ("step", "removed", "added"),
    [
        (
            lambda s: s.put(("a",), "z", [1]),
            ["a: {x: 1, y: [p, q]}   # flow"],
            ["a: {x: 1, y: [p, q], z: [1]}   # flow"],
        ),
        (lambda s: s.put(("f",), "z", 1), ["f: {}"], ["f: {z: 1}"]),
        (lambda s: s.put(("b",), "z", {"k": "v"}), [], ["  z: {k: v}"]),
        (lambda s: s.put(("b",), "z", 1, before="d"), [], ["  z: 1"]),
        (
            lambda s: s.append(("a", "y"), "r"),
            ["a: {x: 1, y: [p, q]}   # flow"],
            ["a: {x: 1, y: [p, q, r]}   # flow"],
        ),
        (lambda s: s.append(("b", "d"), "third"), [], ["  - third"]),
        (lambda s: s.drop(("a", "x")), ["a: {x: 1, y: [p, q]}   # flow"], ["a: {y: [p, q]}   # flow"]),
        (lambda s: s.drop(("a", "y", 1)), ["a: {x: 1, y: [p, q]}   # flow"], ["a: {x: 1, y: [p]}   # flow"]),
        (lambda s: s.drop(("b", "d", 0)), ["  - first   # with a comment"], []),
        (lambda s: s.drop(("b", "e")), ["  e: |", "    a block", "    of text"], []),
        (lambda s: s.replace(("b", "c"), [1, 2]), ["  c: one"], ["  c: [1, 2]"]),
        (
            lambda s: (s.drop(("b", "d", 0)), s.drop(("b", "d", 1))),
            ["  d:", "  - first   # with a comment", "  - second"],
            [],
        ),
    ],
)
def test_an_edit_changes_its_own_lines_and_no_other(step: Any, removed: list[str], added: list[str]) -> None:
    rows = _edited(step).splitlines()[2:]
    assert [row[1:] for row in rows if row.startswith("-")] == removed
    assert [row[1:] for row in rows if row.startswith("+")] == added


def test_several_edits_at_one_place_keep_their_order() -> None:
    added = _edited(lambda s: [s.put(("b",), name, 1) for name in "zyx"])
    assert [row for row in added.splitlines() if row.startswith("+ ")] == ["+  z: 1", "+  y: 1", "+  x: 1"]


def test_a_gap_anywhere_in_the_description_is_a_problem() -> None:
    from codegen.inputs.yaml_document import parse

    root = parse(
        f"a: [{{b: '{missing_texts.MISSING}'}}]\nc: {missing_texts.MISSING} here\nd: fine\n",
        "spec.yaml",
        Problems(),
    )
    assert root is not None
    problems = Problems()
    missing_texts.check(root, problems)
    assert [problem.line for problem in problems.found] == [1, 2]


@pytest.mark.published
@pytest.mark.parametrize(
    "name",
    [name for name, mutation in REAL.items() if mutation.code == 1],
)
def test_drift_of_the_real_document_is_accepted_whole(name: str, tmp_path: Path) -> None:
    published = Path(os.environ["TEST_PUBLISHED"])
    repository = clone(tmp_path)
    for path in ("quantconnect.yaml", "overlay.yaml", "repairs.yaml", "published.json"):
        (repository / "spec" / path).write_bytes((ROOT / "spec" / path).read_bytes())
    (repository / "scopes.yaml").write_bytes((ROOT / "scopes.yaml").read_bytes())
    new = mutated(published, REAL[name].change, tmp_path / "new.yaml")
    run = drift(new, repository, "--accept")
    assert run.returncode == 0, run.stderr
    assert verdict(new, repository)[0] == 0
    old = (ROOT / "spec" / "quantconnect.yaml").read_text()
    rows = _diff(old, (repository / "spec" / "quantconnect.yaml").read_text()).splitlines()
    assert len([row for row in rows if row.startswith(("+", "-"))]) < 120
