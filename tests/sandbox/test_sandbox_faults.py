"""Faults on demand, and the control endpoint with its log."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sandbox_calls import Caller, control, quant

from ledgai_mcp.sandbox.configuration import Configuration
from ledgai_mcp.sandbox.faults import KINDS, FaultError, fault_of, read_faults


@pytest.fixture(scope="module")
def shared() -> Iterator[Caller]:
    with quant(Configuration(port=0, speed=0)) as someone:
        yield someone


@pytest.fixture
def caller(shared: Caller) -> Iterator[Caller]:
    yield shared
    control(shared.url, "/__control/faults", method="DELETE")


def fault(caller: Caller, kind: str, **rule: Any) -> None:
    control(caller.url, "/__control/faults", {"kind": kind, **rule})


def test_latency_delays_an_answer(caller: Caller) -> None:
    fault(caller, "latency", seconds=60, times=1)
    with pytest.raises(httpx2.ReadTimeout):
        caller.send("/authenticate", {}, timeout=0.3)
    fault(caller, "latency", seconds=0.01)
    caller.ok("/authenticate")


@pytest.mark.parametrize("partial", [False, True])
def test_a_dropped_connection_is_a_protocol_error(caller: Caller, partial: bool) -> None:
    """C09: the peer goes away before or in the middle of an answer."""
    fault(caller, "drop", partial=partial, times=1)
    with pytest.raises(httpx2.TransportError):
        caller.send("/projects/read", {})
    caller.ok("/projects/read")


def test_a_hang_never_answers(caller: Caller) -> None:
    """C09: an upstream that does not answer."""
    fault(caller, "hang", times=1)
    with pytest.raises(httpx2.ReadTimeout):
        caller.send("/authenticate", {}, timeout=0.3)
    caller.ok("/authenticate")


def test_a_hang_can_end_by_itself(caller: Caller) -> None:
    fault(caller, "hang", seconds=0.2)
    with pytest.raises(httpx2.TransportError):
        caller.send("/authenticate", {})


def test_a_rate_limit_says_when_to_come_back(caller: Caller) -> None:
    fault(caller, "rate_limit", retry_after=7, times=2)
    answers = [caller.send("/authenticate", {}) for _ in range(3)]
    assert [each.status_code for each in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "7"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_is_an_html_page(caller: Caller, status: int) -> None:
    fault(caller, "server_error", status=status)
    answer = caller.send("/authenticate", {})
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert f"<title>{status} " in answer.text


def test_invalid_json_is_half_of_an_answer(caller: Caller) -> None:
    fault(caller, "invalid_json")
    answer = caller.send("/account/read", {})
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_drift_sets_and_removes_fields(caller: Caller) -> None:
    caller.project()
    rule = {
        "set": {"projects.*.modified": "0000-00-00 00:00:00", "projects.0.language": "Rust", "new.deep": 1},
        "remove": ["projects.*.collaborators.*.name", "versions"],
    }
    fault(caller, "drift", path="/projects/read", **rule)
    answer = caller.send("/projects/read", {}).json()
    assert answer["projects"][0]["modified"] == "0000-00-00 00:00:00"
    assert answer["projects"][0]["language"] == "Rust"
    assert "name" not in answer["projects"][0]["collaborators"][0]
    assert "versions" not in answer
    caller.ok("/account/read")


def test_cookies_come_with_an_answer_and_are_seen_when_sent_back(caller: Caller) -> None:
    fault(caller, "cookies")
    assert len(caller.send("/authenticate", {}).headers.get_list("set-cookie")) == 2
    caller.send("/authenticate", {})
    last = control(caller.url, "/__log", method="GET")["requests"][-1]
    assert "PHPSESSID" in last["headers"]["cookie"]
    caller.http.cookies.clear()


def test_a_rule_meets_only_its_path_and_user_after_some_requests(caller: Caller) -> None:
    fault(caller, "server_error", path="/projects/*", user=caller.user, after=1)
    fault(caller, "server_error", user=1)
    statuses = [
        caller.send(path, {}).status_code for path in ("/projects/read", "/account/read", "/projects/read")
    ]
    assert statuses == [200, 200, 502]


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"kind": "gremlin"},
        {"kind": "drop", "often": 1},
        {"kind": "drop", "times": "x"},
        "drop",
        {"kind": "hang", "seconds": "x"},
        {"path": "/projects/read"},
    ],
)
def test_a_rule_that_is_none_is_refused_with_a_text(rule) -> None:
    with pytest.raises(FaultError, match="kind"):
        fault_of(rule)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("path", 5),
        ("user", "10001"),
        ("times", 0),
        ("times", True),
        ("after", -1),
        ("seconds", -1),
        ("seconds", float("nan")),
        ("seconds", 1e9),
        ("status", 9999),
        ("status", 200),
        ("retry_after", "1\nSet-Cookie: a=b"),
        ("partial", "yes"),
        ("set", []),
        ("remove", [5]),
        ("remove", "price"),
    ],
)
def test_a_value_that_could_not_be_done_is_refused_by_its_field(field: str, value: Any) -> None:
    with pytest.raises(FaultError, match=f"{field} must be"):
        fault_of({"kind": "drift", field: value})


def test_a_faults_file_is_json_or_toml(tmp_path: Path) -> None:
    rules = [{"kind": "rate_limit", "path": "/live/*"}, {"kind": "latency", "seconds": 2.0}]
    (tmp_path / "a.json").write_text(json.dumps({"faults": rules}))
    (tmp_path / "b.json").write_text(json.dumps(rules))
    (tmp_path / "c.toml").write_text(
        '[[faults]]\nkind = "rate_limit"\npath = "/live/*"\n[[faults]]\nkind = "latency"\nseconds = 2.0\n'
    )
    read = [read_faults(tmp_path / name) for name in ("a.json", "b.json", "c.toml")]
    assert read[0] == read[1] == read[2]
    with quant(Configuration(port=0, speed=0, faults=tmp_path / "c.toml")) as caller:
        assert caller.send("/live/list", {}).status_code == 429
    unusable = ("{", '{"rules": []}', "[" * 100_000, '{"faults": [], "often": 1}', '[{"kind": "x"}]')
    files = [(f"d{number}.json", text) for number, text in enumerate(unusable)]
    for name, text in (*files, ("f.toml", "= 1")):
        (tmp_path / name).write_text(text)
        with pytest.raises(FaultError, match=name):
            read_faults(tmp_path / name)
    with pytest.raises(FaultError, match=r"none\.json"):
        read_faults(tmp_path / "none.json")


def test_the_log_tells_who_asked_what_without_secrets(caller: Caller) -> None:
    before = control(caller.url, "/__log", method="GET")["requests"][-1]["number"]
    caller.no("/projects/read", projectId=-5, apiKey="hush", nested={"password": "hush"})
    httpx2.post(caller.url + "/account/read", json={})
    found = control(caller.url, f"/__log?since={before}", method="GET")["requests"]
    signed, unsigned = found
    assert (signed["user"], signed["path"], signed["status"], signed["success"]) == (
        caller.user,
        "/projects/read",
        200,
        False,
    )
    assert signed["arguments"] == {"projectId": -5, "apiKey": "***", "nested": {"password": "***"}}
    assert unsigned["user"] is None
    assert unsigned["arguments"] == {}
    text = repr(found)
    assert "hush" not in text
    assert "Basic" not in text
    assert caller.token not in text
    mine = control(caller.url, f"/__log?since={before}&user={caller.user}", method="GET")["requests"]
    assert mine == [signed]
    control(caller.url, "/__log", method="DELETE")
    assert control(caller.url, "/__log", method="GET") == {"requests": []}


@pytest.mark.parametrize("kind", [*KINDS, None])
def test_every_answer_that_arrives_names_the_sandbox(caller: Caller, kind: str | None) -> None:
    if kind is not None:
        fault(caller, kind, seconds=0, partial=True, times=1)
    with (
        contextlib.suppress(httpx2.TransportError),
        caller.http.stream("POST", caller.url + "/authenticate") as answer,
    ):
        assert "sandbox" in answer.headers["X-LEDGAI-Sandbox"]
    shown = httpx2.get(caller.url.removesuffix("/api/v2") + "/__control")
    assert "sandbox" in shown.headers["X-LEDGAI-Sandbox"]


def test_a_link_that_needs_no_signature_is_not_in_the_log(caller: Caller) -> None:
    consent = caller.send("/live/auth0/authorize", {"brokerage": "alpaca"}).headers["location"]
    about = {"organizationId": caller.organization}
    caller.ok("/object/set", **about, key="a", objectData="x")
    job = caller.ok("/object/get", **about, keys=["a"])["jobId"]
    download = caller.ok("/object/get", **about, jobId=job)["url"]
    for link in (consent, download):
        assert httpx2.get(link).status_code == 200
    found = control(caller.url, "/__log", method="GET")["requests"]
    assert [each["path"] for each in found[-2:]] == ["/sandbox-consent/***", "/sandbox-download/***"]
    for link in (consent, download):
        assert link.rsplit("/", 1)[-1] not in repr(found)


def test_numbers_that_json_has_not_leave_the_log_readable(caller: Caller) -> None:
    body = '{"projectId": NaN, "nested": [Infinity, {"a": -Infinity}]}'
    caller.http.post(caller.url + "/projects/read", content=body, headers=caller.headers())
    entry = control(caller.url, "/__log", method="GET")["requests"][-1]
    assert entry["arguments"] == {"projectId": None, "nested": [None, {"a": None}]}


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Origin": "http://127.0.0.1:5612"},
        {"Host": "sandbox.example"},
    ],
)
@pytest.mark.parametrize("path", ["/__log", "/__control", "/__control/faults"])
def test_the_control_endpoint_answers_to_this_machine_only(caller: Caller, headers, path) -> None:
    url = caller.url.removesuffix("/api/v2") + path
    assert httpx2.get(url, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/__control/switches", {"dates": "x"}, 400),
        ("POST", "/__control/switches", [1], 400),
        ("POST", "/__control/clock", {}, 400),
        ("POST", "/__control/clock", {"speed": -1}, 400),
        ("POST", "/__control/faults", {"kind": "x"}, 400),
        ("POST", "/__control/users", {"id": 10001}, 400),
        ("POST", "/__control/users", {"id": "x"}, 400),
        ("GET", "/__control/nothing", None, 404),
        ("GET", "/__log?since=x", None, 400),
    ],
)
def test_a_control_request_that_makes_no_sense_is_told_why(
    caller: Caller, method, path, body, status
) -> None:
    url = caller.url.removesuffix("/api/v2") + path
    answer = httpx2.request(method, url, json=body)
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("/__control/clock", "5", "must be a JSON object"),
        ("/__control/faults", "[]", "must be a JSON object"),
        ("/__control/switches", "null", "must be a JSON object"),
        ("/__control/users", '"x"', "must be a JSON object"),
        ("/__control/faults", "[" * 100_000, "not valid JSON"),
        ("/__control/faults", '{"faults": 5}', 'no list "faults"'),
        ("/__control/clock", '{"speed": null}', "speed must be a number"),
        ("/__control/clock", '{"speed": NaN}', "speed must be a number"),
        ("/__control/clock", '{"advance": -1}', "advance must be a number"),
        ("/__control/clock", '{"advance": "1"}', "advance must be a number"),
        ("/__control/clock", '{"sped": 1}', "a speed, or seconds to advance"),
        ("/__control/users", '{"id": true}', "id must be a whole number"),
        ("/__control/users", '{"apiToken": 5}', "api_token of user"),
        ("/__control/users", '{"organization": "mine"}', "32 hex digits"),
        ("/__control/users", '{"apiTokn": "x"}', "no field 'apiTokn'"),
    ],
)
def test_a_control_request_of_the_wrong_type_is_told_what_is_wanted(
    caller: Caller, path: str, body: str, why: str
) -> None:
    answer = httpx2.post(caller.url.removesuffix("/api/v2") + path, content=body)
    assert answer.status_code == 400
    assert why in answer.json()["error"]


def test_the_state_of_the_sandbox_shows_no_tokens(caller: Caller) -> None:
    shown = control(caller.url, "/__control", method="GET")
    assert shown["switches"]["dates"] == "mixed"
    assert shown["users"][0]["id"] == caller.user
    assert caller.token not in repr(shown)


def test_the_log_stays_small_whatever_is_sent(caller: Caller) -> None:
    files = [{"name": f"{number}.py", "content": "x" * 5000} for number in range(300)]
    caller.no("/projects/update", projectId=-1, files=files, note="short")
    entry = control(caller.url, "/__log", method="GET")["requests"][-1]
    assert entry["arguments"] == {"projectId": -1, "files": "<list>", "note": "short"}
    caller.no("/projects/read", projectId=-1, text="y" * 5000, **{f"a{number}": 1 for number in range(500)})
    entry = control(caller.url, "/__log", method="GET")["requests"][-1]
    assert len(repr(entry)) < 10_000
    assert entry["arguments"]["text"].endswith("<5000 characters>")
