"""Who may see and change what: organizations, projects, and the lock on a shared project.

Knows: ownership, collaboration, the lock. Must not know: what an endpoint then does.
"""

from quantconnect_sandbox.exchange.arguments import Arguments
from quantconnect_sandbox.exchange.call import Call
from quantconnect_sandbox.exchange.envelope import RefusedError
from quantconnect_sandbox.state.people import Organization
from quantconnect_sandbox.state.store import Document

NO_PROJECT = "Project not found, or you have no access to it."


def organization_of(call: Call, name: str = "organizationId", required: bool = False) -> Organization:
    """The named organization, or the caller's preferred one. Refused when the caller is no member."""
    if not required and not call.arguments.has(name):
        return call.world.people.organizations[call.user.organization]
    named = call.arguments.text(name)
    held = call.world.people.organizations.get(named)
    if held is None or call.user.id not in held.members:
        raise RefusedError("Organization not found, or you are not a member of it.")
    return held


def project_of(call: Call, write: bool = False, name: str = "projectId") -> Document:
    """The named project, if the caller owns it or works on it. `write` also needs the right to change it."""
    project = call.store.find("project", call.arguments.integer(name))
    member = membership(project, call.user.id) if project else None
    if project is None or member is None:
        raise RefusedError(NO_PROJECT if name == "projectId" else f"{NO_PROJECT} That is {name}.")
    if write and not member["write"]:
        raise RefusedError("You do not have write permission for this project.")
    return project


def membership(project: Document, user: int) -> Document | None:
    """A user's place in a project: {userId, liveControl, write}; None for strangers."""
    return next((each for each in project["collaborators"] if each["userId"] == user), None)


def live_control(project: Document, user: int) -> None:
    """Refuses who may not control live trading of a project."""
    member = membership(project, user)
    if member is None or not member["liveControl"]:
        raise RefusedError("You do not have permission to control live trading of this project.")


def visible(call: Call) -> list[Document]:
    """All projects that the caller may see, newest change first (api-facts 3.1)."""
    mine = [each for each in call.store.every("project") if membership(each, call.user.id) is not None]
    return sorted(mine, key=lambda each: (each["modified"], each["projectId"]), reverse=True)


def editable(call: Call) -> Document:
    """The named project, ready for a change of its files: write permission, and the lock where it matters.

    The lock matters when people share a project and the request says who edits (api-facts 3.2); without
    `codeSourceId` it is not checked.
    """
    project = project_of(call, write=True)
    source = call.arguments.text("codeSourceId", "")
    if source and len(project["collaborators"]) > 1 and project.get("lock") != [call.user.id, source]:
        raise RefusedError(
            "You do not have write permission: somebody else is editing this project. Acquire its lock, "
            "read the files again, then repeat the change."
        )
    return project


def touched(call: Call, project: Document) -> None:
    """Writes a project that has changed."""
    project["modified"] = call.clock.now()
    call.store.put("project", project["organizationId"], project["projectId"], project)


def argument_rows(arguments: Arguments, name: str) -> list[Arguments]:
    """A list of objects; a map of scalars counts as {key, value} rows (api-facts 1.4: maps and lists mix)."""
    value = arguments.raw(name)
    if isinstance(value, dict) and not all(isinstance(item, dict) for item in value.values()):
        return [Arguments({"key": key, "value": item}) for key, item in value.items()]
    return arguments.rows(name)
