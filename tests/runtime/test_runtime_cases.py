"""Faults that real users of such servers met, from what a client gives to what the API receives, and back."""

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
from runtime_stage import Stage, Stub, cut_off, identity, never, tool
from test_runtime_stdio import serving

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


@pytest.fixture
def real(stage: Stage) -> Stage:
    """The stage with the tools of this repository."""
    stage.tools = dict(CATALOG)
    return stage


# What the API answers.


def _words(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield name, part
            yield from _words(part)
    elif isinstance(value, list):
        for part in value:
            yield from _words(part)


def test_no_client_is_promised_a_form_that_an_answer_may_not_have() -> None:
    """C01, C12: a client that asserts formats would refuse dates that the API does send."""
    for name, made in CATALOG.items():
        assert "outputSchema" not in made.wire, name
        assert "format" not in [word for word, part in _words(made.wire) if isinstance(part, str)], name


@pytest.mark.parametrize("modified", ["2025-08-08 10:00:00", "0000-00-00 00:00:00", "", None])
def test_a_date_of_any_form_passes_the_tool_that_users_have(real: Stage, modified: str | None) -> None:
    """C01"""
    body = {"projects": [{"projectId": 1, "modified": modified}], "success": True}
    real.stub.script("/projects/read", body)
    for name, given in (("list_projects", {}), ("read_project", {"projectId": 1})):
        reply = real.call(name, given, EVERYTHING)
        assert (reply.failed, reply.data, json.loads(reply.text)) == (False, body, body)


def test_the_values_of_a_request_stay_strict_while_those_of_an_answer_are_open(real: Stage) -> None:
    """C02"""
    reply = real.call("create_project", {"name": "x", "language": "Rust"}, EVERYTHING)
    assert reply.failed
    assert "language: must be one of: " in reply.text
    assert real.stub.seen == []
    body = {"projects": [{"projectId": 1, "language": "Rust"}], "success": True}
    real.stub.script("/projects/create", body)
    assert real.call("create_project", {"name": "x", "language": "Py"}, EVERYTHING).data == body


@pytest.mark.parametrize("value", [1.5, None, "A", {"a": 1}, [], "2025", True])
def test_null_or_any_kind_where_another_was_described_is_delivered(real: Stage, value: Any) -> None:
    """C03, C14: an answer is not judged by its description."""
    body = {"backtest": {"name": value, "progress": value, "parameterSet": value}, "success": True}
    real.stub.script("/backtests/read", body)
    reply = real.call("read_backtest", CALLS["read_backtest"], EVERYTHING)
    assert (reply.failed, reply.data) == (False, body)


@pytest.mark.parametrize("effect", ["read", "write"])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"success": False, "errors": ["content not valid"]}, "QuantConnect refused: content not valid."),
        ({"success": False}, "QuantConnect refused: it gave no reason."),
        ({"success": False, "errors": None}, "QuantConnect refused: it gave no reason."),
    ],
)
def test_a_failure_with_status_200_never_reads_as_a_success(
    real: Stage, effect: str, body: Any, said: str
) -> None:
    """C06"""
    name, path = ("create_file", "/files/create") if effect == "write" else ("read_file", "/files/read")
    real.stub.script(path, body)
    reply = real.call(name, {**FILE, "content": ""} if effect == "write" else FILE, EVERYTHING)
    assert (reply.failed, reply.data, reply.text) == (True, None, said)
    if effect == "write":
        assert real.stub.seen[0].json["content"] == ""


def test_an_answer_that_fits_two_descriptions_keeps_all_it_has(real: Stage) -> None:
    """C28"""
    body = {"success": True, "files": [{"name": "a.py", "content": "x"}]}
    real.stub.script("/files/update", body)
    reply = real.call("update_file_contents", {**FILE, "content": "x"}, EVERYTHING)
    assert (reply.failed, reply.data) == (False, body)
    real.stub.scripts.clear()
    real.stub.script("/files/update", {"success": True})
    assert real.call("update_file_name", {**FILE, "newName": "b.py"}, EVERYTHING).data == {"success": True}


