"""The command line."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from ledgai_mcp.cli import COMMANDS, load, main

LATER = ("redis", "jwt", "joserfc", "prometheus_client", "jsonschema", "referencing", "limits")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_of_the_table_exists_under_its_name_and_in_the_help(name: str) -> None:
    assert f"  {name} " in CliRunner().invoke(main, ["--help"]).output
    assert load(COMMANDS[name][0]).name == name
    assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0


def test_the_version_is_told_and_an_unknown_command_refused() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.startswith("ledgai-mcp, version ")
    done = CliRunner().invoke(main, ["serv"])
    assert (done.exit_code, "No such command 'serv'" in done.output) == (2, True)


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        ("ledgai_mcp.cli, ledgai_mcp.settings", (*LATER, "uvicorn", "mcp", "structlog")),
        # uvicorn is loaded by the SDK itself
        ("ledgai_mcp.stdio.serving, ledgai_mcp.server, ledgai_mcp.assembly, mcp.server.stdio", LATER),
        ("ledgai_mcp.commands.token, ledgai_mcp.commands.keys, ledgai_mcp.commands.audit", LATER),
    ],
)
def test_the_start_loads_nothing_that_is_needed_later_or_over_http_only(
    modules: str, heavy: tuple[str, ...]
) -> None:
    code = f"import sys, {modules}; print([name for name in {heavy!r} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize("name", ["sandbox", "demo"])
def test_without_the_sandbox_a_command_says_what_to_install(name: str) -> None:
    code = (
        f'import sys; sys.modules["quantconnect_sandbox"] = None; sys.argv = ["ledgai-mcp", "{name}"];'
        "from ledgai_mcp.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"ledgai-mcp: `{name}` needs the sandbox: pip install 'ledgai-mcp[sandbox]'\n"
