"""What became of the tools themselves: renamed, sent to other endpoints, met otherwise by their callers.

Knows: the tools of two policies. Must not know: personas, how a report looks.
"""

from collections.abc import Iterator, Mapping

from attrs import frozen

from codegen.policy_review import surface
from codegen.policy_review.policy import GrantedTool, Policy
from codegen.policy_review.surface import OPEN, Turn
from codegen.tools.declarations import LIMITS


@frozen
class Reshaped:
    """A tool that is there on both sides and is not what it was. `was`: its name before a renaming."""

    name: str
    was: str | None
    calls: tuple[str, ...]
    """Endpoints that it calls now and did not call before."""
    no_longer_calls: tuple[str, ...]
    changes: tuple[Turn, ...]


def renamed(old: Policy, new: Policy) -> dict[str, str]:
    """New name -> old name, where one tool went and one came that call the same endpoints."""
    went = {name: tool.endpoints for name, tool in old.tools.items() if name not in new.tools}
    came = {name: tool.endpoints for name, tool in new.tools.items() if name not in old.tools}
    return pairs(went, came)


def pairs(went: Mapping[str, tuple[str, ...]], came: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Pair what came with what went by what both stand for, where that is one of each."""
    found: dict[str, str] = {}
    for name, sign in came.items():
        same = [other for other, theirs in went.items() if theirs == sign]
        if sign and len(same) == 1 and list(came.values()).count(sign) == 1:
            found[name] = same[0]
    return found


def reshaped(
    old: Policy, new: Policy, names: Mapping[str, str], moved: Mapping[str, str]
) -> Iterator[Reshaped]:
    """Yield the tools that changed; `names` and `moved` are the renamings of tools and of endpoints."""
    for name, after in new.tools.items():
        was = names.get(name, name)
        before = old.tools.get(was)
        if before is None:
            continue
        calls = {moved.get(path, path): path for path in after.endpoints}
        called = tuple(path for origin, path in calls.items() if origin not in before.endpoints)
        left = tuple(path for path in before.endpoints if path not in calls)
        turns = tuple(surface.turns(before.surface, after.surface, live=after.effect == "live"))
        if was != name or called or left or turns:
            yield Reshaped(name, was if was != name else None, called, left, turns)


def opened(old: Policy, new: Policy, names: Mapping[str, str]) -> Iterator[tuple[GrantedTool, str]]:
    """Yield tools that a token with limits can call, though no tool let it reach these endpoints so before.

    With each stands why, in words that follow its name. Endpoints are compared, whatever the tools on them
    are named; what a tool is checked by otherwise than under its old name (`names`) is told by
    `surface.turns`. To read what one's own limit allows is no escalation, as it is none for a persona.
    """
    ways = _ways(old)
    for tool in new.tools.values():
        was = old.tools.get(names.get(tool.name, tool.name))
        open_to: dict[str, tuple[str, ...]] = {}
        for kind in LIMITS:
            way = tool.way(kind)
            fresh = tuple(path for path in tool.endpoints if _is_more(way, ways.get((path, kind))))
            is_open = kind in tool.surface.unreached or (way == OPEN and _is_shut(old, fresh, kind))
            if fresh and is_open:
                open_to[kind] = fresh
            elif not fresh or way == OPEN or (was and kind in was.surface.narrowed):
                continue
            elif tool.effect != "read" or any(ways[path, kind] for path in fresh):
                yield tool, f"can be called with a limit on the {kind}, checked by {way}"
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
                found.setdefault((path, kind), set()).update({tool.way(kind)} - {""})
    return found


def _is_shut(policy: Policy, paths: tuple[str, ...], kind: str) -> bool:
    tools = policy.tools.values()
    return any(kind in tool.surface.shut and set(paths) & set(tool.endpoints) for tool in tools)


def _is_more(way: str, before: set[str] | None) -> bool:
    """Whether a way is more than an endpoint had. A new endpoint may be checked, but not be open."""
    if before is None:
        return way == OPEN
    return bool(way) and way not in before and OPEN not in before
