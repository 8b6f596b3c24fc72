"""The control endpoint: what a test or an operator of a sandbox may see and change while it runs.

Knows: state, switches, faults, journal, users. Must not know: the API's own endpoints.
Only this machine reaches it: the peer must be a loopback address and no proxy may stand between.
"""

from __future__ import annotations

import ipaddress
import json
from typing import Any

from attrs import evolve
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ledgai_mcp.sandbox.faults import Faults, fault_of
from ledgai_mcp.sandbox.journal import Journal
from ledgai_mcp.sandbox.people import PeopleError, invented
from ledgai_mcp.sandbox.world import World

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "origin")
"""Headers of a proxy, and of a web page that tries: neither is somebody at this machine."""
HELP = {
    "GET /__log": "requests received; query: since (number), user, path",
    "GET /__control": "what is in force",
    "POST /__control/switches": "change switches, e.g. {'dates': 'iso'}",
    "POST /__control/clock": "{'speed': 0}",
    "POST /__control/faults": "add a fault, or {'faults': [...]}",
    "DELETE /__control/faults": "end all faults",
    "POST /__control/users": "add a user: {id, apiToken, name, organization}, all optional",
    "DELETE /__log": "forget the requests received",
}


async def answer(request: Request, world: World, journal: Journal, faults: Faults) -> Response:
    """Answers a control request; errors are 4xx with a text."""
    if not _from_here(request):
        return JSONResponse({"error": "the control endpoint answers to this machine only"}, 403)
    try:
        body = json.loads(await request.body() or b"{}") if request.method == "POST" else {}
        result = _handled(request, body, world, journal, faults)
        await world.store.settled()
    except (ValueError, TypeError, AttributeError, PeopleError) as error:
        return JSONResponse({"error": str(error)}, 400)
    if result is None:
        text = f"there is no {request.method} {request.url.path}"
        return JSONResponse({"error": text, "endpoints": HELP}, 404)
    return JSONResponse(result)


def _handled(
    request: Request, body: Any, world: World, journal: Journal, faults: Faults
) -> dict[str, Any] | None:
    query = request.query_params
    match request.method, request.url.path.rstrip("/"):
        case "GET", "/__log" | "/__control/log":
            user = int(query["user"]) if "user" in query else None
            return {"requests": journal.listed(int(query.get("since", "0")), user, query.get("path"))}
        case "DELETE", "/__log" | "/__control/log":
            journal.entries.clear()
        case "GET", "/__control":
            pass
        case "POST", "/__control/switches":
            world.switches = world.switches.changed(body)
        case "POST", "/__control/clock":
            speed = float(body["speed"]) if "speed" in body else -1.0
            if not 0 <= speed < 1e9:
                raise ValueError("speed is a number from 0 (at once) up")
            world.clock.speed = speed
        case "POST", "/__control/faults":
            for fault in [fault_of(rule) for rule in body.get("faults", [body])]:
                faults.add(fault)
        case "DELETE", "/__control/faults":
            faults.clear()
        case "POST", "/__control/users":
            return _added(body, world)
        case _:
            return None
    return _state(world, faults)


def _state(world: World, faults: Faults) -> dict[str, Any]:
    return {
        "switches": world.switches.described(),
        "choices": world.switches.choices(),
        "speed": world.clock.speed,
        "faults": faults.listed(),
        "users": [
            {"id": user.id, "name": user.name, "organization": user.organization, "publicId": user.public_id}
            for user in world.people.users.values()
        ],
        "endpoints": HELP,
    }


def _added(body: Any, world: World) -> dict[str, Any]:
    number = int(body["id"]) if body.get("id") is not None else None
    user = invented(number, body.get("apiToken"), body.get("name"), body.get("organization"), world.people)
    if body.get("email"):
        user = evolve(user, email=str(body["email"]))
    world.people.add(user)
    document = {
        "id": user.id,
        "apiToken": user.api_token,
        "name": user.name,
        "email": user.email,
        "organization": user.organization,
    }
    world.store.put("user", "", user.id, document)
    return {**document, "publicId": user.public_id}


def _from_here(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    # The Host header too: a page whose name was made to point here must not read the log.
    return _loopback(request.client.host) and _loopback(request.url.hostname or "")


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        peer = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(peer, "ipv4_mapped", None)
    return bool((mapped or peer).is_loopback)
