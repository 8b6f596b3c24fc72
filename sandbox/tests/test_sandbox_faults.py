"""Faults on demand."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.control.faults import FaultError, fault_of, read_faults
from sandbox_calls import Caller, control, fault, quant

LOST = (httpx2.RemoteProtocolError, httpx2.ReadError)


@pytest.mark.parametrize(
    ("kind", "more", "error"),
    [
        ("latency", {"seconds": 60}, httpx2.ReadTimeout),
        ("hang", {}, httpx2.ReadTimeout),
        ("hang", {"seconds": 0.01}, LOST),
        ("drop", {"partial": False}, LOST),
        ("drop", {"partial": True}, LOST),
    ],
)
def test_an_answer_comes_late_or_never(caller: Caller, kind: str, more: dict[str, Any], error) -> None:
    """Case C09: the peer goes away before or in the middle of an answer, or does not answer."""
    fault(caller, kind, **more, times=1)
    with pytest.raises(error):
        caller.send("/account/read", {}, timeout=0.3)
    fault(caller, "latency", seconds=0.01)
    caller.ok("/account/read")


def test_a_rate_limit_says_when_to_come_back(caller: Caller) -> None:
    fault(caller, "rate_limit", retry_after=7, times=2)
    answers = [caller.send("/authenticate", {}) for _ in range(3)]
    assert [each.status_code for each in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "7"


def test_a_server_error_is_an_html_page_and_invalid_json_half_of_an_answer(caller: Caller) -> None:
    fault(caller, "server_error", status=503, times=1)
    fault(caller, "invalid_json")
    page, half = caller.send("/account/read", {}), caller.send("/account/read", {})
    assert (page.status_code, half.status_code) == (503, 200)
    assert page.headers["content-type"].startswith("text/html")
    assert "<title>503 " in page.text
    with pytest.raises(json.JSONDecodeError):
        half.json()


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
    ("rule", "named"),
    [
        ({}, "kind"),
        ({"kind": "gremlin"}, "kind' must "),
        ({"kind": "drop", "often": 1}, "often"),
        ("drop", "mapping"),
        ({"kind": "drop", "path": 5}, "path' must "),
        ({"kind": "drop", "user": "10001"}, "user' must "),
        ({"kind": "drop", "times": 0}, "times' must "),
        ({"kind": "drop", "after": -1}, "after' must "),
        ({"kind": "hang", "seconds": float("nan")}, "seconds' must "),
        ({"kind": "server_error", "status": 200}, "status' must "),
        ({"kind": "rate_limit", "retry_after": "1\nSet-Cookie: a=b"}, "retry_after' must "),
        ({"kind": "drop", "partial": "yes"}, "partial' must "),
        ({"kind": "drift", "set": []}, "set' must "),
        ({"kind": "drift", "remove": [5]}, "remove' must "),
    ],
)
def test_bad_rule_is_refused_by_its_field_and_told_all_kinds(rule: Any, named: str) -> None:
    with pytest.raises(FaultError, match=f"{named}.*rate_limit"):
        fault_of(rule)


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