# What becomes of a call when the API fails.


def late(handler: BaseHTTPRequestHandler, stub: Stub) -> None:
    """Answer when the caller has given up: the end of his connection is an empty read."""
    handler.connection.settimeout(30)
    with suppress(OSError):
        handler.connection.recv(1)
        handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"success":true}')
    handler.close_connection = True


def limited(handler: BaseHTTPRequestHandler, stub: Stub) -> None:
    """Ask for a pause."""
    _answer(handler, 429, b'{"success":false,"errors":["Slow down"]}', {"Retry-After": "2"})


def bad_gateway(handler: BaseHTTPRequestHandler, stub: Stub) -> None:
    """Answer as a proxy does."""
    page = b"<html><head><title>CANARY</title></head><body>CANARY</body></html>"
    _answer(handler, 502, page, {"Content-Type": "text/html"})


def _answer(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]) -> None:
    handler.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("act", "said"),
    [
        (cut_off, "QuantConnect's answer is lost"),
        (never, "QuantConnect took too long"),
        (late, "QuantConnect took too long"),
        (limited, "Wait 2 seconds"),
        (bad_gateway, "HTTP 502"),
    ],
)
def test_a_failing_api_gives_a_short_error_in_time_and_no_second_order(
    real: Stage, name: str, act: Callable[[BaseHTTPRequestHandler, Stub], None], said: str
) -> None:
    """C09"""
    real.more["LEDGAI_TIMEOUT_SECONDS"] = "1" if act in (never, late) else "30"
    made = CATALOG[name]
    real.stub.act(made.endpoints[0], act)
    reply = real.call(name, CALLS[name], EVERYTHING)
    assert reply.failed
    assert said in reply.text
    assert len(reply.text) < 400
    assert "CANARY" not in reply.text
    assert "<" not in reply.text
    again = made.effect == "read" and act not in (never, late)
    assert real.stub.paths() == [made.endpoints[0]] * (3 if again else 1)
    assert real.waits == [2.0, 2.0] or act is not limited or not again


def test_a_redirect_of_a_call_takes_the_signature_nowhere(real: Stage) -> None:
    """C22"""
    other = Stub()
    other.start()
    try:
        for status in (301, 302, 307, 308):
            real.stub.scripts.clear()
            real.stub.script("/projects/read", b"", status, Location=f"{other.url}/projects/read")
            reply = real.call("list_projects", {}, EVERYTHING)
            assert reply.failed
            assert other.url not in reply.text
        assert (other.seen, len(real.stub.seen)) == ([], 4)
    finally:
        other.stop()


@pytest.mark.parametrize("name", ["baseUrl", "base_url", "url", "server", "host", "apiUrl"])
def test_no_argument_names_the_host(real: Stage, name: str) -> None:
    """C22"""
    assert not [made.name for made in CATALOG.values() if name in made.schema["properties"]]
    reply = real.call("list_projects", {name: "http://evil.test"}, EVERYTHING)
    assert f"{name}: unknown argument" in reply.text
    assert real.stub.seen == []


# What the client gives.


@pytest.mark.parametrize("name", ["read_object_store_file_job_id", "read_object_store_file_download_url"])
def test_an_endpoint_of_two_forms_is_two_tools_that_each_insist_on_their_own(real: Stage, name: str) -> None:
    """C12"""
    assert not {"oneOf", "anyOf", "allOf", "not"} & set(CATALOG[name].wire["inputSchema"])
    reply = real.call(name, {"organizationId": "o"}, EVERYTHING)
    key = "keys" if name.endswith("job_id") else "jobId"
    assert f"{key}: required, and missing" in reply.text
    assert real.stub.seen == []


