"""`ledgai-mcp token inspect`, and where `mint`, `dev` and `revoke` are found.

Knows: options and how an answer is shown. Must not know: how tokens are verified.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from ledgai_mcp.commands import CommandGroup, Context, read_text
from ledgai_mcp.commands.mint import dev, mint
from ledgai_mcp.commands.revoke import revoke

if TYPE_CHECKING:
    from ledgai_mcp.identity import Identity


@click.group(cls=CommandGroup)
def token() -> None:
    """Make, inspect and revoke the tokens that clients send."""


for command in (mint, dev, revoke):
    token.add_command(command)


@token.command()
@click.argument("file", default="-", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def inspect(context: Context, file: str, as_json: bool) -> None:
    """Verify a token from FILE, or standard input, and print what it says and which tools it opens.

    Nothing is printed of a token that is not accepted, but the reason.
    """
    raw = click.prompt("Token", hide_input=True) if file == "-" and sys.stdin.isatty() else read_text(file)
    identity = asyncio.run(_verify(context, raw))
    answer = _described(context, identity, raw)
    if as_json:
        click.echo(json.dumps(answer, indent=2))
        return
    for name, value in answer.items():
        shown = " ".join(value) if isinstance(value, list) else value
        click.echo(f"{name:<12} {json.dumps(shown) if isinstance(shown, Mapping) else shown}")


async def _verify(context: Context, raw: str) -> Identity:
    state = context.state()
    try:
        return await context.verifier(state).verify(raw)
    finally:
        await state.close()


def _described(context: Context, identity: Identity, raw: str) -> dict[str, Any]:
    from ledgai_mcp.calls.limits import closed
    from ledgai_mcp.tokens.claims import limits_claim
    from ledgai_mcp.tokens.verification import anonymous_id

    opened = [
        tool.name
        for tool in context.catalog().values()
        if set(tool.scopes) <= identity.scopes and closed(identity.limits, tool) is None
    ]
    return {
        "issuer": identity.issuer,
        "subject": identity.subject,
        "id": identity.token_id or anonymous_id(raw),  # what `token revoke --id` takes
        **({"family": identity.family_id} if identity.family_id else {}),
        "expires": datetime.fromtimestamp(identity.expires_at or 0, UTC).isoformat().replace("+00:00", "Z"),
        "credentials": _masked(context, identity),
        "limits": limits_claim(identity.limits),
        "scopes": sorted(identity.scopes),
        "tools": sorted(opened),
    }


def _masked(context: Context, identity: Identity) -> str:
    from ledgai_mcp.identity import SealedCredentials
    from ledgai_mcp.tokens.sealing import SealRefused

    try:
        credentials = context.key_chain().open_for(identity)
    except SealRefused as refusal:
        return f"sealed, not usable here: {refusal}"
    if credentials is None:
        return "none"
    how = (
        "sealed"
        if isinstance(identity.credentials, SealedCredentials)
        else "READABLE by whoever has the token"
    )
    organization = credentials.organization_id or "the account's default"
    return f"{how}; user {credentials.user_id}, API token ****, organization {organization}"
