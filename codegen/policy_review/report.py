"""A change of policy as text for a terminal, Markdown for a pull request, JSON, and the values of the page.

Knows: the layouts. Must not know: how a change is found, which words say it.
"""

import json
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import asdict
from attrs.filters import exclude

from codegen.output.markdown import safe
from codegen.output.page import Changes, Persona, Right
from codegen.policy_review.difference import Difference, Person
from codegen.policy_review.policy import GrantedTool
from codegen.policy_review.wording import (
    TOGETHER,
    Line,
    counted,
    declared,
    entries,
    named,
    tools,
    tools_by_effect,
)

WIDTH = 100
UNCHANGED = "Nothing changes: every persona keeps its tools, every endpoint its scopes and its effect."
HOW = (
    "A person has to acknowledge this: an approving review of this very commit, by somebody else who may"
    " write; then run this check again."
)


def text(difference: Difference) -> str:
    """Write the report for a terminal, at most 100 columns wide."""
    lines = [f"Policy: {difference.old.label} -> {difference.new.label}", ""]
    if difference.nothing:
        return "\n".join([*lines, UNCHANGED, ""])
    if difference.escalations:
        lines += [f"ESCALATIONS ({len(difference.escalations)})"]
        for each in difference.escalations:
            lines += _wrapped(f"  ! {each.who} {each.said}{_colon(named(each))}", 6)
        lines += [""]
    lines += ["WHO GAINS AND LOSES", *_people(difference.people), ""]
    for head, found in _sections(difference):
        if block := [row for line in found for row in _wrapped(_plain(line), 6)]:
            lines += [head.upper(), *block, ""]
    return "\n".join(lines)


def _sections(difference: Difference) -> Iterator[tuple[str, Iterator[Line]]]:
    yield "Tools", tools(difference)
    yield "Endpoints", entries(difference)
    yield "Scopes and groups", declared(difference)


def _colon(names: tuple[str, ...]) -> str:
    return f": {', '.join(names)}" if names else ""


def _plain(line: Line) -> str:
    return f"  {line.sign} {line.about}  {line.said}"


def _wrapped(line: str, indent: int) -> list[str]:
    rows = textwrap.wrap(
        line, WIDTH, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )
    return [row.replace(TOGETHER, " ") for row in rows]


def _people(people: tuple[Person, ...]) -> Iterator[str]:
    for person in people:
        if not (person.gained or person.lost):
            continue
        yield f"  {person.name} ({counted(person.tools, 'tool')} now)"
        for sign, rights in (("+", person.gained), ("-", person.lost)):
            for effect, count, names in tools_by_effect(rights):
                yield from _wrapped(f"    {sign} {count} {effect}: {names}", 8)
    same = [person.name for person in people if not (person.gained or person.lost)]
    if same:
        yield from _wrapped(f"  no change for {', '.join(same)}", 4)


def markdown(difference: Difference, *, acknowledged: bool = False) -> str:
    """Write the report for a pull request."""
    lines = ["### What this change of policy means", ""]
    if difference.nothing:
        return "\n".join([*lines, UNCHANGED, ""])
    if difference.escalations:
        lines += [f"**{counted(len(difference.escalations), 'escalation')}**", ""]
        lines += [
            f"- :warning: **{_safe(each.who)}** {_safe(each.said)}{_codes(named(each))}"
            for each in difference.escalations
        ]
        lines += ["", "Acknowledged." if acknowledged else HOW, ""]
    changed = [person for person in difference.people if person.gained or person.lost]
    if changed:
        lines += ["| Who | Gains | Loses | Tools now |", "|---|---|---|---|"]
        lines += [
            f"| {_safe(person.name)} | {_cell(person.gained)} | {_cell(person.lost)} | {person.tools} |"
            for person in changed
        ]
        lines += [""]
    same = [_safe(person.name) for person in difference.people if person not in changed]
    lines += [f"No change for {', '.join(same)}.", ""] if same else []
    for head, found in _sections(difference):
        if block := [_item(line) for line in found]:
            lines += [f"<details><summary>{head}</summary>", "", *block, "", "</details>", ""]
    return "\n".join(lines)


def _item(line: Line) -> str:
    indent = "  " if line.about.startswith(" ") else ""
    sign = f"{line.sign} " if line.sign.strip() else ""
    return f"{indent}- `{sign}{_safe(line.about.strip())}` {_safe(line.said)}"


def _cell(rights: tuple[GrantedTool, ...]) -> str:
    parts = [f"{count} {effect}: {_safe(names)}" for effect, count, names in tools_by_effect(rights)]
    return "<br>".join(parts) or "–"


def _codes(names: tuple[str, ...]) -> str:
    return f": {', '.join(f'`{_safe(name)}`' for name in names)}" if names else ""


def _safe(said: str) -> str:
    return safe(said).replace(TOGETHER, " ")


def as_json(difference: Difference) -> str:
    """Write everything, in a stable order, for programs."""

    def plain(found: Iterable[Any]) -> list[dict[str, Any]]:
        return [asdict(each, filter=exclude("endpoints", "place", "surface", "section")) for each in found]

    value: dict[str, Any] = {
        "old": difference.old.label,
        "new": difference.new.label,
        "escalations": plain(difference.escalations),
        "people": plain(difference.people),
        "tools": plain(difference.tools),
        "endpoints": plain(difference.entries),
        "scopes": {"added": difference.scopes.added, "removed": difference.scopes.removed},
        "groups": plain(difference.groups),
        "personas": plain(difference.personas),
    }
    for tool in value["tools"]:
        tool["changes"] = [turn["said"] for turn in tool["changes"]]
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def pictured(difference: Difference) -> Changes:
    """Put the report into the page's values."""
    return Changes(
        compared=f"{difference.old.label} -> {difference.new.label}",
        escalations=tuple(
            f"`{each.who}` {each.said}{_colon(tuple(f'`{name}`' for name in named(each)))}."
            for each in difference.escalations
        ),
        personas=tuple(
            Persona(person.name, _rights(person.gained), _rights(person.lost)) for person in difference.people
        ),
    )


def _rights(reached: Iterable[GrantedTool]) -> tuple[Right, ...]:
    return tuple(Right(tool.name, tool.effect) for tool in reached)
