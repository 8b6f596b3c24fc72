"""For every tool: arguments that succeed and what they show, arguments that are refused and how that reads.

Knows: tools, their arguments, the words of refusals. Must not know: how a call is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from acceptance_account import BROKEN, CODE, NOWHERE, Account
from attrs import frozen

Arguments = Callable[[Account], dict[str, Any]]

NO_PROJECT = "Project not found, or you have no access to it"
STRANGE = {"organizationId": "0" * 32}
NO_ORGANIZATION = "Organization not found, or you are not a member of it"
SOURCES = [{"name": "main.py", "content": CODE}]
PATCH = """\
--- a/main.py
+++ b/main.py
@@ -1,1 +1,2 @@
 from AlgorithmImports import *
+import math
"""
RIGHTS = {"collaborationLiveControl": False, "collaborationWrite": True}
CHART = {"name": "Strategy Equity", "count": 10}
ORDER = {"$type": "OrderCommand", "symbol": "SPY", "quantity": 1}


@frozen
class Calls:
    """One tool."""

    good: Arguments
    shows: str
    """A key of the answer."""
    bad: Arguments
    says: tuple[str, ...]
    """Words of the refusal."""


def no_arguments(account: Account) -> dict[str, Any]:
    return {}


def nowhere(account: Account) -> dict[str, Any]:
    return {**NOWHERE}


def surplus(account: Account) -> dict[str, Any]:
    """For tools that take no arguments: nothing else can be wrong with a call."""
    return {"projectId": 1}


NOTHING_TAKEN = ("projectId: unknown argument; none is taken here", "nothing was sent")

CALLS: dict[str, Calls] = {
    # account, server
    "list_organizations": Calls(no_arguments, "organizations", surplus, NOTHING_TAKEN),
    "read_account": Calls(no_arguments, "creditBalance", surplus, NOTHING_TAKEN),
    "health_check": Calls(no_arguments, "caller", surplus, NOTHING_TAKEN),
    "read_mcp_server_version": Calls(no_arguments, "version", surplus, NOTHING_TAKEN),
    "read_latest_mcp_server_version": Calls(no_arguments, "running", surplus, NOTHING_TAKEN),
    "read_lean_versions": Calls(no_arguments, "versions", surplus, NOTHING_TAKEN),
    # projects
    "create_project": Calls(
        lambda account: {"name": "New", "language": "C#"},
        "projects",
        lambda account: {"name": "New", "language": "C#", **STRANGE},
        (NO_ORGANIZATION,),
    ),
    "read_project": Calls(lambda account: {"projectId": account.project}, "projects", nowhere, (NO_PROJECT,)),
    "list_projects": Calls(
        lambda account: {"end": 2},
        "projects",
        lambda account: {"start": 1, "end": 0},
        ("start must be at least 0 and less than end",),
    ),
    "update_project": Calls(
        lambda account: {"projectId": account.new_project(), "name": "Renamed", "description": "new"},
        "success",
        lambda account: {"projectId": account.new_project(), "name": "Trading"},
        ("A project named 'Trading' exists already",),
    ),
    "delete_project": Calls(
        lambda account: {"projectId": account.new_project()}, "success", nowhere, (NO_PROJECT,)
    ),
    "add_project_library": Calls(
        lambda account: {"projectId": account.new_project(), "libraryId": account.library},
        "success",
        lambda account: {"projectId": account.project, "libraryId": -1},
        (NO_PROJECT, "That is libraryId"),
    ),
    "remove_project_library": Calls(
        lambda account: account.linked(),
        "success",
        lambda account: {"projectId": account.project, "libraryId": account.library},
        ("is not a library of this project",),
    ),
    "read_project_nodes": Calls(
        lambda account: {"projectId": account.project}, "autoSelectNode", nowhere, (NO_PROJECT,)
    ),
    "update_project_nodes": Calls(
        lambda account: {"projectId": account.new_project(), "nodes": []},
        "autoSelectNode",
        lambda account: {"projectId": account.project, "nodes": [7]},
        ("nodes[0]: must be string, not integer",),
    ),
    # collaboration
    "create_project_collaborator": Calls(
        lambda account: {
            "projectId": account.new_project(),
            "collaboratorUserId": account.guest,
            **RIGHTS,
        },
        "collaborators",
        lambda account: {"projectId": account.project, "collaboratorUserId": "", **RIGHTS},
        ("collaboratorUserId is empty",),
    ),
    "read_project_collaborators": Calls(
        lambda account: account.shared(), "userPermissions", nowhere, (NO_PROJECT,)
    ),
    "update_project_collaborator": Calls(
        lambda account: {
            **account.shared(),
            "collaboratorUserId": account.guest,
            "liveControl": False,
            "write": False,
        },
        "collaborators",
        lambda account: {
            "projectId": account.project,
            "collaboratorUserId": account.guest,
            "liveControl": False,
            "write": False,
        },
        ("is not a collaborator of this project",),
    ),
    "delete_project_collaborator": Calls(
        lambda account: {**account.shared(), "collaboratorId": account.guest},
        "collaborators",
        lambda account: {"projectId": account.project, "collaboratorId": account.guest},
        ("is not a collaborator of this project",),
    ),
    "lock_project_with_collaborators": Calls(
        lambda account: account.shared(), "success", nowhere, (NO_PROJECT,)
    ),
    # files, compile
    "create_file": Calls(
        lambda account: {"projectId": account.new_project(), "name": "signals/a.py", "content": "x = 1\n"},
        "success",
        lambda account: {"projectId": account.project, "name": "main.py", "content": "x = 1\n"},
        ("File already exists: main.py",),
    ),
    "read_file": Calls(
        lambda account: {"projectId": account.project, "name": "main.py"},
        "files",
        lambda account: {"projectId": account.project, "name": "none.py"},
        ("File not found: none.py",),
    ),
    "update_file_name": Calls(
        lambda account: {"projectId": account.new_project(), "name": "main.py", "newName": "old/main.py"},
        "success",
        lambda account: {"projectId": account.project, "name": "main.py", "newName": "research.ipynb"},
        ("File already exists: research.ipynb",),
    ),
    "update_file_contents": Calls(
        lambda account: {"projectId": account.new_project(), "name": "main.py", "content": CODE},
        "success",
        lambda account: {"projectId": account.project, "name": "main.py", "content": ""},
        ("The content of main.py is not valid: it is empty",),
    ),
    "patch_file": Calls(
        lambda account: {"projectId": account.new_project(), "patch": PATCH},
        "success",
        lambda account: {"projectId": account.project, "patch": PATCH.replace("Imports", "Exports")},
        ("The patch cannot be applied", "main.py"),
    ),
    "delete_file": Calls(
        lambda account: {"projectId": account.new_project(), "name": "research.ipynb"},
        "success",
        lambda account: {"projectId": account.project, "name": "none.py"},
        ("File not found: none.py",),
    ),
    "create_compile": Calls(
        lambda account: {"projectId": account.project}, "compileId", nowhere, (NO_PROJECT,)
    ),
    "read_compile": Calls(
        lambda account: {"projectId": account.project, "compileId": account.build},
        "logs",
        lambda account: {"projectId": account.project, "compileId": "none"},
        ("Compile id not found",),
    ),
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
    # ai
    "check_initialization_errors": Calls(
        lambda account: {"language": "Py", "files": SOURCES},
        "state",
        lambda account: {"language": "Py", "files": []},
        ("files is empty",),
    ),
    "check_syntax": Calls(
        lambda account: {"language": "Py", "files": [{"name": "main.py", "content": BROKEN}]},
        "payload",
        lambda account: {"language": "python", "files": [{"name": "main.py", "contents": "x"}]},
        ("language: must be one of: C#, Py", "files[0].contents: unknown argument; did you mean"),
    ),
    "complete_code": Calls(
        lambda account: {"language": "Py", "sentence": "self.add_eq"},
        "payload",
        lambda account: {"language": "Py", "sentence": "self.add_eq", "responseSizeLimit": 0},
        ("responseSizeLimit must be at least 1",),
    ),
    "enhance_error_message": Calls(
        lambda account: {"language": "Py", "error": {"message": "name 'x' is not defined"}},
        "payload",
        lambda account: {"language": "Py", "error": {"stacktrace": "at line 3"}},
        ("error.message: required, and missing",),
    ),
    "search_quantconnect": Calls(
        lambda account: {
            "language": "Py",
            "criteria": [{"input": "schedule", "type": "Docs", "count": 3}],
        },
        "retrivals",
        lambda account: {"language": "Py", "criteria": [{"input": "schedule", "type": "Docs", "count": 0}]},
        ("count must be from 1",),
    ),
    "update_code_to_pep8": Calls(
        lambda account: {"files": SOURCES}, "payload", lambda account: {"files": []}, ("files is empty",)
    ),
}


def _backtest_of_a_broken_build(account: Account) -> dict[str, Any]:
    project = account.new_project("Broken", BROKEN)
    return {"projectId": project, "compileId": account.compiled(project), "backtestName": "none"}


def _uploaded(account: Account) -> dict[str, Any]:
    account.server.ok("upload_object", key="passing.txt", objectData="AP8=")
    return {"key": "passing.txt"}
