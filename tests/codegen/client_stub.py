"""A stub of the API on loopback: records each request, answers what the test says."""

from __future__ import annotations

import json
import threading
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from attrs import define, field, frozen


@frozen
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@define
class Stub:
    """Answers every request with `status`, `headers` and `answer` (JSON, or bytes as they are)."""

    answer: Any = None
    status: int = 200
    headers: dict[str, str] = field(factory=dict)
    seen: list[Seen] = field(factory=list)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Stub:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.headers.get("Transfer-Encoding") == "chunked":
                    body = self._chunks()
                stub.seen.append(Seen(self.command, self.path, self.headers, body))
                raw = stub.answer if isinstance(stub.answer, bytes) else json.dumps(stub.answer).encode()
                self.send_response(stub.status)
                for name, value in {"Content-Type": "application/json", **stub.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(raw)

            def _chunks(self) -> bytes:
                found = b""
                while size := int(self.rfile.readline(), 16):
                    found += self.rfile.read(size)
                    self.rfile.readline()
                return found

            do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names that the library calls

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        return self

    def __exit__(self, *exception: Any) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}/api/v2"

    def says(self, answer: Any, status: int = 200, **headers: str) -> None:
        self.answer, self.status, self.headers = answer, status, headers
