"""What a person must acknowledge: changes after which somebody can do more, or is asked less before doing it.

Knows: the rules. Must not know: how a change was found, how it is shown.

1. gain: somebody gains tools that write, delete or move real money; a tool that changes more than it did is
   gained by all who reach it. `alone`: no persona shows it, but scopes that exist already are enough now.
2. weaker: an effect is lowered (a server for reading alone would offer it, a call be repeated, no person
   asked), or what writes needs fewer scopes than before.
3. offered: an endpoint that was withheld for a reason is offered.
4. the same tool gives more: it calls another endpoint that changes something, lets go of a limit, lets
   callers set an argument that was kept from them, or is declared safe to repeat or to replace nothing.
5. limit: a token with limits is let through to an endpoint that was closed to it, or checked by another
   argument, whatever the tool is named.
6. orphan: a scope loses its last endpoint. Whoever holds it keeps a token that says more than it does, and
   the next endpoint that is put under it goes to all of them.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Literal, TypeAlias

from attrs import frozen

from codegen.policy_review.policy import STRENGTH, GrantedTool, Policy
from codegen.policy_review.surface import Loosened
from codegen.policy_review.tools import Reshaped
from codegen.tools.catalogue import Effect
from codegen.tools.scope_map import Grant

Rule: TypeAlias = Literal["gain", "alone", "lowered", "fewer", "offered", "calls", "orphan"] | Loosened


@frozen
class Escalation:
    """One of them. `who` is a persona, a tool, an endpoint or scopes; `tools` are those concerned."""

    rule: Rule
    who: str
    tools: tuple[str, ...]
    effect: Effect | None
    said: str
    """The fact in a few words, without `who` and `tools`."""


def gains(gained: Mapping[str, Iterable[GrantedTool]]) -> Iterator[Escalation]:
    """Yield one escalation for each persona and effect, the strongest effect first."""
    for effect in reversed(STRENGTH[1:]):
        for who, tools in gained.items():
            names = tuple(tool.name for tool in tools if tool.effect == effect)
            if names:
                yield Escalation("gain", who, names, effect, f"gains {_counted(names, effect)}")


def alone(old: Policy, new: Policy, names: Mapping[str, str], shown: Container[str]) -> Iterator[Escalation]:
    """Yield one escalation for each set of scopes that opens tools it did not open, and that could be held.

    A token is minted with any scopes, so personas cannot show all that somebody may hold. `names` are the
    renamings, `shown` the tools of which an escalation tells already.
    """
    opened: list[GrantedTool] = []
    for tool in new.tools.values():
        held = frozenset(tool.scopes)
        before = old.reached(held).get(names.get(tool.name, tool.name))
        if tool.effect == "read" or tool.name in shown or not held <= set(old.scopes):
            continue
        if before is None or stronger(tool, before):
            opened.append(tool)

    def key(tool: GrantedTool) -> tuple[int, tuple[str, ...]]:
        return -STRENGTH.index(tool.effect), tool.scopes

    for (_, scopes), found in groupby(sorted(opened, key=key), key):
        tools = list(found)
        which = tuple(tool.name for tool in tools)
        effect = tools[0].effect
        who, said = (" + ".join(scopes), "alone is enough for") if scopes else ("every caller", "gains")
        yield Escalation("alone", who, which, effect, f"{said} {_counted(which, effect)}")


def stronger(after: GrantedTool, before: GrantedTool) -> bool:
    """Whether a tool changes more than it did."""
    return STRENGTH.index(after.effect) > STRENGTH.index(before.effect)


def weaker(
    entries: Iterable[tuple[str, tuple[str, ...], Grant | None, Grant | None]],
) -> Iterator[Escalation]:
    """Yield one escalation for each endpoint whose effect is lowered, or that writes for fewer scopes."""
    for name, tools, before, after in entries:
        if before is None or after is None:
            continue
        if STRENGTH.index(after.effect) < STRENGTH.index(before.effect):
            said = f"effect lowered from {before.effect} to {after.effect}"
            yield Escalation("lowered", name, tools, after.effect, said)
        if set(after.scopes) < set(before.scopes) and (before.effect, after.effect) != ("read", "read"):
            dropped = ", ".join(sorted(set(before.scopes) - set(after.scopes)))
            yield Escalation("fewer", name, tools, after.effect, f"no longer needs {dropped}")
        for argument, scopes in before.raises.items():
            dropped = ", ".join(sorted({*scopes} - {*after.scopes, *after.raises.get(argument, ())}))
            if dropped:
                said = f"no longer needs {dropped} for {argument}"
                yield Escalation("fewer", name, tools, after.effect, said)


def offered(old: Policy, new: Policy) -> Iterator[Escalation]:
    """Yield one escalation for each endpoint that was withheld, and is granted."""
    for path, reason in old.withheld.items():
        if path in new.grants:
            said = f"is no longer withheld, for which the reason was: {reason}"
            yield Escalation("offered", path, (), new.grants[path].effect, said)


def loosened(new: Policy, tools: Iterable[Reshaped]) -> Iterator[Escalation]:
    """Yield what tools that were there already give to whoever reaches them."""
    for tool in tools:
        for path in tool.calls:
            effect = new.grants[path].effect
            if effect != "read":
                yield Escalation(
                    "calls", tool.name, (), effect, f"calls {path}, which has the effect {effect}"
                )
        for turn in tool.changes:
            if turn.loosened and not (turn.loosened == "repeated" and new.tools[tool.name].effect == "read"):
                yield Escalation(turn.loosened, tool.name, (), new.tools[tool.name].effect, turn.said)


def orphans(old: Policy, new: Policy) -> Iterator[Escalation]:
    """Yield one escalation for each scope that covered something and covers nothing now."""
    for scope in sorted(old.used - new.used):
        said = "covers no endpoint any more" if scope in new.scopes else "is gone; tokens still hold it"
        yield Escalation("orphan", scope, (), None, said)


def _counted(names: tuple[str, ...], effect: Effect) -> str:
    return f"a {effect} tool" if len(names) == 1 else f"{len(names)} {effect} tools"
