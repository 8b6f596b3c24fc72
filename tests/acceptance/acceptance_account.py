"""A sandboxed account with one of everything, made and used through the tools alone.

Knows: which calls bring an account into which state. Must not know: what is asserted of an answer.
"""

from __future__ import annotations

from typing import Any

from acceptance_server import Server
from attrs import define

CODE = """\
from AlgorithmImports import *


class Hold(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 3, 29)
        self.set_cash(100_000)
        self.spy = self.add_equity("SPY", Resolution.DAILY).symbol
        self.share = float(self.get_parameter("share", 1))
        self.debug("ready")

    def on_data(self, data):
        if not self.portfolio.invested:
            self.set_holdings(self.spy, self.share)
"""
FAILING = CODE.replace("self.set_cash(100_000)", "self.set_cash(1 // 0)")
BROKEN = CODE.replace("set_cash(100_000)", "set_cash(100_000")
PAPER = {"id": "QuantConnectBrokerage"}
SHARPE = "TotalPerformance.PortfolioStatistics.SharpeRatio"
GRID = "QuantConnect.Optimizer.Strategies.GridSearchOptimizationStrategy"
NOWHERE = {"projectId": -1}


@define
class Account:
    """Ids of what there is. Everything of a kind named in the singular must stay as it is."""

    server: Server
    guest: str
    """Public id of somebody else in the organization."""
    project: int
    build: str
    backtest: str
    optimization: str
    library: int
    trading: int
    """A project that trades live on paper."""
    deployment: str

    @classmethod
    def opened(cls, server: Server, organization: str) -> Account:
        person = server.control("/__control/users", {"name": "Guest", "organization": organization})
        account = cls(server, person["publicId"], 0, "", "", "", 0, 0, "")
        account.project = account.new_project()
        account.build = account.compiled(account.project)
        account.backtest = account.new_backtest()
        account.optimization = account.new_optimization()
        account.library = account.new_project("Library/Tools")
        account.trading = account.new_project("Trading")
        deployed = server.ok("create_live_algorithm", **account.deploying(account.trading))
        account.deployment = deployed["deployId"]
        server.ok("upload_object", key="folder/key.txt", objectData="Y29udGVudA==")
        return account

    @property
    def tested(self) -> dict[str, Any]:
        return {"projectId": self.project, "backtestId": self.backtest}

    @property
    def live(self) -> dict[str, Any]:
        return {"projectId": self.trading}

    def new_project(self, name: str = "Work", content: str = CODE) -> int:
        number = self.server.ok("create_project", name=name, language="Py")["projects"][0]["projectId"]
        self.server.ok("update_file_contents", projectId=number, name="main.py", content=content)
        return int(number)

    def compiled(self, project: int) -> str:
        """The id of a build that has ended, well or not."""
        build = self.server.ok("create_compile", projectId=project)["compileId"]
        read = self.server.ok("read_compile", projectId=project, compileId=build)
        assert read["state"] in ("BuildSuccess", "BuildError"), read
        return str(build)

    def new_backtest(self, project: int = 0) -> str:
        number = project or self.project
        build = self.compiled(project) if project else self.build
        arguments = {"projectId": number, "compileId": build, "backtestName": "one"}
        return str(self.server.ok("create_backtest", **arguments)["backtest"]["backtestId"])

    def failed(self) -> dict[str, Any]:
        """A backtest that ended with an error."""
        project = self.new_project("Failing", FAILING)
        return {"projectId": project, "backtestId": self.new_backtest(project)}

    def sweeping(self) -> dict[str, Any]:
        """Arguments of an estimate."""
        return {
            "projectId": self.project,
            "compileId": self.build,
            "name": "sweep",
            "target": SHARPE,
            "targetTo": "max",
            "strategy": GRID,
            "parameters": [{"name": "share", "min": 0.5, "max": 1, "step": 0.5}],
        }

    def optimizing(self) -> dict[str, Any]:
        """Arguments of an optimization."""
        return {**self.sweeping(), "estimatedCost": 1, "nodeType": "O2-8", "parallelNodes": 2}

    def new_optimization(self) -> str:
        made = self.server.ok("create_optimization", **self.optimizing())
        return str(made["optimizations"][0]["optimizationId"])

    def slow_optimization(self) -> str:
        """One that takes its time from now on; so does everything else."""
        self.turn_clock(1)
        return self.new_optimization()

    def turn_clock(self, speed: float) -> None:
        """0 = everything at once."""
        self.server.control("/__control/clock", {"speed": speed})

    def deploying(self, project: int) -> dict[str, Any]:
        """Arguments that deploy on paper, on a node that is free."""
        nodes = self.server.ok("read_project_nodes", projectId=project)["nodes"]["live"]
        return {
            "projectId": project,
            "compileId": self.compiled(project),
            "nodeId": next(node["id"] for node in nodes if not node["busy"]),
            "versionId": "-1",
            "brokerage": PAPER,
        }

    def deployed(self) -> dict[str, Any]:
        """A project that trades from now on."""
        project = self.new_project("Trading too")
        self.server.ok("create_live_algorithm", **self.deploying(project))
        return {"projectId": project}

    def shared(self) -> dict[str, Any]:
        """A project with the guest as a collaborator."""
        project = {"projectId": self.new_project("Shared")}
        rights = {"collaborationLiveControl": True, "collaborationWrite": True}
        self.server.ok("create_project_collaborator", **project, collaboratorUserId=self.guest, **rights)
        return project

    def linked(self) -> dict[str, Any]:
        """A project with a library."""
        link = {"projectId": self.new_project("Linked"), "libraryId": self.library}
        self.server.ok("add_project_library", **link)
        return link

    def job(self) -> str:
        """A download under way."""
        return str(self.server.ok("read_object_store_file_job_id", keys=["folder/key.txt"])["jobId"])
