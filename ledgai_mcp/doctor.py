"""What is set up, whether the API answers, whether credentials and clock are right: words and an exit code.

Knows: how a person reads a diagnosis. Must not know: MCP.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

import anyio
import click

from ledgai_mcp import assembly, probe, release
from ledgai_mcp.calls import guard
from ledgai_mcp.credentials import Signer, Unseal, signer
from ledgai_mcp.errors import ConfigurationError, MissingCredentials
from ledgai_mcp.identity import Identity
from ledgai_mcp.probe import Finding
from ledgai_mcp.settings import Settings, read

WELL, ILL, UNUSABLE = 0, 1, 2
"""Exit codes: all is well; something does not work; the settings cannot be used."""


def diagnose(environment: Mapping[str, str]) -> int:
    """Print a diagnosis to stdout and return the exit code."""
    try:
        settings = read(environment)
        caller = assembly.local_caller(settings)
        lines = [*_setup(settings, caller)]
    except ConfigurationError as error:
        for problem in error.problems:
            click.echo(f"wrong   {problem}")
        return UNUSABLE
    finding, known = anyio.run(_ask, settings, caller)
    lines += _findings(settings, finding, known)
    for good, text in lines:
        click.echo(f"{'ok     ' if good else 'wrong  '} {text}")
    return WELL if all(good for good, _ in lines) else ILL


def _setup(settings: Settings, caller: Identity) -> Iterator[tuple[bool, str]]:
    service = assembly.service(settings, lambda _: None)
    tools = guard.visible(service.catalog, caller, settings.read_only)
    bound = ", read only" if settings.read_only else ""
    yield True, f"{release.NAME} {release.version()}, Python {sys.version.split()[0]}"
    yield True, f"transport {settings.transport}, API {settings.api_url}"
    yield (
        bool(tools),
        f"{len(tools)} of {len(service.catalog)} tools for the scopes {_scopes(settings)}{bound}",
    )


def _scopes(settings: Settings) -> str:
    return "of LEDGAI_TOKEN" if settings.token else " ".join(settings.scopes)


def _findings(settings: Settings, finding: Finding, known: bool) -> Iterator[tuple[bool, str]]:
    if not known:
        yield False, "no credentials: set QUANTCONNECT_USER_ID and QUANTCONNECT_API_TOKEN"
    if finding.reachable:
        yield True, f"the API answered in {finding.milliseconds} ms"
    if finding.skew_seconds is not None:
        yield not finding.is_clock_wrong, f"the clock differs from the API's by {finding.skew_seconds} s"
    if known or not finding.reachable:
        yield bool(finding.accepted), finding.note


def _unseal(settings: Settings) -> Unseal | None:
    if settings.token is None:
        return None
    from ledgai_mcp.tokens import authority

    return authority.key_chain(settings).unseal


async def _ask(settings: Settings, caller: Identity) -> tuple[Finding, bool]:
    upstream = assembly.upstream(settings)
    known: Signer | None
    try:
        known = await signer(caller, _unseal(settings))
    except MissingCredentials:
        known = None
    try:
        return await probe.ask(upstream, known), known is not None
    finally:
        await upstream.close()
