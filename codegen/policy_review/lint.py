"""The policy's own sense: lines that are well formed and still say something odd.

Knows: what scope names, effects, paths and group names promise. Must not know: changes, personas.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from codegen.inputs.problems import Place, Problem, Problems
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


def findings(policy: Policy) -> list[Problem]:
    """Return what is odd, each with its line and what to write; sorted."""
    found = Problems()
    for name, grant in (*policy.grants.items(), *policy.local.items()):
        for what, fix in _odd(name, grant):
            found.at(grant.place, what, fix)
    _scopes(policy, found)
    _groups(policy, found)
    _order(policy, found)
    return sorted(set(found.found))


def _odd(name: str, grant: Grant) -> Iterator[tuple[str, str]]:
    kinds = {_kind(scope) for scope in grant.scopes}
    verb = re.split(r"[/-]", name.lower())[-1]
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


def _scopes(policy: Policy, found: Problems) -> None:
    for scope, sentence in policy.scopes.items():
        place, reserved = policy.places[scope], sentence.startswith(RESERVED)
        if scope not in policy.used and not reserved:
            fix = f"delete it, or begin its sentence with `{RESERVED};`"
            found.at(place, f"{scope} covers no endpoint", fix)
        if scope in policy.used and reserved:
            found.at(place, f"{scope} is reserved, and covers an endpoint", "say what it allows")


def _groups(policy: Policy, found: Problems) -> None:
    for name, scopes in policy.groups.items():
        reached, place = policy.reached(scopes).values(), policy.places[name]
        if _READER.search(name.lower()):
            _reader(name, scopes, reached, place, found)
        for denied in _WITHOUT.findall(name.lower()):
            holds = [scope for scope in scopes if denied in scope.split(":")]
            may = [tool.name for tool in reached if denied in (tool.effect, tool.toolset)]
            if holds or may:
                what = f'the group "{name}" holds what its name denies: {", ".join(holds or may)}'
                found.at(place, what, "take it out, or rename the group")


def _order(policy: Policy, found: Problems) -> None:
    for less, more in pairwise(name for name in ORDER if name in policy.groups):
        for scope in policy.groups[less]:
            if scope not in policy.groups[more]:
                what = f'the group "{less}" holds {scope}, which the more powerful group "{more}" lacks'
                found.at(policy.places[less], what, f"add it to {more}, or take it out of {less}")


def _reader(
    name: str, scopes: Iterable[str], reached: Iterable[GrantedTool], place: Place, found: Problems
) -> None:
    for tool in reached:
        if tool.effect != "read":
            money = "moves real money" if tool.effect == "live" else f"has the effect {tool.effect}"
            what = f'the group "{name}" reaches {tool.name}, which {money} ({", ".join(tool.scopes)})'
            found.at(place, what, "take the scope out of the group, or put the endpoint under another scope")
    for scope in scopes:
        if _kind(scope) != "read":
            found.at(place, f'the group "{name}" holds {scope}', "take it out, or rename the group")
