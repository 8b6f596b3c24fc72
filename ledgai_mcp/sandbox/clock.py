"""Time in the sandbox: what time it is, and how far something that takes time has come.

Knows: the speed. Must not know: what it is that takes time.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from attrs import define


@define
class Clock:
    """Real time for dates; scaled time for durations. `speed` 10 = ten times as fast, 0 = at once."""

    speed: float = 1.0

    def now(self) -> float:
        """Unix seconds, UTC."""
        return time.time()

    def share(self, since: float, seconds: float) -> float:
        """How much (0..1) of something that takes `seconds` is done when it began at `since`."""
        if self.speed == 0 or seconds <= 0:
            return 1.0
        return max(0.0, min(1.0, (self.now() - since) * self.speed / seconds))

    def passed(self, since: float, seconds: float) -> bool:
        """Whether `seconds` of sandbox time have passed since then."""
        return self.share(since, seconds) >= 1.0

    def elapsed(self, since: float) -> float:
        """Sandbox seconds since then; infinite at speed 0."""
        if self.speed == 0:
            return float("inf")
        return max(0.0, (self.now() - since) * self.speed)


def moment(seconds: float) -> datetime:
    """Unix seconds as an aware UTC datetime."""
    return datetime.fromtimestamp(seconds, UTC)
