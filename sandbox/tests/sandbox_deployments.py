"""Deployments of the sandbox: on paper, with an algorithm that trades at every step."""

from typing import Any

from sandbox_calls import Caller

TURNS = """\
        if self.portfolio.invested:
            self.liquidate(self.spy)
        else:
            self.market_order(self.spy, 10)
"""
PAPER = {"id": "QuantConnectBrokerage"}
ORDER = {"$type": "QuantConnect.Commands.OrderCommand", "symbol": "SPY", "quantity": 10}


def deploying(caller: Caller, project: int, **changes: Any) -> dict[str, Any]:
    return {
        "projectId": project,
        "compileId": caller.compiled(project),
        "nodeId": caller.live_node(project),
        "versionId": "-1",
        "brokerage": PAPER,
        **changes,
    }


def deployed(caller: Caller, project: int, **changes: Any) -> dict[str, Any]:
    return caller.ok("/live/create", **deploying(caller, project, **changes))


def portfolio(caller: Caller, project: int) -> dict[str, Any]:
    return caller.ok("/live/portfolio/read", projectId=project)["portfolio"]
