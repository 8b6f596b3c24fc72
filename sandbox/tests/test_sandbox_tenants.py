"""Many users at once: nothing crosses, nothing is lost, memory stays bounded."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx2
from attrs import evolve
from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.endpoints import ENDPOINTS, compiling
from quantconnect_sandbox.simulation import Job, Simulation, simulate
from quantconnect_sandbox.state import runs as runs_of
from sandbox_calls import ALGORITHM, Caller, control, newcomer, quant


def test_many_clients_of_many_users_keep_apart() -> None:
    """Twenty clients of five users, each a small life of its own."""
    with quant(Configuration(port=0, speed=0)) as host:
        users = [newcomer(host.url, name=f"User {number}") for number in range(5)]
        for user in users:
            user.http.close()
        start = threading.Barrier(20)

        def live(place: int) -> tuple[int, int]:
            user = users[place % 5]
            with httpx2.Client(timeout=60) as http:
                caller = Caller(user.url, user.user, user.token, user.organization, http)
                start.wait(30)
                project = caller.project(f"Mine {place}", main=ALGORITHM)
                for number in range(5):
                    caller.ok("/files/create", projectId=project, name=f"{number}.py", content=f"a = {place}")
                id_ = caller.backtest(project, fast=place + 1)
                read = caller.ok("/backtests/read", projectId=project, backtestId=id_)["backtest"]
                assert read["parameterSet"] == {"fast": place + 1}
                contents = {f["content"] for f in caller.ok("/files/read", projectId=project)["files"]}
                assert contents & {f"a = {other}" for other in range(20)} == {f"a = {place}"}
                return user.user, project

        with ThreadPoolExecutor(20) as pool:
            made = list(pool.map(live, range(20)))
        for user in users:
            with httpx2.Client(timeout=30) as http:
                caller = Caller(user.url, user.user, user.token, user.organization, http)
                seen = {each["projectId"] for each in caller.ok("/projects/read")["projects"]}
            assert seen == {project for number, project in made if number == user.user}
        log = control(host.url, "/__log", method="GET")["requests"]
        owners = {project: number for number, project in made}
        for entry in log:
            project = entry["arguments"].get("projectId")
            assert project is None or owners[project] == entry["user"]


def test_every_endpoint_refuses_the_project_of_a_stranger_or_nothing_at_all(
    alice: Caller, bob: Caller
) -> None:
    project = alice.project(main=ALGORITHM)
    build = alice.compiled(project)
    arguments = {
        "projectId": project,
        "organizationId": alice.organization,
        "compileId": build,
        "backtestId": alice.backtest(project),
        "name": "main.py",
    }
    before = alice.ok("/files/read", projectId=project)
    without_project = {
        path for path in ENDPOINTS if path.startswith(("/ai/", "/lean/", "/market/", "/services/", "/user/"))
    } | {
        "/authenticate",
        "/organizations/list",
        "/projects/create",
        "/live/auth0/read",
        "/data/list",
        "/data/read",
    }
    for path in sorted(set(ENDPOINTS) - without_project):
        answer = bob.send(path, arguments)
        assert answer.status_code in (200, 404), path
        assert answer.status_code == 404 or answer.json()["success"] is False, path
    assert alice.ok("/files/read", projectId=project) == before


def test_runs_and_builds_of_the_past_do_not_pile_up(alice: Caller) -> None:
    project = alice.project(main=ALGORITHM)
    build = alice.compiled(project)
    for _ in range(compiling.KEPT + 20):
        alice.ok("/compile/create", projectId=project)
    alice.no("/compile/read", projectId=project, compileId=build)


def test_results_that_weigh_too_much_are_forgotten_and_made_again() -> None:
    made: list[str] = []

    def simulated(job: Job) -> Simulation:
        made.append(job.name)
        return evolve(small, tradeable_dates=runs_of.HEAVIEST // 3)

    small = simulate(Job(1, "Py", {"main.py": ALGORITHM}, {}, "x", datetime(2026, 1, 1, tzinfo=UTC)))
    jobs = {name: Job(1, "Py", {}, {}, name, datetime(2026, 1, 1, tzinfo=UTC)) for name in "abcd"}

    async def asked() -> None:
        runs = runs_of.Runs(function=simulated)
        for name in "abcdda":
            await runs.result(name, jobs[name])
        runs.close()

    asyncio.run(asked())
    assert made == ["a", "b", "c", "d", "a"]
