"""Ways in which the document that QuantConnect publishes may change, with the verdict on each."""

from __future__ import annotations

from typing import Any

from drift_clone import (
    Mutation,
    renamed,
    reordered,
    reworded,
)
from drift_mutations import schemas


def _argument(document: dict[str, Any], schema: str) -> dict[str, Any]:
    found: dict[str, Any] = schemas(document)[schema]
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
