"""One call's arguments, read with the types that an endpoint expects.

Knows: how lenient the API is (numbers and booleans as text), and how it words what is wrong.
Must not know: endpoints.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from attrs import define, field

from quantconnect_sandbox.exchange.envelope import RefusedError

LARGEST_INTEGER = 2**63 - 1


@define
class Arguments:
    """Arguments by name. Every reader raises RefusedError with a text that names the argument."""

    values: dict[str, Any] = field(repr=False)

    def has(self, name: str) -> bool:
        """Whether the argument was given and is not null (api-facts 2: clients may send nulls)."""
        return self.values.get(name) is not None

    def raw(self, name: str) -> Any:
        """The value as it came, None when absent."""
        return self.values.get(name)

    def integer(self, name: str, default: int | None = None) -> int:
        """A whole number; required unless there is a default."""
        value = self._given(name, default)
        return default if value is None and default is not None else whole(value, name)

    def number(self, name: str, default: float | None = None) -> float:
        """A number; required unless there is a default."""
        value = self._given(name, default)
        return default if value is None and default is not None else decimal(value, name)

    def flag(self, name: str, default: bool | None = None) -> bool:
        """A boolean, also as "true"/"false", 1/0 or "1"/"0" (form posts)."""
        match self._given(name, default):
            case None:
                return bool(default)
            case True | "true" | "True" | "1" | 1:
                return True
            case False | "false" | "False" | "0" | 0:
                return False
        raise RefusedError(f"Invalid argument: {name} must be true or false.")

    def text(self, name: str, default: str | None = None) -> str:
        """Text that is not blank; required unless there is a default (then blank is allowed)."""
        value = self.values.get(name)
        if value is None and default is not None:
            return default
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if value is not None and not isinstance(value, str):
            raise RefusedError(f"Invalid argument: {name} must be text.")
        if value is None or (default is None and not value.strip()):
            raise RefusedError(f"Required parameter {name} is empty.")
        return value

    def _given(self, name: str, default: Any) -> Any:
        """The value, None when it is absent or blank; refused then unless there is a default."""
        value = self.values.get(name)
        if value is not None and value != "":
            return value
        if default is None:
            raise RefusedError(f"Required parameter {name} is empty.")
        return None

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """One of some words."""
        value = self.text(name, default)
        if value not in choices:
            raise RefusedError(f"Invalid argument: {name} must be one of {', '.join(choices)}.")
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        """A map; absent, `""` and `[]` are the empty one."""
        value = self.values.get(name)
        if value is None or value in ("", []):
            return {}
        if not isinstance(value, dict):
            raise RefusedError(f"Invalid argument: {name} must be an object.")
        return value

    def items(self, name: str) -> list[Any]:
        """A list; absent and `""` are the empty one; a map gives its values (PHP arrays with gaps)."""
        value = self.values.get(name)
        if value is None or value in ("", {}):
            return []
        if isinstance(value, dict):
            return list(value.values())
        if not isinstance(value, list):
            raise RefusedError(f"Invalid argument: {name} must be a list.")
        return value

    def rows(self, name: str) -> list[Arguments]:
        """A list of objects."""
        rows = self.items(name)
        if not all(isinstance(row, dict) for row in rows):
            raise RefusedError(f"Invalid argument: {name} must be a list of objects.")
        return [Arguments(row) for row in rows]

    def window(self, largest: int, start: str = "start", end: str = "end") -> tuple[int, int]:
        """A page: `start` inclusive, `end` exclusive, at most `largest` wide (api-facts 10)."""
        first, last = self.integer(start), self.integer(end)
        if first < 0 or last < first:
            raise RefusedError(f"Invalid argument: {start} must be at least 0 and at most {end}.")
        if last - first > largest:
            raise RefusedError(f"Invalid argument: at most {largest} items can be read at once.")
        return first, last


def whole(value: Any, name: str) -> int:
    """A value as an integer, or a refusal that names it."""
    if isinstance(value, str):
        text = value.strip()
        if len(text) < 20 and text.lstrip("+-").isdecimal() and text.lstrip("+-").isascii():
            value = int(text)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_INTEGER:
        raise RefusedError(f"Invalid argument: {name} must be a whole number.")
    return value


def decimal(value: Any, name: str) -> float:
    """A value as a finite float, or a refusal that names it."""
    try:
        number = (
            float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
        )
    except (ValueError, OverflowError):
        number = None
    if number is None or not math.isfinite(number):
        raise RefusedError(f"Invalid argument: {name} must be a number.")
    return number


def scalars(values: Mapping[str, Any], name: str) -> dict[str, str | int | float]:
    """A map of text and numbers (backtest parameters), or a refusal that names the bad one."""
    for key, value in values.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise RefusedError(f"Not a valid parameter set: {name} {key!r} must be text or a number.")
    return dict(values)
