"""The embedded stores: memory and SQLite, the latter shared by processes."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from state_contract import SCENES, Scene, family
from token_forge import token, verifier

from ledgai_mcp.state import State, StateUnavailable, open_store
from ledgai_mcp.state.memory import MemoryStore
from ledgai_mcp.state.sqlite import SqliteStore

DAY = 24 * 3600
OTHER_PROCESS = """
import asyncio, sys
from ledgai_mcp.state import State, open_store

async def main():
    state = State(open_store(sys.argv[1]))
    taken = [await state.consume("ledgai", "alice", "backtests_per_day", 30) for _ in range(40)]
    await state.revoke_token("ledgai", sys.argv[2], 4_000_000_000)
    outcome = await state.store.rotate("f1", "digest-1", sys.argv[2], "g")
    print(sum(spend is not None for spend in taken), outcome)
    await state.close()

asyncio.run(main())
"""


pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_every_store_does_what_the_contract_says(state: State, scene: Scene) -> None:
    await scene(state)


async def test_a_refund_goes_to_the_day_of_its_count(state: State, now: list[float]) -> None:
    now[0] = 20_000 * DAY - 5.0
    evening = await state.consume("ledgai", "alice", "backtests_per_day", 1)
    assert evening is not None
    assert await state.consume("ledgai", "alice", "backtests_per_day", 1) is None
    now[0] += 10
    assert await state.consume("ledgai", "alice", "backtests_per_day", 1) is not None
    await state.refund(evening)
    assert await state.consume("ledgai", "alice", "backtests_per_day", 1) is None


async def test_what_has_expired_is_dropped_and_a_count_lasts_its_day(state: State, now: list[float]) -> None:
    now[0] = 20_000.0 * DAY
    assert await state.consume("ledgai", "bob", "backtests_per_day", 1) is not None
    await state.revoke_token("ledgai", "t1", int(now[0]) + 60)
    now[0] += 23 * 3600
    for _ in range(1000 if isinstance(state.store, MemoryStore) else 1):
        await state.consume("ledgai", "alice", "backtests_per_day", 9)
    assert await state.store.cuts(['["jti","ledgai","t1"]']) == [None]
    assert await state.consume("ledgai", "bob", "backtests_per_day", 1) is None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
async def file(path: Path) -> AsyncIterator[State]:
    """State in a file, by the real clock."""
    state = State(SqliteStore(path, creates=True))
    yield state
    await state.close()


def other_process(path: Path, name: str) -> str:
    command = [sys.executable, "-c", OTHER_PROCESS, str(path), name]
    return subprocess.check_output(command, text=True, timeout=60)


async def test_processes_share_counts_families_and_revocations(file: State, path: Path) -> None:
    await file.store.add_family(family())
    told = await asyncio.gather(*(asyncio.to_thread(other_process, path, name) for name in ("a", "b")))
    assert sum(int(line.split()[0]) for line in told) == 30
    assert sorted(line.split()[1] for line in told) == ["reused", "rotated"]
    later = State(SqliteStore(path, creates=True))
    for name in ("a", "b"):
        assert await file.is_revoked("ledgai", "bob", (name,), 0)
        assert await later.is_revoked("ledgai", "bob", (name,), 0)
    await later.close()


async def test_nobody_writes_between_the_reading_and_the_writing_of_one_step(file: State, path: Path) -> None:
    await file.store.add_family(family())
    other = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)

    def meddle(statement: str) -> None:
        if statement.startswith("INSERT INTO used"):
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("INSERT INTO cuts VALUES ('x', 1, 1)")
            statements.append(statement)

    statements: list[str] = []
    assert isinstance(file.store, SqliteStore)
    await file.store._run(lambda db: db.set_trace_callback(meddle))
    assert await file.store.rotate("f1", "digest-1", "digest-2", "g") == "rotated"
    other.close()
    assert statements


async def test_the_state_file_is_the_owners_alone(file: State, path: Path) -> None:
    await file.revoke_token("ledgai", "t1", int(time.time()) + 1000)
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert "state.db-wal" in modes
    assert set(modes.values()) == {0o600}


async def test_a_locked_state_file_fails_closed_and_recovers(file: State, path: Path) -> None:
    await file.check()
    lock = sqlite3.connect(path)
    lock.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StateUnavailable):
        await file.consume("ledgai", "alice", "backtests_per_day", 5)
    lock.rollback()
    lock.close()
    assert await file.consume("ledgai", "alice", "backtests_per_day", 5) is not None


@pytest.mark.parametrize("harm", ["deleted", "replaced by rubbish", "a folder", "another version"])
async def test_an_unusable_state_file_fails_closed_and_recovers(file: State, path: Path, harm: str) -> None:
    checker, aside = verifier(state=file), path.with_name("aside.db")
    assert (await checker.verify(token())).subject == "alice"
    os.rename(path, aside)
    spoil(path, harm)
    for _ in range(2):
        with pytest.raises(StateUnavailable):
            await checker.verify(token())
    if harm == "a folder":
        os.rmdir(path)
    os.rename(aside, path)
    assert (await checker.verify(token())).subject == "alice"
    assert await file.consume("ledgai", "alice", "backtests_per_day", 5) is not None


def spoil(path: Path, harm: str) -> None:
    for beside in path.parent.glob("state.db-*"):
        beside.unlink()  # a log of the good file would be written back into the bad one
    if harm == "replaced by rubbish":
        path.write_bytes(b"x" * 5000)
    elif harm == "a folder":
        path.mkdir()
    elif harm == "another version":
        other = sqlite3.connect(path)
        other.execute("PRAGMA user_version = 99")
        other.close()


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o601, 0o600, 0o660, 0o640])
async def test_a_state_file_that_others_can_open_is_not_used(path: Path, mode: int) -> None:
    """Whoever can write it can undo revocations; a group may, since Kubernetes gives a volume to one."""
    os.mknod(path)
    os.chmod(path, mode)
    store = SqliteStore(path, creates=True)
    refused = pytest.raises(StateUnavailable, match="chmod o-rwx") if mode & 0o007 else nullcontext()
    with refused:
        await store.check()
    await store.close()


async def test_a_closed_store_is_unavailable(path: Path) -> None:
    state = State(SqliteStore(path, creates=True))
    await state.check()
    await state.close()
    with pytest.raises(StateUnavailable):
        await state.check()


@pytest.mark.parametrize(
    "url", ["", " ", "sqlite:", "sqlite://", "http://x", "redis://[", "redis://:CANARY@host:port/0"]
)
def test_an_address_that_names_no_store_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="LEDGAI_STATE_URL") as caught:
        open_store(url)
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("missing", "the folder .*/missing does not exist; make it"),
        ("a file", "is not a folder"),
        ("x" * 300, "cannot be used"),
        ("nul\0", "cannot be used"),
    ],
)
def test_an_unusable_folder_is_refused(tmp_path: Path, folder: str, says: str) -> None:
    """The server started, was never ready, and answered every call with 503."""
    (tmp_path / "a file").touch()
    with pytest.raises(ValueError, match=rf"^LEDGAI_STATE_URL: .*{says}"):
        open_store(f"sqlite:{tmp_path}/{folder}/state.db")
