"""Calls that set a run up: dates, cash, parameters, securities, indicators, schedules, models.

Knows: the API's names and arguments. Must not know: syntax trees, days, prices.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from . import frameworks
from .arguments import Call, plain, ticker_of
from .expressions import UNKNOWN, Study, Ticker
from .interpretation import Callback, Instance, Interpretation

SUBSCRIPTIONS: Final = {
    "add_equity": "equity",
    "add_security": "equity",
    "add_option": "equity",
    "add_crypto": "crypto",
    "add_crypto_future": "cryptofuture",
    "add_forex": "forex",
    "add_future": "future",
    "add_cfd": "cfd",
    "add_index": "index",
}


STUDIES: Final[dict[str, tuple[str, tuple[float, ...]]]] = {
    "sma": ("sma", (20,)),
    "ema": ("ema", (20,)),
    "wma": ("wma", (20,)),
    "dema": ("ema", (20,)),
    "hma": ("wma", (20,)),
    "rsi": ("rsi", (14,)),
    "macd": ("macd", (12, 26, 9)),
    "bb": ("bb", (20, 2)),
    "std": ("std", (20,)),
    "mom": ("mom", (20,)),
    "momp": ("roc", (20,)),
    "roc": ("roc", (20,)),
    "rocp": ("roc", (20,)),
    "atr": ("atr", (14,)),
    "max": ("max", (20,)),
    "min": ("min", (20,)),
    "identity": ("sma", (1,)),
    "simple_moving_average": ("sma", (20,)),
    "exponential_moving_average": ("ema", (20,)),
    "weighted_moving_average": ("wma", (20,)),
    "linear_weighted_moving_average": ("wma", (20,)),
    "relative_strength_index": ("rsi", (14,)),
    "moving_average_convergence_divergence": ("macd", (12, 26, 9)),
    "bollinger_bands": ("bb", (20, 2)),
    "standard_deviation": ("std", (20,)),
    "rate_of_change": ("roc", (20,)),
    "rate_of_change_percent": ("roc", (20,)),
    "momentum": ("mom", (20,)),
    "momentum_percent": ("roc", (20,)),
    "average_true_range": ("atr", (14,)),
    "maximum": ("max", (20,)),
    "minimum": ("min", (20,)),
}


_DATE_RULES: Final = {
    "month_start": "@month",
    "month_end": "@month",
    "week_start": "@week",
    "week_end": "@week",
    "year_start": "@year",
    "year_end": "@year",
    "every_day": "@day",
    "every": "@week",
}


MAX_PERIOD: Final = 2_000


def _date(reading: Interpretation, call: Call) -> object:
    values = [plain(value) for value in call.arguments[:3]]
    found: date | None = None
    if call.arguments and isinstance(call.arguments[0], date):
        found = call.arguments[0]
    elif len(values) == 3 and all(value is not None for value in values):
        year, month, day = (int(value) for value in values if value is not None)
        try:
            found = date(year, month, day)
        except (ValueError, OverflowError):
            reading.fail(
                "ValueError : Year, Month, and Day parameters describe an un-representable date", call.node
            )
    if found is not None and call.name == "set_start_date":
        reading.start = found
    elif found is not None:
        reading.end = found
    return None


def _cash(reading: Interpretation, call: Call) -> object:
    amount = plain(call.get(0)) if len(call.arguments) < 2 else plain(call.get(1))
    if amount is None:
        amount = plain(call.get(0, "starting_cash", "amount"))
    if amount is not None and 0 < amount < 1e13:
        reading.cash = float(amount)
    return None


def _parameter(reading: Interpretation, call: Call) -> object:
    name, default = call.get(0, "name"), call.get(1, "default_value")
    if not isinstance(name, str):
        return UNKNOWN
    value = reading.parameters.get(name)
    if value is None or (isinstance(value, float) and plain(value) is None):
        return default
    if isinstance(default, int | float) and not isinstance(default, bool):
        number = plain(value)
        if number is None:
            return default
        return int(number) if isinstance(default, int) and number == int(number) else number
    return value


def subscribed(reading: Interpretation, call: Call) -> object:
    """Add a security; the call is worth the security."""
    ticker = ticker_of(call.get(0, "ticker", "symbol"))
    kind, second = SUBSCRIPTIONS[call.name], call.get(1, "resolution")
    if (
        call.name == "add_security"
        and isinstance(call.get(0), str)
        and call.get(0) in {*SUBSCRIPTIONS.values()}
    ):
        kind, ticker, second = str(call.get(0)), ticker_of(call.get(1, "ticker")), call.get(2, "resolution")
    if ticker is None:
        return UNKNOWN
    reading.subscribe(ticker, kind, second if isinstance(second, str) else None)
    return Ticker(ticker)


def _symbol(_: Interpretation, call: Call) -> object:
    ticker = ticker_of(call.get(0))
    return Ticker(ticker) if ticker is not None else UNKNOWN


def study(reading: Interpretation, call: Call) -> object:
    """Make an indicator, by LEAN's short name or by its class."""
    kind, periods = STUDIES[call.name]
    ticker = (
        ticker_of(call.get(0, "symbol")) if isinstance(call.owner, Instance) or reading.translated else None
    )
    found = [
        value for value in call.arguments if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    named = [
        call.keywords[key]
        for key in ("period", "fast_period", "slow_period", "signal_period", "k")
        if key in call.keywords
    ]
    numbers = [plain(value) for value in (*found, *named)]
    chosen = [number for number in numbers if number is not None][: len(periods)]
    filled = tuple(chosen) + periods[len(chosen) :]
    if any(number <= 0 for number in filled):
        reading.fail(
            f"ArgumentException : {call.spelled}: a period must be positive, not {min(filled):g}", call.node
        )
        return UNKNOWN
    whole = tuple(
        number if kind == "bb" and i == 1 else float(int(min(max(number, 1), MAX_PERIOD)))
        for i, number in enumerate(filled)
    )
    return Study(kind, whole, ticker)


def _scheduled(reading: Interpretation, call: Call) -> object:
    rule = next(
        (value for value in call.arguments if isinstance(value, str) and value.startswith("@")), "@day"
    )
    for value in call.arguments:
        if isinstance(value, Callback):
            reading.handlers.append((rule[1:], value))
    return None


def _date_rule(_: Interpretation, call: Call) -> object:
    return _DATE_RULES[call.name]


def _listened(reading: Interpretation, call: Call) -> object:
    for value in call.arguments:
        if isinstance(value, Callback):
            reading.handlers.append(("bar", value))
    return UNKNOWN


def _benchmark(reading: Interpretation, call: Call) -> object:
    reading.benchmark = (
        ticker_of(call.get(len(call.arguments) - 1 if call.arguments else 0)) or reading.benchmark
    )
    return None


def _warm_up(reading: Interpretation, call: Call) -> object:
    amount = plain(call.get(0)) or 0.0
    # A span is in seconds here: nobody warms up with ten thousand bars.
    bars = amount / 86_400 * 0.69 if amount > 10_000 else amount
    reading.warm_up = max(reading.warm_up, min(int(bars), MAX_PERIOD))
    return None


def _universe(reading: Interpretation, call: Call) -> object:
    for value in call.arguments:
        if isinstance(value, frameworks.Model):
            for symbol in value.symbols():
                reading.subscribe(symbol, "equity", None)
            return None
    if call.name == "add_universe":
        # A universe chosen by data that the sandbox lacks: the same few large companies each time.
        for ticker in frameworks.LARGE:
            reading.subscribe(ticker, "equity", None)
    return None


def _alpha(reading: Interpretation, call: Call) -> object:
    for value in call.arguments:
        if isinstance(value, frameworks.Model):
            reading.handlers.append(("alpha", value))  # type: ignore[arg-type]  # run like a handler
        elif isinstance(value, Instance):
            method = value.method("update") or value.method("Update")
            if method is not None:
                reading.handlers.append(("bar", Callback(value, method)))
    return None


def _constructed(reading: Interpretation, call: Call) -> object:
    named = call.get(0)
    reading.constructs = not (isinstance(named, frameworks.Model) and "Null" in named.name)
    return None


MEANINGS: Final[dict[str, Callable[[Interpretation, Call], object]]] = {
    "set_start_date": _date,
    "set_end_date": _date,
    "set_cash": _cash,
    "get_parameter": _parameter,
    "create": _symbol,
    "on": _scheduled,
    "consolidate": _listened,
    "set_warm_up": _warm_up,
    "set_warmup": _warm_up,
    "set_benchmark": _benchmark,
    "add_universe": _universe,
    "set_universe_selection": _universe,
    "add_universe_selection": _universe,
    **dict.fromkeys(_DATE_RULES, _date_rule),
    "set_alpha": _alpha,
    "add_alpha": _alpha,
    "set_portfolio_construction": _constructed,
}
