"""A state file that lost something gives nobody back what was revoked; nor does a clock that jumps."""

import asyncio
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from state_contract import family

from ledgai_mcp.state import State, StateMissing, StateUnavailable
from ledgai_mcp.state.data_set import Mark, Witness
from ledgai_mcp.state.memory import MemoryStore
from ledgai_mcp.state.sqlite import SqliteStore

pytestmark = pytest.mark.anyio
DAY = 24 * 3600
LEEWAY = 30


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def server(path: Path) -> State:
    return State(SqliteStore(path, LEEWAY, creates=True))


def command(path: Path) -> State:
    return State(SqliteStore(path, LEEWAY))


def copied(path: Path, aside: Path) -> Path:
    """Keep a copy, with what its log holds."""
    connection = sqlite3.connect(path)
    connection.execute("VACUUM INTO ?", (str(aside),))
    connection.close()
    aside.chmod(0o600)
    return aside


def put(path: Path, other: Path | None) -> None:
    for beside in path.parent.glob("state.db-*"):
        beside.unlink()
    path.unlink()
    if other is not None:
        shutil.copy(other, path)


def emptied(path: Path, _: Path) -> None:
    put(path, None)
    os.close(os.open(path, os.O_CREAT, 0o600))


def set_back(path: Path, _: Path) -> None:
    connection = sqlite3.connect(path)
    for statement in ("DELETE FROM cuts", "PRAGMA user_version = 0"):
        connection.execute(statement)
    connection.commit()
    connection.close()
    os.replace(copied(path, path.with_name("new.db")), path)
    for beside in path.parent.glob("state.db-*"):
        beside.unlink()


def replaced_by_an_older_copy(path: Path, older: Path) -> None:
    put(path, older)


def made_by_somebody_else(path: Path, _: Path) -> None:
    put(path, None)
    connection = sqlite3.connect(path)
    for statement in (
        "CREATE TABLE cuts (key TEXT, until INTEGER, expires_at INTEGER)",
        "PRAGMA user_version=1",
    ):
        connection.execute(statement)
    connection.close()
    path.chmod(0o600)


def deleted(path: Path, _: Path) -> None:
    put(path, None)
    for beside in path.parent.glob("state.db*"):
        beside.unlink()


LOSSES = (emptied, set_back, replaced_by_an_older_copy, made_by_somebody_else, deleted)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
@pytest.mark.parametrize("is_running", [True, False], ids=["a running server", "a server started afterwards"])
async def test_a_loss_refuses_all_that_was_issued_before(
    path: Path, loss: Callable[[Path, Path], None], is_running: bool, caplog: pytest.LogCaptureFixture
) -> None:
    now, running = int(time.time()), [server(path), server(path)]
    await running[0].store.add_family(family())
    older = copied(path, path.with_name("older.db"))
    await running[0].revoke_token("ledgai", "t1", now + DAY)
    await running[0].store.rotate("f1", "digest-1", "digest-2", "g")
    assert await running[1].is_revoked("ledgai", "alice", ("t1",), now)
    if not is_running:
        for each in running:
            await each.close()
        running = []
    loss(path, older)
    asked = [*running, server(path)]
    if running and loss is deleted:
        with pytest.raises(StateUnavailable, match="is lost"):
            await running[0].check()
        await asked[-1].check()  # a second server that makes it anew knows of the loss
    for each in (*asked, *asked):
        assert await each.is_revoked("ledgai", "alice", ("t1",), now)
        assert await each.is_revoked("ledgai", "bob", ("t2",), now + LEEWAY)
        assert not await each.is_revoked("ledgai", "bob", ("t2",), now + LEEWAY + 60)
        assert await each.revoked_until("ledgai", "bob") >= now + LEEWAY
        assert await each.store.rotate("f1", "digest-1", "digest-3", "g") == "unknown"
    assert "Every token issued until" in caplog.text
    names = [each.store._file.known.name for each in asked]
    assert len(set(names)) == 1  # nobody answers the answer of another
    for each in asked:
        await each.close()


async def test_servers_that_knew_different_files_answer_a_loss_once(path: Path) -> None:
    """They answered each other's answers, each with a cut of its own."""
    now, running = int(time.time()), [server(path), server(path)]
    await running[0].revoke_token("ledgai", "t1", now + DAY)
    await running[1].check()
    for _ in range(2):
        for each in path.parent.iterdir():
            each.unlink()
        running.append(server(path))
        assert not await running[-1].is_revoked("ledgai", "alice", ("t1",), now)  # it cannot know
    for _ in range(2):
        names = set()
        for each in running:
            assert await each.is_revoked("ledgai", "alice", ("t1",), now)
            names.add(each.store._file.known.name)
    assert len(names) == 1
    for each in running:
        await each.close()


async def test_a_running_server_leaves_word_of_a_loss_for_those_who_come_later(path: Path) -> None:
    now, running = int(time.time()), server(path)
    await running.revoke_token("ledgai", "t1", now + DAY)
    for each in path.parent.iterdir():
        each.unlink()
    with pytest.raises(StateUnavailable, match="is lost"):
        await running.check()
    await running.close()
    later = server(path)
    assert await later.is_revoked("ledgai", "alice", ("t1",), now)
    await later.close()


