"""The control endpoint and its log."""

import contextlib

import httpx2
import pytest
from quantconnect_sandbox.control.faults import KINDS
from sandbox_calls import Caller, control, fault


def test_the_log_tells_who_asked_what_without_secrets(caller: Caller) -> None:
    caller.ok("/authenticate")
    before = control(caller.url, "/__log", method="GET")["requests"][-1]["number"]
    caller.no("/projects/read", projectId=-5, apiKey="hush", nested={"password": "hush"})
    httpx2.post(caller.url + "/account/read", json={})
    found = control(caller.url, f"/__log?since={before}", method="GET")["requests"]
    signed, unsigned = found
    assert (signed["user"], signed["path"]) == (caller.user, "/projects/read")
    assert (signed["status"], signed["success"]) == (200, False)
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
def test_the_control_endpoint_answers_to_this_machine_only(caller: Caller, headers) -> None:
    for path in ("/__log", "/__control", "/__control/faults"):
        assert httpx2.get(caller.url.removesuffix("/api/v2") + path, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("/__control/faults", "[]", "must be a JSON object"),
        ("/__control/faults", "[" * 100_000, "not valid JSON"),
        ("/__control/faults", '{"faults": 5}', "must be a list"),
        ("/__control/switches", '{"date": "iso"}', "the switches are"),
        ("/__control/switches", '{"dates": "x"}', "mixed or space or iso"),
        ("/__control/clock", "", "a speed, or seconds to advance"),
        ("/__control/clock", '{"speed": NaN}', "speed must be a number"),
        ("/__control/clock", '{"advance": -1}', "advance must be a number"),
        ("/__control/users", '{"id": true}', "id must be a whole number"),
        ("/__control/users", '{"id": 10001}', "user 10001 already"),
        ("/__log?since=x", None, "since must be a whole number"),
        ("/__control/nothing", None, "there is no GET /__control/nothing"),
    ],
)
def test_bad_control_request_is_told_what_is_wanted(caller: Caller, path: str, body, why: str) -> None:
    url = caller.url.removesuffix("/api/v2") + path
    answer = httpx2.get(url) if body is None else httpx2.post(url, content=body)
    assert answer.status_code in (400, 404)
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