def test_a_call_with_the_keys_of_neither_alternative_is_refused_before_anything_is_sent(stage: Stage) -> None:
    """C12: alternatives that are checked, though the root that a client sees has none."""
    keys, job = {"keys": {"type": "array", "items": {"type": "string"}}}, {"jobId": {"type": "string"}}
    organization = {"organizationId": {"type": "string"}}

    def branch(own: dict[str, Any]) -> dict[str, Any]:
        properties = {**organization, **own}
        return {
            "type": "object",
            "properties": properties,
            "required": [*properties],
            "additionalProperties": False,
        }

    full = {
        "type": "object",
        "properties": {**organization, **keys, **job},
        "oneOf": [branch(keys), branch(job)],
    }
    stage.tools = {"get": tool("get", "/object/get", arguments={**organization, **keys, **job}, full=full)}
    reply = stage.call("get", {"organizationId": "o"})
    assert reply.failed
    assert "keys: required, and missing" in reply.text
    assert stage.stub.seen == []
    assert not stage.call("get", {"organizationId": "o", "jobId": "j"}).failed


def test_a_list_that_comes_as_text_is_a_list_and_a_source_that_looks_like_one_is_text(real: Stage) -> None:
    """C19"""
    files = [{"name": "a.py", "content": '{"a":1}'}]
    given = {"language": "Py", "files": json.dumps(files)}
    assert not real.call("check_syntax", given, EVERYTHING).failed
    assert real.stub.seen[-1].json["files"] == files
    for content in ('{"a":1}', '[{"name":"a.py"}]', "null", "123", "true", '"x"'):
        for name in ("create_file", "update_file_contents"):
            assert not real.call(name, {**FILE, "projectId": "12", "content": content}, EVERYTHING).failed
            assert (real.stub.seen[-1].json["content"], real.stub.seen[-1].json["projectId"]) == (content, 12)


@pytest.mark.parametrize("text", ["twelve", "12.5", "1e3", " 12", ""])
def test_a_text_that_is_no_integer_is_refused_by_the_name_of_its_argument(real: Stage, text: str) -> None:
    """C19"""
    reply = real.call("read_project", {"projectId": text}, EVERYTHING)
    assert "projectId: must be integer, not string" in reply.text
    assert real.stub.seen == []


def _part(stub: Stub, name: bytes) -> bytes:
    """The content of one part of the last multipart request."""
    seen = stub.seen[-1]
    boundary = seen.headers["Content-Type"].partition("boundary=")[2].encode()
    (part,) = (part for part in seen.body.split(b"--" + boundary) if b'name="' + name + b'"' in part)
    return part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")


def test_twenty_megabytes_are_refused_with_the_limit_and_sent_where_it_is_higher(real: Stage) -> None:
    """C25"""
    content = bytes(range(256)) * (20_000_000 // 256)
    given = {"key": "a/b.bin", "objectData": base64.b64encode(content).decode()}
    reply = real.call("upload_object", given, EVERYTHING)
    assert f"objectData: {len(content)} bytes are too many; at most 16000000" in reply.text
    assert "LEDGAI_MAX_UPLOAD_BYTES" in reply.text
    assert len(reply.text) < 400
    assert real.stub.seen == []
    real.more["LEDGAI_MAX_UPLOAD_BYTES"] = "20000000"
    assert not real.call("upload_object", given, EVERYTHING).failed
    assert _part(real.stub, b"objectData") == content
    assert _part(real.stub, b"key") == b"a/b.bin"


def test_the_path_of_a_file_is_never_opened(real: Stage) -> None:
    """C25: this one is valid base64, and is nothing but that."""
    path = "/proc/uptime"
    given = {"key": "k", "objectData": path}
    assert not real.call("upload_object", given, EVERYTHING).failed
    assert _part(real.stub, b"objectData") == base64.b64decode(path)


# What becomes of a call whose client does not want it any more.


def watched(gone: threading.Event) -> Callable[[BaseHTTPRequestHandler, Stub], None]:
    """Answer nothing, and note when the caller closes the connection."""

    def act(handler: BaseHTTPRequestHandler, stub: Stub) -> None:
        handler.connection.settimeout(30)
        with suppress(OSError):
            if handler.connection.recv(1) == b"":
                gone.set()
        handler.close_connection = True

    return act


def test_a_cancelled_call_ends_its_request_and_is_recorded(stub: Stub) -> None:
    """C54"""
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
