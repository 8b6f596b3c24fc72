"""Answers: the envelope around a payload, and the parts of it that the switches change.

Knows: markers for dates, empty maps, cased and numeric parts; how each is written.
Must not know: endpoints, HTTP.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from attrs import field, frozen

from quantconnect_sandbox.configuration import Switches


class RefusedError(Exception):
    """The API says no: HTTP 200, `success: false` and texts (api-facts 2.2)."""

    def __init__(self, *errors: str) -> None:
        super().__init__(*errors)
        self.errors = list(errors)


@frozen
class Instant:
    """A date in an answer. `home` is the style it has when the switch says "mixed" (api-facts 10)."""

    seconds: float
    home: Literal["space", "iso"] = "space"


@frozen
class Mapped:
    """A map in an answer: written as `[]` when it is empty (api-facts 1.4)."""

    items: Mapping[str, Any]


@frozen
class Cased:
    """A part (chart, order) whose key spelling changed over the years (api-facts 4.3)."""

    value: Any


@frozen
class Performance:
    """Trade and portfolio statistics, whose decimals come as text or as numbers (api-facts 4.3)."""

    value: Any


@frozen
class Verbatim:
    """Plain JSON without any marker inside: written as it is."""

    value: Any


@frozen
class Redirect:
    """An answer that is not JSON: 302 to a place (api-facts 6, live/auth0/authorize)."""

    location: str


@frozen
class Missing:
    """An answer that is not JSON: 404 (api-facts 6, live/auth0/authorize with a bad project)."""


@frozen
class Download:
    """An answer that is not JSON: a file."""

    content: bytes = field(repr=False)
    name: str
    media_type: str


@frozen
class Bare:
    """A payload that carries neither `success` nor `errors` (api-facts 2.2: AI tools)."""

    payload: Mapping[str, Any]


def rendered(value: Any, switches: Switches) -> Any:
    """The value as plain JSON, every marker written as the switches say."""
    match value:
        case Verbatim(value=inner):
            return inner
        case Instant():
            return date_text(value, switches.dates)
        case Mapped(items=items):
            if not items and switches.empty_map == "list":
                return []
            return {key: rendered(item, switches) for key, item in items.items()}
        case Cased(value=inner):
            return inner if switches.key_case == "camel" else _pascal(inner)
        case Performance(value=inner):
            return inner if switches.statistics == "strings" else _numeric(inner)
        case dict():
            return {key: rendered(item, switches) for key, item in value.items()}
        case list() | tuple():
            return [rendered(item, switches) for item in value]
    return value


def accepted(payload: Mapping[str, Any], switches: Switches) -> dict[str, Any]:
    """A success: the payload, `success: true`, and `errors: []` if the switch says so."""
    answer = {key: rendered(value, switches) for key, value in payload.items()}
    if switches.errors_key == "empty":
        answer["errors"] = []
    answer["success"] = True
    return answer


def refused(errors: list[str], switches: Switches) -> dict[str, Any]:
    """A failure in the shape that the switch names (api-facts 2.2 lists three)."""
    match switches.refusals:
        case "messages":
            return {"success": False, "messages": errors}
        case "message":
            return {"success": False, "Message": "; ".join(errors)}
    return {"errors": errors, "success": False}


def encoded(answer: Any) -> bytes:
    """Compact JSON. NaN and infinity have no JSON and would break clients: they become null."""
    try:
        return json.dumps(answer, separators=(",", ":"), allow_nan=False).encode()
    except ValueError:
        return json.dumps(_finite(answer), separators=(",", ":"), allow_nan=False).encode()


def date_text(instant: Instant, style: str) -> str:
    """`2026-01-02 03:04:05` (no zone) or `2026-01-02T03:04:05Z` (api-facts 1.6)."""
    chosen = instant.home if style == "mixed" else style
    at = datetime.fromtimestamp(instant.seconds, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ" if chosen == "iso" else "%Y-%m-%d %H:%M:%S")


def _pascal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: _PARTS.get(key, _pascal)(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_pascal(item) for item in value]
    return value


def _named(series: dict[str, Any]) -> dict[str, Any]:
    """The series of a chart: their names are no keys."""
    return {name: _pascal(each) for name, each in series.items()}


def _kebab(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events of an order: `fill-price`, also before 2024."""
    return [{re.sub(r"(?=[A-Z])", "-", key).lower(): item for key, item in each.items()} for each in events]


_PARTS: dict[str, Callable[[Any], Any]] = {"series": _named, "events": _kebab}
"""Parts of a chart and of an order that had another spelling than the rest."""


def _numeric(value: Any, inside: bool = False) -> Any:
    """Numbers for the texts inside the two kinds of statistics; durations and dates stay texts."""
    if isinstance(value, dict):
        return {
            key: _numeric(item, inside or key in ("tradeStatistics", "portfolioStatistics"))
            for key, item in value.items()
        }
    if inside and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value
