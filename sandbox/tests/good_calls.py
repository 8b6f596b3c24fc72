"""For each endpoint of the specification, arguments that succeed on a furnished account.

A new endpoint needs one entry here. With it are called: the endpoint, by the tests of this folder; each tool
over it, by the acceptance tests; each operation of the typed client. Several tools need a call for each.

Knows: endpoints and their arguments. Must not know: who makes the calls, what they answer.
"""

from collections.abc import Callable
from typing import Any

from furnished_account import CODE, KEY, Account

Arguments = Callable[[Account], dict[str, Any]]

SOURCES = [{"name": "main.py", "content": CODE}]
PATCH = """\
--- a/main.py
+++ b/main.py
@@ -1,1 +1,2 @@
 from AlgorithmImports import *
+import math
"""
CHART = {"name": "Strategy Equity", "count": 10, "start": 0, "end": 2_000_000_000}
PAGE = {"start": 0, "end": 100}
ORDER = {"$type": "OrderCommand", "symbol": "SPY", "quantity": 1}
RIGHTS = {"collaborationLiveControl": False, "collaborationWrite": True}


def nothing(account: Account) -> dict[str, Any]:
    return {}


GOOD_CALLS: dict[str, list[Arguments]] = {
    "/authenticate": [nothing],
    "/account/read": [nothing],
    "/organizations/list": [nothing],
    "/lean/versions/read": [nothing],
    "/lean/environments/read": [nothing],
    # projects
    "/projects/create": [lambda a: a.in_organization(name="New", language="C#")],
    "/projects/read": [Account.in_project, lambda a: {"start": 0, "end": 2}, nothing],
    "/projects/update": [lambda a: a.in_new_project(description="new")],
    "/projects/delete": [Account.in_new_project],
    "/projects/nodes/read": [Account.in_project],
    "/projects/nodes/update": [lambda a: a.in_new_project(nodes=[])],
    "/projects/library/create": [lambda a: a.in_new_project(libraryId=a.library)],
    "/projects/library/delete": [Account.linked],
    # collaboration
    "/projects/collaboration/create": [lambda a: a.in_new_project(collaboratorUserId=a.guest, **RIGHTS)],
    "/projects/collaboration/read": [Account.in_shared_project],
    "/projects/collaboration/update": [
        lambda a: a.in_shared_project(collaboratorUserId=a.guest, liveControl=False, write=False)
    ],
    "/projects/collaboration/delete": [lambda a: a.in_shared_project(collaboratorId=a.guest)],
    "/projects/collaboration/lock/acquire": [lambda a: a.in_shared_project(codeSourceId="me")],
    # files, compile
    "/files/create": [lambda a: a.in_new_project(name="signals/a.py", content="x = 1\n")],
    "/files/read": [lambda a: a.in_project(name="main.py"), Account.in_project],
    "/files/update": [
        lambda a: a.in_new_project(name="main.py", content=CODE + "\n"),
        lambda a: a.in_new_project(name="main.py", newName="old/main.py"),
    ],
    "/files/patch": [lambda a: a.in_new_project(patch=PATCH)],
    "/files/delete": [lambda a: a.in_new_project(name="research.ipynb")],
    "/compile/create": [Account.in_project],
    "/compile/read": [lambda a: a.in_project(compileId=a.build)],
    # backtests
    "/backtests/create": [Account.testing],
    "/backtests/read": [Account.of_backtest],
    "/backtests/list": [lambda a: a.in_project(includeStatistics=True)],
    "/backtests/orders/read": [lambda a: a.of_backtest(**PAGE)],
    "/backtests/read/insights": [lambda a: a.of_backtest(**PAGE)],
    "/backtests/read/log": [lambda a: a.of_backtest(start=0, end=200, query="ready")],
    "/backtests/read/report": [Account.of_backtest],
    "/backtests/chart/read": [lambda a: a.of_backtest(**CHART)],
    "/backtests/update": [lambda a: a.of_backtest(note="a note")],
    "/backtests/tags/update": [lambda a: a.of_backtest(tags=["one", "two"])],
    "/backtests/delete": [lambda a: a.in_project(backtestId=a.new_backtest())],
    # optimizations
    "/optimizations/estimate": [Account.sweeping],
    "/optimizations/create": [Account.optimizing],
    "/optimizations/read": [lambda a: {"optimizationId": a.optimization}],
    "/optimizations/list": [Account.in_project],
    "/optimizations/update": [lambda a: {"optimizationId": a.optimization, "name": "other"}],
    "/optimizations/abort": [lambda a: {"optimizationId": a.slow_optimization()}],
    "/optimizations/delete": [lambda a: {"optimizationId": a.new_optimization()}],
    # live
    "/live/create": [lambda a: a.deploying(a.new_project("Deployed"))],
    "/live/read": [Account.of_trading],
    "/live/list": [lambda a: {"status": "Running"}],
    "/live/portfolio/read": [Account.of_trading],
    "/live/orders/read": [lambda a: a.of_trading(**PAGE)],
    "/live/insights/read": [lambda a: a.of_trading(**PAGE)],
    "/live/logs/read": [
        lambda a: a.of_trading(algorithmId=a.deployment, startLine=0, endLine=250, format="json")
    ],
    "/live/chart/read": [lambda a: a.of_trading(**CHART)],
    "/live/update/stop": [Account.deployed],
    "/live/update/liquidate": [Account.deployed],
    "/live/commands/create": [lambda a: a.of_trading(command=ORDER)],
    "/live/commands/broadcast": [lambda a: a.in_organization(command=ORDER)],
    "/live/auth0/authorize": [lambda a: {"brokerage": "alpaca"}],
    "/live/auth0/read": [Account.authorizing],
    # objects
    "/object/set": [lambda a: a.in_organization(key="folder/new.bin", objectData="AP8=")],
    "/object/get": [
        lambda a: a.in_organization(keys=["folder"]),
        lambda a: a.in_organization(jobId=a.download()),
    ],
    "/object/properties": [lambda a: a.in_organization(key=KEY)],
    "/object/list": [lambda a: a.in_organization(path="folder")],
    "/object/delete": [lambda a: a.uploaded("passing.txt")],
    # ai
    "/ai/tools/backtest-init": [lambda a: {"language": "Py", "files": SOURCES}],
    "/ai/tools/complete": [lambda a: {"language": "Py", "sentence": "self.add_eq"}],
    "/ai/tools/error-enhance": [
        lambda a: {
            "language": "Py",
            "error": {"message": "name 'x' is not defined", "stacktrace": "at main.py: line 3"},
        }
    ],
    "/ai/tools/pep8-convert": [lambda a: {"files": SOURCES}],
    "/ai/tools/syntax-check": [lambda a: {"language": "Py", "files": SOURCES}],
    "/ai/tools/search": [
        lambda a: {"language": "Py", "criteria": [{"input": "schedule", "type": "Docs", "count": 3}]}
    ],
}


def calls_of(path: str) -> list[Arguments]:
    assert path in GOOD_CALLS, (
        f"no arguments that succeed for {path}: add them to sandbox/tests/good_calls.py"
    )
    return GOOD_CALLS[path]
