"""Repairs: old values that must still be there, and paths taken from another document."""

import pytest
from codegen_inputs import SPEC, Mini

HEAD = """
overlay: 1.0.0
info: {title: Repairs, version: '1'}
actions:
"""
MISPLACED = SPEC.replace(
    "        required: true\n        content:\n", "        content:\n          required: true\n"
)
"""`required` one level too deep, as the published document has it three times (C29)."""
REPAIR = (
    HEAD
    + """
  - target: $.paths['/things/read'].post.requestBody
    x-defect: D1
    x-reason: A media type called required.
    x-was: {content: {required: true}, required: {absent: true}}
    update: {required: true}
  - target: $.paths['/things/read'].post.requestBody.content.required
    x-defect: D1
    x-reason: The misplaced keyword itself.
    x-was: true
    remove: true
"""
)


def test_a_repair_corrects_it_and_the_body_is_then_required(mini: Mini) -> None:
    """C29."""
    mini.spec, mini.repairs = MISPLACED, REPAIR
    compiled = mini.compile()
    body = compiled.document["paths"]["/things/read"]["post"]["requestBody"]
    assert (body["required"], list(body["content"])) == (True, ["application/json"])
    assert compiled.catalogue.tools[0].wire_schema["required"] == ["id"]
    assert set(compiled.digests) == {"spec", "repairs", "overlay", "scopes"}


def test_a_repair_whose_old_value_is_gone_stops_the_build(mini: Mini) -> None:
    """C29: the document was repaired, and the repair has to go."""
    mini.repairs = REPAIR
    body = "$.paths['/things/read'].post.requestBody"
    assert mini.refused() == [
        (
            f"repairs.yaml:8: the old value is gone: {body}.content.required is not there\n"
            "    fix: read the document again: delete this action if the defect is repaired, "
            "else write the value of today"
        ),
        (
            f"repairs.yaml:10: the target {body}.content.required matches nothing\n"
            "    fix: correct the target, or delete the action if what it changed is gone"
        ),
    ]


def test_our_own_description_gets_no_repairs(mini: Mini) -> None:
    mini.spec, mini.repairs = SPEC.replace("openapi: 3.1.0", "openapi: 3.1.0\nx-ledgai-source: own"), REPAIR
    assert set(mini.compile().digests) == {"spec", "overlay", "scopes"}


@pytest.mark.parametrize(
    ("was", "line"),
    [
        ("{type: object}", None),
        ("{required: [id]}", None),
        ("{properties: {id: {type: integer}}}", None),
        ("{title: {absent: true}}", None),
        ("{type: array}", '$.x.schema.type is "object", not "array"'),
        ("{required: [id, name]}", '$.x.schema.required is ["id"], not ["id", "name"]'),
        ("{properties: {id: {absent: true}}}", "$.x.schema.properties.id is there"),
        ("{properties: {id: {type: text}}}", '$.x.schema.properties.id.type is "integer", not "text"'),
        ("{title: T}", "$.x.schema.title is not there"),
    ],
)
def test_x_was_compares_the_keys_that_it_names(mini: Mini, was: str, line: str | None) -> None:
    target = "$.paths['/things/read'].post.requestBody.content['application/json'].schema"
    mini.repairs = (
        HEAD + f'  - {{target: "{target}", x-defect: D0, x-reason: why, x-was: {was}, update: {{title: T}}}}'
    )
    if line is None:
        schema = mini.compile().document["paths"]["/things/read"]["post"]["requestBody"]["content"][
            "application/json"
        ]
        assert schema["schema"]["title"] == "T"
        return
    shown = mini.refused()[0].splitlines()[0].replace(target, "$.x.schema")
    assert shown == f"repairs.yaml:4: the old value is gone: {line}"


def test_true_is_not_one_in_an_old_value(mini: Mini) -> None:
    target = "$.paths['/things/read'].post.requestBody.required"
    mini.repairs = HEAD + f'  - {{target: "{target}", x-defect: D0, x-reason: why, x-was: 1, remove: true}}'
    assert (
        mini.refused()[0].splitlines()[0] == f"repairs.yaml:4: the old value is gone: {target} is true, not 1"
    )


def test_a_repair_states_its_defect_its_reason_and_the_old_value(mini: Mini) -> None:
    mini.repairs = HEAD + "  - {target: $.info, update: {title: T}}"
    assert mini.refused() == [
        "repairs.yaml:4: a repair without x-defect\n    fix: write `x-defect: D1`",
        "repairs.yaml:4: a repair without x-reason\n    fix: write `x-reason: what goes wrong without it`",
        "repairs.yaml:4: a repair without x-was\n    fix: write `x-was:` and the old value",
    ]


