"""The same job gives the same result anywhere, with work that grows with its days."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from quantconnect_sandbox.simulation import simulate
from simulation_projects import CREATED, CROSS, MONTHLY, job, run
from simulation_story import told, work


def test_the_same_job_gives_the_same_result() -> None:
    assert told(simulate(job(CROSS))) == told(simulate(job(CROSS)))


def test_name_and_moment_change_nothing_but_the_reports_title() -> None:
    one = simulate(job(CROSS, name="a"))
    two = simulate(job(CROSS, name="b", created=CREATED.replace(year=2024), project_id=99))
    assert {k: v for k, v in told(one).items() if k != "report"} == {
        k: v for k, v in told(two).items() if k != "report"
    }
    assert one.report != two.report


def test_another_process_with_another_hash_seed_gives_the_same_result() -> None:
    script = (
        "import json, simulation_projects as projects, simulation_story as story\n"
        "print(json.dumps(story.told(projects.run(projects.CROSS)), sort_keys=True))"
    )
    outputs = []
    for seed in ("1", "2"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join([os.path.dirname(__file__), *sys.path]),
        }
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        outputs.append(json.loads(done.stdout))
    assert outputs[0] == outputs[1] == json.loads(json.dumps(told(run(CROSS))))


def test_a_ticker_has_the_same_prices_in_every_project() -> None:
    one, two = run(CROSS), run(MONTHLY)
    assert one.charts["Benchmark"] == two.charts["Benchmark"]


def test_the_work_grows_with_the_days_and_no_faster() -> None:
    run(CROSS)
    year, four = work(CROSS), work(CROSS.replace("2023, 1, 1", "2020, 1, 1"))
    assert four < 6 * year, "four times the days; a square would be sixteen times the work"
    assert year < 500_000, "of the order of a thousand calls a day"
