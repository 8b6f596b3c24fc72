"""The people that a policy is read for: its groups, and the personas of tests/access.yaml.

Knows: the shape of the access file. Must not know: tools, endpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from attrs import frozen

from codegen.inputs.problems import Problem, Problems
from codegen.inputs.suggestions import meant
from codegen.inputs.yaml_document import Block, Items, parse
from codegen.policy_review.policy import Policy

_SHAPE = "write `personas: {name: [scopes or groups]}`"


People: TypeAlias = Mapping[str, tuple[str, ...]]
"""Persona -> the groups and scopes it has."""


@frozen
class Views:
    """The scopes of one persona before and after a change.

    Where the access file changed as well, a persona is two: as the old file says, and as the new one says. A
    change of the file can then neither hide what the policy gives, nor look as if the policy had given it.
    """

    before: frozenset[str]
    after: frozenset[str]
    before_as_new: frozenset[str] | None = None
    """What the persona of the new file would have had before; None if both files say the same of it."""
    after_as_old: frozenset[str] = frozenset()
    """What the persona of the old file has after the change."""


def read(text: str | None, label: str) -> dict[str, tuple[str, ...]]:
    """Read `personas: {name: [scopes or groups]}`; no file, no personas. Raises Refused.

    An empty list is a caller without any scope. Other keys of the file are not ours to judge.
    """
    if text is None:
        return {}
    problems = Problems()
    root = parse(text, label, problems)
    section = root.get("personas") if root is not None else None
    found: dict[str, tuple[str, ...]] = {}
    if root is not None and not isinstance(section, Block):
        problems.at(root.at("personas"), "there are no personas", _SHAPE)
    elif isinstance(section, Block):
        for name, names in section.items():
            if isinstance(names, Items) and all(isinstance(one, str) for one in names):
                found[name] = tuple(names)
            else:
                problems.at(section.at(name), f"the persona {name} is no list", _SHAPE)
    problems.stop()
    return found


def strangers(policy: Policy, text: str | None, label: str) -> list[Problem]:
    """Name what personas are said to have and no policy grants: such a persona shows less than it should."""
    root = parse(text, label, Problems()) if text else None
    section = root.get("personas") if root is not None else None
    if not isinstance(section, Block):
        return []
    known = {*policy.groups, *policy.scopes}
    return [
        Problem(
            label,
            section.at(who).line,
            f'the persona {who} has "{name}", which is no group and no scope{meant(str(name), known)}',
            "name a group or a scope of scopes.yaml",
        )
        for who, names in section.items()
        for name in (names if isinstance(names, Items) else ())
        if name not in known
    ]


def together(old: Policy, new: Policy, before: People, after: People) -> dict[str, Views]:
    """Name everybody with the scopes held before and after: groups first, then personas.

    A persona that is a group under the group's own name is that group, and stands once. One that the new file
    no longer names is looked at as it was: leaving it out hides nothing.
    """
    everybody: dict[str, Views] = {}
    for name in sorted({*old.groups, *new.groups}):
        everybody[name] = Views(old.resolved([name]), new.resolved([name]))
    for name in {**before, **after}:
        views = _views(old, new, before.get(name), after.get(name))
        if everybody.get(name) != views:
            everybody[f"persona {name}" if name in everybody else name] = views
    return everybody


def _views(old: Policy, new: Policy, before: tuple[str, ...] | None, after: tuple[str, ...] | None) -> Views:
    was, now = before if before is not None else after or (), after if after is not None else before or ()
    if set(was) == set(now):
        return Views(old.resolved(was), new.resolved(now))
    return Views(old.resolved(was), new.resolved(now), old.resolved(now), new.resolved(was))
