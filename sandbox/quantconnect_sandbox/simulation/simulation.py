"""From a project to the results of its backtest: made up, but consistent to the cent.

Knows: the order of the steps. Must not know: HTTP, state, time (it is told when the job was created).
Pure: the same job gives the same simulation, on every machine.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from attrs import evolve, frozen

from quantconnect_sandbox.languages.python_source import UNPARSABLE

from . import charts, display, market, orders, statistics, trading_days
from .csharp_reader import read_csharp
from .execution import Run
from .exposure import goodness
from .python_reader import read_python
from .report import BANNER, report
from .source_facts import Facts, Failure, Parameters, facts_of

_MAX_LOGS: Final = 5_000
_MAX_INSIGHTS: Final = 10_000
_MAX_SOURCE: Final = 2_000_000
"""Characters of a project's code that are read."""


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
    """The results, in the API's shapes (api-facts 4 and 6); ids and names are the caller's to add."""

    start: datetime
    end: datetime
    tradeable_dates: int
    error: str | None
    stacktrace: str | None
    initialize_error: bool
    failed_at: float
    """The share of the run after which it failed."""
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
    """[unix seconds, value]; the first is the cash before the first day."""
    holdings: dict[str, dict[str, float]]
    """The last price (`p`) of what is held, by symbol id."""
    prices: dict[str, array[float]]
    """By symbol id, one for each point of the equity after the first."""


def read(language: str, files: Mapping[str, str]) -> Facts:
    """What is taken from a project's code. Never raises for anything `files` can hold."""
    python = language == "Py"
    texts = {name: text for name, text in files.items() if name.endswith(".py" if python else ".cs")}
    if sum(map(len, texts.values())) > _MAX_SOURCE:
        return _unread("The project's code is too large for the sandbox.", "")
    try:
        source = read_python(texts) if python else read_csharp(texts)
        if not source.algorithm:
            return _unread("No class derives from QCAlgorithm.", "")
        return facts_of(source, texts)
    except SyntaxError as error:
        return _unread(f"{type(error).__name__} : {error.msg}", f" in {error.filename}: line {error.lineno}")
    except UNPARSABLE as error:
        return _unread(f"{type(error).__name__} : {error}", "")


def _unread(message: str, place: str) -> Facts:
    return Facts(failure=Failure(message, f"{message}\n{place}".strip(), 0.0, True))


def simulate(job: Job) -> Simulation:
    """Run a job. Never raises for anything a project can hold: what is wrong with it is in `error`."""
    facts = read(job.language, job.files)
    if job.cash is not None:
        facts = evolve(facts, cash=job.cash)
    start, end = _period(facts, job.created)
    if start > end:
        failure = Failure(
            "The start date is after the end date.", "The start date is after the end date.", 0.0, True
        )
        facts, end = evolve(facts, failure=facts.failure or failure), start
    kinds = set(facts.assets.values()) or {"equity"}
    days = sorted({day for kind in kinds for day in trading_days.days_between(kind, start, end)})
    read_by_code = {
        name: value
        for name, value in job.parameters.items()
        if facts.any_parameter or name in facts.parameters
    }
    seed = _seed(job)
    run = Run(
        cash=facts.cash,
        books={ticker: market.bars(ticker, kind, end.year) for ticker, kind in facts.assets.items()},
        # A run over a weekend still has a day to stand on.
        days=days or [start],
        resolution=facts.resolution,
        good=goodness(facts.parameters, read_by_code, seed),
        seed=seed,
        tags=facts.tags,
    )
    run.go(1.0 if facts.failure is None else facts.failure.at)
    return _Results(job, facts, run, (start, end), seed).simulation()


def _seed(job: Job) -> str:
    """Of the code alone: what changes with a parameter changes smoothly."""
    digest = hashlib.sha256(job.language.encode())
    for name in sorted(job.files):
        digest.update(f"{name}\x1f{job.files[name]}\x1e".encode("utf-8", "replace"))
    return digest.hexdigest()[:32]


def _period(facts: Facts, created: datetime) -> tuple[date, date]:
    end = facts.end or created.date() - timedelta(days=1)
    end = min(max(end, market.FIRST_DAY), market.LAST_DAY)
    start = facts.start or end - timedelta(days=364)
    return min(max(start, market.FIRST_DAY), market.LAST_DAY), end


