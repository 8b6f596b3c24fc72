"""Who reaches something, and why: a tool, an endpoint, a scope, a group or a persona.

Knows: one policy and the people. Must not know: files, changes.
"""

import json
from collections.abc import Iterator, Mapping

from codegen.inputs.suggestions import meant
from codegen.policy_review import personas
from codegen.policy_review.personas import Held, People
from codegen.policy_review.policy import GrantedTool, Policy
from codegen.policy_review.wording import counted, needs, tools_by_effect


class UnknownNameError(ValueError):
    """Nothing is called so; the text says what is near."""


def explained(policy: Policy, name: str, named: People) -> str:
    """Explain a name; raises UnknownNameError."""
    everybody = personas.together(policy, policy, named, named)
    people = {who: views.after for who, views in everybody.items()}
    path = f"/{name}" if f"/{name}" in {**policy.grants, **policy.withheld} else name
    if name in policy.tools:
        return "\n".join(_tool(policy, policy.tools[name], people))
    if path in policy.grants or path in policy.withheld:
        return "\n".join(_endpoint(policy, path, people))
    if name in policy.scopes:
        return "\n".join(_scope(policy, name, people))
    if name in people:
        return "\n".join(_person(policy, name, people[name]))
    known = [*policy.tools, *policy.grants, *policy.withheld, *policy.scopes, *people]
    raise UnknownNameError(
        f'"{name}" is not a tool, endpoint, scope, group or persona{meant(name, known)}\n'
        "    fix: name one of generated/SCOPES.md"
    )


def _tool(policy: Policy, tool: GrantedTool, people: Mapping[str, Held]) -> Iterator[str]:
    yield f"{tool.name}: tool of {tool.toolset}, effect {tool.effect}, needs {needs(tool.scopes)}"
    for path in tool.endpoints:
        grant = policy.grants[path]
        yield (
            f"  {path}: {grant.effect}, {needs(grant.scopes)} ({grant.place.file}, line {grant.place.line})"
        )
    if not tool.endpoints and tool.name in policy.local:
        place = policy.local[tool.name].place
        yield f"  calls no endpoint ({place.file}, line {place.line})"
    yield from _reach(tool, people)


def _reach(tool: GrantedTool, people: Mapping[str, Held]) -> Iterator[str]:
    for who, held in people.items():
        missing = [scope for scope in tool.scopes if scope not in held.scopes]
        limit = tool.closed(held.limits)
        why = f"holds {needs(tool.scopes)}" if tool.scopes else "needs nothing"
        if missing or limit:
            why = f"lacks {needs(missing)}" if missing else f"its limit on {limit} closes the tool"
        yield f"  {'no ' if missing or limit else 'yes'} {who}: {why}"


def _endpoint(policy: Policy, path: str, people: Mapping[str, Held]) -> Iterator[str]:
    if path in policy.withheld:
        yield f"{path}: withheld, no tool offers it: {policy.withheld[path]}"
        return
    grant = policy.grants[path]
    place = f"{grant.place.file}, line {grant.place.line}"
    yield f"{path}: effect {grant.effect}, needs {needs(grant.scopes)} ({place})"
    for argument, scopes in grant.raises.items():
        yield f"  {argument}: needs {needs(scopes)} besides"
    for name in policy.offered.get(path, ()):
        if name in policy.tools:
            yield from (f"  {line}" for line in _tool(policy, policy.tools[name], people))


def _scope(policy: Policy, scope: str, people: Mapping[str, Held]) -> Iterator[str]:
    yield f"{scope}: {policy.scopes[scope]}"
    holders = [who for who, held in people.items() if scope in held.scopes]
    yield f"  held by {', '.join(holders) or 'nobody'}"
    tools = [tool for tool in policy.tools.values() if scope in tool.scopes]
    yield f"  opens {counted(len(tools), 'tool')}"
    for tool in tools:
        also = [other for other in tool.scopes if other != scope]
        yield f"    {tool.effect:6} {tool.name}{f', together with {needs(also)}' if also else ''}"


def _person(policy: Policy, name: str, held: Held) -> Iterator[str]:
    kind = "group" if name in policy.groups else "persona"
    reached = held.reached(policy)
    yield f"{name}: {kind}, reaches {len(reached)} of {counted(len(policy.tools), 'tool')}"
    yield f"  holds {', '.join(sorted(held.scopes)) or 'no scope'}"
    missing = sorted(set(policy.scopes) - held.scopes)
    if missing:
        yield f"  lacks {', '.join(missing)}"
    if held.limits:
        yield f"  limited to {', '.join(f'{key} {json.dumps(value)}' for key, value in held.limits.items())}"
    for effect, count, names in tools_by_effect(reached.values()):
        yield f"  {count} {effect}: {names}"
