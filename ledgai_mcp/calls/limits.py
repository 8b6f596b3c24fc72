"""What a token's limits say about one call: a pure function of limits, tool and arguments.

Knows: which tools each limit reaches, and which argument or count it reads. Must not know: tokens, the
network, the clock, where counts are kept (`state`).

A limit reaches every tool that can act on what it limits. A tool that is reached and has no argument to judge
by is closed to the limited token: `list_projects` shows every project, so a token for one project may not
call it. The argument comes from `Tool.narrowed`, which is compiled from the overlay. The tables below say the
rest, by endpoint, and are closed by default: an endpoint that nobody thought of is reached by every limit on
projects and organisations.

- projects: everything but what touches no project at all. - organizations: the same; a tool that names a
project and no organisation is judged by the token's list of projects, if it has one, because whoever wrote
that list knew whose projects they are. - brokerages, nodes: what can move real money. To stop or liquidate
names neither, and what runs there may run anywhere, so both are closed to a token with such a limit. -
backtests_per_day, live_deployments_per_day: the calls that start one. An optimization starts any number of
backtests, so it is closed to a token whose backtests are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen
from quantconnect_tools.tool import Tool

from ledgai_mcp.identity import Limits

KINDS = {"project": "projects", "organization": "organizations", "brokerage": "brokerages", "node": "nodes"}
"""Kind, as in `Tool.narrowed` -> name, as in `qc_limits` and `Limits`."""

_MONEY = frozenset({"brokerage", "node"})
"""Kinds that matter only where money can move."""

_NOWHERE = frozenset(
    {
        "/lean/versions/read",
        "/live/auth0/authorize",
        "/live/auth0/read",
        "/ai/tools/backtest-init",
        "/ai/tools/complete",
        "/ai/tools/error-enhance",
        "/ai/tools/pep8-convert",
        "/ai/tools/search",
        "/ai/tools/syntax-check",
    }
)
"""Endpoints that act on no project and in no organisation."""

UNREACHED: Mapping[str, frozenset[str]] = {
    "project": _NOWHERE | {"/account/read", "/organizations/list"},
    "organization": _NOWHERE,
}
"""Kind -> endpoints that a limit of that kind has nothing to say about."""

SECOND_PROJECT: Mapping[str, str] = {
    "/projects/library/create": "libraryId",
    "/projects/library/delete": "libraryId",
}
"""Endpoints that act on two projects -> the argument that names the other one: a library is a project too."""

COUNTED: Mapping[str, str] = {
    "/backtests/create": "backtests_per_day",
    "/live/create": "live_deployments_per_day",
}
"""Endpoint -> the count that one call takes one from."""

SIGN_IN: Mapping[str, Mapping[str, str]] = {
    "/live/auth0/authorize": {
        "alpaca": "AlpacaBrokerage",
        "charlesschwab": "CharlesSchwabBrokerage",
        "tastytrade": "TastytradeBrokerage",
        "tradestation": "TradeStationBrokerage",
    }
}
"""Endpoint that calls brokerages otherwise -> its name for one -> what a deployment and a limit call it."""

UNCOUNTABLE: Mapping[str, str] = {"/optimizations/create": "backtests_per_day"}
"""Endpoint -> the count that one call would take an unknown number from."""


@frozen
class LimitRefusal:
    """A call that a limit of the caller's token does not allow."""

    tool: str
    limit: str
    """The entry of `qc_limits` that decided."""
    why: str

    @property
    def text(self) -> str:
        """What a model or a person reads. `health_check` lists what is allowed."""
        return (
            f"Not permitted: {self.why} (limit `{self.limit}` of this caller's token, tool {self.tool}). "
            "Nothing was sent. The limit is part of the token: no argument and no repetition changes it."
        )


@frozen
class Count:
    """One unit that a call takes from a daily count (`State.consume`)."""

    name: str
    per_day: int


