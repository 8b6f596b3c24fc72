"""What a token's limits say about one call: a pure function of limits, tool and arguments.

Knows: which tools each limit reaches, and which argument or count it reads. Must not know: tokens, the
network, the clock, where counts are kept (`state`).

A limit reaches every tool that can act on what it limits. A tool that is reached and has no argument to
decide by is closed to the limited token: `list_projects` shows every project, so a token for one project may
not call it. Which arguments and counts are read is compiled from the overlay (`narrowed`, `called`,
`counted`), and so is what is out of reach (`unreached`): a tool that nobody thought of is reached by every
limit on projects and organisations.

- projects: everything but what touches no project at all.
- organizations: the same; a tool that names a project and no organisation is decided by the token's list of
  projects, if it has one, because whoever wrote that list knew whose projects they are.
- brokerages, nodes: what can move real money. To stop or liquidate names neither, and what runs there may run
  anywhere, so both are closed to a token with such a limit. What signs in besides (`besides`: providers of
  data) is held to the list too.
- backtests_per_day, live_deployments_per_day: the calls that start one. An optimization starts any number of
  backtests, so it is closed to a token whose backtests are counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import fields, frozen
from quantconnect_tools.tool import Tool

from ledgai_mcp.identity import Limits

KINDS = {"project": "projects", "organization": "organizations", "brokerage": "brokerages", "node": "nodes"}
"""Kind, as in `Tool.narrowed` -> name, as in `qc_limits` and `Limits`."""

_MISSING = object()

_MONEY = frozenset({"brokerage", "node"})
"""Kinds that matter only where money can move, or a tool is closed to them."""


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
    """One unit of a daily count that a call uses (`State.consume`)."""

    name: str
    per_day: int


def decide(limits: Limits, tool: Tool, arguments: Mapping[str, Any]) -> LimitRefusal | None:
    """Return why the call is not allowed, or None. Counts are not consumed here: see `counted`.

    `arguments`: checked, and with defaults filled in; an argument that a limit reads and that is absent
    refuses.
    """
    refusal = closed(limits, tool)
    if refusal is not None:
        return refusal
    for kind, name in KINDS.items():
        allowed = _allowed(limits, kind, tool)
        if allowed is None:
            continue
        for path in tool.narrowed.get(kind, ()):
            values = _values(arguments, path)
            if not values or not _within(values, allowed):
                why = f"{_said(path)} must be given, and be one of those that health_check lists"
                return LimitRefusal(tool.name, name, why)
        for path, free in tool.besides.get(kind, {}).items():
            is_given = path.split(".")[0] in arguments
            if is_given and not _within(_values(arguments, path), allowed.union(free)):
                others = "".join(f", or {word}" for word in free)
                why = f"{_said(path)} must be one of those that health_check lists{others}"
                return LimitRefusal(tool.name, name, why)
    for argument in raising(tool, arguments):
        for name in _not_passed_on(limits, tool):
            why = f"`{argument}` gives another person what this limit would not hold for"
            return LimitRefusal(tool.name, name, why)
    return None


def raising(tool: Tool, arguments: Mapping[str, Any]) -> list[str]:
    """List the given arguments that need more scopes than the tool: they give others something."""
    return [name for name in tool.raised if not (arguments.get(name) is None or arguments[name] is False)]


def _not_passed_on(limits: Limits, tool: Tool) -> list[str]:
    """List the limits that no argument holds the other person to."""
    kinds = {name for kind, name in KINDS.items() if kind in tool.narrowed or _stands_in(kind, limits, tool)}
    return [
        each.name
        for each in fields(Limits)
        if each.name not in kinds and getattr(limits, each.name) is not None
    ]


def closed(limits: Limits, tool: Tool) -> LimitRefusal | None:
    """Return why no arguments could make a call of this tool allowed, or None: such a tool is not listed
    either.
    """
    for kind, name in KINDS.items():
        allowed = _allowed(limits, kind, tool)
        if allowed is None:
            continue
        if not allowed and kind in tool.narrowed:
            return LimitRefusal(tool.name, name, "the token's list has nothing for this tool")
        is_open = kind in tool.narrowed or not _reaches(kind, tool) or _stands_in(kind, limits, tool)
        if kind in tool.closed or not is_open:
            return LimitRefusal(
                tool.name, name, f"no argument holds the tool to one {kind}, so it could reach others"
            )
    for name, used in tool.counted.items():
        if used != "one" and getattr(limits, name) is not None:
            return LimitRefusal(tool.name, name, "one call uses an unknown part of the day's count")
    count = counted(limits, tool)
    return exhausted(tool, count) if count is not None and count.per_day == 0 else None


def counted(limits: Limits, tool: Tool) -> Count | None:
    """Return the count that a call of this tool uses one of, if the token limits it."""
    for name in tool.counted:
        per_day: int | None = getattr(limits, name)
        if per_day is not None:
            return Count(name, per_day)
    return None


def exhausted(tool: Tool, count: Count) -> LimitRefusal:
    """Return the refusal of a call whose count is used up."""
    return LimitRefusal(tool.name, count.name, f"all {count.per_day} of today (UTC) are used")


def _allowed(limits: Limits, kind: str, tool: Tool) -> frozenset[Any] | None:
    """Return what the limit allows, as this tool calls it."""
    allowed: frozenset[Any] | None = getattr(limits, KINDS[kind])
    if allowed is None or kind not in tool.called:
        return allowed
    return frozenset(own for own, limited in tool.called[kind].items() if limited in allowed)


def _reaches(kind: str, tool: Tool) -> bool:
    if kind in _MONEY:
        return tool.effect == "live"
    # A tool without an endpoint is answered by this server and acts on nothing.
    return bool(tool.endpoints) and kind not in tool.unreached


def _stands_in(kind: str, limits: Limits, tool: Tool) -> bool:
    return kind == "organization" and limits.projects is not None and "project" in tool.narrowed


def _values(arguments: Mapping[str, Any], path: str) -> list[Any]:
    """Return what stands at a path; what is missing on the way is in no list that a limit has."""
    found: list[Any] = [arguments]
    for part in path.split("."):
        found = [value for each in found for value in _step(each, part)]
    return [item for each in found for item in (each if isinstance(each, list | tuple) else [each])]


def _step(value: Any, part: str) -> Iterable[Any]:
    if isinstance(value, Mapping):
        if part in ("*", "~"):
            return value.values() if part == "*" else value.keys()
        return [value.get(part, _MISSING)]
    return value if part == "*" and isinstance(value, list | tuple) else [_MISSING]


def _said(path: str) -> str:
    *outer, last = path.split(".")
    return f"each key of `{'.'.join(outer)}`" if last == "~" else f"`{path}`"


def _within(values: list[Any], allowed: frozenset[Any]) -> bool:
    # A boolean equals 0 or 1 in Python and would pass for the project of that number.
    return all(
        isinstance(value, int | str) and not isinstance(value, bool) and value in allowed for value in values
    )
