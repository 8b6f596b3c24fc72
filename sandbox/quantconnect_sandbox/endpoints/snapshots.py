"""What a live deployment shows: live/portfolio/read, orders/read, insights/read, logs/read, chart/read.

Knows: pages and how moments of the run become moments since launch (api-facts 6).
Must not know: how a deployment is controlled.
"""

from datetime import UTC, datetime
from typing import Any

from quantconnect_sandbox.endpoints import deployments
from quantconnect_sandbox.endpoints.access import project_of
from quantconnect_sandbox.endpoints.deployments import LOG_SNAPSHOT, State
from quantconnect_sandbox.endpoints.results import chart_window, loading, sampled
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import Cased, RefusedError, Verbatim
from quantconnect_sandbox.simulation import addressed
from quantconnect_sandbox.state.clock import moment
from quantconnect_sandbox.state.store import Document

LARGEST_PAGE = 1000
LARGEST_LOG = 250
UNSTARTED_INSIGHTS = 100
"""`end` up to this needs no `start` (api-facts 6)."""
ORDER_TIMES = ("time", "createdTime", "lastFillTime", "lastUpdateTime", "canceledTime")
INSIGHT_TIMES = ("generatedTime", "closeTime")


async def portfolio(call: Call) -> dict[str, Any]:
    """Holdings by symbol id and cash by currency, as of the last snapshot."""
    deployment = deployments.named(call, project_of(call))
    state = await deployments.state(call, deployment)
    return {
        "portfolio": {
            # Maps also when empty: the LEAN CLI iterates over them without a check (api-facts 6).
            "holdings": {id_: Cased(held) for id_, held in state.ledger.holdings().items()},
            "cash": {currency: Cased(cash) for currency, cash in state.ledger.cash_book().items()},
        }
    }


async def orders(call: Call) -> dict[str, Any]:
    """A page of at most 1000 orders; can be loading."""
    deployment = deployments.named(call, project_of(call))
    first, last = call.arguments.window(LARGEST_PAGE)
    state = await deployments.state(call, deployment)
    found = [_moved_order(state, order) for order in state.ledger.orders]
    found += [_own_order(deployment, place) for place in range(len(deployment["fills"]))]
    for number, order in enumerate(found, 1):
        order["id"] = number
    page = addressed(found[first:last], deployment["deployId"])
    return loading(call, deployment, "orders") or {"orders": Cased(page), "length": len(found)}


async def insights(call: Call) -> dict[str, Any]:
    """A page of insights; without `start` only the first hundred."""
    deployment = deployments.named(call, project_of(call))
    if not call.arguments.has("start") and call.arguments.integer("end") > UNSTARTED_INSIGHTS:
        raise RefusedError("Required parameter start is empty.")
    first, last = call.arguments.integer("start", 0), call.arguments.integer("end")
    if first < 0 or last < first or last - first > LARGEST_PAGE:
        raise RefusedError(f"Invalid argument: start and end must span 0 to {LARGEST_PAGE} insights.")
    state = await deployments.state(call, deployment)
    found = state.run.insights
    page = [_moved_insight(state, each) for each in found[first:last]]
    return {"insights": Verbatim(page), "length": len(found)}


async def logs(call: Call) -> dict[str, Any]:
    """Lines counted over all deployments of the project; `deploymentOffset` is where this one's begin."""
    project = project_of(call)
    if deployments.latest(call, project) is None:
        raise RefusedError(deployments.NONE)
    call.arguments.text("algorithmId")
    wanted = deployments.named(call, project, "algorithmId")
    first, last = call.arguments.window(LARGEST_LOG, "startLine", "endLine")
    lines: list[str] = []
    offset = 0
    for deployment in call.store.all("deployment", project["projectId"]):
        if deployment is wanted:
            offset = len(lines)
        lines += await _lines(call, deployment)
    return {"logs": lines[first:last], "length": len(lines), "deploymentOffset": offset}


