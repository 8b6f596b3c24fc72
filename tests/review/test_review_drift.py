"""Drift: ten ways in which a published document may change, and the verdict on each."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from review_drift import (
    PUBLISHED,
    Mutation,
    clone,
    drift,
    mutated,
    renamed,
    reordered,
    reworded,
    said,
    verdict,
)
from review_policies import ROOT


def _schemas(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"]
    return found


def _new_endpoint(document: dict[str, Any]) -> None:
    document["paths"]["/things/compare"] = {
        "post": {
            "summary": "Their words.",
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/CompareThingsRequest"}}
                },
            },
            "responses": {
                "200": {
                    "description": "Their words.",
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/CompareThingsResponse"}}
                    },
                }
            },
        }
    }
    _schemas(document)["CompareThingsRequest"] = {
        "type": "object",
        "required": ["ids"],
        "properties": {
            "ids": {"type": "array", "items": {"type": "integer"}, "description": "Their words."},
            "kind": {"$ref": "#/components/schemas/Kind"},
            "mode": {"$ref": "#/components/schemas/CompareMode"},
        },
    }
    _schemas(document)["CompareMode"] = {"type": "string", "enum": ["full", "short"]}
    _schemas(document)["CompareThingsResponse"] = {
        "type": "object",
        "properties": {
            "things": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
            "mode": {"$ref": "#/components/schemas/CompareMode"},
            "next": {"$ref": "#/components/schemas/CompareThingsResponse"},
        },
    }


def _newly_required(document: dict[str, Any]) -> None:
    _schemas(document)["CreateThingRequest"]["properties"]["owner"] = {"type": "string"}
    _schemas(document)["CreateThingRequest"]["required"].append("owner")


def _required_now(document: dict[str, Any]) -> None:
    _schemas(document)["CreateThingRequest"]["required"].append("size")


def _retyped(document: dict[str, Any]) -> None:
    _schemas(document)["ListThingsRequest"]["properties"]["start"]["type"] = "string"


def _rename(document: dict[str, Any]) -> None:
    renamed(document, "CreateThingRequest", "NewThing")
    renamed(document, "ListThingsRequest", "ThingQuery")
    renamed(document, "Thing", "Item")


def _defect(document: dict[str, Any]) -> None:
    body = document["paths"]["/things/create"]["post"]["requestBody"]
    body["content"]["application/json"]["schema"]["$ref"] = "#/components/schemas/CreateThingsRequest"


def _moved(document: dict[str, Any]) -> None:
    document["paths"]["/things/make"] = document["paths"].pop("/things/create")


def _body(document: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = document["paths"]["/things/create"]["post"]["requestBody"]
    return body


def _sent_otherwise(document: dict[str, Any]) -> None:
    content = _body(document)["content"]
    content["multipart/form-data"] = content.pop("application/json")


MUTATIONS = {
    "new endpoint": Mutation(_new_endpoint, 1, (("endpoint added", "", "new endpoint"),)),
    "removed endpoint": Mutation(
        lambda document: document["paths"].pop("/things/create") and None,
        1,
        (("endpoint removed", "", "no longer published"),),
    ),
    "new required argument": Mutation(
        _newly_required, 1, (("argument added", "owner", "new argument, string, required"),)
    ),
    "argument newly required": Mutation(_required_now, 1, (("argument newly required", "size", "required"),)),
    "retyped argument": Mutation(_retyped, 1, (("argument retyped", "start", "integer -> string"),)),
    "enum value added": Mutation(
        lambda document: _schemas(document)["Kind"]["enum"].append("huge"),
        1,
        (("enum grown", "kind", "more values: huge"),),
    ),
    "enum value removed": Mutation(
        lambda document: _schemas(document)["Kind"]["enum"].remove("small"),
        1,
        (("enum shrunk", "kind", "fewer values: small"),),
    ),
    "removed argument": Mutation(
        lambda document: _schemas(document)["CreateThingRequest"]["properties"].pop("size") and None,
        1,
        (("argument removed", "size", "no longer there"),),
    ),
    "limit": Mutation(
        lambda document: _schemas(document)["CreateThingRequest"]["properties"]["size"].update(minimum=2),
        1,
        (("limit changed", "size", "+minimum 2, -minimum 1"),),
    ),
    "exclusive bound as a boolean": Mutation(
        lambda document: _schemas(document)["CreateThingRequest"]["properties"]["size"].update(
            minimum=0, exclusiveMinimum=True
        ),
        1,
        (("limit changed", "size", "+exclusiveMinimum 0, -minimum 1"),),
    ),
    "answer with a new field": Mutation(
        lambda document: _schemas(document)["Thing"]["properties"].update(age={"type": "integer"}),
        1,
        (("answer changed", "thing.age", "new field, integer"),),
    ),
    "answer without a field": Mutation(
        lambda document: _schemas(document)["Thing"]["properties"].pop("name") and None,
        1,
        (("answer changed", "thing.name", "field no longer described"),),
    ),
    "moved endpoint": Mutation(
        _moved,
        1,
        (
            (
                "endpoint added",
                "",
                "new endpoint; perhaps /things/create under another path, which is gone",
            ),
            ("endpoint removed", "", "no longer published"),
        ),
    ),
    "body sent otherwise": Mutation(
        _sent_otherwise,
        1,
        (("argument retyped", "(body)", "application/json -> multipart/form-data"),),
    ),
    "body no longer required": Mutation(
        lambda document: _body(document).update(required=False),
        1,
        (("argument no longer required", "(body)", "optional"),),
    ),
    "argument in the address": Mutation(
        lambda document: document["paths"]["/things/create"]["post"].update(
            parameters=[{"name": "dry", "in": "query", "schema": {"type": "boolean"}}]
        ),
        1,
        (("argument added", "dry", "new argument, boolean, in query, optional"),),
    ),
    "no endpoint left": Mutation(lambda document: document["paths"].clear(), 2),
    "renamed schema only": Mutation(_rename, 0),
    "reordered only": Mutation(reordered, 0),
    "text only": Mutation(reworded, 0),
    "a new defect": Mutation(_defect, 2),
    "a defect that was mended": Mutation(
        lambda document: document.update(openapi="3.1.0"),
        1,
        (("repair out of date", "", "the defect is mended"),),
    ),
}


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


def test_a_defect_from_which_no_repair_follows_says_that_a_person_writes_one(tmp_path: Path) -> None:
    new = mutated(
        PUBLISHED,
        lambda document: _schemas(document)["Thing"]["properties"].update(
            x={"$ref": "#/components/schemas/Elsewhere"}
        ),
        tmp_path / "new.yaml",
    )
    repository = clone(tmp_path)
    for layout in ((), ("--markdown",)):
        run = drift(new, repository, *layout)
        assert run.returncode == 2
        assert "No repair follows from the defects without one" in run.stdout


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


def test_a_renamed_schema_says_how_its_repair_has_to_be_written(tmp_path: Path) -> None:
    _, found = verdict(mutated(PUBLISHED, _rename, tmp_path / "new.yaml"), clone(tmp_path))
    assert [each["edit"] for each in found["upkeep"]] == [
        "target: $.components.schemas.ThingQuery.properties.start"
    ]


def test_the_repair_that_is_offered_for_a_defect_mends_it(tmp_path: Path) -> None:
    new, repository = mutated(PUBLISHED, _defect, tmp_path / "new.yaml"), clone(tmp_path)
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
        lambda document: _schemas(document)["CreateThingRequest"]["properties"]["name"].update(
            type=["strin"]
        ),
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
    del _schemas(document)["ListThingsResponse"]["properties"]["things"]["items"]
    _schemas(document)["Thing"]["properties"]["tags"] = {"type": "array"}


def _response_for_a_schema(document: dict[str, Any]) -> None:
    document["components"]["responses"]["Thing"] = {"description": "x"}
    things = _schemas(document)["ListThingsResponse"]["properties"]["things"]
    things["items"] = {"$ref": "#/components/responses/Thing"}


@pytest.mark.parametrize(
    ("change", "kind", "mended"),
    [
        (_keyword_as_media_type, "D1", 0),
        (_array_without_items, "D4", 1),
        (_response_for_a_schema, "D3", 0),
        (lambda document: _schemas(document)["Kind"].update(description=None), "D5", 0),
        (
            lambda document: _schemas(document)["CreateThingRequest"]["properties"]["name"].update(
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
        _schemas(document)["CreateThingRequest"]["properties"]["size"] = size

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


def test_the_reports_for_people_say_the_same(tmp_path: Path) -> None:
    new, repository = mutated(PUBLISHED, _newly_required, tmp_path / "new.yaml"), clone(tmp_path)
    text = drift(new, repository).stdout
    assert (
        "ARGUMENT ADDED\n  owner: new argument, string, required\n    /things/create (create_thing)\n" in text
    )
    assert "    edit: spec/quantconnect.yaml:39: add owner: string, required\n" in text
    markdown = drift(new, repository, "--markdown").stdout
    assert "- `owner` new argument, string, required\n  `/things/create` (`create_thing`)\n" in markdown


def _published() -> Path:
    return Path(os.environ["TEST_PUBLISHED"])


def _argument(document: dict[str, Any], schema: str) -> dict[str, Any]:
    found: dict[str, Any] = _schemas(document)[schema]
    return found


def _real_required(document: dict[str, Any]) -> None:
    request = _argument(document, "CreateBacktestRequest")
    request["properties"]["speed"] = {"type": "integer"}
    request["required"].append("speed")


def _real_rename(document: dict[str, Any]) -> None:
    names = (
        "ReadProjectRequest",
        "PatchFileRequest",
        "OptimizationParameter",
        "inline_response_200_1",
        "Order",
    )
    for name in names:
        renamed(document, name, f"{name}Renamed")


def _real_defect(document: dict[str, Any]) -> None:
    body = document["paths"]["/live/create"]["post"]["requestBody"]
    body["content"]["application/json"]["schema"]["$ref"] = "#/components/schemas/CreateLiveRequest"


REAL = {
    "nothing": Mutation(lambda _: None, 0),
    "new endpoint": Mutation(
        lambda document: document["paths"].update(
            {"/backtests/compare": document["paths"]["/backtests/read"]}
        ),
        1,
        (("endpoint added", "", "new endpoint"),),
    ),
    "removed endpoint": Mutation(
        lambda document: document["paths"].pop("/backtests/read/report") and None,
        1,
        (("endpoint removed", "", "no longer published"),),
    ),
    "new required argument": Mutation(
        _real_required, 1, (("argument added", "speed", "new argument, integer, required"),)
    ),
    "retyped argument": Mutation(
        lambda document: _argument(document, "CreateBacktestRequest")["properties"]["compileId"].update(
            type="integer"
        ),
        1,
        (("argument retyped", "compileId", "string -> integer"),),
    ),
    "enum value added": Mutation(
        lambda document: _argument(document, "CreateProjectRequest")["properties"]["language"]["enum"].append(
            "Rust"
        ),
        1,
        (("enum grown", "language", "more values: Rust"),),
    ),
    "enum value removed": Mutation(
        lambda document: _argument(document, "CreateProjectRequest")["properties"]["language"]["enum"].remove(
            "Py"
        ),
        1,
        (("enum shrunk", "language", "fewer values: Py"),),
    ),
    "renamed schema only": Mutation(_real_rename, 0),
    "reordered only": Mutation(reordered, 0),
    "text only": Mutation(reworded, 0),
    "a new defect": Mutation(_real_defect, 2),
}


@pytest.mark.published
@pytest.mark.parametrize("name", REAL)
def test_the_real_document_changed_gets_its_verdict(name: str, tmp_path: Path) -> None:
    mutation = REAL[name]
    code, found = verdict(mutated(_published(), mutation.change, tmp_path / "new.yaml"), ROOT)
    assert (code, said(found)) == (mutation.code, mutation.said), json.dumps(found, indent=1)[:3000]
    if name == "a new defect":
        assert "'#/components/schemas/CreateLiveAlgorithmRequest'" in found["defects"][0]["repair"]


@pytest.mark.published
def test_the_real_document_unrepaired_names_its_defects_with_repairs(tmp_path: Path) -> None:
    """Without repairs.yaml the finder derives what is in it: keywords, references, items, enums, a type."""
    repository = clone(tmp_path)
    for name in ("quantconnect.yaml", "overlay.yaml", "published.json"):
        (repository / "spec" / name).write_bytes((ROOT / "spec" / name).read_bytes())
    (repository / "spec" / "repairs.yaml").unlink()
    code, found = verdict(_published(), repository)
    kinds = [each["kind"] for each in found["defects"]]
    assert code == 2
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "D1": 3,
        "D2": 1,
        "D3": 1,
        "D4": 3,
        "D10": 1,
        "D11": 1,
    }
    assert all(each["repair"] for each in found["defects"])
