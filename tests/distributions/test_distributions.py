"""The three distributions, each built as a wheel and installed alone in an empty environment.

Knows: TEST_WHEELS (a folder that keeps the environments, for whoever runs more in them), what each one
promises. Must not know: the checkout; nothing is imported from it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.wheels

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {
    "ledgai_mcp": ROOT,
    "quantconnect_client": ROOT / "generated" / "quantconnect_client",
    "quantconnect_sandbox": ROOT / "sandbox",
}
DECODES = """
from quantconnect_client.models import ProjectListResponse
project = {"projectId": 7, "parameters": [], "new": 1}
answer = ProjectListResponse.from_dict({"success": True, "projects": [project]})
assert answer.projects[0].project_id == 7, answer
assert answer.projects[0].additional_properties == {"new": 1}, answer
"""
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    },
}
Environment = Callable[..., Path]
"""Installs what it is given into an environment of that name, and returns its folder of programs."""


def run(*command: str | Path, stdin: str = "", status: int = 0, **variables: str) -> str:
    own = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "NO_COLOR": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **variables,
    }
    done = subprocess.run(
        [str(part) for part in command],
        input=stdin,
        env=own,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get("TEST_WHEELS")
    return Path(named) if named else tmp_path_factory.mktemp("wheels")


@pytest.fixture(scope="session")
def wheels(folder: Path) -> dict[str, Path]:
    """Each distribution built from its own source; the name of the package -> its wheel."""
    out = folder / "dist"
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", out)
    for source in SOURCES.values():
        run(*pip, source)
    return {name: next(out.glob(f"{name}-*.whl")) for name in SOURCES}


@pytest.fixture(scope="session")
def environment(folder: Path, wheels: dict[str, Path]) -> Environment:
    def install(name: str, *requirements: str) -> Path:
        programs = folder / name / "bin"
        run(sys.executable, "-m", "venv", folder / name)
        pip = (programs / "python", "-m", "pip", "install", "--quiet", "--find-links", folder / "dist")
        run(*pip, "--constraint", ROOT / "constraints.txt", *requirements)
        return programs

    return install


def installed(programs: Path) -> set[str]:
    text = run(programs / "python", "-m", "pip", "list", "--format", "json")
    return {each["name"] for each in json.loads(text)}


def test_the_server_starts_alone_and_says_how_to_get_the_sandbox(environment: Environment) -> None:
    programs = environment("server", "ledgai-mcp")
    server = programs / "ledgai-mcp"
    answered = run(
        server,
        stdin=json.dumps(INITIALIZE) + "\n",
        QUANTCONNECT_USER_ID="1",
        QUANTCONNECT_API_TOKEN="0" * 32,
    )
    assert json.loads(answered.splitlines()[0])["result"]["serverInfo"]["name"] == "ledgai-mcp"
    for command in ("demo", "sandbox"):
        assert "pip install 'ledgai-mcp[sandbox]'" in run(server, command, status=3)
    assert not installed(programs) & {"quantconnect-sandbox", "quantconnect-client"}


def test_the_client_decodes_alone_with_attrs_and_httpx2(environment: Environment) -> None:
    programs = environment("client", "quantconnect-client")
    run(programs / "python", "-W", "error", "-c", DECODES)
    assert not installed(programs) & {"mcp", "ledgai-mcp", "quantconnect-sandbox"}


def test_the_sandbox_stands_alone(environment: Environment) -> None:
    programs = environment("sandbox", "quantconnect-sandbox")
    assert "5612" in run(programs / "quantconnect-sandbox", "--help")
    assert not installed(programs) & {"mcp", "ledgai-mcp", "quantconnect-client"}


def test_the_demo_runs_from_the_wheels(environment: Environment) -> None:
    programs = environment("demo", "ledgai-mcp[sandbox]")
    shown = run(programs / "ledgai-mcp", "demo")
    assert "Completed." in shown
    assert "Traceback" not in shown
