"""One server process for the tests of a worker that call tools."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from acceptance_account import Account
from acceptance_server import ORGANIZATION, Server, serving


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return Account.opened(server, ORGANIZATION)
