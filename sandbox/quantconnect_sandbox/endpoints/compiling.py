"""compile/create and compile/read: builds, each of the files as they were when it was asked for.

Knows: the states of a build and its log (api-facts 3.5). Must not know: how sources are checked.
"""

import json
from typing import Any

from quantconnect_sandbox.endpoints import files
from quantconnect_sandbox.endpoints.access import project_of
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import RefusedError
from quantconnect_sandbox.languages.build import CHECKED, Build, built
from quantconnect_sandbox.state.identifiers import digest, hex32
from quantconnect_sandbox.state.store import Document

DURATION = 3.0
"""Sandbox seconds (the real one takes up to 30, api-facts 3.5)."""
MOST_FINDINGS = 100
KEPT = 100
"""Builds of one project; older ones that no run needs expire."""


async def create(call: Call) -> dict[str, Any]:
    """Queues a build of the project's files as they are now."""
    project = project_of(call)
    number = project["projectId"]
    signature = hex32()
    id_ = f"{hex32()}-{signature}"
    content = files.contents(call, project)
    result = built(project["language"], content)
    build: Document = {
        "compileId": id_,
        "projectId": number,
        "created": call.clock.now(),
        "snapshot": _snapshot(call, project, content),
        "language": project["language"],
        "good": result.good,
        "log": _log(number, id_, f"2.5.0.0.{project['leanVersionId']}", project["language"], result),
    }
    call.store.put("compile", number, id_, build)
    _expire(call, number)
    return {
        "compileId": id_,
        "state": "InQueue",
        "parameters": [],
        "projectId": number,
        "signature": signature,
        "signatureOrder": sorted(content),
    }


async def read(call: Call) -> dict[str, Any]:
    """A build's state and log. A failed build is a successful answer (api-facts 3.5)."""
    build = compile_of(call, project_of(call))
    current = state(call, build)
    return {
        "compileId": build["compileId"],
        "state": current,
        "logs": build["log"] if current != "InQueue" else [],
    }


def compile_of(call: Call, project: Document, name: str = "compileId") -> Document:
    """The named build of a project."""
    build = call.store.get("compile", project["projectId"], call.arguments.text(name))
    if build is None:
        raise RefusedError("Compile id not found. Compile the project first.")
    return build


def successful(call: Call, project: Document, name: str = "compileId") -> Document:
    """The named build, if it has ended well: what a run needs."""
    build = compile_of(call, project, name)
    current = state(call, build)
    if current == "InQueue":
        raise RefusedError("The build has not ended. Read the compile until its state is BuildSuccess.")
    if current == "BuildError":
        raise RefusedError("The build has errors. Read the compile's logs, correct them and compile again.")
    return build


def state(call: Call, build: Document) -> str:
    """InQueue, BuildSuccess or BuildError."""
    if not call.clock.passed(build["created"], DURATION):
        return "InQueue"
    return "BuildSuccess" if build["good"] else "BuildError"


def snapshot_files(call: Call, build: Document) -> dict[str, str]:
    """The files that a build was made of."""
    held = call.store.get("snapshot", build["projectId"], build["snapshot"])
    return dict(held["files"]) if held else {}


def _log(number: int, id_: str, engine: str, language: str, result: Build) -> list[str]:
    outcome = "Successful" if result.good else "Failed"
    first = f"Build Request {outcome} for Project ID: {number}, with CompileID: {id_}, Lean Version: {engine}"
    return [first, CHECKED[language], *(each.logged() for each in result.findings[:MOST_FINDINGS])]


def _snapshot(call: Call, project: Document, content: dict[str, str]) -> str:
    """Keeps the files under the digest of their content: builds of the same files share one."""
    mark = digest(json.dumps(content, sort_keys=True))
    if call.store.get("snapshot", project["projectId"], mark) is None:
        held = {"id": mark, "number": call.store.next("snapshot", project["projectId"] + 1), "files": content}
        call.store.put("snapshot", project["projectId"], mark, held)
    return mark


def _expire(call: Call, number: int) -> None:
    """Forgets the oldest builds and the snapshots that nothing needs any more."""
    if call.store.count("compile", number) <= KEPT:
        return
    call.store.expire("compile", number, KEPT)
    runs = [*call.store.all("backtest", number), *call.store.all("optimization", number)]
    runs += [*call.store.all("deployment", number), *call.store.all("compile", number)]
    needed = {each["snapshot"] for each in runs}
    for held in call.store.all("snapshot", number):
        if held["id"] not in needed:
            call.store.remove("snapshot", number, held["id"])


ROUTES: Routes = {"/compile/create": create, "/compile/read": read}
