"""Time in the sandbox: what time it is, and how far something that takes time has come.

Knows: the speed, and every earlier one. Must not know: what it is that takes time.
"""

import math
import time
from datetime import UTC, datetime

from attrs import define, field, frozen

LEAP = 1e12
"""Sandbox seconds that pass at the end of a period in which everything happened at once."""


@frozen
class _Period:
    """A stretch of real time with one speed. `start` is real, `reached` sandbox seconds at its start."""

    start: float
    reached: float
    speed: float


@define
class Clock:
    """Real time for dates; scaled time for durations. `speed` 10 = ten times as fast, 0 = at once.

    The speed may change while things are under way: what was over stays over.
    """

    _speed: float = 1.0
    _periods: list[_Period] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._periods = [_Period(self.now(), 0.0, self._speed)]

    @property
    def speed(self) -> float:
        """Of now."""
        return self._speed

    @speed.setter
    def speed(self, value: float) -> None:
        self._begin(value, 0.0)
        self._speed = value

    def advance(self, seconds: float) -> None:
        """Sandbox seconds that pass now, beside those that pass by themselves; dates stay real."""
        self._begin(self._speed, seconds)

    def now(self) -> float:
        """Unix seconds, UTC."""
        return time.time()

    def elapsed(self, since: float, until: float | None = None) -> float:
        """Sandbox seconds between two moments (the second is now); infinite at speed 0."""
        if self._speed == 0:
            return math.inf
        return max(0.0, self._reached(self.now() if until is None else until) - self._reached(since))

    def share(self, since: float, seconds: float) -> float:
        """How much (0..1) of something that takes `seconds` is done when it began at `since`."""
        return 1.0 if seconds <= 0 else min(1.0, self.elapsed(since) / seconds)

    def passed(self, since: float, seconds: float, until: float | None = None) -> bool:
        """Whether `seconds` of sandbox time have passed between two moments (the second is now)."""
        return self.elapsed(since, until) >= seconds

    def _begin(self, speed: float, jump: float) -> None:
        now, last = self.now(), self._periods[-1]
        passed = LEAP if last.speed == 0 else (now - last.start) * last.speed
        self._periods.append(_Period(now, last.reached + passed + jump, speed))

    def _reached(self, moment: float) -> float:
        """Sandbox seconds at a real moment; before the first period its speed counts."""
        at = next((each for each in reversed(self._periods) if each.start <= moment), self._periods[0])
        return at.reached + (moment - at.start) * at.speed


def moment(seconds: float) -> datetime:
    """Unix seconds as an aware UTC datetime."""
    return datetime.fromtimestamp(seconds, UTC)
