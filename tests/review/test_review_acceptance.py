"""Accepted drift: facts are written, texts are marked, and every other byte stays."""

import difflib
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from drift_clone import (
    DEFECT,
    MUTATIONS,
    NEW,
    PUBLISHED,
    SMALL,
    at,
    clone,
    drift,
    mutated,
    said,
    updated,
    verdict,
)
from hypothesis import example, given
from hypothesis import strategies as st
from policy_pairs import codegen, golden

from codegen.drift.edits import Source, flow
from codegen.inputs.problems import Problems
from codegen.inputs.yaml_document import parse

LEFT = {
    "argument in the address": "request dry: add the field",
    "body sent otherwise": "request (body): add media multipart/form-data",
    "body no longer required": "request (body): delete required",
}
"""Drift that is left to a person."""
FIXED = "a defect that was fixed"
WRITTEN = [name for name, each in MUTATIONS.items() if each.code == 1 and name not in {*LEFT, FIXED}]


def _diff(old: str, new: str) -> str:
    lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), "old", "new", n=1)
    return "".join(lines)


@pytest.mark.parametrize("name", WRITTEN)
def test_accepted_drift_is_written_and_is_no_drift_any_more(name: str, tmp_path: Path) -> None:
    new, repository = mutated(PUBLISHED, MUTATIONS[name].change, tmp_path), clone(tmp_path)
    spec = repository / "spec" / "quantconnect.yaml"
    before = spec.read_text()
    run = drift(new, repository, "--accept", "--revision", "2222222")
    assert run.exit_code == 0, run.stderr
    golden(SMALL / "accepted" / f"{name.replace(' ', '_')}.diff", _diff(before, spec.read_text()))
    assert verdict(new, repository)[0] == 0


SHAPES = """\
        shape:
          description: Which.
          oneOf:
          - {$ref: '#/components/schemas/Round'}
          - {$ref: '#/components/schemas/Square'}
"""


def _shape(name: str) -> dict[str, Any]:
    properties = {"id": {"type": "string", "enum": [name]}, f"{name}-size": {"type": "integer"}}
    return {"type": "object", "required": ["id"], "properties": properties}


def _shaped(document: dict[str, Any], *names: str) -> None:
    document["components"]["schemas"] |= {name: _shape(name.lower()) for name in names}
    union = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    at(document, NEW)["shape"] = {"oneOf": union}


def _describe_shapes(spec: Path) -> None:
    text = spec.read_text().replace("    ListThingsRequest:\n", f"{SHAPES}    ListThingsRequest:\n", 1)
    drawn = "".join(f"    {name}: {json.dumps(_shape(name.lower()))}\n" for name in ("Round", "Square"))
    spec.write_text(text + drawn)


def test_a_new_branch_of_a_union_points_at_the_union_and_is_written_into_it(tmp_path: Path) -> None:
    repository = clone(tmp_path)
    spec = repository / "spec" / "quantconnect.yaml"
    _describe_shapes(spec)
    same = mutated(PUBLISHED, lambda new: _shaped(new, "Round", "Square"), tmp_path)
    assert verdict(same, repository)[0] == 0
    new = mutated(PUBLISHED, lambda new: _shaped(new, "Round", "Square", "Star"), tmp_path)
    (change,) = verdict(new, repository)[1]["changes"]
    line = spec.read_text().splitlines().index("          oneOf:") + 1
    assert change["edit"] == f"spec/quantconnect.yaml:{line}: add a branch to shape whose id is star"
    assert change["said"] == "new alternative, with id, star-size"
    run = drift(new, repository, "--accept")
    assert run.exit_code == 0, run.stderr
    union = at(yaml.safe_load(spec.read_text()), NEW)["shape"]["oneOf"]
    assert [each["$ref"].rpartition("/")[2] for each in union] == ["Round", "Square", "Star"]
    assert verdict(new, repository)[0] == 0


def test_a_branch_that_repairs_add_and_that_is_published_by_now_is_said_of_the_repairs_alone(
    tmp_path: Path,
) -> None:
    repository = clone(tmp_path)
    spec, repairs = (repository / "spec" / name for name in ("quantconnect.yaml", "repairs.yaml"))
    _describe_shapes(spec)
    taken = {"from": "quantconnect.yaml", "schemas": ["Square"]}
    update = {"oneOf": [{"$ref": "#/components/schemas/Square"}]}
    actions = [
        {"target": "$.components.schemas", "x-take": taken},
        {"target": f"$.components.schemas.{NEW}.shape", "x-was": {}, "update": update},
    ]
    named = [{**each, "x-defect": "D24", "x-reason": "Clients send it."} for each in actions]
    repairs.write_text(repairs.read_text() + "".join(f"  - {json.dumps(each)}\n" for each in named))
    assert verdict(mutated(PUBLISHED, lambda new: _shaped(new, "Round"), tmp_path), repository)[0] == 0
    _, found = verdict(mutated(PUBLISHED, lambda new: _shaped(new, "Round", "Square"), tmp_path), repository)
    assert said(found) == ("repair out of date : Square is published now",)


