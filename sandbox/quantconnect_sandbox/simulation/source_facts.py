"""What is taken from a project's code: dates, cash, securities, resolution, parameters, and a few names.

Knows: what LEAN calls things. Must not know: a language's syntax, prices, results.
Nothing of a strategy's logic is followed; where several values are possible, all of them count.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Final

from attrs import field, frozen

Constant = str | int | float
Names = dict[str, tuple[Constant, ...]]
Parameters = Mapping[str, str | float | int]
MEMBERS: Final = ("Resolution", "SecurityType")
"""Enumerations whose members are constants: `Resolution.DAILY` is the text `Resolution::daily`."""
SETUP: Final = "initialize"
HANDLERS: Final = (SETUP, "on_data", "on_end_of_day", "on_order_event", "on_securities_changed")
"""Methods whose first lines decide whether a run can go on."""
MOST_ASSETS: Final = 25
UNNAMED: Final = {
    "equity": "SPY",
    "crypto": "BTCUSD",
    "cryptofuture": "BTCUSDT",
    "forex": "EURUSD",
    "future": "ES",
    "cfd": "XAUUSD",
    "index": "SPX",
}
"""Kinds of security, and what a call subscribes to whose ticker is no constant."""
UNIVERSE: Final = ("AAPL", "MSFT", "AMZN", "GOOG", "NVDA")
"""What a universe selected by market data holds here."""
_UNIVERSE_CALLS: Final = frozenset({"add_universe", "add_universe_selection", "set_universe_selection"})
_INSIGHT_CALLS: Final = frozenset({"emit_insights", "set_alpha", "add_alpha"})
_ORDER_CALL: Final = re.compile(r"\w*_order|set_holdings|liquidate|buy|sell|order")
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

    def every(self) -> list[Constant]:
        """All constants among the arguments."""
        return [value for each in (*self.arguments, *self.keywords.values()) for value in each]

    def values(self, place: int, keyword: str = "") -> tuple[Constant, ...]:
        """What an argument may be."""
        given = self.arguments[place] if place < len(self.arguments) else ()
        return self.keywords.get(keyword, given)

    def texts(self, place: int, keyword: str = "") -> list[str]:
        """The texts that an argument may be; no members of enumerations."""
        return [text for text in self.values(place, keyword) if isinstance(text, str) and "::" not in text]

    def member(self, enumeration: str) -> str | None:
        """The member of an enumeration among the arguments."""
        texts = (str(value) for value in self.every())
        start = enumeration + "::"
        return next((text.removeprefix(start) for text in texts if text.startswith(start)), None)


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
    """What a reader of a language finds; `algorithm` is empty if no class derives from QCAlgorithm."""

    algorithm: str
    calls: list[SourceCall]
    methods: Collection[str]
    """Names of all methods, in snake case."""
    failure: Failure | None


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
    charts: Mapping[str, list[str]] = field(factory=dict)
    tags: tuple[str, ...] = ()
    predicts: bool = False
    on_command: bool = False
    failure: Failure | None = None


def facts_of(source: Source, texts: Mapping[str, str]) -> Facts:
    """What the calls and methods of a project say."""
    named: dict[str, list[SourceCall]] = defaultdict(list)
    for call in source.calls:
        named[call.name].append(call)
    start, bad_start = _date(named["set_start_date"])
    end, bad_end = _date(named["set_end_date"])
    assets, resolution = _assets(source.calls)
    if not assets and any(named[name] for name in _UNIVERSE_CALLS):
        assets = dict.fromkeys(UNIVERSE, "equity")
    cash = [_number(call.every()) for call in named["set_cash"]]
    reads = named["get_parameter"]
    return Facts(
        algorithm=source.algorithm,
        start=start,
        end=end,
        cash=min(max(next((each for each in cash if each is not None), 100_000.0), 0.0), 1e9),
        assets=assets,
        resolution=resolution,
        benchmark=next((text for call in named["set_benchmark"] for text in call.texts(0)), None),
        parameters={
            name: _number(each.values(1, "default_value")) for each in reads for name in each.texts(0)
        },
        any_parameter=bool(named["get_parameters"]) or any(not each.texts(0) for each in reads),
        charts=_charts([*named["plot"], *named["plot_indicator"]]),
        tags=tuple(dict.fromkeys(tag for call in source.calls for tag in _tags(call) if tag not in assets)),
        predicts=any(named[name] for name in _INSIGHT_CALLS),
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
        given = [value for value in call.every() if isinstance(value, int)]
        if len(given) >= 3:
            try:
                found = date(*given[:3])
            except (ValueError, OverflowError) as error:
                text = f"{call.name}({', '.join(map(str, given))})"
                return None, Failure.thrown("ValueError", str(error), SETUP, call.file, call.line, text)
    return found, None


def _number(values: Iterable[Constant]) -> float | None:
    for value in values:
        try:
            number = float(value)
        except (ValueError, OverflowError):
            continue
        if math.isfinite(number):
            return number
    return None


def _assets(calls: Iterable[SourceCall]) -> tuple[dict[str, str], str]:
    """Kind by ticker, and the finest resolution that is subscribed to (LEAN's own default is minute)."""
    found: dict[str, str] = {}
    finest = 0
    for call in calls:
        kind = call.name.removeprefix("add_").replace("_", "") if call.name.startswith("add_") else ""
        if call.name in ("add_security", "symbol_create"):
            kind = (call.member("SecurityType") or "").replace("_", "")
        kind = "equity" if kind == "option" else kind
        if kind not in UNNAMED:
            continue
        texts = call.texts(1 if call.name == "add_security" else 0, "ticker")
        tickers = [text.strip().upper() for text in texts if _TICKER.fullmatch(text)]
        for ticker in tickers or [UNNAMED[kind]]:
            if len(found) < MOST_ASSETS:
                found.setdefault(ticker, kind)
        word = call.member("Resolution")
        finest = max(finest, _FINENESS.index(word) if word in _FINENESS else 2)
    return found, _FINENESS[finest]


def _charts(calls: Iterable[SourceCall]) -> dict[str, list[str]]:
    """The series of each chart that is plotted by name. One name alone is a series of the equity chart."""
    found: dict[str, list[str]] = defaultdict(list)
    for call in calls:
        for name in call.texts(0) if len(call.arguments) > 1 else []:
            series = [name] if call.name == "plot_indicator" else call.texts(1)
            if series and len(found) < MOST_ASSETS:
                found[name] = list(dict.fromkeys([*found[name], *series]))
    return dict(found)


def _tags(call: SourceCall) -> list[str]:
    """The texts that an order call carries besides its symbol."""
    if not _ORDER_CALL.fullmatch(call.name):
        return []
    later = [text for place in range(1, len(call.arguments)) for text in call.texts(place)]
    return [tag[:500] for tag in (*later, *call.texts(99, "tag")) if tag]
