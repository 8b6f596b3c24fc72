"""Orders and their events, and the shape the API gives them.

Knows: LEAN's codes and the current camelCase form of an order (api_facts 4.3).
Must not know: how fills are decided.
Fields that are zero or do not apply are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from attrs import define, field

from .market import symbol_id

TYPES: Final = {
    "market": 0,
    "limit": 1,
    "stop": 2,
    "stop_limit": 3,
    "market_on_open": 4,
    "market_on_close": 5,
}
SUBMITTED, FILLED, CANCELED, INVALID = 1, 3, 5, 7
STATUSES: Final = {SUBMITTED: "submitted", FILLED: "filled", CANCELED: "canceled", INVALID: "invalid"}
SECURITY_TYPES: Final = {
    "equity": 1,
    "forex": 4,
    "future": 5,
    "cfd": 6,
    "crypto": 7,
    "index": 9,
    "cryptofuture": 11,
}


@define(eq=False)
class Order:
    """One order. `events` holds (status, time, fee, message) in the order they came."""

    id: int
    ticker: str
    kind: str
    type: int
    quantity: float
    created: datetime
    last_price: float
    limit: float = 0.0
    stop: float = 0.0
    tag: str = ""
    price: float = 0.0
    """Of the fill; 0 before it."""
    events: list[tuple[int, datetime, float, str]] = field(factory=list)

    @property
    def status(self) -> int:
        """LEAN's code of the last thing that happened to it."""
        return self.events[-1][0] if self.events else SUBMITTED

    def happened(self, status: int, time: datetime, fee: float = 0.0, message: str = "") -> None:
        """Note an event."""
        self.events.append((status, time, fee, message))


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


def rendered(order: Order, algorithm: str) -> dict[str, Any]:
    """The order as the API sends it; `algorithm` is the id its events name."""
    filled = next((time for status, time, _, _ in order.events if status == FILLED), None)
    canceled = next((time for status, time, _, _ in order.events if status == CANCELED), None)
    body: dict[str, Any] = {
        "id": order.id,
        "brokerId": [str(order.id)] if order.status != INVALID else [],
        "symbol": symbol(order.ticker, order.kind),
        "limitPrice": number(order.limit),
        "stopPrice": number(order.stop),
        "price": number(order.price),
        "priceCurrency": "USD",
        "time": iso(order.created),
        "createdTime": iso(order.created),
        "lastFillTime": iso(filled) if filled else None,
        "canceledTime": iso(canceled) if canceled else None,
        "quantity": number(order.quantity),
        "tag": order.tag,
        "value": number(order.quantity * (order.price or order.limit or order.stop or order.last_price), 4),
    }
    body = {name: value for name, value in body.items() if value not in (0, None, "", [])}
    body |= {
        "type": order.type,
        "status": order.status,
        "securityType": SECURITY_TYPES.get(order.kind, 1),
        "direction": 0 if order.quantity > 0 else 1,
        "orderSubmissionData": dict.fromkeys(("bidPrice", "askPrice", "lastPrice"), number(order.last_price)),
        "isMarketable": order.type in {0, 4, 5},
        "properties": {"timeInForce": {}},
        "priceAdjustmentMode": 0,
        "events": [_event(order, index, algorithm) for index in range(len(order.events))],
    }
    return body


def _event(order: Order, index: int, algorithm: str) -> dict[str, Any]:
    status, time, cost, message = order.events[index]
    body: dict[str, Any] = {
        "algorithmId": algorithm,
        "symbol": symbol_id(order.ticker, order.kind),
        "symbolValue": order.ticker,
        "symbolPermtick": order.ticker,
        "orderId": order.id,
        "orderEventId": index + 1,
        "id": f"{algorithm}-{order.id}-{index + 1}",
        "status": STATUSES[status],
        "fillPriceCurrency": "USD",
        "direction": "buy" if order.quantity > 0 else "sell",
        "message": message or None,
        "isAssignment": False,
        "quantity": number(order.quantity),
        "time": int(time.timestamp()),
    }
    if status == FILLED:
        body |= {"fillPrice": number(order.price), "fillQuantity": number(order.quantity)}
        if cost:
            body |= {"orderFeeAmount": number(cost), "orderFeeCurrency": "USD"}
    for name, value in (("limitPrice", order.limit), ("stopPrice", order.stop)):
        if value:
            body[name] = number(value)
    return body


def addressed(orders: Iterable[dict[str, Any]], algorithm: str) -> list[dict[str, Any]]:
    """The same orders with events that name another algorithm id, such as the backtest's."""
    return [
        order
        | {
            "events": [
                event
                | {"algorithmId": algorithm, "id": f"{algorithm}-{event['orderId']}-{event['orderEventId']}"}
                for event in order.get("events", [])
            ]
        }
        for order in orders
    ]
