"""From a project to the results of its backtest: made up, but consistent to the cent.

Knows: the order of the steps. Must not know: HTTP, state, time (it is told when the job was created).
Pure: the same job gives the same simulation, on every machine.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
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
    end = min(max(facts.end or job.created.date() - timedelta(days=1), market.FIRST_DAY), market.LAST_DAY)
    start = min(max(facts.start or end - timedelta(days=364), market.FIRST_DAY), market.LAST_DAY)
    if start > end:
        reversed_ = Failure("The start date is after the end date.", "", 0.0, True)
        facts, end = evolve(facts, failure=facts.failure or reversed_), start
    kinds = set(facts.assets.values()) or {"equity"}
    days = sorted({day for kind in kinds for day in trading_days.days_between(kind, start, end)})
    counts = {
        name: value
        for name, value in job.parameters.items()
        if facts.any_parameter or name in facts.parameters
    }
    seed = _seed(job)
    run = Run(
        cash=facts.cash if job.cash is None else job.cash,
        books={ticker: market.bars(ticker, kind, end.year) for ticker, kind in facts.assets.items()},
        # A run over a weekend still has a day to stand on.
        days=days or [start],
        resolution=facts.resolution,
        good=goodness(facts.parameters, counts, seed),
        seed=seed,
        tags=facts.tags,
    )
    run.go(1.0 if facts.failure is None else facts.failure.at)
    return _results(job, facts, run, (start, end), seed)


def _seed(job: Job) -> str:
    """Of the code alone: what changes with a parameter changes smoothly."""
    digest = hashlib.sha256(job.language.encode())
    for name in sorted(job.files):
        digest.update(f"{name}\x1f{job.files[name]}\x1e".encode("utf-8", "replace"))
    return digest.hexdigest()[:32]


def _results(job: Job, facts: Facts, run: Run, period: tuple[date, date], seed: str) -> Simulation:
    """Everything that a run shows."""
    curve, failure, account = _curve(facts, run), facts.failure, run.account
    closed, last = account.trades, len(curve.days) - 1
    numbers = statistics.portfolio_statistics(curve, 0, last, [trade.profit for trade in closed])
    fees = sum(fill.fee for fill in account.fills)
    capacity, scarcest = _capacity(run, curve.days[-1])
    shown = display.statistics(numbers, len(account.fills), fees, capacity, scarcest)
    bodies = charts.charts(run, curve, capacity, facts.charts)
    fallen = [value for _, value in bodies["Drawdown"]["series"]["Equity Drawdown"]["values"]]
    ids = {ticker: market.symbol_id(ticker, book.kind) for ticker, book in run.books.items()}
    values = [(curve.times[0], run.cash), *((sample.time, sample.value) for sample in run.samples)]
    return Simulation(
        start=datetime.combine(period[0], time(), UTC),
        end=datetime.combine(period[1], time(23, 59, 59), UTC),
        tradeable_dates=0 if failure is not None and failure.initialize else len(curve.days),
        error=failure.error if failure is not None else None,
        stacktrace=failure.stacktrace or failure.message if failure is not None else None,
        initialize_error=failure is not None and failure.initialize,
        failed_at=failure.at if failure is not None else 1.0,
        statistics=shown,
        runtime_statistics=display.runtime_statistics(
            numbers,
            fees,
            sum(run.samples[-1].held.values()),
            account.open_profit(run.prices),
            run.samples[-1].traded,
        ),
        total_performance=statistics.performance(curve, closed, 0, last, with_trades=True),
        rolling_window=statistics.rolling_window(curve, closed) if failure is None else {},
        charts=bodies,
        orders=[orders.order(fill, seed) for fill in account.fills],
        insights=_insights(run, seed) if facts.predicts else [],
        logs=_logs(job, facts, run, period),
        profit_loss=statistics.profit_loss(closed) or [],
        report=report(job.name, f"{period[0]} to {period[1]}", shown, curve.values, fallen),
        optimization_statistics=display.optimization_statistics(shown),
        equity=[[int(at.timestamp()), round(value, 2)] for at, value in values],
        holdings={ids[ticker]: {"p": run.prices[ticker]} for ticker in account.held},
        prices={ids[ticker]: array("d", prices) for ticker, prices in run.history.items()},
    )


def _curve(facts: Facts, run: Run) -> statistics.Curve:
    """The account and the benchmark at each day's close."""
    lasts = {sample.day: sample for sample in run.samples}
    days, samples = list(lasts), list(lasts.values())
    coins = facts.assets and trading_days.ROUND_THE_CLOCK.issuperset(facts.assets.values())
    ticker = facts.benchmark or (next(iter(facts.assets)) if coins else "SPY")
    book = market.bars(ticker, facts.assets.get(ticker, "equity"), days[-1].year)
    traded = [0.0, *(sample.traded for sample in samples)]
    return statistics.Curve(
        times=[datetime.combine(days[0], time(), UTC), *(sample.time for sample in samples)],
        values=[run.cash, *(sample.value for sample in samples)],
        benchmark=[book.close[book.before(day)] for day in (days[0] - timedelta(days=1), *days)],
        turnover=[
            (after - before) / max(sample.value, 1.0)
            for (before, after), sample in zip(pairwise(traded), samples, strict=True)
        ],
        days=days,
    )


def _logs(job: Job, facts: Facts, run: Run, period: tuple[date, date]) -> list[str]:
    """What the orders did; each line says that it is made up."""
    begin = datetime.combine(period[0], time(), UTC)
    given = {name: job.parameters.get(name, default) for name, default in facts.parameters.items()}
    parameters = ", ".join(f"{name}={value}" for name, value in given.items() if value is not None)
    securities = ", ".join(run.books) or "no security"
    said = [
        (begin, BANNER),
        (begin, f"{facts.algorithm}: {facts.resolution} data of {securities}, {period[0]} to {period[1]}"),
        (begin, f"Cash {display.money(run.cash)}; parameters that the code reads: {parameters or 'none'}"),
    ]
    for fill in run.account.fills[:_MAX_LOGS]:
        did = "bought" if fill.quantity > 0 else "sold"
        amount = f"{orders.number(abs(fill.quantity))} {fill.ticker} at {orders.number(fill.price)}"
        said.append((fill.filled, f"Order {fill.id}: {did} {amount}, fee {fill.fee:.2f}"))
    if facts.failure is not None:
        said.append((begin if facts.failure.initialize else run.samples[-1].time, facts.failure.error))
    return [f"{at:%Y-%m-%d %H:%M:%S} [sandbox] {text[:2_000]}" for at, text in said]


def _capacity(run: Run, day: date) -> tuple[float, str]:
    """What the least traded security would bear: a share of its daily value traded."""
    found = []
    for ticker in run.sales():
        book = run.books[ticker]
        end = book.before(day) + 1
        values = [book.close[i] * book.volume[i] for i in range(max(end - 250, 0), end)]
        found.append((sum(values) / len(values), market.symbol_id(ticker, book.kind)))
    traded, scarcest = min(found, default=(0.0, ""))
    return display.significant(0.05 * traded), scarcest


def _insights(run: Run, seed: str) -> list[dict[str, Any]]:
    """One for every security whenever the account is rearranged."""
    found = []
    for at, share, period in run.plan[: _MAX_INSIGHTS // len(run.books)]:
        for ticker, book in run.books.items():
            moments = (at.date() - timedelta(days=1), min((at + period).date(), run.samples[-1].day))
            prices = [book.close[book.before(day)] for day in moments]
            found.append(orders.insight(ticker, book.kind, at, period, share > 0, prices, seed))
    return found
