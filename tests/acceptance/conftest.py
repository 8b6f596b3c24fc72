"""One server process for the tests that call tools, and the account that good calls are made for."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "sandbox" / "tests"))  # for the table of good calls

from acceptance_server import Server, serving
from furnished_account import Account


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    """The server's own user's."""
    return Account.furnished(server.caller)
