"""What is set up, whether the API answers, whether credentials and clock are right: words and an exit code.

Knows: how a person reads a diagnosis. Must not know: MCP.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TypeAlias

import anyio
import click

from ledgai_mcp import assembly, release
from ledgai_mcp.api import probe
from ledgai_mcp.api.probe import Finding
from ledgai_mcp.api.signing import Signer, Unseal, signer
from ledgai_mcp.audit.records import Nowhere
from ledgai_mcp.errors import ConfigurationError, MissingCredentials
from ledgai_mcp.identity import Identity
from ledgai_mcp.settings import Settings, read

WELL, ILL, UNUSABLE = 0, 1, 2
"""Exit codes: all is well; something does not work; the settings cannot be used."""

Line: TypeAlias = tuple[bool, str]
"""Whether it is well, and what it is."""


def diagnose(environment: Mapping[str, str]) -> int:
    """Print a diagnosis to stdout and return the exit code."""
    try:
        settings = read(environment)
        is_server = settings.transport == "http" and settings.enable_auth
        lines = _of_a_server(settings) if is_server else _of_a_caller(settings)
    except ConfigurationError as error:
        for problem in error.problems:
            click.echo(f"wrong   {problem}")
        return UNUSABLE
    for good, text in lines:
        click.echo(f"{'ok     ' if good else 'wrong  '} {text}")
    return WELL if all(good for good, _ in lines) else ILL


def _of_a_caller(settings: Settings) -> list[Line]:
    """Diagnose for the one person who calls, over stdio or without authentication."""
    if settings.transport == "http":
        from ledgai_mcp.http.serving import require_servable

        require_servable(settings)
    caller = assembly.local_caller(settings)
    lines = [*_setup(settings), _tools(settings, caller)]
    finding, known = anyio.run(_ask, settings, caller)
    if not known:
        lines.append((False, "no credentials: set QUANTCONNECT_USER_ID and QUANTCONNECT_API_TOKEN"))
    lines += _reached(finding)
    if known and finding.reachable:
        lines.append((bool(finding.accepted), finding.note))
    return lines


def _of_a_server(settings: Settings) -> list[Line]:
    """Diagnose for those who bring tokens: the environment's credentials are nobody's there."""
    from ledgai_mcp.http import diagnosis

    async def found() -> list[Line]:
        return [line async for line in diagnosis.findings(settings)]

    offered = len(assembly.service(settings, Nowhere()).catalog)
    lines = [*_setup(settings), (True, f"{offered} tools offered, each to tokens that have its scopes")]
    return [*lines, *anyio.run(found), *_reached(anyio.run(_ask, settings)[0])]


def _setup(settings: Settings) -> Iterator[Line]:
    yield True, f"{release.NAME} {release.version()}, Python {sys.version.split()[0]}"
    yield True, f"transport {settings.transport}, API {settings.api_url}"
    if settings.audit_file is not None:
        from ledgai_mcp.audit.chain import require_place

        try:
            require_place(settings.audit_file)
        except OSError as problem:
            yield False, f"LEDGAI_AUDIT_FILE: {settings.audit_file} cannot be written: {problem.strerror}"
        else:
            yield True, f"the audit file {settings.audit_file} can be written"


def _tools(settings: Settings, caller: Identity) -> Line:
    service = assembly.service(settings, Nowhere())
    tools = service.listed(caller)
    scopes = "of LEDGAI_TOKEN" if settings.token else " ".join(settings.scopes)
    bound = ", read only" if settings.read_only else ""
    return bool(tools), f"{len(tools)} of {len(service.catalog)} tools for the scopes {scopes}{bound}"


def _reached(finding: Finding) -> Iterator[Line]:
    if finding.reachable:
        yield True, f"the API answered in {finding.milliseconds} ms"
    else:
        yield False, finding.note
    if finding.skew_seconds is not None:
        yield not finding.is_clock_wrong, f"the clock differs from the API's by {finding.skew_seconds} s"


def _unseal(settings: Settings) -> Unseal | None:
    if settings.token is None:
        return None
    from ledgai_mcp.tokens import authority

    return authority.key_chain(settings).unseal


async def _ask(settings: Settings, caller: Identity | None = None) -> tuple[Finding, bool]:
    """Ask the API, signed if somebody with credentials calls; return whether it was."""
    known: Signer | None = None
    with suppress(MissingCredentials):
        known = await signer(caller, _unseal(settings)) if caller else None
    upstream = assembly.upstream(settings)
    try:
        return await probe.ask(upstream, known), known is not None
    finally:
        await upstream.close()
