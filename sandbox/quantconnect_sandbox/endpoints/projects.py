"""projects/create, read, update, delete, and library/create, delete.

Knows: a project's life and how it reads (api-facts 3.1). Must not know: what is in its files.
"""

from typing import Any

from attrs import evolve

from quantconnect_sandbox.endpoints import deployments, files, lean, lifecycle
from quantconnect_sandbox.endpoints.access import (
    argument_rows,
    editable,
    organization_of,
    project_of,
    touched,
    visible,
)
from quantconnect_sandbox.endpoints.collaboration import collaborators_seen_by
from quantconnect_sandbox.exchange.arguments import Arguments
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import Instant, RefusedError
from quantconnect_sandbox.state.identifiers import digest
from quantconnect_sandbox.state.store import Document
from quantconnect_sandbox.state.world import World

FIRST_PROJECT = 20_000_001
RECYCLE_BIN = "Recycle Bin/"
LONGEST_NAME = 255
MOST_RECYCLED = 200
"""Projects kept in one owner's bin: older ones go for good, so that memory stays bounded."""


async def create(call: Call) -> dict[str, Any]:
    """Makes a project with its default files; a name that exists gets a number (api-facts 3.1)."""
    organization = organization_of(call)
    name = _clean_name(call.arguments.text("name"))
    language = call.arguments.choice("language", ("Py", "C#"))
    now = call.clock.now()
    number = call.store.next("project", FIRST_PROJECT)
    project: Document = {
        "projectId": number,
        "organizationId": organization.id,
        "name": _free_name(call, name),
        "description": "",
        "created": now,
        "modified": now,
        "ownerId": call.user.id,
        "language": language,
        "collaborators": [{"userId": call.user.id, "liveControl": True, "write": True}],
        "leanVersionId": lean.MASTER,
        "leanPinnedToMaster": True,
        "leanEnvironment": lean.DEFAULT_ENVIRONMENT,
        "parameters": {},
        "libraries": [],
        "nodes": [],
    }
    call.store.put("project", organization.id, number, project)
    files.add_defaults(call, project)
    return {"projects": [described(call, project)], "versions": lean.versions(call)[:1]}


async def read(call: Call) -> dict[str, Any]:
    """One project by its id, or all that the caller sees; `start`/`end` page the list."""
    if call.arguments.has("projectId") and call.arguments.raw("projectId") != "":
        return {
            "projects": [described(call, project_of(call))],
            "versions": lean.versions(call)[:1],
        }
    mine = visible(call)
    if call.arguments.has("organizationId"):
        organization = organization_of(call)
        mine = [each for each in mine if each["organizationId"] == organization.id]
    total = len(mine)
    start = call.arguments.integer("start", 0)
    end = call.arguments.integer("end", max(total, start + 1))
    if start < 0 or end <= start:
        raise RefusedError("Invalid argument: start must be at least 0 and less than end.")
    page = [described(call, each) for each in mine[start:end]]
    return {"projects": page, "versions": lean.versions(call)[:1], "count": total}


async def update(call: Call) -> dict[str, Any]:
    """Changes what is passed and nothing else (api-facts 3.1); the unlisted arguments are the LEAN CLI's."""
    given = call.arguments
    project = editable(call) if given.has("files") else project_of(call, write=True)
    changes: dict[str, Any] = {}
    if given.has("name"):
        name = _clean_name(given.text("name"))
        if name != project["name"] and name in _names(call):
            raise RefusedError(f"A project named {name!r} exists already.")
        changes["name"] = name
    if given.has("description"):
        changes["description"] = given.text("description", "")
    if given.has("parameters"):
        rows = argument_rows(given, "parameters")
        changes["parameters"] = {row.text("key"): row.text("value", "") for row in rows}
    if given.has("versionId"):
        version = given.integer("versionId")
        changes.update(leanVersionId=lean.known_version(version), leanPinnedToMaster=version == -1)
    if given.has("leanEnvironment"):
        changes["leanEnvironment"] = given.integer("leanEnvironment")
    if given.has("libraries"):
        numbers = [_library(call, project, number) for number in given.items("libraries")]
        changes["libraries"] = list(dict.fromkeys(numbers))
    if given.has("encryptionKey"):
        changes["encryptionKey"] = given.text("encryptionKey", "")
    replacements = [files.checked(row.raw("name"), row.raw("content")) for row in given.rows("files")]
    if given.has("files"):
        files.replace_all(call, project, replacements)
    project.update(changes)
    touched(call, project)
    return {}


async def delete(call: Call) -> dict[str, Any]:
    """Moves the project to the recycle bin, from there away for good; a collaborator only leaves it."""
    project = project_of(call)
    if project["ownerId"] != call.user.id:
        project["collaborators"] = [e for e in project["collaborators"] if e["userId"] != call.user.id]
        touched(call, project)
        return {}
    await _end_runs(call, project)
    if project["name"].startswith(RECYCLE_BIN):
        erase(call.world, project)
        return {}
    project["name"] = _free_name(call, RECYCLE_BIN + project["name"])
    touched(call, project)
    bin_ = [e for e in visible(call) if e["ownerId"] == call.user.id and e["name"].startswith(RECYCLE_BIN)]
    for old in bin_[MOST_RECYCLED:]:
        erase(call.world, old)
    return {}


