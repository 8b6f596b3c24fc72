"""live/*: commands, failures, and what becomes of positions while time runs (api-facts 6)."""

import asyncio
from typing import Any

import pytest
from attrs import define
from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.endpoints.deployments import REPLAY, START
from quantconnect_sandbox.state.clock import Clock
from quantconnect_sandbox.transport.serving import built
from sandbox_calls import (
    ALGORITHM,
    FAILING,
    Caller,
    advance,
    at_once,
    built_project,
    control,
    in_process,
    quant,
    ready_project,
)
from sandbox_deployments import ORDER, PAPER, TURNS, deployed, deploying, portfolio


def test_a_command_trades_and_is_logged(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    id_ = deployed(alice, project)["deployId"]
    ((symbol, before),) = portfolio(alice, project)["holdings"].items()
    assert alice.ok("/live/commands/create", projectId=project, command=ORDER) == {"success": True}
    assert portfolio(alice, project)["holdings"][symbol]["q"] == before["q"] + 10
    last = alice.ok("/live/orders/read", projectId=project, start=0, end=1000)["orders"][-1]
    assert (last["quantity"], last["status"]) == (10, 3)
    alice.ok("/live/commands/create", projectId=project, command={**ORDER, "symbol": "NONE"})
    alice.ok(
        "/live/commands/create", projectId=project, command={"$type": "LiquidateCommand", "ticker": "SPY"}
    )
    assert portfolio(alice, project)["holdings"] == {}
    logs = alice.ok("/live/logs/read", projectId=project, algorithmId=id_, startLine=0, endLine=250)["logs"]
    told = [line.partition("Command: ")[2] for line in logs if "Command:" in line]
    assert [line.split()[:2] for line in told] == [["order", "of"], ["order", "refused:"], ["closed", "1"]]
    for command in ({}, None, "stop", []):
        alice.no("/live/commands/create", projectId=project, command=command)


@pytest.mark.parametrize(
    ("more", "handled"),
    [
        ("", "no on_command in the code"),
        ("    def on_command(self, data):\n        return True\n", "on_command, which was not run"),
    ],
)
def test_a_command_of_ones_own_is_logged_with_whether_the_code_handles_it(
    alice: Caller, more: str, handled: str
) -> None:
    project = alice.project(main=ALGORITHM + more)
    id_ = deployed(alice, project)["deployId"]
    alice.ok("/live/commands/create", projectId=project, command={"hello": "there"})
    logs = alice.ok("/live/logs/read", projectId=project, algorithmId=id_, startLine=0, endLine=250)["logs"]
    assert logs[-1].endswith(f'Command: {{"hello": "there"}} received; {handled}')


def test_a_broadcast_reaches_every_running_project_of_the_organization_but_the_excluded(
    alice: Caller, bob: Caller
) -> None:
    projects = [alice.project(name, main=ALGORITHM) for name in ("One", "Two", "Three")]
    for project in projects:
        deployed(alice, project)
    asked = {"organizationId": alice.organization, "command": ORDER}
    before = [portfolio(alice, each)["holdings"] for each in projects]
    alice.ok("/live/commands/broadcast", **asked, excludeProjectId=projects[0])
    after = [portfolio(alice, each)["holdings"] for each in projects]
    assert [old != new for old, new in zip(before, after, strict=True)] == [False, True, True]
    bob.no("/live/commands/broadcast", **asked)


def test_a_deployment_starts_step_by_step_and_too_early_commands_are_lost(slow: Caller) -> None:
    asked = ready_project(slow)
    project = asked["projectId"]
    slow.ok("/live/create", **asked, nodeId=slow.live_node(project), versionId="-1", brokerage=PAPER)
    slow.ok("/live/commands/create", projectId=project, command={"early": True})
    seen = []
    for _ in range(5):
        read = slow.ok("/live/read", projectId=project)
        seen.append(read["status"])
        advance(slow, 4)
    assert seen == ["InQueue", "Initializing", "LoggingIn", "History", "Running"]
    window = {"algorithmId": read["deployId"], "startLine": 0, "endLine": 250}
    logs = slow.ok("/live/logs/read", projectId=project, **window)["logs"]
    assert len(logs) > 2
    assert all("[sandbox]" in line for line in logs)
    # Snapshots are old: right after the start they show cash and nothing else.
    assert portfolio(slow, project)["holdings"] == {}
    assert slow.ok("/live/orders/read", projectId=project, start=0, end=10)["status"] == "loading"
    at_once(slow)
    assert portfolio(slow, project)["holdings"]


def test_an_algorithm_that_fails_ends_by_itself(alice: Caller) -> None:
    project = alice.project(main=FAILING)
    deployed(alice, project)
    read = alice.ok("/live/read", projectId=project)
    assert read["status"] == "RuntimeError"
    assert "ZeroDivisionError" in read["message"]
    assert alice.ok("/live/list", status="RuntimeError")["live"][0]["error"]
    assert alice.ok("/projects/read", projectId=project)["projects"][0]["codeRunning"] is False


@pytest.mark.parametrize("asked", ["deploy", "nodes"])
def test_an_algorithm_that_failed_unseen_holds_neither_node_nor_project(asked: str) -> None:
    with quant(Configuration(port=0, speed=0)) as caller:
        project = caller.project(main=FAILING)
        given = deploying(caller, project)
        control(caller.url, "/__control/clock", {"speed": 1})
        assert caller.ok("/live/create", **given)["live"]["status"] == "InQueue"
        control(caller.url, "/__control/clock", {"speed": 0})
        if asked == "deploy":
            caller.ok("/live/create", **given)
        else:
            nodes = caller.ok("/projects/nodes/read", projectId=project)["nodes"]["live"]
            assert not any(each["busy"] for each in nodes)


@define
class Racing(Clock):
    """A clock by which minutes pass between any two looks at it."""

    looks: int = 0

    def elapsed(self, since: float, until: float | None = None) -> float:
        self.looks += 1
        return START + 97.0 * self.looks


def test_a_liquidation_leaves_no_position_however_fast_time_runs() -> None:
    turning = ALGORITHM.partition("    def on_data")[0] + "    def on_data(self, data):\n" + TURNS
    sandbox = built(Configuration(port=0, speed=0))

    async def liquidated() -> dict[str, Any]:
        async with in_process(sandbox) as ok:
            project, build = await built_project(ok, turning)
            node = (await ok("/projects/nodes/read", projectId=project))["nodes"]["live"][0]["id"]
            given = {"compileId": build, "nodeId": node, "versionId": "-1", "brokerage": PAPER}
            await ok("/live/create", projectId=project, **given)
            sandbox.world.clock = Racing()
            await ok("/live/update/liquidate", projectId=project)
            return (await ok("/live/portfolio/read", projectId=project))["portfolio"]["holdings"]

    assert asyncio.run(liquidated()) == {}
    assert 97.0 * sandbox.world.clock.looks < REPLAY, "the replay was over before it was liquidated"
