"""The tools that the server answers itself."""

import time
from contextlib import suppress
from email.utils import formatdate
from typing import Any

import pytest
from attrs import evolve
from runtime_stage import Scripted, Stage, Stub, identity
from stub_answers import never

from ledgai_mcp import release
from ledgai_mcp.identity import Limits


def ask(stage: Stage, name: str, who: Any = None) -> dict[str, Any]:
    reply = stage.call(name, {}, who or identity(frozenset({"qc:admin:read"})))
    assert not reply.failed
    assert reply.data is not None
    return reply.data


def test_health_check_tells_who_calls_and_what_works(real: Stage) -> None:
    who = evolve(
        identity(frozenset({"qc:admin:read"})), limits=Limits(projects=frozenset({2, 1})), expires_at=99
    )
    found = ask(real, "health_check", who)
    assert found["caller"] == {
        "issuer": "test",
        "subject": "alice",
        "scopes": ["qc:admin:read"],
        "limits": {"projects": [1, 2]},
        "expiresAt": 99,
        "tools": 4,
    }
    assert (found["api"]["reachable"], found["api"]["credentialsAccepted"]) == (True, True)
    assert abs(found["api"]["clockSkewSeconds"]) <= 2
    assert found["server"]["version"] == release.version()
    assert real.stub.paths() == ["/authenticate"]


def test_health_check_needs_no_scope_and_no_credentials(real: Stage) -> None:
    found = ask(real, "health_check", evolve(identity(frozenset()), credentials=None))
    assert found["api"]["credentialsAccepted"] is None
    assert "no QuantConnect credentials" in found["api"]["note"]


@pytest.mark.parametrize(
    ("body", "status", "accepted", "said"),
    [
        ({"success": False, "errors": ["Hash"]}, 200, False, "check the user id and the API token"),
        (b"", 401, False, "check the user id and the API token"),
        (b"<html>", 200, None, "not the QuantConnect API"),
        ([], 404, None, "not the QuantConnect API"),
        (b"[" * 9999, 200, None, "not the QuantConnect API"),
    ],
)
def test_health_check_tells_wrong_credentials_from_a_wrong_host(
    real: Stage, body: Any, status: int, accepted: bool | None, said: str
) -> None:
    real.stub.script("/authenticate", body, status)
    found = ask(real, "health_check")["api"]
    assert found["credentialsAccepted"] is accepted
    assert said in found["note"]


def test_health_check_tells_a_wrong_clock(real: Stage) -> None:
    """case C35: the API's own clock decides; its Date header tells it."""

    def late(handler: Any, stub: Any) -> None:
        date = formatdate(time.time() - 9000, usegmt=True)
        Scripted(body=b'{"success":false}', headers={"Date": date}).give(handler)

    real.stub.act("/authenticate", late)
    found = ask(real, "health_check")["api"]
    assert 8990 < found["clockSkewSeconds"] < 9010
    assert "clock is" in found["note"]


def test_health_check_tells_an_api_that_is_away(real: Stage) -> None:
    real.more["LEDGAI_API_URL"] = "http://127.0.0.1:9/api/v2"
    found = ask(real, "health_check")["api"]
    assert found["reachable"] is False
    assert "does not answer" in found["note"]


def test_the_running_version_is_told_also_without_a_place_for_releases(real: Stage) -> None:
    running = {"name": "ledgai-mcp", "version": release.version(), "success": True}
    assert ask(real, "read_mcp_server_version") == running
    found = ask(real, "read_latest_mcp_server_version")
    assert (found["version"], found["running"]) == (None, release.version())
    assert "not configured" in found["note"]


@pytest.mark.parametrize(
    ("body", "status", "version", "said"),
    [
        ({"version": "9.9.9"}, 200, "9.9.9", ""),
        ({"info": {"version": "9.9.9"}, "releases": {}}, 200, "9.9.9", ""),
        (b"<html>", 200, None, "could not be read"),
        ({"version": 3}, 200, None, "could not be read"),
        ({"version": "1"}, 404, None, "could not be read"),
    ],
)
def test_the_latest_version_is_read_without_credentials_if_it_can_be(
    real: Stage, body: Any, status: int, version: str | None, said: str
) -> None:
    real.more["LEDGAI_RELEASES_URL"] = real.stub.url + "/releases.json"
    real.stub.script("/releases.json", body, status)
    found = ask(real, "read_latest_mcp_server_version")
    assert (found["version"], said in found["note"]) == (version, True)
    assert "Authorization" not in real.stub.seen[0].headers


def test_a_list_of_releases_without_an_end_is_not_read_to_the_end(real: Stage) -> None:
    sent: list[int] = []

    def endless(handler: Any, stub: Stub) -> None:
        handler.send_response_only(200)
        handler.end_headers()
        handler.close_connection = True
        with suppress(OSError):
            while len(sent) < 600:
                sent.append(handler.wfile.write(b" " * 100_000))

    real.more["LEDGAI_RELEASES_URL"] = real.stub.url + "/releases.json"
    real.stub.act("/releases.json", endless)
    assert "could not be read" in ask(real, "read_latest_mcp_server_version")["note"]
    assert len(sent) < 600


def test_the_releases_and_the_probe_keep_to_the_time_of_the_call(real: Stage) -> None:
    real.more |= {"LEDGAI_RELEASES_URL": real.stub.url + "/releases.json", "LEDGAI_TIMEOUT_SECONDS": "1"}
    real.stub.act("*", never)
    began = time.monotonic()
    assert "could not be read" in ask(real, "read_latest_mcp_server_version")["note"]
    assert "does not answer" in ask(real, "health_check")["api"]["note"]
    assert time.monotonic() - began < 8
