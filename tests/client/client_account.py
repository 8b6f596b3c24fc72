"""An account in the sandbox with one of everything, made with the typed client.

Knows: which calls bring an account into which state. Must not know: what is asserted of an answer.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator
from typing import Any

import httpx2
from attrs import define
from client_answers import operation
from quantconnect_client import Client, File, QuantConnectAuth, models

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
        else:
            self.liquidate(self.spy)
"""
EVERY_BYTE = bytes(range(256))
KEY = "folder/every byte.bin"


@define
class Account:
    """Ids of what there is. Everything of a kind named in the singular must stay as it is."""

    client: Client
    user: str
    host: str
    organization: str
    guest: str
    """Public id of somebody else in the organization."""
    project: int = 0
    build: str = ""
    backtest: str = ""
    optimization: str = ""
    library: int = 0
    trading: int = 0
    """A project that trades live on paper."""
    deployment: str = ""

    def furnish(self) -> None:
        self.project = self.new_project()
        self.build = self.compiled(self.project)
        self.backtest = self.new_backtest()
        self.optimization = self.new_optimization()
        self.library = self.new_project("Library/Tools")
        self.trading = self.new_project("Trading")
        deployed = self.ask("live.create_live_algorithm", body=self.deploying(self.trading))
        self.deployment = deployed.deploy_id
        self.ask("objects.upload_object", body=self.uploading(KEY))

    def ask(self, name: str, **arguments: Any) -> Any:
        """The answer to a call that has to succeed."""
        answer = operation(name).sync(client=self.client, **arguments)
        assert answer.success is True, (name, answer)
        return answer

    def new_project(self, name: str = "Work") -> int:
        python = models.CreateProjectRequestLanguage("Py")
        body = models.CreateProjectRequest(name=name, language=python)
        number = self.ask("projects.create_project", body=body).projects[0].project_id
        content = models.UpdateFileContentsRequest(project_id=number, name="main.py", content=CODE)
        self.ask("files.update_file", body=content)
        return int(number)

    def compiled(self, project: int) -> str:
        """The id of a build that has ended."""
        made = self.ask("compile_.create_compile", body=models.CreateCompileRequest(project_id=project))
        body = models.ReadCompileRequest(project_id=project, compile_id=made.compile_id)
        assert self.ask("compile_.read_compile", body=body).state is models.CompileState.BUILDSUCCESS
        return str(made.compile_id)

    def testing(self) -> models.CreateBacktestRequest:
        parameters = models.CreateBacktestRequestParameters.from_dict({"share": 0.5, "unused": "text"})
        return models.CreateBacktestRequest(self.project, self.build, "one", parameters)

    def new_backtest(self) -> str:
        return str(self.ask("backtests.create_backtest", body=self.testing()).backtest.backtest_id)

    def sweep(self) -> dict[str, Any]:
        """What an estimate and an optimization are asked with."""
        return {
            "project_id": self.project,
            "compile_id": self.build,
            "name": "sweep",
            "target": models.OptimizationTargetStatistic("TotalPerformance.PortfolioStatistics.SharpeRatio"),
            "target_to": models.OptimizationTargetTo.MAX,
            "strategy": models.OptimizationStrategy(
                "QuantConnect.Optimizer.Strategies.GridSearchOptimizationStrategy"
            ),
            "parameters": [models.OptimizationParameter("share", min_=0.5, max_=1, step=0.5)],
        }

    def optimizing(self) -> models.CreateOptimizationRequest:
        machine = models.OptimizationNodeType("O2-8")
        return models.CreateOptimizationRequest(
            **self.sweep(), estimated_cost=1, node_type=machine, parallel_nodes=2
        )

    def new_optimization(self) -> str:
        made = self.ask("optimizations.create_optimization", body=self.optimizing())
        return str(made.optimizations[0].optimization_id)

    def slow_optimization(self) -> str:
        """One that takes its time from now on; so does everything else."""
        self.turn_clock(1)
        return self.new_optimization()

    def turn_clock(self, speed: float) -> None:
        """0 = everything at once."""
        httpx2.post(f"{self.host}/__control/clock", json={"speed": speed}).raise_for_status()

    def deploying(self, project: int) -> models.CreateLiveAlgorithmRequest:
        """Arguments that deploy on paper, on a node that is free."""
        nodes = self.ask("projects.read_project_nodes", body=models.ReadProjectNodesRequest(project)).nodes
        paper = models.QuantConnectBrokerageSettingsId("QuantConnectBrokerage")
        return models.CreateLiveAlgorithmRequest(
            version_id="-1",
            project_id=project,
            compile_id=self.compiled(project),
            node_id=next(node.id for node in nodes.live if not node.busy),
            brokerage=models.QuantConnectBrokerageSettings(paper, cash=[models.CashAmount(50_000, "USD")]),
        )

    def deployed(self) -> int:
        """A project that trades from now on."""
        project = self.new_project("Trading too")
        self.ask("live.create_live_algorithm", body=self.deploying(project))
        return project

    def shared(self) -> int:
        """A project with the guest as a collaborator."""
        project = self.new_project("Shared")
        body = models.CreateCollaboratorRequest(project, self.guest, True, True)
        self.ask("collaboration.create_project_collaborator", body=body)
        return project

    def linked(self) -> int:
        """A project with the library."""
        project = self.new_project("Linked")
        body = models.AddProjectLibraryRequest(project, self.library)
        self.ask("projects.add_project_library", body=body)
        return project

    def uploading(self, key: str, content: bytes = EVERY_BYTE) -> models.ObjectStoreBinaryFile:
        return models.ObjectStoreBinaryFile(self.organization, key, File(content))

    def download(self, *keys: str) -> str:
        """The id of a download under way."""
        body = models.GetObjectStoreJobIdRequest(self.organization, list(keys))
        return str(self.ask("objects.get_objects", body=body).job_id)

    def consenting(self) -> models.AuthorizeExternalConnectionRequest:
        """Of a brokerage whose sign-in was started."""
        body = models.AuthorizeExternalConnectionRequest(
            models.AuthorizeExternalConnectionRequestBrokerage("alpaca")
        )
        operation("live.start_authorization").sync_detailed(client=self.client, body=body)
        return body


@contextlib.contextmanager
def opened(url: str) -> Iterator[Account]:
    """A new user's account on the sandbox at `url`."""
    host = url.removesuffix("/api/v2")
    user = httpx2.post(f"{host}/__control/users", json={"name": "Typed"}).json()
    guest = {"name": "Guest", "organization": user["organization"]}
    person = httpx2.post(f"{host}/__control/users", json=guest).json()
    with Client(url, auth=QuantConnectAuth(str(user["id"]), user["apiToken"])) as client:
        account = Account(client, str(user["id"]), host, user["organization"], person["publicId"])
        account.furnish()
        yield account


def tag_and_name(module: types.ModuleType) -> str:
    """`<tag>.<operation>` of an operation."""
    return ".".join(module.__name__.split(".")[-2:])
