"""Calls of the language and its library: numbers, lists, dates, spans.

Knows: a few built-in functions. Must not know: LEAN's API, syntax trees.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from .arguments import Call, plain
from .expressions import SYMBOLIC, UNKNOWN, Clock, Operation, Ticker
from .interpretation import Interpretation


def _moment(_: Interpretation, call: Call) -> object:
    values = [plain(value) for value in call.arguments[:3]]
    if len(values) < 3 or any(value is None for value in values):
        return UNKNOWN
    try:
        return date(*(int(value) for value in values if value is not None))
    except (ValueError, OverflowError):
        return UNKNOWN


def _span(_: Interpretation, call: Call) -> object:
    """A time span in seconds."""
    scale = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
    by_name = {"from_days": 86_400, "from_hours": 3_600, "from_minutes": 60, "from_seconds": 1}
    if call.name in by_name:
        return (plain(call.get(0)) or 0) * by_name[call.name]
    total = (plain(call.get(0)) or 0) * 86_400
    return total + sum((plain(value) or 0) * scale.get(name, 0) for name, value in call.keywords.items())


def _number(reading: Interpretation, call: Call) -> object:
    value = call.get(0)
    number = plain(value)
    if number is not None:
        return {"int": int, "float": float, "decimal": float}.get(call.name, float)(number)
    if isinstance(value, SYMBOLIC) and call.name == "int":
        return Operation("FloorDiv", value, 1)
    return value if isinstance(value, SYMBOLIC) else UNKNOWN


def _arithmetic(_: Interpretation, call: Call) -> object:
    value = call.get(0)
    if call.name == "len":
        return len(value) if isinstance(value, list | dict | str) else UNKNOWN
    number = plain(value)
    if number is None or isinstance(value, str):
        return value if isinstance(value, SYMBOLIC) else UNKNOWN
    if call.name == "round":
        digits = plain(call.get(1)) or 0
        return round(number, int(min(max(digits, 0), 15)))
    return abs(number)


def _range(_: Interpretation, call: Call) -> object:
    values = [plain(value) for value in call.arguments[:3]]
    if not values or any(value is None for value in values):
        return UNKNOWN
    try:
        steps = range(*(int(value) for value in values if value is not None))
    except ValueError:
        return UNKNOWN
    return list(steps[:60])


def _pairs(_: Interpretation, call: Call) -> object:
    value = call.get(0)
    if call.name == "enumerate":
        return [[index, item] for index, item in enumerate(value)] if isinstance(value, list) else UNKNOWN
    if call.name in {"list", "sorted", "tuple", "set"}:
        return list(value) if isinstance(value, list | dict) else UNKNOWN
    owner = call.owner
    if isinstance(owner, dict):
        if call.name == "items":
            return [
                [Ticker(key) if isinstance(key, str) and key.isupper() else key, item]
                for key, item in owner.items()
            ]
        if call.name == "values":
            return list(owner.values())
        return [Ticker(key) if isinstance(key, str) and key.isupper() else key for key in owner]
    return UNKNOWN


def _append(_: Interpretation, call: Call) -> object:
    if isinstance(call.owner, list) and len(call.owner) < 60 and call.arguments:
        call.owner.append(call.arguments[0])
    return None


def _now(_: Interpretation, call: Call) -> object:
    return call.owner if isinstance(call.owner, Clock) else UNKNOWN


def _contained(_: Interpretation, __: Call) -> object:
    """`data.contains_key(x)`: the simulation has data for everything, every day."""
    return True


def _today(reading: Interpretation, call: Call) -> object:
    return _now(reading, call) if isinstance(call.owner, Clock) else _moment(reading, call)


def _weekday(_: Interpretation, call: Call) -> object:
    return Clock("weekday") if isinstance(call.owner, Clock) else UNKNOWN


MEANINGS: Final[dict[str, Callable[[Interpretation, Call], object]]] = {
    "datetime": _moment,
    "date_time": _moment,
    "date": _today,
    "weekday": _weekday,
    **dict.fromkeys(("timedelta", "from_days", "from_hours", "from_minutes", "from_seconds"), _span),
    **dict.fromkeys(("int", "float", "decimal", "parse", "to_int32", "to_decimal"), _number),
    **dict.fromkeys(("abs", "round", "len"), _arithmetic),
    "range": _range,
    **dict.fromkeys(("enumerate", "list", "sorted", "tuple", "set", "items", "values", "keys"), _pairs),
    "append": _append,
    "add": _append,
    "contains_key": _contained,
    "contains": _contained,
}
