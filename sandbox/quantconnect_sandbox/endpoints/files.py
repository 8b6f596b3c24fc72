"""files/create, read, update, patch, delete.

Knows: a project's files and their rules (api-facts 3.4). Must not know: what code in them means.
"""

from typing import Any

from quantconnect_sandbox.endpoints import templates
from quantconnect_sandbox.endpoints.access import editable, project_of, touched
from quantconnect_sandbox.endpoints.patches import PatchError, applied, parsed
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import Instant, RefusedError
from quantconnect_sandbox.state.identifiers import digest
from quantconnect_sandbox.state.store import Document

FIRST_FILE = 100_001
LARGEST = 262_144
"""Characters of one file; the API's own limit depends on the plan (api-facts 2.3)."""
MOST = 1000
"""Files of one project."""
LONGEST_NAME = 255


async def create(call: Call) -> dict[str, Any]:
    """Adds a file. Content may be left out, but not be blank (api-facts 3.4)."""
    project = editable(call)
    name, content = checked(call.arguments.raw("name"), call.arguments.raw("content"), optional=True)
    if _named(call, project, name) is not None:
        raise RefusedError(f"File already exists: {name}.")
    if call.store.count("file", project["projectId"]) >= MOST:
        raise RefusedError(f"A project has at most {MOST} files.")
    _add(call, project, name, content)
    touched(call, project)
    return {}


async def read(call: Call) -> dict[str, Any]:
    """One file by name, or all of them."""
    project = project_of(call)
    if call.arguments.has("name"):
        held = _existing(call, project, call.arguments.text("name"))
        return {"files": [{**_described(project, held), "binary": False}]}
    return {
        "files": [
            {**_described(project, each), "isLibrary": False, "userHasAccess": True}
            for each in call.store.all("file", project["projectId"])
        ]
    }


async def update(call: Call) -> dict[str, Any]:
    """A new name (`newName`), new content (`content`), or both. Answers what was changed."""
    project = editable(call)
    given = call.arguments
    held = _existing(call, project, given.text("name"))
    if not given.has("newName") and not given.has("content"):
        raise RefusedError("Required parameter content is empty.")
    name = checked_name(given.raw("newName"), "newName") if given.has("newName") else held["name"]
    content = checked(name, given.raw("content"))[1] if given.has("content") else held["content"]
    if name != held["name"] and _named(call, project, name) is not None:
        raise RefusedError(f"File already exists: {name}.")
    held.update(name=name, content=content)
    _save(call, project, held)
    touched(call, project)
    changed = {"name": name, "content": content, "modified": Instant(held["modified"]), "open": False}
    return {"files": [changed]}


async def patch(call: Call) -> dict[str, Any]:
    """Applies a unified diff, all of it or nothing; the files are named in its headers."""
    project = editable(call)
    text = call.arguments.text("patch")
    found: dict[str, Document] = {}
    changed: dict[str, str] = {}
    try:
        for change in parsed(text):
            held = found.setdefault(change.path, _existing(call, project, change.path))
            changed[change.path] = applied(change, changed.get(change.path, str(held["content"])))
    except PatchError as error:
        raise RefusedError(f"The patch cannot be applied: {error}") from error
    for path, content in changed.items():
        checked(path, content)
    for path, content in changed.items():
        found[path]["content"] = content
        _save(call, project, found[path])
    touched(call, project)
    return {}


async def delete(call: Call) -> dict[str, Any]:
    """Removes a file; the main file too."""
    project = editable(call)
    held = _existing(call, project, call.arguments.text("name"))
    call.store.remove("file", project["projectId"], held["id"])
    touched(call, project)
    return {}


def add_defaults(call: Call, project: Document) -> None:
    """The files that a new project has (api-facts 3.1)."""
    for name, content in templates.of(project["language"]).items():
        _add(call, project, name, content)


def replace_all(call: Call, project: Document, replacements: list[tuple[str, str]]) -> None:
    """Makes these the project's files: others go, the rest keep their ids (api-facts 3.1)."""
    if len(replacements) > MOST:
        raise RefusedError(f"A project has at most {MOST} files.")
    wanted = dict(replacements)
    for held in call.store.all("file", project["projectId"]):
        if held["name"] not in wanted:
            call.store.remove("file", project["projectId"], held["id"])
            continue
        content = wanted.pop(held["name"])
        if content != held["content"]:
            held["content"] = content
            _save(call, project, held)
    for name, content in wanted.items():
        _add(call, project, name, content)


def contents(call: Call, project: Document) -> dict[str, str]:
    """All files of a project by name; those of its libraries under the library's name."""
    found: dict[str, str] = {}
    for number in project["libraries"]:
        library = call.store.find("project", number)
        if library is None:
            continue
        for each in call.store.all("file", number):
            found[f"{library['name'].rsplit('/', 1)[-1]}/{each['name']}"] = each["content"]
    for each in call.store.all("file", project["projectId"]):
        found[each["name"]] = each["content"]
    return found


def checked(name: Any, content: Any, optional: bool = False) -> tuple[str, str]:
    """A file's name and content, or the refusal that names the file."""
    clean = checked_name(name, "name")
    if content is None and optional:
        return clean, ""
    if not isinstance(content, str):
        raise RefusedError(f"Invalid argument: the content of {clean} must be text.")
    if not content:
        raise RefusedError(f"The content of {clean} is not valid: it is empty.")
    if len(content) > LARGEST:
        raise RefusedError(f"The content of {clean} is too large: at most {LARGEST} characters.")
    return clean, content


def checked_name(name: Any, argument: str) -> str:
    """A usable file name: relative, no empty or dotted steps, printable."""
    if not isinstance(name, str) or not name.strip():
        raise RefusedError(f"Required parameter {argument} is empty.")
    steps = name.strip().lstrip("/").split("/")
    bad = any(not step or step in (".", "..") for step in steps) or any(ord(each) < 32 for each in name)
    if bad or len(name) > LONGEST_NAME:
        raise RefusedError(f"Invalid argument: {argument} is not a valid file name.")
    return "/".join(steps)


def _described(project: Document, held: Document) -> dict[str, Any]:
    number = project["projectId"]
    mark = digest(f"{number} {held['id']}")
    return {
        "id": held["id"],
        "name": held["name"],
        "content": held["content"],
        "modified": Instant(held["modified"]),
        "projectId": number,
        "open": 0,
        "collaborationId": f"P{number}-" + "-".join(mark[i : i + 5] for i in range(0, 25, 5)),
        "readOnly": False,
    }


def _named(call: Call, project: Document, name: str) -> Document | None:
    held = call.store.all("file", project["projectId"])
    return next((each for each in held if each["name"] == name), None)


def _existing(call: Call, project: Document, name: str) -> Document:
    held = _named(call, project, name) or _named(call, project, name.strip().lstrip("/"))
    if held is None:
        raise RefusedError(f"File not found: {name}.")
    return held


def _add(call: Call, project: Document, name: str, content: str) -> None:
    held = {"id": call.store.next("file", FIRST_FILE), "name": name, "content": content}
    _save(call, project, held)


def _save(call: Call, project: Document, held: Document) -> None:
    held["modified"] = call.clock.now()
    call.store.put("file", project["projectId"], held["id"], held)


ROUTES: Routes = {
    "/files/create": create,
    "/files/read": read,
    "/files/update": update,
    "/files/patch": patch,
    "/files/delete": delete,
}
