"""The people that a policy is read for: its groups, and the personas of tests/access.yaml.

Knows: the shape of the access file. Must not know: tools, endpoints.
"""

from __future__ import annotations

from collections.abc import Mapping

from codegen.document import Block, Items, parse
from codegen.power.policy import Policy
from codegen.problems import Problems

_SHAPE = "write `personas: {name: [scopes or groups]}`"


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


def together(
    old: Policy, new: Policy, personas: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Name everybody with the scopes held before and after: groups first, then personas.

    A persona that is a group under the group's own name is that group, and stands once.
    """
    everybody: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for name in sorted({*old.groups, *new.groups}):
        everybody[name] = old.resolved([name]), new.resolved([name])
    for name, names in personas.items():
        held = old.resolved(names), new.resolved(names)
        if everybody.get(name) != held:
            everybody[f"persona {name}" if name in everybody else name] = held
    return everybody
