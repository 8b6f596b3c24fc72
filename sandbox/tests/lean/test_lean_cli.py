"""The LEAN command line as PyPI has it, unchanged, works an account of the sandbox (issue: QC_API=local).

What it cannot do without another host is listed in docs/lean-cli.md.
"""

import json
import re

import pytest
from lean_program import Cli
from sandbox_calls import ALGORITHM, control

pytestmark = pytest.mark.lean

HOLDING = ALGORITHM.replace("if not self.slow.is_ready", "if self.portfolio.invested")
"""Buys once, and keeps it."""


def test_login_and_whoami_name_the_user(lean: Cli) -> None:
    assert "Successfully logged in" in lean("login", "-u", "10001", "-t", "sandbox-token")
    assert "You are logged in as Sam Sandbox (sam@sandbox.invalid)" in lean("whoami")


def test_a_wrong_token_is_not_let_in(lean: Cli) -> None:
    code, text = lean.run("login", "-u", "10001", "-t", "wrong-token")
    assert code == 1
    assert "Credentials are invalid" in text
    assert "You are logged in as" in lean("whoami"), "the old credentials stay"


def test_what_one_folder_pushes_another_pulls(lean: Cli) -> None:
    name = lean.project(ALGORITHM)
    folder = lean.workspace("second")
    assert "Successfully pulled" in lean("cloud", "pull", "--project", name, folder=folder)
    assert (folder / name / "main.py").read_text("utf-8") == ALGORITHM
    assert json.loads((folder / name / "config.json").read_text("utf-8"))["cloud-id"] == lean.number(name)
    changed = ALGORITHM.replace("100_000", "250_000")
    (folder / name / "main.py").write_text(changed, "utf-8")
    (folder / name / "extra.py").write_text("answer = 42\n", "utf-8")
    lean("cloud", "push", "--project", name, folder=folder)
    lean("cloud", "pull", "--project", name)
    assert (lean.folder / name / "main.py").read_text("utf-8") == changed
    assert (lean.folder / name / "extra.py").read_text("utf-8") == "answer = 42\n"


def test_a_backtest_with_parameters_completes_with_its_statistics_table(lean: Cli) -> None:
    name = lean.project(ALGORITHM)
    text = lean("cloud", "backtest", name, "--name", "first", "--parameter", "fast", "3")
    assert "Build Request Successful" in text
    assert "Backtest name: first" in text
    for word in ("Sharpe", "Total", "Net", "Drawdown", "Probabilistic", "Equity"):
        assert f"│ {word}" in text, word
    id_ = re.search(r"Backtest id: ([0-9a-f]{32})", text)
    assert id_ is not None, text
    read = lean.api("/backtests/read", projectId=lean.number(name), backtestId=id_[1])["backtest"]
    assert read["completed"] is True
    assert {key: str(value) for key, value in read["parameterSet"].items()} == {"fast": "3"}
    assert f"│ Total Orders │ {read['statistics']['Total Orders']} │" in text


def test_code_that_does_not_compile_says_so(lean: Cli) -> None:
    name = lean.project("def broken(:\n")
    code, text = lean.run("cloud", "backtest", name)
    assert code == 1
    assert f"Something went wrong while compiling project '{name}'" in text
    assert "main.py" in text


def test_a_csharp_project_of_the_cloud_is_backtested(lean: Cli) -> None:
    lean.api("/projects/create", name="Sharp", language="C#")
    text = lean("cloud", "backtest", "Sharp", "--name", "sharp")
    assert "Successfully compiled" in text
    assert "│ Total Orders │" in text


def test_a_local_change_is_pushed_with_a_backtest(lean: Cli) -> None:
    name = lean.project(ALGORITHM)
    (lean.folder / name / "main.py").write_text(HOLDING, "utf-8")
    assert "│ Total Orders │" in lean("cloud", "backtest", name, "--push")
    files = lean.api("/files/read", projectId=lean.number(name), name="main.py")["files"]
    assert files[0]["content"] == HOLDING


def test_a_grid_of_two_parameters_is_optimized(lean: Cli) -> None:
    name = lean.project(ALGORITHM)
    text = lean(
        *("cloud", "optimize", name, "--name", "grid"),
        *("--target", "Sharpe Ratio", "--target-direction", "max"),
        *("--parameter", "fast", "4", "8", "4", "--parameter", "slow", "20", "30", "10"),
        *("--constraint", "Drawdown < 90", "--node", "O2-8", "--parallel-nodes", "2"),
    )
    assert "Estimated number of backtests: 4" in text
    assert re.search(r"Organization balance: [\d,]+ QCC", text)
    best = re.search(r"Optimal parameters: fast: (\d+), slow: (\d+)", text)
    assert best is not None, text
    assert best[1] in "48"
    assert best[2] in ("20", "30")
    assert "Optimal backtest results:" in text
    listed = lean.api("/optimizations/list", projectId=lean.number(name))["optimizations"]
    assert [each["status"] for each in listed] == ["completed"]


def test_live_trading_on_paper_is_deployed_told_commands_and_stopped(lean: Cli) -> None:
    name = lean.deployed(HOLDING)
    text = lean.until("Live status: Running", "cloud", "status", name)
    assert "Brokerage: PaperBrokerage" in text
    assert "Stopped:" not in text
    order = "{'$type': 'OrderCommand', 'symbol': 'SPY', 'quantity': 1}"
    lean("cloud", "live", "command", name, "--data", order)
    assert "broadcasted successfully" in lean("cloud", "live", "broadcast", "--data", "{'target': 'SPY'}")
    assert "command executed successfully" in lean("cloud", "live", "stop", name)
    text = lean("cloud", "status", name)
    assert "Live status: Stopped" in text
    assert re.search(r"Stopped: \d{4}-\d\d-\d\d", text)