async def chart(call: Call) -> dict[str, Any]:
    """One chart of what has been replayed; loads first."""
    deployment = deployments.named(call, project_of(call))
    name = call.arguments.text("name")
    count, start, end = chart_window(call)
    state = await deployments.state(call, deployment)
    if name not in state.run.charts:
        raise RefusedError(f"There is no chart named {name!r}.")
    body = _moved_chart(state, state.run.charts[name])
    return loading(call, deployment, f"chart {name}") or {
        "chart": sampled({name: body}, name, count, start, end)
    }


async def _lines(call: Call, deployment: Document) -> list[str]:
    """The log of one deployment: how it started, the run's own lines so far, and what was done to it."""
    state = await deployments.state(call, deployment, LOG_SNAPSHOT)
    status = await deployments.status(call, deployment)
    first = f"Launching {deployment['deployId']} on {deployment['brokerage']}; no order reaches a market"
    lines = [deployments.stamped(deployment["launched"], first)]
    if status not in [word for _, word in deployments.STARTING]:
        lines += [_moved_line(state, line) for line in state.run.logs]
    lines += deployment["notes"]
    if deployment["stopped"]:
        lines.append(deployments.stamped(deployment["stopped"], f"Algorithm ended: {status}"))
    return lines


def _moved_line(state: State, line: str) -> str:
    try:
        at = datetime.strptime(line[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return line
    return moment(state.then(at.timestamp())).strftime("%Y-%m-%d %H:%M:%S") + line[19:]


def _moved_order(state: State, order: dict[str, Any]) -> dict[str, Any]:
    dates = {key: datetime.fromisoformat(order[key]) for key in ORDER_TIMES if order.get(key)}
    times = {key: _iso(state.then(date.timestamp())) for key, date in dates.items()}
    events = [{**event, "time": state.then(event["time"])} for event in order.get("events", [])]
    return {**order, **times, "events": events}


def _moved_insight(state: State, insight: dict[str, Any]) -> dict[str, Any]:
    return {**insight, **{key: int(state.then(insight[key])) for key in INSIGHT_TIMES if insight.get(key)}}


def _moved_chart(state: State, body: dict[str, Any]) -> dict[str, Any]:
    series = {}
    for key, each in body["series"].items():
        values = [[int(state.then(point[0])), *point[1:]] for point in each["values"]]
        series[key] = {**each, "values": values}
    return {**body, "series": series}


def _own_order(deployment: Document, place: int) -> dict[str, Any]:
    """An order that a command or a liquidation made: a market order, filled."""
    fill = deployment["fills"][place]
    ticker = fill["symbol"].split(" ")[0]
    at, buy = _iso(fill["time"]), fill["quantity"] > 0
    event = {
        "symbol": fill["symbol"],
        "symbolValue": ticker,
        "symbolPermtick": ticker,
        "orderId": place + 1,
        "orderEventId": 1,
        "status": "filled",
        "fillPrice": fill["price"],
        "fillPriceCurrency": "USD",
        "fillQuantity": fill["quantity"],
        "direction": "buy" if buy else "sell",
        "message": None,
        "isAssignment": False,
        "quantity": fill["quantity"],
        "time": fill["time"],
    }
    return {
        "id": place + 1,
        "brokerId": [str(place + 1)],
        "symbol": {"value": ticker, "id": fill["symbol"], "permtick": ticker},
        "price": fill["price"],
        "priceCurrency": "USD",
        "time": at,
        "createdTime": at,
        "lastFillTime": at,
        "quantity": fill["quantity"],
        "type": 0,
        "status": 3,
        "tag": fill["tag"],
        "securityType": 1,
        "direction": 0 if buy else 1,
        "value": round(fill["quantity"] * fill["price"], 2),
        "isMarketable": True,
        "properties": {"timeInForce": {}},
        "events": [event],
    }


def _iso(seconds: float) -> str:
    return moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


ROUTES: Routes = {
    "/live/portfolio/read": portfolio,
    "/live/orders/read": orders,
    "/live/insights/read": insights,
    "/live/logs/read": logs,
    "/live/chart/read": chart,
}
