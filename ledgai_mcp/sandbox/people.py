"""Users and organisations of a sandbox: the documented default, a users file, or both.

Knows: the shape of the users file. Must not know: requests, endpoints.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from attrs import asdict, define, field, frozen

from ledgai_mcp.sandbox.identifiers import digest


class PeopleError(Exception):
    """The users file cannot be used. The text says where and why."""


@frozen
class User:
    """Somebody who can sign requests; `api_token` empty = known to the organisation, cannot sign in."""

    id: int
    api_token: str = field(repr=False)
    name: str
    email: str
    organization: str
    """The preferred organisation's id."""

    @property
    def public_id(self) -> str:
        """What collaborators are named by (api_facts 3.2)."""
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
    """A user from what is known of them; the rest is made up."""
    number = id_ if id_ is not None else max([10000, *taken.users]) + 1
    called = name or f"User {number}"
    return User(
        id=number,
        api_token=token if token is not None else secrets.token_hex(32),
        name=called,
        email=f"user{number}@sandbox.invalid",
        organization=organization or digest(f"organization of {number}")[:32],
    )


def read_people(path: Path) -> People:
    """A users file: `{"users": [{id, apiToken, name, email, organization}], "organizations": [{id,
    name}]}`.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        return people_of(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PeopleError(
            f"The users file {path} cannot be used ({type(error).__name__}: {error}). It is JSON, "
            '{"users": [{"id": 1, "apiToken": "...", "name": "...", "email": "...", '
            '"organization": "<32 hex>"}]}; '
            "`ledgai-mcp sandbox user add --users FILE` writes it."
        ) from error


def people_of(content: dict[str, Any]) -> People:
    """The people of a users file's content."""
    people = People()
    names = {each["id"]: each for each in content.get("organizations", [])}
    for entry in content["users"]:
        user = invented(
            int(entry["id"]), entry.get("apiToken"), entry.get("name"), entry.get("organization"), people
        )
        if entry.get("email"):
            user = User(**{**asdict(user), "email": str(entry["email"])})
        people.add(user, names.get(user.organization, {}).get("name"))
    return people


def written(people: People) -> dict[str, Any]:
    """The content of a users file."""
    return {
        "organizations": [{"id": each.id, "name": each.name} for each in people.organizations.values()],
        "users": [
            {
                "id": user.id,
                "apiToken": user.api_token,
                "name": user.name,
                "email": user.email,
                "organization": user.organization,
            }
            for user in people.users.values()
        ],
    }


def write_people(path: Path, people: People) -> None:
    """Writes a users file that only its owner can read: it holds tokens."""
    text = json.dumps(written(people), indent=2) + "\n"
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
