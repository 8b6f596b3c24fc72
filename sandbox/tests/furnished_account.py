"""An account with one of everything, made by signed requests to a sandbox.

Knows: which requests bring an account into which state. Must not know: tools, the typed client, schemas.
"""

from __future__ import annotations

from typing import Any

import httpx2
from attrs import define
from sandbox_calls import ALGORITHM, Caller, control

CODE = ALGORITHM.replace("2024, 12, 31", "2024, 3, 31")
KEY = "folder/key.txt"
PAPER = {"id": "QuantConnectBrokerage"}


@define
class Account:
    """Ids of what there is. Whatever a field names stays as it is: what changes or goes is made for it."""

    caller: Caller
    guest: str = ""
    """Public id of somebody else in the organization."""
    project: int = 0
    build: str = ""
    backtest: str = ""
    optimization: str = ""
    library: int = 0
    trading: int = 0
    """A project that trades live on paper."""
    deployment: str = ""

    @classmethod
    def furnished(cls, caller: Caller) -> Account:
        account = cls(caller)
        about = {"name": "Guest", "organization": caller.organization}
        account.guest = control(caller.url, "/__control/users", about)["publicId"]
        account.project = account.new_project()
        account.build = caller.compiled(account.project)
        account.backtest = account.new_backtest()
        account.optimization = account.new_optimization()
        account.library = account.new_project("Library/Tools")
        account.trading = account.new_project("Trading")
        account.deployment = caller.ok("/live/create", **account.deploying(account.trading))["deployId"]
        account.upload(KEY)
        return account

    @classmethod
    def new(cls, url: str, http: httpx2.Client) -> Account:
        """A new user's."""
        user = control(url, "/__control/users", {"name": "Furnished"})
        return cls.furnished(Caller(url, user["id"], user["apiToken"], user["organization"], http))

    def turn_clock(self, speed: float) -> None:
        """Set how fast time runs in the sandbox; 0 = everything at once."""
        control(self.caller.url, "/__control/clock", {"speed": speed})

    # Arguments that name what there is, with more.

    def in_project(self, **more: Any) -> dict[str, Any]:
        return {"projectId": self.project, **more}

    def in_new_project(self, **more: Any) -> dict[str, Any]:
        return {"projectId": self.new_project(), **more}

    def in_organization(self, **more: Any) -> dict[str, Any]:
        return {"organizationId": self.caller.organization, **more}

    def of_backtest(self, **more: Any) -> dict[str, Any]:
        return self.in_project(backtestId=self.backtest, **more)

    def of_trading(self, **more: Any) -> dict[str, Any]:
        return {"projectId": self.trading, **more}

    # Arguments that make something.

    def testing(self) -> dict[str, Any]:
        return self.in_project(compileId=self.build, backtestName="one", parameters={"fast": 6})

    def sweeping(self, **more: Any) -> dict[str, Any]:
        """Of an estimate; with `more` of an optimization."""
        return self.in_project(
            compileId=self.build,
            name="sweep",
            target="TotalPerformance.PortfolioStatistics.SharpeRatio",
            targetTo="max",
            strategy="QuantConnect.Optimizer.Strategies.GridSearchOptimizationStrategy",
            parameters=[{"name": "fast", "min": 5, "max": 6, "step": 1}],
            constraints=[],
            **more,
        )

    def optimizing(self) -> dict[str, Any]:
        return self.sweeping(estimatedCost=1, nodeType="O2-8", parallelNodes=2)

    def deploying(self, project: int) -> dict[str, Any]:
        """On paper. Nodes are few: what else traded, but for the one that stays, is stopped."""
        for each in self.caller.ok("/live/list", status="Running")["live"]:
            if each["projectId"] != self.trading:
                self.caller.ok("/live/update/stop", projectId=each["projectId"])
        return {
            "projectId": project,
            "compileId": self.caller.compiled(project),
            "nodeId": self.caller.live_node(project),
            "versionId": "-1",
            "brokerage": PAPER,
            "dataProviders": {"QuantConnectBrokerage": PAPER},
        }

    # What can be changed and removed: each call makes a new one.

    def new_project(self, name: str = "Work") -> int:
        return self.caller.project(name, main=CODE)

    def new_backtest(self) -> str:
        return str(self.caller.ok("/backtests/create", **self.testing())["backtest"]["backtestId"])

    def new_optimization(self) -> str:
        made = self.caller.ok("/optimizations/create", **self.optimizing())["optimizations"]
        return str(made[0]["optimizationId"])

    def slow_optimization(self) -> str:
        """One that takes its time from now on; so does everything else."""
        self.turn_clock(1)
        return self.new_optimization()

    def in_shared_project(self, **more: Any) -> dict[str, Any]:
        """Of a project with the guest as a collaborator."""
        project = self.in_new_project()
        rights = {"collaborationLiveControl": True, "collaborationWrite": True}
        self.caller.ok("/projects/collaboration/create", **project, collaboratorUserId=self.guest, **rights)
        return {**project, **more}

    def linked(self) -> dict[str, Any]:
        """Of a project with the library."""
        link = self.in_new_project(libraryId=self.library)
        self.caller.ok("/projects/library/create", **link)
        return link

    def deployed(self) -> dict[str, Any]:
        """Of a project that trades from now on."""
        project = self.new_project("Trading too")
        self.caller.ok("/live/create", **self.deploying(project))
        return {"projectId": project}

    def authorizing(self) -> dict[str, Any]:
        """Of a brokerage whose sign-in was started."""
        self.caller.send("/live/auth0/authorize", {"brokerage": "alpaca"})
        return {"brokerage": "alpaca"}

    def download(self) -> str:
        """The id of a download under way."""
        return str(self.caller.ok("/object/get", **self.in_organization(keys=[KEY]))["jobId"])

    def uploaded(self, key: str) -> dict[str, Any]:
        """Of an object that is stored from now on."""
        self.upload(key)
        return self.in_organization(key=key)

    def upload(self, key: str) -> None:
        assert self.caller.upload(key, b"content") == {"success": True}

    def send(self, path: str, arguments: dict[str, Any]) -> httpx2.Response:
        """One request, with a file as a part of its form."""
        if path != "/object/set":
            return self.caller.send(path, arguments)
        texts = {key: str(value).encode("utf-8", "replace") for key, value in arguments.items()}
        files = {"objectData": ("object", texts.pop("objectData", b"content"))}
        form = {key: text.decode() for key, text in texts.items()}
        headers = self.caller.headers()
        return self.caller.http.post(self.caller.url + path, data=form, files=files, headers=headers)
