"""Two people on one HTTP server: each with their own rights, limits and credentials.

Knows: what an operator does, and what each person then sees. Must not know: how tokens are verified.
"""

from __future__ import annotations

import json
import secrets
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import httpx2
from attrs import frozen
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from ledgai_mcp.commands.demo import processes
from ledgai_mcp.commands.demo.account import build_a_project
from ledgai_mcp.commands.demo.narrator import DemoError, Narrator, tell

UNAUTHORIZED = 401


@frozen
class Office:
    """What the operator keeps: a signing key and the state that replicas share."""

    folder: Path
    settings: dict[str, str]

    async def hire(self, users: Path, name: str) -> Path:
        """Give somebody an account of the sandbox; return the file with its credentials."""
        lines = await processes.add_user(users, name)
        parts = dict(line.split(maxsplit=1) for line in lines.splitlines())
        path = self.folder / f"{name}.json"
        credentials = {"user_id": parts["user"], "api_token": parts["token"]}
        path.write_text(
            json.dumps({**credentials, "organization_id": parts["organization"]}), encoding="utf-8"
        )
        path.chmod(0o600)
        return path

    async def mint(self, name: str, credentials: Path, *rights: str) -> str:
        """Make somebody's token; the credentials in it are sealed."""
        click.secho(f"\n$ ledgai-mcp token mint --sub {name} {shlex.join(rights)}", bold=True)
        options = ("--sub", name, "--ttl", "1h", "--credentials-file", str(credentials))
        token = await processes.operate("token", "mint", *options, *rights, **self.settings)
        tell(f"{token[:16]}... ({len(token)} characters, QuantConnect credentials sealed inside)")
        return token


@asynccontextmanager
async def _client(url: str, token: str) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client


async def over_http() -> None:
    """Show two tenants: different lists, a refusal, a limit, and a revocation that takes effect at once."""
    with TemporaryDirectory(prefix="ledgai-demo-") as name:
        folder = Path(name)
        state = {
            "JWT_SECRET_KEY": secrets.token_urlsafe(48),
            "LEDGAI_STATE_URL": f"sqlite:{folder / 'state.db'}",
        }
        office, users = Office(folder, state), folder / "users.json"
        ada, ben = await office.hire(users, "Ada"), await office.hire(users, "Ben")
        async with (
            processes.sandbox(users) as api_url,
            processes.server(LEDGAI_API_URL=api_url, **state) as url,
        ):
            tell(f"server {url}, API {api_url}")
            limit = ("--group", "trader", "--limits", '{"backtests_per_day": 1}')
            await _ada(url, await office.mint("Ada", ada, *limit))
            token = await office.mint("Ben", ben, "--group", "readonly")
            await _ben(url, token)
            await _revoked(url, token, office)


async def _ada(url: str, token: str) -> None:
    async with _client(url, token) as client:
        tell(f"Ada may use {len((await client.list_tools()).tools)} tools")
        narrator = Narrator(client)
        which = await build_a_project(narrator, "Of Ada")
        await narrator.call("create_backtest", **which, backtestName="One of one")
        tell("started: the one that her limit allows today")
        tell(*(await narrator.refused("create_backtest", **which, backtestName="One too many")).splitlines())


async def _ben(url: str, token: str) -> None:
    async with _client(url, token) as client:
        tell(f"Ben may use {len((await client.list_tools()).tools)} tools")
        narrator = Narrator(client)
        projects = (await narrator.call("list_projects"))["projects"]
        tell(f"{len(projects)} projects: Ada's are hers, signed for with her own credentials")
        tell(*(await narrator.refused("create_project", name="Not mine to make", language="Py")).splitlines())


async def _revoked(url: str, token: str, office: Office) -> None:
    click.secho("\n$ ledgai-mcp token revoke --sub Ben", bold=True)
    tell(*(await processes.operate("token", "revoke", "--sub", "Ben", **office.settings)).splitlines())
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
        answer = await http.post(url, json=listing, headers=headers)
    if answer.status_code != UNAUTHORIZED:
        raise DemoError(f"a revoked token was answered with {answer.status_code}")
    tell(f"Ben's next request: HTTP {answer.status_code}", answer.headers["WWW-Authenticate"])
