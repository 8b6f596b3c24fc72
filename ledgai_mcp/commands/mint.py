"""`ledgai-mcp token mint|dev`: a token on standard output, and what there is to know about it beside.

Knows: options, and where credentials come from. Must not know: how tokens are signed.

No secret is ever an argument: arguments are seen by every user of the machine and stay in the shell's
history.
"""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from ledgai_mcp.commands import Context, read_text

if TYPE_CHECKING:
    from ledgai_mcp.identity import Credentials
    from ledgai_mcp.tokens.minting import Minted, Order

_DAY = 24 * 3600


@click.command()
@click.option("--sub", "subject", required=True, help="Who the token is for; appears in the audit record.")
@click.option("--group", "-g", "groups", multiple=True, help="A group of scopes, such as trader; repeatable.")
@click.option("--scope", "-s", "scopes", multiple=True, help="A single scope; repeatable.")
@click.option("--ttl", help="Life time: 30m, 8h, 1d.  [default: 8h]")
@click.option("--limits", "limits_text", help='JSON, such as {"projects": [123], "backtests_per_day": 20}.')
@click.option("--credentials-file", type=click.Path(), help="JSON with user_id, api_token, organization_id.")
@click.option("--ask-credentials", is_flag=True, help="Prompt for the QuantConnect credentials.")
@click.option("--no-credentials", is_flag=True, help="Make a token without QuantConnect credentials.")
@click.option(
    "--plain-credentials", is_flag=True, help="Do not seal them: whoever has the token can read them."
)
@click.option("--refresh", is_flag=True, help="Make a pair for POST /token instead; prints JSON.")
@click.pass_obj
def mint(
    context: Context,
    subject: str,
    groups: tuple[str, ...],
    scopes: tuple[str, ...],
    ttl: str | None,
    limits_text: str | None,
    credentials_file: str | None,
    ask_credentials: bool,
    no_credentials: bool,
    plain_credentials: bool,
    refresh: bool,
) -> None:
    """Make a token and print it.

    The QuantConnect credentials in it come from the environment unless an option says otherwise, and are
    sealed so that only the server can read them.
    """
    from ledgai_mcp.identity import Limits
    from ledgai_mcp.tokens.minting import Order, parse_ttl

    if sum((credentials_file is not None, ask_credentials, no_credentials)) > 1:
        raise click.UsageError("Use one of --credentials-file, --ask-credentials and --no-credentials.")
    if refresh:
        _require_unsaid(ttl, plain_credentials)
    order = Order(
        subject=subject,
        scopes=_scopes(context, (*groups, *scopes)),
        seconds=parse_ttl(ttl or "8h"),
        limits=Limits() if limits_text is None else _limits(limits_text),
        credentials=None if no_credentials else _credentials(context, credentials_file, ask_credentials),
        sealed=not plain_credentials,
    )
    if refresh:
        click.echo(asyncio.run(_pair(context, order)))
    else:
        _show(context, asyncio.run(_single(context, order)), order)


@click.command()
@click.pass_obj
def dev(context: Context) -> None:
    """Make a token for trying things out: every scope, one day, the environment's credentials if there are
    any.
    """
    from ledgai_mcp.tokens.minting import Order

    seconds = min(_DAY, context.policy().longest_life)
    order = Order("developer", context.scopes, seconds, credentials=context.credentials())
    _show(context, asyncio.run(_single(context, order)), order)


def _require_unsaid(ttl: str | None, plain_credentials: bool) -> None:
    """Refuse what a pair would not keep to."""
    if ttl is not None:
        raise click.UsageError(
            "A pair lives as LEDGAI_ACCESS_SECONDS and LEDGAI_REFRESH_SECONDS say; drop --ttl."
        )
    if plain_credentials:
        raise click.UsageError(
            "Credentials of a refreshed token are always sealed; drop --plain-credentials."
        )


