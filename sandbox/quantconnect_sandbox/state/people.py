"""Users and organizations of a sandbox: the documented default, a users file, or both.

Knows: the shape of the users file. Must not know: requests, endpoints.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Any

from attrs import astuple, define, field, frozen

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
    """Somebody who can sign requests; `api_token` empty = known to the organization, cannot sign in."""

    id: int = field(validator=_a_number)
    api_token: str = field(repr=False, validator=_a_text)
    name: str = field(validator=_a_text)
    email: str = field(validator=_a_text)
    organization: str = field(validator=_an_organization)
    """The preferred organization's id."""

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
    """Everybody, by id; adding keeps ids unique."""

    users: dict[int, User] = field(factory=dict)
    organizations: dict[str, Organization] = field(factory=dict)

    def by_public_id(self, public_id: str) -> User | None:
        """By the id that others know."""
        return next((user for user in self.users.values() if user.public_id == public_id), None)

    def organizations_of(self, user: User) -> list[Organization]:
        """Where a user is a member; the preferred one first."""
        mine = [each for each in self.organizations.values() if user.id in each.members]
        return sorted(mine, key=lambda each: each.id != user.organization)

    def add(self, user: User, organization_name: str | None = None) -> None:
        """Adds a user, and the organization if it is new."""
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
"""Cannot sign in: somebody of the default organization to share projects with."""


def default_people() -> People:
    """The documented user and a colleague, in one organization."""
    people = People()
    people.add(DEFAULT_USER, "Sandbox")
    people.add(COLLEAGUE)
    return people


def user_of(entry: Any, known: People) -> User:
    """A user from JSON, `{id, apiToken, name, email, organization}`; what is left out is made up.

    Raises PeopleError.
    """
    if not isinstance(entry, dict) or set(entry) - set(USER_FIELDS):
        # Values are not told: one may be a token.
        names = ", ".join(map(str, entry)) if isinstance(entry, dict) else type(entry).__name__
        raise PeopleError(f"a user is an object with some of {', '.join(USER_FIELDS)}, not of {names}")
    given = {name: value for name, value in entry.items() if value is not None}
    number = given.get("id", max([10000, *known.users]) + 1)
    return User(
        id=number,
        api_token=given.get("apiToken", secrets.token_hex(32)),
        name=given.get("name", f"User {number}"),
        email=given.get("email", f"user{number}@sandbox.invalid"),
        organization=given.get("organization", digest(f"organization of {number}")[:32]),
    )


def read_people(path: Path) -> People:
    """A users file: `{"users": [...], "organizations": [{id, name}]}`; of a user see `user_of`."""
    try:
        return _people_of(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, RecursionError, PeopleError) as error:
        raise PeopleError(
            f"The users file {path} cannot be used ({error}). It is JSON, "
            '{"users": [{"id": 1, "apiToken": "...", "name": "...", "email": "...", '
            '"organization": "<32 hex>"}]}; the command "user add" of the sandbox writes it.'
        ) from error


def _people_of(content: Any) -> People:
    lists = content if isinstance(content, dict) else {}
    users, organizations = lists.get("users"), lists.get("organizations", [])
    if not isinstance(users, list) or not isinstance(organizations, list):
        raise PeopleError('it needs a list "users"; "organizations" must be a list, too')
    if not all(isinstance(each, dict) and isinstance(each.get("name"), str) for each in organizations):
        raise PeopleError("an organization is an object with an id and a name")
    names = {str(each.get("id")): each["name"] for each in organizations}
    people = People()
    for entry in users:
        if not isinstance(entry, dict) or "id" not in entry:
            raise PeopleError("a user is an object with an id")
        user = user_of(entry, people)
        people.add(user, names.get(user.organization))
    return people


def described(user: User) -> dict[str, Any]:
    """A user as a users file names them."""
    return dict(zip(USER_FIELDS, astuple(user), strict=True))


def write_people(path: Path, people: People) -> None:
    """Writes a users file that only its owner can read (it holds tokens), in one move.

    Raises OSError, and then the old content is there.
    """
    content = {
        "organizations": [{"id": each.id, "name": each.name} for each in people.organizations.values()],
        "users": [described(user) for user in people.users.values()],
    }
    place = path.resolve()
    handle, draft = tempfile.mkstemp(dir=place.parent, prefix=place.name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(json.dumps(content, indent=2) + "\n")
        os.replace(draft, place)
    except OSError:
        os.unlink(draft)
        raise
