"""What became of the tools themselves: renamed, sent to other endpoints, met otherwise by their callers.

Knows: the tools of two policies. Must not know: personas, how a report looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import frozen

from codegen.policy_review import surface
from codegen.policy_review.policy import Policy, Power
from codegen.policy_review.surface import Turn


@frozen
class Reshaped:
    """A tool that is there on both sides and is not what it was. `was`: its name before a renaming."""

    name: str
    was: str
    called: tuple[str, ...]
    """Endpoints that it calls now and did not call before."""
    left: tuple[str, ...]
    """Endpoints that it no longer calls."""
    turns: tuple[Turn, ...]


def renamed(old: Policy, new: Policy) -> dict[str, str]:
    """New name -> old name, where one tool went and one came that call the same endpoints."""
    went = {name: tool for name, tool in old.tools.items() if name not in new.tools and tool.endpoints}
    came = {name: tool for name, tool in new.tools.items() if name not in old.tools and tool.endpoints}
    pairs: dict[str, str] = {}
    for name, tool in came.items():
        same = [other for other, theirs in went.items() if theirs.endpoints == tool.endpoints]
        rivals = [other for other, theirs in came.items() if theirs.endpoints == tool.endpoints]
        if len(same) == len(rivals) == 1:
            pairs[name] = same[0]
    return pairs


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
        turns = tuple(_turns(before, after))
        if was != name or called or left or turns:
            yield Reshaped(name, was if was != name else "", called, left, turns)


def _turns(before: Power, after: Power) -> Iterator[Turn]:
    return surface.turns(before.surface, after.surface)