def _scopes(context: Context, names: tuple[str, ...]) -> frozenset[str]:
    from ledgai_mcp.tokens.minting import expand

    if not names:
        raise click.UsageError(
            f"Say what it may do: --group ({', '.join(sorted(context.groups))}) or --scope."
        )
    return expand(names, context.scopes, context.groups)


def _credentials(context: Context, path: str | None, is_asked: bool) -> Credentials:
    from ledgai_mcp.tokens.claims import parse_credentials
    from ledgai_mcp.tokens.minting import MintRefused

    if path is not None:
        try:
            content = json.loads(read_text(path))
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise click.ClickException(f"{path} is not a JSON object with user_id and api_token.")
        return parse_credentials(content)
    if is_asked:
        user = click.prompt("QuantConnect user id", err=True)
        secret = click.prompt("QuantConnect API token", hide_input=True, err=True)
        organization = click.prompt("Organization id (empty: none)", default="", show_default=False, err=True)
        return parse_credentials(
            {"user_id": user, "api_token": secret, "organization_id": organization or None}
        )
    found = context.credentials()
    if found is None:
        raise MintRefused(
            "There are no QuantConnect credentials in the environment: set QUANTCONNECT_USER_ID and "
            "QUANTCONNECT_API_TOKEN, or use --credentials-file, --ask-credentials or --no-credentials."
        )
    return found


def _limits(text: str) -> Any:
    from ledgai_mcp.tokens.claims import TokenRefused, decode, parse_limits

    try:
        return parse_limits(decode(text.encode()))
    except TokenRefused as refusal:
        detail = str(refusal) if refusal.reason == "limits" else "it is not a JSON object with unique names."
        raise click.ClickException(f"--limits: {detail}") from None


async def _single(context: Context, order: Order) -> Minted:
    """Make one token, issued after any revocation of its subject."""
    from ledgai_mcp.state import StateUnavailable
    from ledgai_mcp.tokens.minting import Mint

    made, state, after = Mint(context.policy(), context.key_chain()), context.state(), 0
    try:
        after = await state.revoked_until(context.policy().issuer, order.subject)
    except StateUnavailable as problem:
        click.echo(
            f"Warning: {problem} If {order.subject} was revoked a moment ago, this token is revoked too: set "
            "LEDGAI_STATE_URL to what the server uses, or try the token.",
            err=True,
        )
    finally:
        await state.close()
    return made.mint(order, after)


async def _pair(context: Context, order: Order) -> str:
    """Make the first pair of a refresh family; JSON."""
    from ledgai_mcp.tokens.minting import Mint
    from ledgai_mcp.tokens.refresh import Refreshing

    state = context.state()
    state.require_shared()
    try:
        made = Mint(context.policy(), context.key_chain())
        pair = await Refreshing(made, state, context.refresh_policy()).start(order)
        after = await state.revoked_until(context.policy().issuer, order.subject)
    finally:
        await state.close()
    _tell_begin(context, order.subject, after + 1)
    return json.dumps(pair.as_json())


def _show(context: Context, minted: Minted, order: Order) -> None:
    """Print the token alone on standard output, so that it can be piped, and the rest on standard error."""
    with_what = "no credentials" if order.credentials is None else "sealed credentials"
    if order.credentials is not None and not order.sealed:
        with_what = "READABLE credentials"
    what = f"{len(order.scopes)} scopes, {with_what}, until {_written(minted.expires_at)}"
    click.echo(f"Token {minted.token_id} for {order.subject}: {what}.", err=True)
    _tell_begin(context, order.subject, minted.issued_at)
    click.echo(minted.token)


def _tell_begin(context: Context, subject: str, issued_at: int) -> None:
    """Say from when a token works that was issued behind a revocation, if that is not yet."""
    begins = issued_at - context.policy().leeway
    if begins > time.time():
        click.echo(
            f"It works from {_written(begins)} on: {subject} was revoked, and it is issued behind that.",
            err=True,
        )


def _written(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")
