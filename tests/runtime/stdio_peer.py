"""The other end of a server's pipes."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from attrs import define, field
from runtime_stage import TOKEN, USER, Stub

CLIENT = {"name": "t", "version": "1"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": CLIENT},
}
LIMIT = 20.0
"""Seconds after which a process that should be gone is called hung (C54): less than a call may take."""
SERVE = ("-m", "ledgai_mcp")


def environment(stub: Stub | None, **more: str) -> dict[str, str]:
    own = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "default"}
    if stub is not None:
        own |= {"LEDGAI_API_URL": stub.url, "QUANTCONNECT_USER_ID": USER, "QUANTCONNECT_API_TOKEN": TOKEN}
    return own | more


@define
class Peer:
    """The other end of a server's pipes."""

    process: subprocess.Popen[bytes]
    _read: bytearray = field(factory=bytearray, init=False)
    """What has come, and no line of it was asked for yet."""

    @property
    def stdin(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def send(self, *messages: Any) -> None:
        for message in messages:
            self.stdin.write(message if isinstance(message, bytes) else json.dumps(message).encode() + b"\n")
        self.stdin.flush()

    def line(self, seconds: float = 20) -> Any:
        """Read one line of JSON; fail if none comes."""
        while b"\n" not in self._read:
            ready, _, _ = select.select([self.stdout], [], [], seconds)
            piece = os.read(self.stdout.fileno(), 65_536) if ready else b""
            assert piece, "no line came"
            self._read += piece
        line, _, self._read = self._read.partition(b"\n")
        return json.loads(line)

    def handshake(self) -> None:
        self.send(INITIALIZE)
        assert self.line()["id"] == 0
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def call(self, number: int, name: str, arguments: Any) -> None:
        params = {"name": name, "arguments": arguments}
        self.send({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})

    def gone(self) -> int:
        """Wait for the end; return the exit code, or fail if it does not come."""
        return self.process.wait(LIMIT)

    def rest(self) -> tuple[int, bytes, str]:
        """Wait for the end; return the exit code, what is left on stdout, and all of stderr."""
        assert self.process.stderr is not None
        return self.gone(), bytes(self._read) + self.stdout.read(), self.process.stderr.read().decode()


@contextmanager
def serving(stub: Stub | None, command: Sequence[str] = SERVE, **more: str) -> Iterator[Peer]:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, *command], stdin=pipe, stdout=pipe, stderr=pipe, env=environment(stub, **more)
    ) as process:
        try:
            yield Peer(process)
        finally:
            process.kill()


def assert_only_json_rpc(lines: bytes) -> None:
    for line in lines.splitlines():
        assert json.loads(line)["jsonrpc"] == "2.0"
