"""An account with one of everything, and for each endpoint of the specification arguments that succeed on it.

Knows: which state an endpoint needs. Must not know: schemas, answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
from attrs import define
from sandbox_calls import ALGORITHM, Caller

SHORT = ALGORITHM.replace("2024, 12, 31", "2024, 3, 31")
SHARPE = "TotalPerformance.PortfolioStatistics.SharpeRatio"
GRID = "QuantConnect.Optimizer.Strategies.GridSearchOptimizationStrategy"
FILES = {"language": "Py", "files": [{"name": "main.py", "content": SHORT}]}
CHART = {"name": "Strategy Equity", "count": 10, "start": 0, "end": 2_000_000_000}
PATCH = """\
--- a/main.py
+++ b/main.py
@@ -1,1 +1,2 @@
 from AlgorithmImports import *
+import math
"""
ORDER = {"$type": "OrderCommand", "symbol": "SPY", "quantity": 1}


@define
class Account:
    """A user's calls and the ids of what there is."""

    caller: Caller
    guest: str
    """Public id of somebody else in the organisation."""
    project: int
    build: str
    backtest: str
    trading: int
    """A project that trades live."""
    library: int
    deployment: str = ""
    optimization: str = ""
    job: str = ""

    @classmethod
    def seeded(cls, url: str, http: httpx2.Client) -> Account:
        """A new account on the sandbox at `url`."""
        host = url.removesuffix("/api/v2")
        user = http.post(host + "/__control/users", json={"name": "Contract"}).json()
        caller = Caller(url, user["id"], user["apiToken"], user["organization"], http)
        guest = http.post(
            host + "/__control/users", json={"name": "Guest", "organization": caller.organization}
        ).json()
        project = caller.project("Contract", main=SHORT)
        account = cls(
            caller=caller,
            guest=guest["publicId"],
            project=project,
            build=caller.compiled(project),
            backtest=caller.backtest(project, fast=5),
            trading=caller.project("Trading", main=SHORT),
            library=caller.project("Library/Tools"),
        )
        account.deployment = caller.ok("/live/create", **account.deploying(account.trading))["deployId"]
        account.optimization = account.optimized()
        account.upload("folder/key.txt")
        keys = {"organizationId": caller.organization, "keys": ["folder/key.txt"]}
        account.job = caller.ok("/object/get", **keys)["jobId"]
        return account

    def turn_clock(self, speed: float) -> None:
        """Sets how fast time runs in the sandbox; 0 = everything at once."""
        host = self.caller.url.removesuffix("/api/v2")
        assert self.caller.http.post(host + "/__control/clock", json={"speed": speed}).status_code == 200

    def known(self) -> dict[str, list[Any]]:
        """Values that name something, by argument."""
        nodes = self.caller.ok("/projects/nodes/read", projectId=self.project)["nodes"]
        return {
            "projectId": [self.project, self.trading],
            "libraryId": [self.library],
            "organizationId": [self.caller.organization],
            "compileId": [self.build],
            "backtestId": [self.backtest],
            "optimizationId": [self.optimization],
            "algorithmId": [self.deployment],
            "collaboratorUserId": [self.guest],
            "collaboratorId": [self.guest],
            "nodeId": [nodes["live"][-1]["id"]],
            "nodes": [nodes["backtest"][0]["id"]],
            "name": ["main.py", "Strategy Equity", "Drawdown"],
            "content": [SHORT],
            "patch": [PATCH, PATCH.replace("main.py", "none.py"), PATCH[:60]],
            "key": ["folder/key.txt", "folder"],
            "keys": ["folder/key.txt", "folder"],
            "path": ["folder", "/"],
            "jobId": [self.job],
            "start": [0],
            "end": [100],
            "startLine": [0],
            "endLine": [100],
            "versionId": ["-1"],
            "message": ["name 'x' is not defined"],
            "sentence": ["self.add_eq"],
        }

    def deploying(self, project: int) -> dict[str, Any]:
        """Arguments that deploy a project on paper."""
        return {
            "projectId": project,
            "compileId": self.caller.compiled(project),
            "nodeId": self.caller.live_node(project),
            "versionId": "-1",
            "brokerage": {"id": "QuantConnectBrokerage"},
            "dataProviders": {"QuantConnectBrokerage": {"id": "QuantConnectBrokerage"}},
        }

    def sweep(self, **more: Any) -> dict[str, Any]:
        """Arguments of an optimization; `more` are those of the creation."""
        return {
            "projectId": self.project,
            "compileId": self.build,
            "name": "sweep",
            "target": SHARPE,
            "targetTo": "max",
            "strategy": GRID,
            "parameters": [{"name": "fast", "min": 5, "max": 6, "step": 1}],
            "constraints": [],
            **more,
        }

    def optimized(self) -> str:
        """The id of a new optimization."""
        asked = self.sweep(estimatedCost=1, nodeType="O2-8", parallelNodes=2)
        return str(self.caller.ok("/optimizations/create", **asked)["optimizations"][0]["optimizationId"])

    def upload(self, key: str) -> None:
        """Stores an object."""
        fields = {"organizationId": self.caller.organization, "key": key}
        answer = self.caller.http.post(
            self.caller.url + "/object/set",
            data=fields,
            files={"objectData": (key, b"content")},
            headers=self.caller.headers(),
        )
        assert answer.json() == {"success": True}, answer.text


