"""`ledgai-mcp audit verify`.

Knows: how a verdict is shown. Must not know: how a chain is built.
"""

from __future__ import annotations

from pathlib import Path

import click

from ledgai_mcp.commands import CommandGroup, Context


@click.group(cls=CommandGroup)
def audit() -> None:
    """Check the audit record."""


@audit.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.pass_obj
def verify(context: Context, file: Path | None) -> None:
    """Check that no line of an audit file was removed or altered. Exit code 1 if one was."""
    from ledgai_mcp.audit.verification import verify as verify_chain

    path = file or context.audit_file
    if path is None:
        raise click.UsageError("Which file? Name it, or set LEDGAI_AUDIT_FILE.")
    problems, head = verify_chain(path)
    for problem in problems:
        click.echo(f"{path}: {problem}", err=True)
    if problems:
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise click.ClickException(f"The record is not whole: {count}.")
    click.echo(f"{head.lines} lines, whole. Last hash: {head.last}")
