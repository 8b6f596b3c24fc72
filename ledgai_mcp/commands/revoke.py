"""`ledgai-mcp token revoke`.

Knows: options, and what cannot have been meant. Must not know: what a revocation reaches (`tokens.revoking`).
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import click
from attrs import evolve

from ledgai_mcp.commands import Context


@click.command()
@click.option(
    "--id", "token_id", help="One token (jti), with the refresh family it comes from, or a family (sid)."
)
@click.option("--sub", "subject", help="Everything issued to one subject until now, or until --before.")
@click.option("--before", help="Everything issued until a moment: now, 2026-01-31, 2026-01-31T08:00:00Z.")
@click.pass_obj
def revoke(context: Context, token_id: str | None, subject: str | None, before: str | None) -> None:
    """Revoke tokens, effective on the next call, on every replica that shares the state."""
    if token_id is not None and (subject is not None or before is not None):
        raise click.UsageError("A token id is enough; drop --sub and --before.")
    if token_id is None and subject is None and before is None:
        raise click.UsageError("Say what to revoke: --id, --sub or --before.")
    for option, value in (("--id", token_id), ("--sub", subject)):
        if value is not None:
            _nameable(option, value)
    until = int(time.time()) if before in (None, "now") else _moment(str(before))
    if until > time.time() + context.policy().leeway:
        raise click.UsageError("--before is in the future: tokens minted from now on would not work either.")
    place = asyncio.run(_revoke(context, token_id, subject, until))
    when = datetime.fromtimestamp(until, UTC).isoformat().replace("+00:00", "Z")
    whose = "anybody" if subject is None else subject
    what = f"everything issued to {whose} until {when}" if token_id is None else f"token {token_id}"
    leeway = context.policy().leeway
    reach = f", and {leeway} seconds more, because clocks differ" if leeway and token_id is None else ""
    click.echo(f"Revoked: {what}{reach}.")
    # A server that keeps its state elsewhere, or accepts tokens of another issuer, knows nothing of it.
    click.echo(f"It holds for servers whose state is {place} (LEDGAI_STATE_URL)", err=True, nl=False)
    issuers = ", ".join(map(repr, context.issuers()))
    click.echo(
        f" and whose tokens are issued by {issuers} (LEDGAI_JWT_ISSUER, LEDGAI_ISSUERS_FILE).", err=True
    )
    if reach:
        click.echo("Whoever needs a valid token at once gets one by `ledgai-mcp token mint`.", err=True)


async def _revoke(context: Context, token_id: str | None, subject: str | None, until: int) -> str:
    """Return where it was written."""
    from ledgai_mcp.tokens.revoking import Revoking

    state = context.state()
    state.require_shared()
    try:
        # Of every issuer: a subject who is not meant can sign in again, a token that was missed stays good.
        for issuer in context.issuers():
            policy = evolve(context.policy(), issuer=issuer)
            revoking = Revoking(state, policy, context.refresh_policy().refresh)
            if token_id is not None:
                await revoking.one(token_id)
            elif subject is not None:
                await revoking.subject(subject, until)
            else:
                await revoking.everything(until)
        return state.store.place
    finally:
        await state.close()


def _nameable(option: str, value: str) -> None:
    """Refuse what no token can be found by: nothing would be revoked, and it would look as if it had been."""
    from ledgai_mcp.tokens.claims import TokenRefused, identifier

    if value.startswith("ldgr.") or (value.startswith("eyJ") and value.count(".") >= 2):
        raise click.UsageError(
            f"{option} was given a token; it needs the id or the subject that `token inspect` shows. "
            "Arguments are seen by others and stay in the shell's history: revoke that token."
        )
    try:
        identifier({option: value}, option)
    except TokenRefused:
        raise click.UsageError(f"{option} must be a text of 1 to 256 visible characters.") from None


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError("--before is `now` or a date such as 2026-01-31T08:00:00Z.") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
