"""A real redis-server for tests, killed and started again at will."""

import shutil
import socket
import subprocess
import time
from pathlib import Path


class RedisServer:
    """A redis-server of the test's own, that keeps what it acknowledged."""

    def __init__(self, folder: Path, keeps: bool) -> None:
        self.folder = folder
        self.keeps = keeps
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        keeping = ["--appendonly", "yes", "--appendfsync", "always"] if self.keeps else ["--appendonly", "no"]
        program = shutil.which("redis-server") or "redis-server"
        self.process = subprocess.Popen(
            [program, *f"--port {self.port} --bind 127.0.0.1".split(), "--save", "", *keeping],
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
        )
        deadline = time.monotonic() + 20
        while not self._answers():
            assert self.process.poll() is None, "redis-server ended"
            assert time.monotonic() < deadline, "redis-server does not answer"

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as link:
                link.sendall(b"PING\r\n")
                return link.recv(64).startswith(b"+PONG")
        except OSError:
            return False
