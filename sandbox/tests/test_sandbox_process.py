"""The sandbox as a process: what it says, and options and files that end it with a text."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from pathlib import Path

import click
import httpx2
import pytest
from click.testing import CliRunner
from quantconnect_sandbox import command
from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.transport.serving import ListenError, listening
from sandbox_calls import Caller
from sandbox_process import COMMAND


def test_what_the_process_prints_is_enough_to_share_a_project_and_says_that_all_is_invented(start) -> None:
    begun = start()
    said = "".join(begun.lines)
    assert "not QuantConnect" in said
    assert "invented" in said
    id_, token = re.findall(r"User (\d+), API token (\S+)\.", said)[0]
    (guest,) = re.findall(r"share projects with: (\S+) ", said)
    with httpx2.Client() as http:
        caller = Caller(begun.url, int(id_), token, http=http)
        rights = {"collaborationLiveControl": False, "collaborationWrite": True}
        path, project = "/projects/collaboration/create", caller.project()
        shared = caller.ok(path, projectId=project, collaboratorUserId=guest, **rights)
    assert [person["publicId"] for person in shared["collaborators"]][1:] == [guest]
    begun.end(signal.SIGINT)
    assert begun.process.returncode == 0


def test_help_names_the_command_by_which_it_was_called() -> None:
    for name in (["quantconnect-sandbox"], ["ledgai-mcp", "sandbox"]):
        main = command.sandbox if len(name) == 1 else click.Group("ledgai-mcp", {"sandbox": command.sandbox})
        said = CliRunner().invoke(main, [*name[1:], "user", "add", "--help"], prog_name=name[0]).output
        assert said.startswith(f"Usage: {' '.join(name)} user add ")


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


def test_a_port_in_use_is_told_with_what_to_do() -> None:
    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        used.listen()
        with pytest.raises(ListenError, match="--port"):
            listening(Configuration(port=used.getsockname()[1]))
