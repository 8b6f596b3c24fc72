"""What `value.name` means: fields of securities, holdings, indicators, time, and the project's own objects.

Knows: LEAN's property names in both spellings. Must not know: syntax trees, calls.
"""

from __future__ import annotations

import re
from typing import Final

from .expressions import UNKNOWN, Clock, Held, Money, Price, Ready, Study, Ticker
from .interpretation import Callback, Instance, Interpretation

PORTFOLIO: Final = object()


_PRICE_FIELDS: Final = {
    "price": "close",
    "close": "close",
    "value": "close",
    "open": "open",
    "high": "high",
    "low": "low",
    "volume": "volume",
    "bid_price": "close",
    "ask_price": "close",
}


_HELD_FIELDS: Final = {
    "invested": "invested",
    "hold_stock": "invested",
    "quantity": "quantity",
    "absolute_quantity": "quantity",
    "average_price": "average_price",
    "unrealized_profit_percent": "profit_ratio",
    "unrealized_profit": "profit",
    "holdings_value": "value",
    "is_long": "long",
    "is_short": "short",
}


_STUDY_PARTS: Final = {
    "signal": "signal",
    "upper_band": "upper",
    "lower_band": "lower",
    "middle_band": "middle",
    "fast": "fast",
    "slow": "slow",
    "histogram": "histogram",
}


_MONEY_FIELDS: Final = {
    "total_portfolio_value": "equity",
    "cash": "cash",
    "margin_remaining": "cash",
    "total_profit": "profit",
    "total_unrealized_profit": "profit",
}


_CLOCK_FIELDS: Final = {"year", "month", "day", "hour", "minute", "second", "day_of_week", "quarter", "date"}


def snake(name: str) -> str:
    """`SetHoldings` and `set_holdings` are one name to LEAN."""
    if name.isupper():
        return name.lower()
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name[:80]).lower()


def attribute(reading: Interpretation, base: object, spelled: str) -> object:
    """What `base.spelled` is."""
    name = snake(spelled)
    if isinstance(base, Instance):
        return _member(reading, base, spelled, name)
    if base is PORTFOLIO:
        if name in _MONEY_FIELDS:
            return Money(_MONEY_FIELDS[name])
        return Held(None, "invested") if name in {"invested", "hold_stock"} else UNKNOWN
    if isinstance(base, Ticker):
        if name in _PRICE_FIELDS and name != "value":
            return Price(base.value, _PRICE_FIELDS[name])
        if name in _HELD_FIELDS:
            return Held(base.value, _HELD_FIELDS[name])
        if name == "value":
            return base.value
        return (
            True
            if name in {"has_data", "is_tradable"}
            else (base if name in {"symbol", "holdings"} else UNKNOWN)
        )
    if isinstance(base, Study):
        if name in {"is_ready"}:
            return Ready(base)
        if name in _STUDY_PARTS:
            return Study(base.kind, base.periods, base.ticker, _STUDY_PARTS[name])
        return base if name in {"current", "value", "average"} else UNKNOWN
    if isinstance(base, Clock) and name in _CLOCK_FIELDS:
        return Clock({"day_of_week": "weekday", "date": "day"}.get(name, name))
    if name == "added_securities":
        return [Ticker(ticker) for ticker in reading.assets]
    if name in {"invested", "hold_stock"}:
        return Held(None, "invested")
    return UNKNOWN


def _member(reading: Interpretation, base: Instance, spelled: str, name: str) -> object:
    if spelled in base.attributes:
        return base.attributes[spelled]
    method = base.method(spelled)
    if method is not None:
        return Callback(base, method)
    if name in {"algorithm", "_algorithm"}:
        return next((v for v in reading.names.values() if isinstance(v, Instance) and v.algorithm), UNKNOWN)
    if base.algorithm:
        if name in {"time", "utc_time"}:
            return Clock("time")
        if name == "portfolio":
            return PORTFOLIO
        if name == "is_warming_up":
            return False
    return UNKNOWN