async def add_library(call: Call) -> dict[str, Any]:
    """Links a project as a library (api-facts 3.1: outside the published document)."""
    project = project_of(call, write=True)
    number = _library(call, project, call.arguments.integer("libraryId"))
    if number not in project["libraries"]:
        project["libraries"] = [*project["libraries"], number]
    touched(call, project)
    return {}


async def remove_library(call: Call) -> dict[str, Any]:
    """Ends such a link."""
    project = project_of(call, write=True)
    number = call.arguments.integer("libraryId")
    if number not in project["libraries"]:
        raise RefusedError(f"Project {number} is not a library of this project.")
    project["libraries"] = [each for each in project["libraries"] if each != number]
    touched(call, project)
    return {}


def described(call: Call, project: Document) -> dict[str, Any]:
    """A project as the API shows it; no key is ever missing (api-facts 3.1)."""
    number = project["projectId"]
    key = project.get("encryptionKey")
    last = project.get("lastLiveDeployment")
    parameters = [
        {"key": name, "value": value, "min": None, "max": None, "step": None}
        for name, value in project["parameters"].items()
    ]
    return {
        "projectId": number,
        "organizationId": project["organizationId"],
        "name": project["name"],
        "modified": Instant(project["modified"]),
        "created": Instant(project["created"]),
        "ownerId": project["ownerId"],
        "language": project["language"],
        "collaborators": collaborators_seen_by(call, project),
        "leanVersionId": project["leanVersionId"],
        "leanPinnedToMaster": project["leanPinnedToMaster"],
        "owner": project["ownerId"] == call.user.id,
        "description": project["description"],
        "channelId": f"P{number}-{digest(f'channel {number}')[:32]}",
        "parameters": parameters,
        "libraries": [_library_seen_by(call, each) for each in project["libraries"]],
        "isAlphaStreamDeployment": 0,
        "grid": None,
        "liveGrid": None,
        "builder": 0,
        "paperEquity": project.get("paperEquity"),
        "lastLiveDeployment": None if last is None else Instant(last),
        "liveForm": project.get("liveForm"),
        "encrypted": bool(key),
        "encryptionKey": {"id": key, "name": f"Key {key[:8]}"} if key else None,
        "codeRunning": deployments.running(call, project) is not None,
        "leanEnvironment": project["leanEnvironment"],
        "isPinned": False,
        "maxFileSize": files.LARGEST,
        "sharingTokenBacktest": None,
    }


def erase(world: World, project: Document) -> None:
    """Removes a project and all that belongs to it."""
    number = project["projectId"]
    for optimization in world.store.all("optimization", number):
        world.store.clear("candidate", optimization["optimizationId"])
    for kind in ("file", "compile", "snapshot", "backtest", "optimization", "deployment"):
        world.store.clear(kind, number)
    world.store.remove("project", project["organizationId"], number)


async def _end_runs(call: Call, project: Document) -> None:
    """Frees the nodes of a project's running backtests and live algorithm."""
    deployment = deployments.running(call, project)
    if deployment is not None:
        await deployments.end(call, deployment, "Stopped")
    for backtest in call.store.all("backtest", project["projectId"]):
        backtest["nodeId"] = None
        lifecycle.keep(call, backtest)


def _clean_name(name: str) -> str:
    """A name without leading slashes; slashes inside make folders."""
    clean = name.strip().lstrip("/").strip()
    if not clean or len(clean) > LONGEST_NAME or any(ord(character) < 32 for character in clean):
        raise RefusedError(f"Invalid argument: name must be 1 to {LONGEST_NAME} printable characters.")
    return clean


def _names(call: Call) -> set[str]:
    return {each["name"] for each in visible(call)}


def _free_name(call: Call, name: str) -> str:
    existing = _names(call)
    candidate, number = name, 0
    while candidate in existing:
        number += 1
        candidate = f"{name} {number}"
    return candidate


def _library(call: Call, project: Document, number: Any) -> int:
    """The id of a project that may become a library of another."""
    held = project_of(evolve(call, arguments=Arguments({"libraryId": number})), name="libraryId")
    if held["projectId"] == project["projectId"]:
        raise RefusedError("A project cannot be its own library.")
    if held["language"] != project["language"]:
        raise RefusedError("A library must be written in the language of the project.")
    return int(held["projectId"])


def _library_seen_by(call: Call, number: int) -> dict[str, Any]:
    held = call.store.find("project", number)
    owner = call.world.people.users.get(held["ownerId"]) if held else None
    members = [each["userId"] for each in held["collaborators"]] if held else []
    return {
        "projectId": number,
        "libraryName": held["name"] if held else "",
        "ownerName": owner.name if owner else "",
        "access": call.user.id in members,
    }


ROUTES: Routes = {
    "/projects/create": create,
    "/projects/read": read,
    "/projects/update": update,
    "/projects/delete": delete,
    "/projects/library/create": add_library,
    "/projects/library/delete": remove_library,
}
