"""`ledgai-mcp token mint|dev|inspect|revoke`.

Knows: options and how an answer is shown. Must not know: how tokens are signed, verified and revoked.

No secret is ever an argument: arguments are seen by every user of the machine and stay in the shell's
history.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from ledgai_mcp.commands import Desk, Refusing, read_text

if TYPE_CHECKING:
    from ledgai_mcp.identity import Credentials, Identity
    from ledgai_mcp.tokens.minting import Minted, Order
    from ledgai_mcp.tokens.refresh import TokenPair

_DAY = 24 * 3600


@click.group(cls=Refusing)
def token() -> None:
    """Make, look into and take back the tokens that clients send."""


@token.command()
@click.option("--sub", "subject", required=True, help="Who the token is for; appears in the audit record.")
@click.option("--group", "-g", "groups", multiple=True, help="A group of scopes, such as trader; repeatable.")
@click.option("--scope", "-s", "scopes", multiple=True, help="A single scope; repeatable.")
@click.option("--ttl", default="8h", show_default=True, help="Life time: 30m, 8h, 1d.")
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
    ttl: str,
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
        seconds=parse_ttl(ttl),
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
    answer = _described(desk, identity)
    if as_json:
        click.echo(json.dumps(answer, indent=2))
        return
    for name, value in answer.items():
        shown = " ".join(value) if isinstance(value, list) else value
        click.echo(f"{name:<12} {json.dumps(shown) if isinstance(shown, Mapping) else shown}")


@token.command()
@click.option("--id", "token_id", help="One token, by its id (jti), or a refresh family, by its id (sid).")
@click.option("--sub", "subject", help="Everything issued to one subject until now, or until --before.")
@click.option("--before", help="Everything issued until a moment: now, 2026-01-31, 2026-01-31T08:00:00Z.")
@click.pass_obj
def revoke(desk: Desk, token_id: str | None, subject: str | None, before: str | None) -> None:
    """Take tokens back, effective on the next call, on every replica that shares the state."""
    if token_id is not None and (subject is not None or before is not None):
        raise click.UsageError("A token id says it all; drop --sub and --before.")
    if token_id is None and subject is None and before is None:
        raise click.UsageError("Say what to revoke: --id, --sub or --before.")
    for option, value in (("--id", token_id), ("--sub", subject)):
        if value is not None:
            _nameable(option, value)
    until = int(time.time()) if before in (None, "now") else _moment(str(before))
    if until > time.time() + desk.policy().leeway:
        raise click.UsageError("--before is in the future: tokens minted from now on would not work either.")
    asyncio.run(_revoke(desk, token_id, subject, until))
    when = datetime.fromtimestamp(until, UTC).isoformat().replace("+00:00", "Z")
    whose = "anybody" if subject is None else subject
    what = f"everything issued to {whose} until {when}" if token_id is None else f"token {token_id}"
    click.echo(f"Revoked: {what}.")


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

    return Mint(desk.policy(), desk.key_chain()).mint(order)


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


async def _revoke(desk: Desk, token_id: str | None, subject: str | None, until: int) -> None:
    policy, state = desk.policy(), desk.state()
    lasts = policy.longest_life + policy.leeway
    try:
        if token_id is not None:
            # A family's id may be meant, whose refresh tokens live longest.
            await state.revoke_token(
                policy.issuer, token_id, until + max(lasts, desk.refresh_policy().refresh)
            )
        elif subject is not None:
            await state.revoke_subject(
                policy.issuer, subject, until, max(lasts, desk.refresh_policy().refresh)
            )
        else:
            await state.revoke_all(policy.issuer, until, max(lasts, desk.refresh_policy().refresh))
    finally:
        await state.close()


def _described(desk: Desk, identity: Identity) -> dict[str, Any]:
    from ledgai_mcp.calls.limits import closed
    from ledgai_mcp.tokens.claims import limits_claim

    opened = [
        tool.name
        for tool in desk.catalog().values()
        if set(tool.scopes) <= identity.scopes and closed(identity.limits, tool) is None
    ]
    return {
        "issuer": identity.issuer,
        "subject": identity.subject,
        "id": identity.token_id,
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


def _nameable(option: str, value: str) -> None:
    """Refuse what no token can be found by: nothing would be revoked, and it would look as if it had been."""
    from ledgai_mcp.tokens.claims import TokenRefused, identifier

    if value.startswith("ldgr.") or (value.startswith("eyJ") and value.count(".") >= 2):
        raise click.UsageError(
            f"{option} was given a token; it takes the id or the name that `token inspect` shows. Arguments are "
            "seen by others and stay in the shell's history: revoke that token."
        )
    try:
        identifier({option: value}, option)
    except TokenRefused:
        raise click.UsageError(f"{option} must be a text of 1 to 256 printable characters.") from None


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError("--before is `now` or a date such as 2026-01-31T08:00:00Z.") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _is_terminal() -> bool:
    return sys.stdin.isatty()
