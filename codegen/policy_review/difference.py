"""What a change of policy means: who gains and loses which tools, and which lines of the policy did it.

Knows: two policies and the people. Must not know: files, how a report looks.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from attrs import frozen

from codegen.policy_review import escalations, personas, tools
from codegen.policy_review.escalations import Escalation, stronger
from codegen.policy_review.personas import Held, People, Views
from codegen.policy_review.policy import NO_PLACE, GrantedTool, Policy
from codegen.policy_review.tools import Reshaped
from codegen.tools.scope_map import Grant

Kind: TypeAlias = Literal["added", "removed", "renamed", "changed", "withheld", "offered"]


@frozen
class Person:
    """What one persona gains and loses. A tool that changes more than it did is gained again."""

    name: str
    gained: tuple[GrantedTool, ...]
    lost: tuple[GrantedTool, ...]
    tools: int
    """How many are reached after the change."""


@frozen
class Entry:
    """One line of the policy that changed: an endpoint, or a local tool. `was`: the path before a rename."""

    name: str
    kind: Kind
    was: str | None
    tools: tuple[str, ...]
    before: Grant | None
    after: Grant | None
    reason: str | None
    """Why it is withheld now."""
    section: str
    """The toolset that it is counted under."""


@frozen
class Declared:
    """A name that came or went, or a group or persona whose list changed."""

    name: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@frozen
class Difference:
    """A change of policy. Empty sequences where nothing changed; everything is sorted."""

    old: Policy
    new: Policy
    before: People
    after: People
    escalations: tuple[Escalation, ...]
    people: tuple[Person, ...]
    entries: tuple[Entry, ...]
    tools: tuple[Reshaped, ...]
    scopes: Declared
    groups: tuple[Declared, ...]
    personas: tuple[Declared, ...]
    """Those of whom the two access files do not say the same."""

    @property
    def nothing(self) -> bool:
        """Whether the two policies mean the same."""
        people = any(person.gained or person.lost for person in self.people)
        declared = bool(self.scopes.added or self.scopes.removed or self.groups or self.personas)
        return not (people or self.entries or self.tools or declared or self.escalations)


def between(old: Policy, new: Policy, before: People, after: People) -> Difference:
    """Compare two policies for the groups of both and the named personas of both."""
    names, moved = tools.renamed(old, new), _renamed(old, new)
    people = tuple(_people(old, new, personas.together(old, new, before, after), names))
    entries = tuple(_entries(old, new, moved))
    changed = tuple(tools.reshaped(old, new, names, moved))
    return Difference(
        old=old,
        new=new,
        before=before,
        after=after,
        escalations=tuple(_escalations(old, new, people, entries, changed, names)),
        people=people,
        entries=entries,
        tools=changed,
        scopes=_declared("scopes", set(old.scopes), set(new.scopes)),
        groups=tuple(_lists(old.groups, new.groups)),
        personas=tuple(
            _lists(*({name: who.words for name, who in side.items()} for side in (before, after)))
        ),
    )


def _escalations(
    old: Policy,
    new: Policy,
    people: tuple[Person, ...],
    entries: tuple[Entry, ...],
    changed: tuple[Reshaped, ...],
    names: Mapping[str, str],
) -> Iterator[Escalation]:
    weaker = list(escalations.weaker((e.name, e.tools, e.before, e.after) for e in entries))
    shown = {tool.name for person in people for tool in person.gained}
    shown |= {tool for each in weaker if each.rule == "fewer" for tool in (each.who, *each.tools)}
    yield from escalations.gains({person.name: person.gained for person in people})
    yield from escalations.alone(old, new, names, shown)
    yield from weaker
    yield from escalations.offered(old, new)
    yield from escalations.loosened(new, changed)
    for opened, said in tools.opened(old, new, names):
        yield Escalation("limit", opened.name, (), opened.effect, said)
    yield from escalations.orphans(old, new)


def _people(
    old: Policy, new: Policy, everybody: Mapping[str, Views], names: Mapping[str, str]
) -> Iterator[Person]:
    back = {was: name for name, was in names.items()}

    def reached(held: Held) -> dict[str, GrantedTool]:
        return {back.get(name, name): tool for name, tool in held.reached(old).items()}

    for name, views in everybody.items():
        had, has = reached(views.before), views.after.reached(new)
        gained, lost = _more(had, has), {tool: had[tool] for tool in had if tool not in has}
        if views.before_as_new and views.after_as_old:
            stayed = views.after_as_old.reached(new)
            gained = _more({**reached(views.before_as_new), **had}, has) | _more(had, stayed)
            lost = {name: tool for name, tool in lost.items() if name not in stayed}
        yield Person(
            name,
            gained=tuple(gained[tool] for tool in sorted(gained)),
            lost=tuple(lost[tool] for tool in sorted(lost)),
            tools=len(has),
        )


def _more(had: Mapping[str, GrantedTool], has: Mapping[str, GrantedTool]) -> dict[str, GrantedTool]:
    return {name: tool for name, tool in has.items() if name not in had or stronger(tool, had[name])}


def _entries(old: Policy, new: Policy, moved: Mapping[str, str]) -> Iterator[Entry]:
    known = {name for side in (old, new) for name in (*side.grants, *side.withheld, *side.local)}
    for path in sorted(known - set(moved.values())):
        entry = _entry(old, new, path, moved.get(path, path))
        if entry is not None:
            yield entry


def _entry(old: Policy, new: Policy, path: str, was: str) -> Entry | None:
    before, after = old.grant(was), new.grant(path)
    kind: Kind
    if was != path:
        kind = "renamed"
    elif not before and was not in old.withheld:
        kind = "added"
    elif not after and path not in new.withheld:
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
    toolsets = (side.tools[tool].toolset for side in (new, old) for tool in tools if tool in side.tools)
    section = next(toolsets, NO_PLACE)
    renamed = was if was != path else None
    return Entry(path, kind, renamed, tools, before, after, new.withheld.get(path), section)


def _renamed(old: Policy, new: Policy) -> dict[str, str]:
    """New path -> old path, where one went and one came that the same tools call."""
    went = {path: _tools(old, path) for path in old.grants if path not in {**new.grants, **new.withheld}}
    came = {path: _tools(new, path) for path in new.grants if path not in {**old.grants, **old.withheld}}
    return tools.pairs(went, came)


def _tools(policy: Policy, path: str) -> tuple[str, ...]:
    if path in policy.local:
        return (path,)
    # A path that stands for itself is no tool to name beside it.
    return tuple(name for name in policy.offered.get(path, ()) if name != path)


def _meaning(grant: Grant | None) -> tuple[object, ...]:
    return () if grant is None else (grant.scopes, grant.effect, sorted(grant.raises.items()))


def _lists(old: Mapping[str, tuple[str, ...]], new: Mapping[str, tuple[str, ...]]) -> Iterator[Declared]:
    for name in sorted({*old, *new}):
        change = _declared(name, set(old.get(name, ())), set(new.get(name, ())))
        if change.added or change.removed or (name in old) != (name in new):
            yield change


def _declared(name: str, old: set[str], new: set[str]) -> Declared:
    return Declared(name, tuple(sorted(new - old)), tuple(sorted(old - new)))
