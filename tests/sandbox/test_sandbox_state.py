"""What survives: state files, restarts, `kill -9`; users files; the command line as a process."""

from __future__ import annotations

import json
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from sandbox_calls import ALGORITHM, Caller, control, quant

from ledgai_mcp.sandbox.configuration import Configuration
from ledgai_mcp.sandbox.database import Database, Row, StateError
from ledgai_mcp.sandbox.people import DEFAULT_USER, PeopleError, read_people
from ledgai_mcp.sandbox.serving import ListenError, built, listening, running
from ledgai_mcp.sandbox.store import Store

COMMAND = [sys.executable, "-m", "ledgai_mcp.sandbox"]


class Process:
    """`ledgai-mcp sandbox` as a process of its own, ready when its URL is printed."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "--port", "0", "--speed", "0", *options], stderr=subprocess.PIPE, text=True
        )
        self.lines: list[str] = []
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if "ready at" in line:
                break
        assert self.lines, "the sandbox printed nothing"
        self.url = self.lines[-1].split()[-1]

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(20)
        assert self.process.stderr is not None
        self.process.stderr.close()


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


def test_the_process_says_that_it_is_a_sandbox_and_where(start) -> None:
    begun = start()
    said = "".join(begun.lines)
    assert "not QuantConnect" in said
    assert str(DEFAULT_USER.id) in said
    assert httpx2.post(begun.url + "/authenticate").headers["x-ledgai-sandbox"]
    begun.end(signal.SIGINT)
    assert begun.process.returncode == 0


def test_nothing_acknowledged_is_lost_when_it_is_killed_while_writing(start, tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    begun = start("--state", state)
    known: dict[int, set[str]] = {}
    stopped = threading.Event()

    def write(number: int) -> None:
        with httpx2.Client(timeout=10) as http:
            caller = Caller(begun.url, DEFAULT_USER.id, DEFAULT_USER.api_token, http=http)
            project = caller.project(f"P{number}")
            known[project] = set()
            place = 0
            while not stopped.is_set():
                try:
                    caller.ok("/files/create", projectId=project, name=f"f{place}.py", content=f"a = {place}")
                except httpx2.TransportError:
                    return
                known[project].add(f"f{place}.py")
                place += 1

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    until = time.monotonic() + 30
    while len(known) < 4 or min(len(names) for names in known.values()) < 10:
        assert time.monotonic() < until
    begun.end(signal.SIGKILL)
    stopped.set()
    for writer in writers:
        writer.join(20)
    again = start("--state", state)
    with httpx2.Client(timeout=10) as http:
        caller = Caller(again.url, DEFAULT_USER.id, DEFAULT_USER.api_token, http=http)
        for project, names in known.items():
            files = caller.ok("/files/read", projectId=project)["files"]
            assert names <= {each["name"] for each in files}
            # The one request in flight may or may not have been written; nothing else is there.
            assert len(files) - 2 - len(names) in (0, 1)
        assert caller.project("New") not in known


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    configuration = Configuration(port=0, speed=0, state=tmp_path / "state.db")
    with quant(configuration) as caller:
        project = caller.project(main=ALGORITHM)
        id_ = caller.backtest(project, fast=5)
        before = caller.ok("/backtests/read", projectId=project, backtestId=id_)
        caller.http.post(
            caller.url + "/object/set",
            data={"organizationId": caller.organization, "key": "k"},
            files={"objectData": b"\x00\xff"},
            headers=caller.headers(),
        )
        added = control(caller.url, "/__control/users", {"name": "Dora"})
        projects = caller.ok("/projects/read")
    with quant(configuration) as caller:
        assert caller.ok("/projects/read") == projects
        assert caller.ok("/backtests/read", projectId=project, backtestId=id_) == before
        shown = caller.ok("/object/properties", organizationId=caller.organization, key="k")["metadata"]
        assert shown["size"] == 2
        dora = Caller(caller.url, added["id"], added["apiToken"], http=caller.http)
        assert dora.ok("/projects/read")["projects"] == []


def test_an_optimization_goes_on_after_a_restart(tmp_path: Path) -> None:
    configuration = Configuration(port=0, speed=1e-6, state=tmp_path / "state.db")
    with quant(configuration) as caller:
        control(caller.url, "/__control/clock", {"speed": 0})
        project = caller.project(main=ALGORITHM)
        created = caller.ok(
            "/optimizations/create",
            projectId=project,
            compileId=caller.compiled(project),
            name="sweep",
            target="TotalPerformance.PortfolioStatistics.SharpeRatio",
            targetTo="max",
            strategy="QuantConnect.Optimizer.Strategies.GridSearchOptimizationStrategy",
            parameters=[{"name": "fast", "min": 1, "max": 30, "step": 1}],
            estimatedCost=1,
            nodeType="O2-8",
            parallelNodes=2,
        )
    control_ = Configuration(port=0, speed=0, state=tmp_path / "state.db")
    with quant(control_) as caller:
        until = time.monotonic() + 60
        status = ""
        while status != "completed":
            assert time.monotonic() < until
            id_ = created["optimizations"][0]["optimizationId"]
            read = caller.ok("/optimizations/read", optimizationId=id_)["optimization"]
            status = read["status"]
        assert len(read["backtests"]) == 30


def test_without_a_state_file_all_is_forgotten() -> None:
    configuration = Configuration(port=0, speed=0)
    with quant(configuration) as caller:
        caller.project()
    with quant(configuration) as caller:
        assert caller.ok("/projects/read")["projects"] == []


def test_a_file_that_is_no_state_is_refused_with_a_text(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("these are not the rows you are looking for" * 100)
    for path in (tmp_path / "notes.txt", tmp_path / "no" / "folder.db"):
        with pytest.raises(StateError, match="cannot be used"):
            Database(path)


@pytest.mark.parametrize(
    "table",
    [
        "CREATE TABLE documents (title TEXT)",
        (
            "CREATE TABLE documents (kind, parent, id, body, blob, place); "
            "INSERT INTO documents (kind, parent, id, body) VALUES ('project', '', '1', '{')"
        ),
    ],
)
def test_a_database_of_somebody_else_ends_the_command_with_a_text(tmp_path: Path, table: str) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.executescript(table)
    other.close()
    with pytest.raises(StateError, match=r"other\.db cannot be used"):
        built(Configuration(port=0, state=path))


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--speed", "nan"], "not a number"),
        (["user", "add", "--users", "users.json", "--token", " "], "--token is blank"),
        (["user", "add", "--users", "users.json", "--organization", "desk"], "32 hex digits"),
    ],
)
def test_an_option_that_makes_no_sense_ends_the_command_with_a_text(
    tmp_path: Path, options: list[str], why: str
) -> None:
    done = subprocess.run(
        [*COMMAND, *options], capture_output=True, text=True, check=False, timeout=30, cwd=tmp_path
    )
    assert done.returncode != 0
    assert why in done.stderr
    assert not (tmp_path / "users.json").exists()


def test_two_sandboxes_do_not_share_a_state_file(tmp_path: Path) -> None:
    first = Database(tmp_path / "state.db")
    with pytest.raises(StateError, match="two sandboxes"):
        Database(tmp_path / "state.db")
    first.close()


def test_a_transaction_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db")
    database.commit([Row("a", "", "1", "{}")])
    with pytest.raises(Exception, match=r"NOT NULL|type|bind"):
        database.commit([Row("a", "", "2", "{}"), Row("a", "", "3", object())])
    assert [row[2] for row in database.documents()] == ["1"]
    database.close()


def test_a_store_finds_by_parent_and_by_id_and_keeps_blobs(tmp_path: Path) -> None:
    store = Store(Database(tmp_path / "state.db"))
    store.put("file", 1, "a", {"n": 1}, b"bytes")
    store.put("file", 1, "b", {"n": 2})
    store.put("file", 2, "c", {"n": 3})
    store.put("file", 1, "a", {"n": 4})
    store.remove("file", 1, "b")
    assert (store.next("s", 5), store.next("s", 5)) == (5, 6)
    store.close()
    again = Store(Database(tmp_path / "state.db"))
    assert again.all("file", 1) == [{"n": 4}]
    assert again.blob("file", 1, "a") == b"bytes"
    assert again.find("file", "c") == {"n": 3}
    assert again.find("file", "b") is None
    assert sorted(each["n"] for each in again.every("file")) == [3, 4]
    assert again.next("s", 5) == 7
    again.clear("file", 1)
    assert again.count("file", 1) == 0
    again.close()


def test_what_is_printed_at_the_start_is_enough_to_share_a_project() -> None:
    with subprocess.Popen(
        [*COMMAND, "--port", "0", "--speed", "0"], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            banner = ""
            while "Sandbox ready at " not in banner:
                line = process.stderr.readline()
                assert line, banner
                banner += line
            url = banner.split("Sandbox ready at ")[1].strip()
            id_, token = re.findall(r"User (\d+), API token (\S+)\.", banner)[0]
            (guest,) = re.findall(r"share projects with: (\S+) ", banner)
            with httpx2.Client() as http:
                caller = Caller(url, int(id_), token, http=http)
                rights = {"collaborationLiveControl": False, "collaborationWrite": True}
                shared = caller.ok(
                    "/projects/collaboration/create",
                    projectId=caller.project(),
                    collaboratorUserId=guest,
                    **rights,
                )
        finally:
            process.terminate()
    assert [person["publicId"] for person in shared["collaborators"]][1:] == [guest]


def test_users_of_a_file_can_sign_and_see_only_their_own(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    printed: list[str] = []
    for options in (
        ["--id", "7", "--token", "t7", "--name", "Ann"],
        ["--token", "t8"],
        ["--organization", "f" * 32],
    ):
        done = subprocess.run(
            [*COMMAND, "user", "add", "--users", str(path), *options], capture_output=True, check=True
        )
        assert b"token" in done.stdout
        printed.append(done.stdout.decode().split("public id ")[1].strip())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    people = read_people(path)
    assert sorted(people.users) == [7, 10001, 10002]
    assert sorted(printed) == sorted(user.public_id for user in people.users.values())
    with running(Configuration(port=0, speed=0, users=path)) as url, httpx2.Client() as http:
        ann, other = Caller(url, 7, "t7", http=http), Caller(url, 10001, "t8", http=http)
        project = ann.project()
        other.no("/projects/read", projectId=project)
        assert Caller(url, DEFAULT_USER.id, DEFAULT_USER.api_token, http=http).no("/authenticate")
    again = subprocess.run(
        [*COMMAND, "user", "add", "--users", str(path), "--id", "7"], capture_output=True, check=False
    )
    assert again.returncode == 1
    assert b"user 7 already" in again.stderr


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "[" * 100_000,
        '{"users": [{}]}',
        '{"users": [5]}',
        '{"users": [{"id": "x"}]}',
        '{"users": [{"id": 0}]}',
        '{"users": [{"id": 1, "apiToken": 5}]}',
        '{"users": [{"id": 1, "apiTokn": "a misspelt one would be replaced by a random one"}]}',
        '{"users": [{"id": 1, "organization": "desk"}]}',
        '{"users": [{"id": 1}, {"id": 1}]}',
        '{"users": 5}',
        '{"users": [], "organizations": [5]}',
    ],
)
def test_a_users_file_that_is_none_is_refused_with_its_form(tmp_path: Path, text: str) -> None:
    (tmp_path / "users.json").write_text(text)
    with pytest.raises(PeopleError, match=r"users\.json cannot be used"):
        read_people(tmp_path / "users.json")


@pytest.mark.parametrize("option", ["--state", "--users", "--faults"])
def test_a_file_that_cannot_be_used_ends_the_command_with_a_text(tmp_path: Path, option: str) -> None:
    path = tmp_path / "bad"
    path.write_text("bad " * 1000)
    done = subprocess.run(
        [*COMMAND, "--port", "0", option, str(path)], capture_output=True, check=False, timeout=30
    )
    assert done.returncode == 1
    assert b"Error:" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_taken_port_is_told_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ListenError, match="--port"):
            listening(Configuration(port=taken.getsockname()[1]))


def test_a_users_file_names_its_organizations(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    content = {
        "organizations": [{"id": "a" * 32, "name": "Desk"}],
        "users": [
            {"id": n, "apiToken": f"t{n}", "organization": "a" * 32, "email": "x@y.invalid"} for n in (1, 2)
        ],
    }
    path.write_text(json.dumps(content))
    people = read_people(path)
    assert people.organizations["a" * 32].name == "Desk"
    assert people.organizations["a" * 32].members == (1, 2)
    assert people.users[1].email == "x@y.invalid"
