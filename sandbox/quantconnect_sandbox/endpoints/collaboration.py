"""projects/collaboration/*: who works on a project, and the lock.

Knows: invitations, permissions, the lock (api-facts 3.2). Must not know: files, runs.
"""

from typing import Any

from quantconnect_sandbox.endpoints.access import membership, project_of, touched
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import RefusedError
from quantconnect_sandbox.state.people import User
from quantconnect_sandbox.state.store import Document

MOST_COLLABORATORS = 10
"""Besides the owner, on a Team plan (api-facts 2.3)."""


async def create(call: Call) -> dict[str, Any]:
    """Adds a member of the organization to a project."""
    project = _owned(call)
    person = _person(call, "collaboratorUserId")
    live, write = call.arguments.flag("collaborationLiveControl"), call.arguments.flag("collaborationWrite")
    organization = call.world.people.organizations[project["organizationId"]]
    if person.id not in organization.members:
        raise RefusedError("The user is not a member of the project's organization.")
    if membership(project, person.id) is not None:
        raise RefusedError("The user is a collaborator of this project already.")
    if len(project["collaborators"]) > MOST_COLLABORATORS:
        raise RefusedError(f"A project has at most {MOST_COLLABORATORS} collaborators on this plan.")
    added = {"userId": person.id, "liveControl": live, "write": write}
    project["collaborators"] = [*project["collaborators"], added]
    touched(call, project)
    return {"collaborators": collaborators_seen_by(call, project)}


async def read(call: Call) -> dict[str, Any]:
    """Everybody on a project, and what the caller may do there."""
    project = project_of(call)
    member = membership(project, call.user.id)
    return {
        "collaborators": collaborators_seen_by(call, project),
        "userLiveControl": bool(member and member["liveControl"]),
        "userPermissions": _permission(bool(member and member["write"])),
    }


async def update(call: Call) -> dict[str, Any]:
    """Changes what a collaborator may do."""
    project = _owned(call)
    person = _person(call, "collaboratorUserId")
    live, write = call.arguments.flag("liveControl"), call.arguments.flag("write")
    _guest(project, person).update(liveControl=live, write=write)
    touched(call, project)
    return {"collaborators": collaborators_seen_by(call, project)}


async def delete(call: Call) -> dict[str, Any]:
    """Takes a collaborator off a project. The argument has a third name here (api-facts 3.2)."""
    project = _owned(call)
    guest = _guest(project, _person(call, "collaboratorId"))
    project["collaborators"] = [each for each in project["collaborators"] if each is not guest]
    if project.get("lock") and project["lock"][0] == guest["userId"]:
        project["lock"] = None
    touched(call, project)
    return {"collaborators": collaborators_seen_by(call, project)}


async def lock(call: Call) -> dict[str, Any]:
    """Gives the caller's editor the pen. Who had it must acquire it again."""
    project = project_of(call, write=True)
    project["lock"] = [call.user.id, call.arguments.text("codeSourceId")]
    call.store.put("project", project["organizationId"], project["projectId"], project)
    return {}


def collaborators_seen_by(call: Call, project: Document) -> list[dict[str, Any]]:
    """The people of a project; somebody else's mail address is not shown (api-facts 3.2)."""
    seen = []
    for place, each in enumerate(project["collaborators"]):
        person = call.world.people.users.get(each["userId"])
        owner = each["userId"] == project["ownerId"]
        seen.append(
            {
                "id": 0 if owner else place,
                "uid": each["userId"],
                "liveControl": each["liveControl"],
                "permission": _permission(each["write"]),
                "publicId": person.public_id if person else "",
                "profileImage": "",
                "email": person.email if person and person.id == call.user.id else None,
                "name": person.name if person else "",
                "bio": None,
                "owner": owner,
            }
        )
    return seen


def _permission(write: bool) -> str:
    return "write" if write else "read"


def _owned(call: Call) -> Document:
    project = project_of(call)
    if project["ownerId"] != call.user.id:
        raise RefusedError("Only the owner of a project changes its collaborators.")
    return project


def _person(call: Call, name: str) -> User:
    person = call.world.people.by_public_id(call.arguments.text(name))
    if person is None:
        raise RefusedError(f"Invalid argument: {name} names no user: it is a public id, not a number.")
    return person


def _guest(project: Document, person: User) -> Document:
    held = membership(project, person.id)
    if held is None or person.id == project["ownerId"]:
        raise RefusedError("The user is not a collaborator of this project.")
    return held


ROUTES: Routes = {
    "/projects/collaboration/create": create,
    "/projects/collaboration/read": read,
    "/projects/collaboration/update": update,
    "/projects/collaboration/delete": delete,
    "/projects/collaboration/lock/acquire": lock,
}
