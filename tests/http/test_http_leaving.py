"""Who leaves in the middle of a call, by ending the session or by saying so, harms nobody else."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx2
import pytest
from http_site import Site, Sites, call, message, mint, wait_until
from quantconnect_tools import GROUPS
from runtime_stage import Stub
from stub_answers import held, watched


@pytest.fixture
def site(sites: Sites) -> Site:
    return sites.start(LEDGAI_SESSIONS="true")


def sent(site: Site, body: Any, token: str, headers: dict[str, str]) -> int | None:
    """Send a call whose answer may never come whole; return its status."""
    with suppress(httpx2.TransportError):
        return int(site.post(body, token=token, headers=headers).status_code)
    return None


@pytest.mark.parametrize(
    ("tool", "path"), [("list_projects", "/projects/read"), ("create_project", "/projects/create")]
)
def test_ending_a_session_ends_its_calls_alone(
    site: Site, stub: Stub, capfd: pytest.CaptureFixture[str], tool: str, path: str
) -> None:
    """Case C54: whoever only leaves lets a call that changes things run on; this is an order to stop."""
    gone = threading.Event()
    stub.act(path, watched(gone))
    alice, bob = mint("alice", GROUPS["trader"]), mint("bob")
    ending, other = site.opened(alice), site.opened(bob)
    given = {"name": "x", "language": "Py"} if tool == "create_project" else {}
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(sent, site, call(tool, given), alice, ending)
        assert stub.arrived.wait(20)
        assert site.request("DELETE", token=alice, headers=ending).status_code == 200
        assert gone.wait(20)
        making.result(20)
    assert "list_projects" in site.names(bob, other)
    wait_until(lambda: site.records("call"))
    (record,) = site.records("call")
    assert (record["subject"], record["tool"], record["outcome"]) == ("alice", tool, "cancelled")
    assert site.post(message("tools/list"), token=alice, headers=ending).status_code == 404
    assert "Traceback" not in capfd.readouterr().err


def test_a_cancelled_call_ends_alone(site: Site, stub: Stub, capfd: pytest.CaptureFixture[str]) -> None:
    """Case C54."""
    gone = threading.Event()
    stub.act("/projects/read", watched(gone))
    alice = mint("alice")
    headers = site.opened(alice)
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(sent, site, call("list_projects", request_id=7), alice, headers)
        assert stub.arrived.wait(20)
        assert site.post(cancel, token=alice, headers=headers).status_code == 202
        assert gone.wait(20)
        making.result(20)
    wait_until(lambda: site.records("call"))
    assert [record["outcome"] for record in site.records("call")] == ["cancelled"]
    assert "list_projects" in site.names(alice, headers)
    assert "Traceback" not in capfd.readouterr().err


def test_nobody_elses_call_can_be_cancelled(site: Site, stub: Stub) -> None:
    """Cases C44, C54: request ids are the client's own; two people use the same ones."""
    over = threading.Event()
    stub.act("/projects/read", held(over, {"success": True, "projects": []}))
    alice, bob = mint("alice"), mint("bob")
    mine, theirs = site.opened(alice), site.opened(bob)
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(sent, site, call("list_projects", request_id=7), alice, mine)
        assert stub.arrived.wait(20)
        assert site.post(cancel, token=bob, headers=theirs).status_code == 202
        assert site.post(cancel, token=bob, headers=mine).status_code == 404
        over.set()
        assert making.result(20) == 200
    assert [record["outcome"] for record in site.records("call")] == ["answered"]
