"""The control endpoint: what a test or an operator of a sandbox may see and change while it runs.

Knows: state, switches, faults, journal, users. Must not know: the API's own endpoints.
Only this machine reaches it: the peer must be a loopback address and no proxy may stand between.
"""

import ipaddress
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from quantconnect_sandbox.configuration import FASTEST
from quantconnect_sandbox.control.faults import Faults, faults_of
from quantconnect_sandbox.control.journal import Journal
from quantconnect_sandbox.exchange.envelope import encoded
from quantconnect_sandbox.state.clock import Clock
from quantconnect_sandbox.state.people import PeopleError, described, user_of
from quantconnect_sandbox.state.world import World

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "origin")
"""Headers of a proxy, and of a web page that tries: neither is somebody at this machine."""
HELP = {
    "GET /__log": "requests received; query: since (number), user, path",
    "GET /__control": "what is in force",
    "POST /__control/switches": "change switches, e.g. {'dates': 'iso'}",
    "POST /__control/clock": "{'speed': 0}, or {'advance': seconds}: so much time passes now",
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
        body = _object(await request.body()) if request.method == "POST" else {}
        result = _handled(request, body, world, journal, faults)
        world.store.settled()
    except (ValueError, PeopleError) as error:
        return JSONResponse({"error": str(error)}, 400)
    if result is None:
        text = f"there is no {request.method} {request.url.path}"
        return JSONResponse({"error": text, "endpoints": HELP}, 404)
    # As the API's own answers: a client may have sent NaN, and the log must be readable all the same.
    return Response(encoded(result), media_type="application/json")


def _object(raw: bytes) -> dict[str, Any]:
    """A request's JSON object; no body is the empty one."""
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the body is not valid JSON: {error}") from error
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object; GET /__control shows one for each endpoint")
    return body


def _handled(
    request: Request, body: dict[str, Any], world: World, journal: Journal, faults: Faults
) -> dict[str, Any] | None:
    query = request.query_params
    match request.method, request.url.path.rstrip("/"):
        case "GET", "/__log" | "/__control/log":
            user = _number("user", query["user"]) if "user" in query else None
            since = _number("since", query.get("since", "0"))
            return {"requests": journal.listed(since, user, query.get("path"))}
        case "DELETE", "/__log" | "/__control/log":
            journal.entries.clear()
        case "GET", "/__control":
            pass
        case "POST", "/__control/switches":
            world.switches = world.switches.changed(body)
        case "POST", "/__control/clock":
            _set(world.clock, body)
        case "POST", "/__control/faults":
            for fault in faults_of(body if "faults" in body else {"faults": [body]}):
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


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise ValueError(f"{name} must be a whole number, not {text!r}")
    return int(text)


def _set(clock: Clock, body: dict[str, Any]) -> None:
    """Both are read before one is done."""
    if not body or set(body) - {"speed", "advance"}:
        raise ValueError("name a speed, or seconds to advance, or both, and nothing else")
    speed = _amount("speed", body["speed"], "at once") if "speed" in body else clock.speed
    jump = _amount("advance", body["advance"], "no time") if "advance" in body else 0.0
    if speed != clock.speed:
        clock.speed = speed
    if jump:
        clock.advance(jump)


def _amount(name: str, value: Any, zero: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < FASTEST:
        raise ValueError(f"{name} must be a number from 0 ({zero}) to {FASTEST}, not {value!r}")
    return float(value)


def _added(body: dict[str, Any], world: World) -> dict[str, Any]:
    user = user_of(body, world.people)
    world.people.add(user)
    document = described(user)
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
