"""Orders and insights in the shape the API gives them.

Knows: LEAN's codes and the current camelCase form (api-facts 4.3). Must not know: how fills are decided.
Fields that are zero or do not apply are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from .account import Fill
from .market import symbol_id

SUBMITTED, FILLED = 1, 3
_MARKET, _MARKET_ON_OPEN = 0, 4
_SECURITY_TYPES: Final = {
    "equity": 1,
    "forex": 4,
    "future": 5,
    "cfd": 6,
    "crypto": 7,
    "index": 9,
    "cryptofuture": 11,
}


def iso(time: datetime) -> str:
    """A time as the API writes an order's: ISO 8601 with Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def number(value: float, digits: int = 6) -> float | int:
    """A number without noise; whole ones become integers."""
    rounded = round(value, digits)
    return int(rounded) if rounded == int(rounded) else rounded


def symbol(ticker: str, kind: str) -> dict[str, str]:
    """A symbol as orders and trades carry it."""
    return {"value": ticker, "id": symbol_id(ticker, kind), "permtick": ticker}


def order(fill: Fill, algorithm: str) -> dict[str, Any]:
    """The order as the API sends it; `algorithm` is the id its events name."""
    body: dict[str, Any] = {
        "id": fill.id,
        "brokerId": [str(fill.id)],
        "symbol": symbol(fill.ticker, fill.kind),
        "price": number(fill.price),
        "priceCurrency": "USD",
        "time": iso(fill.created),
        "createdTime": iso(fill.created),
        "lastFillTime": iso(fill.filled),
        "quantity": number(fill.quantity),
        "value": number(fill.quantity * fill.price, 4),
        "type": _MARKET_ON_OPEN if fill.at_open else _MARKET,
        "status": FILLED,
        "securityType": _SECURITY_TYPES[fill.kind],
        "direction": 0 if fill.quantity > 0 else 1,
        "orderSubmissionData": dict.fromkeys(("bidPrice", "askPrice", "lastPrice"), number(fill.reference)),
        "isMarketable": True,
        "properties": {"timeInForce": {}},
        "priceAdjustmentMode": 0,
        "events": [_event(fill, 1, algorithm), _event(fill, 2, algorithm)],
    }
    return body | {"tag": fill.tag} if fill.tag else body


def _event(fill: Fill, place: int, algorithm: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "algorithmId": algorithm,
        "symbol": symbol_id(fill.ticker, fill.kind),
        "symbolValue": fill.ticker,
        "symbolPermtick": fill.ticker,
        "orderId": fill.id,
        "orderEventId": place,
        "id": f"{algorithm}-{fill.id}-{place}",
        "status": "submitted" if place == 1 else "filled",
        "fillPriceCurrency": "USD",
        "direction": "buy" if fill.quantity > 0 else "sell",
        "message": None,
        "isAssignment": False,
        "quantity": number(fill.quantity),
        "time": int((fill.created if place == 1 else fill.filled).timestamp()),
    }
    if place == 2:
        body |= {"fillPrice": number(fill.price), "fillQuantity": number(fill.quantity)}
        if fill.fee:
            body |= {"orderFeeAmount": number(fill.fee), "orderFeeCurrency": "USD"}
    return body


def addressed(orders: Iterable[dict[str, Any]], algorithm: str) -> list[dict[str, Any]]:
    """The same orders with events that name another algorithm id, such as the backtest's."""

    def event(body: dict[str, Any]) -> dict[str, Any]:
        id_ = f"{algorithm}-{body['orderId']}-{body['orderEventId']}"
        return {**body, "algorithmId": algorithm, "id": id_}

    return [{**each, "events": [event(body) for body in each["events"]]} for each in orders]


def insight(
    ticker: str,
    kind: str,
    time: datetime,
    period: timedelta,
    up: bool,
    prices: Sequence[float],
    seed: str,
) -> dict[str, Any]:
    """A prediction that a price rises or stays until its period is over; `prices` are those then."""
    generated, seconds = int(time.timestamp()), int(period.total_seconds())
    right = (prices[1] > prices[0]) == up
    return {
        "id": _identifier(seed, ticker, generated),
        "groupId": None,
        "sourceModel": _identifier(seed),
        "generatedTime": generated,
        "closeTime": generated + seconds,
        "symbol": symbol_id(ticker, kind),
        "ticker": ticker,
        "type": "price",
        "reference": number(prices[0]),
        "referenceFinal": number(prices[1]),
        "direction": "up" if up else "flat",
        "period": seconds,
        "magnitude": None,
        "confidence": None,
        "weight": None,
        "scoreFinal": True,
        "scoreDirection": float(right),
        "scoreMagnitude": 0.0,
        "estimatedValue": 0.0,
        "tag": "invented by the sandbox",
    }


def _identifier(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()[:32]
