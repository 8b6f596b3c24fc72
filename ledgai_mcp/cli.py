"""The command line: `ledgai-mcp` serves; its subcommands are loaded when they are called.

Knows: the names of the commands and where they live. Must not know: what they do.

A client starts this process for each conversation, so nothing is imported that `serve` over stdio does
not use.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from io import TextIOWrapper
from typing import Any, NoReturn

import click

from ledgai_mcp.errors import ConfigurationError

COMMANDS = {
    "serve": (
        "ledgai_mcp.cli:serve",
        "Serve MCP (the default): over stdio, or HTTP with MCP_TRANSPORT=http.",
    ),
    "doctor": (
        "ledgai_mcp.cli:doctor",
        "Say what is set up, and whether API, credentials and clock are right.",
    ),
    "token": (
        "ledgai_mcp.commands.token:token",
        "Make, inspect and revoke the tokens that clients send.",
    ),
    "keys": ("ledgai_mcp.commands.keys:keys", "Make and rotate the keys that tokens are signed with."),
    "audit": ("ledgai_mcp.commands.audit:audit", "Check the audit record."),
    "sandbox": ("quantconnect_sandbox.command:sandbox", "Start a stand-in for the QuantConnect API."),
    "demo": ("ledgai_mcp.commands.demo:demo", "Show the server at work against the sandbox."),
}
"""Command -> where it lives (`module:attribute`), and its line in the help."""

TRANSPORTS = {"stdio": "ledgai_mcp.stdio.serving:serve", "http": "ledgai_mcp.http.serving:serve"}
"""Transport -> the function that serves it, called with the settings."""


WITH_CONTEXT = ("token", "keys", "audit")
"""Commands that work with keys and state: they are handed a Context."""


OF_THE_SANDBOX = ("sandbox", "demo")
"""Commands that need the sandbox, which is a distribution of its own."""


class Commands(click.Group):
    """A group whose commands are imported one by one, when needed."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """See click.Group; what a console (cp932, cp1252) cannot show is escaped instead of the end."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        return super().main(*arguments, **options)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order in which a person meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        if cmd_name in OF_THE_SANDBOX and find_spec("quantconnect_sandbox") is None:
            _fail(f"`{cmd_name}` needs the sandbox: pip install 'ledgai-mcp[sandbox]'")
        command: click.Command = load(COMMANDS[cmd_name][0])
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def load(place: str) -> Any:
    """Import what `module:attribute` names."""
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)


@click.group(cls=Commands, invoke_without_command=True)
@click.version_option(package_name="ledgai-mcp", prog_name="ledgai-mcp")
@click.option("--create-dev-token", is_flag=True, help="The same as the command `token dev`.")
@click.pass_context
def main(context: click.Context, create_dev_token: bool) -> None:
    """Serve QuantConnect to MCP clients: tools guarded by scopes, compiled from the API's description."""
    if create_dev_token:
        context.obj = _context()
        context.invoke(load("ledgai_mcp.commands.token:dev"))
    elif context.invoked_subcommand in WITH_CONTEXT:
        context.obj = _context()
    elif context.invoked_subcommand is None:
        context.invoke(serve)


def _context() -> Any:
    try:
        return load("ledgai_mcp.commands.context:context")(os.environ)
    except ConfigurationError as error:
        _stop(error)


def _stop(error: ConfigurationError) -> NoReturn:
    for problem in error.problems:
        click.echo(f"ledgai-mcp: {problem}", err=True)
    sys.exit(2)


def _fail(reason: str) -> NoReturn:
    """End because something is not installed."""
    click.echo(f"ledgai-mcp: {reason}", err=True)
    sys.exit(3)


@click.command()
def serve() -> None:
    """Serve MCP; everything is set in the environment, see the README."""
    from ledgai_mcp.settings import read

    try:
        settings = read(os.environ)
        if find_spec("jsonschema") is None:  # imported at the first call: its lack must show at the start
            raise ModuleNotFoundError(name="jsonschema")
        load(TRANSPORTS[settings.transport])(settings)
    except ConfigurationError as error:
        _stop(error)
    except ImportError as error:
        _fail(f"cannot start, the package {error.name} is missing or broken")


@click.command()
def doctor() -> None:
    """Diagnose the set-up; exit code 0: all is well, 1: something does not work, 2: settings are wrong."""
    from ledgai_mcp.commands.doctor import diagnose

    sys.exit(diagnose(os.environ))
