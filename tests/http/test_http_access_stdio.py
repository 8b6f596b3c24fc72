"""The access table over stdio, with the person's token in LEDGAI_TOKEN: the same answers in band."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from access_table import ALLOWED, LIMIT, NO_SCOPE, Person, arguments, people, written
from http_site import API_TOKEN, SECRET, call, message, mint
from quantconnect_tools import CATALOG
from runtime_stage import Stub

PEOPLE = people()
HELLO = message(
    "initialize",
    0,
    protocolVersion="2025-11-25",
    capabilities={},
    clientInfo={"name": "test", "version": "1"},
)


@contextmanager
def spoken_to(folder: Path, environment: dict[str, str]) -> Iterator[Callable[[dict[str, Any]], Any]]:
    """Start `ledgai-mcp` on stdio; what is yielded says one thing to it and returns the answer."""
    with (
        (folder / "stderr").open("wb") as err,
        subprocess.Popen(
            [sys.executable, "-m", "ledgai_mcp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=err,
            env=environment,
            cwd=folder,
        ) as process,
    ):
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None
        assert stdout is not None

        def say(body: dict[str, Any]) -> Any:
            stdin.write(json.dumps(body).encode() + b"\n")
            stdin.flush()
            if "id" not in body:
                return None
            line = stdout.readline()
            assert line, (folder / "stderr").read_text()
            return json.loads(line)

        yield say
        stdin.close()
        assert process.wait(60) == 0


def converse(stub: Stub, folder: Path, messages: list[dict[str, Any]], **more: str) -> Any:
    """Send messages to `ledgai-mcp` on stdio, one after the other; return the answers by id."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LEDGAI_API_URL": stub.url,
        "LEDGAI_STATE_URL": "memory:",
        "JWT_SECRET_KEY": SECRET,
        **more,
    }
    with spoken_to(folder, environment) as say:
        said = [
            say(each)
            for each in [HELLO, {"jsonrpc": "2.0", "method": "notifications/initialized"}, *messages]
        ]
    return {answer["id"]: answer for answer in said if answer is not None}


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.name)
def test_a_person_may_call_what_he_sees_and_nothing_else(stub: Stub, tmp_path: Path, person: Person) -> None:
    expected = written()[person.name]
    token = mint(person.name, person.scopes, limits=person.limits)
    calls = [call(name, arguments(name), name) for name in expected]
    answers = converse(stub, tmp_path, [message("tools/list", "list"), *calls], LEDGAI_TOKEN=token)
    listed = [tool["name"] for tool in answers["list"]["result"]["tools"]]
    assert listed == sorted(name for name, mark in expected.items() if mark == ALLOWED)
    for name, mark in expected.items():
        result = answers[name]["result"]
        text = result["content"][0]["text"]
        if mark == ALLOWED:
            assert not text.startswith("Not permitted"), text
            continue
        assert result["isError"]
        missing = " and ".join(s for s in CATALOG[name].scopes if s not in person.scopes)
        says = {NO_SCOPE: f"{missing}, which this caller does not have", LIMIT: "of this caller's token"}[
            mark
        ]
        assert text.startswith("Not permitted: ")
        assert says in text
    err = (tmp_path / "stderr").read_text()
    assert API_TOKEN not in err
    assert token not in err


def test_sealed_credentials_of_the_token_sign_and_not_the_environments(stub: Stub, tmp_path: Path) -> None:
    answers = converse(
        stub,
        tmp_path,
        [call("list_projects")],
        LEDGAI_TOKEN=mint(),
        QUANTCONNECT_USER_ID="999",
        QUANTCONNECT_API_TOKEN="environment-token-of-999",
    )
    assert answers[1]["result"]["isError"] is False
    import base64

    (seen,) = stub.seen
    assert base64.b64decode(seen.headers["Authorization"].removeprefix("Basic ")).startswith(b"1234:")


def test_a_token_without_credentials_does_not_borrow_the_environments(stub: Stub, tmp_path: Path) -> None:
    answers = converse(
        stub,
        tmp_path,
        [call("list_projects")],
        LEDGAI_TOKEN=mint(credentials=None),
        QUANTCONNECT_USER_ID="999",
        QUANTCONNECT_API_TOKEN="environment-token-of-999",
    )
    assert answers[1]["result"]["isError"] is True
    assert stub.seen == []


