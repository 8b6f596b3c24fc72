"""How answers and failures read to a model."""

from __future__ import annotations

import json
from typing import Any

import pytest
from quantconnect_tools import CATALOG
from quantconnect_tools.tool import Answer, Effect, Tool

from ledgai_mcp.calls import replies
from ledgai_mcp.calls.replies import Reply, Style, answered
from ledgai_mcp.errors import Interrupted, TimedOut, TooLarge, Unreachable

HTML = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1>CANARY</body></html>"


def reply(
    body: Any, status: int = 200, effect: Effect = "read", kind: str = "application/json", **more: Any
) -> Reply:
    return styled(body, Style(effect, 10_000, ("start", "end")), status, kind, **more)


def styled(body: Any, style: Style, status: int = 200, kind: str = "application/json", **more: Any) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answered(Answer(status, raw, kind, **more), style)


def test_json_is_delivered_compact_and_spelled_as_received() -> None:
    made = reply(b'{\n  "a": 1.50,\r\n "b": "x \\" y  z", "big": 12345678901234567890, "s": true }')
    assert made.text == '{"a":1.50,"b":"x \\" y  z","big":12345678901234567890,"s":true}'
    assert made.data == {"a": 1.5, "b": 'x " y  z', "big": 12345678901234567890, "s": True}
    assert not made.failed


@pytest.mark.parametrize("body", [b"[1,2]", b"true", b'"x"', b"null", b"3"])
def test_json_that_is_no_object_is_text_only(body: bytes) -> None:
    assert reply(body) == Reply(body.decode())


def test_an_answer_without_success_is_an_answer() -> None:
    """api_facts 2.2: the AI tools leave it out."""
    body = {"state": "End", "payload": {"errors": ["a"]}, "version": "2"}
    assert reply(body) == Reply(json.dumps(body, separators=(",", ":")), body)


@pytest.mark.parametrize(
    "body", [{"success": "true"}, {"success": True, "errors": None}, {"success": True, "errors": []}, {}]
)
def test_a_success_of_any_spelling_is_one(body: dict[str, Any]) -> None:
    assert not reply(body).failed


def test_errors_alone_are_a_refusal() -> None:
    assert "oh" in reply({"errors": ["oh"]}).text
    assert reply({"errors": ["oh"]}).failed


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ({"status": "loading", "progress": 0.42, "success": True}, "(42%)"),
        ({"status": "loading", "progress": "?", "success": True}, "Not ready"),
        ({"generating": True, "success": True}, "Not ready"),
    ],
)
def test_an_answer_that_is_not_ready_is_a_success_with_a_hint(body: dict[str, Any], hint: str) -> None:
    made = reply(body)
    assert not made.failed
    assert made.data == body
    assert hint in made.notes[0]
    assert "call this tool again" in made.notes[0]


@pytest.mark.parametrize("effect", ["read", "write", "delete", "live"])
@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_fault_of_the_api_is_short_and_tells_what_to_do(effect: Effect, status: int) -> None:
    """C09"""
    made = reply(HTML, status, effect, "text/html")
    assert made.failed
    assert str(status) in made.text
    assert len(made.text) < 300
    assert "CANARY" not in made.text
    assert "<" not in made.text
    assert ("may have taken effect" in made.text) == (effect != "read")


def test_a_rate_limit_says_how_long_to_wait() -> None:
    """C09"""
    assert "Wait 2 seconds" in reply(HTML, 429, retry_after=2.0).text
    assert "Wait a minute" in reply(b"", 429, "write").text
    assert "nothing was changed" in reply(b"", 429, "write").text


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1.0, "Wait 1 second, then"), (6.2, "Wait 7 seconds, then"), (None, "Wait a minute, then")],
)
def test_the_wait_that_the_api_asks_for_is_told(seconds: float | None, said: str) -> None:
    assert said in reply(b"", 429, retry_after=seconds).text


FILES = {"files": [{"name": f"f{n}.py", "content": "x" * 400} for n in range(200)], "success": True}
FILE = {"files": [{"name": "one.py", "content": "x" * 50_000}], "success": True}
PAGING = ("start", "end", "count", "name")


@pytest.mark.parametrize(
    ("body", "effect", "narrowing", "advice"),
    [
        (FILES, "read", PAGING, "For the rest use start, end, count."),
        (FILES, "read", ("name",), "For the rest use name."),
        (FILES, "read", (), "No argument of this tool gives the rest; "),
        (FILE, "read", ("name",), "No argument of this tool gives the rest; "),
        (FILE, "write", ("name",), "The call itself is done."),
    ],
)
def test_what_was_cut_comes_with_what_helps_and_with_nothing_that_does_not(
    body: Any, effect: Effect, narrowing: tuple[str, ...], advice: str
) -> None:
    """C07"""
    made = styled(body, Style(effect, 10_000, narrowing))
    assert made.data is not None
    assert advice in made.notes[0]
    assert made.data["_truncated"] == made.notes[0]


