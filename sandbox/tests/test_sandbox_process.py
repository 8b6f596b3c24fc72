"""The sandbox as a process: what it says, and options and files that end it with a text."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from pathlib import Path

import httpx2
import pytest
from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.state.people import DEFAULT_USER
from quantconnect_sandbox.transport.serving import ListenError, listening
from sandbox_calls import Caller
from sandbox_process import COMMAND


def test_the_process_says_that_it_is_a_sandbox_and_where(start) -> None:
    begun = start()
    said = "".join(begun.lines)
    assert "not QuantConnect" in said
    assert str(DEFAULT_USER.id) in said
    assert httpx2.post(begun.url + "/authenticate").headers["x-ledgai-sandbox"]
    begun.end(signal.SIGINT)
    assert begun.process.returncode == 0


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--speed", "nan"], "not a number"),
        (["user", "add", "--users", "users.json", "--token", " "], "--token is blank"),
        (["user", "add", "--users", "users.json", "--organization", "desk"], "32 hex digits"),
    ],
)
def test_an_option_that_makes_no_sense_ends_the_command_with_a_text(
    tmp_path: Path, options: list[str], why: str
) -> None:
    done = subprocess.run(
        [*COMMAND, *options], capture_output=True, text=True, check=False, timeout=30, cwd=tmp_path
    )
    assert done.returncode != 0
    assert why in done.stderr
    assert not (tmp_path / "users.json").exists()


def test_what_is_printed_at_the_start_is_enough_to_share_a_project() -> None:
    with subprocess.Popen(
        [*COMMAND, "--port", "0", "--speed", "0"], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            banner = ""
            while "Sandbox ready at " not in banner:
                line = process.stderr.readline()
                assert line, banner
                banner += line
            url = banner.split("Sandbox ready at ")[1].strip()
            id_, token = re.findall(r"User (\d+), API token (\S+)\.", banner)[0]
            (guest,) = re.findall(r"share projects with: (\S+) ", banner)
            with httpx2.Client() as http:
                caller = Caller(url, int(id_), token, http=http)
                rights = {"collaborationLiveControl": False, "collaborationWrite": True}
                shared = caller.ok(
                    "/projects/collaboration/create",
                    projectId=caller.project(),
                    collaboratorUserId=guest,
                    **rights,
                )
        finally:
            process.terminate()
    assert [person["publicId"] for person in shared["collaborators"]][1:] == [guest]


@pytest.mark.parametrize("option", ["--state", "--users", "--faults"])
def test_a_file_that_cannot_be_used_ends_the_command_with_a_text(tmp_path: Path, option: str) -> None:
    path = tmp_path / "bad"
    path.write_text("bad " * 1000)
    done = subprocess.run(
        [*COMMAND, "--port", "0", option, str(path)], capture_output=True, check=False, timeout=30
    )
    assert done.returncode == 1
    assert b"Error:" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_taken_port_is_told_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ListenError, match="--port"):
            listening(Configuration(port=taken.getsockname()[1]))
