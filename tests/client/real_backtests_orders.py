"""Bodies of the orders and insights of backtests (api_facts 4, 8.5)."""

from __future__ import annotations

import datetime
from typing import Any

from quantconnect_client import UNSET, models
from real_answer import LOADING, SPY, Real, hexadecimal

EVENT = {
    "algorithmId": hexadecimal("b"),
    "symbol": SPY["id"],
    "symbolValue": "SPY",
    "symbolPermtick": "SPY",
    "orderId": 1,
    "orderEventId": 1,
    "id": f"{hexadecimal('b')}-1-1",
    "status": "submitted",
    "direction": "buy",
    "quantity": 200.0,
    "time": 1704205860.25,
    "message": None,
    "isAssignment": False,
}
FILL = {
    **EVENT,
    "orderEventId": 2,
    "status": "filled",
    "fillPrice": 470.1,
    "fillPriceCurrency": "USD",
    "fillQuantity": 200.0,
    "orderFeeAmount": 1.0,
    "orderFeeCurrency": "USD",
}
ORDER: dict[str, Any] = {
    "id": 1,
    "contingentId": 0,
    "brokerId": ["1"],
    "symbol": SPY,
    "price": 470.1,
    "priceCurrency": "USD",
    "time": "2024-01-02T14:31:00Z",
    "createdTime": "2024-01-02T14:31:00Z",
    "lastFillTime": "2024-01-02T14:31:00Z",
    "lastUpdateTime": None,
    "canceledTime": None,
    "quantity": 200,
    "type": 0,
    "status": 3,
    "tag": "",
    "securityType": 1,
    "direction": 0,
    "value": 94020.0,
    "orderSubmissionData": {"bidPrice": 470.0, "askPrice": 470.1, "lastPrice": 470.1},
    "isMarketable": True,
    "properties": {"timeInForce": {}},
    "events": [EVENT, FILL],
    "priceAdjustmentMode": 0,
}
PASCAL_ORDER = {
    "Type": 0,
    "Id": 1,
    "BrokerId": ["1"],
    "Symbol": {"Value": "SPY", "ID": SPY["id"], "Permtick": "SPY"},
    "Price": 470.1,
    "Time": "2024-01-02T14:31:00Z",
    "Quantity": 200.0,
    "Status": 3,
    "SecurityType": 1,
    "Direction": 0,
    "Events": [{"order-event-id": 1, "symbol-value": "SPY", "status": "filled", "time": 1704205860.25}],
}
INSIGHT: dict[str, Any] = {
    "id": hexadecimal("8"),
    "groupId": None,
    "sourceModel": "Momentum",
    "generatedTime": 1704205860,
    "closeTime": 1704292260,
    "symbol": SPY["id"],
    "ticker": "SPY",
    "type": "price",
    "reference": 470.1,
    "referenceFinal": 0,
    "direction": "up",
    "period": 86400,
    "magnitude": None,
    "confidence": None,
    "weight": None,
    "scoreFinal": False,
    "scoreDirection": 0,
    "scoreMagnitude": 0.0,
    "estimatedValue": None,
    "tag": "",
}
ANSWERS = [
    Real(
        "orders with their events",
        "backtests.read_backtest_orders",
        {"orders": [ORDER], "length": 427, "success": True},
        {
            "": "BacktestOrdersResponse",
            "length": 427,
            "orders/0/time": datetime.datetime(2024, 1, 2, 14, 31, tzinfo=datetime.UTC),
            "orders/0/direction": 0,
            "orders/0/broker_id": ["1"],
            "orders/0/limit_price": UNSET,
            "orders/0/canceled_time": None,
            "orders/0/order_submission_data/ask_price": 470.1,
            "orders/0/price_adjustment_mode": 0,
            "orders/0/events/0/status": models.OrderEventStatus("submitted"),
            "orders/0/events/0/message": None,
            "orders/0/events/0/fill_price": UNSET,
            "orders/0/events/1/direction": models.OrderDirection("buy"),
            "orders/0/events/1/time": 1704205860.25,
        },
    ),
    Real(
        "an order of several legs, of a kind and state nobody heard of",
        "backtests.read_backtest_orders",
        {
            "orders": [
                {
                    **ORDER,
                    "type": 12,
                    "securityType": 9,
                    "trailingAmount": 0.5,
                    "trailingPercentage": True,
                    "groupOrderManager": {
                        "id": 1,
                        "quantity": 10,
                        "count": 2,
                        "limitPrice": 0,
                        "orderIds": [1, 2],
                        "direction": 1,
                    },
                    "events": [{**EVENT, "status": "pondered", "isInTheMoney": False}],
                }
            ],
            "length": 1,
            "success": True,
        },
        {
            "orders/0/security_type": 9,
            "orders/0/group_order_manager/order_ids": [1, 2],
            "orders/0/events/0/status": "pondered",
            "orders/0/events/0/is_in_the_money": False,
        },
    ),
    Real(
        "orders in the old spelling",
        "backtests.read_backtest_orders",
        {"orders": [PASCAL_ORDER], "length": 1, "success": True},
        {
            "": "BacktestOrdersResponse",
            "orders/0/Type": 0,
            "orders/0/id": UNSET,
            "orders/0/Symbol/ID": SPY["id"],
            "orders/0/Events/0/symbol-value": "SPY",
        },
        beside={f"orders[].{name}" for name in PASCAL_ORDER},
    ),
    Real(
        "orders that load",
        "backtests.read_backtest_orders",
        LOADING,
        {
            "": "LoadingResponse",
            "progress": 0.13,
            "status": models.LoadingResponseStatus("loading"),
            "success": True,
        },
    ),
    Real(
        "no orders",
        "backtests.read_backtest_orders",
        {"orders": [], "length": 0, "success": True},
        {"": "BacktestOrdersResponse", "orders": [], "length": 0},
    ),
    Real(
        "insights",
        "backtests.read_backtest_insights",
        {
            "insights": [
                INSIGHT,
                {**INSIGHT, "direction": "sideways", "generatedTime": 1704205860.5, "weight": 0.5},
            ],
            "length": 2,
            "success": True,
        },
        {
            "insights/0/period": 86400,
            "insights/0/direction": models.InsightDirection("up"),
            "insights/0/type_": models.InsightType("price"),
            "insights/0/magnitude": None,
            "insights/1/direction": "sideways",
            "insights/1/generated_time": 1704205860.5,
        },
        drifts={"/insights/1/generated_time"},
    ),
]
