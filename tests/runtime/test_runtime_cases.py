"""Faults that real users of such servers met, through the tools of this repository."""

import json
import threading
from typing import Any

import pytest
from quantconnect_tools import CATALOG, SCOPES
from runtime_stage import Stage, Stub, identity
from stdio_peer import serving
from stub_answers import cut_off, never, watched

EVERYTHING = identity(frozenset(SCOPES), organization="org-1")
FILE = {"projectId": 1, "name": "main.py"}


def test_no_argument_names_the_host(real: Stage) -> None:
    """case C22"""
    for name in ("baseUrl", "base_url", "url", "server", "host", "apiUrl"):
        assert not [made.name for made in CATALOG.values() if name in made.schema["properties"]]
        reply = real.call("list_projects", {name: "http://evil.test"}, EVERYTHING)
        assert f"{name}: unknown argument" in reply.text
    assert real.stub.seen == []


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
        code, out, err = peer.rest()
    assert (code, out) == (0, b"")
    records = [json.loads(line) for line in err.splitlines()]
    calls = [(one["tool"], one["outcome"]) for one in records if one["event"] == "call"]
    assert calls == [("list_projects", "cancelled"), ("read_mcp_server_version", "answered")]


def test_no_client_is_promised_a_form_that_an_answer_may_not_have() -> None:
    """case C01, C12: a client that asserts formats would refuse dates that the API does send."""
    for name, made in CATALOG.items():
        assert "outputSchema" not in made.wire, name
        assert '"format": "' not in json.dumps(made.wire), name


@pytest.mark.parametrize("value", [1.5, None, "", {"a": 1}, [], "0000-00-00 00:00:00", True])
def test_a_value_of_any_kind_is_delivered_as_received(real: Stage, value: Any) -> None:
    """case C01, C03, C14: no answer is checked against its description."""
    backtest = {"name": value, "progress": value, "parameterSet": value, "created": value, "odd": value}
    body = {"backtest": backtest, "files": [], "success": True}
    real.stub.script("/backtests/read", body)
    reply = real.call("read_backtest", {"projectId": 1, "backtestId": "b"}, EVERYTHING)
    assert (reply.failed, reply.data, json.loads(reply.text)) == (False, body, body)


@pytest.mark.parametrize("act", [cut_off, never])
@pytest.mark.parametrize("name", ["read_backtest", "create_backtest", "create_live_algorithm"])
def test_a_call_that_changes_something_is_not_made_twice(real: Stage, name: str, act: Any) -> None:
    """case C09"""
    real.more["LEDGAI_TIMEOUT_SECONDS"] = "1" if act is never else "30"
    made = CATALOG[name]
    given = {"projectId": 1, "backtestId": "b", "compileId": "c", "backtestName": "b", "nodeId": "n"}
    given |= {"versionId": "-1", "brokerage": {"id": "QuantConnectBrokerage"}}
    real.stub.act(made.endpoints[0], act)
    reply = real.call(name, {key: given[key] for key in made.schema["required"]}, EVERYTHING)
    assert "QuantConnect" in reply.text
    assert len(reply.text) < 400
    assert ("may have taken effect" in reply.text) == (made.effect != "read")
    assert len(real.stub.seen) == (3 if made.effect == "read" and act is cut_off else 1)