def test_a_token_is_judged_for_each_call(stub: Stub, tmp_path: Path) -> None:
    """C42: revoked between two calls of one process, by another process."""
    state = str(tmp_path / "state.sqlite3")
    token = mint("alice")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LEDGAI_API_URL": stub.url,
        "LEDGAI_STATE_URL": state,
        "JWT_SECRET_KEY": SECRET,
    }
    with spoken_to(tmp_path, {**environment, "LEDGAI_TOKEN": token}) as say:
        say(HELLO)
        assert say(call("list_projects"))["result"]["isError"] is False
        revoke = [sys.executable, "-m", "ledgai_mcp", "token", "revoke", "--sub", "alice"]
        subprocess.run(revoke, env=environment, check=True, capture_output=True)
        for body in (call("list_projects"), message("tools/list")):
            assert say(body)["error"]["message"] == "The token was revoked."
    assert len(stub.seen) == 1


@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("nonsense", "LEDGAI_TOKEN: The token is not a signed JWT of three parts."),
        (
            mint(secret="another-secret-of-at-least-32-bytes!"),
            "LEDGAI_TOKEN: The token's signature does not match.",
        ),
        (mint(seconds=60, clock=lambda: 1_700_000_000), "LEDGAI_TOKEN: The token has expired."),
    ],
)
def test_a_token_that_is_not_good_stops_the_start(stub: Stub, tmp_path: Path, token: str, says: str) -> None:
    """C52: with an empty stdout."""
    done = subprocess.run(
        [sys.executable, "-m", "ledgai_mcp"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "LEDGAI_STATE_URL": "memory:",
            "JWT_SECRET_KEY": SECRET,
            "LEDGAI_TOKEN": token,
        },
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert token not in done.stderr


def test_calls_are_recorded_in_the_audit_file(stub: Stub, tmp_path: Path) -> None:
    audit = tmp_path / "audit.jsonl"
    converse(stub, tmp_path, [call("create_project")], LEDGAI_TOKEN=mint(), LEDGAI_AUDIT_FILE=str(audit))
    records = [json.loads(line) for line in audit.read_text().splitlines()]
    (record,) = (record for record in records if record["event"] == "call")
    assert (record["decision"], record["subject"]) == ("refused", "alice")
    verify = [sys.executable, "-m", "ledgai_mcp", "audit", "verify", str(audit)]
    done = subprocess.run(verify, capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0
    assert done.stdout.startswith(f"{len(records)} lines, whole.")


@pytest.mark.parametrize("to_a_file", [True, False])
def test_each_judgement_of_the_token_is_recorded(stub: Stub, tmp_path: Path, to_a_file: bool) -> None:
    """That a revoked token was still in use showed nowhere; without a file, neither did whose a call was."""
    audit = tmp_path / "audit.jsonl"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LEDGAI_API_URL": stub.url,
        "LEDGAI_STATE_URL": str(tmp_path / "state.sqlite3"),
        "JWT_SECRET_KEY": SECRET,
        "LEDGAI_LOG_LEVEL": "error",
        **({"LEDGAI_AUDIT_FILE": str(audit)} if to_a_file else {}),
    }
    with spoken_to(tmp_path, {**environment, "LEDGAI_TOKEN": mint("alice")}) as say:
        say(HELLO)
        say(call("list_projects", request_id=7))
        revoke = [sys.executable, "-m", "ledgai_mcp", "token", "revoke", "--sub", "alice"]
        subprocess.run(revoke, env=environment, check=True, capture_output=True)
        say(call("list_projects", request_id=8))
    lines = [
        json.loads(line) for line in (audit if to_a_file else tmp_path / "stderr").read_text().splitlines()
    ]
    records = [line if to_a_file else line["audit"] for line in lines]
    *_, judged, called, refused = records
    assert (judged["event"], judged["decision"], judged["request_id"]) == ("authentication", "allowed", "7")
    assert (called["event"], called["token_id"], called["issuer"]) == ("call", judged["token_id"], "ledgai")
    assert (refused["decision"], refused["reason"], refused["request_id"]) == ("refused", "revoked", "8")
    assert refused["token_sha256"] == judged["token_sha256"] == called["token_sha256"]
