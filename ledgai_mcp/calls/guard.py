"""May this identity call this tool, and with these arguments? Pure functions.

Knows: scopes, effects, and limits that close a tool whatever its arguments. Must not know: network, clock,
MCP, what arguments mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from attrs import frozen
from quantconnect_tools.tool import Tool

from ledgai_mcp.calls import limits
from ledgai_mcp.calls.limits import LimitRefusal
from ledgai_mcp.identity import Identity

Reason: TypeAlias = Literal["scope", "read_only", "limit"]


@frozen
class Allowed:
    """The call may go on."""


@frozen
class Refusal:
    """The call must not go on, and why."""

    tool: str
    reason: Reason
    needed: tuple[str, ...] = ()
    """Every scope that the call needs."""
    missing: tuple[str, ...] = ()
    """Those of them that the caller lacks."""
    limit: LimitRefusal | None = None
    """What closes the tool to this caller's token."""
    arguments: tuple[str, ...] = ()
    """Those that need a missing scope, if the tool by itself does not."""

    @property
    def text(self) -> str:
        """What a model or a person reads: what was refused, why, and who can change it."""
        if self.limit is not None:
            return self.limit.text
        if self.reason == "read_only":
            return (
                f"Not permitted: {self.tool} changes things; this server only reads (LEDGAI_READ_ONLY). "
                "Nothing was sent. Only whoever runs the server can change that; do not try again."
            )
        scopes = " and ".join(self.missing)
        plural = "scopes" if len(self.missing) > 1 else "scope"
        called = f"{self.tool} with {' and '.join(self.arguments)}" if self.arguments else self.tool
        return (
            f"Not permitted: {called} needs the {plural} {scopes}, which this caller does not have. "
            "Nothing was sent. Only whoever granted the scopes can add to them; do not try again without."
        )


Verdict: TypeAlias = Allowed | Refusal


def decide(tool: Tool, identity: Identity, read_only: bool) -> Verdict:
    """Decide one call; an upper bound such as `read_only` holds for everybody, whatever they may do.

    A tool that needs no scope (`health_check`) is open to every identity; there is no call without one.
    """
    if read_only and tool.effect != "read":
        return Refusal(tool.name, "read_only", tool.scopes)
    missing = tuple(scope for scope in tool.scopes if scope not in identity.scopes)
    if missing:
        return Refusal(tool.name, "scope", tool.scopes, missing)
    closed = limits.closed(identity.limits, tool)
    return Allowed() if closed is None else Refusal(tool.name, "limit", tool.scopes, limit=closed)


def decide_arguments(tool: Tool, identity: Identity, arguments: Mapping[str, Any]) -> Verdict:
    """Decide the arguments of a call that `decide` allows: some give other people what takes more scopes.

    `arguments`: checked. What is neither false nor null counts as given.
    """
    lacking = [
        name for name in limits.raising(tool, arguments) if not identity.scopes >= {*tool.raised[name]}
    ]
    if not lacking:
        return Allowed()
    raised = {scope for name in limits.raising(tool, arguments) for scope in tool.raised[name]}
    missing = tuple(sorted(raised - identity.scopes))
    return Refusal(
        tool.name, "scope", tuple(sorted(raised.union(tool.scopes))), missing, arguments=tuple(lacking)
    )


def visible(catalog: Mapping[str, Tool], identity: Identity, read_only: bool) -> tuple[Tool, ...]:
    """Return the tools that `decide` allows, sorted by name: listed if and only if callable."""
    allowed = (tool for tool in catalog.values() if isinstance(decide(tool, identity, read_only), Allowed))
    return tuple(sorted(allowed, key=lambda tool: tool.name))
