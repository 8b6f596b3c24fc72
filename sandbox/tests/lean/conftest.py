"""The LEAN command line against a sandbox at the one port where it looks: a home of its own, no way out.

Knows: TEST_LEAN (a `lean` executable in an environment of its own), what that program needs on its way.
Must not know: what the tests ask of it.
"""

import contextlib
import fcntl
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lean_program import PATIENCE, PORT, URL, Cli
from quantconnect_sandbox.state.people import DEFAULT_USER
from sandbox_calls import Caller

ROOT = Path(__file__).parents[3]
MODULES = Path(__file__).with_name("modules.json")
SPEED = "100"


@pytest.fixture(scope="session")
def executable() -> Path:
    """The program, with a list of brokerages beside it; without one it asks another host."""
    named = os.environ.get("TEST_LEAN")
    if not named or not Path(named).is_file():
        pytest.fail(
            "TEST_LEAN must name a `lean` executable in an environment of its own: python3 -m venv DIR, "
            "DIR/bin/pip install lean, TEST_LEAN=DIR/bin/lean",
            pytrace=False,
        )
    beside = _modules(Path(named).absolute())
    if not beside.exists():
        beside.write_bytes(MODULES.read_bytes())
    return Path(named).absolute()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A sandbox process at the fixed port, or the installed TEST_SANDBOX; one test run at a time has it."""
    named = os.environ.get("TEST_SANDBOX")
    command = [named] if named else [sys.executable, "-m", "quantconnect_sandbox"]
    with _alone():
        log = tmp_path_factory.mktemp("sandbox") / "log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [*command, "--port", str(PORT), "--speed", SPEED],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
            )
        try:
            _ready(process, log)
            yield URL
        finally:
            process.terminate()
            process.wait(PATIENCE)


@pytest.fixture(scope="session")
def lean(executable: Path, sandbox: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """The program, logged in."""
    home = tmp_path_factory.mktemp("lean")
    modules = json.loads(_modules(executable).read_text("utf-8"))["modules"]
    paper = next(each["display-id"] for each in modules if each["id"] == "QuantConnectBrokerage")
    user = Caller(sandbox, DEFAULT_USER.id, DEFAULT_USER.api_token, DEFAULT_USER.organization)
    cli = Cli(executable, home / "workspace", user, paper)
    cli.workspace("workspace")
    cli("login", "--user-id", str(user.user), "--api-token", user.token)
    yield cli
    user.http.close()


def _modules(executable: Path) -> Path:
    """Where the program looks for its list of modules: its own package knows the name."""
    package = next((executable.parents[1] / "lib").glob("python3*/site-packages/lean"))
    name = re.search(
        r'^file_name = "(.+)"', (package / "models" / "__init__.py").read_text("utf-8"), re.MULTILINE
    )
    assert name is not None
    return package / name[1]


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Waits until no other test run has the port; then it must be free."""
    with (Path(tempfile.gettempdir()) / f"ledgai-lean-{PORT}-{os.getuid()}.lock").open("a+") as lock:
        until = time.monotonic() + 5 * PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    pytest.fail(f"another test run holds {lock.name}", pytrace=False)
                time.sleep(0.5)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", PORT)) == 0:
                pytest.fail(f"port {PORT} is in use; end what listens there, e.g. a sandbox", pytrace=False)
        yield


def _ready(process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while "Sandbox ready" not in log.read_text("utf-8"):
        assert process.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < until, "the sandbox did not start"
        time.sleep(0.05)
