"""A sandbox for the tests of this folder, and users of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sandbox_calls import Caller, newcomer

from ledgai_mcp.sandbox.serving import running


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
    """Somebody of another organisation."""
    caller = newcomer(sandbox, name="Bob")
    yield caller
    caller.http.close()


@pytest.fixture
def carol(sandbox: str, alice: Caller) -> Iterator[Caller]:
    """Somebody of Alice's organisation."""
    caller = newcomer(sandbox, name="Carol", organization=alice.organization)
    yield caller
    caller.http.close()
