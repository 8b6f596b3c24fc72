"""Ways in which the stand-in for the API answers other than at once, and not at all."""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

from runtime_stage import Scripted, Stub

Act = Callable[[BaseHTTPRequestHandler, Stub], None]


def cut_off(handler: BaseHTTPRequestHandler, stub: Stub) -> None:
    """Begin an answer and close the connection in its middle."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"projects":[')
    handler.wfile.flush()
    with suppress(OSError):
        handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def never(handler: BaseHTTPRequestHandler, stub: Stub) -> None:
    """Do not answer until the test is over."""
    stub.over.wait(60)
    handler.close_connection = True


def watched(gone: threading.Event) -> Act:
    """Answer nothing, and note when the caller closes the connection."""

    def act(handler: BaseHTTPRequestHandler, stub: Stub) -> None:
        handler.connection.settimeout(30)
        with suppress(OSError):
            if handler.connection.recv(1) == b"":
                gone.set()
        handler.close_connection = True

    return act


def held(until: threading.Event, body: Any, seconds: float = 60) -> Act:
    """Answer when something has happened, or after this time."""

    def act(handler: BaseHTTPRequestHandler, stub: Stub) -> None:
        until.wait(seconds)
        Scripted(body=json.dumps(body).encode()).give(handler)

    return act
