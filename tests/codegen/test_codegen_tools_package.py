"""The package of tools at work: every tool makes the request that its endpoint expects, and nothing else."""

import asyncio
import base64
import binascii
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import pytest
from attrs import define, field
from quantconnect_tools import CATALOG, GROUPS, SCOPES, Answer, Api, Arguments, File, Tool
from quantconnect_tools.tool import attach, pick


@define
class Recorder:
    """An Api that writes down what it is asked for."""

    asked: list[tuple[Any, ...]] = field(factory=list)

    async def send(
        self,
        method: str,
        path: str,
        *,
        values: Arguments | None = None,
        query: Arguments | None = None,
        body: Any = None,
        files: Mapping[str, File] | None = None,
    ) -> Answer:
        self.asked.append((method, path, query, body, files))
        return Answer(200, b"{}")

    async def authorize(self, start: str, result: str, body: Arguments) -> Answer:
        self.asked.append((start, result, body))
        return Answer(200, b"{}")

    async def local(self, name: str, arguments: Arguments) -> Answer:
        self.asked.append((name, arguments))
        return Answer(200, b"{}")


def asked(tool: Tool, arguments: Arguments) -> tuple[Any, ...]:
    recorder = Recorder()
    api: Api = recorder

    async def run() -> Answer:
        return await tool.run(api, arguments)

    asyncio.run(run())
    (found,) = recorder.asked
    return found


@pytest.mark.parametrize("name", CATALOG)
def test_every_tool_asks_once_and_passes_every_argument_on(name: str) -> None:
    tool = CATALOG[name]
    content = base64.b64encode(b"x").decode()
    arguments = dict.fromkeys(tool.schema["properties"], content)
    found = asked(tool, arguments)
    if not tool.endpoints:
        assert found == (name, arguments)
    elif len(tool.endpoints) == 2:
        assert found == (*tool.endpoints, arguments)
    elif name == "upload_object":
        sent = {argument: content for argument in arguments if argument != "objectData"}
        assert found == ("POST", "/object/set", None, sent, {"objectData": File("objectData", b"x")})
    else:
        assert found == ("POST", tool.endpoints[0], None, arguments, None)


def test_the_catalog_is_sorted_complete_and_cannot_be_changed() -> None:
    assert list(CATALOG) == sorted(CATALOG)
    served = files("quantconnect_tools").joinpath("wire")
    assert {one.name.removesuffix(".json") for one in served.iterdir()} == set(CATALOG)
    for fixed in (CATALOG, SCOPES, GROUPS):
        with pytest.raises(TypeError):
            fixed["x"] = None
    for tool in CATALOG.values():
        assert set(tool.scopes) <= set(SCOPES)
        assert tool.wire["name"] == tool.run.__name__ == tool.name
    assert set().union(*GROUPS.values()) == set(SCOPES)


def test_arguments_are_checked_against_the_full_schema_where_the_wire_is_abridged() -> None:
    abridged = {name for name, tool in CATALOG.items() if tool.schema != tool.wire["inputSchema"]}
    assert abridged == {"create_live_algorithm"}
    tool = CATALOG["create_live_algorithm"]
    assert len(json.dumps(tool.schema)) > 2 * len(json.dumps(tool.wire))


def test_c25_a_file_is_decoded_or_refused_before_anything_is_sent() -> None:
    content = base64.b64encode(bytes(range(256))).decode()
    assert attach({"data": content}, {"data": "objectData"}) == {
        "objectData": File("objectData", bytes(range(256)))
    }
    assert attach({}, {"data": "objectData"}) == {}
    with pytest.raises(binascii.Error):
        asked(CATALOG["upload_object"], {"key": "k", "objectData": "/etc/passwd!"})


def test_an_argument_that_was_not_given_is_not_sent_and_an_empty_one_is() -> None:
    assert pick({"a": "", "c": None}, {"a": "A", "b": "B", "c": "C"}) == {"A": "", "C": None}


def test_an_organization_that_is_left_out_is_the_callers_own_whatever_the_tool() -> None:
    taking = [tool for tool in CATALOG.values() if "organizationId" in tool.wire["inputSchema"]["properties"]]
    assert len(taking) > 5
    for tool in taking:
        assert tool.defaulted == {"organizationId": "organization_id"}, tool.name
        assert "organizationId" not in tool.wire["inputSchema"].get("required", ())


@pytest.mark.parametrize("name", CATALOG)
def test_every_list_that_a_tool_accepts_has_a_bound(name: str) -> None:
    waiting: list[Any] = [CATALOG[name].schema]
    for part in waiting:  # grows while it is walked
        if isinstance(part, dict):
            assert part.get("type") != "array" or part["maxItems"] <= 1000
        if isinstance(part, dict | list):
            waiting.extend(part.values() if isinstance(part, dict) else part)