class _Results:
    """One run, seen as results."""

    def __init__(self, job: Job, facts: Facts, run: Run, period: tuple[date, date], seed: str) -> None:
        self._job, self._facts, self._run, self._period, self._seed = job, facts, run, period, seed
        self._last = {sample.day: sample for sample in run.samples}
        self._days = list(self._last)
        self._start = datetime.combine(self._days[0], time(), UTC)
        self._curve = self._daily()

    def _daily(self) -> statistics.Curve:
        """The account and the benchmark at each day's close."""
        run, samples = self._run, list(self._last.values())
        kinds = self._facts.assets
        coins = kinds and all(kind in trading_days.ROUND_THE_CLOCK for kind in kinds.values())
        ticker = self._facts.benchmark or (next(iter(kinds)) if coins else "SPY")
        book = market.bars(ticker, kinds.get(ticker, "equity"), self._days[-1].year)
        traded = [0.0, *(sample.traded for sample in samples)]
        return statistics.Curve(
            times=[self._start, *(sample.time for sample in samples)],
            values=[run.cash, *(sample.value for sample in samples)],
            benchmark=[
                book.close[book.before(day)] for day in (self._days[0] - timedelta(days=1), *self._days)
            ],
            turnover=[
                (after - before) / max(sample.value, 1.0)
                for before, after, sample in zip(traded, traded[1:], samples, strict=False)
            ],
            days=self._days,
        )

    def simulation(self) -> Simulation:
        """Gather everything."""
        run, curve, failure = self._run, self._curve, self._facts.failure
        closed, last = run.account.trades, len(self._days) - 1
        numbers = statistics.portfolio_statistics(curve, 0, last, [trade.profit for trade in closed])
        capacity, scarcest = self._capacity()
        shown = display.statistics(numbers, len(run.fills), run.account.fees, capacity, scarcest)
        bodies = charts.charts(run, curve, capacity, self._facts.charts)
        fallen = [value for _, value in bodies["Drawdown"]["series"]["Equity Drawdown"]["values"]]
        start, end = self._period
        ids = {ticker: market.symbol_id(ticker, book.kind) for ticker, book in run.books.items()}
        values = [(self._start, run.cash), *((sample.time, sample.value) for sample in run.samples)]
        return Simulation(
            start=datetime.combine(start, time(), UTC),
            end=datetime.combine(end, time(23, 59, 59), UTC),
            tradeable_dates=0 if failure is not None and failure.initialize else len(self._days),
            error=failure.error if failure is not None else None,
            stacktrace=failure.stacktrace if failure is not None else None,
            initialize_error=failure is not None and failure.initialize,
            failed_at=failure.at if failure is not None else 1.0,
            statistics=shown,
            runtime_statistics=display.runtime_statistics(
                numbers,
                run.account.fees,
                sum(run.samples[-1].held.values()),
                sum(run.account.open_profit(ticker, price) for ticker, price in run.prices.items()),
                run.samples[-1].traded,
            ),
            total_performance=statistics.performance(curve, closed, 0, last, with_trades=True),
            rolling_window=statistics.rolling_window(curve, closed) if failure is None else {},
            charts=bodies,
            orders=[orders.order(fill, self._seed) for fill in run.fills],
            insights=self._insights() if self._facts.predicts else [],
            logs=self._logs(),
            profit_loss=statistics.profit_loss(closed) or [],
            report=report(self._job.name, f"{start} to {end}", shown, curve.values, fallen),
            optimization_statistics=display.optimization_statistics(shown),
            equity=[[int(at.timestamp()), round(value, 2)] for at, value in values],
            holdings={ids[ticker]: {"p": run.prices[ticker]} for ticker in run.account.held},
            prices={ids[ticker]: array("d", prices) for ticker, prices in run.history.items()},
        )

    def _logs(self) -> list[str]:
        """What the orders did; each line says that it is made up."""
        facts, run, (start, end) = self._facts, self._run, self._period
        begin = datetime.combine(start, time(), UTC)
        securities = ", ".join(run.books) or "no security"
        said = [
            (begin, BANNER),
            (begin, f"{facts.algorithm}: {facts.resolution} data of {securities}, {start} to {end}"),
            (begin, f"Cash {display.money(run.cash)}; parameters that the code reads: {self._parameters()}"),
        ]
        for fill in run.fills[: _MAX_LOGS - 5]:
            did = "bought" if fill.quantity > 0 else "sold"
            amount = f"{orders.number(abs(fill.quantity))} {fill.ticker} at {orders.number(fill.price)}"
            said.append((fill.filled, f"Order {fill.id}: {did} {amount}, fee {fill.fee:.2f}"))
        if facts.failure is not None:
            said.append((begin if facts.failure.initialize else run.samples[-1].time, facts.failure.error))
        return [f"{at:%Y-%m-%d %H:%M:%S} [sandbox] {text[:2_000]}" for at, text in said]

    def _parameters(self) -> str:
        given = {**self._facts.parameters, **self._job.parameters}
        shown = [f"{name}={given[name]}" for name in self._facts.parameters if given[name] is not None]
        return ", ".join(shown) or "none"

    def _capacity(self) -> tuple[float, str]:
        """What the least traded security would bear: a share of its daily value traded."""
        found = []
        for ticker in self._run.account.sales:
            book = self._run.books[ticker]
            end = book.before(self._days[-1]) + 1
            values = [book.close[i] * book.volume[i] for i in range(max(end - 250, 0), end)]
            found.append((sum(values) / len(values), market.symbol_id(ticker, book.kind)))
        traded, scarcest = min(found, default=(0.0, ""))
        return display.significant(0.05 * traded), scarcest

    def _insights(self) -> list[dict[str, Any]]:
        """One for every security whenever the account is rearranged."""
        found = []
        for at, share, period in self._run.plan:
            for ticker, book in self._run.books.items():
                days = (at.date() - timedelta(days=1), min((at + period).date(), self._days[-1]))
                prices = (book.close[book.before(days[0])], book.close[book.before(days[1])])
                up = share > 0
                found.append(orders.insight(ticker, book.kind, at, period, up, prices, self._seed))
        return found[:_MAX_INSIGHTS]
