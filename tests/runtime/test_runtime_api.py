"""One caller's way to the API: the authorize flow, and how a request is signed."""

import base64
import hashlib
import html
import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from quantconnect_tools.tool import Answer, Api, Arguments
from runtime_stage import Stage, Stub, tool
from stub_answers import cut_off, never

from ledgai_mcp.api import caller as api_module
from ledgai_mcp.api.signing import Signer
from ledgai_mcp.calls import replies
from ledgai_mcp.calls.replies import Reply
from ledgai_mcp.identity import Credentials

START, RESULT = "/live/auth0/authorize", "/live/auth0/read"
SIGN_IN = "https://auth.quantconnect.test/authorize?client=x"


async def authorize(api: Api, arguments: Arguments) -> Answer:
    return await api.authorize(START, RESULT, arguments)


@pytest.fixture
def connection(stage: Stage) -> Stage:
    stage.tools = {"authorize_connection": tool("authorize_connection", START, "write", run=authorize)}
    return stage


def start(stub: Stub, location: str | None = SIGN_IN) -> None:
    headers = {"Location": location} if location else {}
    stub.script(START, b"", 302, **headers)


def test_an_authorization_that_has_come_is_returned(connection: Stage) -> None:
    start(connection.stub)
    body = {"authorization": {"alpaca-access-token": "t"}, "success": True}
    connection.stub.script(RESULT, body)
    reply = connection.call("authorize_connection")
    assert (reply.failed, reply.data) == (False, body)
    assert connection.stub.paths() == [START, RESULT]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"success": True}),
        (200, {"authorization": None}),
        (500, b""),
        (200, b"<html>"),
        (200, b"[" * 9999),
    ],
)
def test_until_then_the_sign_in_address_is_returned(connection: Stage, status: int, body: Any) -> None:
    start(connection.stub)
    connection.stub.script(RESULT, body, status)
    reply = connection.call("authorize_connection")
    assert not reply.failed
    assert reply.data is not None
    assert (reply.data["status"], reply.data["url"]) == ("sign-in needed", SIGN_IN)
    assert "call this tool again" in reply.data["next"]


@pytest.mark.parametrize("act", [never, cut_off])
def test_the_wait_for_a_person_is_bounded(
    connection: Stage, monkeypatch: pytest.MonkeyPatch, act: Any
) -> None:
    """case C09"""
    monkeypatch.setattr(api_module, "SIGN_IN_SECONDS", 0.3)
    connection.more["LEDGAI_TIMEOUT_SECONDS"] = "50"
    start(connection.stub)
    connection.stub.act(RESULT, act)
    began = time.monotonic()
    reply = connection.call("authorize_connection")
    assert time.monotonic() - began < 20
    assert reply.data is not None
    assert reply.data["url"] == SIGN_IN
    assert connection.stub.paths() == [START, RESULT]


@pytest.mark.parametrize(
    "location",
    [
        None,
        "http://auth.test/",
        "https://",
        "/x",
        "https://u@auth.test/",
        "https://auth.test/\x7fx",
        "http://{api}1/x",
        "javascript://{api}/%0aalert(1)",
    ],
)
def test_an_address_other_than_https_is_not_shown(connection: Stage, location: str | None) -> None:
    start(connection.stub, location and location.replace("{api}", connection.stub.url.split("/")[2]))
    reply = connection.call("authorize_connection")
    assert reply.failed
    assert "no https address" in reply.text
    assert connection.stub.paths() == [START]


def test_an_address_at_the_sandbox_itself_is_shown(connection: Stage) -> None:
    address = connection.stub.url.removesuffix("/api/v2") + "/sign-in"
    start(connection.stub, address)
    reply = connection.call("authorize_connection")
    assert reply.data is not None
    assert reply.data["url"] == address


def test_a_refusal_at_the_start_is_told(connection: Stage) -> None:
    connection.stub.script(START, {"success": False, "errors": ["Project not found"]}, 404)
    reply = connection.call("authorize_connection")
    assert reply.failed
    assert "Project not found" in reply.text


def test_the_signature_is_the_apis_own_and_fresh_each_second() -> None:
    """api-facts 2.1"""
    times = iter((1_700_000_000.9, 1_700_000_001.1))
    signer = Signer(Credentials("12", "token"), lambda: next(times))
    first, second = signer.headers(), signer.headers()
    digest = hashlib.sha256(b"token:1700000000").hexdigest()
    signed = base64.b64encode(f"12:{digest}".encode()).decode()
    assert first == {"Authorization": f"Basic {signed}", "Timestamp": "1700000000"}
    assert second["Timestamp"] == "1700000001"
    assert first["Authorization"] != second["Authorization"]


def test_the_traces_are_every_form_in_which_a_secret_is_met() -> None:
    """case C40"""
    signer = Signer(Credentials("12", "qc-CANARY-2"))
    headers = signer.headers()
    signed = headers["Authorization"].removeprefix("Basic ")
    digest = base64.b64decode(signed).decode().partition(":")[2]
    encoded = base64.b64encode(b"qc-CANARY-2").decode().rstrip("=")
    forms = {"qc-CANARY-2", b"qc-CANARY-2".hex(), encoded, digest, signed.rstrip("=")}
    assert forms == set(signer.traces(headers))
    assert "CANARY" not in repr(signer)


@pytest.mark.parametrize("written", [str, quote, html.escape, lambda token: json.dumps({"token": token})])
def test_nothing_is_left_of_a_token_with_unusual_characters_in_a_refusal(
    written: Callable[[str], str],
) -> None:
    """The text up to the first such character was removed; the tail was delivered, and could be completed."""
    token = 'qc-CANARY"<&!$%§-and-a-long§tail-CANARY'
    signer = Signer(Credentials("12", token))
    refusal = Reply(f"wrong token {written(token)} sent", failed=True)
    text = replies.without(refusal, signer.traces(signer.headers())).text
    assert not re.search("CANARY|tail", text)
    assert "wrong token" in text
