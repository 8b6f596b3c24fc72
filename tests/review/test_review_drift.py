"""Drift: ways in which a published document may change, and the verdict on each."""

from __future__ import annotations

from pathlib import Path

import pytest
from drift_clone import (
    PUBLISHED,
    clone,
    drift,
    mutated,
    said,
    verdict,
)
from drift_mutations import MUTATIONS, newly_required, rename


def test_the_document_that_is_pinned_shows_no_drift(tmp_path: Path) -> None:
    code, found = verdict(PUBLISHED, clone(tmp_path))
    assert (code, found["verdict"], found["changes"], found["upkeep"]) == (0, "none", [], [])


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_changed_document_gets_its_verdict(name: str, tmp_path: Path) -> None:
    mutation = MUTATIONS[name]
    code, found = verdict(mutated(PUBLISHED, mutation.change, tmp_path / "new.yaml"), clone(tmp_path))
    assert (code, said(found)) == (mutation.code, mutation.said)
    assert found["verdict"] == {0: "none", 1: "drift", 2: "unusable"}[code]
    assert bool(found["defects"]) == (code == 2)


def test_a_change_names_endpoints_tools_and_the_line_to_edit(tmp_path: Path) -> None:
    change = MUTATIONS["enum value added"].change
    _, found = verdict(mutated(PUBLISHED, change, tmp_path / "new.yaml"), clone(tmp_path))
    assert found["changes"] == [
        {
            "kind": "enum grown",
            "endpoints": ["/things/create"],
            "tools": ["create_thing"],
            "where": "kind",
            "said": "more values: huge",
            "edit": "spec/quantconnect.yaml:77: add huge",
        }
    ]
    line = (PUBLISHED.parent / "spec" / "quantconnect.yaml").read_text().splitlines()[76]
    assert line.strip().startswith("Kind:")


def test_a_document_cut_off_before_its_endpoints_does_not_empty_our_description(tmp_path: Path) -> None:
    new = mutated(PUBLISHED, lambda document: document["paths"].clear(), tmp_path / "new.yaml")
    repository = clone(tmp_path)
    spec = repository / "spec" / "quantconnect.yaml"
    before = spec.read_bytes()
    run = drift(new, repository, "--accept")
    assert (run.returncode, spec.read_bytes()) == (2, before)
    assert "describes no endpoint" in run.stdout


def test_a_field_that_several_endpoints_share_is_one_change(tmp_path: Path) -> None:
    change = MUTATIONS["answer with a new field"].change
    _, found = verdict(mutated(PUBLISHED, change, tmp_path / "new.yaml"), clone(tmp_path))
    assert [each["endpoints"] for each in found["changes"]] == [["/things/create", "/things/list"]]
    assert found["changes"][0]["tools"] == ["create_thing", "list_things"]


def test_an_endpoint_that_was_never_published_is_to_be_taken_from_ours_and_is_not_deleted(
    tmp_path: Path,
) -> None:
    """It read as removed by QuantConnect, and --accept deleted it."""
    repository = clone(tmp_path)
    spec, pin = repository / "spec" / "quantconnect.yaml", repository / "spec" / "published.json"
    pin.write_text(pin.read_text().replace('"/things/create",\n', ""))
    before = spec.read_bytes()
    change = MUTATIONS["removed endpoint"].change
    run = drift(mutated(PUBLISHED, change, tmp_path / "new.yaml"), repository, "--accept")
    assert (run.returncode, spec.read_bytes()) == (1, before)
    assert "ENDPOINT NEVER PUBLISHED\n  only our description has it" in run.stdout
    take = "list it in spec/repairs.yaml under x-take"
    assert f"edit: spec/quantconnect.yaml:8: if the API answers it, {take}; else delete it" in run.stdout
    assert f"left to you: /things/create: {take}, or delete the endpoint" in run.stderr


def test_a_renamed_schema_says_how_its_repair_has_to_be_written(tmp_path: Path) -> None:
    _, found = verdict(mutated(PUBLISHED, rename, tmp_path / "new.yaml"), clone(tmp_path))
    assert [each["edit"] for each in found["upkeep"]] == [
        "target: $.components.schemas.ThingQuery.properties.start"
    ]


def test_the_reports_for_people_say_the_same(tmp_path: Path) -> None:
    new, repository = mutated(PUBLISHED, newly_required, tmp_path / "new.yaml"), clone(tmp_path)
    text = drift(new, repository).stdout
    assert (
        "ARGUMENT ADDED\n  owner: new argument, string, required\n    /things/create (create_thing)\n" in text
    )
    assert "    edit: spec/quantconnect.yaml:39: add owner: string, required\n" in text
    markdown = drift(new, repository, "--markdown").stdout
    assert "- `owner` new argument, string, required\n  `/things/create` (`create_thing`)\n" in markdown
