"""The sandbox as an ASGI application: a request in, one answer out.

Knows: the order of a request (fault, body, signature, endpoint, settle, envelope).
Must not know: what endpoints do.
"""

import json
import sys
import traceback
from typing import Any

from attrs import define
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from quantconnect_sandbox.control import endpoint as control
from quantconnect_sandbox.control.faults import Fault, Faults
from quantconnect_sandbox.control.journal import Journal, kept
from quantconnect_sandbox.endpoints import articles, endpoint_of
from quantconnect_sandbox.endpoints.connections import PAGE as CONSENT
from quantconnect_sandbox.endpoints.connections import consented
from quantconnect_sandbox.endpoints.objects import DOWNLOAD, downloaded
from quantconnect_sandbox.exchange.arguments import Arguments
from quantconnect_sandbox.exchange.call import Call
from quantconnect_sandbox.exchange.envelope import (
    Bare,
    Download,
    Missing,
    Redirect,
    RefusedError,
    accepted,
    encoded,
    refused,
    rendered,
)
from quantconnect_sandbox.state.world import World
from quantconnect_sandbox.transport.authentication import (
    UnauthenticatedError,
    claimed_user,
    signer,
)
from quantconnect_sandbox.transport.bodies import LARGEST_BODY, TooLargeError, arguments_of
from quantconnect_sandbox.transport.faults import before, drifted, instead

BASE = "/api/v2"
BANNER = "This is a sandbox, not QuantConnect: all data and results are invented."
HEADERS = {"X-LEDGAI-Sandbox": BANNER}
SIGNED_ARGUMENTS = ("authorization", "timestamp")


@define
class Sandbox:
    """The ASGI application over one world."""

    world: World
    journal: Journal
    faults: Faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        path = scope["path"]
        if path.startswith(("/__control", "/__log")):
            response = await control.answer(request, self.world, self.journal, self.faults)
            response.headers.update(HEADERS)
            await response(scope, receive, send)
            return
        path = _endpoint_path(path)
        entry = self.journal.open(request.method, _shown(path), request.headers, self.world.clock.now())
        fault = self.faults.next(path, claimed_user(request.headers), entry)
        if fault is not None and await before(fault, HEADERS, scope, receive, send):
            return
        try:
            response = await self._response(request, path, entry, fault)
        except ClientDisconnect:
            return
        response.headers.update(HEADERS)
        if fault is not None and await instead(fault, response, send):
            return
        await response(scope, receive, send)

    async def _response(
        self, request: Request, path: str, entry: dict[str, Any], fault: Fault | None
    ) -> Response:
        unsigned = _unsigned(self.world, path)
        if unsigned is not None:
            self.world.store.settled()
            entry.update(status=200, success=True)
            return unsigned
        try:
            status, answer = await self._answer(request, path, entry)
        except TooLargeError:
            entry.update(status=413, success=False)
            return Response(f"The request is larger than {LARGEST_BODY} bytes.", 413, media_type="text/plain")
        except ClientDisconnect:
            raise
        except Exception:  # noqa: BLE001 - the one place that catches all
            # A fault of the sandbox's own must say so, not hang the client.
            traceback.print_exc(file=sys.stderr)
            entry.update(status=500, success=False)
            return Response(status_code=500)
        if isinstance(answer, Response):
            entry.update(status=answer.status_code, success=answer.status_code < 400)
            return answer
        if fault is not None:
            answer = drifted(fault, answer)
        entry.update(status=status, success=answer.get("success", True), errors=answer.get("errors") or [])
        return Response(encoded(answer), status, media_type="application/json")

    async def _answer(self, request: Request, path: str, entry: dict[str, Any]) -> tuple[int, Any]:
        switches = self.world.switches
        values, unreadable = await _values(request)
        try:
            user = signer(request.headers, request.query_params, self.world.people)
            entry["user"] = user.id
            if unreadable is not None:
                raise unreadable
            for name in SIGNED_ARGUMENTS:
                values.pop(name, None)
            entry["arguments"] = kept(values)
            endpoint = endpoint_of(path)
            if endpoint is None or request.method not in ("GET", "POST"):
                raise RefusedError(f"Endpoint not found: {request.method} {path}.")
            result = await endpoint(
                Call(self.world, user, Arguments(values), str(request.base_url).rstrip("/") + BASE)
            )
            self.world.store.settled()
        except UnauthenticatedError as error:
            return int(switches.auth_status), refused([str(error)], switches)
        except RefusedError as error:
            self.world.store.settled()
            return 200, refused(error.errors, switches)
        match result:
            case Redirect(location=location):
                return 302, RedirectResponse(location, 302)
            case Missing():
                return 404, Response(status_code=404)
            case Download():
                return 200, _file(result)
            case Bare(payload=payload):
                return 200, rendered(dict(payload), switches)
        return 200, accepted(result, switches)


async def _values(request: Request) -> tuple[dict[str, Any], RefusedError | None]:
    """The arguments, or why they cannot be read; that is told only to who signed."""
    try:
        return await arguments_of(request), None
    except RefusedError as refusal:
        return {}, refusal


def _endpoint_path(path: str) -> str:
    """`/projects/read` from `/api/v2/projects/read/`; a path outside the base matches no endpoint."""
    if not path.startswith(BASE + "/"):
        return "outside " + path
    return path.removeprefix(BASE).rstrip("/") or "/"


def _shown(path: str) -> str:
    """The path as the log may keep it: links to pages and files are secrets (they need no signature)."""
    secret = next((each for each in (CONSENT, DOWNLOAD) if path.startswith(each)), None)
    return path if secret is None else secret + "***"


def _unsigned(world: World, path: str) -> Response | None:
    """What links lead to: a secret in the path stands for the signature."""
    download = downloaded(world, path)
    if download is not None:
        return _file(download)
    page, text = consented(world, path), articles.article(path)
    if page is not None:
        return HTMLResponse(page)
    return None if text is None else PlainTextResponse(text.text)


def _file(download: Download) -> Response:
    disposition = f"attachment; filename={json.dumps(download.name)}"
    return Response(
        download.content, media_type=download.media_type, headers={"Content-Disposition": disposition}
    )
