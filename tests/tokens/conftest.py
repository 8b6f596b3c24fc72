"""Fixtures of the tests of tokens: the context of commands, a token service, another issuer."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from chain_writers import six_lines
from quantconnect_tools import CATALOG, GROUPS, SCOPES
from token_commands import CREDENTIALS
from token_forge import SECRET
from token_issuer import Issuer
from token_service import TokenService

from ledgai_mcp.commands import Context
from ledgai_mcp.state import State, Store, open_store
from ledgai_mcp.state.memory import MemoryStore
from ledgai_mcp.state.sqlite import SqliteStore
from ledgai_mcp.tokens.keychain import KeyChain
from ledgai_mcp.tokens.refresh import RefreshPolicy
from ledgai_mcp.tokens.verification import TokenPolicy, Verifier


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def now() -> list[float]:
    """The time, which tests move."""
    return [float(int(time.time()))]


@pytest.fixture(params=["memory", "sqlite"])
async def state(request: pytest.FixtureRequest, tmp_path: Path, now: list[float]) -> AsyncIterator[State]:
    def clock() -> float:
        return now[0]

    store: Store = MemoryStore(clock, clock)
    if request.param == "sqlite":
        store = SqliteStore(tmp_path / "state.db", creates=True, clock=clock, steady=clock)
    state = State(store, clock)
    yield state
    await state.close()


@pytest.fixture
def service(state: State, now: list[float]) -> TokenService:
    return TokenService(state, KeyChain(SECRET), now)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    def chain() -> KeyChain:
        return KeyChain(SECRET)

    return Context(
        policy=TokenPolicy,
        refresh_policy=RefreshPolicy,
        key_chain=chain,
        verifier=lambda state: Verifier(TokenPolicy(), chain(), state, frozenset(SCOPES)),
        issuers=lambda: ("ledgai",),
        state=lambda: State(open_store(str(tmp_path / "state.db"), creates=True)),
        credentials=lambda: CREDENTIALS,
        scopes=frozenset(SCOPES),
        groups={name: frozenset(scopes) for name, scopes in GROUPS.items()},
        catalog=lambda: CATALOG,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An audit file of six lines."""
    return six_lines(tmp_path)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()
