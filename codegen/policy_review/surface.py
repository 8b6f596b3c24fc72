"""How a tool meets its callers, and which changes of that give them more: limits, arguments, hints.

Knows: what the overlay keeps from callers, how a limit of a token reads that.
Must not know: scopes, personas.

A tool that a limit reaches (`unreached` says which it does not) and that has no argument to be checked by
(`narrowed`) is closed to the limited token. So a `narrowed` that is taken away closes the tool, and one that
is added opens it. The server decides alike (`ledgai_mcp/calls/limits.py`).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from codegen.tools.declarations import LIMITS, MAY_BE_UNREACHED, Declaration

Loosened: TypeAlias = Literal["limit", "exposed", "repeated", "additive"]
OPEN = "unreached"
"""The way of a limited token to a tool that its limit does not reach."""


@frozen
class Surface:
    """What the overlay keeps from the callers of a tool. Empty: nothing."""

    narrowed: Mapping[str, tuple[str, ...]] = field(factory=dict)
    """Kind of limit -> the arguments that it is checked by."""
    besides: Mapping[str, Mapping[str, tuple[str, ...] | None]] = field(factory=dict)
    """Kind of limit -> what it reads where that is given -> what every limit lets pass; None: all."""
    called: Mapping[str, Mapping[str, str]] = field(factory=dict)
    """Kind of limit -> the tool's own word -> the limit's word."""
    counted: Mapping[str, str] = field(factory=dict)
    """Daily count -> how much of it a call takes."""
    unreached: frozenset[str] = frozenset()
    """Kinds of limit that have nothing to do with it."""
    shut: frozenset[str] = frozenset()
    """Kinds of limit that close it, whatever its effect."""
    held: frozenset[str] = frozenset()
    """Arguments that a caller cannot set."""
    kept: frozenset[str] = frozenset()
    """The only arguments that a caller can set; empty: all but those held."""
    repeatable: bool = False
    """Declared as safe to repeat, though it changes something."""
    additive: bool = False
    """Declared to replace nothing: clients may call it without asking a person."""

    def way(self, kind: str, *, live: bool) -> str:
        """Say what checks a limit of this kind: arguments, nothing (OPEN); empty if the tool is closed."""
        if kind in self.narrowed:
            words = ", ".join(f"{own} for {word}" for own, word in sorted(self.called.get(kind, {}).items()))
            read = ", ".join(self.narrowed[kind]) + (f" ({words})" if words else "")
            return read + "".join(f", {each}" for each in self._besides(kind))
        if kind in self.shut:
            return ""
        return OPEN if (kind in self.unreached if kind in MAY_BE_UNREACHED else not live) else ""

    def _besides(self, kind: str) -> Iterator[str]:
        for path, free in sorted(self.besides.get(kind, {}).items()):
            if free is not None:
                yield f"{path} where given" + (f" ({', '.join(free)} for everybody)" if free else "")

    def closed(self, limits: Mapping[str, Any], *, live: bool) -> str:
        """Return which of a token's limits closes the tool whatever the arguments are; empty if none does."""
        for kind in LIMITS:
            name = f"{kind}s"
            if name not in limits:
                continue
            allowed = limits[name]
            if kind in self.called:
                allowed = [own for own, word in self.called[kind].items() if word in allowed]
            by_project = kind == "organization" and "projects" in limits and "project" in self.narrowed
            is_open = allowed if kind in self.narrowed else self.way(kind, live=live) or by_project
            if kind in self.shut or not is_open:
                return name
        counts = ((count, used) for count, used in self.counted.items() if count in limits)
        return next((count for count, used in counts if used != "one" or limits[count] == 0), "")


NOTHING = Surface()
LOCAL = Surface(unreached=frozenset(MAY_BE_UNREACHED))
"""Of a tool that calls no endpoint, and so acts on nothing that is limited."""


@frozen
class Turn:
    """One change of a surface. `loosened`: which rule it touches; None if it gives nobody more."""

    said: str
    loosened: Loosened | None = None


def of(declaration: Declaration) -> Surface:
    """Read the surface of a tool off its entry in the overlay."""
    return Surface(
        narrowed=dict(sorted(declaration.narrowed.items())),
        besides=declaration.besides,
        called=declaration.called,
        counted=dict(sorted(declaration.counted.items())),
        unreached=frozenset(LIMITS) & frozenset(declaration.unreached),
        shut=frozenset(LIMITS) & frozenset(declaration.closed),
        held=frozenset({*declaration.omit, *declaration.inject}),
        kept=frozenset(declaration.only),
        repeatable=declaration.idempotent is True,
        additive=declaration.additive,
    )


def turns(before: Surface, after: Surface, *, live: bool) -> Iterator[Turn]:
    """Yield what changed, in words that follow the name of the tool; `live`: its effect after the change."""
    yield from _limits(before, after, live=live)
    yield from _counts(before, after)
    if opened := sorted(after.unreached - before.unreached):
        yield Turn(f"is opened to every caller with a limit on the {' or the '.join(opened)}")
    if shut := sorted(before.unreached - after.unreached):
        yield Turn(f"is no longer open to every caller with a limit on the {' or the '.join(shut)}")
    yield from _arguments(before, after)
    yield from _declared(before.repeatable, after.repeatable, "safe to repeat", "repeated")
    yield from _declared(before.additive, after.additive, "to replace nothing", "additive")


def _limits(before: Surface, after: Surface, *, live: bool) -> Iterator[Turn]:
    for kind in sorted({*before.narrowed, *after.narrowed}):
        was, now = before.way(kind, live=live), after.way(kind, live=live)
        if kind in before.narrowed and kind in after.narrowed:
            if was != now:
                yield Turn(f"checks a limit on the {kind} by {now}, no longer by {was}", "limit")
        elif kind in after.narrowed:
            yield Turn(f"can be held to a limit on the {kind}, checked by {now}")
        elif kind == "organization" and not now and "project" in after.narrowed:
            said = f"checks a limit on the {kind} by the token's projects alone, no longer by {was}"
            yield Turn(said, "limit")
        elif not now:
            yield Turn(f"is closed to every caller with a limit on the {kind} (was checked by {was})")
        elif kind not in MAY_BE_UNREACHED:
            yield Turn(f"can no longer be held to a limit on the {kind} (was checked by {was})", "limit")


def _counts(before: Surface, after: Surface) -> Iterator[Turn]:
    for count in sorted({*before.counted, *after.counted}):
        was, now = before.counted.get(count), after.counted.get(count)
        if now is None:
            yield Turn(f"is no longer counted in {count}", "limit")
        elif now == "one" and was == "many":
            yield Turn(f"takes one of {count}, no longer many", "limit")
        elif was != now:
            yield Turn(f"takes {now} of {count}")


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


def _declared(before: bool, after: bool, what: str, rule: Loosened) -> Iterator[Turn]:
    if after and not before:
        yield Turn(f"is declared {what}", rule)
    elif before and not after:
        yield Turn(f"is no longer declared {what}")
