"""Calls of the tools of backtests, optimizations, live trading and the object store."""

from __future__ import annotations

from typing import Any

from acceptance_account import BROKEN, Account
from acceptance_frame import (
    CHART,
    NO_ORGANIZATION,
    NO_PROJECT,
    ORDER,
    STRANGE,
    Calls,
    nowhere,
)

RUNNING_CALLS: dict[str, Calls] = {
    # backtests
    "create_backtest": Calls(
        lambda account: {
            "projectId": account.project,
            "compileId": account.build,
            "backtestName": "two",
            "parameters": {"share": 0.5},
        },
        "backtest",
        lambda account: _backtest_of_a_broken_build(account),
        ("The build has errors", "correct them and compile again"),
    ),
    "read_backtest": Calls(
        lambda account: account.tested,
        "backtest",
        lambda account: {"projectId": account.project, "backtestId": "none"},
        ("Backtest not found",),
    ),
    "list_backtests": Calls(
        lambda account: {"projectId": account.project, "includeStatistics": True},
        "backtests",
        nowhere,
        (NO_PROJECT,),
    ),
    "read_backtest_chart": Calls(
        lambda account: {**account.tested, **CHART},
        "chart",
        lambda account: {**account.tested, **CHART, "name": "Equity Strategy"},
        ("no chart named 'Equity Strategy'", "Strategy Equity"),
    ),
    "read_backtest_orders": Calls(
        lambda account: {**account.tested, "start": 0, "end": 100},
        "orders",
        lambda account: {**account.tested, "start": 0, "end": 101},
        ("at most 100",),
    ),
    "read_backtest_insights": Calls(
        lambda account: {**account.tested, "start": 0, "end": 100},
        "insights",
        lambda account: {**account.tested, "start": 0, "end": 101},
        ("at most 100",),
    ),
    "read_backtest_logs": Calls(
        lambda account: {**account.tested, "start": 0, "end": 200, "query": "ready"},
        "logs",
        lambda account: {**account.tested, "start": 0, "end": 201},
        ("at most 200",),
    ),
    "read_backtest_report": Calls(
        lambda account: account.tested,
        "report",
        lambda account: account.failed(),
        ("no report of a backtest that failed",),
    ),
    "update_backtest": Calls(
        lambda account: {**account.tested, "note": "a note"},
        "success",
        lambda account: {"projectId": account.project, "backtestId": "", "note": "a note"},
        ("backtestId is empty",),
    ),
    "update_backtest_tags": Calls(
        lambda account: {**account.tested, "tags": ["one", "two"]},
        "success",
        lambda account: {**account.tested, "tags": [" "]},
        ("tags", "blank"),
    ),
    "delete_backtest": Calls(
        lambda account: {"projectId": account.project, "backtestId": account.new_backtest()},
        "success",
        lambda account: {"projectId": account.project, "backtestId": "none"},
        ("Backtest not found",),
    ),
    # optimizations
    "estimate_optimization_time": Calls(
        lambda account: account.sweeping(),
        "estimate",
        lambda account: {**account.sweeping(), "parameters": []},
        ("parameters is empty",),
    ),
    "create_optimization": Calls(
        lambda account: account.optimizing(),
        "optimizations",
        lambda account: {
            **account.optimizing(),
            "target": "SharpeRatio",
            "parameters": [{"min": 1}],
        },
        (
            "target: must be one of: TotalPerformance.PortfolioStatistics.SharpeRatio",
            "parameters[0].name: required, and missing",
        ),
    ),
    "read_optimization": Calls(
        lambda account: {"optimizationId": account.optimization},
        "optimization",
        lambda account: {"optimizationId": ""},
        ("optimizationId is empty",),
    ),
    "list_optimizations": Calls(
        lambda account: {"projectId": account.project}, "optimizations", nowhere, (NO_PROJECT,)
    ),
    "update_optimization": Calls(
        lambda account: {"optimizationId": account.optimization, "name": "other"},
        "success",
        lambda account: {"optimizationId": account.optimization, "name": ""},
        ("name is empty",),
    ),
    "abort_optimization": Calls(
        lambda account: {"optimizationId": account.slow_optimization()},
        "success",
        lambda account: {"optimizationId": account.optimization},
        ("cannot be aborted: it is completed",),
    ),
    "delete_optimization": Calls(
        lambda account: {"optimizationId": account.new_optimization()},
        "success",
        lambda account: {"optimizationId": "none"},
        ("Optimization not found",),
    ),
    # live
    "create_live_algorithm": Calls(
        lambda account: account.deploying(account.new_project("Deployed")),
        "deployId",
        lambda account: {**account.deploying(account.project), "brokerage": {"id": "KrakenBrokerage"}},
        ("brokerage.kraken-api-key: required, and missing", "brokerage.kraken-verification-tier"),
    ),
    "read_live_algorithm": Calls(
        lambda account: account.live,
        "deployId",
        lambda account: {"projectId": account.project},
        ("No live deployment found",),
    ),
    "list_live_algorithms": Calls(
        lambda account: {"status": "Running"},
        "live",
        lambda account: {"status": "Paused"},
        ("status: must be one of: Running, Stopped, RuntimeError, Liquidated",),
    ),
    "read_live_portfolio": Calls(
        lambda account: account.live,
        "portfolio",
        lambda account: {"projectId": account.project},
        ("No live deployment found",),
    ),
    "read_live_orders": Calls(
        lambda account: {**account.live, "start": 0, "end": 1000},
        "orders",
        lambda account: {**account.live, "start": 0, "end": 1001},
        ("at most 1000",),
    ),
    "read_live_insights": Calls(
        lambda account: {**account.live, "end": 100},
        "insights",
        lambda account: {**account.live, "end": 101},
        ("start is empty",),
    ),
    "read_live_logs": Calls(
        lambda account: {
            **account.live,
            "algorithmId": account.deployment,
            "startLine": 0,
            "endLine": 250,
        },
        "deploymentOffset",
        lambda account: {
            **account.live,
            "algorithmId": account.deployment,
            "startLine": 0,
            "endLine": 251,
        },
        ("at most 250",),
    ),
    "read_live_chart": Calls(
        lambda account: {**account.live, **CHART},
        "chart",
        lambda account: {**account.live, **CHART, "start": 9, "end": 1},
        ("start must be at least 0 and not later than end",),
    ),
    "stop_live_algorithm": Calls(
        lambda account: account.deployed(),
        "success",
        lambda account: {"projectId": account.project},
        ("No live deployment found",),
    ),
    "liquidate_live_algorithm": Calls(
        lambda account: account.deployed(),
        "success",
        lambda account: {"projectId": account.project},
        ("No live deployment found",),
    ),
    "create_live_command": Calls(
        lambda account: {**account.live, "command": ORDER},
        "success",
        lambda account: {**account.live, "command": {}},
        ("command is empty",),
    ),
    "broadcast_live_command": Calls(
        lambda account: {"command": ORDER},
        "success",
        lambda account: {"command": ORDER, **STRANGE},
        (NO_ORGANIZATION,),
    ),
    "authorize_connection": Calls(
        lambda account: {"brokerage": "alpaca"},
        "authorization",
        lambda account: {"brokerage": "Alpaca"},
        ("brokerage: must be one of: alpaca, tradestation, charlesschwab, tastytrade",),
    ),
    # objects
    "upload_object": Calls(
        lambda account: {"key": "folder/new.bin", "objectData": "AP8="},
        "success",
        lambda account: {"key": "folder/key.txt/below", "objectData": "AP8="},
        ("folder/key.txt/below is a folder, or lies below a file",),
    ),
    "list_object_store_files": Calls(
        lambda account: {"path": "folder"}, "objects", lambda account: {**STRANGE}, (NO_ORGANIZATION,)
    ),
    "read_object_properties": Calls(
        lambda account: {"key": "folder/key.txt"},
        "metadata",
        lambda account: {"key": "folder"},
        ("Object not found: folder",),
    ),
    "read_object_store_file_job_id": Calls(
        lambda account: {"keys": ["folder"]},
        "jobId",
        lambda account: {"keys": ["none"]},
        ("None of the keys is in the Object Store",),
    ),
    "read_object_store_file_download_url": Calls(
        lambda account: {"jobId": account.job()},
        "url",
        lambda account: {"jobId": "none"},
        ("jobId names no job",),
    ),
    "delete_object": Calls(
        lambda account: _uploaded(account),
        "success",
        lambda account: {"key": "none.txt"},
        ("Object not found: none.txt",),
    ),
}


def _backtest_of_a_broken_build(account: Account) -> dict[str, Any]:
    project = account.new_project("Broken", BROKEN)
    return {"projectId": project, "compileId": account.compiled(project), "backtestName": "none"}


def _uploaded(account: Account) -> dict[str, Any]:
    account.server.ok("upload_object", key="passing.txt", objectData="AP8=")
    return {"key": "passing.txt"}
