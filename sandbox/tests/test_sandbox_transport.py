"""How requests may be written: JSON, forms with brackets, queries, multipart (api-facts 2)."""

from __future__ import annotations

import socket

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
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


@pytest.mark.parametrize("path", ["/projects/read", "/files/read", "/live/list"])
def test_reads_work_by_get_with_a_query(alice: Caller, path: str) -> None:
    number = alice.project()
    assert alice.get(path, projectId=number)["success"] is True


def test_a_nested_query_reaches_the_command(alice: Caller) -> None:
    """The second way to sign and write arguments (api-facts 2.1)."""
    number = alice.project()
    answer = alice.get("/live/commands/create", **{"projectId": number, "command[Parameters][Quantity]": 10})
    assert answer["errors"] == ["No live deployment found."]


def test_calls_without_a_body_are_accepted(alice: Caller) -> None:
    answer = alice.send("/lean/versions/read")
    assert answer.json()["success"] is True
    assert alice("/account/read")["success"] is True


@pytest.mark.parametrize(
    "body", [b"{", b'"text"', b"[1]", b'{"a": ' + b"[" * 100_000, b"\xff\xfe", b"1" * 5000]
)
def test_a_body_that_is_no_json_object_is_refused(alice: Caller, body: bytes) -> None:
    answer = alice.http.post(alice.url + "/projects/read", content=body, headers=alice.headers())
    assert answer.status_code == 200
    assert answer.json()["errors"][0].startswith("Invalid argument")


def test_an_empty_list_is_an_empty_map(alice: Caller) -> None:
    answer = alice.http.post(alice.url + "/projects/read", content=b"[]", headers=alice.headers())
    assert answer.json()["success"] is True


def test_nulls_are_arguments_left_out(alice: Caller) -> None:
    number = alice.project()
    answer = alice.ok("/projects/read", projectId=number, start=None, end=None, organizationId=None)
    assert answer["projects"][0]["projectId"] == number


def test_half_a_surrogate_is_refused_and_nothing_breaks(alice: Caller) -> None:
    body = b'{"name": "\\ud800", "language": "Py"}'
    answer = alice.http.post(alice.url + "/projects/create", content=body, headers=alice.headers())
    assert "Unicode" in answer.json()["errors"][0]


def test_an_unknown_path_is_refused(alice: Caller) -> None:
    assert "Endpoint not found" in alice.no("/projects/explode")


def test_a_path_outside_the_base_is_no_endpoint(alice: Caller) -> None:
    url = alice.url.removesuffix("/api/v2") + "/projects/read"
    answer = httpx2.post(url, headers=alice.headers(), json={})
    assert answer.json()["success"] is False


def test_another_method_is_refused(alice: Caller) -> None:
    answer = alice.http.request("DELETE", alice.url + "/projects/read", headers=alice.headers())
    assert answer.status_code == 200
    assert answer.json()["success"] is False


def test_a_trailing_slash_changes_nothing(alice: Caller) -> None:
    assert alice.send("/organizations/encryption/keys/list/", {}).json()["keys"] == []


def test_unknown_paths_below_backtests_read_behave_as_that(alice: Caller) -> None:
    number = alice.project(main=ALGORITHM)
    id_ = alice.backtest(number)
    answer = alice("/backtests/read/anything", projectId=number, backtestId=id_)
    assert answer["backtest"]["backtestId"] == id_


def test_insights_answer_under_both_their_paths(alice: Caller) -> None:
    number = alice.project(main=ALGORITHM)
    window = {"projectId": number, "backtestId": alice.backtest(number), "start": 0, "end": 100}
    assert alice.ok("/backtests/insights/read", **window) == alice.ok("/backtests/read/insights", **window)


def test_an_upload_arrives_byte_by_byte(alice: Caller) -> None:
    """C25: the bytes 00 to FF, and none at all."""
    for data in (bytes(range(256)), b""):
        answer = alice.http.post(
            alice.url + "/object/set",
            data={"organizationId": alice.organization, "key": "a/b.bin"},
            files={"objectData": ("b.bin", data, "application/octet-stream")},
            headers=alice.headers(),
        )
        assert answer.json() == {"success": True}
        found = alice.ok("/object/properties", organizationId=alice.organization, key="a/b.bin")
        assert found["metadata"]["size"] == len(data)


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


@given(
    st.recursive(
        st.text("abc", min_size=1, max_size=3),
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3)
            | st.dictionaries(st.text("xyz", min_size=1, max_size=3), inner, min_size=1, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_brackets_spell_any_nested_value(value) -> None:
    def spelled(name: str, held):
        if isinstance(held, dict):
            for key, item in held.items():
                yield from spelled(f"{name}[{key}]", item)
        elif isinstance(held, list):
            for place, item in enumerate(held):
                yield from spelled(f"{name}[{place}]", item)
        else:
            yield name, held

    assert unbracketed(spelled("it", value)) == {"it": value}


@pytest.mark.parametrize(
    ("pairs", "read"),
    [
        ([("a[]", "1"), ("a[]", "2")], {"a": ["1", "2"]}),
        ([("a[1]", "x")], {"a": {"1": "x"}}),
        ([("a", "1"), ("a[b]", "2")], {"a": {"b": "2"}}),
        ([("[a]", "1")], {"[a]": "1"}),
        ([("a]b", "1")], {"a]b": "1"}),
    ],
)
def test_odd_brackets_are_read_without_a_failure(pairs, read) -> None:
    assert unbracketed(pairs) == read
