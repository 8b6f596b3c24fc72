"""What a person must acknowledge: changes after which somebody can do more, or is asked less before doing it.

Knows: the rules. Must not know: how a change was found, how it is shown.

1. gain: somebody gains tools that write, delete or move real money.
2. weaker: an effect is lowered (a server for reading alone would offer it, a call be repeated, no person
   asked), or what writes needs fewer scopes than before.
3. orphan: a scope loses its last endpoint. Whoever holds it keeps a token that says more than it does, and
   the next endpoint that is put under it goes to all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

from attrs import frozen

from codegen.catalogue import Effect
from codegen.power.policy import STRENGTH, Policy, Power
from codegen.scopemap import Grant

Rule: TypeAlias = Literal["gain", "lowered", "fewer", "orphan"]


@frozen
class Escalation:
    """One of them. `who` is a persona, an endpoint or a scope; `tools` are those concerned."""

    rule: Rule
    who: str
    tools: tuple[str, ...]
    effect: Effect | None
    said: str
    """The fact in a few words, without `who` and `tools`."""


def gains(gained: Mapping[str, Iterable[Power]]) -> Iterator[Escalation]:
    """Yield one escalation for each persona and effect, the strongest effect first."""
    for effect in reversed(STRENGTH[1:]):
        for who, tools in gained.items():
            names = tuple(tool.name for tool in tools if tool.effect == effect)
            if names:
                count = f"a {effect} tool" if len(names) == 1 else f"{len(names)} {effect} tools"
                yield Escalation("gain", who, names, effect, f"gains {count}")


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


def orphans(old: Policy, new: Policy) -> Iterator[Escalation]:
    """Yield one escalation for each scope that covered something and covers nothing now."""
    used = _used(new)
    for scope in sorted(_used(old) - used):
        said = "covers no endpoint any more" if scope in new.scopes else "is gone; tokens still hold it"
        yield Escalation("orphan", scope, (), None, said)


def _used(policy: Policy) -> set[str]:
    return {scope for grant in (*policy.grants.values(), *policy.local.values()) for scope in grant.scopes}