Arguments = Callable[[Account], dict[str, Any]]


def _project(account: Account) -> dict[str, Any]:
    return {"projectId": account.project}


def _trading(account: Account) -> dict[str, Any]:
    return {"projectId": account.trading}


def _backtest(account: Account) -> dict[str, Any]:
    return {"projectId": account.project, "backtestId": account.backtest}


def _optimization(account: Account) -> dict[str, Any]:
    return {"optimizationId": account.optimization}


def _key(account: Account) -> dict[str, Any]:
    return {"organizationId": account.caller.organization, "key": "folder/key.txt"}


def _guest(account: Account) -> dict[str, Any]:
    """Of a project where the guest is a collaborator, from now on if not before."""
    may = {"collaborationLiveControl": True, "collaborationWrite": True}
    asked = {**_project(account), "collaboratorUserId": account.guest, **may}
    account.caller("/projects/collaboration/create", **asked)
    return _project(account)


def _aborted(account: Account) -> dict[str, Any]:
    """Of an optimization that takes its time."""
    account.turn_clock(1)
    return {"optimizationId": account.optimized()}


def _linked(account: Account) -> dict[str, Any]:
    link = {"projectId": account.project, "libraryId": account.library}
    account.caller.ok("/projects/library/create", **link)
    return link


def _authorized(account: Account) -> dict[str, Any]:
    account.caller.send("/live/auth0/authorize", {"brokerage": "alpaca"})
    return {"brokerage": "alpaca"}


