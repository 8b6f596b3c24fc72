"""The command line."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from ledgai_mcp.cli import COMMANDS, load, main

HEAVY = (
    "uvicorn",
    "redis",
    "jwt",
    "joserfc",
    "prometheus_client",
    "jsonschema",
    "mcp",
    "structlog",
    "pydantic_settings",
)


def test_the_help_names_every_command() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    for name in COMMANDS:
        assert f"  {name} " in shown


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_of_the_table_exists_under_its_name(name: str) -> None:
    assert load(COMMANDS[name][0]).name == name
    assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0


def test_an_unknown_command_is_refused() -> None:
    done = CliRunner().invoke(main, ["serv"])
    assert done.exit_code == 2
    assert "No such command 'serv'" in done.output


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.startswith("ledgai-mcp, version ")


def test_importing_settings_and_command_line_loads_nothing_heavy() -> None:
    code = (
        f"import ledgai_mcp.cli, ledgai_mcp.settings, sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_serving_over_stdio_loads_nothing_that_only_http_needs() -> None:
    """uvicorn is loaded by the SDK itself, so it is not in this list."""
    code = (
        "import ledgai_mcp.stdio.serving, ledgai_mcp.server, ledgai_mcp.assembly, mcp.server.stdio, sys;"
        "heavy = 'redis', 'jwt', 'joserfc', 'prometheus_client', 'jsonschema', 'limits';"
        "print([module for module in heavy if module in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