@pytest.mark.parametrize("revision", ["2222222", None])
def test_accepting_pins_the_document(revision: str | None, tmp_path: Path) -> None:
    """Without a revision the old one is forgotten: it is that of another document."""
    change = MUTATIONS["answer without a field"].change
    new, repository = mutated(PUBLISHED, change, tmp_path), clone(tmp_path)
    options = ("--revision", revision) if revision else ()
    assert drift(new, repository, "--accept", *options).exit_code == 0
    pin = json.loads((repository / "spec" / "published.json").read_text())
    assert pin["sha256"] == hashlib.sha256(new.read_bytes()).hexdigest()
    assert (pin["revision"], pin["characters"]) == (revision, len(new.read_text()))
    assert pin["endpoints"] == ["/things/create", "/things/list"]
    there = {"answer errors": ["-there"], "answer thing.name": ["-there"]}
    assert pin["departures"]["/things/create"] == there


def test_what_cannot_be_written_is_left_and_keeps_drifting(tmp_path: Path) -> None:
    structured = updated(NEW, size={"type": "object", "properties": {"x": {"type": "integer"}}})
    new, repository = mutated(PUBLISHED, structured, tmp_path), clone(tmp_path)
    pin = (repository / "spec" / "published.json").read_text()
    run = drift(new, repository, "--accept")
    assert run.exit_code == 1
    assert "left to you: /things/create, request size: add type object" in run.stderr
    assert (repository / "spec" / "published.json").read_text() == pin
    assert verdict(new, repository)[0] == 1


def _asked_by_get(document: dict[str, Any]) -> None:
    item = at(document, "paths./things/create")
    item["get"] = item.pop("post")


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (_asked_by_get, "left to you: GET /things/create: add the endpoint"),
        *((MUTATIONS[name].change, said) for name, said in LEFT.items()),
    ],
)
def test_what_cannot_be_written_is_not_written_elsewhere(change: Any, left: str, tmp_path: Path) -> None:
    new, repository = mutated(PUBLISHED, change, tmp_path), clone(tmp_path)
    before = (repository / "spec" / "quantconnect.yaml").read_bytes()
    run = drift(new, repository, "--accept")
    assert run.exit_code == 1
    assert left in run.stderr
    assert (repository / "spec" / "quantconnect.yaml").read_bytes() == before


@pytest.mark.parametrize("name", [DEFECT, "no endpoint left"])
def test_an_unusable_document_is_not_accepted(name: str, tmp_path: Path) -> None:
    """One that is cut off before its endpoints would empty our description."""
    new, repository = mutated(PUBLISHED, MUTATIONS[name].change, tmp_path), clone(tmp_path)
    before = (repository / "spec" / "quantconnect.yaml").read_bytes()
    assert drift(new, repository, "--accept").exit_code == 2
    assert (repository / "spec" / "quantconnect.yaml").read_bytes() == before


def test_a_missing_text_stops_the_build_until_somebody_writes_it(tmp_path: Path) -> None:
    change = MUTATIONS["new required argument"].change
    new, repository = mutated(PUBLISHED, change, tmp_path), clone(tmp_path)
    assert drift(new, repository, "--accept").exit_code == 0
    inputs = ("--spec", "spec/quantconnect.yaml", "--overlay", "spec/overlay.yaml", "--scopes", "scopes.yaml")
    run = codegen("generate", *inputs, "--out", "out", folder=repository)
    assert run.exit_code == 1
    assert run.stderr.startswith("spec/quantconnect.yaml:51: the text is missing\n    fix: write what it is")


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


def _edited(step: Any) -> list[str]:
    source = Source(YAML)
    step(source)
    text = source.changed()
    yaml.safe_load(text)
    return _diff(YAML, text).splitlines()[2:]


FLOW = "a: {x: 1, y: [p, q]}   # flow"


@pytest.mark.parametrize(
    ("step", "removed", "added"),
    [
        (lambda s: s.put(("a",), "z", [1]), [FLOW], ["a: {x: 1, y: [p, q], z: [1]}   # flow"]),
        (lambda s: s.put(("f",), "z", 1), ["f: {}"], ["f: {z: 1}"]),
        (lambda s: s.put(("b",), "z", {"k": "v"}), [], ["  z: {k: v}"]),
        (lambda s: s.put(("b",), "z", 1, before="d"), [], ["  z: 1"]),
        (lambda s: s.append(("a", "y"), "r"), [FLOW], ["a: {x: 1, y: [p, q, r]}   # flow"]),
        (lambda s: s.append(("b", "d"), "third"), [], ["  - third"]),
        (lambda s: s.drop(("a", "x")), [FLOW], ["a: {y: [p, q]}   # flow"]),
        (lambda s: s.drop(("a", "y", 1)), [FLOW], ["a: {x: 1, y: [p]}   # flow"]),
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
    rows = _edited(step)
    assert [row[1:] for row in rows if row.startswith("-")] == removed
    assert [row[1:] for row in rows if row.startswith("+")] == added


def test_several_edits_at_one_place_keep_their_order() -> None:
    added = _edited(lambda s: [s.put(("b",), name, 1) for name in "zyx"])
    assert [row for row in added if row.startswith("+ ")] == ["+  z: 1", "+  y: 1", "+  x: 1"]


@given(text=st.text("0123456789eE.+-_xotrunyNfal ~:#,[]{}&*!|>'\"%@`\\", min_size=1, max_size=6))
@example("1e3")
@example("012")
def test_a_text_that_is_written_is_read_as_that_text(text: str) -> None:
    """An enum value `1e3` was written bare, and read as a number."""
    problems = Problems()
    written = flow({"value": text, "values": [text], text: "key"})
    assert parse(f"a: {written}", "f.yaml", problems) == {"a": {"value": text, "values": [text], text: "key"}}
    assert problems.found == []
