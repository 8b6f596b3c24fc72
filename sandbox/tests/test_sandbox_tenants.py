"""Many users: nobody reaches what belongs to another, and old things do not pile up."""

import asyncio
from datetime import UTC, datetime

import pytest
from quantconnect_sandbox.endpoints import ENDPOINTS, backtests, compiling, live, objects, optimizations
from quantconnect_sandbox.simulation import Job, Simulation, simulate
from quantconnect_sandbox.state.runs import Runs
from sandbox_calls import ALGORITHM, Caller
from sandbox_deployments import deployed
from sandbox_optimizations import optimized

OPEN = {
    path for path in ENDPOINTS if path.startswith(("/ai/", "/lean/", "/data/", "/modules/", "/user/"))
} | {
    "/authenticate",
    "/organizations/list",
    "/organizations/encryption/keys/list",
    "/projects/create",
    "/live/auth0/read",
    "/market/data/list",
    "/services/terminal-news",
}
"""Endpoints that name nothing of anybody, or hold nothing."""


def test_every_endpoint_refuses_what_belongs_to_a_stranger(alice: Caller, bob: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    arguments = {
        "projectId": project,
        "organizationId": alice.organization,
        "compileId": alice.compiled(project),
        "backtestId": alice.backtest(project),
        "name": "main.py",
    }
    before = alice.ok("/files/read", projectId=project)
    for path in sorted(set(ENDPOINTS) - OPEN):
        answer = bob.send(path, arguments)
        assert answer.status_code in (200, 404), path
        assert answer.status_code == 404 or answer.json()["success"] is False, path
    assert alice.ok("/files/read", projectId=project) == before


def test_old_builds_runs_and_downloads_expire(alice: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (compiling, backtests, optimizations, live):
        monkeypatch.setattr(module, "KEPT", 2)
    monkeypatch.setattr(objects, "MOST_JOBS", 2)
    project = alice.project(main=ALGORITHM)
    builds = [alice.compiled(project) for _ in range(4)]
    for id_ in builds[:2]:
        alice.no("/compile/read", projectId=project, compileId=id_)
    for id_ in builds[2:]:
        alice.ok("/compile/read", projectId=project, compileId=id_)
    alice.upload("k", b"v")
    about = {"organizationId": alice.organization}
    jobs = [alice.ok("/object/get", **about, keys=["k"])["jobId"] for _ in range(3)]
    alice.no("/object/get", **about, jobId=jobs[0])
    alice.ok("/object/get", **about, jobId=jobs[1])
    made = [alice.backtest(project) for _ in range(3)]
    kept = [each["backtestId"] for each in alice.ok("/backtests/list", projectId=project)["backtests"]]
    assert kept == [made[2], made[1]]
    made = [optimized(alice, project, last=1) for _ in range(3)]
    kept = alice.ok("/optimizations/list", projectId=project)["optimizations"]
    assert [each["optimizationId"] for each in kept] == made[:0:-1]
    made = []
    for _ in range(4):
        made.append(deployed(alice, project)["deployId"])
        alice.ok("/live/update/stop", projectId=project)
    kept = alice.ok("/live/list", projectId=project)["live"]
    assert sorted(each["deployId"] for each in kept) == sorted(made[1:])


def test_results_not_asked_for_the_longest_are_forgotten_and_made_again() -> None:
    made: list[str] = []

    def simulated(job: Job) -> Simulation:
        made.append(job.name)
        return result

    jobs = {name: Job("Py", {}, {}, name, datetime(2026, 1, 1, tzinfo=UTC)) for name in "abc"}
    result = simulate(jobs["a"])

    async def asked() -> None:
        runs = Runs(function=simulated, kept=2)
        for name in "abaca":
            await runs.result(name, jobs[name])
        await runs.result("b", jobs["b"])
        runs.close()

    asyncio.run(asked())
    assert made == ["a", "b", "c", "b"]
