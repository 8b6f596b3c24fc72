"""Bodies of live trading (api_facts 6, 8.5)."""

from __future__ import annotations

import datetime
from typing import Any

from quantconnect_client import UNSET, models
from real_answer import LOADING, SPY, Real, hexadecimal
from real_backtests_charts import CHART
from real_backtests_orders import INSIGHT, ORDER

DEPLOYMENT: dict[str, Any] = {
    "message": "",
    "deployId": "L-" + hexadecimal("d"),
    "status": "Running",
    "cloneId": 9000001,
    "launched": "2024-03-12 14:15:16",
    "stopped": None,
    "brokerage": "PaperBrokerage",
    "securityTypes": "Equity",
    "datacenter": "NY7",
    "isPublicStreaming": False,
    "public": False,
    "files": [{"name": "main.py", "content": "x", "open": 0, "isLibrary": False}],
    "runtimeStatistics": {"Equity": "$100,000.00", "My own figure": "7"},
    "charts": {"Strategy Equity": {"name": "Strategy Equity"}},
}
READ = {**DEPLOYMENT, "projectName": "Alpha", "success": True}
LINE: dict[str, Any] = {
    "projectId": 9000001,
    "deployId": DEPLOYMENT["deployId"],
    "status": "Running",
    "launched": "2024-03-12 14:15:16",
    "stopped": None,
    "brokerage": "PaperBrokerage",
    "subscription": "",
    "equity": 100000,
    "environment": "paper",
    "description": None,
    "error": "",
    "leagues": [],
}
DOLLARS = {
    "securitySymbols": [{"value": "EURUSD", "id": "EURUSD 8G", "permtick": "EURUSD"}],
    "symbol": "USD",
    "amount": 1234.5,
    "conversionRate": 1,
    "currencySymbol": "$",
    "valueInAccountCurrency": 1234.5,
}
OWN_FIGURE = "runtime_statistics.My own figure"
ANSWERS = [
    Real(
        "deployed",
        "live.create_live_algorithm",
        {
            "responseCode": "",
            "source": "api-v2",
            "deployId": DEPLOYMENT["deployId"],
            "versionId": 16000,
            "projectId": 9000001,
            "live": {**DEPLOYMENT, "status": "LoggingIn", "charts": {}, "runtimeStatistics": None},
            "success": True,
        },
        {
            "live/status": models.LiveStatus("LoggingIn"),
            "live/stopped": None,
            "live/runtime_statistics": None,
            "live/charts": models.LiveAlgorithmCharts(),
            "version_id": 16000,
        },
    ),
    Real(
        "running, charts by name",
        "live.read_live_algorithm",
        READ,
        {
            "status": models.LiveStatus("Running"),
            "stopped": None,
            "charts/Strategy Equity/name": "Strategy Equity",
            "runtime_statistics/equity": "$100,000.00",
            "files/0/open_": 0,
        },
        beside={OWN_FIGURE},
    ),
    Real(
        "stopped, charts as an empty list, a status nobody heard of",
        "live.read_live_algorithm_by_get",
        {
            **READ,
            "status": "Undefined",
            "charts": [],
            "stopped": "2025-09-11T09:08:07Z",
            "projectId": 9000001,
        },
        {
            "status": "Undefined",
            "charts": models.LiveAlgorithmResultsCharts(),
            "stopped": datetime.datetime(2025, 9, 11, 9, 8, 7, tzinfo=datetime.UTC),
        },
        beside={OWN_FIGURE},
    ),
    Real(
        "none deployed",
        "live.read_live_algorithm",
        {"success": False, "errors": ["No live deployment found"]},
        {"success": False, "deploy_id": UNSET},
    ),
    Real(
        "deployments",
        "live.list_live_algorithms",
        {
            "live": [LINE, {**LINE, "launched": "0000-00-00 00:00:00", "status": "Waiting"}],
            "success": True,
        },
        {"live/0/equity": 100000, "live/1/launched": "0000-00-00 00:00:00", "live/1/status": "Waiting"},
    ),
    Real("no deployments", "live.list_live_algorithms", {"live": [], "success": True}, {"live": []}),
    Real(
        "a portfolio, zeros omitted",
        "live.read_live_portfolio",
        {
            "portfolio": {
                "holdings": {
                    SPY["id"]: {"a": 470.1, "q": 200, "p": 471, "v": 94200.0, "u": 180.0, "up": 0.19}
                },
                "cash": {"USD": DOLLARS, "EUR": {"Symbol": "EUR", "Amount": 0.0}},
            },
            "success": True,
        },
        {
            f"portfolio/holdings/{SPY['id']}/q": 200,
            "portfolio/cash/USD/security_symbols/0/permtick": "EURUSD",
            "portfolio/cash/USD/conversion_rate": 1,
            "portfolio/cash/EUR/symbol": UNSET,
            "portfolio/cash/EUR/Amount": 0.0,
        },
        beside={"portfolio.cash.*.Symbol", "portfolio.cash.*.Amount"},
    ),
    Real(
        "an empty portfolio",
        "live.read_live_portfolio_by_get",
        {
            "portfolio": {"holdings": [], "cash": {"USD": {**DOLLARS, "securitySymbols": None}}},
            "success": True,
        },
        {
            "portfolio/holdings": models.PortfolioHoldings(),
            "portfolio/cash/USD/security_symbols": None,
        },
    ),
    Real(
        "orders",
        "live.read_live_orders",
        {"orders": [{**ORDER, "brokerId": [], "orderSubmissionData": None}], "length": 1, "success": True},
        {"": "LiveOrdersResponse", "orders/0/broker_id": [], "orders/0/order_submission_data": None},
    ),
    Real(
        "orders that load",
        "live.read_live_orders",
        {"progress": 0.5, "status": "loading"},
        {"": "LoadingResponse", "success": UNSET},
    ),
    Real(
        "insights",
        "live.read_live_insights",
        {"insights": [{**INSIGHT, "type": "volatility"}], "length": 1, "success": True},
        {"insights/0/type_": models.InsightType("volatility")},
    ),
    Real(
        "log lines with their offset",
        "live.read_live_logs",
        {"logs": ["one", "two"], "length": 12, "deploymentOffset": 10, "deploymentLogs": 2, "success": True},
        {"length": 12, "deployment_offset": 10, "deployment_logs": 2},
    ),
    Real(
        "a chart",
        "live.read_live_chart",
        {"chart": CHART, "success": True},
        {"": "ReadChartResponse", "chart/name": "Strategy Equity"},
    ),
    Real("a chart that loads", "live.read_live_chart", LOADING, {"": "LoadingResponse"}),
    Real(
        "an authorization with the provider's own names",
        "live.read_authorization",
        {"authorization": {"alpaca-access-token": "t", "accounts": [{"id": "PA1"}]}, "success": True},
        {"authorization/accounts/0/id": "PA1"},
    ),
    Real(
        "no authorization yet",
        "live.read_authorization",
        {"authorization": None, "success": True},
        {"authorization": None},
    ),
]
