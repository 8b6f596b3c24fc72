"""What is taken from a project's code: dates, cash, securities, resolution, parameters, and a few names.

Knows: what LEAN calls things. Must not know: a language's syntax, prices, results.
Nothing of a strategy's logic is followed; where several values are possible, all of them count.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Final, NamedTuple, Self

from attrs import Factory, frozen

from .market import KINDS

Constant = str | int | float
Names = dict[str, tuple[Constant, ...]]
"""What a name may be."""
MEMBERS: Final = ("Resolution", "SecurityType")
"""Enumerations whose members are constants: `Resolution.DAILY` is the text `Resolution::daily`."""
HANDLERS: Final = ("initialize", "on_data", "on_end_of_day", "on_order_event", "on_securities_changed")
"""Methods whose first lines decide whether a run can go on."""
MOST_VALUES: Final = 100
MOST_ASSETS: Final = 25
UNIVERSE: Final = ("AAPL", "MSFT", "AMZN", "GOOG", "NVDA")
"""What is held where the code names no ticker, as with a universe."""
_INSIGHT_CALLS: Final = frozenset({"emit_insights", "set_alpha", "add_alpha"})
_ORDER_CALL: Final = re.compile(r"\w*_order|set_holdings|liquidate|buy|sell|order")
_TICKER: Final = re.compile(r"[\w.\-/ ]{1,32}")
_FINENESS: Final = ("daily", "hour", "minute")
_CRASH: Final = re.compile(r"(?:#|//)\s*sandbox:\s*crash at (\d*\.?\d+)")
_QUEUE: Final = re.compile(r"(?:#|//)\s*sandbox:\s*queue for (\d{1,6})")


class SourceCall(NamedTuple):
    """A call, its name in snake case; the constants that the first and all other arguments may be."""

    name: str
    first: tuple[Constant, ...]
    rest: tuple[Constant, ...]


@frozen
class Failure:
    """Why a run stops, and after which share of it."""

    message: str
    stacktrace: str
    at: float
    initialize: bool = False

    @classmethod
    def thrown(cls, kind: str, text: str, method: str, file: str, line: int, content: str) -> Self:
        """An exception that the code raises unconditionally."""
        message, code = f"{kind} : {text}" if text else kind, content.split("\n")[line - 1].strip()[:300]
        trace = f"{message}\n  at {method}\n    {code}\n in {file}: line {line}"
        return cls(message, trace, 0.0, method == HANDLERS[0])

    @property
    def error(self) -> str:
        """As the API tells it."""
        start = "During the algorithm initialization, the following exception has occurred"
        return f"{start if self.initialize else 'Runtime Error'}: {self.message}"


Source = tuple[str, list[SourceCall], set[str], Failure | None]
"""The class that derives from QCAlgorithm (or no text), all calls, all methods, what stops the run."""


@frozen
class Facts:
    """All that a simulation knows of a project. A date that is None was not set, or not as a constant."""

    algorithm: str = "Algorithm"
    start: date | None = None
    end: date | None = None
    cash: float = 100_000.0
    assets: Mapping[str, str] = Factory(dict)
    """Kind by ticker."""
    resolution: str = "daily"
    benchmark: str | None = None
    parameters: Mapping[str, float | None] = Factory(dict)
    """The parameters that the code reads, with the default it gives."""
    charts: Mapping[str, list[str]] = Factory(dict)
    tags: tuple[str, ...] = ()
    predicts: bool = False
    on_command: bool = False
    failure: Failure | None = None


def facts_of(source: Source, texts: Mapping[str, str]) -> Facts:
    """What the calls and methods of a project say. A date that does not exist is a ValueError."""
    algorithm, calls, methods, failure = source
    named: dict[str, list[SourceCall]] = defaultdict(list)
    for call in calls:
        named[call.name].append(call)
    assets, resolution = _assets(calls)
    if not assets and any("universe" in name or name.removeprefix("add_") in KINDS for name in named):
        assets = dict.fromkeys(UNIVERSE, "equity")
    cash = finite(value for call in named["set_cash"] for value in (*call.first, *call.rest))
    orders = [call for call in calls if _ORDER_CALL.fullmatch(call.name)]
    tags = [tag[:500] for call in orders for tag in _texts(call.rest) if tag and tag not in assets]
    return Facts(
        algorithm=algorithm,
        start=_date(named["set_start_date"]),
        end=_date(named["set_end_date"]),
        cash=100_000.0 if cash is None else min(max(cash, 0.0), 1e9),
        assets=assets,
        resolution=resolution,
        benchmark=next((text for call in named["set_benchmark"] for text in _texts(call.first)), None),
        parameters={
            name: finite(each.rest) for each in named["get_parameter"] for name in _texts(each.first)
        },
        charts=_charts([*named["plot"], *named["plot_indicator"]]),
        tags=tuple(dict.fromkeys(tags)),
        predicts=not _INSIGHT_CALLS.isdisjoint(named),
        on_command="on_command" in methods,
        failure=failure or _crash(texts),
    )


def queue_seconds(texts: Mapping[str, str]) -> float | None:
    """How long the comment `sandbox: queue for SECONDS` asks a backtest to wait; None without one."""
    found = (_QUEUE.search(text) for text in texts.values())
    return next((float(match[1]) for match in found if match), None)


def finite(values: Iterable[Constant]) -> float | None:
    """The first that is a number."""
    for value in values:
        with suppress(ValueError, OverflowError):
            if math.isfinite(number := float(value)):
                return number
    return None


def _crash(texts: Mapping[str, str]) -> Failure | None:
    """The end that the comment `sandbox: crash at SHARE` asks for."""
    for name, text in texts.items():
        if match := _CRASH.search(text):
            line = text.count("\n", 0, match.start()) + 1
            message = f"the comment in {name}, line {line}, asks for a crash at {match[1]} of the run"
            return Failure(message, f"{message}\n in {name}: line {line}", min(float(match[1]), 1.0))
    return None


def _date(calls: Iterable[SourceCall]) -> date | None:
    """The last date that is set by constants."""
    given = [[each for each in (*call.first, *call.rest) if isinstance(each, int)] for call in calls]
    return next((date(*values[:3]) for values in reversed(given) if len(values) >= 3), None)


def _texts(values: Iterable[Constant]) -> list[str]:
    return [text for text in values if isinstance(text, str) and "::" not in text]


def _member(call: SourceCall, enumeration: str) -> str:
    """The member of an enumeration among the arguments."""
    pairs = (str(value).partition("::") for value in (*call.first, *call.rest))
    return next((member for owner, sign, member in pairs if sign and owner == enumeration), "")


def _assets(calls: Iterable[SourceCall]) -> tuple[dict[str, str], str]:
    """Kind by ticker, and the finest resolution that is subscribed to (LEAN's own default is minute)."""
    found: dict[str, str] = {}
    finest = 0
    for call in calls:
        kind = call.name.removeprefix("add_") if call.name.startswith("add_") else ""
        if call.name in ("add_security", "create"):
            kind = _member(call, "SecurityType")
        kind = "equity" if kind == "option" else kind.replace("_", "")
        if kind not in KINDS:
            continue
        texts = _texts(call.rest if call.name == "add_security" else call.first)
        for ticker in (text.strip().upper() for text in texts if _TICKER.fullmatch(text)):
            if len(found) < MOST_ASSETS:
                found.setdefault(ticker, kind)
        word = _member(call, "Resolution")
        finest = max(finest, _FINENESS.index(word) if word in _FINENESS else 2)
    return found, _FINENESS[finest]


def _charts(calls: Iterable[SourceCall]) -> dict[str, list[str]]:
    """The series of each chart that is plotted by name. One name alone is a series of the equity chart."""
    found: dict[str, list[str]] = defaultdict(list)
    for call in calls:
        for name in _texts(call.first):
            series = [name] if call.name == "plot_indicator" else _texts(call.rest)
            if series and len(found) < MOST_ASSETS:
                found[name] = list(dict.fromkeys([*found[name], *series]))
    return dict(found)
