"""object/set, get, properties, list, delete, and the download that object/get points at.

Knows: keys, folders, jobs, ZIP files (api-facts 7). Must not know: what objects hold.
"""

import hashlib
import io
import zipfile
from typing import Any

from quantconnect_sandbox.endpoints.access import organization_of
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import Download, Instant, RefusedError
from quantconnect_sandbox.state.identifiers import hex32
from quantconnect_sandbox.state.store import Document
from quantconnect_sandbox.state.world import World

PREPARING = 3.0
"""Sandbox seconds until a download is ready."""
EXPIRES = 600.0
"""Real seconds until a download's address ends."""
MOST_JOBS = 200
LARGEST_OBJECT = 50 * 1024 * 1024
LARGEST_STORE = 256 * 1024 * 1024
"""Bytes of one organization."""
PREVIEW = 200
PAGE = 1000
DOWNLOAD = "/sandbox-download/"


async def set_object(call: Call) -> dict[str, Any]:
    """Stores bytes under a key; what was there is replaced without a word."""
    organization = organization_of(call, required=True).id
    key = _key(call.arguments.text("key"))
    data = call.arguments.raw("objectData")
    if isinstance(data, str):
        data = data.encode()
    if not isinstance(data, bytes):
        raise RefusedError("Required parameter objectData is empty.")
    if len(data) > LARGEST_OBJECT:
        raise RefusedError(f"The object is too large: at most {LARGEST_OBJECT} bytes.")
    held = call.store.get("object", organization, key)
    if _used(call, organization) - (held["size"] if held else 0) + len(data) > LARGEST_STORE:
        raise RefusedError("The Object Store of the organization is full.")
    others = [each["key"] for each in _all(call, organization) if each["key"] != key]
    if any(_below(key, other) or _below(other, key) for other in others):
        raise RefusedError(f"Invalid argument: {key} is a folder, or lies below a file.")
    now = call.clock.now()
    document = {
        "key": key,
        "size": len(data),
        "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "created": held["created"] if held else now,
        "modified": now,
    }
    call.store.put("object", organization, key, document, data)
    return {}


async def get(call: Call) -> dict[str, Any]:
    """With `keys` a job; with `jobId` the address of its ZIP once that is ready, null before."""
    organization = organization_of(call, required=True).id
    if call.arguments.has("jobId") and call.arguments.raw("jobId") != "":
        return _job_answer(call, organization)
    wanted = [_key(str(each)) for each in call.arguments.items("keys") if str(each).strip("/ ")]
    if not wanted:
        raise RefusedError("Required parameter keys is empty.")
    keys = [
        each["key"] for each in _all(call, organization) if any(_below(each["key"], key) for key in wanted)
    ]
    if not keys:
        raise RefusedError("None of the keys is in the Object Store.")
    job: Document = {
        "jobId": hex32(),
        "organizationId": organization,
        "keys": keys,
        "created": call.clock.now(),
        "secret": hex32(),
    }
    call.store.put("download", "", job["jobId"], job)
    _expire_jobs(call)
    return {"jobId": job["jobId"], "url": None}


async def properties(call: Call) -> dict[str, Any]:
    """About one object; folders have none."""
    organization = organization_of(call, required=True).id
    key = _key(call.arguments.text("key"))
    held = call.store.get("object", organization, key)
    if held is None:
        raise RefusedError(f"Object not found: {key}.")
    start = call.store.blob("object", organization, held["key"])[: PREVIEW * 4]
    return {
        "metadata": {
            "key": held["key"],
            "modified": Instant(held["modified"]),
            "created": Instant(held["created"]),
            "size": held["size"],
            "md5": held["md5"],
            "mime": "text/plain",
            "preview": start.decode("utf-8", "replace")[:PREVIEW],
        }
    }


