"""How answers and failures read to a model."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quantconnect_tools.tool import Answer, Effect
from runtime_stage import JSON

from ledgai_mcp import server
from ledgai_mcp.api.response_body import compact
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


def test_json_is_delivered_compact_and_written_as_received() -> None:
    made = reply(b'\xef\xbb\xbf{\n  "a": 1.50,\r\n "b": "x \\" y  z", "big": 12345678901234567890 }')
    assert made.text == '{"a":1.50,"b":"x \\" y  z","big":12345678901234567890}'
    assert made.data == {"a": 1.5, "b": 'x " y  z', "big": 12345678901234567890}
    assert not made.failed


@given(JSON, st.sampled_from([None, 0, "\t"]), st.booleans())
def test_any_layout_becomes_the_compact_one(value: Any, indent: Any, plain: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=plain)
    assert compact(text) == json.dumps(value, separators=(",", ":"), ensure_ascii=plain)


def test_a_long_text_full_of_escapes_is_made_compact_in_linear_time() -> None:
    text = json.dumps({"code": '\\"\n' * 300_000, "list": [{"a": 1}] * 50_000})
    assert json.loads(compact(text)) == json.loads(text)


@pytest.mark.parametrize("body", [b"[1,2]", b"true", b'"x"', b"null", b"3"])
def test_json_other_than_an_object_is_text_only(body: bytes) -> None:
    assert reply(body) == Reply(body.decode())


def test_an_answer_without_success_is_an_answer() -> None:
    """api-facts 2.2: the AI tools leave it out."""
    body = {"state": "End", "payload": {"errors": ["a"]}, "version": "2"}
    assert reply(body) == Reply(json.dumps(body, separators=(",", ":")), body)


@pytest.mark.parametrize(
    "body",
    [
        {"success": "true"},
        {"success": True, "errors": None},
        {},
        {"errors": []},
        {"errors": None, "messages": []},
        {"message": "done"},
        {"success": 0},
        {"success": 0.0, "errors": []},
        {"success": "0", "projects": []},
        {"success": None, "errors": ["of one field"], "projects": []},
    ],
)
def test_what_neither_says_false_nor_is_only_errors_is_delivered(body: dict[str, Any]) -> None:
    assert reply(body) == Reply(json.dumps(body, separators=(",", ":")), body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"success": False, "errors": ["content not valid"]}, "QuantConnect refused: content not valid."),
        ({"success": False, "messages": ["no such file"]}, "QuantConnect refused: no such file."),
        ({"success": False, "Message": "Internal Error 21"}, "QuantConnect refused: Internal Error 21."),
        ({"success": "false", "errors": ["odd"]}, "QuantConnect refused: odd."),
        ({"errors": ["oh"]}, "QuantConnect refused: oh."),
        ({"success": False}, "QuantConnect refused: it gave no reason."),
        ({"success": False, "errors": None}, "QuantConnect refused: it gave no reason."),
        ({"success": 0, "errors": ["odd"]}, "QuantConnect refused: odd."),
        ({"success": None, "error": "odd"}, "QuantConnect refused: odd."),
    ],
)
def test_a_refusal_with_status_200_is_an_error_with_the_apis_text(body: Any, said: str) -> None:
    """case C06"""
    assert reply(body) == Reply(said, failed=True, declined=True)


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
    assert (made.failed, made.data) == (False, body)
    assert hint in made.notes[0]
    assert "call this tool again" in made.notes[0]


@pytest.mark.parametrize("effect", ["read", "write", "delete", "live"])
def test_a_fault_of_the_api_is_short_and_tells_what_to_do(effect: Effect) -> None:
    """case C09"""
    for status in (500, 502, 503):
        made = reply(HTML, status, effect, "text/html")
        assert made.failed
        assert str(status) in made.text
        assert len(made.text) < 300
        assert "CANARY" not in made.text
        assert "<" not in made.text
        assert ("may have taken effect" in made.text) == (effect != "read")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1.0, "Wait 1 second, then"), (6.2, "Wait 7 seconds, then"), (None, "Wait a minute, then")],
)
def test_a_rate_limit_says_how_long_to_wait(seconds: float | None, said: str) -> None:
    """case C09"""
    text = reply(HTML, 429, "write", retry_after=seconds).text
    assert said in text
    assert "nothing was changed" in text


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
def test_a_truncated_answer_comes_with_advice_that_helps(
    body: Any, effect: Effect, narrowing: tuple[str, ...], advice: str
) -> None:
    """case C07"""
    made = styled(body, Style(effect, 10_000, narrowing))
    assert made.data is not None
    assert len(made.text.encode()) <= 10_000
    assert json.loads(made.text) == made.data
    assert advice in made.notes[0]
    assert made.data["_truncated"] == made.notes[0]
    assert made.data["success"] is True


@pytest.mark.parametrize(("fields", "said"), [(3, "f2: "), (5, "; and 2 more. ")])
def test_of_many_cuts_three_are_named_and_the_others_counted(fields: int, said: str) -> None:
    note = reply({f"f{n}": ["x" * 20] * 1000 for n in range(fields)}).notes[0]
    assert note.count(" of 1000 items") == 3
    assert said in note
    assert (" more" in note) == (fields > 3)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (HTML, "a web page instead of data"),
        (b"  \n", "nothing in it"),
        (b'{"a":', "JSON that cannot be read"),
        (b'{"a":\xff', "JSON that cannot be read"),
    ],
)
def test_an_unreadable_body_is_an_error(body: bytes, said: str) -> None:
    made = reply(body)
    assert (made.failed, made.declined) == (True, False)
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
    ],
)
def test_refused_credentials_do_not_read_as_a_bad_mcp_token(body: Any, status: int) -> None:
    """case C35"""
    made = reply(body, status)
    assert (made.failed, made.declined) == (True, True)
    assert "this is not about your MCP client's token" in made.text
    assert "clock" in made.text
    assert "CANARY" not in made.text


def test_the_apis_reason_is_told_with_its_status_and_bounded() -> None:
    made = reply({"success": False, "errors": ["No such project"]}, 404)
    assert made.text.startswith("QuantConnect refused (HTTP 404): No such project. Nothing was changed.")
    assert len(reply({"success": False, "errors": ["x" * 9000] * 50}).text) < 12_000


def test_a_redirect_is_an_error_that_does_not_tell_where_to() -> None:
    """case C22"""
    made = reply(b"", 302, location="https://evil.test")
    assert made.failed
    assert "evil" not in made.text


def test_what_json_does_not_have_is_repaired_and_said() -> None:
    """Half a character in a text, and numbers that no library reads."""
    body = (
        b'{"a":NaN,"b":[Infinity,1e999,'
        + b"1" * 400
        + b'.5,1],"c":"NaN","d":"\\ud800x","e":"\\ud83d\\ude00"}'
    )
    made = reply(body)
    assert made.data == {"a": None, "b": [None, None, None, 1], "c": "NaN", "d": "\ufffdx", "e": "😀"}
    assert json.loads(made.text) == made.data
    assert ("null here" in made.notes[1], "surrogate" in made.notes[0]) == (True, True)
    assert reply(b'{"c":"NaN","e":"\\ud83d\\ude00"}').notes == ()


@pytest.mark.parametrize(
    ("body", "data", "note"),
    [
        (b'{"a":"\xfc","b":"%s"}' % "ü".encode(), {"a": "\ufffd", "b": "ü"}, "not UTF-8 are shown as \ufffd"),
        (b'{"n":' + b"7" * 5000 + b"}", {"n": "7" * 5000}, "more than 4300 digits are texts"),
        (b'{"n":' + b"7" * 4300 + b"}", {"n": int("7" * 4300)}, ""),
        (b'{"n":' + b"[" * 100 + b"]" * 100 + b"}", None, "more than 100 deep, so it is given as text only"),
        (b"[" * 2000 + b"]" * 2000, None, "more than 100 deep, so it is given as text only"),
    ],
)
def test_what_is_odd_in_json_is_delivered_with_a_note(
    body: bytes, data: dict[str, Any] | None, note: str
) -> None:
    made = reply(body)
    assert (made.failed, made.text, made.data) == (False, body.decode(errors="replace"), data)
    assert any(note in said for said in made.notes) == bool(note)


def test_a_refusal_is_understood_beside_what_is_odd() -> None:
    for odd in (b"[" * 200 + b"]" * 200, b"7" * 5000, b'"\xff"', b"1e999"):
        made = reply(b'{"success":false,"errors":["No."],"odd":' + odd + b"}")
        assert (made.text, made.declined) == ("QuantConnect refused: No.", True)


def test_more_values_than_are_parsed_are_text_that_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """57 MB of `[]` took 1.6 GB and ten seconds, in which nobody was served."""
    body = b'{"files":[' + b"[]," * 600_000 + b"[]]}"
    with monkeypatch.context() as patched:
        patched.setattr(json, "loads", lambda *_, **__: pytest.fail("it was parsed"))
        made = reply(body)
    assert (made.failed, made.data) == (False, None)
    assert made.text == body[: len(made.text)].decode()
    assert 9_000 < len(made.text) <= 10_000
    assert f"Truncated, this is not the whole answer ({len(body)} bytes)" in made.notes[0]
    assert "more than 500000 values" in made.notes[1]
    commas = b"a,b" * 600_000
    assert reply(commas, kind="text/csv").notes[1:] == ()
    assert reply(HTML + commas).failed


ODDITIES = [b"NaN", b"-Infinity", b"1e999", b"7" * 4400, b"7" * 400 + b".5", b'"\xff"', b'"\\ud800"']
PIECES = st.sampled_from(
    [
        b'{"a":',
        b"[",
        b"]",
        b"}",
        b",",
        b'"',
        b'"errors":',
        b"\xff",
        b"\\ud800",
        b"\x00",
        b"[" * 2000,
        *ODDITIES,
    ]
)
ODD = st.recursive(
    st.sampled_from([*ODDITIES, b"1", b"[" * 90 + b"]" * 90]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: b"[" + b",".join(parts) + b"]")
        | st.tuples(st.sampled_from([b"a", b"success", b"errors", b"\xff", b"\\ud800"]), inner).map(
            lambda pair: b'{"%s":%s}' % pair
        )
    ),
)


@given(ODD | st.lists(PIECES, max_size=12).map(b"".join) | st.binary(max_size=40), st.integers(1500, 6000))
def test_any_bytes_become_a_reply_that_every_client_can_read(body: bytes, budget: int) -> None:
    made = styled(body, Style("read", budget))
    result = server._result(made).model_dump_json(by_alias=True)
    sent = json.loads(result, parse_constant=lambda name: pytest.fail(name), parse_int=str)
    assert sent["content"][0]["text"] == made.text
    if made.data is not None and not made.notes:
        assert json.loads(made.text) == made.data
    if not made.failed and b"\xff" in body:
        assert any("not UTF-8" in note for note in made.notes)


def test_other_kinds_of_content_are_handed_over() -> None:
    assert reply(b"a,b\n1,2\n", kind="text/csv; charset=utf-8") == Reply("a,b\n1,2\n")
    made = reply(b"PK\x03\x04\x00", kind="application/zip")
    assert made.data == {"contentType": "application/zip", "size": 5, "base64": "UEsDBAA="}
    long = reply(b"x" * 20_000, kind="text/plain")
    assert len(long.text) <= 10_000
    assert "of 20000 characters" in long.notes[0]


@pytest.mark.parametrize("effect", ["read", "write"])
def test_failures_of_the_connection_tell_what_became_of_the_call(effect: Effect) -> None:
    """case C09"""
    for kind in (TimedOut, Interrupted, TooLarge):
        error = kind("what happened", sent=True)
        made = replies.failed(error, effect)
        assert made.failed
        assert str(error) in made.text
        assert ("may have taken effect" in made.text) == (effect == "write")
    assert "nothing was sent" in replies.failed(Unreachable("x", sent=False), effect).text
