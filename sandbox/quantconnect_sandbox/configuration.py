"""What a sandbox can be told: where it listens, how fast time runs,
and which of the API's known habits it shows.

Knows: every choice and its values. Must not know: requests, endpoints, state.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from attrs import evolve, field, fields, frozen

FASTEST = 1_000_000
"""The highest speed; 0 is faster than any."""


class DateStyle(StrEnum):
    """How dates are written (api_facts 10: moving; MIXED = ISO in backtests, space elsewhere)."""

    MIXED = "mixed"
    SPACE = "space"
    ISO = "iso"


class AuthStatus(StrEnum):
    """HTTP status of bad credentials (api_facts 2.1: clients read the text of a 200)."""

    OK = "200"
    UNAUTHORIZED = "401"


class ErrorsKey(StrEnum):
    """Whether a success carries `errors` (api_facts 2.2)."""

    ABSENT = "absent"
    EMPTY = "empty"


class KeyCase(StrEnum):
    """Key spelling inside charts and orders (api_facts 4.3: Pascal until 2024)."""

    CAMEL = "camel"
    PASCAL = "pascal"


class EmptyMap(StrEnum):
    """How an empty map is written (api_facts 1.4: the PHP back-end sends a list)."""

    LIST = "list"
    MAP = "map"


class Numbers(StrEnum):
    """Decimals inside tradeStatistics and portfolioStatistics (api_facts 4.3)."""

    STRINGS = "strings"
    NUMBERS = "numbers"


class RefusalShape(StrEnum):
    """Which of the three known failure envelopes is sent (api_facts 2.2)."""

    ERRORS = "errors"
    MESSAGES = "messages"
    MESSAGE = "message"


class Consent(StrEnum):
    """When a brokerage lets the user in: as soon as that is asked for, or when the link is opened."""

    GRANTED = "granted"
    VISIT = "visit"


class Toggle(StrEnum):
    """On or off."""

    OFF = "off"
    ON = "on"


@frozen
class Switches:
    """What the sources leave open (api_facts 10). Each value is an enum; defaults are the proposed ones."""

    dates: DateStyle = field(default=DateStyle.MIXED, converter=DateStyle)
    auth_status: AuthStatus = field(default=AuthStatus.OK, converter=AuthStatus)
    errors_key: ErrorsKey = field(default=ErrorsKey.ABSENT, converter=ErrorsKey)
    key_case: KeyCase = field(default=KeyCase.CAMEL, converter=KeyCase)
    empty_map: EmptyMap = field(default=EmptyMap.LIST, converter=EmptyMap)
    statistics: Numbers = field(default=Numbers.STRINGS, converter=Numbers)
    refusals: RefusalShape = field(default=RefusalShape.ERRORS, converter=RefusalShape)
    consent: Consent = field(default=Consent.GRANTED, converter=Consent)
    throttle: Toggle = field(default=Toggle.OFF, converter=Toggle)
    """Refuse a backtest that follows another of the same user too soon (api_facts 2.3)."""
    late_statistics: Toggle = field(default=Toggle.OFF, converter=Toggle)
    """Leave results out of the first answers after `completed` (api_facts 4.1)."""

    @classmethod
    def choices(cls) -> dict[str, list[str]]:
        """Every switch and the values it takes; the first is the default."""
        return {each.name: [str(value) for value in type(each.default)] for each in fields(cls)}

    def changed(self, values: Mapping[str, Any]) -> Switches:
        """A copy with some switches set. Raises ValueError that names the switch and its values."""
        choices = self.choices()
        for name, value in values.items():
            if name not in choices:
                raise ValueError(f"there is no switch {name!r}; the switches are {', '.join(choices)}")
            if value not in choices[name]:
                raise ValueError(f"switch {name!r} takes {' or '.join(choices[name])}, not {value!r}")
        return evolve(self, **values)

    def described(self) -> dict[str, str]:
        """Switch names and values, as text."""
        return {each.name: str(getattr(self, each.name)) for each in fields(type(self))}


@frozen
class Configuration:
    """One sandbox. Paths are optional files; `speed` scales every duration, 0 means "at once"."""

    host: str = "127.0.0.1"
    port: int = 5612
    """0 picks a free port. 5612 is where the LEAN CLI looks when QC_API=local (api_facts 2)."""
    speed: float = 1.0
    state: Path | None = None
    users: Path | None = None
    faults: Path | None = None
    switches: Switches = Switches()
