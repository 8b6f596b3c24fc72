"""A small clone that drift is looked for in, and ways in which the document it follows may change."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from attrs import frozen
from click.testing import Result
from policy_pairs import codegen

SMALL = Path(__file__).parent / "drift"
PUBLISHED = SMALL / "published.yaml"
Change: TypeAlias = Callable[[dict[str, Any]], Any]


@frozen
class Mutation:
    """A change of a document, its exit code, and what must be reported: `kind where: what is said`."""

    change: Change
    code: int
    said: tuple[str, ...] = ()


def clone(folder: Path) -> Path:
    """Copy the small clone."""
    return Path(shutil.copytree(SMALL, folder / "clone"))


def mutated(source: Path, change: Change, folder: Path) -> Path:
    """Change a document as values and write it; only what is changed differs."""
    document = yaml.safe_load(source.read_text(encoding="utf-8"))
    change(document)
    target = folder / "new.yaml"
    target.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return target


def drift(published: Path, repository: Path, *arguments: str) -> Result:
    """Run `python -m codegen drift`."""
    return codegen("drift", str(published), "--repository", str(repository), *arguments, folder=repository)


def verdict(published: Path, repository: Path) -> tuple[int, dict[str, Any]]:
    """Run it for JSON."""
    run = drift(published, repository, "--json")
    assert run.stdout, run.stderr
    return run.exit_code, json.loads(run.stdout)


def said(found: dict[str, Any]) -> tuple[str, ...]:
    """Reduce changes to what a mutation expects."""
    return tuple(f"{each['kind']} {each['where']}: {each['said']}" for each in found["changes"])


def drifts(change: Change, *said: str) -> Mutation:
    return Mutation(change, 1, said)


def at(document: dict[str, Any], path: str) -> Any:
    """Return what is at a path of dots: below the schemas, or `paths.`."""
    value: Any = document if path.startswith("paths") else document["components"]["schemas"]
    for part in filter(None, path.split(".")):
        value = value[part]
    return value


def updated(path: str, **values: Any) -> Change:
    return lambda document: at(document, path).update(values)


def dropped(path: str) -> Change:
    holder, _, name = path.rpartition(".")
    return lambda document: at(document, holder).pop(name)


def appended(path: str, value: Any) -> Change:
    return lambda document: at(document, path).append(value)


def removed(path: str, value: Any) -> Change:
    return lambda document: at(document, path).remove(value)


def renamed(**names: str) -> Change:
    """Rename component schemas wherever they are named."""

    def change(document: dict[str, Any]) -> None:
        text = json.dumps(document)
        for old, new in names.items():
            text = text.replace(f'"#/components/schemas/{old}"', f'"#/components/schemas/{new}"')
        fresh = json.loads(text)
        schemas = fresh["components"]["schemas"]
        fresh["components"]["schemas"] = {names.get(name, name): value for name, value in schemas.items()}
        document.update(fresh)

    return change


def reordered(document: dict[str, Any]) -> None:
    """Turn the order of every mapping and every list around."""

    def backwards(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: backwards(item) for key, item in reversed(list(value.items()))}
        return [backwards(item) for item in reversed(value)] if isinstance(value, list) else value

    fresh = backwards(document)
    document.clear()
    document.update(fresh)


def reworded(value: Any) -> None:
    """Give every description and summary other words."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if key in ("description", "summary") and isinstance(item, str):
            value[key] = "Entirely other words."
        elif isinstance(item, dict | list):
            reworded(item)


def _new_endpoint(document: dict[str, Any]) -> None:
    new = yaml.safe_load((SMALL / "new_endpoint.yaml").read_text(encoding="utf-8"))
    document["paths"] |= new["paths"]
    document["components"]["schemas"] |= new["schemas"]


def newly_required(schema: str, name: str, kind: str) -> Change:
    def change(document: dict[str, Any]) -> None:
        at(document, schema)["properties"][name] = {"type": kind}
        at(document, schema)["required"].append(name)

    return change


def _moved(document: dict[str, Any]) -> None:
    document["paths"]["/things/make"] = document["paths"].pop("/things/create")


BODY = "paths./things/create.post.requestBody"
NEW = "CreateThingRequest.properties"


def _sent_otherwise(document: dict[str, Any]) -> None:
    content = at(document, BODY)["content"]
    content["multipart/form-data"] = content.pop("application/json")


GONE = "endpoint removed : no longer published"
RENAMED = renamed(CreateThingRequest="NewThing", ListThingsRequest="ThingQuery", Thing="Item")
MOVED = "endpoint added : new endpoint; perhaps /things/create under another path, which is gone"
DEFECT, NOWHERE = "a new defect", {"$ref": "#/components/schemas/CreateThingsRequest"}
MUTATIONS = {
    "new endpoint": drifts(_new_endpoint, "endpoint added : new endpoint"),
    "removed endpoint": drifts(dropped("paths./things/create"), GONE),
    "moved endpoint": drifts(_moved, MOVED, GONE),
    "new required argument": drifts(
        newly_required("CreateThingRequest", "owner", "string"),
        "argument added owner: new argument, string, required",
    ),
    "argument newly required": drifts(
        appended("CreateThingRequest.required", "size"), "argument newly required size: required"
    ),
    "retyped argument": drifts(
        updated("ListThingsRequest.properties.start", type="string"),
        "argument retyped start: integer -> string",
    ),
    "enum value added": drifts(appended("Kind.enum", "huge"), "enum grown kind: more values: huge"),
    "enum value removed": drifts(removed("Kind.enum", "small"), "enum shrunk kind: fewer values: small"),
    "removed argument": drifts(dropped(f"{NEW}.size"), "argument removed size: no longer there"),
    "limit": drifts(updated(f"{NEW}.size", minimum=2), "limit changed size: +minimum 2, -minimum 1"),
    "exclusive bound as a boolean": drifts(
        updated(f"{NEW}.size", minimum=0, exclusiveMinimum=True),
        "limit changed size: +exclusiveMinimum 0, -minimum 1",
    ),
    "answer with a new field": drifts(
        updated("Thing.properties", age={"type": "integer"}), "answer changed thing.age: new field, integer"
    ),
    "answer without a field": drifts(
        dropped("Thing.properties.name"), "answer changed thing.name: field no longer described"
    ),
    "body sent otherwise": drifts(
        _sent_otherwise, "argument retyped (body): application/json -> multipart/form-data"
    ),
    "body no longer required": drifts(
        updated(BODY, required=False), "argument no longer required (body): optional"
    ),
    "argument in the address": drifts(
        updated(
            "paths./things/create.post",
            parameters=[{"name": "dry", "in": "query", "schema": {"type": "boolean"}}],
        ),
        "argument added dry: new argument, boolean, in query, optional",
    ),
    "argument without a type": drifts(
        updated(NEW, size={"description": "x", "example": 3, "minimum": 1}),
        "argument retyped size: integer -> anything",
    ),
    "no endpoint left": Mutation(lambda document: document["paths"].clear(), 2),
    "renamed schema only": Mutation(RENAMED, 0),
    "reordered only": Mutation(reordered, 0),
    "text only": Mutation(reworded, 0),
    "nothing": Mutation(lambda _: None, 0),
    DEFECT: Mutation(updated(f"{BODY}.content.application/json.schema", **NOWHERE), 2),
    "a defect that was fixed": drifts(
        lambda document: document.update(openapi="3.1.0"), "repair out of date : the defect is fixed"
    ),
}
