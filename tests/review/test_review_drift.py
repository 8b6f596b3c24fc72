"""Drift: ways in which a published document may change, the verdict on each, and repairs of its defects."""

from pathlib import Path
from typing import Any

import pytest
from drift_clone import (
    BODY,
    DEFECT,
    MUTATIONS,
    NEW,
    PUBLISHED,
    Change,
    at,
    clone,
    drift,
    mutated,
    said,
    updated,
    verdict,
)


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_changed_document_gets_its_verdict(name: str, tmp_path: Path) -> None:
    mutation = MUTATIONS[name]
    code, found = verdict(mutated(PUBLISHED, mutation.change, tmp_path), clone(tmp_path))
    assert (code, said(found)) == (mutation.code, mutation.said)
    assert found["verdict"] == {0: "none", 1: "drift", 2: "unusable"}[code]
    assert bool(found["defects"]) == (code == 2)
    moved = ["target: $.components.schemas.ThingQuery.properties.start"]
    assert [each["edit"] for each in found["upkeep"]] == (moved if name == "renamed schema only" else [])


def test_a_change_names_all_its_endpoints_tools_and_the_line_to_edit(tmp_path: Path) -> None:
    """A field that several endpoints share is one change."""
    change = MUTATIONS["answer with a new field"].change
    _, found = verdict(mutated(PUBLISHED, change, tmp_path), clone(tmp_path))
    assert [(each["endpoints"], each["tools"], each["edit"]) for each in found["changes"]] == [
        (
            ["/things/create", "/things/list"],
            ["create_thing", "list_things"],
            "spec/quantconnect.yaml:66: add age",
        )
    ]
    lines = (PUBLISHED.parent / "spec" / "quantconnect.yaml").read_text().splitlines()
    assert lines[64].strip() == "Thing:"


def test_an_endpoint_that_was_never_published_is_to_be_taken_from_ours_and_is_not_deleted(
    tmp_path: Path,
) -> None:
    """It read as removed by QuantConnect, and --accept deleted it."""
    repository = clone(tmp_path)
    spec, pin = repository / "spec" / "quantconnect.yaml", repository / "spec" / "published.json"
    pin.write_text(pin.read_text().replace('"/things/create",\n', ""))
    before = spec.read_bytes()
    run = drift(mutated(PUBLISHED, MUTATIONS["removed endpoint"].change, tmp_path), repository, "--accept")
    assert (run.exit_code, spec.read_bytes()) == (1, before)
    assert "ENDPOINT NEVER PUBLISHED\n  only our description has it" in run.stdout
    take = "list it in spec/repairs.yaml under x-take"
    assert f"edit: spec/quantconnect.yaml:8: if the API answers it, {take}; else delete it" in run.stdout
    assert f"left to you: /things/create: {take}, or delete the endpoint" in run.stderr


def test_the_reports_for_people_say_the_same(tmp_path: Path) -> None:
    new = mutated(PUBLISHED, MUTATIONS["new required argument"].change, tmp_path)
    repository = clone(tmp_path)
    text = drift(new, repository).stdout
    added = "ARGUMENT ADDED\n  owner: new argument, string, required\n    /things/create (create_thing)\n"
    assert added in text
    assert "    edit: spec/quantconnect.yaml:39: add owner: string, required\n" in text
    markdown = drift(new, repository, "--markdown").stdout
    assert "- `owner` new argument, string, required\n  `/things/create` (`create_thing`)\n" in markdown


def test_a_defect_from_which_no_repair_follows_says_that_a_person_writes_one(tmp_path: Path) -> None:
    nowhere = updated("Thing.properties", x={"$ref": "#/components/schemas/Elsewhere"})
    new, repository = mutated(PUBLISHED, nowhere, tmp_path), clone(tmp_path)
    for layout in ((), ("--markdown",)):
        run = drift(new, repository, *layout)
        assert run.exit_code == 2
        assert "No repair follows from the defects without one" in run.stdout


def _keyword_as_media_type(document: dict[str, Any]) -> None:
    body = at(document, BODY)
    body["content"]["required"] = body.pop("required")


def _array_without_items(document: dict[str, Any]) -> None:
    del at(document, "ListThingsResponse.properties.things")["items"]
    at(document, "Thing.properties")["tags"] = {"type": "array"}


def _response_for_a_schema(document: dict[str, Any]) -> None:
    document["components"]["responses"]["Thing"] = {"description": "x"}
    at(document, "ListThingsResponse.properties.things")["items"] = {"$ref": "#/components/responses/Thing"}


@pytest.mark.parametrize(
    ("change", "kind", "codes"),
    [
        (MUTATIONS[DEFECT].change, "D2", [0]),
        (_keyword_as_media_type, "D1", [0]),
        (_array_without_items, "D4", [1]),
        (_response_for_a_schema, "D3", [0]),
        (updated("Kind", description=None), "D5", [0]),
        (updated(f"{NEW}.name", type="text"), "D11", [0]),
        # An update adds to a list: the wrong type goes first, and the next run offers what belongs there.
        (updated(f"{NEW}.name", type=["strin"]), "D11", [2, 0]),
    ],
    ids=["reference", "misplaced", "items", "response", "description", "type", "list of types"],
)
def test_each_kind_of_defect_is_named_and_repaired_where_it_can_be(
    change: Change, kind: str, codes: list[int], tmp_path: Path
) -> None:
    new, repository = mutated(PUBLISHED, change, tmp_path), clone(tmp_path)
    repairs = repository / "spec" / "repairs.yaml"
    code, found = verdict(new, repository)
    assert (code, {each["kind"] for each in found["defects"]}) == (2, {kind})
    for expected in codes:
        repairs.write_text(repairs.read_text() + "".join(each["repair"] for each in found["defects"]))
        code, found = verdict(new, repository)
        assert code == expected


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("openapi: [3.0.0\n", "is not YAML"),
        ("openapi: 3.0.0\ninfo: {}\n", "is not an OpenAPI 3 document with paths"),
        ("- a list\n", "the top of the file is not a mapping"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_not_a_description_is_unusable(text: str | None, what: str, tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    if text is not None:
        new.write_text(text)
    code, found = verdict(new, clone(tmp_path))
    assert code == 2
    assert what in found["defects"][0]["what"]


def test_a_published_path_in_another_form_is_unusable_until_a_repair_decides(tmp_path: Path) -> None:
    path = "/things/x/../list"
    new = mutated(PUBLISHED, lambda document: document["paths"].update({path: {}}), tmp_path)
    repository = clone(tmp_path)
    code, found = verdict(new, repository)
    said = f"{path!r} is not in the one form of a path; write `/things/list`"
    assert (code, [each["what"] for each in found["defects"]]) == (2, [said])
    repairs = repository / "spec" / "repairs.yaml"
    repair = f"  - {{target: \"$.paths['{path}']\", x-defect: D1, x-reason: r, x-was: {{}}, remove: true}}\n"
    repairs.write_text(repairs.read_text() + repair)
    assert verdict(new, repository)[0] == 0
