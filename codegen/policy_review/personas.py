"""The people that a policy is read for: its groups, and the personas of tests/access.yaml.

Knows: the shape of the access file. Must not know: tools, endpoints.
"""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from attrs import field, frozen

from codegen.inputs.problems import Place, Problem, Problems
from codegen.inputs.suggestions import meant
from codegen.inputs.yaml_document import Block, Items, parse, plain
from codegen.policy_review.policy import NO_LIMITS, GrantedTool, Policy

_SHAPES = {
    "personas": "write `personas: {name: [scopes or groups]}`",
    "limited": "write `limited: {name: {scopes: [scopes or groups], limits: {projects: [7]}}}`",
}


@frozen
class Held:
    """What a persona has under one policy."""

    scopes: frozenset[str]
    limits: Mapping[str, Any] = NO_LIMITS

    def reached(self, policy: Policy) -> dict[str, GrantedTool]:
        """Return the tools that it may call under a policy."""
        return policy.reached(self.scopes, self.limits)


@frozen
class Persona:
    """What somebody's token says: groups and scopes, and `qc_limits` if it has any."""

    names: tuple[str, ...] = ()
    limits: Mapping[str, Any] = NO_LIMITS
    place: Place = field(default=Place("", 0), eq=False, repr=False)

    @property
    def words(self) -> tuple[str, ...]:
        """Everything it says, each in a few words."""
        return (*self.names, *(f"limit {name} {json.dumps(value)}" for name, value in self.limits.items()))

    def held(self, policy: Policy) -> Held:
        """Return what it has under a policy."""
        return Held(policy.resolved(self.names), self.limits)


People: TypeAlias = Mapping[str, Persona]


@frozen
class Views:
    """One persona before and after a change.

    Where the access file changed as well, a persona is two: as the old file says, and as the new one says. A
    change of the file can then neither hide what the policy gives, nor look as if the policy had given it.
    """

    before: Held
    after: Held
    before_as_new: Held | None = None
    """What the persona of the new file would have had before; None if both files say the same of it."""
    after_as_old: Held | None = None
    """What the persona of the old file has after the change."""


def read(text: str | None, label: str) -> dict[str, Persona]:
    """Read `personas` and `limited`; no file, no personas. Raises Refused.

    An empty list is a caller without any scope. Other keys of the file belong to the tests that read them.
    """
    if text is None:
        return {}
    problems = Problems()
    root = parse(text, label, problems)
    if root is not None and not isinstance(root.get("personas"), Block):
        problems.at(root.at("personas"), "there are no personas", _SHAPES["personas"])
    found: dict[str, Persona] = {}
    for key, shape in _SHAPES.items():
        section = root.get(key) if root is not None else None
        if not isinstance(section, Block):
            continue
        for name, entry in section.items():
            whole = entry if isinstance(entry, Block) else {}
            names: Any = whole.get("scopes") if key == "limited" else entry
            limits = whole.get("limits") if key == "limited" else Block(section.place)
            sound = isinstance(names, Items) and all(isinstance(one, str) for one in names)
            if sound and isinstance(limits, Block) and name not in found:
                found[name] = Persona(tuple(names), plain(limits), section.at(name))
            else:
                what = f"the persona {name} is not well formed, or stands twice"
                problems.at(section.at(name), what, shape)
    problems.stop()
    return found


def unknown_names(policy: Policy, people: People) -> list[Problem]:
    """Name what personas are said to have and no policy grants: such a persona shows less than it should."""
    known, found = {*policy.groups, *policy.scopes}, Problems()
    for who, persona in people.items():
        for name in persona.names:
            if name not in known:
                what = f'the persona {who} has "{name}", which is neither a group nor a scope'
                found.at(
                    persona.place, f"{what}{meant(name, known)}", "name a group or a scope of scopes.yaml"
                )
    return found.found


def together(old: Policy, new: Policy, before: People, after: People) -> dict[str, Views]:
    """Name everybody with what is held before and after: groups first, then personas.

    A persona that is a group under the group's own name is that group, and stands once. One that the new file
    no longer names is looked at as it was: leaving it out hides nothing.
    """
    everybody: dict[str, Views] = {}
    for name in sorted({*old.groups, *new.groups}):
        everybody[name] = _views(old, new, Persona((name,)), None)
    for name in {**before, **after}:
        views = _views(old, new, before.get(name), after.get(name))
        if everybody.get(name) != views:
            everybody[f"persona {name}" if name in everybody else name] = views
    return everybody


def _views(old: Policy, new: Policy, before: Persona | None, after: Persona | None) -> Views:
    was, now = before or after or Persona(), after or before or Persona()
    if set(was.names) == set(now.names) and was.limits == now.limits:
        return Views(was.held(old), now.held(new))
    return Views(was.held(old), now.held(new), now.held(old), was.held(new))
