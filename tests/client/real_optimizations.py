"""Bodies of optimizations (api_facts 5, 8.5)."""

from __future__ import annotations

import datetime
from typing import Any

from quantconnect_client import models
from real_answer import Real, hexadecimal

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
ANSWERS = [
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
]
