"""Bodies of optimizations and live trading (api_facts 5, 6, 8.5)."""

from __future__ import annotations

import datetime
from typing import Any

from quantconnect_client import UNSET, models
from real_answer import Real, hexadecimal
from real_backtests import CHART, INSIGHT, LOADING, ORDER, SPY

SHARPE = "TotalPerformance.PortfolioStatistics.SharpeRatio"
GRID = "QuantConnect.Optimizer.Strategies.GridSearchOptimizationStrategy"
TRIAL: dict[str, Any] = {
    "name": "sweep - 1",
    "id": hexadecimal("b"),
    "progress": 1,
    "exitCode": 0,
    "statistics": [
        0.01,
        0.9,
        12.5,
        "0",
        1,
        -2.5,
        0.12,
        0.03,
        5,
        0,
        0.1,
        0.01,
        1.2,
        51.2,
        0,
        1.1,
        4,
        0,
        1,
        0,
        2,
    ],
    "parameterSet": {"fast": "5", "slow": "20"},
    "equity": [[1704153600, 100000.0], [1704240000, 100010, 100020, 99990.5, None]],
    "startDate": "2024-01-02 00:00:00",
    "endDate": "2024-03-29 00:00:00",
    "outOfSampleMaxEndDate": None,
    "outOfSampleDays": 0,
}
KEYED = {"0": 0.01, "15": "1.2", "24": 3, "My own figure": "7"}
SWEEP: dict[str, Any] = {
    "optimizationId": "O-" + hexadecimal("f"),
    "snapshotId": None,
    "projectId": 9000001,
    "name": "sweep",
    "status": "running",
    "nodeType": "O2-8",
    "parallelNodes": 2,
    "criterion": {"target": SHARPE, "extremum": "max", "targetValue": None},
    "runtimeStatistics": {
        "Completed": "1",
        "Failed": "0",
        "Running": "1",
        "In Queue": "2",
        "Average Length": "00:00:12",
        "Total Runtime": "00:00:24",
        "Total": "4",
        "Consumed": "0.01",
    },
    "constraints": [{"target": "Drawdown of mine", "operator": "Less", "targetValue": 0.25}],
    "parameters": [
        {"name": "fast", "min": 5, "max": 10, "step": 5, "minStep": 0.5},
        {"name": "fixed", "value": "7"},
    ],
    "backtests": {
        hexadecimal("b"): TRIAL,
        hexadecimal("9"): {**TRIAL, "statistics": KEYED, "exitCode": None},
    },
    "strategy": GRID,
    "requested": "2024-03-12 14:15:16",
    "optimizationTarget": SHARPE,
    "targetValue": None,
    "gridLayout": [{"chartName": "fast x slow", "width": 12, "height": 4, "row": 0, "column": 0, "sort": 0}],
    "outOfSampleMaxEndDate": None,
    "outOfSampleDays": 0,
}
SUMMARY: dict[str, Any] = {
    "optimizationId": SWEEP["optimizationId"],
    "projectId": 9000001,
    "name": "sweep",
    "status": "completed",
    "nodeType": "O2-8",
    "criterion": SWEEP["criterion"],
    "created": "2024-03-12 14:15:16",
    "psr": 51.2,
    "sharpeRatio": None,
    "trades": 4,
    "cloneId": None,
    "outOfSampleDays": 0,
    "outOfSampleMaxEndDate": None,
    "parameters": [],
}
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
    # optimizations
    Real(
        "an estimate",
        "optimizations.estimate_optimization_time",
        {"estimate": {"estimateId": "", "time": 24, "balance": 1000}, "success": True},
        {"estimate/time": 24, "estimate/balance": 1000},
    ),
    Real(
        "a new one comes in a list",
        "optimizations.create_optimization",
        {"optimizations": [{**SUMMARY, "status": "new", "psr": None, "trades": None}], "success": True},
        {
            "optimizations/0/status": models.OptimizationStatus("new"),
            "optimizations/0/criterion/target_value": None,
            "optimizations/0/criterion/extremum": models.OptimizationTargetTo("max"),
            "optimizations/0/psr": None,
        },
    ),
    Real(
        "running, statistics as a list and by position",
        "optimizations.read_optimization",
        {"optimization": SWEEP, "success": True},
        {
            "optimization/snapshot_id": None,
            "optimization/target_value": None,
            "optimization/requested": datetime.datetime(2024, 3, 12, 14, 15, 16),
            "optimization/criterion/target": models.OptimizationTargetStatistic(SHARPE),
            "optimization/runtime_statistics/average_length": "00:00:12",
            "optimization/constraints/0/target": "Drawdown of mine",
            "optimization/constraints/0/operator": models.OptimizationConstraintResultOperator("Less"),
            "optimization/parameters/0/min_step": 0.5,
            "optimization/parameters/1/value": "7",
            f"optimization/backtests/{hexadecimal('b')}/statistics/3": "0",
            f"optimization/backtests/{hexadecimal('b')}/statistics/12": 1.2,
            f"optimization/backtests/{hexadecimal('b')}/equity/1/4": None,
            f"optimization/backtests/{hexadecimal('b')}/parameter_set/fast": "5",
            f"optimization/backtests/{hexadecimal('9')}/statistics/15": "1.2",
            f"optimization/backtests/{hexadecimal('9')}/statistics/My own figure": "7",
            f"optimization/backtests/{hexadecimal('9')}/exit_code": None,
            "optimization/grid_layout/0/chart_name": "fast x slow",
        },
        beside={"optimization.parameters[].value"},
    ),
    Real(
        "nothing has run yet",
        "optimizations.read_optimization",
        {
            "optimization": {**SWEEP, "status": "active", "backtests": [], "runtimeStatistics": []},
            "success": True,
        },
        {
            "optimization/status": "active",
            "optimization/backtests": models.OptimizationBacktests(),
            "optimization/runtime_statistics": models.OptimizationRuntimeStatistics(),
        },
        beside={"optimization.parameters[].value"},
    ),
    Real(
        "a list",
        "optimizations.list_optimizations",
        {"optimizations": [SUMMARY, {**SUMMARY, "nodeType": "O16-64", "criterion": None}], "success": True},
        {"optimizations/1/node_type": "O16-64", "optimizations/1/criterion": None},
    ),
    Real(
        "an empty list",
        "optimizations.list_optimizations",
        {"optimizations": [], "success": True},
        {"optimizations": []},
    ),
    # live
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