def test_a_stopped_project_is_deployed_again_and_liquidated(lean: Cli) -> None:
    name = lean.deployed(HOLDING)
    lean("cloud", "live", "stop", name)
    node = next(each for each in lean.api("/nodes/read")["live"] if not each["busy"])
    # It offers the cash and holdings of the last deployment, which it reads from its portfolio.
    lean(
        *("cloud", "live", "deploy", name, "--node", node["name"], "--brokerage", lean.paper),
        *("--data-provider-live", lean.paper, "--auto-restart", "no", "--notify-order-events", "yes"),
        *("--notify-insights", "no", "--notify-emails", "sam@sandbox.invalid:fills"),
        *("--live-cash-balance", "USD:5000"),
    )
    lean.until("Live status: Running", "cloud", "status", name)
    assert "command executed successfully" in lean("cloud", "live", "liquidate", name)
    assert "Live status: Liquidated" in lean("cloud", "status", name)
    portfolio = lean.api("/live/portfolio/read", projectId=lean.number(name))["portfolio"]
    assert not any(held.get("q") for held in portfolio["holdings"].values())


def test_a_brokerage_that_only_the_program_knows_is_deployed_with_notifications(lean: Cli) -> None:
    name = lean.project(HOLDING)
    node = next(each for each in lean.api("/nodes/read")["live"] if not each["busy"])
    lean(
        *("cloud", "live", "deploy", name, "--node", node["name"], "--brokerage", "Webull"),
        *("--webull-environment", "paper", "--webull-app-key", "k", "--webull-app-secret", "s"),
        *("--webull-account-id", "1", "--data-provider-live", lean.paper, "--auto-restart", "yes"),
        *("--notify-order-events", "yes", "--notify-insights", "no", "--notify-sms", "+15550100"),
    )
    assert "Brokerage: Webull" in lean.until("Live status: Running", "cloud", "status", name)
    lean("cloud", "live", "stop", name)


def test_the_status_of_a_project_that_never_traded_is_told(lean: Cli) -> None:
    code, text = lean.run("cloud", "status", lean.project(ALGORITHM))
    assert code == 1
    assert "No live deployment found" in text


def test_objects_are_set_listed_fetched_and_deleted(lean: Cli) -> None:
    (lean.folder / "model.bin").write_bytes(bytes(range(256)))
    lean("cloud", "object-store", "set", "models/first.bin", "model.bin")
    assert "models 256 True models" in lean("cloud", "object-store", "list")
    assert re.search(
        r"models/first\.bin 256 False first\.bin", lean("cloud", "object-store", "list", "models")
    )
    assert re.search(r" 256 ", lean("cloud", "object-store", "properties", "models/first.bin"))
    lean("cloud", "object-store", "get", "models/first.bin", "--destination-folder", "fetched")
    assert (lean.folder / "fetched" / "models" / "first.bin").read_bytes() == bytes(range(256))
    lean("cloud", "object-store", "delete", "models/first.bin")
    assert "first.bin" not in lean("cloud", "object-store", "list", "models")
    code, text = lean.run("cloud", "object-store", "delete", "models/first.bin")
    assert code == 1, text


def test_libraries_are_added_and_removed(lean: Cli) -> None:
    name = lean.project(ALGORITHM)
    libraries = ["Library/Tools", "Library/Signals"]
    for library in libraries:
        lean("project-create", "--language", "python", library)
        lean("library", "add", name, library, "--no-local")
    assert "Pushing 'Library/Tools'" in lean("cloud", "push", "--project", name)
    assert _libraries(lean, name) == sorted(libraries)
    other = lean.workspace("third")
    lean("cloud", "pull", "--project", name, folder=other)
    assert (other / "Library" / "Tools" / "Library.py").is_file()
    lean("library", "remove", name, "Library/Tools", "--no-local")
    lean("cloud", "push", "--project", name)
    assert _libraries(lean, name) == ["Library/Signals"]


def _libraries(lean: Cli, name: str) -> list[str]:
    project = lean.api("/projects/read", projectId=lean.number(name))["projects"][0]
    return sorted(each["libraryName"] for each in project["libraries"])


def test_all_projects_are_pushed_and_pulled_at_once(lean: Cli) -> None:
    names = [lean.project(ALGORITHM), lean.project(HOLDING)]
    lean("cloud", "push")
    other = lean.workspace("everything")
    # A C# project is among them: those it pulls only where Docker runs, the others all the same.
    code, text = lean.run("cloud", "pull", folder=other)
    assert code == 0, text
    assert (other / names[0] / "main.py").read_text("utf-8") == ALGORITHM
    assert (other / names[1] / "main.py").read_text("utf-8") == HOLDING


def test_a_project_is_deleted_here_and_in_the_cloud(lean: Cli) -> None:
    name = lean.project(ALGORITHM)
    number = lean.number(name)
    lean("project-delete", name)
    assert not (lean.folder / name).exists()
    assert lean.api("/projects/read", projectId=number)["projects"][0]["name"].startswith("Recycle Bin/")


def test_every_request_of_the_program_was_understood(lean: Cli) -> None:
    log = control(lean.api.url, "/__log", method="GET")["requests"]
    received = [each for each in log if each["user"] == lean.api.user]
    assert received
    assert not [each for each in received if each["status"] >= 400 or "Endpoint not found" in str(each)]
