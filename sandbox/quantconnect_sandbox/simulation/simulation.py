"""From a project to the results of its backtest.

Knows: the order of the steps. Must not know: HTTP, state, time (it is told when the job was created).
Pure: the same job gives the same simulation, on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from attrs import evolve, frozen

from . import charts, insights, market, statistics, summary, trading_days
from .execution import Run
from .orders import number, rendered
from .reading import read
from .report import report
from .source import Failure, LogCall, Parameters, Program
from .trade_statistics import Closed, measured

_FIRST_DAY: Final = date(market.FIRST_YEAR, 1, 2)
_LAST_DAY: Final = date(market.LAST_YEAR, 12, 31)
_WORK: Final = 600_000
"""Rules and securities looked at, over all days: bounds the time of a run."""


@frozen
class Job:
    """What is to be run. A run without an end date ends on the day before `created` (UTC)."""

    project_id: int
    language: str
    files: Mapping[str, str]
    parameters: Parameters
    name: str
    created: datetime
    cash: float | None = None
    """US dollars to start with, whatever the code says; None = what the code says."""


@frozen(eq=False)
class Simulation:
    """The results, in the API's shapes (api_facts 4 and 6); ids and names are the caller's to add."""

    start: datetime
    end: datetime
    tradeable_dates: int
    error: str | None
    stacktrace: str | None
    initialize_error: bool
    statistics: dict[str, str]
    runtime_statistics: dict[str, str]
    total_performance: dict[str, Any]
    rolling_window: dict[str, Any]
    charts: dict[str, dict[str, Any]]
    orders: list[dict[str, Any]]
    """Their events name an id made from the project; `orders.addressed` replaces it with another."""
    insights: list[dict[str, Any]]
    logs: list[str]
    profit_loss: dict[str, float] | list[Any]
    report: str
    optimization_statistics: list[float]
    equity: list[list[float]]
    """[unix seconds, value], one entry a day."""
    holdings: dict[str, dict[str, float]]
    """By symbol id, with the short keys of a live portfolio; zeros are left out."""
    cash: dict[str, dict[str, Any]]


def simulate(job: Job) -> Simulation:
    """Run a job. Never raises for anything a project can hold: what is wrong with it is in `error`."""
    seed = _seed(job)
    program = read(job.language, job.files, job.parameters)
    if job.cash is not None:
        program = evolve(program, cash=job.cash)
    start, end = _period(program, job.created)
    if program.failure is None and start > end:
        failure = Failure("The start date is after the end date", "", 0, True)
        program = evolve(program, failure=failure)
    if program.failure is not None:
        program = evolve(
            program, rules=tuple(r for r in program.rules if _logged(r.phase, r.action, program.failure))
        )
    days = _days(program, start, end)
    program = _bounded(program, len(days))
    stopped = program.failure is not None
    run = _run(program, days[:1] if stopped else days, seed)
    return _Results(job, program, run, (start, end), 0 if stopped else len(days), seed).simulation()


def _logged(phase: str, action: object, failure: Failure) -> bool:
    return (
        isinstance(action, LogCall)
        and phase == "initialize"
        and not (failure.initialize and failure.line == 0)
    )


def _seed(job: Job) -> int:
    digest = hashlib.sha256()
    for label, items in (("file", job.files), ("parameter", job.parameters)):
        for name in sorted(items):
            digest.update(f"{label}\x1f{name}\x1f{items[name]}\x1e".encode("utf-8", "replace"))
    return int.from_bytes(digest.digest()[:8], "big")


def _period(program: Program, created: datetime) -> tuple[date, date]:
    start = max(program.start or _FIRST_DAY, _FIRST_DAY)
    yesterday = created.date() - timedelta(days=1)
    end = program.end or max(yesterday, start)
    return min(start, _LAST_DAY), min(max(end, _FIRST_DAY), _LAST_DAY)


def _bounded(program: Program, days: int) -> Program:
    """A program with no more rules than a run of so many days can look at."""
    return evolve(program, rules=program.rules[: max(_WORK // days, 10)])


def _days(program: Program, start: date, end: date) -> list[date]:
    kinds = {asset.kind for asset in program.assets} or {"equity"}
    found = {day for kind in kinds for day in trading_days.days_between(kind, start, end)}
    # A run over a weekend still has a day to stand on.
    return sorted(found) or [start]


def _run(program: Program, days: list[date], seed: int) -> Run:
    # The year before is for the close that the first day starts from, and for what warms indicators up.
    years = (days[0].year - 1 - program.warm_up // 250, days[-1].year)
    books = {
        asset.ticker: market.bars(asset.ticker, asset.kind, years[0], years[1]) for asset in program.assets
    }
    first, last = days[0], days[-1]
    starts = {
        t: max(book.before(first - timedelta(days=1)) + 1 - program.warm_up, 0) for t, book in books.items()
    }
    ends = {ticker: max(book.before(last), 0) for ticker, book in books.items()}
    run = Run(program, days, books, starts, ends, seed)
    run.go()
    return run


class _Results:
    """One run, seen as results."""

    def __init__(
        self, job: Job, program: Program, run: Run, period: tuple[date, date], dates: int, seed: int
    ) -> None:
        self._job, self._program, self._run, self._period = job, program, run, period
        self._dates, self._seed = dates, seed
        self._kinds = run.kinds
        self._closed: list[Closed] = [
            measured(trade, run.books[trade.ticker]) for trade in run.account.trades
        ]
        self._benchmark = self._benchmark_prices()
        self._curve = statistics.Curve(
            run.days,
            [program.cash, *(sample.close for sample in run.samples)],
            self._benchmark,
            [sample.traded / max(sample.close, 1.0) for sample in run.samples],
        )

    def _benchmark_prices(self) -> list[float]:
        """The benchmark's close before the first day and on each day."""
        crypto = self._program.assets and all(
            kind in trading_days.ROUND_THE_CLOCK for kind in self._kinds.values()
        )
        ticker = self._program.benchmark or (self._program.assets[0].ticker if crypto else "SPY")
        kind, days = self._kinds.get(ticker, "equity"), self._run.days
        book = market.bars(ticker, kind, days[0].year - 1, days[-1].year)
        before = max(book.before(days[0] - timedelta(days=1)), 0)
        return [book.close[before], *(book.close[max(book.before(day), 0)] for day in days)]

    def simulation(self) -> Simulation:
        """Gather everything."""
        run, failure = self._run, self._program.failure
        last = len(run.days) - 1
        profits = [item.trade.profit for item in self._closed]
        numbers = statistics.portfolio_statistics(self._curve, 0, last, profits)
        capacity, scarcest = self._capacity()
        filled = [rendered(order, self._algorithm()) for order in run.orders]
        shown = summary.statistics(numbers, len(filled), run.account.fees, capacity, scarcest)
        bodies = charts.charts(run, self._curve.returns, self._benchmark[1:], capacity)
        fallen = [value for _, value in bodies["Drawdown"]["series"]["Equity Drawdown"]["values"]]
        start, end = self._period
        return Simulation(
            start=datetime.combine(start, time(), UTC),
            end=datetime.combine(max(start, end), time(23, 59, 59), UTC),
            tradeable_dates=self._dates,
            error=_error(failure),
            stacktrace=failure.stacktrace if failure is not None else None,
            initialize_error=failure is not None and failure.initialize,
            statistics=shown,
            runtime_statistics=self._runtime(numbers),
            total_performance=statistics.performance(self._curve, self._closed, 0, last, with_trades=True),
            rolling_window=statistics.rolling_window(self._curve, self._closed) if failure is None else {},
            charts=bodies,
            orders=filled,
            insights=[insights.rendered(item, n, self._seed) for n, item in enumerate(run.insights)],
            logs=run.logs,
            profit_loss=statistics.profit_loss(self._closed) or [],
            report=report(self._job.name, f"{start} to {end}", shown, list(self._curve.values), fallen),
            optimization_statistics=summary.optimization_statistics(shown),
            equity=[[int(s.time.timestamp()), round(s.close, 2)] for s in run.samples],
            holdings=self._holdings(),
            cash=self._cash(),
        )

    def _algorithm(self) -> str:
        return hashlib.sha256(str(self._seed).encode()).hexdigest()[:32]

    def _runtime(self, numbers: statistics.PortfolioStatistics) -> dict[str, str]:
        account, prices = self._run.account, self._run.prices
        equity, unrealized = account.value(prices), account.open_profit(prices)
        holdings = sum(abs(quantity) * prices[ticker] for ticker, quantity in account.held.items())
        net = equity - self._program.cash - unrealized
        return summary.runtime_statistics(
            numbers, equity, account.fees, holdings, unrealized, account.volume, net
        )

    def _capacity(self) -> tuple[float, str]:
        """What the least traded security would bear: a share of its daily value traded."""
        traded = {ticker: self._liquidity(ticker) for ticker in self._run.account.sales}
        if not traded:
            return 0.0, ""
        scarcest = min(traded, key=lambda ticker: (traded[ticker], ticker))
        return summary.significant(0.05 * traded[scarcest]), market.symbol_id(scarcest, self._kinds[scarcest])

    def _liquidity(self, ticker: str) -> float:
        book, end = self._run.books[ticker], self._run.ends[ticker]
        start = max(end - 250, 0)
        values = [book.close[i] * book.volume[i] for i in range(start, end + 1)]
        return sum(values) / len(values)

    def _holdings(self) -> dict[str, dict[str, float]]:
        account, prices = self._run.account, self._run.prices
        found: dict[str, dict[str, float]] = {}
        for ticker, quantity in account.held.items():
            average = account.average_price(ticker)
            profit = quantity * (prices[ticker] - average)
            body = {
                "a": number(average),
                "q": number(quantity),
                "p": number(prices[ticker]),
                "v": number(quantity * prices[ticker], 4),
                "u": number(profit, 4),
                "up": number(100 * profit / abs(quantity * average), 4) if average else 0,
            }
            found[market.symbol_id(ticker, self._kinds[ticker])] = {k: v for k, v in body.items() if v}
        return found

    def _cash(self) -> dict[str, dict[str, Any]]:
        amount = number(self._run.account.cash, 4)
        return {
            "USD": {
                "symbol": "USD",
                "amount": amount,
                "conversionRate": 1,
                "currencySymbol": "$",
                "valueInAccountCurrency": amount,
            }
        }


def _error(failure: Failure | None) -> str | None:
    if failure is None:
        return None
    if failure.initialize:
        return f"During the algorithm initialization, the following exception has occurred: {failure.message}"
    return f"Runtime Error: {failure.message}"
