"""From a project to the results of its backtest: made up, but consistent to the cent.

Knows: the order of the steps, and what of a run has happened by a moment of its own time. Must not know:
HTTP, state, the clock (it is told when the job was created).
Pure: the same job gives the same simulation, on every machine.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final

from attrs import evolve, frozen

from quantconnect_sandbox.languages.python_source import UNPARSABLE

from . import charts, display, market, orders, statistics
from .account import Account, Run
from .csharp_reader import read_csharp
from .exposure import goodness, schedule
from .python_reader import read_python
from .source_facts import Facts, Failure, facts_of, finite

_MAX_SOURCE: Final = 2_000_000
"""Characters of a project's code that are read."""
_CAPACITY: Final = 5_000_000.0
"""US dollars, of any strategy: as good as any other figure."""


@frozen
class Job:
    """What is to be run. A run without an end date ends on the day before `created` (UTC)."""

    language: str
    files: Mapping[str, str]
    parameters: Mapping[str, str | float | int]
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
    total_performance: dict[str, Any]
    rolling_window: dict[str, Any]
    charts: dict[str, dict[str, Any]]
    orders: list[dict[str, Any]]
    """Their events name no algorithm: `orders.addressed` adds one."""
    insights: list[dict[str, Any]]
    logs: list[str]
    profit_loss: dict[str, float]
    report: str
    optimization_statistics: list[float]
    equity: list[list[float]]
    """[unix seconds, value]; the first is the cash before the first day."""
    holdings: dict[str, dict[str, float]]
    """The last price (`p`) of what is held, by symbol id."""
    prices: dict[str, Sequence[float]]
    """By symbol id, one for each point of the equity after the first."""


def simulate(job: Job) -> Simulation:
    """Run a job. Never raises for anything a project can hold: what is wrong with it is in `error`."""
    facts = read(job.language, job.files)
    end = min(max(facts.end or job.created.date() - timedelta(days=1), market.FIRST_DAY), market.LAST_DAY)
    start = min(max(facts.start or end - timedelta(days=364), market.FIRST_DAY), market.LAST_DAY)
    if start > end:
        reversed_ = Failure("The start date is after the end date.", "", 0.0, True)
        facts, end = evolve(facts, failure=facts.failure or reversed_), start
    seed = market.digest(job.language, sorted(job.files.items()))
    run = _run(job, facts, (start, end), seed)
    run.go()
    return _results(job, facts, run, (start, end), seed)


def read(language: str, files: Mapping[str, str]) -> Facts:
    """What is taken from a project's code. Never raises for anything `files` can hold."""
    python = language == "Py"
    texts = {name: text for name, text in files.items() if name.endswith(".py" if python else ".cs")}
    place = ""
    try:
        if sum(map(len, texts.values())) > _MAX_SOURCE:
            raise ValueError("The project's code is too large for the sandbox.")
        source = read_python(texts) if python else read_csharp(texts)
        if source[0]:
            return facts_of(source, texts)
        message = "No class derives from QCAlgorithm."
    except SyntaxError as error:
        message, place = f"{type(error).__name__} : {error.msg}", f" in {error.filename}: line {error.lineno}"
    except UNPARSABLE as error:
        message = f"{type(error).__name__} : {error}"
    return Facts(failure=Failure(message, f"{message}\n{place}".strip(), 0.0, True))


def _run(job: Job, facts: Facts, period: tuple[date, date], seed: str) -> Run:
    """The run that a project asks for, before its first day; it has no more days than until it fails."""
    after = bisect_right(market.calendar(), period[1])
    # A run over a weekend still has a day to stand on.
    first = min(bisect_left(market.calendar(), period[0]), after - 1)
    securities = [market.Security(ticker, market.KINDS[kind]) for ticker, kind in facts.assets.items()]
    books = {each: market.closes(each)[first:after] for each in securities}
    given = {name: finite([value]) for name, value in job.parameters.items()}
    good = goodness(facts.parameters, given, seed)
    ticker = facts.benchmark or "SPY"
    prices = market.closes(market.Security(ticker, market.KINDS[facts.assets.get(ticker, "equity")]))
    share = 1.0 if facts.failure is None else facts.failure.at
    days = market.calendar()[first : first + max(round((after - first) * share), 1)]
    cash = facts.cash if job.cash is None else job.cash
    return Run(
        account=Account(cash, books),
        days=days,
        # The very first day of all has none before it.
        benchmark=[prices[max(first - 1, 0)], *prices[first : first + len(days)]],
        plan=dict(schedule(after - first, books.values(), facts.resolution, good, seed)),
        tags=facts.tags,
        times=[datetime.combine(days[0], time(), UTC)],
        values=[cash],
    )