GIVER = """
openapi: 3.1.0
x-ledgai-source: own
paths:
  /things/list:
    post:
      operationId: list_things
      tags: [things]
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/ListRequest'}}}}
      responses: {'200': {$ref: '#/components/responses/Things'}}
components:
  responses:
    Things: {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
  schemas:
    ListRequest: {type: object, properties: {filter: {$ref: '#/components/schemas/Thing'}}}
    Thing: {type: object, properties: {own: {type: string}, next: {$ref: '#/components/schemas/Thing2'}}}
    Thing2: {type: object, properties: {back: {$ref: '#/components/schemas/Thing'}}}
    Unused: {type: string}
"""
TAKE = (
    HEAD
    + """
  - target: $.paths
    x-defect: D22
    x-reason: The published document lacks it.
    x-take: {from: giver.yaml, paths: [/things/list]}
"""
)


def _taking(mini: Mini) -> Mini:
    mini.spec = SPEC + "components: {schemas: {Thing: {type: integer}}}\n"
    mini.repairs, mini.others = TAKE, {"giver": GIVER}
    mini.scopes = mini.scopes.replace(
        "endpoints:\n", "endpoints:\n  /things/list: {scope: things:read, effect: read}\n"
    )
    return mini


def test_paths_are_taken_with_all_that_they_refer_to_under_names_that_are_free(mini: Mini) -> None:
    document = _taking(mini).compile().document
    assert sorted(document["paths"]) == ["/things/list", "/things/read"]
    assert sorted(document["components"]["schemas"]) == ["ListRequest", "Thing", "Thing2", "Thing3"]
    assert list(document["components"]["responses"]) == ["Things"]
    schemas = document["components"]["schemas"]
    assert schemas["Thing"]["type"] == "integer"
    assert schemas["Thing3"]["properties"]["next"] == {"$ref": "#/components/schemas/Thing2"}
    assert schemas["Thing2"]["properties"]["back"] == {"$ref": "#/components/schemas/Thing3"}
    assert schemas["ListRequest"]["properties"]["filter"] == {"$ref": "#/components/schemas/Thing3"}
    assert mini.tools()["list_things"].wire_schema["$defs"].keys() == {"Thing2", "Thing3"}


def test_schemas_are_taken_under_their_own_names(mini: Mini) -> None:
    """A repair that refers to one of them comes after it."""
    _taking(mini).repairs = TAKE.replace("$.paths", "$.components.schemas").replace(
        "paths: [/things/list]", "schemas: [Thing2, Thing]"
    )
    mini.scopes = mini.scopes.replace("  /things/list: {scope: things:read, effect: read}\n", "")
    assert mini.refused() == [
        "repairs.yaml:8: Thing is in the document already\n    fix: delete Thing from x-take"
    ]
    mini.repairs = mini.repairs.replace(", Thing]", "]")
    schemas = mini.compile().document["components"]["schemas"]
    assert sorted(schemas) == ["Thing", "Thing2", "Thing3"]
    assert schemas["Thing2"]["properties"]["back"] == {"$ref": "#/components/schemas/Thing3"}


def test_a_path_that_the_document_has_by_now_need_not_be_taken(mini: Mini) -> None:
    _taking(mini).repairs = TAKE.replace("[/things/list]", "[/things/list, /things/read, /nowhere]")
    mini.others["giver"] = GIVER.replace("paths:\n", "paths:\n  /things/read: {}\n")
    assert mini.refused() == [
        (
            "repairs.yaml:8: /nowhere is not in the document to take it from\n"
            "    fix: correct the line, or delete it"
        ),
        "repairs.yaml:8: /things/read is in the document already\n    fix: delete /things/read from x-take",
    ]


def test_what_only_our_own_description_has_is_to_be_taken_from_it(mini: Mini) -> None:
    """A new endpoint of ours, compiled against a published description."""
    _taking(mini).repairs = REPAIR
    mini.spec = MISPLACED
    mini.overlay = mini.overlay.replace("$.info", "$.paths['/things/list']")
    advice = "; if only our description has it, add its path to x-take in repairs.yaml"
    action, grant = (text.partition("fix: ")[2] for text in mini.refused())
    assert action == f"correct the target, or delete the action if what it changed is gone{advice}"
    assert grant == f"correct the path, or delete the line{advice}"


@pytest.mark.parametrize("take", ["text", "{from: giver.yaml}", "{from: giver.yaml, paths: /things/list}"])
def test_an_x_take_that_is_not_well_formed_is_a_problem(mini: Mini, take: str) -> None:
    _taking(mini).repairs = TAKE.replace("{from: giver.yaml, paths: [/things/list]}", take)
    assert "repairs.yaml:8: x-take is not well formed" in [text.splitlines()[0] for text in mini.refused()]


def test_the_document_to_take_from_must_be_there(mini: Mini) -> None:
    _taking(mini).others = {}
    assert any(text.startswith("giver.yaml: cannot be read") for text in mini.refused()), (
        "the missing file is named"
    )