@pytest.mark.parametrize(("fields", "said"), [(3, "f2: "), (5, "; and 2 more. ")])
def test_of_many_cuts_three_are_named_and_the_others_counted(fields: int, said: str) -> None:
    note = reply({f"f{n}": ["x" * 20] * 1000 for n in range(fields)}).notes[0]
    assert note.count(" of 1000 items") == 3
    assert said in note
    assert (" more" in note) == (fields > 3)


READS = [tool for tool in CATALOG.values() if tool.effect == "read" and not tool.name.startswith("estimate")]


@pytest.mark.parametrize("tool", READS, ids=lambda tool: tool.name)
def test_what_a_caller_had_to_give_anyway_is_no_advice_unless_it_asks_for_a_part(tool: Tool) -> None:
    schema = tool.wire["inputSchema"]
    narrowing = tuple(name for name in replies.NARROWING if name in schema["properties"])
    note = styled(FILES, Style("read", 10_000, narrowing)).notes[0]
    advised = set(note.partition("For the rest use ")[2].rstrip(".").split(", ")) - {""}
    assert advised <= {*schema["properties"]}
    parts = {"start", "end", "startLine", "endLine", "count", "criteria"}
    assert not advised & {*schema.get("required", [])} - parts


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (HTML, "a web page instead of data"),
        (b"", "nothing in it"),
        (b"  \n", "nothing in it"),
        (b'{"a":', "JSON that cannot be read"),
        (b"[" * 200_000, "JSON that cannot be read"),
        (b"[" * 200 + b"]" * 200, "nested more than 100 deep"),
    ],
)
def test_a_body_that_is_no_answer_is_an_error(body: bytes, said: str) -> None:
    made = reply(body)
    assert made.failed
    assert said in made.text
    assert "may have taken effect" in reply(body, effect="live").text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"success": False, "errors": ["Hash doesn't match."]}, 200),
        ({"success": False, "errors": ["UserID not valid"]}, 200),
        ({"success": False, "messages": ["Timestamp is invalid, received 0"]}, 200),
        ({"success": False}, 401),
        (HTML, 401),
        (b"", 401),
    ],
)
def test_refused_credentials_do_not_read_as_a_bad_mcp_token(body: Any, status: int) -> None:
    """C35"""
    made = reply(body, status)
    assert made.failed
    assert "the token of your MCP client is not the matter" in made.text
    assert "clock" in made.text
    assert "CANARY" not in made.text


def test_the_apis_reason_is_told_with_its_status() -> None:
    made = reply({"success": False, "errors": ["No such project"]}, 404)
    assert made.text.startswith("QuantConnect refused (HTTP 404): No such project. Nothing was changed.")


def test_many_and_long_reasons_are_bounded() -> None:
    assert len(reply({"success": False, "errors": ["x" * 9000] * 50}).text) < 12_000


def test_a_redirect_is_an_error() -> None:
    assert reply(b"", 302, location="https://x").failed


def test_numbers_that_json_does_not_have_become_null() -> None:
    made = reply(b'{"a": NaN, "b": [Infinity, 1e999, 1], "c": "NaN"}')
    assert made.data == {"a": None, "b": [None, None, 1], "c": "NaN"}
    assert json.loads(made.text) == made.data


def test_half_a_surrogate_pair_is_no_reason_to_fail() -> None:
    made = reply(b'{"a": "\\ud800x", "b": "\\ud83d\\ude00"}')
    assert made.data is not None
    assert made.data["b"] == "😀"
    json.dumps(made.data, ensure_ascii=False).encode()


def test_other_kinds_of_content_are_handed_over() -> None:
    assert reply(b"a,b\n1,2\n", kind="text/csv; charset=utf-8") == Reply("a,b\n1,2\n")
    made = reply(b"PK\x03\x04\x00", kind="application/zip")
    assert made.data == {"contentType": "application/zip", "size": 5, "base64": "UEsDBAA="}


def test_a_long_text_is_cut_with_a_note() -> None:
    made = reply(b"x" * 20_000, kind="text/plain")
    assert len(made.text) <= 10_000
    assert "of 20000 characters" in made.notes[0]


@pytest.mark.parametrize("effect", ["read", "write"])
def test_failures_of_the_way_tell_what_became_of_the_call(effect: Effect) -> None:
    """C09"""
    for kind in (TimedOut, Interrupted, TooLarge):
        error = kind("what happened", sent=True)
        made = replies.failed(error, effect)
        assert made.failed
        assert str(error) in made.text
        assert ("may have taken effect" in made.text) == (effect == "write")
    made = replies.failed(Unreachable("x", sent=False), effect)
    assert "nothing was sent" in made.text
