"""Ways in which the small published document may change, with the verdict on each."""

from __future__ import annotations

from typing import Any

from drift_clone import (
    Mutation,
    renamed,
    reordered,
    reworded,
)


def schemas(document: dict[str, Any]) -> dict[str, Any]:
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
    schemas(document)["CompareThingsRequest"] = {
        "type": "object",
        "required": ["ids"],
        "properties": {
            "ids": {"type": "array", "items": {"type": "integer"}, "description": "Their words."},
            "kind": {"$ref": "#/components/schemas/Kind"},
            "mode": {"$ref": "#/components/schemas/CompareMode"},
        },
    }
    schemas(document)["CompareMode"] = {"type": "string", "enum": ["full", "short"]}
    schemas(document)["CompareThingsResponse"] = {
        "type": "object",
        "properties": {
            "things": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
            "mode": {"$ref": "#/components/schemas/CompareMode"},
            "next": {"$ref": "#/components/schemas/CompareThingsResponse"},
        },
    }


def newly_required(document: dict[str, Any]) -> None:
    schemas(document)["CreateThingRequest"]["properties"]["owner"] = {"type": "string"}
    schemas(document)["CreateThingRequest"]["required"].append("owner")


def _required_now(document: dict[str, Any]) -> None:
    schemas(document)["CreateThingRequest"]["required"].append("size")


def _retyped(document: dict[str, Any]) -> None:
    schemas(document)["ListThingsRequest"]["properties"]["start"]["type"] = "string"


def rename(document: dict[str, Any]) -> None:
    renamed(document, "CreateThingRequest", "NewThing")
    renamed(document, "ListThingsRequest", "ThingQuery")
    renamed(document, "Thing", "Item")


def defect(document: dict[str, Any]) -> None:
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
        newly_required, 1, (("argument added", "owner", "new argument, string, required"),)
    ),
    "argument newly required": Mutation(_required_now, 1, (("argument newly required", "size", "required"),)),
    "retyped argument": Mutation(_retyped, 1, (("argument retyped", "start", "integer -> string"),)),
    "enum value added": Mutation(
        lambda document: schemas(document)["Kind"]["enum"].append("huge"),
        1,
        (("enum grown", "kind", "more values: huge"),),
    ),
    "enum value removed": Mutation(
        lambda document: schemas(document)["Kind"]["enum"].remove("small"),
        1,
        (("enum shrunk", "kind", "fewer values: small"),),
    ),
    "removed argument": Mutation(
        lambda document: schemas(document)["CreateThingRequest"]["properties"].pop("size") and None,
        1,
        (("argument removed", "size", "no longer there"),),
    ),
    "limit": Mutation(
        lambda document: schemas(document)["CreateThingRequest"]["properties"]["size"].update(minimum=2),
        1,
        (("limit changed", "size", "+minimum 2, -minimum 1"),),
    ),
    "exclusive bound as a boolean": Mutation(
        lambda document: schemas(document)["CreateThingRequest"]["properties"]["size"].update(
            minimum=0, exclusiveMinimum=True
        ),
        1,
        (("limit changed", "size", "+exclusiveMinimum 0, -minimum 1"),),
    ),
    "answer with a new field": Mutation(
        lambda document: schemas(document)["Thing"]["properties"].update(age={"type": "integer"}),
        1,
        (("answer changed", "thing.age", "new field, integer"),),
    ),
    "answer without a field": Mutation(
        lambda document: schemas(document)["Thing"]["properties"].pop("name") and None,
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
    "renamed schema only": Mutation(rename, 0),
    "reordered only": Mutation(reordered, 0),
    "text only": Mutation(reworded, 0),
    "a new defect": Mutation(defect, 2),
    "a defect that was fixed": Mutation(
        lambda document: document.update(openapi="3.1.0"),
        1,
        (("repair out of date", "", "the defect is fixed"),),
    ),
}
