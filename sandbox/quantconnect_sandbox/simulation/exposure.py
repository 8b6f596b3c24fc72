"""How much of the account is invested, and when: the one thing that a simulation makes up.

Knows: a seed, parameters, what the basket of securities did. Must not know: code, orders, results.
The better the parameters, the more often the share is high before a rise: an optimisation has a hill to find.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from .market import seeded

HIGHEST = 0.98
"""Fees and a gap at the open must fit beside what is invested."""
WORST, BEST = -0.06, 0.10
"""What the parameters add to a year's gain, at the foot and on top of the hill."""


def goodness(
    defaults: Mapping[str, float | None], given: Mapping[str, str | float | int], seed: str
) -> float:
    """Between 0 and 1: how near the parameters are to the top of the hill, without steps or corners.

    The top lies near the default in the code (or near 30), on a logarithmic scale; where exactly follows
    from the parameter's name. Code without parameters has a goodness of its own.
    """
    distances = []
    for name in sorted({*defaults, *given}):
        default = defaults.get(name)
        value = given.get(name, default)
        if value is not None:
            generator = seeded("hill", name, default)
            beside = generator.uniform(0.3, 0.9) * generator.choice((-1, 1))
            top = math.asinh(30.0 if default is None else default) + beside
            distances.append((_position(value) - top) / 0.8)
    if not distances:
        return seeded("goodness", seed).uniform(0.2, 0.9)
    return 1 / (1 + sum(each * each for each in distances) / len(distances))


def _position(value: str | float | int) -> float:
    """A number on a scale that is logarithmic but for the smallest; a text somewhere on it."""
    try:
        number = float(value)
    except (ValueError, OverflowError):
        number = math.nan
    return math.asinh(number) if math.isfinite(number) else seeded("text", value).uniform(0, 6)


def schedule(
    steps: int, pace: int, years: float, gain: Callable[[int, int], float], good: float, seed: str
) -> Iterator[tuple[int, float]]:
    """The steps at which the account is rearranged, each with the share that is invested from then on.

    About every `pace` steps; `gain` is what the basket gains between two steps.
    """
    generator = seeded("exposure", seed)
    starts = [1]
    while starts[-1] < steps:
        starts.append(starts[-1] + generator.randint(max(pace // 2, 1), pace + pace // 2))
    moods = [0.38 + generator.uniform(-0.5, 0.5) for _ in starts]
    gains = [gain(first, min(after, steps - 1)) for first, after in pairwise(starts)]
    ahead = sum(map(abs, gains))
    wanted = WORST + (BEST - WORST) * good
    tilt = max(-0.3, min(0.3, wanted * years / ahead)) if ahead else 0.0
    for start, mood, change in zip(starts, moods, gains, strict=False):
        yield start, max(0.0, min(HIGHEST, mood + (tilt if change > 0 else -tilt)))
