"""What tokens with limits can call: by endpoint, whatever the tools on it are named.

Knows: how a limit lets a tool through (it is unreached, or judged by arguments) or closes it. Must not know:
personas, scopes, how a report looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from codegen.policy_review.policy import Policy, Power
from codegen.tools.declarations import LIMITS, MAY_BE_UNREACHED

_OPEN = "unreached"


def opened(old: Policy, new: Policy, names: Mapping[str, str]) -> Iterator[tuple[Power, str]]:
    """Yield tools that a limited token can call, though no tool let it reach these endpoints so before.

    With each stands why, in words that follow its name. `names` are the renamings: what a tool is judged by
    otherwise than under its old name is told elsewhere (`surface.turns`).
    """
    ways = _ways(old)
    for tool in new.tools.values():
        told = old.tools[was].surface.limits if (was := names.get(tool.name, tool.name)) in old.tools else {}
        open_to: dict[str, tuple[str, ...]] = {}
        for kind in LIMITS:
            way = _way(tool, kind)
            fresh = tuple(path for path in tool.endpoints if _is_more(way, ways.get((path, kind))))
            if not fresh:
                continue
            if kind in tool.surface.beyond:
                open_to[kind] = fresh
            elif way != _OPEN and kind not in told:
                yield tool, f"can be called with a limit on the {kind}, judged by {way}"
        if open_to:
            paths = ", ".join(sorted({path for fresh in open_to.values() for path in fresh}))
            kinds = " or the ".join(open_to)
            yield tool, f"is open to every caller with a limit on the {kinds}, and calls {paths}"


def _ways(policy: Policy) -> dict[tuple[str, str], set[str]]:
    """Map endpoint and kind to the ways in which tools let a limited token through to it; none: closed."""
    found: dict[tuple[str, str], set[str]] = {}
    for tool in policy.tools.values():
        for kind in LIMITS:
            for path in tool.endpoints:
                found.setdefault((path, kind), set()).update({_way(tool, kind)} - {""})
    return found


def _way(tool: Power, kind: str) -> str:
    if kind in tool.surface.beyond or (kind not in MAY_BE_UNREACHED and tool.effect != "live"):
        return _OPEN
    return tool.surface.limits.get(kind, "")


def _is_more(way: str, before: set[str] | None) -> bool:
    """Whether a way is more than an endpoint had. A new endpoint may be judged, but not be open."""
    if before is None:
        return way == _OPEN
    return bool(way) and way not in before and _OPEN not in before
