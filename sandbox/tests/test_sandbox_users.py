"""Users files: who can sign, and which files are refused."""

import json
import resource
import signal
import stat
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner, Result
from quantconnect_sandbox.command import sandbox
from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.state.people import (
    DEFAULT_USER,
    People,
    PeopleError,
    User,
    read_people,
    write_people,
)
from quantconnect_sandbox.transport.serving import running
from sandbox_calls import Caller


def test_users_of_a_file_can_sign_and_see_only_their_own(tmp_path: Path) -> None:
    path = tmp_path / "users.json"

    def added(*options: str) -> Result:
        return CliRunner().invoke(sandbox, ["user", "add", "--users", str(path), *options])

    said = [added("--id", "7", "--token", "t7", "--name", "Ann").output, added("--token", "t8").output]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    people = read_people(path)
    assert sorted(people.users) == [7, 10001]
    for text, user in zip(said, people.users.values(), strict=True):
        assert {str(user.id), user.api_token, user.organization, user.public_id} <= set(text.split())
    with running(Configuration(port=0, speed=0, users=path)) as url, httpx2.Client() as http:
        ann, other = Caller(url, 7, "t7", http=http), Caller(url, 10001, "t8", http=http)
        other.no("/projects/read", projectId=ann.project())
        assert Caller(url, DEFAULT_USER.id, DEFAULT_USER.api_token, http=http).no("/authenticate")
    again = added("--id", "7")
    assert (again.exit_code, "user 7 already" in again.output) == (1, True)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "[" * 100_000,
        '{"users": [5]}',
        '{"users": [{"id": 0}]}',
        '{"users": [{"id": 1, "apiToken": 5}]}',
        '{"users": [{"id": 1, "apiTokn": "a misspelt one would be replaced by a random one"}]}',
        '{"users": [{"id": 1, "organization": "desk"}]}',
        '{"users": [{"id": 1}, {"id": 1}]}',
        '{"users": 5}',
        '{"users": [], "organizations": [5]}',
    ],
)
def test_bad_users_file_is_refused_with_its_form(tmp_path: Path, text: str) -> None:
    (tmp_path / "users.json").write_text(text)
    with pytest.raises(PeopleError, match=r"users\.json cannot be used"):
        read_people(tmp_path / "users.json")


def test_a_users_file_names_its_organizations(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    content = {
        "organizations": [{"id": "a" * 32, "name": "Desk"}],
        "users": [{"id": n, "organization": "a" * 32, "email": "x@y.invalid"} for n in (1, 2)],
    }
    path.write_text(json.dumps(content))
    people = read_people(path)
    assert people.organizations["a" * 32].name == "Desk"
    assert people.organizations["a" * 32].members == (1, 2)
    assert people.users[1].email == "x@y.invalid"


def test_a_full_disk_leaves_the_users_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    people = People()
    people.add(DEFAULT_USER)
    write_people(path, people)
    before = path.read_bytes()
    people.add(User(1, "t1", "x" * 100, "x@y.invalid", "a" * 32))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, limits[1]))
        with pytest.raises(OSError, match=r"File too large|no space"):
            write_people(path, people)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
