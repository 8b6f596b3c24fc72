"""Defects of a published document: each is named, and repaired where a repair follows from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from drift_clone import (
    PUBLISHED,
    clone,
    drift,
    mutated,
    said,
    verdict,
)
from drift_mutations import defect, schemas


def test_a_defect_from_which_no_repair_follows_says_that_a_person_writes_one(tmp_path: Path) -> None:
    new = mutated(
        PUBLISHED,
        lambda document: schemas(document)["Thing"]["properties"].update(
            x={"$ref": "#/components/schemas/Elsewhere"}
        ),
        tmp_path / "new.yaml",
    )
    repository = clone(tmp_path)
    for layout in ((), ("--markdown",)):
        run = drift(new, repository, *layout)
        assert run.returncode == 2
        assert "No repair follows from the defects without one" in run.stdout


def test_the_repair_that_is_offered_for_a_defect_mends_it(tmp_path: Path) -> None:
    new, repository = mutated(PUBLISHED, defect, tmp_path / "new.yaml"), clone(tmp_path)
    code, found = verdict(new, repository)
    assert code == 2
    assert [each["kind"] for each in found["defects"]] == ["D2"]
    repairs = repository / "spec" / "repairs.yaml"
    repairs.write_text(repairs.read_text() + found["defects"][0]["repair"])
    assert verdict(new, repository)[0] == 0


def test_repairs_of_a_type_that_is_a_list_mend_it_in_two_runs(tmp_path: Path) -> None:
    """An update adds to a list: the repair that was offered left the wrong type where it was."""
    new = mutated(
        PUBLISHED,
        lambda document: schemas(document)["CreateThingRequest"]["properties"]["name"].update(type=["strin"]),
        tmp_path / "new.yaml",
    )
    repository = clone(tmp_path)
    repairs = repository / "spec" / "repairs.yaml"
    for _ in range(2):
        code, found = verdict(new, repository)
        assert code == 2
        repairs.write_text(repairs.read_text() + found["defects"][0]["repair"])
    assert verdict(new, repository)[0] == 0


def _keyword_as_media_type(document: dict[str, Any]) -> None:
    body = document["paths"]["/things/create"]["post"]["requestBody"]
    body["content"]["required"] = body.pop("required")


def _array_without_items(document: dict[str, Any]) -> None:
    del schemas(document)["ListThingsResponse"]["properties"]["things"]["items"]
    schemas(document)["Thing"]["properties"]["tags"] = {"type": "array"}


def _response_for_a_schema(document: dict[str, Any]) -> None:
    document["components"]["responses"]["Thing"] = {"description": "x"}
    things = schemas(document)["ListThingsResponse"]["properties"]["things"]
    things["items"] = {"$ref": "#/components/responses/Thing"}


@pytest.mark.parametrize(
    ("change", "kind", "mended"),
    [
        (_keyword_as_media_type, "D1", 0),
        (_array_without_items, "D4", 1),
        (_response_for_a_schema, "D3", 0),
        (lambda document: schemas(document)["Kind"].update(description=None), "D5", 0),
        (
            lambda document: schemas(document)["CreateThingRequest"]["properties"]["name"].update(
                type="text"
            ),
            "D11",
            0,
        ),
    ],
    ids=["misplaced", "items", "response", "description", "type"],
)
def test_each_kind_of_defect_is_named_and_repaired_where_it_can_be(
    change: Any, kind: str, mended: int, tmp_path: Path
) -> None:
    new, repository = mutated(PUBLISHED, change, tmp_path / "new.yaml"), clone(tmp_path)
    code, found = verdict(new, repository)
    assert code == 2
    assert {each["kind"] for each in found["defects"]} == {kind}
    repairs = repository / "spec" / "repairs.yaml"
    repairs.write_text(repairs.read_text() + "".join(each["repair"] for each in found["defects"]))
    assert verdict(new, repository)[0] == mended


def test_an_argument_whose_type_is_no_longer_said_is_a_change_and_no_defect(tmp_path: Path) -> None:
    def untyped(document: dict[str, Any]) -> None:
        size = {"description": "x", "example": 3, "minimum": 1}
        schemas(document)["CreateThingRequest"]["properties"]["size"] = size

    code, found = verdict(mutated(PUBLISHED, untyped, tmp_path / "new.yaml"), clone(tmp_path))
    assert (code, said(found)) == (1, (("argument retyped", "size", "integer -> anything"),))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("openapi: [3.0.0\n", "is not YAML"),
        ("openapi: 3.0.0\ninfo: {}\n", "is not an OpenAPI 3 document with paths"),
        ("- a list\n", "the top of the file is not a mapping"),
    ],
)
def test_what_is_no_description_is_unusable(text: str, what: str, tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(text)
    code, found = verdict(new, clone(tmp_path))
    assert code == 2
    assert what in found["defects"][0]["what"]


def test_a_file_that_is_not_there_is_unusable(tmp_path: Path) -> None:
    run = drift(tmp_path / "nothing.yaml", clone(tmp_path))
    assert run.returncode == 2
    assert "cannot be read" in run.stdout