@pytest.mark.parametrize(
    "loss", [emptied, deleted, replaced_by_an_older_copy], ids=lambda loss: loss.__name__
)
async def test_a_command_makes_no_state_file_and_hides_no_loss(
    path: Path, loss: Callable[[Path, Path], None]
) -> None:
    now, first = int(time.time()), server(path)
    await first.check()
    older = copied(path, path.with_name("older.db"))
    await first.revoke_token("ledgai", "t1", now + DAY)
    await first.close()
    loss(path, older)
    if loss is replaced_by_an_older_copy:
        asked = command(path)
        assert await asked.is_revoked("ledgai", "alice", ("t1",), now)
    else:
        asked = command(path)
        for attempt in (
            asked.check(),
            asked.revoked_until("ledgai", "a"),
            asked.revoke_all("ledgai", now, 1),
        ):
            with pytest.raises(StateUnavailable) as caught:
                await attempt
            assert not isinstance(caught.value, StateMissing)
        left = {each.name: os.stat(each).st_size for each in path.parent.iterdir()}
        assert left.get("state.db") == (0 if loss is emptied else None)
    await asked.close()
    later = server(path)
    assert await later.is_revoked("ledgai", "alice", ("t1",), now)
    await later.close()


async def test_before_the_first_server_nothing_is_revoked_and_nothing_can_be(path: Path) -> None:
    asked = command(path)
    assert not await asked.is_revoked("ledgai", "alice", ("t1",), 0)
    assert await asked.revoked_until("ledgai", "alice") == 0
    for attempt in (asked.check(), asked.revoke_token("l", "t", 1), asked.store.add_family(family())):
        with pytest.raises(StateMissing, match="ledgai-mcp serve"):
            await attempt
    await asked.close()
    assert list(path.parent.iterdir()) == []
    first, second = server(path), server(path)
    for each in (first, second):
        assert not await each.is_revoked("ledgai", "alice", ("t1",), 0)
        await each.close()
    assert {each.name for each in path.parent.iterdir()} == {"state.db", ".state.db.mark"}
    again = server(path)
    assert not await again.is_revoked("ledgai", "alice", ("t1",), 0)
    await again.close()


async def test_a_server_whose_file_cannot_be_made_does_not_know_what_is_revoked(path: Path) -> None:
    """A link to a volume that is not there: nothing could be made, and nothing counted as revoked."""
    os.symlink(path.parent / "not mounted" / "state.db", path)
    asked = server(path)
    with pytest.raises(StateUnavailable):
        await asked.is_revoked("ledgai", "alice", ("t1",), 0)
    await asked.close()


async def test_a_file_is_made_without_a_log_that_a_full_disk_could_keep_from_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite closes a file in silence although the log does not fit into it: it was broken for good."""
    named: list[bytes] = []
    link = os.link

    def look(fresh: Path, name: Path) -> None:
        named.append(Path(fresh).read_bytes()[18:20])
        link(fresh, name)

    monkeypatch.setattr(os, "link", look)
    made = server(path)
    await made.check()
    await made.close()
    assert named == [b"\1\1"]  # 2 would be a file with a log (SQLite file format, 1.3.3)


async def test_a_mark_is_read_while_nobody_writes_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is being made is empty for a moment, which looked like a loss."""
    read = Witness.read
    seen: list[Mark | None] = []

    def look(self: Witness) -> Mark | None:
        other = sqlite3.connect(path, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
        seen.append(read(self))
        return seen[-1]

    monkeypatch.setattr(Witness, "read", look)
    for _ in range(2):
        made = server(path)
        await made.check()
        await made.close()
    assert (seen[0], len(seen)) == (None, 4)


async def test_each_mark_that_cannot_be_read_is_a_loss_of_its_own(path: Path) -> None:
    mark, now = path.with_name(".state.db.mark"), int(time.time())
    names = []
    for garbage in ("", "x", "garbage" * 20, None):
        asked = server(path)
        await asked.check()
        names.append(asked.store._file.known.name)
        await asked.close()
        if garbage is not None:
            mark.write_text(garbage)
    assert len(set(names)) == 4
    later = server(path)
    assert await later.is_revoked("ledgai", "alice", ("t1",), now)
    assert later.store._file.known.name == names[-1]  # answered once
    await later.close()


async def test_a_state_file_of_the_version_before_is_used_on(path: Path) -> None:
    first = server(path)
    await first.revoke_token("ledgai", "t1", int(time.time()) + DAY)
    await first.close()
    connection = sqlite3.connect(path)
    connection.executescript("DROP TABLE data_set; PRAGMA user_version = 1;")
    connection.close()
    path.with_name(".state.db.mark").unlink()
    later = command(path)
    assert await later.is_revoked("ledgai", "alice", ("t1",), 0)
    assert not await later.is_revoked("ledgai", "alice", ("t2",), 0)
    await later.close()


@given(st.lists(st.tuples(st.integers(-400 * DAY, 400 * DAY), st.integers(0, 3600)), max_size=12))
@settings(max_examples=10)
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_no_jump_of_the_clock_makes_a_revocation_expire(
    tmp_path_factory: pytest.TempPathFactory, kind: str, jumps: list[tuple[int, int]]
) -> None:
    """Each: by how much the clock is wrong, and how many seconds really pass."""
    passed, wrong = [0.0], [0.0]

    def clock() -> float:
        return 2e9 + passed[0] + wrong[0]

    def steady() -> float:
        return passed[0]

    async def run() -> None:
        path = tmp_path_factory.mktemp("state") / "state.db"
        store = MemoryStore(clock, steady)
        state = State(
            store if kind == "memory" else SqliteStore(path, creates=True, clock=clock, steady=steady)
        )
        ends = int(2e9) + sum(seconds for _, seconds in jumps) + 1
        await state.revoke_token("ledgai", "t1", ends)
        for error, seconds in jumps:
            wrong[0], passed[0] = float(error), passed[0] + seconds
            store._writes = 999  # the next write tidies
            await state.revoke_token("ledgai", "other", 1)
        assert await state.is_revoked("ledgai", "alice", ("t1",), 0)
        await state.close()

    asyncio.run(run())
