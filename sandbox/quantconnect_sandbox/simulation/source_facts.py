"""What is taken from a project's code: dates, cash, securities, resolution, parameters, and a few names.

Knows: what LEAN calls things. Must not know: a language's syntax, prices, results.
Nothing of a strategy's logic is followed; where several values are possible, all of them count.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from attrs import field, frozen

Constant = str | int | float | date
Parameters = Mapping[str, str | float | int]
SETUP: Final = "initialize"
HANDLERS: Final = (SETUP, "on_data", "on_end_of_day", "on_order_event", "on_securities_changed")
"""Methods whose first lines decide whether a run can go on."""
MOST_ASSETS: Final = 25
KINDS: Final = {
    "equity": "equity",
    "option": "equity",
    "crypto": "crypto",
    "crypto_future": "cryptofuture",
    "cryptofuture": "cryptofuture",
    "forex": "forex",
    "future": "future",
    "cfd": "cfd",
    "index": "index",
}
UNNAMED: Final = {"crypto": "BTCUSD", "cryptofuture": "BTCUSDT", "forex": "EURUSD", "future": "ES"}
UNNAMED_OTHER: Final = {"cfd": "XAUUSD", "index": "SPX", "equity": "SPY"}
"""What a call subscribes to whose ticker is no constant."""
UNIVERSE: Final = ("AAPL", "MSFT", "AMZN", "GOOG", "NVDA")
"""What a universe selected by market data holds here."""
_UNIVERSE_CALLS: Final = frozenset({"add_universe", "add_universe_selection", "set_universe_selection"})
_INSIGHT_CALLS: Final = frozenset({"emit_insights", "set_alpha", "add_alpha"})
_ORDER_CALLS: Final = re.compile(r"\w*_order|set_holdings|liquidate|buy|sell|order")
_TICKER: Final = re.compile(r"[\w.\-/ ]{1,32}")
_FINENESS: Final = ("daily", "hour", "minute")
_CRASH: Final = re.compile(r"(?:#|//)\s*sandbox:\s*crash at (\d*\.?\d+)")
_QUEUE: Final = re.compile(r"(?:#|//)\s*sandbox:\s*queue for (\d{1,6})")


@frozen
class SourceCall:
    """A call as it is written; each argument is the constants that it may be, none if it is no constant."""

    name: str
    """In snake case, whatever the language."""
    arguments: tuple[tuple[Constant, ...], ...]
    keywords: Mapping[str, tuple[Constant, ...]]
    file: str
    line: int

    def values(self, place: int, keyword: str = "") -> tuple[Constant, ...]:
        """What an argument may be."""
        if keyword in self.keywords:
            return self.keywords[keyword]
        return self.arguments[place] if place < len(self.arguments) else ()

    def every(self) -> list[Constant]:
        """All constants among the arguments."""
        return [value for each in (*self.arguments, *self.keywords.values()) for value in each]

    def texts(self, place: int, keyword: str = "") -> list[str]:
        """The texts that an argument may be; no members of enumerations."""
        return [text for text in self.values(place, keyword) if isinstance(text, str) and "::" not in text]


@frozen
class Failure:
    """Why a run stops, and after which share of it."""

    message: str
    stacktrace: str
    at: float
    initialize: bool = False

    @classmethod
    def thrown(cls, kind: str, text: str, method: str, file: str, line: int, code: str) -> Failure:
        """An exception that the code raises unconditionally."""
        message = f"{kind} : {text}" if text else kind
        trace = f"{message}\n  at {method}\n    {code.strip()[:300]}\n in {file}: line {line}"
        return cls(message, trace, 0.0, method.lower() == SETUP)

    @property
    def error(self) -> str:
        """As the API tells it."""
        if not self.initialize:
            return f"Runtime Error: {self.message}"
        return f"During the algorithm initialization, the following exception has occurred: {self.message}"


@frozen
class Source:
    """What a reader of a language finds."""

    algorithm: str
    calls: tuple[SourceCall, ...]
    methods: frozenset[str] = frozenset()
    """Names of all methods, in snake case."""
    failure: Failure | None = None


@frozen
class Facts:
    """All that a simulation knows of a project. A date that is None was not set, or not as a constant."""

    algorithm: str = "Algorithm"
    start: date | None = None
    end: date | None = None
    cash: float = 100_000.0
    assets: Mapping[str, str] = field(factory=dict)
    """Kind by ticker."""
    resolution: str = "daily"
    benchmark: str | None = None
    parameters: Mapping[str, float | None] = field(factory=dict)
    """The parameters that the code reads, with the default it gives."""
    any_parameter: bool = False
    """The code reads parameters by names that are no constants: every parameter counts."""
    charts: Mapping[str, tuple[str, ...]] = field(factory=dict)
    tags: tuple[str, ...] = ()
    predicts: bool = False
    on_command: bool = False
    failure: Failure | None = None


def facts_of(source: Source, texts: Mapping[str, str]) -> Facts:
    """What the calls and methods of a project say."""
    calls = source.calls
    named: dict[str, list[SourceCall]] = {}
    for call in calls:
        named.setdefault(call.name, []).append(call)
    start, bad_start = _date(named.get("set_start_date", []))
    end, bad_end = _date(named.get("set_end_date", []))
    assets, resolution = _assets(calls)
    if not assets and not _UNIVERSE_CALLS.isdisjoint(named):
        assets = dict.fromkeys(UNIVERSE, "equity")
    reads = named.get("get_parameter", [])
    return Facts(
        algorithm=source.algorithm,
        start=start,
        end=end,
        cash=_cash(named.get("set_cash", [])),
        assets=assets,
        resolution=resolution,
        benchmark=next((text for each in named.get("set_benchmark", []) for text in each.texts(0)), None),
        parameters={
            name: _number(each.values(1, "default_value")) for each in reads for name in each.texts(0)
        },
        any_parameter="get_parameters" in named or any(not each.texts(0) for each in reads),
        charts=_charts(calls),
        tags=tuple(dict.fromkeys(tag for call in calls for tag in _tags(call))),
        predicts=not _INSIGHT_CALLS.isdisjoint(named),
        on_command="on_command" in source.methods,
        failure=source.failure or bad_start or bad_end or _crash(texts),
    )


def queue_seconds(texts: Mapping[str, str]) -> float | None:
    """How long the comment `sandbox: queue for SECONDS` asks a backtest to wait; None without one."""
    found = (_QUEUE.search(text) for text in texts.values())
    return next((float(match[1]) for match in found if match), None)


def _crash(texts: Mapping[str, str]) -> Failure | None:
    """The end that the comment `sandbox: crash at SHARE` asks for."""
    for name, text in texts.items():
        if match := _CRASH.search(text):
            line = text.count("\n", 0, match.start()) + 1
            message = f"the comment in {name}, line {line}, asks for a crash at {match[1]} of the run"
            return Failure(message, f"{message}\n in {name}: line {line}", min(float(match[1]), 1.0))
    return None


def _date(calls: Iterable[SourceCall]) -> tuple[date | None, Failure | None]:
    """The last date that is set by constants; a date that does not exist stops the run."""
    found = None
    for call in calls:
        given = [values[0] for values in call.arguments if values]
        if given and isinstance(given[0], date):
            found = given[0]
        elif len(given) == 3 and all(isinstance(each, int) for each in given):
            try:
                found = date(*given)  # type: ignore[arg-type]
            except (ValueError, OverflowError) as error:
                text = f"{call.name}({', '.join(map(str, given))})"
                return None, Failure.thrown("ValueError", str(error), SETUP, call.file, call.line, text)
    return found, None


def _cash(calls: Iterable[SourceCall]) -> float:
    amounts = [_number(tuple(call.every())) for call in calls]
    amount = next((each for each in reversed(amounts) if each is not None), 100_000.0)
    return min(max(amount, 0.0), 1e9)


def _number(values: tuple[Constant, ...]) -> float | None:
    for value in values:
        try:
            number = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            continue
        if math.isfinite(number):
            return number
    return None


def _assets(calls: Iterable[SourceCall]) -> tuple[dict[str, str], str]:
    """Kind by ticker, and the finest resolution that is subscribed to (LEAN's own default is minute)."""
    found: dict[str, str] = {}
    finest = 0
    for call in calls:
        kind, place = _subscribed(call)
        if kind is None:
            continue
        tickers = [text.strip().upper() for text in call.texts(place, "ticker")]
        known = [ticker for ticker in tickers if _TICKER.fullmatch(ticker)]
        for ticker in known or [{**UNNAMED, **UNNAMED_OTHER}[kind]]:
            if len(found) < MOST_ASSETS:
                found.setdefault(ticker, kind)
        given = [text for text in call.every() if isinstance(text, str) and text.startswith("Resolution::")]
        word = given[0].removeprefix("Resolution::") if given else "minute"
        finest = max(finest, _FINENESS.index(word) if word in _FINENESS else 2)
    return found, _FINENESS[finest]


def _subscribed(call: SourceCall) -> tuple[str | None, int]:
    """The kind of security that a call subscribes to, and which argument is the ticker."""
    if call.name in ("add_security", "symbol_create"):
        given = [text for text in call.every() if isinstance(text, str) and text.startswith("SecurityType::")]
        kind = KINDS.get(given[0].removeprefix("SecurityType::")) if given else None
        return kind, 1 if call.name == "add_security" else 0
    return KINDS.get(call.name.removeprefix("add_")) if call.name.startswith("add_") else None, 0


def _charts(calls: Iterable[SourceCall]) -> dict[str, tuple[str, ...]]:
    """The series of each chart that is plotted by name. One name alone is a series of the equity chart."""
    found: dict[str, tuple[str, ...]] = {}
    for call in calls:
        names = call.texts(0)
        if call.name not in ("plot", "plot_indicator") or not names or len(call.arguments) < 2:
            continue
        series = call.texts(1) or ([names[0]] if call.name == "plot_indicator" else [])
        for name in names if series else []:
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *series)))
    return dict(list(found.items())[:20])


def _tags(call: SourceCall) -> list[str]:
    """The texts that an order call carries besides its symbol."""
    if not _ORDER_CALLS.fullmatch(call.name):
        return []
    later = [text for place in range(1, len(call.arguments)) for text in call.texts(place)]
    return [tag[:500] for tag in (*later, *call.texts(99, "tag")) if tag]
