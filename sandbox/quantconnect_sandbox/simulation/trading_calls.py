"""Calls that trade or predict: orders, targets, insights.

Knows: the API's order and insight calls. Must not know: syntax trees, days, prices.
"""

from __future__ import annotations

from typing import Final

from .arguments import Call, expression_of, plain, ticker_of
from .expressions import UNKNOWN, Operation, Sized
from .interpretation import Interpretation
from .source import InsightCall, OrderCall

ORDERS: Final = {
    "set_holdings": "set_holdings",
    "market_order": "market",
    "order": "market",
    "buy": "market",
    "sell": "market",
    "market_on_open_order": "market_on_open",
    "market_on_close_order": "market_on_close",
    "limit_order": "limit",
    "stop_market_order": "stop",
    "stop_limit_order": "stop_limit",
    "limit_if_touched_order": "limit",
    "trailing_stop_order": "stop",
    "liquidate": "liquidate",
}


def order(reading: Interpretation, call: Call) -> object:
    """Record an order."""
    kind = ORDERS[call.name]
    first = call.get(0, "symbol", "targets")
    tag = call.get(9, "tag", default="")
    text = tag if isinstance(tag, str) else ""
    if kind == "set_holdings" and isinstance(first, list):
        for item in first:
            if isinstance(item, Sized):
                reading.act(OrderCall(kind, item.ticker, item.weight, tag=text))
        return UNKNOWN
    ticker = ticker_of(first)
    if kind == "liquidate":
        reading.act(OrderCall(kind, ticker, tag=text))
        return UNKNOWN
    if ticker is None and len(reading.assets) != 1:
        # The code names the security in a way that reading does not follow: it means each of them.
        for asset in list(reading.assets):
            reading.act(_placed(call, kind, asset, text, share=1 / len(reading.assets)))
        return UNKNOWN
    reading.act(_placed(call, kind, ticker or next(iter(reading.assets)), text, share=1.0))
    return UNKNOWN


def _placed(call: Call, kind: str, ticker: str, tag: str, share: float) -> OrderCall:
    amount = call.get(1, "percentage", "quantity")
    expression = expression_of(amount)
    if expression is None:
        expression = share if kind == "set_holdings" else Sized(ticker, share)
    if call.name == "sell":
        expression = Operation("Sub", 0, expression)
    price = call.get(2, "limit_price", "stop_price") if kind in {"limit", "stop", "stop_limit"} else None
    return OrderCall(kind, ticker, expression, expression_of(price), tag)


def sized(_: Interpretation, call: Call) -> object:
    """A quantity, or a target, that makes a security a share of the account."""
    ticker = ticker_of(call.get(0, "symbol"))
    weight = expression_of(call.get(1, "target", "quantity"))
    return Sized(ticker, 1.0 if weight is None else weight) if ticker is not None else UNKNOWN


def insight(reading: Interpretation, call: Call) -> object:
    """Record an insight, made with `Insight(...)` or `Insight.price(...)`."""
    if call.owner is None or call.name == "insight":
        symbol, period, direction = call.get(0, "symbol"), call.get(1, "period"), call.get(3, "direction")
        extra = 4
    else:
        symbol, period, direction = call.get(0, "symbol"), call.get(1, "period"), call.get(2, "direction")
        extra = 3
    ticker = ticker_of(symbol) or next(iter(reading.assets), None)
    seconds = plain(period)
    heading = plain(direction)
    model = call.get(extra + 2, "source_model", default="")
    action = InsightCall(
        ticker,
        1 if heading is None else (heading > 0) - (heading < 0),
        int(seconds) if seconds is not None and 0 < seconds < 1e9 else 86_400,
        plain(call.get(extra, "magnitude")),
        plain(call.get(extra + 1, "confidence")),
        plain(call.get(extra + 3, "weight")),
        model if isinstance(model, str) else "",
    )
    reading.act(action)
    return UNKNOWN
