"""Faults that real users of such servers met: what the API answers, and a call when it fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from case_calls import CALLS, EVERYTHING, FILE
from quantconnect_tools import CATALOG
from runtime_stage import Stage, Stub
from stub_answers import cut_off, never


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
