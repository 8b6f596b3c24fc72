from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "codegen"))  # for the stub of the API

from client_stub import Stub
from quantconnect_sandbox.transport.serving import running


@pytest.fixture(scope="session")
def stub() -> Iterator[Stub]:
    """Answers what a test says."""
    with Stub() as stub:
        yield stub


@pytest.fixture(scope="session")
def sandbox() -> Iterator[str]:
    """The address of a sandbox where everything happens at once."""
    with running() as url:
        yield url
