"""For every operation of the client: a typed request that succeeds on an account, and the model that answers.

Knows: operations and their requests. Must not know: how a call is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen
from client_account import CODE, KEY, Account
from quantconnect_client import models as m

PATCH = """\
--- a/main.py
+++ b/main.py
@@ -1,1 +1,2 @@
 from AlgorithmImports import *
+import math
"""
CHART = "Strategy Equity"
SOURCES = [m.SourceFile("main.py", CODE)]
ORDER = {"$type": "OrderCommand", "symbol": "SPY", "quantity": 1}


@frozen
class Request:
    """A call that succeeds; `answers` is the model that its answer is decoded into."""

    answers: str
    make: Callable[[Account], Any]

    def arguments(self, account: Account) -> dict[str, Any]:
        """Keyword arguments of the call: the request itself is `body`."""
        made = self.make(account)
        return made if isinstance(made, dict) else {"body": made}


def nothing(account: Account) -> dict[str, Any]:
    return {}


PROJECTS = {
    "account.authenticate": Request("RestResponse", nothing),
    "account.authenticate_by_get": Request("RestResponse", nothing),
    "account.list_organizations": Request("ListOrganizationsResponse", nothing),
    "account.read_account": Request("AccountResponse", nothing),
    "server.read_lean_environments": Request("LeanEnvironmentsResponse", nothing),
    "server.read_lean_environments_by_get": Request("LeanEnvironmentsResponse", nothing),
    "server.read_lean_versions": Request("LeanVersionsResponse", nothing),
    "projects.create_project": Request(
        "ProjectListResponse",
        lambda a: m.CreateProjectRequest("New", m.CreateProjectRequestLanguage("C#"), a.organization),
    ),
    "projects.read_projects": Request(
        "ProjectListResponse", lambda a: m.ReadProjectRequest(project_id=a.project)
    ),
    "projects.read_projects_by_get": Request("ProjectListResponse", lambda a: {"start": 0, "end": 2}),
    "projects.update_project": Request(
        "RestResponse", lambda a: m.UpdateProjectRequest(a.new_project(), description="new")
    ),
    "projects.delete_project": Request("RestResponse", lambda a: m.DeleteProjectRequest(a.new_project())),
    "projects.add_project_library": Request(
        "RestResponse", lambda a: m.AddProjectLibraryRequest(a.new_project(), a.library)
    ),
    "projects.remove_project_library": Request(
        "RestResponse", lambda a: m.RemoveProjectLibraryRequest(a.linked(), a.library)
    ),
    "projects.read_project_nodes": Request(
        "ProjectNodesResponse", lambda a: m.ReadProjectNodesRequest(a.project)
    ),
    "projects.update_project_nodes": Request(
        "ProjectNodesResponse", lambda a: m.UpdateProjectNodesRequest(a.new_project(), [])
    ),
    "collaboration.create_project_collaborator": Request(
        "CreateCollaboratorResponse",
        lambda a: m.CreateCollaboratorRequest(a.new_project(), a.guest, False, True),
    ),
    "collaboration.read_project_collaborators": Request(
        "ReadCollaboratorsResponse", lambda a: m.ReadCollaboratorsRequest(a.shared())
    ),
    "collaboration.update_project_collaborator": Request(
        "UpdateCollaboratorResponse",
        lambda a: m.UpdateCollaboratorRequest(a.shared(), a.guest, live_control=False, write=False),
    ),
    "collaboration.delete_project_collaborator": Request(
        "DeleteCollaboratorResponse", lambda a: m.DeleteCollaboratorRequest(a.shared(), a.guest)
    ),
    "collaboration.lock_project_with_collaborators": Request(
        "RestResponse", lambda a: m.LockCollaboratorRequest(a.shared(), "typed client")
    ),
    "files.create_file": Request(
        "ProjectFilesResponse",
        lambda a: m.CreateProjectFileRequest(a.new_project(), "signals/a.py", "x = 1\n"),
    ),
    "files.read_file": Request(
        "ProjectFilesResponse", lambda a: m.ReadFilesRequest(a.project, name="main.py")
    ),
    "files.read_file_by_get": Request(
        "ProjectFilesResponse", lambda a: {"project_id": a.project, "name": "main.py"}
    ),
    "files.update_file": Request(
        "ProjectFilesResponse", lambda a: m.UpdateFileNameRequest(a.new_project(), "main.py", "old.py")
    ),
    "files.patch_file": Request("RestResponse", lambda a: m.PatchFileRequest(a.new_project(), PATCH)),
    "files.delete_file": Request(
        "RestResponse", lambda a: m.DeleteFileRequest(a.new_project(), "research.ipynb")
    ),
    "compile_.create_compile": Request("CreateCompileResponse", lambda a: m.CreateCompileRequest(a.project)),
    "compile_.read_compile": Request(
        "ReadCompileResponse", lambda a: m.ReadCompileRequest(a.project, a.build)
    ),
    "compile_.read_compile_by_get": Request(
        "ReadCompileResponse", lambda a: {"project_id": a.project, "compile_id": a.build}
    ),
}
BACKTESTS = {
    "backtests.create_backtest": Request("BacktestResponse", lambda a: a.testing()),
    "backtests.read_backtest": Request(
        "BacktestResponse", lambda a: m.ReadBacktestRequest(a.project, a.backtest)
    ),
    "backtests.read_backtest_by_get": Request(
        "BacktestResponse", lambda a: {"project_id": a.project, "backtest_id": a.backtest}
    ),
    "backtests.list_backtests": Request(
        "BacktestSummaryResponse", lambda a: m.ListBacktestRequest(a.project, include_statistics=True)
    ),
    "backtests.read_backtest_chart": Request(
        "ReadChartResponse", lambda a: m.ReadBacktestChartRequest(a.project, a.backtest, CHART, 10)
    ),
    "backtests.read_backtest_insights": Request(
        "BacktestInsightsResponse", lambda a: m.ReadBacktestInsightsRequest(0, 100, a.project, a.backtest)
    ),
    "backtests.read_backtest_logs": Request(
        "BacktestLogsResponse", lambda a: m.ReadBacktestLogsRequest(a.project, a.backtest, 0, 200, "ready")
    ),
    "backtests.read_backtest_orders": Request(
        "BacktestOrdersResponse", lambda a: m.ReadBacktestOrdersRequest(0, 100, a.project, a.backtest)
    ),
    "backtests.read_backtest_report": Request(
        "BacktestReport", lambda a: m.BacktestReportRequest(a.project, a.backtest)
    ),
    "backtests.update_backtest": Request(
        "RestResponse", lambda a: m.UpdateBacktestRequest(a.project, a.backtest, note="a note")
    ),
    "backtests.update_backtest_tags": Request(
        "RestResponse", lambda a: m.UpdateBacktestTagsRequest(a.project, a.backtest, ["one", "two"])
    ),
    "backtests.delete_backtest": Request(
        "RestResponse", lambda a: m.DeleteBacktestRequest(a.project, a.new_backtest())
    ),
    "optimizations.estimate_optimization_time": Request(
        "EstimateOptimizationResponse", lambda a: m.EstimateOptimizationRequest(**a.sweep())
    ),
    "optimizations.create_optimization": Request("ListOptimizationResponse", lambda a: a.optimizing()),
    "optimizations.read_optimization": Request(
        "ReadOptimizationResponse", lambda a: m.ReadOptimizationRequest(a.optimization)
    ),
    "optimizations.list_optimizations": Request(
        "ListOptimizationResponse", lambda a: m.ListOptimizationRequest(a.project)
    ),
    "optimizations.update_optimization": Request(
        "RestResponse", lambda a: m.UpdateOptimizationRequest(a.optimization, "other")
    ),
    "optimizations.abort_optimization": Request(
        "RestResponse", lambda a: m.AbortOptimizationRequest(a.slow_optimization())
    ),
    "optimizations.delete_optimization": Request(
        "RestResponse", lambda a: m.DeleteOptimizationRequest(a.new_optimization())
    ),
}
LIVE = {
    "live.create_live_algorithm": Request(
        "CreateLiveAlgorithmResponse", lambda a: a.deploying(a.new_project("Deployed"))
    ),
    "live.read_live_algorithm": Request(
        "LiveAlgorithmResults", lambda a: m.ReadLiveAlgorithmRequest(a.trading)
    ),
    "live.read_live_algorithm_by_get": Request("LiveAlgorithmResults", lambda a: {"project_id": a.trading}),
    "live.list_live_algorithms": Request(
        "LiveAlgorithmListResponse",
        lambda a: m.ListLiveAlgorithmsRequest(status=m.ListLiveAlgorithmsRequestStatus("Running")),
    ),
    "live.read_live_portfolio": Request(
        "LivePortfolioResponse", lambda a: m.ReadLivePortfolioRequest(a.trading)
    ),
    "live.read_live_portfolio_by_get": Request("LivePortfolioResponse", lambda a: {"project_id": a.trading}),
    "live.read_live_orders": Request(
        "LiveOrdersResponse", lambda a: m.ReadLiveOrdersRequest(0, 1000, a.trading)
    ),
    "live.read_live_insights": Request(
        "LiveInsightsResponse", lambda a: m.ReadLiveInsightsRequest(end=100, project_id=a.trading)
    ),
    "live.read_live_logs": Request(
        "ReadLiveLogsResponse", lambda a: m.ReadLiveLogsRequest(a.trading, a.deployment, 0, 250)
    ),
    "live.read_live_chart": Request(
        "ReadChartResponse", lambda a: m.ReadLiveChartRequest(a.trading, CHART, 10, 0, 2_000_000_000)
    ),
    "live.stop_live_algorithm": Request("RestResponse", lambda a: m.StopLiveAlgorithmRequest(a.deployed())),
    "live.liquidate_live_algorithm": Request(
        "RestResponse", lambda a: m.LiquidateLiveAlgorithmRequest(a.deployed())
    ),
    "live.create_live_command": Request(
        "RestResponse",
        lambda a: m.CreateLiveCommandRequest(a.trading, m.CreateLiveCommandRequestCommand.from_dict(ORDER)),
    ),
    "live.broadcast_live_command": Request(
        "RestResponse",
        lambda a: m.BroadcastLiveCommandRequest(
            a.organization, m.BroadcastLiveCommandRequestCommand.from_dict(ORDER), a.trading
        ),
    ),
    "live.read_authorization": Request("AuthorizeExternalConnectionResponse", lambda a: a.consenting()),
}
SERVICES = {
    "objects.upload_object": Request("RestResponse", lambda a: a.uploading("folder/new.bin")),
    "objects.list_object_store_files": Request(
        "ListObjectStoreResponse", lambda a: m.ListObjectStoreRequest(a.organization, "folder")
    ),
    "objects.read_object_properties": Request(
        "GetObjectStorePropertiesResponse", lambda a: m.GetObjectStorePropertiesRequest(a.organization, KEY)
    ),
    "objects.get_objects": Request(
        "GetObjectStoreResponse", lambda a: m.GetObjectStoreURLRequest(a.organization, a.download(KEY))
    ),
    "objects.delete_object": Request("RestResponse", lambda a: _passing(a)),
    "ai.check_initialization_errors": Request(
        "BacktestInitResponse", lambda a: m.BasicFilesRequest(m.BasicFilesRequestLanguage("Py"), SOURCES)
    ),
    "ai.check_syntax": Request(
        "SyntaxCheckResponse", lambda a: m.BasicFilesRequest(m.BasicFilesRequestLanguage("Py"), SOURCES)
    ),
    "ai.complete_code": Request(
        "CodeCompletionResponse",
        lambda a: m.CodeCompletionRequest(m.CodeCompletionRequestLanguage("Py"), "self.add_eq", 5),
    ),
    "ai.enhance_error_message": Request(
        "ErrorEnhanceResponse",
        lambda a: m.ErrorEnhanceRequest(
            m.ErrorEnhanceRequestLanguage("Py"), m.CodeError("name 'x' is not defined")
        ),
    ),
    "ai.search_quantconnect": Request(
        "SearchResponse",
        lambda a: m.SearchRequest(
            m.SearchRequestLanguage("Py"), [m.SearchCriteria("schedule", m.SearchCriteriaType("Docs"), 3)]
        ),
    ),
    "ai.update_code_to_pep8": Request("PEP8ConvertResponse", lambda a: m.PEP8ConvertRequest(SOURCES)),
}
REQUESTS: dict[str, Request] = {**PROJECTS, **BACKTESTS, **LIVE, **SERVICES}
"""All but live.start_authorization, whose answer is a redirect without a body."""


def _passing(account: Account) -> m.DeleteObjectStoreRequest:
    account.ask("objects.upload_object", body=account.uploading("passing.bin"))
    return m.DeleteObjectStoreRequest(account.organization, "passing.bin")
