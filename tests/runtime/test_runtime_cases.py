"""Faults that real users of such servers met, through the tools of this repository."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from quantconnect_tools import CATALOG, SCOPES
from runtime_stage import Stage, Stub, identity, tool
from stdio_peer import serving
from stub_answers import cut_off, never, watched

EVERYTHING = identity(frozenset(SCOPES), organization="org-1")
FILE = {"projectId": 1, "name": "main.py"}
DEPLOYMENT = {
    "versionId": "-1",
    "projectId": 1,
    "compileId": "c",
    "nodeId": "n",
    "brokerage": {"id": "QuantConnectBrokerage"},
}
CALLS: dict[str, dict[str, Any]] = {
    "read_backtest": {"projectId": 1, "backtestId": "b"},
    "create_backtest": {"projectId": 1, "compileId": "c", "backtestName": "b"},
    "create_live_algorithm": DEPLOYMENT,
}
"""One that reads, two that must not be made twice."""


def test_no_argument_names_the_host(real: Stage) -> None:
    """case C22"""
    for name in ("baseUrl", "base_url", "url", "server", "host", "apiUrl"):
        assert not [made.name for made in CATALOG.values() if name in made.schema["properties"]]
        reply = real.call("list_projects", {name: "http://evil.test"}, EVERYTHING)
        assert f"{name}: unknown argument" in reply.text
    assert real.stub.seen == []


@pytest.mark.parametrize(
    ("name", "key"),
    [("read_object_store_file_job_id", "keys"), ("read_object_store_file_download_url", "jobId")],
)
def test_an_endpoint_with_two_forms_is_two_tools_that_each_require_their_own(
    real: Stage, name: str, key: str
) -> None:
    """case C12"""
    assert not {"oneOf", "anyOf", "allOf", "not"} & set(CATALOG[name].wire["inputSchema"])
    reply = real.call(name, {"organizationId": "o"}, EVERYTHING)
    assert f"{key}: required, and missing" in reply.text
    assert real.stub.seen == []


def test_alternatives_that_the_published_schema_lacks_are_checked(stage: Stage) -> None:
    """case C12"""
    keys, job = {"keys": {"type": "array", "items": {"type": "string"}}}, {"jobId": {"type": "string"}}

    def branch(own: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "properties": own, "required": [*own], "additionalProperties": False}

    full = {"type": "object", "properties": {**keys, **job}, "oneOf": [branch(keys), branch(job)]}
    stage.tools = {"get": tool("get", "/object/get", arguments={**keys, **job}, full=full)}
    reply = stage.call("get", {})
    assert reply.failed
    assert "keys: required, and missing" in reply.text
    assert stage.stub.seen == []
    assert not stage.call("get", {"jobId": "j"}).failed


def test_a_list_sent_as_text_is_a_list_and_source_code_that_looks_like_json_is_text(real: Stage) -> None:
    """case C19"""
    files = [{"name": "a.py", "content": '{"a":1}'}]
    given = {"language": "Py", "files": json.dumps(files)}
    assert not real.call("check_syntax", given, EVERYTHING).failed
    assert real.stub.seen[-1].json["files"] == files
    for content in ('{"a":1}', "null", "123", '"x"', "", "\r\n\t é 😀 \u0000"):
        given = {**FILE, "projectId": "12", "content": content}
        assert not real.call("update_file_contents", given, EVERYTHING).failed
        assert (real.stub.seen[-1].json["content"], real.stub.seen[-1].json["projectId"]) == (content, 12)


def _part(stub: Stub, name: bytes) -> bytes:
    """The content of one part of the last multipart request."""
    seen = stub.seen[-1]
    boundary = seen.headers["Content-Type"].partition("boundary=")[2].encode()
    (part,) = (part for part in seen.body.split(b"--" + boundary) if b'name="' + name + b'"' in part)
    return part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")


def test_a_large_file_is_refused_with_the_limit_and_sent_byte_for_byte_where_it_is_higher(
    real: Stage,
) -> None:
    """case C25"""
    content = bytes(range(256)) * (17_000_000 // 256)
    given = {"key": "a/b.bin", "objectData": base64.b64encode(content).decode()}
    reply = real.call("upload_object", given, EVERYTHING)
    assert f"objectData: {len(content)} bytes are too many; at most 16000000" in reply.text
    assert "LEDGAI_MAX_UPLOAD_BYTES" in reply.text
    assert len(reply.text) < 400
    assert real.stub.seen == []
    real.more["LEDGAI_MAX_UPLOAD_BYTES"] = "20000000"
    assert not real.call("upload_object", given, EVERYTHING).failed
    assert _part(real.stub, b"objectData") == content
    assert (_part(real.stub, b"key"), _part(real.stub, b"organizationId")) == (b"a/b.bin", b"org-1")


def test_the_path_of_a_file_is_never_opened(real: Stage) -> None:
    """case C25: this one is valid base64, and is read as nothing else."""
    path = "/proc/uptime"
    given = {"key": "k", "objectData": path}
    assert not real.call("upload_object", given, EVERYTHING).failed
    assert _part(real.stub, b"objectData") == base64.b64decode(path)


def test_a_cancelled_call_ends_its_request_and_is_recorded(stub: Stub) -> None:
    """case C54"""
    gone = threading.Event()
    stub.act("/projects/read", watched(gone))
    with serving(stub) as peer:
        peer.handshake()
        peer.call(1, "list_projects", {})
        assert stub.arrived.wait(20)
        peer.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})
        assert gone.wait(20)
        peer.call(2, "read_mcp_server_version", {})
        assert peer.line()["id"] == 2
        peer.stdin.close()
        code = peer.gone()
        out, err = peer.rest()
    assert (code, out) == (0, b"")
    records = [json.loads(line) for line in err.splitlines()]
    calls = [(one["tool"], one["outcome"]) for one in records if one["event"] == "call"]
    assert calls == [("list_projects", "cancelled"), ("read_mcp_server_version", "answered")]


def _words(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield name, part
            yield from _words(part)
    elif isinstance(value, list):
        for part in value:
            yield from _words(part)


def test_no_client_is_promised_a_form_that_an_answer_may_not_have() -> None:
    """case C01, C12: a client that asserts formats would refuse dates that the API does send."""
    for name, made in CATALOG.items():
        assert "outputSchema" not in made.wire, name
        assert "format" not in [word for word, part in _words(made.wire) if isinstance(part, str)], name


def test_a_value_outside_an_enum_is_refused_in_a_request_and_delivered_in_an_answer(real: Stage) -> None:
    """case C02"""
    reply = real.call("create_project", {"name": "x", "language": "Rust"}, EVERYTHING)
    assert reply.failed
    assert "language: must be one of: " in reply.text
    assert real.stub.seen == []
    body = {"projects": [{"projectId": 1, "language": "Rust"}], "success": True}
    real.stub.script("/projects/create", body)
    assert real.call("create_project", {"name": "x", "language": "Py"}, EVERYTHING).data == body


@pytest.mark.parametrize("value", [1.5, None, "", {"a": 1}, [], "0000-00-00 00:00:00", True])
def test_a_value_of_any_kind_is_delivered_as_received(real: Stage, value: Any) -> None:
    """case C01, C03, C14: no answer is checked against its description."""
    backtest = {"name": value, "progress": value, "parameterSet": value, "created": value, "odd": value}
    body = {"backtest": backtest, "files": [], "success": True}
    real.stub.script("/backtests/read", body)
    reply = real.call("read_backtest", CALLS["read_backtest"], EVERYTHING)
    assert (reply.failed, reply.data, json.loads(reply.text)) == (False, body, body)


def late(handler: BaseHTTPRequestHandler, stub: Stub) -> None:
    """Answer when the caller has given up: the end of their connection is an empty read."""
    handler.connection.settimeout(30)
    with suppress(OSError):
        handler.connection.recv(1)
        handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"success":true}')
    handler.close_connection = True


LIMITED = (429, {"success": False, "errors": ["Slow down"]}, {"Retry_After": "2"})
BAD_GATEWAY = (502, b"<html><head><title>CANARY</title></head></html>", {"Content_Type": "text/html"})


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("fault", "said", "times"),
    [
        (cut_off, "QuantConnect's answer is lost", 3),
        (never, "QuantConnect took too long", 1),
        (late, "QuantConnect took too long", 1),
        (LIMITED, "Wait 2 seconds", 3),
        (BAD_GATEWAY, "HTTP 502", 3),
    ],
)
def test_a_failing_api_gives_a_short_error_in_time_and_no_second_order(
    real: Stage,
    name: str,
    fault: Callable[..., None] | tuple[int, Any, dict[str, str]],
    said: str,
    times: int,
) -> None:
    """case C09"""
    real.more["LEDGAI_TIMEOUT_SECONDS"] = "1" if fault in (never, late) else "30"
    made = CATALOG[name]
    if isinstance(fault, tuple):
        status, body, headers = fault
        real.stub.script(made.endpoints[0], body, status, **headers)
    else:
        real.stub.act(made.endpoints[0], fault)
    reply = real.call(name, CALLS[name], EVERYTHING)
    assert reply.failed
    assert said in reply.text
    assert len(reply.text) < 400
    assert "CANARY" not in reply.text
    assert "<" not in reply.text
    assert ("may have taken effect" in reply.text) == (made.effect != "read" and fault is not LIMITED)
    assert real.stub.paths() == [made.endpoints[0]] * (times if made.effect == "read" else 1)
