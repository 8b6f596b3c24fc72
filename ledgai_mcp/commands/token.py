"""`ledgai-mcp token mint|dev|inspect`, and where `token revoke` is found.

Knows: options and how an answer is shown. Must not know: how tokens are signed and verified.

No secret is ever an argument: arguments are seen by every user of the machine and stay in the shell's
history.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from ledgai_mcp.commands import Desk, Refusing, read_text
from ledgai_mcp.commands.revoke import revoke

if TYPE_CHECKING:
    from ledgai_mcp.identity import Credentials, Identity
    from ledgai_mcp.tokens.minting import Minted, Order
    from ledgai_mcp.tokens.refresh import TokenPair

_DAY = 24 * 3600


@click.group(cls=Refusing)
def token() -> None:
    """Make, look into and take back the tokens that clients send."""


token.add_command(revoke)


@token.command()
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
    desk: Desk,
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
    from ledgai_mcp.tokens.minting import MintRefused, Order, expand, parse_ttl

    if sum((credentials_file is not None, ask_credentials, no_credentials)) > 1:
        raise click.UsageError("Use one of --credentials-file, --ask-credentials and --no-credentials.")
    if refresh and ttl is not None:
        raise click.UsageError(
            "A pair lives as LEDGAI_ACCESS_SECONDS and LEDGAI_REFRESH_SECONDS say; drop --ttl."
        )
    if refresh and plain_credentials:
        raise click.UsageError(
            "Credentials of a refreshed token are always sealed; drop --plain-credentials."
        )
    names = (*groups, *scopes)
    if not names:
        raise click.UsageError(f"Say what it may do: --group ({', '.join(sorted(desk.groups))}) or --scope.")
    if no_credentials:
        credentials = None
    else:
        credentials = _credentials(desk, credentials_file, ask_credentials)
        if credentials is None:
            raise MintRefused(
                "There are no QuantConnect credentials in the environment: set QUANTCONNECT_USER_ID and "
                "QUANTCONNECT_API_TOKEN, or use --credentials-file, --ask-credentials or --no-credentials."
            )
    order = Order(
        subject=subject,
        scopes=expand(names, desk.scopes, desk.groups),
        seconds=parse_ttl(ttl or "8h"),
        limits=Limits() if limits_text is None else _limits(limits_text),
        credentials=credentials,
        sealed=not plain_credentials,
    )
    if refresh:
        click.echo(json.dumps(asyncio.run(_start(desk, order)).as_json()))
        return
    _show(_mint(desk, order), order)


@token.command()
@click.pass_obj
def dev(desk: Desk) -> None:
    """Make a token for trying things out: every scope, one day, the environment's credentials if there are
    any.
    """
    make_dev_token(desk)


def make_dev_token(desk: Desk) -> None:
    """Print a development token: also what the flag --create-dev-token does."""
    from ledgai_mcp.tokens.minting import Order

    seconds = min(_DAY, desk.policy().longest_life)
    order = Order("developer", desk.scopes, seconds, credentials=desk.credentials())
    _show(_mint(desk, order), order)


@token.command()
@click.argument("file", default="-", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def inspect(desk: Desk, file: str, as_json: bool) -> None:
    """Verify a token from FILE, or standard input, and print what it says and which tools it opens.

    Nothing is printed of a token that is not accepted, but the reason.
    """
    raw = click.prompt("Token", hide_input=True) if file == "-" and _is_terminal() else read_text(file)
    identity = asyncio.run(_verify(desk, raw))
    answer = _described(desk, identity, raw)
    if as_json:
        click.echo(json.dumps(answer, indent=2))
        return
    for name, value in answer.items():
        shown = " ".join(value) if isinstance(value, list) else value
        click.echo(f"{name:<12} {json.dumps(shown) if isinstance(shown, Mapping) else shown}")


def _credentials(desk: Desk, path: str | None, is_asked: bool) -> Credentials | None:
    from ledgai_mcp.tokens.claims import parse_credentials

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
    return desk.credentials()


def _limits(text: str) -> Any:
    from ledgai_mcp.tokens.claims import TokenRefused, decode, parse_limits

    try:
        return parse_limits(decode(text.encode()))
    except TokenRefused as refusal:
        detail = str(refusal) if refusal.reason == "limits" else "it is not a JSON object with unique names."
        raise click.ClickException(f"--limits: {detail}") from None


def _mint(desk: Desk, order: Order) -> Minted:
    from ledgai_mcp.tokens.minting import Mint

    policy, keys = desk.policy(), desk.key_chain()
    return Mint(policy, keys).mint(order, asyncio.run(_revoked_until(desk, order.subject)))


async def _revoked_until(desk: Desk, subject: str) -> int:
    """Ask the state; where it cannot be reached, a token made right after a revocation is revoked with it."""
    from ledgai_mcp.state import StateUnavailable

    state = desk.state()
    try:
        return await state.revoked_until(desk.policy().issuer, subject)
    except StateUnavailable:
        return 0
    finally:
        await state.close()


def _show(minted: Minted, order: Order) -> None:
    """Print the token alone on standard output, so that it can be piped, and the rest on standard error."""
    until = datetime.fromtimestamp(minted.expires_at, UTC).isoformat().replace("+00:00", "Z")
    with_what = "no credentials" if order.credentials is None else "sealed credentials"
    if order.credentials is not None and not order.sealed:
        with_what = "READABLE credentials"
    what = f"{len(order.scopes)} scopes, {with_what}, until {until}"
    click.echo(f"Token {minted.token_id} for {order.subject}: {what}.", err=True)
    click.echo(minted.token)


async def _start(desk: Desk, order: Order) -> TokenPair:
    from ledgai_mcp.tokens.minting import Mint
    from ledgai_mcp.tokens.refresh import Refreshing

    keys, state = desk.key_chain(), desk.state()
    state.require_shared()
    try:
        return await Refreshing(Mint(desk.policy(), keys), keys, state, desk.refresh_policy()).start(order)
    finally:
        await state.close()


async def _verify(desk: Desk, raw: str) -> Identity:
    from ledgai_mcp.tokens.verification import Verifier

    state = desk.state()
    try:
        return await Verifier(desk.policy(), desk.key_source(), state, desk.scopes).verify(raw)
    finally:
        await state.close()


def _described(desk: Desk, identity: Identity, raw: str) -> dict[str, Any]:
    from ledgai_mcp.calls.limits import closed
    from ledgai_mcp.tokens.claims import limits_claim
    from ledgai_mcp.tokens.verification import anonymous_id

    opened = [
        tool.name
        for tool in desk.catalog().values()
        if set(tool.scopes) <= identity.scopes and closed(identity.limits, tool) is None
    ]
    return {
        "issuer": identity.issuer,
        "subject": identity.subject,
        "id": identity.token_id or anonymous_id(raw),  # what `token revoke --id` takes
        **({"family": identity.family_id} if identity.family_id else {}),
        "expires": datetime.fromtimestamp(identity.expires_at or 0, UTC).isoformat().replace("+00:00", "Z"),
        "credentials": _masked(desk, identity),
        "limits": limits_claim(identity.limits),
        "scopes": sorted(identity.scopes),
        "tools": sorted(opened),
    }


def _masked(desk: Desk, identity: Identity) -> str:
    from ledgai_mcp.identity import SealedCredentials
    from ledgai_mcp.tokens.sealing import SealRefused

    try:
        credentials = desk.key_chain().open_for(identity)
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


def _is_terminal() -> bool:
    return sys.stdin.isatty()
