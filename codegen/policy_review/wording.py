"""The sentences that the text and the Markdown report share.

Knows: how a change reads in a few words. Must not know: layout.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator

from attrs import frozen

from codegen.policy_review.difference import Declared, Difference, Entry
from codegen.policy_review.escalations import Escalation
from codegen.policy_review.policy import STRENGTH, GrantedTool
from codegen.tools.scope_map import Grant

MOST_READS = 8
"""More tools that only read are counted; those that change something are always named."""
MOST_ENTRIES = 24
"""More lines of one kind are counted by toolset."""
MOST_NAMES = 6
"""More tools of one escalation are counted, unless money moves; who gains them lists them all."""
TOGETHER = "\u00a0"
"""A space at which no line is broken."""

KINDS = {
    "added": ("+", "new"),
    "removed": ("-", "gone"),
    "renamed": (">", "renamed"),
    "changed": ("~", "changed"),
    "withheld": ("x", "withheld"),
    "offered": ("+", "no longer withheld"),
}
"""Kind of a changed entry -> its sign and its word, in the order of the report."""


@frozen
class Line:
    """One line of a report: a sign, what it is about, and what happened to it."""

    sign: str
    about: str
    said: str


def counted(count: int, noun: str) -> str:
    """Write a number and its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def needs(scopes: Iterable[str]) -> str:
    """Write scopes, all of which are needed."""
    return " + ".join(scopes) or "no scope"


def tools_by_effect(tools: Iterable[GrantedTool]) -> Iterator[tuple[str, int, str]]:
    """Yield effect, number and names, the strongest effect first."""
    for effect in reversed(STRENGTH):
        named = [tool for tool in tools if tool.effect == effect]
        if named and effect == "read" and len(named) > MOST_READS:
            yield effect, len(named), _by_toolset(tool.toolset for tool in named)
        elif named:
            yield effect, len(named), ", ".join(tool.name for tool in named)


def _by_toolset(toolsets: Iterable[str]) -> str:
    counts = sorted(Counter(toolsets).items())
    return "in " + ", ".join(f"{name}{TOGETHER}{count}" for name, count in counts)


def named(escalation: Escalation) -> tuple[str, ...]:
    """Return the tools of an escalation that its line names."""
    many = len(escalation.tools) > MOST_NAMES and escalation.effect != "live"
    return () if many else escalation.tools


def entries(difference: Difference) -> Iterator[Line]:
    """Yield a line for each changed entry; many of one kind are counted by toolset."""
    for kind, (sign, head) in KINDS.items():
        found = [entry for entry in difference.entries if entry.kind == kind]
        if len(found) > MOST_ENTRIES:
            granted = [entry for entry in found if entry.before or entry.after]
            yield Line(sign, counted(len(granted), "grant"), head)
            yield from _by_section(granted)
            found = [entry for entry in found if entry not in granted]
        if kind == "withheld":
            yield from _withheld(found)
        else:
            yield from (Line(sign, entry.name, _entry(entry)) for entry in found)


def _by_section(found: list[Entry]) -> Iterator[Line]:
    for toolset in sorted({entry.section for entry in found}):
        these = [entry for entry in found if entry.section == toolset]
        effects = Counter(grant.effect for entry in these if (grant := entry.after or entry.before))
        said = ", ".join(f"{effects[effect]} {effect}" for effect in STRENGTH if effects[effect])
        yield Line(" ", f"  {toolset}", said)


def _withheld(found: list[Entry]) -> Iterator[Line]:
    """One line for each reason: a whole toolset is usually withheld for one."""
    for reason in sorted({entry.reason or "" for entry in found}):
        these = [entry for entry in found if entry.reason == reason]
        names = ", ".join(entry.name for entry in these)
        yield Line("x", names, f"withheld: {reason}")


def _entry(entry: Entry) -> str:
    tools = f" ({', '.join(entry.tools)})" if entry.tools and entry.tools != (entry.name,) else ""
    before, after = entry.before, entry.after
    if entry.kind == "renamed":
        change = _change(before, after)
        return f"renamed from {entry.was}{f'; {change}' if change else ''}{tools}"
    if entry.kind == "removed":
        return f"gone; was {_grant(before)}{tools}"
    if entry.kind in ("added", "offered"):
        head = KINDS[entry.kind][1]
        return f"{head}: {_grant(after)}{tools}" if after else f"new, withheld: {entry.reason}{tools}"
    return f"{_change(before, after)}{tools}"


def _grant(grant: Grant | None) -> str:
    return "withheld" if grant is None else f"{grant.effect}, {needs(grant.scopes)}{_raised(grant)}"


def _raised(grant: Grant) -> str:
    return "".join(f"; {argument} needs {needs(scopes)} besides" for argument, scopes in grant.raises.items())


def _change(before: Grant | None, after: Grant | None) -> str:
    if before is None or after is None:
        return "" if before is after else f"{_grant(before)} -> {_grant(after)}"
    parts: list[str] = []
    if before.effect != after.effect:
        parts.append(f"effect {before.effect} -> {after.effect}")
    if before.scopes != after.scopes:
        parts.append(f"scope {needs(before.scopes)} -> {needs(after.scopes)}")
    for argument in sorted({*before.raises, *after.raises}):
        was, now = (each.raises.get(argument, ()) for each in (before, after))
        if was != now:
            parts.append(f"{argument} besides {needs(was)} -> {needs(now)}")
    return "; ".join(parts)


def tools(difference: Difference) -> Iterator[Line]:
    """Yield a line for each tool that is there on both sides and is not what it was."""
    for tool in difference.tools:
        parts = [f"renamed from {tool.was}"] if tool.was else []
        parts += [f"calls {path}" for path in tool.calls]
        parts += [f"no longer calls {path}" for path in tool.no_longer_calls]
        parts += [turn.said for turn in tool.changes]
        yield Line(">" if tool.was else "~", tool.name, "; ".join(parts))


def declared(difference: Difference) -> Iterator[Line]:
    """Yield a line for each scope and group that came, went or changed."""
    for sign, names, policy in (
        ("+", difference.scopes.added, difference.new),
        ("-", difference.scopes.removed, difference.old),
    ):
        if len(names) > MOST_ENTRIES:
            yield Line(sign, counted(len(names), "scope"), ", ".join(names))
        else:
            yield from (Line(sign, f"scope {name}", policy.scopes[name]) for name in names)
    yield from _lists("group", difference.groups, difference.old.groups, difference.new.groups, "scope")
    before, after = difference.before, difference.after
    yield from _lists("persona", difference.personas, before, after, "name")


def _lists(
    kind: str, found: Iterable[Declared], old: Container[str], new: Container[str], noun: str
) -> Iterator[Line]:
    for each in found:
        sign = "+" if each.name not in old else "~" if each.name in new else "-"
        changes = [f"+ {name}" for name in each.added] + [f"- {name}" for name in each.removed]
        said = ", ".join(changes)
        if sign != "~":
            said = counted(len(changes), noun)
        elif len(changes) > MOST_ENTRIES:
            said = f"{len(each.added)} scopes more, {len(each.removed)} fewer"
        yield Line(sign, f"{kind} {each.name}", said)