def judge(limits: Limits, tool: Tool, arguments: Mapping[str, Any]) -> LimitRefusal | None:
    """Return why the call is not allowed, or None. Counts are not taken here: see `counted`.

    `arguments`: checked, and with defaults filled in; an argument that a limit reads and that is absent
    refuses.
    """
    refusal = closed(limits, tool)
    if refusal is not None:
        return refusal
    for kind, name in KINDS.items():
        allowed = _allowed(limits, name, tool)
        if allowed is None:
            continue
        for path in _paths(tool, kind):
            if not _within(_values(arguments, path.split(".")), allowed):
                return LimitRefusal(
                    tool.name, name, f"`{path}` must be given, and be one of those that health_check lists"
                )
    return None


def closed(limits: Limits, tool: Tool) -> LimitRefusal | None:
    """Return why no arguments could make a call of this tool allowed, or None: such a tool is not listed
    either.
    """
    for kind, name in KINDS.items():
        allowed = _allowed(limits, name, tool)
        if allowed is None:
            continue
        if not allowed and _paths(tool, kind):
            return LimitRefusal(tool.name, name, "the token's list has nothing for this tool")
        if not _paths(tool, kind) and _reaches(kind, tool) and not _stands_in(kind, limits, tool):
            return LimitRefusal(
                tool.name, name, f"no argument holds the tool to one {kind}, so it could reach others"
            )
    for endpoint in tool.endpoints:
        uncountable = UNCOUNTABLE.get(endpoint)
        if uncountable is not None and getattr(limits, uncountable) is not None:
            return LimitRefusal(tool.name, uncountable, "one call uses an unknown part of the day's count")
    count = counted(limits, tool)
    return exhausted(tool, count) if count is not None and count.per_day == 0 else None


def counted(limits: Limits, tool: Tool) -> Count | None:
    """Return the count that a call of this tool takes one from, if the token limits it."""
    for endpoint in tool.endpoints:
        name = COUNTED.get(endpoint)
        per_day: int | None = None if name is None else getattr(limits, name)
        if name is not None and per_day is not None:
            return Count(name, per_day)
    return None


def exhausted(tool: Tool, count: Count) -> LimitRefusal:
    """Return the refusal of a call whose count is used up."""
    return LimitRefusal(tool.name, count.name, f"all {count.per_day} of today (UTC) are used")


def _paths(tool: Tool, kind: str) -> tuple[str, ...]:
    first = (tool.narrowed[kind],) if kind in tool.narrowed else ()
    second = (SECOND_PROJECT[e] for e in tool.endpoints if e in SECOND_PROJECT) if kind == "project" else ()
    return (*first, *second)


def _allowed(limits: Limits, name: str, tool: Tool) -> frozenset[Any] | None:
    """Return what the limit allows, as this tool spells it."""
    allowed: frozenset[Any] | None = getattr(limits, name)
    if allowed is None or name != "brokerages":
        return allowed
    for endpoint in tool.endpoints:
        if endpoint in SIGN_IN:
            return frozenset(own for own, limited in SIGN_IN[endpoint].items() if limited in allowed)
    return allowed


def _reaches(kind: str, tool: Tool) -> bool:
    if kind in _MONEY:
        return tool.effect == "live"
    # A tool without an endpoint is answered by this server and acts on nothing.
    return any(endpoint not in UNREACHED[kind] for endpoint in tool.endpoints)


def _stands_in(kind: str, limits: Limits, tool: Tool) -> bool:
    return kind == "organization" and limits.projects is not None and bool(_paths(tool, "project"))


def _values(arguments: Any, path: list[str]) -> list[Any]:
    found = arguments
    for part in path:
        if not isinstance(found, Mapping) or part not in found:
            return []
        found = found[part]
    return list(found) if isinstance(found, list | tuple) else [found]


def _within(values: list[Any], allowed: frozenset[Any]) -> bool:
    # A boolean equals 0 or 1 in Python and would pass for the project of that number.
    return bool(values) and all(
        isinstance(value, int | str) and not isinstance(value, bool) and value in allowed for value in values
    )
