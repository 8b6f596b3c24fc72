"""Orders, closed trades and insights in the shape the API gives them.

Knows: LEAN's codes and the current camelCase form (api-facts 4.3). Must not know: how fills are decided.
Fields that are zero or do not apply are left out.
"""

from collections.abc import Iterable
from typing import Any

from .account import Fill, Trade
from .display import iso, number, span
from .market import Security, digest

_FILLED, _MARKET = 3, 0


def _symbol(security: Security) -> dict[str, str]:
    return {"value": security.ticker, "id": security.id, "permtick": security.ticker}


def order(fill: Fill) -> dict[str, Any]:
    """The order as the API sends it, but for the ids that `addressed` adds to its events."""
    body: dict[str, Any] = {
        "id": fill.id,
        "brokerId": [str(fill.id)],
        "symbol": _symbol(fill.security),
        "price": number(fill.price),
        "priceCurrency": "USD",
        **dict.fromkeys(("time", "createdTime", "lastFillTime"), iso(fill.time)),
        "quantity": number(fill.quantity),
        "value": number(fill.value, 4),
        "type": _MARKET,
        "status": _FILLED,
        "securityType": fill.security.kind.number,
        "direction": 0 if fill.quantity > 0 else 1,
        "orderSubmissionData": dict.fromkeys(("bidPrice", "askPrice", "lastPrice"), number(fill.price)),
        "isMarketable": True,
        "properties": {"timeInForce": {}},
        "priceAdjustmentMode": 0,
        "events": [_event(fill, 1), _event(fill, 2)],
    }
    return body | {"tag": fill.tag} if fill.tag else body


def _event(fill: Fill, place: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "symbol": fill.security.id,
        **dict.fromkeys(("symbolValue", "symbolPermtick"), fill.security.ticker),
        "orderId": fill.id,
        "orderEventId": place,
        "status": "submitted" if place == 1 else "filled",
        "fillPriceCurrency": "USD",
        "direction": "buy" if fill.quantity > 0 else "sell",
        "message": None,
        "isAssignment": False,
        "quantity": number(fill.quantity),
        "time": int(fill.time.timestamp()),
    }
    if place == 2:
        body |= {"fillPrice": number(fill.price), "fillQuantity": number(fill.quantity)}
        if fill.fee:
            body |= {"orderFeeAmount": number(fill.fee), "orderFeeCurrency": "USD"}
    return body


def addressed(orders: Iterable[dict[str, Any]], algorithm: str) -> list[dict[str, Any]]:
    """The same orders with events that name an algorithm id, such as the backtest's."""

    def event(body: dict[str, Any]) -> dict[str, Any]:
        id_ = f"{algorithm}-{body['orderId']}-{body['orderEventId']}"
        return {**body, "algorithmId": algorithm, "id": id_}

    return [{**each, "events": [event(body) for body in each["events"]]} for each in orders]


def closed_trade(trade: Trade) -> dict[str, Any]:
    """A trade as `closedTrades` lists it (api-facts 4.3: the newer engine's keys)."""
    return {
        "id": digest(trade.entry.id, trade.exit.id),
        "symbols": [_symbol(trade.entry.security)],
        "entryTime": iso(trade.entry.time),
        "entryPrice": number(trade.entry.price),
        "direction": 0,
        "quantity": number(trade.quantity),
        "exitTime": iso(trade.exit.time),
        "exitPrice": number(trade.exit.price),
        "profitLoss": number(trade.profit, 4),
        "totalFees": number(trade.fees, 4),
        "mae": number(trade.mae, 4),
        "mfe": number(trade.mfe, 4),
        "duration": span(trade.exit.time - trade.entry.time),
        "endTradeDrawdown": number(trade.profit - trade.mfe, 4),
        "isWin": trade.profit > 0,
        "orderIds": [trade.entry.id, trade.exit.id],
    }


def insight(fill: Fill, seed: str) -> dict[str, Any]:
    """The prediction that an order follows: for two weeks, its price rises or stays. Nothing scores it."""
    generated, seconds = int(fill.time.timestamp()), 14 * 86_400
    return {
        "id": digest(seed, fill.id),
        "sourceModel": digest(seed),
        "generatedTime": generated,
        "closeTime": generated + seconds,
        "symbol": fill.security.id,
        "ticker": fill.security.ticker,
        "type": "price",
        "reference": number(fill.price),
        "direction": "up" if fill.quantity > 0 else "flat",
        "period": seconds,
        **dict.fromkeys(("groupId", "referenceFinal", "magnitude", "confidence", "weight")),
        "scoreFinal": False,
        **dict.fromkeys(("scoreDirection", "scoreMagnitude", "estimatedValue"), 0.0),
        "tag": "invented by the sandbox",
    }
