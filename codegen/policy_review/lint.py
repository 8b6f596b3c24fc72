"""The policy's own sense: lines that are well formed and still say something odd.

Knows: what scope names, effects, paths and group names promise. Must not know: changes, personas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from codegen.inputs.problems import Place, Problem
from codegen.policy_review.policy import GrantedTool, Policy
from codegen.tools.scope_map import Grant

RESERVED = "Reserved"
"""A scope whose sentence starts so may cover nothing."""
_READER = re.compile(r"(^|[_-])(read|readonly|reader|view|viewer|audit|auditor|observer)($|[_-])")
_WITHOUT = re.compile(r"(?:^|[_-])(?:no|not|without)[_-]?([a-z]+)")
_CHANGES = re.compile(
    r"(create|update|patch|set|upload|abort|stop|liquidate|broadcast|acquire|rename|add|remove|delete)\Z"
)
ORDER = ("readonly", "trader", "admin")
"""Groups of which each may do what the one before it may: who is promoted loses nothing."""
_DELETES = re.compile(r"(delete|remove)\Z")


def findings(policy: Policy, file: str = "scopes.yaml") -> list[Problem]:
    """Return what is odd, each with its line and what to write; sorted."""
    found = [*_grants(policy), *_scopes(policy, file), *_groups(policy, file), *_order(policy, file)]
    return sorted(set(found))


def _grants(policy: Policy) -> Iterator[Problem]:
    for name, grant in (*policy.grants.items(), *policy.local.items()):
        for what, fix in _odd(name, grant):
            yield Problem(grant.place.file, grant.place.line, what, fix)


def _odd(name: str, grant: Grant) -> Iterator[tuple[str, str]]:
    kinds = {_kind(scope) for scope in grant.scopes}
    verb = re.split(r"[/-]", name.rstrip("/").lower())[-1]
    if grant.effect != "read" and kinds <= {"read"}:
        needed = " and ".join(grant.scopes) or "no scope"
        yield (
            f"{name} has the effect {grant.effect}, and needs {needed}",
            "put it under a scope that says so: qc:FAMILY:write, :delete or :execute",
        )
    if grant.effect == "delete" and kinds - {"read"} and "delete" not in kinds:
        yield (
            f"{name} deletes, and needs no :delete scope ({', '.join(grant.scopes)})",
            "put it under qc:FAMILY:delete",
        )
    if "delete" in kinds and grant.effect != "delete":
        yield (
            f"{name} needs a :delete scope, and has the effect {grant.effect}",
            "write `effect: delete`, or another scope",
        )
    if grant.effect == "read" and name.startswith("/") and _CHANGES.match(verb):
        effect = "delete" if _DELETES.match(verb) else "write"
        yield (f'{name} says "{verb}", and has the effect read', f"write `effect: {effect}`, or live")
    elif grant.effect == "write" and name.startswith("/") and _DELETES.match(verb):
        yield (f'{name} says "{verb}", and has the effect write', "write `effect: delete`")


def _kind(scope: str) -> str:
    return scope.rpartition(":")[2]


def _scopes(policy: Policy, file: str) -> Iterator[Problem]:
    used = {scope for grant in (*policy.grants.values(), *policy.local.values()) for scope in grant.scopes}
    for scope, sentence in policy.scopes.items():
        if scope not in used and not sentence.startswith(RESERVED):
            yield Problem(
                file,
                policy.lines[scope],
                f"{scope} covers no endpoint",
                f"delete it, or begin its sentence with `{RESERVED};`",
            )
        if scope in used and sentence.startswith(RESERVED):
            yield Problem(
                file,
                policy.lines[scope],
                f"{scope} is reserved, and covers an endpoint",
                "say what it allows",
            )


def _groups(policy: Policy, file: str) -> Iterator[Problem]:
    for name, scopes in policy.groups.items():
        reached = policy.reached(scopes).values()
        if _READER.search(name.lower()):
            yield from _reader(name, scopes, list(reached), Place(file, policy.lines[name]))
        for denied in _WITHOUT.findall(name.lower()):
            holds = [scope for scope in scopes if denied in scope.split(":")]
            may = [tool.name for tool in reached if denied in (tool.effect, tool.toolset)]
            if holds or may:
                yield Problem(
                    file,
                    policy.lines[name],
                    f'the group "{name}" holds what its name denies: {", ".join(holds or may)}',
                    "take it out, or rename the group",
                )


def _order(policy: Policy, file: str) -> Iterator[Problem]:
    for less, more in pairwise(name for name in ORDER if name in policy.groups):
        for scope in policy.groups[less]:
            if scope not in policy.groups[more]:
                what = f'the group "{less}" holds {scope}, which the more powerful group "{more}" lacks'
                fix = f"add it to {more}, or take it out of {less}"
                yield Problem(file, policy.lines[less], what, fix)


def _reader(
    name: str, scopes: tuple[str, ...], reached: list[GrantedTool], place: Place
) -> Iterator[Problem]:
    for tool in reached:
        if tool.effect != "read":
            money = "moves real money" if tool.effect == "live" else f"has the effect {tool.effect}"
            yield Problem(
                place.file,
                place.line,
                f'the group "{name}" reaches {tool.name}, which {money} ({", ".join(tool.scopes)})',
                "take the scope out of the group, or put the endpoint under another scope",
            )
    for scope in scopes:
        if _kind(scope) != "read":
            what = f'the group "{name}" holds {scope}'
            yield Problem(place.file, place.line, what, "take it out, or rename the group")
