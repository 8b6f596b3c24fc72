"""The embedded stores: memory and SQLite, the latter shared by processes."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from state_contract import SCENES, Scene, family
from token_forge import accept, refuse, token, verifier

from ledgai_mcp.state import State, StateUnavailable, Store, open_store
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


def play(store: Store, scene: Scene, clock: Callable[[], float] = time.time) -> None:
    async def main() -> None:
        state = State(store, clock)
        try:
            await scene(state)
        finally:
            await state.close()

    asyncio.run(main())


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_every_store_does_what_the_contract_says(kind: str, scene: Scene, tmp_path: Path) -> None:
    play(open_store("memory:" if kind == "memory" else str(tmp_path / "state.db")), scene)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_count_starts_anew_each_day_and_a_refund_goes_to_its_own_day(kind: str, tmp_path: Path) -> None:
    now = [20_000 * DAY - 5.0]

    def clock() -> float:
        return now[0]

    async def scene(state: State) -> None:
        evening = await state.consume("ledgai", "alice", "backtests_per_day", 1)
        assert evening is not None
        assert await state.consume("ledgai", "alice", "backtests_per_day", 1) is None
        now[0] += 10
        assert await state.consume("ledgai", "alice", "backtests_per_day", 1) is not None
        await state.refund(evening)
        assert await state.consume("ledgai", "alice", "backtests_per_day", 1) is None

    play(MemoryStore(clock) if kind == "memory" else SqliteStore(tmp_path / "s.db", clock), scene, clock)


def test_revocations_survive_a_restart(tmp_path: Path) -> None:
    path, raw = tmp_path / "state.db", token()

    async def revoke(state: State) -> None:
        await state.revoke_token("ledgai", "t1", int(time.time()) + 1000)

    async def check(state: State) -> None:
        assert await state.is_revoked("ledgai", "alice", ("t1",), int(time.time()))

    assert accept(raw, state=State(MemoryStore())).token_id == "t1"
    play(SqliteStore(path), revoke)
    play(SqliteStore(path), check)


def test_a_revocation_takes_effect_on_the_next_call_of_another_process(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def scene(state: State) -> None:
        judge = verifier(state=state)
        assert (await judge.verify(token())).token_id == "t1"
        await asyncio.to_thread(other_process, path, "t1")
        with pytest.raises(Exception, match="revoked"):
            await judge.verify(token())

    play(SqliteStore(path), scene)


def other_process(path: Path, name: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS, str(path), name],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_two_processes_share_counts_and_families(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def scene(state: State) -> None:
        await state.store.add_family(family())
        told = await asyncio.gather(*(asyncio.to_thread(other_process, path, name) for name in ("a", "b")))
        counts = [int(line.split()[0]) for line in told]
        assert sum(counts) == 30
        assert sorted(line.split()[1] for line in told) == ["reused", "rotated"]
        for name in ("a", "b"):
            assert await state.is_revoked("ledgai", "bob", (name,), 0)

    play(SqliteStore(path), scene)


def test_the_state_file_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def scene(state: State) -> None:
        await state.revoke_token("ledgai", "t1", int(time.time()) + 1000)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in files(tmp_path)}
        assert "state.db-wal" in modes
        assert set(modes.values()) == {0o600}

    play(SqliteStore(path), scene)


@pytest.mark.parametrize("harm", ["deleted", "replaced by rubbish", "a folder", "another version", "locked"])
def test_a_state_file_that_cannot_be_used_fails_closed_and_recovers(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "state.db"

    async def scene(state: State) -> None:
        judge = verifier(state=state)
        assert (await judge.verify(token())).subject == "alice"
        aside = tmp_path / "aside.db"
        if harm == "locked":
            lock = sqlite3.connect(path)
            lock.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StateUnavailable):
                await state.consume("ledgai", "alice", "backtests_per_day", 5)
            lock.rollback()
            lock.close()
        else:
            os.rename(path, aside)
            spoil(path, harm)
            for _ in range(2):
                with pytest.raises(StateUnavailable):
                    await judge.verify(token())
            restore(path, aside)
        assert (await judge.verify(token())).subject == "alice"
        assert await state.consume("ledgai", "alice", "backtests_per_day", 5) is not None

    play(SqliteStore(path), scene)


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def restore(path: Path, aside: Path) -> None:
    if path.is_dir():
        path.rmdir()
    aside.rename(path)


def spoil(path: Path, harm: str) -> None:
    for beside in path.parent.glob("state.db-*"):
        beside.unlink()  # a log of the good file would be played back into the bad one
    if harm == "replaced by rubbish":
        path.write_bytes(b"x" * 5000)
    elif harm == "a folder":
        path.mkdir()
    elif harm == "another version":
        other = sqlite3.connect(path)
        other.execute("PRAGMA user_version = 99")
        other.close()


def test_a_replaced_state_file_is_read_anew(tmp_path: Path) -> None:
    """An open file that was replaced would go on answering without the revocations in the new one."""
    path, other = tmp_path / "state.db", tmp_path / "other.db"

    async def scene(state: State) -> None:
        assert not await state.is_revoked("ledgai", "alice", ("t1",), 0)
        second = State(SqliteStore(other))
        await second.revoke_token("ledgai", "t1", int(time.time()) + 1000)
        await second.close()
        spoil(path, "")
        os.replace(other, path)
        assert await state.is_revoked("ledgai", "alice", ("t1",), 0)

    play(SqliteStore(path), scene)


def test_a_closed_store_is_unavailable(tmp_path: Path) -> None:
    async def main() -> None:
        state = State(SqliteStore(tmp_path / "state.db"))
        await state.check()
        await state.close()
        with pytest.raises(StateUnavailable):
            await state.check()

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_what_has_expired_is_dropped(kind: str, tmp_path: Path) -> None:
    now = [1_000_000.0]

    def clock() -> float:
        return now[0]

    store: Store = MemoryStore(clock) if kind == "memory" else SqliteStore(tmp_path / "s.db", clock)

    async def scene(state: State) -> None:
        await state.revoke_token("ledgai", "t1", int(now[0]) + 60)
        now[0] += 61
        for _ in range(1000 if kind == "memory" else 1):
            await state.consume("ledgai", "alice", "backtests_per_day", 9)
        assert await state.store.cuts(['["jti","ledgai","t1"]']) == [None]

    play(store, scene, clock)


@pytest.mark.parametrize(
    "url", ["", " ", "sqlite:", "sqlite://", "http://x", "postgres://x", "redis://[", "memcached://x"]
)
def test_an_address_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="LEDGAI_STATE_URL"):
        open_store(url)


def test_a_file_in_a_folder_that_does_not_exist_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """The server started, was never ready, and answered every call with 503."""
    with pytest.raises(ValueError, match=r"LEDGAI_STATE_URL: the folder .*/missing does not exist; make it"):
        open_store(f"sqlite:{tmp_path}/missing/state.db")


@pytest.mark.parametrize("folder", ["a file", "x" * 300, "nul\0"])
def test_a_folder_that_is_none_is_refused_in_words(tmp_path: Path, folder: str) -> None:
    (tmp_path / "a file").touch()
    with pytest.raises(ValueError, match=r"^LEDGAI_STATE_URL: .*(is not a folder|cannot be used)"):
        open_store(f"sqlite:{tmp_path}/{folder}/state.db")


def test_a_bad_address_is_refused_without_its_password() -> None:
    with pytest.raises(ValueError, match="LEDGAI_STATE_URL") as caught:
        open_store("redis://:CANARY@host:port/0")
    assert "CANARY" not in str(caught.value)


def test_a_store_that_is_down_refuses_every_token_with_503(tmp_path: Path) -> None:
    state = State(SqliteStore(tmp_path / "missing" / "state.db"))
    with pytest.raises(StateUnavailable):
        refuse(token(), state=state)
    asyncio.run(state.close())
