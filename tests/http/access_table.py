"""The access table: tests/access.txt says who may call what; the servers are held against this file.

`python tests/http/access_table.py` prints it as the present policy has it: review the difference.
"""

from pathlib import Path
from typing import Any

import yaml
from attrs import frozen
from quantconnect_tools import CATALOG, GROUPS

from ledgai_mcp.calls import limits
from ledgai_mcp.identity import Limits
from ledgai_mcp.tokens.claims import parse_limits

TESTS = Path(__file__).parent.parent
TABLE = TESTS / "access.txt"
ALLOWED, NO_SCOPE, LIMIT = "x", ".", "L"
HEAD = """\
Who may call what. Columns: the people of access.yaml. x: may call, and sees it in the list.
.: lacks a scope (HTTP 403, insufficient_scope). L: a limit of the token closes the tool.
"""


@frozen
class Person:
    """A column."""

    name: str
    scopes: frozenset[str]
    limits: Limits


def _scopes(names: list[str]) -> frozenset[str]:
    return frozenset(scope for name in names for scope in GROUPS.get(name, (name,)))


def people() -> list[Person]:
    document: dict[str, Any] = yaml.safe_load((TESTS / "access.yaml").read_text())
    plain = [Person(name, _scopes(names), Limits()) for name, names in document["personas"].items()]
    return plain + [
        Person(name, _scopes(entry["scopes"]), parse_limits(entry["limits"]))
        for name, entry in document["limited"].items()
    ]


def written() -> dict[str, dict[str, str]]:
    """Return person -> tool -> mark, from the file."""
    lines = TABLE.read_text().splitlines()[len(HEAD.splitlines()) :]
    names = [person.name for person in people()]
    rows = {line.split()[0]: line.split()[1:] for line in lines if line and not line.startswith(" ")}
    for tool, marks in rows.items():
        assert len(marks) == len(names), f"{tool}: {len(marks)} marks for {len(names)} people"
    return {name: {tool: marks[at] for tool, marks in rows.items()} for at, name in enumerate(names)}


def rendered() -> str:
    """Return the table of the present policy."""
    everybody = people()
    width = max(map(len, CATALOG)) + 2
    depth = max(len(person.name) for person in everybody)
    lines = [
        " " * width + " ".join(person.name.rjust(depth)[row] for person in everybody).rstrip()
        for row in range(depth)
    ]
    lines += [
        tool.name.ljust(width) + " ".join(_mark(person, tool) for person in everybody)
        for tool in sorted(CATALOG.values(), key=lambda tool: (tool.toolset, tool.name))
    ]
    return HEAD + "\n".join(line.rstrip() for line in lines) + "\n"


def _mark(person: Person, tool: Any) -> str:
    if not set(tool.scopes) <= person.scopes:
        return NO_SCOPE
    return ALLOWED if limits.closed(person.limits, tool) is None else LIMIT


def arguments(tool: str) -> dict[str, Any]:
    """Return arguments that every limit of the people allows, as far as the tool takes them."""
    known = {"projectId": 7, "organizationId": "own", "nodeId": "L-1"}
    return {name: known[name] for name in CATALOG[tool].wire["inputSchema"]["properties"] if name in known}


if __name__ == "__main__":
    print(rendered(), end="")
