"""How requests may be written: JSON, forms with brackets, queries, multipart (api-facts 2)."""

import socket

import httpx2
import pytest
from quantconnect_sandbox.transport.bodies import unbracketed
from sandbox_calls import ALGORITHM, Caller


def test_a_form_with_brackets_is_read_as_lists_and_maps(alice: Caller) -> None:
    number = alice.project()
    fields = {
        "projectId": number,
        "name": "Alpha",
        "parameters[0][key]": "fast",
        "parameters[0][value]": "7",
        "parameters[1][key]": "slow",
        "parameters[1][value]": "70",
        "files[0][name]": "main.py",
        "files[0][content]": ALGORITHM,
        "codeSourceId": "cli",
    }
    assert alice.form("/projects/update", **fields)["success"] is True
    project = alice.ok("/projects/read", projectId=number)["projects"][0]
    assert [(each["key"], each["value"]) for each in project["parameters"]] == [("fast", "7"), ("slow", "70")]
    files = alice.ok("/files/read", projectId=number)["files"]
    assert [(each["name"], each["content"]) for each in files] == [("main.py", ALGORITHM)]


def test_an_empty_form_field_clears_a_list(alice: Caller) -> None:
    number = alice.project()
    alice.ok("/projects/update", projectId=number, parameters=[{"key": "a", "value": "1"}])
    alice.form("/projects/update", projectId=number, parameters="")
    assert alice.ok("/projects/read", projectId=number)["projects"][0]["parameters"] == []


def test_a_nested_query_reaches_the_command(alice: Caller) -> None:
    """The second way to sign and write arguments (api-facts 2.1)."""
    number = alice.project()
    answer = alice.get("/live/commands/create", **{"projectId": number, "command[Parameters][Quantity]": 10})
    assert answer["errors"] == ["No live deployment found."]


def test_no_body_and_an_empty_list_are_an_empty_map(caller: Caller) -> None:
    assert caller.send("/lean/versions/read").json()["success"] is True
    answer = caller.http.post(caller.url + "/projects/read", content=b"[]", headers=caller.headers())
    assert answer.json()["success"] is True


@pytest.mark.parametrize(
    "body", [b"{", b'"text"', b"[1]", b'{"a": ' + b"[" * 100_000, b"\xff\xfe", b"1" * 5000]
)
def test_body_that_is_no_json_object_is_refused(alice: Caller, body: bytes) -> None:
    answer = alice.http.post(alice.url + "/projects/read", content=body, headers=alice.headers())
    assert answer.status_code == 200
    assert answer.json()["errors"][0].startswith("Invalid argument")


def test_nulls_are_arguments_left_out(alice: Caller) -> None:
    number = alice.project()
    answer = alice.ok("/projects/read", projectId=number, start=None, end=None, organizationId=None)
    assert answer["projects"][0]["projectId"] == number


def test_half_a_surrogate_is_refused_and_nothing_breaks(alice: Caller) -> None:
    body = b'{"name": "\\ud800", "language": "Py"}'
    answer = alice.http.post(alice.url + "/projects/create", content=body, headers=alice.headers())
    assert "Unicode" in answer.json()["errors"][0]


def test_unknown_paths_and_methods_are_refused(caller: Caller) -> None:
    assert "Endpoint not found" in caller.no("/projects/explode")
    outside = caller.url.removesuffix("/api/v2") + "/projects/read"
    assert httpx2.post(outside, headers=caller.headers(), json={}).json()["success"] is False
    answer = caller.http.request("DELETE", caller.url + "/projects/read", headers=caller.headers())
    assert (answer.status_code, answer.json()["success"]) == (200, False)


def test_known_paths_may_end_with_a_slash_and_those_below_backtests_read_may_be_any(alice: Caller) -> None:
    assert alice.send("/projects/read/", {}).json()["projects"] == []
    number = alice.project(main=ALGORITHM)
    run = {"projectId": number, "backtestId": alice.backtest(number)}
    assert alice("/backtests/read/anything", **run)["backtest"]["backtestId"] == run["backtestId"]


def test_a_request_that_is_too_large_is_answered_before_it_is_read(alice: Caller) -> None:
    host, port = httpx2.URL(alice.url).host, httpx2.URL(alice.url).port
    with socket.create_connection((host, port), timeout=10) as peer:
        peer.sendall(
            b"POST /api/v2/files/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000000000\r\n\r\n"
        )
        assert peer.recv(64).startswith(b"HTTP/1.1 413")


def test_an_endless_body_is_answered_413(alice: Caller) -> None:
    def pieces():
        for _ in range(70):
            yield b" " * 1024 * 1024

    answer = alice.http.post(alice.url + "/files/create", content=pieces(), headers=alice.headers())
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("pairs", "read"),
    [
        ([("a[]", "1"), ("a[]", "2")], {"a": ["1", "2"]}),
        ([("a[0][b]", "1"), ("a[0][c][0]", "2"), ("a[1]", "3")], {"a": [{"b": "1", "c": ["2"]}, "3"]}),
        ([("a[1]", "x")], {"a": {"1": "x"}}),
        ([("a", "1"), ("a[b]", "2")], {"a": {"b": "2"}}),
        ([("[a]", "1")], {"[a]": "1"}),
        ([("a]b", "1")], {"a]b": "1"}),
    ],
)
def test_brackets_are_read_as_php_does(pairs, read) -> None:
    assert unbracketed(pairs) == read