async def listed(call: Call) -> dict[str, Any]:
    """One level below a path; `path` comes back exactly as it was sent (api-facts 7)."""
    organization = organization_of(call, required=True).id
    path = call.arguments.text("path", "/")
    below = path.strip().strip("/")
    prefix = below + "/" if below else ""
    entries: dict[str, dict[str, Any]] = {}
    for each in sorted(_all(call, organization), key=lambda held: str(held["key"])):
        if not each["key"].startswith(prefix):
            continue
        name, _, deeper = each["key"][len(prefix) :].partition("/")
        entry = entries.setdefault(name, _entry(prefix, name, bool(deeper)))
        entry["size"] += each["size"]
        if entry["modified"].seconds < each["modified"]:
            entry["modified"] = Instant(each["modified"])
    page = call.arguments.integer("page", 1)
    pages = max(1, -(-len(entries) // PAGE))
    used = _used(call, organization)
    return {
        "path": path,
        "objects": list(entries.values())[(max(page, 1) - 1) * PAGE : max(page, 1) * PAGE],
        "page": page,
        "totalPages": pages,
        "objectStorageUsed": used,
        "objectStorageUsedHuman": _human(used),
    }


async def delete(call: Call) -> dict[str, Any]:
    """Removes an object, or everything below a folder."""
    organization = organization_of(call, required=True).id
    key = _key(call.arguments.text("key"))
    gone = [each["key"] for each in _all(call, organization) if _below(each["key"], key)]
    if not gone:
        raise RefusedError(f"Object not found: {key}.")
    for each in gone:
        call.store.remove("object", organization, each)
    return {}


def downloaded(world: World, path: str) -> Download | None:
    """The ZIP behind an address that object/get gave; it needs no signature, its secret is in the path."""
    if not path.startswith(DOWNLOAD):
        return None
    id_, _, secret = path.removeprefix(DOWNLOAD).partition("/")
    job = world.store.find("download", id_)
    if job is None or job["secret"] != secret.removesuffix(".zip"):
        return None
    if world.clock.now() - job["created"] > EXPIRES:
        return None
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for key in job["keys"]:
            if world.store.get("object", job["organizationId"], key) is not None:
                archive.writestr(key, world.store.blob("object", job["organizationId"], key))
    return Download(packed.getvalue(), "objects.zip", "application/zip")


def _job_answer(call: Call, organization: str) -> dict[str, Any]:
    job = call.store.find("download", call.arguments.text("jobId"))
    if job is None or job["organizationId"] != organization:
        raise RefusedError("Invalid argument: jobId names no job of this organization.")
    if not call.clock.passed(job["created"], PREPARING):
        return {"jobId": job["jobId"], "url": None}
    return {"jobId": job["jobId"], "url": f"{call.url}{DOWNLOAD}{job['jobId']}/{job['secret']}.zip"}


def _expire_jobs(call: Call) -> None:
    """Forgets jobs whose address has ended, and the oldest beyond a number."""
    jobs = call.store.all("download", "")
    for place, job in enumerate(jobs):
        if len(jobs) - place > MOST_JOBS or call.clock.now() - job["created"] > EXPIRES:
            call.store.remove("download", "", job["jobId"])


def _key(text: str) -> str:
    """A key without slashes at its ends; one that would leave its folder in a ZIP is refused."""
    key = text.strip().strip("/")
    steps = key.split("/")
    if len(key) > 512 or not {"", ".", ".."}.isdisjoint(steps) or not {"\\", "\0"}.isdisjoint(key):
        raise RefusedError("Invalid argument: key is not a valid Object Store key.")
    return key


def _below(key: str, folder: str) -> bool:
    return key == folder or key.startswith(folder + "/")


def _all(call: Call, organization: str) -> list[Document]:
    return call.store.all("object", organization)


def _used(call: Call, organization: str) -> int:
    return sum(each["size"] for each in _all(call, organization))


def _entry(prefix: str, name: str, folder: bool) -> dict[str, Any]:
    mime = "directory" if folder else "text/plain"
    return {
        "key": prefix + name,
        "name": name,
        "modified": Instant(0.0),
        "mime": mime,
        "folder": folder,
        "size": 0,
    }


def _human(size: int) -> str:
    if size < 1024:
        return f"{size} B"
    return f"{size / 1024:.1f} KB" if size < 1024**2 else f"{size / 1024**2:.1f} MB"


ROUTES: Routes = {
    "/object/set": set_object,
    "/object/get": get,
    "/object/properties": properties,
    "/object/list": listed,
    "/object/delete": delete,
}
