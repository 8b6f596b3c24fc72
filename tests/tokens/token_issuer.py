"""Another issuer: a server of key sets, and scenes of what happens to it."""

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from token_forge import EC, ED, RSA, claims, public_jwk

from ledgai_mcp.tokens.jwks import CacheTimes, KeySet

GOOD = json.dumps({"keys": [public_jwk(RSA, "k1"), public_jwk(EC, "k2"), public_jwk(ED, "k3")]}).encode()
CACHE_TIMES = CacheTimes(fresh=300, grace=3600, cooldown=10, retry=2)


class Issuer:
    """A key server that can be told how to fail; counts what it was asked."""

    def __init__(self) -> None:
        self.body = GOOD
        self.status = 200
        self.asked = 0
        self._changed = threading.Condition()
        self.may_answer = threading.Event()
        self.may_answer.set()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with issuer._changed:
                    issuer.asked += 1
                    issuer._changed.notify_all()
                body, status = issuer.body, issuer.status
                if self.path == "/elsewhere":
                    status = 200
                issuer.may_answer.wait(20)
                self.send_response(status)
                if status in (301, 302):
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    return  # the client has left, as it should

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/keys"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    async def was_asked(self, times: int) -> None:
        """Wait until so many requests have arrived."""

        def wait() -> None:
            with self._changed:
                assert self._changed.wait_for(lambda: self.asked >= times, 10)

        await asyncio.to_thread(wait)

    def close(self) -> None:
        self.may_answer.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


GIVE_UP = 60.0
"""Seconds after which an issuer that should answer is given up on."""


def signed(kid: str = "k1", **changes: Any) -> str:
    return jwt.encode(claims(**changes), RSA, "RS256", headers={"kid": kid})


async def settled(keys: KeySet) -> None:
    """Wait for a refresh that runs beside the calls."""
    if keys._fetching is not None:
        await asyncio.wait_for(asyncio.shield(keys._fetching), GIVE_UP)
