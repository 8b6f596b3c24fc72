"""The access table: tests/access.txt says who may call what; the servers are held against this file.

`python tests/http/access_table.py` prints it as the present policy has it: review the difference.
"""

from pathlib import Path
from typing import Any

import yaml
from attrs import frozen
from quantconnect_tools import CATALOG, GROUPS
from quantconnect_tools.tool import Tool

from ledgai_mcp.calls import limits
from ledgai_mcp.identity import Limits
from ledgai_mcp.tokens.claims import parse_limits

TESTS = Path(__file__).parent.parent
TABLE = TESTS / "access.txt"
ALLOWED, NO_SCOPE, LIMIT = "x", ".", "L"
RAISED = "+"
"""Between a tool and an argument of it that needs more scopes."""
HEAD = """\
Who may call what. Columns: the people of access.yaml. x: may call, and sees it in the list.
.: lacks a scope (HTTP 403, insufficient_scope). L: a limit of the token closes the tool.
+ argument: the tool above with an argument that gives somebody else more; refused in band.
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
    tools = sorted(CATALOG.values(), key=lambda tool: (tool.toolset, tool.name))
    rows = [(tool, argument) for tool in tools for argument in ("", *tool.raised)]
    width = max(len(_row(*row)) for row in rows) + 2
    depth = max(len(person.name) for person in everybody)
    lines = [
        " " * width + " ".join(person.name.rjust(depth)[row] for person in everybody).rstrip()
        for row in range(depth)
    ]
    lines += [_row(*row).ljust(width) + " ".join(_mark(person, *row) for person in everybody) for row in rows]
    return HEAD + "\n".join(line.rstrip() for line in lines) + "\n"


def _row(tool: Tool, argument: str) -> str:
    return f"{tool.name}{RAISED}{argument}" if argument else tool.name


def _mark(person: Person, tool: Tool, argument: str) -> str:
    if not {*tool.scopes, *tool.raised.get(argument, ())} <= person.scopes:
        return NO_SCOPE
    if limits.closed(person.limits, tool) is not None:
        return LIMIT
    given = arguments(_row(tool, argument))
    return LIMIT if argument and limits.decide(person.limits, tool, given) is not None else ALLOWED


def arguments(tool: str) -> dict[str, Any]:
    """Return arguments that every limit of the people allows, as far as the tool takes them.

    Of a row with an argument: with that argument, and all others that it must have.
    """
    name, _, raised = tool.partition(RAISED)
    known: dict[str, Any] = {"projectId": 7, "organizationId": "own", "nodeId": "L-1"}
    if raised:
        known |= {"collaboratorUserId": "guest", **dict.fromkeys(CATALOG[name].raised, False), raised: True}
    return {each: known[each] for each in CATALOG[name].wire["inputSchema"]["properties"] if each in known}


if __name__ == "__main__":
    print(rendered(), end="")
