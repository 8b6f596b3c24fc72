"""C14: what a description of OpenAPI 3.0 calls nullable is decoded when it is null, and when it is not."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import pytest
from client_description import TEXT, WHOLE, fields, operation, ref

from codegen.inputs.problems import Problems
from codegen.output import client, client_audit

SCHEMAS = {
    "Part": fields(a=TEXT),
    "Letters": {"type": "string", "enum": ["A", "B"]},
    "Thing": fields(
        number={"type": "number", "nullable": True},
        letter={"type": "string", "enum": ["A", "B"], "nullable": True},
        all={"allOf": [ref("Part")], "nullable": True},
        either={"oneOf": [ref("Part"), WHOLE], "nullable": True},
        several={"type": "array", "items": TEXT, "nullable": True},
        letters={"type": "array", "items": {"allOf": [ref("Letters")], "nullable": True}},
        plain={"type": "string", "nullable": False},
    ),
}
FULL: dict[str, Any] = {
    "number": 1.5,
    "letter": "A",
    "all": {"a": "b"},
    "either": {"a": "b"},
    "several": ["a"],
    "letters": ["B", None],
    "plain": "p",
}


@pytest.fixture(scope="module")
def thing(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The model of a client that was made from these schemas, under a name of its own."""
    folder = tmp_path_factory.mktemp("nullable")
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Nullable", "version": "1"},
        "paths": {"/thing": {"post": operation("send_thing", ref("Thing"), ref("Thing"))}},
        "components": {"schemas": SCHEMAS},
    }
    problems = Problems()
    client.write(document, "1", folder, "nullable.json", problems)
    problems.stop()
    client_audit.check(document, folder, "nullable.json", problems)
    problems.stop()
    (folder / client.PACKAGE).rename(folder / "nullable_client")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        found = import_module("nullable_client.models").Thing
    yield found
    for name in [name for name in sys.modules if name.partition(".")[0] == "nullable_client"]:
        del sys.modules[name]


def test_what_is_there_is_decoded(thing: Any) -> None:
    found = thing.from_dict(FULL)
    assert (found.number, found.letter, found.all_.a, found.several) == (1.5, "A", "b", ["a"])
    assert found.to_dict() == FULL


@pytest.mark.parametrize("name", FULL)
def test_null_is_decoded_and_is_sent_as_null(thing: Any, name: str) -> None:
    body = {**FULL, name: None}
    found = thing.from_dict(body)
    assert found.to_dict() == body
    assert thing.from_dict({name: None}).to_dict() == {name: None}
