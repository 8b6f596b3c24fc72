"""`ledgai-mcp keys new|list|rotate`.

Knows: options and how keys are shown, never their material. Must not know: what the keys are used for.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from ledgai_mcp.commands import CommandGroup, Context

_FILE = click.option(
    "--file", "path", type=click.Path(path_type=Path), help="The key file; default: LEDGAI_JWT_KEYS_FILE."
)


@click.group(cls=CommandGroup)
def keys() -> None:
    """Make and rotate the server's own keys: one use signs tokens, the other seals credentials in them."""


@keys.command()
@_FILE
@click.option(
    "--public-sealing", is_flag=True, help="Seal with a key pair, so that other issuers can seal too."
)
@click.pass_obj
def new(context: Context, path: Path | None, public_sealing: bool) -> None:
    """Make a key file that only its owner can read. An existing file is never touched."""
    from ledgai_mcp.tokens.keyfile import make_key_file, write_key_file

    path = _path(context, path)
    write_key_file(path, make_key_file(int(time.time()), "EC" if public_sealing else "oct"), replace=False)
    click.echo(f"Wrote {path}. Set LEDGAI_JWT_KEYS_FILE={path}")


@keys.command(name="list")
@_FILE
@click.option("--public", is_flag=True, help="Print the public sealing keys as a JWK set.")
@click.pass_obj
def show(context: Context, path: Path | None, public: bool) -> None:
    """List the keys of a key file, those in use first; no secret is shown."""
    from ledgai_mcp.tokens.keyfile import read_key_file

    entries = sorted(
        read_key_file(_path(context, path)).entries,
        key=lambda entry: (entry.retired is not None, -entry.created, entry.kid),
    )
    if public:
        found = [entry.public_jwk() for entry in entries if entry.use == "enc" and entry.retired is None]
        click.echo(json.dumps({"keys": [key for key in found if key is not None]}, indent=1))
        return
    for entry in entries:
        state = "in use" if entry.retired is None else f"retired {_date(entry.retired)}"
        job = "signs" if entry.use == "sig" else "seals"
        click.echo(f"{entry.kid}  {job}  {entry.algorithm:<8} made {_date(entry.created)}  {state}")


@keys.command()
@_FILE
@click.option("--at-once", is_flag=True, help="Drop the old keys now: every token out there stops working.")
@click.pass_obj
def rotate(context: Context, path: Path | None, at_once: bool) -> None:
    """Put new keys in front.

    Old ones go on verifying until what they signed has expired, then they are dropped.
    """
    from ledgai_mcp.tokens.keyfile import read_key_file, write_key_file

    path, policy = _path(context, path), context.policy()
    before = read_key_file(path)
    after = before.rotated(int(time.time()), policy.longest_life + policy.leeway, at_once)
    write_key_file(path, after, replace=True)
    kids = {entry.kid for entry in before.entries}
    dropped = kids - {entry.kid for entry in after.entries}
    added = [entry.kid for entry in after.entries if entry.kid not in kids]
    click.echo(f"New: {', '.join(added)}. Dropped: {', '.join(sorted(dropped)) or 'none'}.")
    click.echo("Running servers that see this file use it from their next call; copy it to the others.")


def _path(context: Context, path: Path | None) -> Path:
    found = path or context.keys_file
    if found is None:
        raise click.UsageError("Which file? Give --file, or set LEDGAI_JWT_KEYS_FILE.")
    return found


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%MZ")
