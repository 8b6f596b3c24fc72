"""Bodies of backtests that wait, run or have failed, and of their lists (api_facts 4, 8.5)."""

from __future__ import annotations

import datetime
from typing import Any

from quantconnect_client import UNSET, models
from real_answer import Real, hexadecimal

CREATED = "2024-03-12 14:15:16"
MOMENT = datetime.datetime(2024, 3, 12, 14, 15, 16)
NOTHING_YET = (
    "note",
    "optimizationId",
    "error",
    "stacktrace",
    "profitLoss",
    "rollingWindow",
    "runtimeStatistics",
    "statistics",
    "totalPerformance",
    "insights",
    "outOfSampleMaxEndDate",
    "outOfSampleDays",
    "signals",
    "alphaRuntimeStatistics",
)
NEW: dict[str, Any] = {
    **dict.fromkeys(NOTHING_YET),
    "name": "Calm Yellow Hippopotamus",
    "organizationId": 99001,
    "projectId": 9000001,
    "completed": False,
    "backtestId": hexadecimal("b"),
    "tradeableDates": 0,
    "researchGuide": {"minutes": 12, "backtestCount": 3, "parameters": 2},
    "backtestStart": CREATED,
    "backtestEnd": CREATED,
    "created": CREATED,
    "snapshotId": 9000002,
    "status": "In Queue...",
    "progress": 0,
    "hasInitializeError": False,
    "charts": {name: {"name": name} for name in ("Strategy Equity", "Capacity", "Benchmark")},
    "parameterSet": [],
    "nodeName": "B2-8 node 0a1b2c3d",
    "tags": [],
}
RUNNING = {
    **NEW,
    "status": "Running: 42%",
    "progress": 0.42,
    "runtimeStatistics": {
        "Equity": "$101,234.50",
        "Fees": "-$12.30",
        "Holdings": "$100,000.00",
        "Net Profit": "$-12.30",
        "Probabilistic Sharpe Ratio": "51.2%",
        "Return": "1.23 %",
        "Unrealized": "$1,246.80",
        "Volume": "$99,000.00",
        "My own figure": "7",
    },
    "statistics": [],
    "rollingWindow": [],
    "totalPerformance": [],
    "profitLoss": [],
    "charts": [],
    "insights": [],
}
SUMMARY: dict[str, Any] = {
    "backtestId": hexadecimal("b"),
    "status": "Completed.",
    "name": "One",
    "created": "2025-09-11T09:08:07Z",
    "progress": 1,
    "optimizationId": None,
    "tradeableDates": 62,
    "parameterSet": [],
    "snapshotId": 9000002,
    "tags": [],
}
FIGURES = ("sharpeRatio", "alpha", "beta", "compoundingAnnualReturn", "drawdown", "lossRate", "netProfit")


def result(backtest: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The body around a backtest."""
    return {"backtest": backtest, **more, "success": True}


ANSWERS = [
    Real(
        "just created",
        "backtests.create_backtest",
        result(NEW, debugging=False),
        {
            "debugging": False,
            "backtest/status": models.BacktestStatus("In Queue..."),
            "backtest/organization_id": 99001,
            "backtest/progress": 0,
            "backtest/rolling_window": None,
            "backtest/statistics": None,
            "backtest/runtime_statistics": None,
            "backtest/total_performance": None,
            "backtest/profit_loss": None,
            "backtest/insights": None,
            "backtest/signals": None,
            "backtest/out_of_sample_max_end_date": None,
            "backtest/parameter_set": models.ParameterSet(),
            "backtest/charts/Capacity/name": "Capacity",
            "backtest/backtest_start": MOMENT,
            "backtest/research_guide/backtest_count": 3,
        },
    ),
    Real(
        "running, with empty maps as lists",
        "backtests.read_backtest",
        result(RUNNING),
        {
            "backtest/status": "Running: 42%",
            "backtest/progress": 0.42,
            "backtest/statistics": models.StatisticsResult(),
            "backtest/rolling_window": models.BacktestResultRollingWindow(),
            "backtest/total_performance": models.AlgorithmPerformance(),
            "backtest/profit_loss": models.BacktestResultProfitLoss(),
            "backtest/charts": models.BacktestResultCharts(),
            "backtest/insights": [],
            "backtest/runtime_statistics/net_profit": "$-12.30",
            "backtest/runtime_statistics/My own figure": "7",
        },
        beside={"backtest.runtime_statistics.My own figure"},
    ),
    Real(
        "the same with empty maps as maps",
        "backtests.read_backtest_by_get",
        result({name: {} if value == [] and name != "tags" else value for name, value in RUNNING.items()}),
        {
            "backtest/statistics": models.StatisticsResult(),
            "backtest/charts": models.BacktestResultCharts(),
            "backtest/parameter_set": models.ParameterSet(),
        },
        beside={"backtest.runtime_statistics.My own figure"},
        drifts={"/backtest/insights"},
    ),
    Real(
        "failed",
        "backtests.read_backtest",
        result(
            {
                **RUNNING,
                "status": "Runtime Error",
                "completed": True,
                "error": "Division by zero",
                "stacktrace": " at initialize\n in main.py: line 9\n",
                "hasInitializeError": True,
            }
        ),
        {
            "backtest/status": models.BacktestStatus("Runtime Error"),
            "backtest/progress": 0.42,
            "backtest/has_initialize_error": True,
            "backtest/stacktrace": " at initialize\n in main.py: line 9\n",
        },
        beside={"backtest.runtime_statistics.My own figure"},
    ),
    Real(
        "a list without statistics",
        "backtests.list_backtests",
        {
            "backtests": [SUMMARY, {**SUMMARY, **dict.fromkeys(FIGURES), "status": "Running: 7%"}],
            "count": 2,
            "success": True,
        },
        {
            "count": 2,
            "backtests/0/sharpe_ratio": UNSET,
            "backtests/0/parameter_set": models.ParameterSet(),
            "backtests/1/sharpe_ratio": None,
            "backtests/1/status": "Running: 7%",
        },
    ),
    Real(
        "a list with statistics",
        "backtests.list_backtests",
        {
            "backtests": [
                {
                    **SUMMARY,
                    **dict.fromkeys(FIGURES, 0.5),
                    "psr": 51.2,
                    "securityTypes": "1,2",
                    "parameters": 2,
                    "trades": 4,
                    "parameterSet": {"fast": 5},
                },
                {**SUMMARY, "securityTypes": 1, "psr": None, "tags": None},
            ],
            "count": 2,
            "success": True,
        },
        {
            "backtests/0/security_types": "1,2",
            "backtests/1/security_types": 1,
            "backtests/0/psr": 51.2,
            "backtests/0/parameter_set/fast": 5,
        },
    ),
]
