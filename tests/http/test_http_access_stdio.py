"""LEDGAI_TOKEN over stdio: the access table in band, and the token verified for each call."""

import json
import os
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from access_table import ALLOWED, LIMIT, NO_SCOPE, RAISED, Person, arguments, people, written
from http_process import command
from http_site import API_TOKEN, SECRET, call, hello, message, mint
from quantconnect_tools import CATALOG
from runtime_stage import Stub

FEW = [person for person in people() if person.name in ("readonly", "one-project")]
OTHERS = {"QUANTCONNECT_USER_ID": "999", "QUANTCONNECT_API_TOKEN": "environment-token-of-999"}


def environment(stub: Stub, folder: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LEDGAI_API_URL": stub.url,
        "LEDGAI_STATE_URL": "memory:",
        "JWT_SECRET_KEY": SECRET,
        **more,
    }


@contextmanager
def spoken_to(folder: Path, settings: dict[str, str]) -> Iterator[Callable[[dict[str, Any]], Any]]:
    """Start `ledgai-mcp` on stdio; what is yielded says one thing to it and returns the answer."""
    line, pipe = [sys.executable, "-m", "ledgai_mcp"], subprocess.PIPE
    with (
        (folder / "stderr").open("wb") as err,
        subprocess.Popen(line, stdin=pipe, stdout=pipe, stderr=err, env=settings, cwd=folder) as process,
    ):
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None
        assert stdout is not None

        def say(body: dict[str, Any]) -> Any:
            stdin.write(json.dumps(body).encode() + b"\n")
            stdin.flush()
            answer = stdout.readline()
            assert answer, (folder / "stderr").read_text()
            return json.loads(answer)

        say(hello())
        yield say
        stdin.close()
        assert process.wait(60) == 0


@pytest.mark.parametrize("person", FEW, ids=lambda person: person.name)
def test_a_person_may_call_what_they_see_and_nothing_else(stub: Stub, tmp_path: Path, person: Person) -> None:
    expected = {name: mark for name, mark in written()[person.name].items() if RAISED not in name}
    token = mint(person.name, person.scopes, limits=person.limits)
    with spoken_to(tmp_path, environment(stub, tmp_path, LEDGAI_TOKEN=token)) as say:
        listed = [tool["name"] for tool in say(message("tools/list"))["result"]["tools"]]
        texts = {name: told(say(call(name, arguments(name)))) for name in expected}
    assert listed == sorted(name for name, mark in expected.items() if mark == ALLOWED)
    for name, mark in expected.items():
        missing = " and ".join(scope for scope in CATALOG[name].scopes if scope not in person.scopes)
        says = {NO_SCOPE: f"{missing}, which this caller does not have", LIMIT: "of this caller's token"}
        assert texts[name].startswith("Not permitted: ") == (mark != ALLOWED), texts[name]
        assert says.get(mark, "") in texts[name]
    err = (tmp_path / "stderr").read_text()
    assert API_TOKEN not in err
    assert token not in err


def told(answer: dict[str, Any]) -> str:
    text = str(answer["result"]["content"][0]["text"])
    assert answer["result"]["isError"] or not text.startswith("Not permitted")
    return text


def test_credentials_are_the_tokens_and_never_the_environments(stub: Stub, tmp_path: Path) -> None:
    for token, is_error in ((mint(credentials=None), True), (mint(), False)):
        with spoken_to(tmp_path, environment(stub, tmp_path, LEDGAI_TOKEN=token, **OTHERS)) as say:
            assert say(call("list_projects"))["result"]["isError"] is is_error
    (seen,) = stub.seen
    assert b64decode(seen.headers["Authorization"].removeprefix("Basic ")).startswith(b"1234:")


def test_an_invalid_token_stops_the_start(stub: Stub, tmp_path: Path) -> None:
    """Case C52: with an empty stdout."""
    token = mint(seconds=60, clock=lambda: 1_700_000_000)
    done = command(environment(stub, tmp_path, LEDGAI_TOKEN=token))
    assert (done.returncode, done.stdout) == (2, "")
    assert "LEDGAI_TOKEN: The token has expired." in done.stderr
    assert token not in done.stderr


@pytest.mark.parametrize("to_a_file", [True, pytest.param(False, marks=pytest.mark.thorough)])
def test_a_token_is_verified_for_each_call_and_each_time_recorded(
    stub: Stub, tmp_path: Path, to_a_file: bool
) -> None:
    """Case C42: revoked between two calls of one process, by another process."""
    audit = tmp_path / "audit.jsonl"
    state = {"LEDGAI_STATE_URL": str(tmp_path / "state.sqlite3"), "LEDGAI_LOG_LEVEL": "error"}
    settings = environment(
        stub, tmp_path, **state, **({"LEDGAI_AUDIT_FILE": str(audit)} if to_a_file else {})
    )
    with spoken_to(tmp_path, {**settings, "LEDGAI_TOKEN": mint("alice")}) as say:
        assert say(call("list_projects", request_id=7))["result"]["isError"] is False
        assert command(settings, "token", "revoke", "--sub", "alice").returncode == 0
        for body in (call("list_projects", request_id=8), message("tools/list")):
            assert say(body)["error"]["message"] == "The token was revoked."
    assert len(stub.seen) == 1
    text = (audit if to_a_file else tmp_path / "stderr").read_text()
    records = [json.loads(line) if to_a_file else json.loads(line)["audit"] for line in text.splitlines()]
    *_, verified, called, refused, _ = records
    assert (verified["event"], verified["decision"], verified["request_id"]) == (
        "authentication", "allowed", "7",
    )  # fmt: skip
    assert (called["event"], called["token_id"], called["issuer"]) == ("call", verified["token_id"], "ledgai")
    assert (refused["decision"], refused["reason"], refused["request_id"]) == ("refused", "revoked", "8")
    assert refused["token_sha256"] == verified["token_sha256"] == called["token_sha256"]
    if to_a_file:
        done = command(settings, "audit", "verify")
        assert done.stdout.startswith(f"{len(records)} lines, whole.")


def test_no_call_is_made_while_the_audit_file_takes_no_lines(stub: Stub, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    folder.mkdir()
    settings = environment(stub, tmp_path, LEDGAI_AUDIT_FILE=str(folder / "audit.jsonl"))
    with spoken_to(tmp_path, {**settings, "LEDGAI_TOKEN": mint("alice")}) as say:
        folder.rename(tmp_path / "gone")
        for _ in range(2):
            assert "cannot be written" in say(call("list_projects"))["error"]["message"]
        (tmp_path / "gone").rename(folder)
        assert "result" in say(call("list_projects"))
    assert len(stub.seen) == 1
