"""Users and organisations of a sandbox: the documented default, a users file, or both.

Knows: the shape of the users file. Must not know: requests, endpoints.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import secrets
from pathlib import Path
from typing import Any

from attrs import define, evolve, field, frozen

from quantconnect_sandbox.state.identifiers import digest

LARGEST_ID = 10**15 - 1
ORGANIZATION = re.compile(r"[0-9a-f]{32}")
USER_FIELDS = ("id", "apiToken", "name", "email", "organization")


class PeopleError(Exception):
    """The users file cannot be used. The text says where and why."""


def _a_number(_: Any, attribute: Any, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST_ID:
        raise PeopleError(f"a user's {attribute.name} must be a whole number from 1 up, not {value!r}")


def _a_text(user: User, attribute: Any, value: Any) -> None:
    if not isinstance(value, str):
        # Its value is not told: it may be a token.
        raise PeopleError(f"the {attribute.name} of user {user.id} must be text")


def _an_organization(user: User, _: Any, value: Any) -> None:
    if not isinstance(value, str) or not ORGANIZATION.fullmatch(value):
        raise PeopleError(f"the organization of user {user.id} must be 32 hex digits, not {value!r}")


@frozen
class User:
    """Somebody who can sign requests; `api_token` empty = known to the organisation, cannot sign in."""

    id: int = field(validator=_a_number)
    api_token: str = field(repr=False, validator=_a_text)
    name: str = field(validator=_a_text)
    email: str
    organization: str = field(validator=_an_organization)
    """The preferred organisation's id."""

    @property
    def public_id(self) -> str:
        """What collaborators are named by (api-facts 3.2)."""
        return digest(f"public {self.id}")[:32]


@frozen
class Organization:
    """32-hex id, display name, members' user ids (the first is the administrator)."""

    id: str
    name: str
    members: tuple[int, ...]
    plan: str = "Team"


@define
class People:
    """Everybody. Lookups by id; adding keeps ids unique."""

    users: dict[int, User] = field(factory=dict)
    organizations: dict[str, Organization] = field(factory=dict)

    def user(self, id_: int) -> User | None:
        """By number."""
        return self.users.get(id_)

    def by_public_id(self, public_id: str) -> User | None:
        """By the id that others know."""
        return next((user for user in self.users.values() if user.public_id == public_id), None)

    def organizations_of(self, user: User) -> list[Organization]:
        """Where a user is a member; the preferred one first."""
        mine = [each for each in self.organizations.values() if user.id in each.members]
        return sorted(mine, key=lambda each: each.id != user.organization)

    def add(self, user: User, organization_name: str | None = None) -> None:
        """Adds a user, and the organisation if it is new."""
        if user.id in self.users:
            raise PeopleError(f"there is a user {user.id} already")
        self.users[user.id] = user
        held = self.organizations.get(user.organization)
        members = (*(held.members if held else ()), user.id)
        name = held.name if held else organization_name or f"Organization of {user.name}"
        plan = held.plan if held else "Team"
        self.organizations[user.organization] = Organization(user.organization, name, members, plan)


DEFAULT_USER = User(
    id=10001,
    api_token="sandbox-token",  # noqa: S106 - documented, opens nothing but the sandbox
    name="Sam Sandbox",
    email="sam@sandbox.invalid",
    organization="5a0db0c05a0db0c05a0db0c05a0db0c0",
)
COLLEAGUE = User(
    id=10002,
    api_token="",
    name="Casey Colleague",
    email="casey@sandbox.invalid",
    organization=DEFAULT_USER.organization,
)
"""Cannot sign in: somebody of the default organisation to share projects with."""


def default_people() -> People:
    """The documented user and a colleague, in one organisation."""
    people = People()
    people.add(DEFAULT_USER, "Sandbox")
    people.add(COLLEAGUE)
    return people


def invented(
    id_: int | None, token: str | None, name: str | None, organization: str | None, taken: People
) -> User:
    """A user from what is known of them; the rest is made up. Raises PeopleError."""
    number = id_ if id_ is not None else max([10000, *taken.users]) + 1
    called = name or f"User {number}"
    return User(
        id=number,
        api_token=token if token is not None else secrets.token_hex(32),
        name=called,
        email=f"user{number}@sandbox.invalid",
        organization=organization or digest(f"organization of {number}")[:32],
    )


def user_of(entry: Any, taken: People) -> User:
    """A user from JSON, `{id, apiToken, name, email, organization}`; what is left out is made up.

    Raises PeopleError.
    """
    if not isinstance(entry, dict):
        raise PeopleError(f"a user is an object such as {{'id': 1}}, not {entry!r}")
    unknown = [name for name in entry if name not in USER_FIELDS]
    if unknown:
        raise PeopleError(f"a user has no field {unknown[0]!r}, only {', '.join(USER_FIELDS)}")
    token, name, organization = (entry.get(each) for each in ("apiToken", "name", "organization"))
    user = invented(entry.get("id"), token, name, organization, taken)
    return evolve(user, email=str(entry["email"])) if entry.get("email") else user


def read_people(path: Path) -> People:
    """A users file: `{"users": [{id, apiToken, name, email, organization}], "organizations": [{id,
    name}]}`.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        return people_of(content)
    except (OSError, ValueError, RecursionError, PeopleError) as error:
        raise PeopleError(
            f"The users file {path} cannot be used ({error}). It is JSON, "
            '{"users": [{"id": 1, "apiToken": "...", "name": "...", "email": "...", '
            '"organization": "<32 hex>"}]}; '
            "`ledgai-mcp sandbox user add --users FILE` writes it."
        ) from error


def people_of(content: Any) -> People:
    """The people of a users file's content. Raises PeopleError."""
    lists = content if isinstance(content, dict) else {}
    users, organizations = lists.get("users"), lists.get("organizations", [])
    if not isinstance(users, list) or not isinstance(organizations, list):
        raise PeopleError('there is no list "users", or "organizations" is none')
    if not all(isinstance(each, dict) and isinstance(each.get("name"), str) for each in organizations):
        raise PeopleError("an organization is an object with an id and a name")
    names = {str(each.get("id")): each["name"] for each in organizations}
    people = People()
    for entry in users:
        if not isinstance(entry, dict) or "id" not in entry:
            raise PeopleError(f"a user is an object with an id, not {entry!r}")
        user = user_of(entry, people)
        people.add(user, names.get(user.organization))
    return people


def described(user: User) -> dict[str, Any]:
    """A user as a users file names them."""
    return {
        "id": user.id,
        "apiToken": user.api_token,
        "name": user.name,
        "email": user.email,
        "organization": user.organization,
    }


def written(people: People) -> dict[str, Any]:
    """The content of a users file."""
    return {
        "organizations": [{"id": each.id, "name": each.name} for each in people.organizations.values()],
        "users": [described(user) for user in people.users.values()],
    }


def write_people(path: Path, people: People) -> None:
    """Writes a users file; a new one only its owner can read: it holds tokens.

    In place, so that links, mounts, owner and mode stay. Raises OSError, and then the old content is there.
    """
    raw = (json.dumps(written(people), indent=2) + "\n").encode()
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0) as file:
        before = file.read()
        try:
            _overwrite(file, raw)
        except OSError:
            file.seek(0)
            file.write(before)  # it has its room already
            file.truncate(len(before))
            raise


def _overwrite(file: io.FileIO, raw: bytes) -> None:
    file.seek(0)
    if file.write(raw) != len(raw):
        raise OSError(errno.ENOSPC, "no space left for the whole file")
    file.truncate()  # last: what is cut off could not be put back on a full disk
