"""Sandboxes for the tests of this folder, here and as processes, and users of them."""

import functools
import signal
from collections.abc import Iterator
from typing import Any

import httpcore2
import pytest
from hypothesis import settings
from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.transport.serving import running
from sandbox_calls import ALGORITHM, Caller, control, newcomer, quant
from sandbox_process import Process

# Each HTTP client reads the machine's certificates, for 35 ms, and the tests make a thousand clients.
httpcore2.default_ssl_context = functools.cache(httpcore2.default_ssl_context)

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[str]:
    """One sandbox where everything happens at once; tests stay apart by their users."""
    with running() as url:
        yield url


@pytest.fixture
def alice(sandbox: str) -> Iterator[Caller]:
    caller = newcomer(sandbox, name="Alice")
    yield caller
    caller.http.close()


@pytest.fixture
def bob(sandbox: str) -> Iterator[Caller]:
    """Somebody of another organization."""
    caller = newcomer(sandbox, name="Bob")
    yield caller
    caller.http.close()


@pytest.fixture
def carol(sandbox: str, alice: Caller) -> Iterator[Caller]:
    """Somebody of Alice's organization."""
    caller = newcomer(sandbox, name="Carol", organization=alice.organization)
    yield caller
    caller.http.close()


@pytest.fixture
def slow() -> Iterator[Caller]:
    """A sandbox where nothing moves until a test says so."""
    with quant(Configuration(port=0, speed=1e-6)) as caller:
        yield caller


@pytest.fixture(scope="module")
def shared() -> Iterator[Caller]:
    """The one user of a sandbox of the module's own."""
    with quant(Configuration(port=0, speed=0)) as someone:
        yield someone


@pytest.fixture(scope="module")
def run(shared: Caller) -> dict[str, Any]:
    """A completed backtest of that user."""
    project = shared.project(main=ALGORITHM)
    return {"projectId": project, "backtestId": shared.backtest(project)}


@pytest.fixture
def caller(shared: Caller) -> Iterator[Caller]:
    """The same; its faults end with the test."""
    yield shared
    control(shared.url, "/__control/faults", method="DELETE")


@pytest.fixture
def start() -> Iterator:
    """Starts processes; all are ended after the test."""
    started: list[Process] = []

    def begin(*options: str) -> Process:
        started.append(Process(*options))
        return started[-1]

    yield begin
    for each in started:
        if each.process.poll() is None:
            each.end(signal.SIGKILL)
