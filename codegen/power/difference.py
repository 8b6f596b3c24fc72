"""What a change of policy means: who gains and loses which tools, and which lines of the policy did it.

Knows: two policies and the people. Must not know: files, how a report looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from attrs import frozen

from codegen.power import escalations, personas
from codegen.power.escalations import Escalation
from codegen.power.policy import NO_PLACE, Policy, Power
from codegen.scopemap import Grant

Kind: TypeAlias = Literal["added", "removed", "renamed", "changed", "withheld", "offered"]


@frozen
class Person:
    """What one persona gains and loses."""

    name: str
    gained: tuple[Power, ...]
    lost: tuple[Power, ...]
    reached: int
    """How many tools are reached after the change."""


@frozen
class Entry:
    """One line of the policy that changed: an endpoint, or a local tool. `was`: the path before a rename."""

    name: str
    kind: Kind
    tools: tuple[str, ...]
    toolset: str
    before: Grant | None = None
    after: Grant | None = None
    was: str = ""
    reason: str = ""


@frozen
class Declared:
    """A name that came or went, or a group whose scopes changed."""

    name: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@frozen
class Difference:
    """A change of policy. Empty sequences where nothing changed; everything is sorted."""

    old: Policy
    new: Policy
    escalations: tuple[Escalation, ...]
    people: tuple[Person, ...]
    entries: tuple[Entry, ...]
    scopes: Declared
    groups: tuple[Declared, ...]

    @property
    def nothing(self) -> bool:
        """Whether the two policies mean the same."""
        people = any(person.gained or person.lost for person in self.people)
        declared = bool(self.scopes.added or self.scopes.removed or self.groups)
        return not (people or self.entries or declared or self.escalations)


def between(old: Policy, new: Policy, named: Mapping[str, tuple[str, ...]]) -> Difference:
    """Compare two policies for the groups of both and the named personas."""
    people = tuple(_people(old, new, named))
    entries = tuple(_entries(old, new))
    return Difference(
        old=old,
        new=new,
        escalations=(
            *escalations.gains({person.name: person.gained for person in people}),
            *escalations.weaker((e.name, e.tools, e.before, e.after) for e in entries),
            *escalations.orphans(old, new),
        ),
        people=people,
        entries=entries,
        scopes=_declared("scopes", set(old.scopes), set(new.scopes)),
        groups=tuple(_groups(old, new)),
    )


def _people(old: Policy, new: Policy, named: Mapping[str, tuple[str, ...]]) -> Iterator[Person]:
    for name, (before, after) in personas.together(old, new, named).items():
        had, has = old.reached(before), new.reached(after)
        yield Person(
            name,
            gained=tuple(has[tool] for tool in sorted(set(has) - set(had))),
            lost=tuple(had[tool] for tool in sorted(set(had) - set(has))),
            reached=len(has),
        )


def _entries(old: Policy, new: Policy) -> Iterator[Entry]:
    moved = _renamed(old, new)
    gone = set(moved.values())
    for path in sorted({*old.grants, *old.withheld, *new.grants, *new.withheld} - gone):
        was = moved.get(path, path)
        entry = _entry(old, new, path, was)
        if entry is not None:
            yield entry
    for name in sorted({*old.local, *new.local}):
        before, after = old.local.get(name), new.local.get(name)
        if _meaning(before) != _meaning(after):
            kind: Kind = "added" if before is None else "removed" if after is None else "changed"
            tool = new.tools.get(name) or old.tools[name]
            yield Entry(name, kind, (name,), tool.toolset, before, after)


def _entry(old: Policy, new: Policy, path: str, was: str) -> Entry | None:
    before, after = old.grants.get(was), new.grants.get(path)
    known = was in old.grants or was in old.withheld
    kind: Kind
    if was != path:
        kind = "renamed"
    elif not known:
        kind = "added"
    elif path not in new.grants and path not in new.withheld:
        kind = "removed"
    elif path in new.withheld and path not in old.withheld:
        kind = "withheld"
    elif path in old.withheld and path not in new.withheld:
        kind = "offered"
    elif _meaning(before) != _meaning(after):
        kind = "changed"
    else:
        return None
    tools = _tools(new, path) or _tools(old, was)
    first = next(
        (policy.tools[tool] for policy in (new, old) for tool in tools if tool in policy.tools), None
    )
    toolset = first.toolset if first else NO_PLACE
    return Entry(
        path, kind, tools, toolset, before, after, was if was != path else "", new.withheld.get(path, "")
    )


def _renamed(old: Policy, new: Policy) -> dict[str, str]:
    """New path -> old path, where one went and one came that the same tools call."""
    went = {path: _tools(old, path) for path in old.grants if path not in {**new.grants, **new.withheld}}
    came = {path: _tools(new, path) for path in new.grants if path not in {**old.grants, **old.withheld}}
    pairs: dict[str, str] = {}
    for path, tools in sorted(came.items()):
        same = [other for other, theirs in sorted(went.items()) if tools and theirs == tools]
        if len(same) == 1 and same[0] not in pairs.values():
            pairs[path] = same[0]
    return pairs


def _tools(policy: Policy, path: str) -> tuple[str, ...]:
    # A path that stands for itself is no tool to name beside it.
    return tuple(name for name in policy.offered.get(path, ()) if name != path)


def _meaning(grant: Grant | None) -> tuple[object, ...]:
    return () if grant is None else (grant.scopes, grant.effect)


def _groups(old: Policy, new: Policy) -> Iterator[Declared]:
    for name in sorted({*old.groups, *new.groups}):
        change = _declared(name, set(old.groups.get(name, ())), set(new.groups.get(name, ())))
        if change.added or change.removed or (name in old.groups) != (name in new.groups):
            yield change


def _declared(name: str, old: set[str], new: set[str]) -> Declared:
    return Declared(name, tuple(sorted(new - old)), tuple(sorted(old - new)))
