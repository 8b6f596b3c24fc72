"""Several users at once: everybody reads back their own, nobody reaches another's, and memory is bounded."""

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sandbox_calls import ALGORITHM, Caller, backtest, control, newcomer
from sandbox_process import Process

SECONDS = float(os.environ.get("TEST_LOAD_SECONDS", "0"))
"""Each client does one round at least."""
CLIENTS = 3
"""Of each user."""
SHORT = ALGORITHM.replace("2024, 12, 31", "2024, 1, 31")
GROWTH = 120
"""MiB that a sandbox may grow by: results that are kept for a while, and the state itself."""


@pytest.mark.thorough
def test_what_many_users_do_at_once_does_not_cross_and_memory_is_bounded(start) -> None:
    loaded = start()
    users = [newcomer(loaded.url, name=name) for name in ("Ann", "Ben", "Cleo", "Dan")]
    projects = {user.user: [user.project(f"{user.user}/{n}") for n in range(CLIENTS)] for user in users}
    before, until = memory(loaded), time.monotonic() + SECONDS
    with ThreadPoolExecutor(len(users) * CLIENTS) as pool:
        works = [
            pool.submit(work, user, place, projects, until) for user in users for place in range(CLIENTS)
        ]
    for each in works:
        each.result()
    for user in users:
        user.http.close()
    assert memory(loaded) - before < GROWTH
    log = control(loaded.url, "/__log", method="GET")["requests"]
    answered = [each for each in log if each["success"] and "projectId" in each["arguments"]]
    assert answered
    assert all(each["arguments"]["projectId"] in projects[each["user"]] for each in answered)


def work(user: Caller, place: int, projects: dict[int, list[int]], until: float) -> None:
    """Writes, builds and runs something that nobody else has, and reads it back."""
    project = projects[user.user][place]
    strange = next(theirs[place] for number, theirs in projects.items() if number != user.user)
    number = 0
    while time.monotonic() < until or not number:
        number += 1
        mark = f"{project} {number}"
        code = f"{SHORT}# {mark}\n"
        user.ok("/files/update", projectId=project, name="main.py", content=code)
        assert user.ok("/files/read", projectId=project, name="main.py")["files"][0]["content"] == code
        read = backtest(user, project, user.backtest(project, mark=mark))
        assert (read["projectId"], read["completed"]) == (project, True)
        assert read["parameterSet"] == {"mark": mark}
        assert {each["projectId"] for each in user.ok("/projects/read")["projects"]} == set(
            projects[user.user]
        )
        user.no("/backtests/read", projectId=strange, backtestId=read["backtestId"])


def memory(process: Process) -> int:
    """MiB that the process holds."""
    status = Path(f"/proc/{process.process.pid}/status").read_text("utf-8")
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) // 1024
