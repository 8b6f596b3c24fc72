"""How a tool meets its callers, and which changes of that give them more: limits, arguments, hints.

Knows: what the overlay keeps from callers. Must not know: scopes, effects, personas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from attrs import field, frozen

from codegen.tools.declarations import MAY_BE_UNREACHED, Declaration

Loosened: TypeAlias = Literal["limit", "exposed", "repeated", "additive"]


@frozen
class Surface:
    """What the overlay keeps from the callers of a tool. Empty: nothing."""

    limits: Mapping[str, str] = field(factory=dict)
    """Kind of limit -> the arguments that it is judged by, and under which names, in words."""
    counts: Mapping[str, str] = field(factory=dict)
    """Daily count -> how much of it a call takes."""
    beyond: frozenset[str] = frozenset()
    """Kinds of limit that are said to have nothing to do with it."""
    held: frozenset[str] = frozenset()
    """Arguments that a caller cannot set."""
    kept: frozenset[str] = frozenset()
    """The only arguments that a caller can set; empty: all but those held."""
    repeatable: bool = False
    """Declared as safe to repeat, though it changes something."""
    additive: bool = False
    """Declared to replace nothing: clients may call it without asking a person."""


NOTHING = Surface()


@frozen
class Turn:
    """One change of a surface. `loosened`: which rule it touches; None if it gives nobody more."""

    said: str
    loosened: Loosened | None = None


def of(declaration: Declaration) -> Surface:
    """Read the surface of a tool off its entry in the overlay."""
    return Surface(
        limits={kind: _judged(declaration, kind) for kind in sorted(declaration.narrowed)},
        counts=dict(sorted(declaration.counted.items())),
        beyond=frozenset(MAY_BE_UNREACHED) & frozenset(declaration.unreached),
        held=frozenset({*declaration.omit, *declaration.hidden, *declaration.inject}),
        kept=frozenset(declaration.only),
        repeatable=declaration.idempotent is True,
        additive=declaration.additive,
    )


def turns(before: Surface, after: Surface) -> Iterator[Turn]:
    """Yield what changed, each in words that follow the name of the tool."""
    for kind in sorted({*before.limits, *after.limits}):
        was, now = before.limits.get(kind), after.limits.get(kind)
        if now is None:
            yield Turn(f"can no longer be held to a limit on the {kind} (was judged by {was})", "limit")
        elif was is None:
            yield Turn(f"can be held to a limit on the {kind}, judged by {now}")
        elif was != now:
            yield Turn(f"judges a limit on the {kind} by {now}, no longer by {was}", "limit")
    for count in sorted({*before.counts, *after.counts}):
        was, now = before.counts.get(count), after.counts.get(count)
        if now is None:
            yield Turn(f"is no longer counted in {count}", "limit")
        elif now == "one" and was == "many":
            yield Turn(f"takes one of {count}, no longer many", "limit")
        elif was != now:
            yield Turn(f"takes {now} of {count}")
    if opened := sorted(after.beyond - before.beyond):
        yield Turn(f"is opened to every caller with a limit on the {' or the '.join(opened)}")
    if shut := sorted(before.beyond - after.beyond):
        yield Turn(f"is no longer open to every caller with a limit on the {' or the '.join(shut)}")
    yield from _arguments(before, after)
    if after.repeatable and not before.repeatable:
        yield Turn("is declared safe to repeat", "repeated")
    elif before.repeatable and not after.repeatable:
        yield Turn("is no longer declared safe to repeat")
    if after.additive and not before.additive:
        yield Turn("is declared to replace nothing", "additive")
    elif before.additive and not after.additive:
        yield Turn("is no longer declared to replace nothing")


def _judged(declaration: Declaration, kind: str) -> str:
    paths, words = ", ".join(declaration.narrowed[kind]), declaration.called.get(kind, {})
    names = ", ".join(f"{own} for {limited}" for own, limited in sorted(words.items()))
    return f"{paths} ({names})" if names else paths


def _arguments(before: Surface, after: Surface) -> Iterator[Turn]:
    opened = set(before.held - after.held)
    if before.kept and after.kept:
        opened |= after.kept - before.kept
    elif before.kept:
        yield Turn(f"takes every argument, no longer only {', '.join(sorted(before.kept))}", "exposed")
    if opened:
        yield Turn(f"lets callers set {', '.join(sorted(opened))}", "exposed")
    closed = (after.held - before.held) | (before.kept - after.kept if after.kept else set())
    if closed:
        yield Turn(f"no longer lets callers set {', '.join(sorted(closed))}")
    if after.kept and not before.kept:
        yield Turn(f"takes only {', '.join(sorted(after.kept))}")
