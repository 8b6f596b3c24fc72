"""How much of the account is invested, and when: the one thing that a simulation makes up.

Knows: a seed, parameters, what the basket of securities did. Must not know: code, orders, results.
The better the parameters, the more often the share is high before a rise: an optimisation has a hill to find.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from .market import YEAR, seeded

HIGHEST = 0.98
"""Fees must fit beside what is invested."""
WORST, BEST = -0.06, 0.10
"""What the parameters add to a year's gain, at the foot and on top of the hill."""
_PACE = {"daily": 12, "hour": 4, "minute": 2}
"""Days from one rearrangement to the next, about; more if there would be too many orders."""
_MOST_ORDERS = 5_000


def goodness(defaults: Mapping[str, float | None], given: Mapping[str, float | None], seed: str) -> float:
    """Between 0 and 1: how near the parameters are to the top of the hill, without steps or corners.

    The top lies near the default in the code (or near 30), on a logarithmic scale; where exactly follows
    from the parameter's name. Code without parameters has a goodness of its own.
    """
    distances = []
    for name, default in sorted(defaults.items()):
        value = given.get(name, default)
        if value is not None:
            generator = seeded("hill", name, default)
            beside = generator.uniform(0.3, 0.9) * generator.choice((-1, 1))
            top = math.asinh(30.0 if default is None else default) + beside
            distances.append((math.asinh(value) - top) / 0.8)
    if not distances:
        return seeded("goodness", seed).uniform(0.2, 0.9)
    return 1 / (1 + sum(each * each for each in distances) / len(distances))


def schedule(
    days: int, books: Collection[Sequence[float]], resolution: str, good: float, seed: str
) -> Iterator[tuple[int, float]]:
    """The days on which the account is rearranged, each with the share that is invested from then on."""
    generator, starts = seeded("exposure", seed), [1]
    pace = max(_PACE[resolution], days * len(books) // _MOST_ORDERS)
    while starts[-1] < days:
        starts.append(starts[-1] + generator.randint(max(pace // 2, 1), pace + pace // 2))
    moods = [0.38 + generator.uniform(-0.5, 0.5) for _ in starts]
    spans = [(first, min(after, days - 1)) for first, after in pairwise(starts)]
    gains = [sum(book[after] / book[first] - 1 for book in books) for first, after in spans]
    ahead = sum(map(abs, gains)) / max(len(books), 1)
    wanted = WORST + (BEST - WORST) * good
    tilt = max(-0.3, min(0.3, wanted * days / YEAR / ahead)) if ahead else 0.0
    for start, mood, change in zip(starts, moods, gains, strict=False):
        yield start, max(0.0, min(HIGHEST, mood + (tilt if change > 0 else -tilt)))
