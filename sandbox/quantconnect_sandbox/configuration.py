"""What a sandbox can be told: where it listens, how fast time runs, which of the API's habits it shows.

Knows: every choice and its values. Must not know: requests, endpoints, state.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from attrs import asdict, evolve, frozen

FASTEST = 1_000_000
"""The highest speed; 0 is faster than any."""


@frozen
class Switches:
    """What the sources leave open (api-facts 10). The first value of each is its default."""

    dates: Literal["mixed", "space", "iso"] = "mixed"
    """How dates are written: mixed is ISO in backtests, with a space elsewhere."""
    auth_status: Literal["200", "401"] = "200"
    """HTTP status of bad credentials (api-facts 2.1: clients read the text of a 200)."""
    errors_key: Literal["absent", "empty"] = "absent"
    """Whether a success carries `errors` (api-facts 2.2)."""
    key_case: Literal["camel", "pascal"] = "camel"
    """Keys inside charts and orders (api-facts 4.3: Pascal until 2024)."""
    empty_map: Literal["list", "map"] = "list"
    """How an empty map is written (api-facts 1.4: the PHP back-end sends a list)."""
    statistics: Literal["strings", "numbers"] = "strings"
    """Decimals inside tradeStatistics and portfolioStatistics (api-facts 4.3)."""
    refusals: Literal["errors", "messages", "message"] = "errors"
    """Which of the three known failure envelopes is sent (api-facts 2.2)."""
    consent: Literal["granted", "visit"] = "granted"
    """When a brokerage lets the user in: as soon as that is asked for, or when the link is opened."""
    throttle: Literal["off", "on"] = "off"
    """Refuse a backtest that follows another of the same user too soon (api-facts 2.3)."""
    late_statistics: Literal["off", "on"] = "off"
    """Leave results out of the first answers after `completed` (api-facts 4.1)."""

    @classmethod
    def choices(cls) -> dict[str, list[str]]:
        """Every switch and its values; the first is the default."""
        return {name: list(get_args(kind)) for name, kind in get_type_hints(cls).items()}

    def changed(self, values: Mapping[str, Any]) -> Switches:
        """A copy with some switches set. Raises ValueError that names the switch and its values."""
        choices = self.choices()
        for name, value in values.items():
            if name not in choices:
                raise ValueError(f"unknown switch {name!r}; the switches are {', '.join(choices)}")
            if value not in choices[name]:
                raise ValueError(f"switch {name!r} must be {' or '.join(choices[name])}, not {value!r}")
        return evolve(self, **values)

    def described(self) -> dict[str, str]:
        """Switch names and values."""
        return asdict(self)


@frozen
class Configuration:
    """One sandbox. Paths are optional files; `speed` scales every duration, 0 means "at once"."""

    host: str = "127.0.0.1"
    port: int = 5612
    """0 picks a free port. 5612 is where the LEAN CLI looks when QC_API=local (api-facts 2)."""
    speed: float = 1.0
    state: Path | None = None
    users: Path | None = None
    faults: Path | None = None
    switches: Switches = Switches()
