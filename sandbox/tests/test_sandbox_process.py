"""The sandbox as a process: what it says, and options and files that end it with a text."""

import re
import signal
import socket
from pathlib import Path

import click
import httpx2
import pytest
from click.testing import CliRunner
from quantconnect_sandbox import command
from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.transport.serving import ListenError, listening
from sandbox_calls import Caller


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
        (["--state", "bad"], "bad cannot be used"),
        (["--users", "bad"], "bad cannot be used"),
        (["--faults", "bad"], "bad cannot be read"),
        (["user", "add", "--users", "users.json", "--token", " "], "--token is blank"),
        (["user", "add", "--users", "users.json", "--organization", "desk"], "32 hex digits"),
    ],
)
def test_bad_option_or_file_ends_the_command_with_a_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad").write_text("bad " * 1000)
    done = CliRunner().invoke(command.sandbox, options)
    assert done.exit_code in (1, 2)
    assert why in done.output
    assert not Path("users.json").exists()


def test_a_port_in_use_is_told_with_what_to_do() -> None:
    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        used.listen()
        with pytest.raises(ListenError, match="--port"):
            listening(Configuration(port=used.getsockname()[1]))
