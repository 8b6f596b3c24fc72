"""Times of two things that are measured in turn, so that a busy machine slows both.

Knows: medians and ratios. Must not know: what is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from attrs import frozen


@frozen
class Row:
    """One line of the table."""

    what: str
    seconds: float
    """Of ours, the median."""
    beside: str
    ratio: float
    """Of ours to what stands beside it, medians of the same run."""


def in_turn(measures: Sequence[Callable[[], float]], times: int) -> list[float]:
    """Take each measure `times` times, one after the other in turn, and return their medians.

    Args:
        measures: each does its work once and returns seconds.
        times: how often; one more round before it is not counted.
    """
    found: list[list[float]] = [[] for _ in measures]
    for turn in range(times + 1):
        for measure, series in zip(measures, found, strict=True):
            seconds = measure()
            if turn:
                series.append(seconds)
    return [median(series) for series in found]


def table(rows: Sequence[Row]) -> str:
    """Write the rows as a table: what, how long, how many times as long as what."""
    widest = max(len(row.what) for row in rows)
    return "\n".join(
        f"  {row.what:<{widest}}  {_time(row.seconds):>8}  {row.ratio:6.2f} x {row.beside}" for row in rows
    )


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1_000_000:.0f} us"