WITHOUT_ARGUMENTS = (
    "/account/read",
    "/projects/read",
    "/lean/versions/read",
    "/lean/environments/read",
    "/organizations/list",
    "/authenticate",
    "/live/list",
)
SUCCEEDING: dict[str, Arguments] = {
    **dict.fromkeys(WITHOUT_ARGUMENTS, lambda account: {}),
    "/projects/create": lambda account: {"name": "New", "language": "C#"},
    "/projects/update": lambda account: {**_project(account), "description": "new"},
    "/projects/delete": _project,
    "/projects/collaboration/create": lambda account: {
        **_project(account),
        "collaboratorUserId": account.guest,
        "collaborationLiveControl": False,
        "collaborationWrite": True,
    },
    "/projects/collaboration/read": _guest,
    "/projects/collaboration/update": lambda account: {
        **_guest(account),
        "collaboratorUserId": account.guest,
        "liveControl": False,
        "write": False,
    },
    "/projects/collaboration/delete": lambda account: {**_guest(account), "collaboratorId": account.guest},
    "/projects/collaboration/lock/acquire": lambda account: {**_project(account), "codeSourceId": "me"},
    "/projects/nodes/read": _project,
    "/projects/nodes/update": lambda account: {**_project(account), "nodes": []},
    "/projects/library/create": lambda account: {**_project(account), "libraryId": account.library},
    "/projects/library/delete": _linked,
    "/files/create": lambda account: {**_project(account), "name": "new.py", "content": "x = 1\n"},
    "/files/read": _project,
    "/files/update": lambda account: {**_project(account), "name": "main.py", "content": SHORT + "\n"},
    "/files/delete": lambda account: {**_project(account), "name": "research.ipynb"},
    "/files/patch": lambda account: {**_project(account), "patch": PATCH},
    "/compile/create": _project,
    "/compile/read": lambda account: {**_project(account), "compileId": account.build},
    "/backtests/create": lambda account: {
        **_project(account),
        "compileId": account.build,
        "backtestName": "second",
        "parameters": {"fast": 6},
    },
    "/backtests/read": _backtest,
    "/backtests/list": lambda account: {**_project(account), "includeStatistics": True},
    "/backtests/orders/read": lambda account: {**_backtest(account), "start": 0, "end": 100},
    "/backtests/read/insights": lambda account: {**_backtest(account), "start": 0, "end": 100},
    "/backtests/read/report": _backtest,
    "/backtests/read/log": lambda account: {**_backtest(account), "start": 0, "end": 200},
    "/backtests/chart/read": lambda account: {**_backtest(account), **CHART},
    "/backtests/update": lambda account: {**_backtest(account), "note": "a note"},
    "/backtests/tags/update": lambda account: {**_backtest(account), "tags": ["one"]},
    "/backtests/delete": _backtest,
    "/optimizations/estimate": lambda account: account.sweep(),
    "/optimizations/create": lambda account: account.sweep(estimatedCost=1, nodeType="O2-8", parallelNodes=2),
    "/optimizations/read": _optimization,
    "/optimizations/update": lambda account: {**_optimization(account), "name": "other"},
    "/optimizations/abort": _aborted,
    "/optimizations/delete": _optimization,
    "/optimizations/list": _project,
    "/live/create": lambda account: account.deploying(account.project),
    "/live/read": _trading,
    "/live/chart/read": lambda account: {**_trading(account), **CHART},
    "/live/logs/read": lambda account: {
        **_trading(account),
        "algorithmId": account.deployment,
        "startLine": 0,
        "endLine": 100,
        "format": "json",
    },
    "/live/portfolio/read": _trading,
    "/live/orders/read": lambda account: {**_trading(account), "start": 0, "end": 100},
    "/live/insights/read": lambda account: {**_trading(account), "start": 0, "end": 100},
    "/live/update/stop": _trading,
    "/live/update/liquidate": _trading,
    "/live/commands/create": lambda account: {**_trading(account), "command": ORDER},
    "/live/commands/broadcast": lambda account: {
        "organizationId": account.caller.organization,
        "command": ORDER,
    },
    "/live/auth0/authorize": lambda account: {"brokerage": "alpaca"},
    "/live/auth0/read": _authorized,
    "/object/set": lambda account: {**_key(account), "objectData": "content"},
    "/object/get": lambda account: {
        "organizationId": account.caller.organization,
        "jobId": account.job,
    },
    "/object/properties": _key,
    "/object/list": lambda account: {"organizationId": account.caller.organization, "path": "folder"},
    "/object/delete": _key,
    "/ai/tools/backtest-init": lambda account: FILES,
    "/ai/tools/complete": lambda account: {"language": "Py", "sentence": "self.add_eq"},
    "/ai/tools/error-enhance": lambda account: {
        "language": "Py",
        "error": {"message": "name 'x' is not defined", "stacktrace": "at main.py: line 3"},
    },
    "/ai/tools/pep8-convert": lambda account: {"files": FILES["files"]},
    "/ai/tools/syntax-check": lambda account: FILES,
    "/ai/tools/search": lambda account: {
        "language": "Py",
        "criteria": [{"input": "schedule", "type": "Docs", "count": 3}],
    },
}
