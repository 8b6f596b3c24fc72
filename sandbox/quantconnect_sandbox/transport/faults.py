"""Faults as they happen: what a rule does to one connection or one answer.

Knows: HTTP, and uvicorn's connection. Must not know: which rule a request meets, endpoints.
"""

import asyncio
import contextlib
import copy
from http import HTTPStatus
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from quantconnect_sandbox.control.faults import LONGEST_HANG, Fault


async def before(fault: Fault, headers: dict[str, str], scope: Scope, receive: Receive, send: Send) -> bool:
    """Faults that come in place of any work. True when the request is over."""
    match fault.kind:
        case "latency":
            await asyncio.sleep(1.0 if fault.seconds is None else fault.seconds)
        case "hang":
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    _gone(receive), LONGEST_HANG if fault.seconds is None else fault.seconds
                )
            _sever(send)
            return True
        case "drop" if not fault.partial:
            _sever(send)
            return True
        case "rate_limit":
            waiting = {"Retry-After": fault.retry_after, **headers}
            answer = Response("Too many requests.", 429, waiting, "text/plain")
            await answer(scope, receive, send)
            return True
        case "server_error":
            await _page(fault.status, headers)(scope, receive, send)
            return True
    return False


async def instead(fault: Fault, response: Response, send: Send) -> bool:
    """Faults that happen to an answer that was made. True when the answer is gone."""
    match fault.kind:
        case "drop":
            start = {"type": "http.response.start", "status": 200, "headers": response.raw_headers}
            await send(start)
            half = bytes(response.body)[: len(response.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            _sever(send)
            return True
        case "invalid_json":
            response.body = bytes(response.body)[: len(response.body) // 2]
            response.headers["content-length"] = str(len(response.body))
        case "cookies":
            response.set_cookie("PHPSESSID", "sandbox-session", path="/")
            response.set_cookie("sandbox-affinity", "a", path="/", httponly=True)
    return False


def drifted(fault: Fault, answer: Any) -> Any:
    """The answer with a rule's fields set or removed."""
    if fault.kind != "drift":
        return answer
    changed = copy.deepcopy(answer)
    for path, value in fault.set.items():
        for place, key in _places(changed, path.split(".")):
            place[key] = copy.deepcopy(value)
    for path in fault.remove:
        for place, key in _places(changed, path.split(".")):
            if isinstance(place, dict):
                place.pop(key, None)
    return changed


def _places(value: Any, steps: list[str]) -> list[tuple[Any, Any]]:
    """The containers and keys that a path names; `*` is every item."""
    step, rest = steps[0], steps[1:]
    if isinstance(value, dict):
        keys: list[Any] = list(value) if step == "*" else [step]
    elif isinstance(value, list):
        indexes = range(len(value))
        keys = (
            list(indexes) if step == "*" else [int(step)] if step.isdecimal() and int(step) in indexes else []
        )
    else:
        return []
    if not rest:
        return [(value, key) for key in keys]
    held = [value[key] for key in keys if isinstance(value, list) or key in value]
    return [place for item in held for place in _places(item, rest)]


def _page(status: int, headers: dict[str, str]) -> Response:
    """What a balancer says when the API behind it does not."""
    said = next((each.phrase for each in HTTPStatus if each == status), "Error")
    page = f"<html><head><title>{status} {said}</title></head><body><h1>{said}</h1></body></html>"
    return Response(page, status, headers, "text/html")


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _sever(send: Send) -> None:
    """Ends the connection under an answer. ASGI has no word for it, so uvicorn's own transport is used."""
    cycle = getattr(send, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if transport is not None:
        transport.abort()