def _results(job: Job, facts: Facts, run: Run, period: tuple[date, date], seed: str) -> Simulation:
    """Everything that a run shows."""
    failure, account, last = facts.failure, run.account, len(run.days) - 1
    scarcest = min((each.id for each in account.sales), default="")
    numbers = statistics.portfolio_statistics(run, 0, last, account.trades)
    numbers |= {"orders": len(account.fills), "fees": sum(fill.fee for fill in account.fills)}
    shown = display.statistics(numbers | {"capacity": _CAPACITY}, scarcest)
    trades = [orders.closed_trade(trade) for trade in account.trades]
    points = zip(run.times, run.values, strict=True)
    return Simulation(
        start=datetime.combine(period[0], time(), UTC),
        end=datetime.combine(period[1], time(23, 59, 59), UTC),
        tradeable_dates=0 if failure is not None and failure.initialize else len(run.days),
        error=failure.error if failure is not None else None,
        stacktrace=failure.stacktrace or failure.message if failure is not None else None,
        initialize_error=failure is not None and failure.initialize,
        failed_at=failure.at if failure is not None else 1.0,
        statistics=shown,
        total_performance=statistics.performance(run, 0, last) | {"closedTrades": trades},
        rolling_window=statistics.rolling_window(run) if failure is None else {},
        charts=charts.charts(run, _CAPACITY, facts.charts),
        orders=[orders.order(fill) for fill in account.fills],
        insights=[orders.insight(fill, seed) for fill in account.fills if facts.predicts],
        logs=_logs(job, facts, run, period),
        profit_loss={
            display.iso(at): round(sum(trade.profit for trade in made), 4)
            for at, made in groupby(account.trades, key=lambda trade: trade.exit.time)
        },
        report=display.report(job.name, f"{period[0]} to {period[1]}", shown, run.values),
        optimization_statistics=display.optimization_statistics(shown),
        equity=[[int(at.timestamp()), round(value, 2)] for at, value in points],
        holdings={security.id: {"p": account.prices[security]} for security in account.held()},
        prices={security.id: closes for security, closes in account.books.items()},
    )


def _logs(job: Job, facts: Facts, run: Run, period: tuple[date, date]) -> list[str]:
    """What the orders did; each line says that it is made up."""
    begin = datetime.combine(period[0], time(), UTC)
    given = {name: job.parameters.get(name, default) for name, default in facts.parameters.items()}
    parameters = ", ".join(f"{name}={value}" for name, value in given.items() if value is not None)
    securities = ", ".join(facts.assets) or "no security"
    code = f"{facts.algorithm}: {facts.resolution} data of {securities}, {period[0]} to {period[1]}"
    cash = f"Cash {display.money(run.values[0])}; parameters that the code reads: {parameters or 'none'}"
    said = [(begin, text) for text in (display.BANNER, code, cash)]
    for fill in run.account.fills:
        did = "bought" if fill.quantity > 0 else "sold"
        amount = f"{display.number(abs(fill.quantity))} {fill.security.ticker}"
        price = f"{display.number(fill.price)}, fee {fill.fee:.2f}"
        said.append((fill.time, f"Order {fill.id}: {did} {amount} at {price}"))
    if facts.failure is not None:
        said.append((begin if facts.failure.initialize else run.times[-1], facts.failure.error))
    return [f"{at:%Y-%m-%d %H:%M:%S} [sandbox] {text[:2_000]}" for at, text in said]


def so_far(run: Simulation, share: float) -> Simulation:
    """The run after a share (0..1) of its time, in the same shapes, as of the last close before that.

    Orders show once they are filled. Statistics are those of the whole run: not shown before its end.
    """
    if share >= 1:
        return run
    moment = run.start.timestamp() + share * (run.end - run.start).total_seconds()
    points = bisect_right([at for at, _ in run.equity], moment)
    moment = run.equity[points - 1][0] if points else moment
    closed = run.total_performance["closedTrades"]
    return evolve(
        run,
        # The first point of the equity is from before the first day.
        tradeable_dates=max(points - 1, 0),
        equity=run.equity[:points],
        charts={name: _chart(chart, moment) for name, chart in run.charts.items()},
        orders=[each for each in run.orders if each["events"][-1]["time"] <= moment],
        insights=[each for each in run.insights if each["generatedTime"] <= moment],
        logs=[line for line in run.logs if _seconds(line[:19]) <= moment],
        total_performance=run.total_performance
        | {"closedTrades": [each for each in closed if _seconds(each["exitTime"]) <= moment]},
        holdings={id_: {"p": prices[points - 2]} for id_, prices in run.prices.items() if points > 1},
    )


def _seconds(text: str) -> float:
    """A time of an order (ISO with Z) or of a line of the log (with a space, no zone)."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def _chart(chart: dict[str, Any], moment: float) -> dict[str, Any]:
    series = {
        name: {**each, "values": [point for point in each["values"] if point[0] <= moment]}
        for name, each in chart["series"].items()
    }
    return {**chart, "series": series}
