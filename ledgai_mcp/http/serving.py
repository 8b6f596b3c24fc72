"""Listening: sockets, TLS, signals, an orderly end.

Knows: uvicorn and the process. Must not know: requests, tokens, tools.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from types import FrameType
from urllib.parse import urlsplit

import uvicorn
from attrs import frozen
from quantconnect_tools import GROUPS

from ledgai_mcp import assembly, logs, release
from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.http import tls
from ledgai_mcp.http.application import Parts, application
from ledgai_mcp.http.connections import MOST_BYTES, SmallPieces
from ledgai_mcp.http.drain import Drain
from ledgai_mcp.http.hosts import split
from ledgai_mcp.http.metadata import PATH, Metadata
from ledgai_mcp.loopback import is_loopback
from ledgai_mcp.settings import Settings
from ledgai_mcp.tokens import authority

_TICK = 0.1
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(settings: Settings) -> None:
    """Serve until told to stop.

    Raises:
        ConfigurationError: the settings cannot be served, or the address cannot be listened at.
    """
    logs.start(settings.log_level)
    served = listen(settings)
    logs.say(
        "serving",
        transport="http",
        url=served.url,
        version=release.version(),
        api=settings.api_url,
        tools=len(served.parts.service.catalog),
        authentication=settings.enable_auth,
        hosts=list(settings.allowed_hosts),
    )
    if not settings.enable_auth:
        logs.warn("open", reason="ENABLE_AUTH is false: every program on this machine may call")
    served.run()
    logs.say("stopped")


@frozen
class Served:
    """A server whose socket is open."""

    parts: Parts
    server: Draining
    bound: socket.socket

    @property
    def url(self) -> str:
        """Where MCP is, as seen from this machine."""
        host, port = self.bound.getsockname()[:2]
        scheme = "http" if self.parts.settings.tls_cert_file is None else "https"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{PATH}"

    def run(self) -> None:
        """Serve until told to stop."""
        self.server.run(sockets=[self.bound])


def listen(settings: Settings) -> Served:
    """Put the server together and open its socket.

    Raises:
        ConfigurationError: every problem at once.
    """
    require_servable(settings)
    parts = assembled(settings)
    return Served(parts, Draining(_config(parts), parts.drain, settings.drain_seconds), _bound(settings))


def require_servable(settings: Settings) -> None:
    """Return if these settings go together.

    Raises:
        ConfigurationError: every problem at once.
    """
    problems = _problems(settings)
    if problems:
        raise ConfigurationError(problems)


def assembled(settings: Settings) -> Parts:
    """Put together what the application serves.

    Raises:
        ConfigurationError: a part cannot be made from the settings.
    """
    checked = None
    if settings.enable_auth:
        checked = authority.authority(settings, assembly.scopes(), GROUPS, creates_state=True)
    journal = assembly.journal(settings)
    unseal, counts = (checked.keys.unseal, checked.state) if checked else (None, None)
    return Parts(
        settings=settings,
        service=assembly.service(settings, journal, unseal, counts),
        journal=journal,
        drain=Drain(),
        metadata=Metadata(sorted(assembly.scopes()), settings.public_url, settings.authorization_servers),
        offered=assembly.first_scopes(),
        authority=checked,
        caller=None if checked else assembly.local_caller(settings),
    )


class Draining(uvicorn.Server):
    """A uvicorn that ends with exit code 0 on SIGTERM, after calls under way had their time (case C51)."""

    def __init__(self, config: uvicorn.Config, drain: Drain, seconds: float) -> None:
        super().__init__(config)
        self._drain = drain
        self._seconds = seconds
        self._hurried = False

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals, and do not raise them again at the end: they were obeyed."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; after a second signal nobody is waited for any more."""
        self._hurried = self.should_exit
        self.should_exit = True
        self._drain.begun = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, give calls their time, close."""
        self._drain.begin(self._seconds)
        hasten = asyncio.create_task(self._hasten())
        try:
            await super().shutdown(sockets)
        finally:
            hasten.cancel()

    async def _hasten(self) -> None:
        # Polled, like uvicorn does: a signal handler may not touch what belongs to the event loop.
        while not self._hurried:  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(_TICK)
        self._drain.begin(0)


def _config(parts: Parts) -> uvicorn.Config:
    settings = parts.settings
    config = uvicorn.Config(
        application(parts),
        http=SmallPieces,  # type: ignore[arg-type]  # the loop accepts both kinds of protocol
        log_config=None,
        access_log=False,  # the audit record says more, and no path or address that is nobody's business
        proxy_headers=False,  # the scheme comes from LEDGAI_PUBLIC_URL, not from a header
        server_header=False,
        lifespan="on",
        ws="none",
        h11_max_incomplete_event_size=MOST_BYTES,
        # Two seconds more than calls have: by then each of them has its answer.
        timeout_graceful_shutdown=int(settings.drain_seconds) + 2,
        ssl_certfile=settings.tls_cert_file,
        ssl_keyfile=settings.tls_key_file,
    )
    if settings.tls_cert_file is not None and settings.tls_key_file is not None:
        config.load()
        assert config.ssl is not None  # noqa: S101 - load() has made it
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_3
    return config


def _bound(settings: Settings) -> socket.socket:
    host = settings.host.strip("[]")
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, settings.port))
    except OSError as problem:
        bound.close()
        name = "LEDGAI_HOST" if problem.errno not in (errno.EADDRINUSE, errno.EACCES) else "LEDGAI_PORT"
        where = f"{settings.host}:{settings.port}"
        raise ConfigurationError((f"{name}: cannot listen at {where}: {problem.strerror}",)) from None
    bound.listen(512)
    return bound


def _problems(settings: Settings) -> list[str]:
    problems = []
    if not settings.enable_auth and not is_loopback(settings.host):
        problems.append(
            f"ENABLE_AUTH: false is for a loopback address only, and LEDGAI_HOST is {settings.host!r}"
        )
    if not settings.enable_auth and any(not is_loopback(split(host)[0]) for host in settings.allowed_hosts):
        problems.append("ENABLE_AUTH: false is for a loopback address only; LEDGAI_ALLOWED_HOSTS has others")
    pages = (urlsplit(origin).netloc for origin in settings.allowed_origins)
    if not settings.enable_auth and any(not is_loopback(split(host)[0]) for host in pages):
        problems.append("ENABLE_AUTH: false is for this machine's pages; LEDGAI_ALLOWED_ORIGINS has others")
    public = urlsplit(settings.public_url or "").hostname
    if not settings.enable_auth and public is not None and not is_loopback(public):
        problems.append("ENABLE_AUTH: false is for a loopback address only, and LEDGAI_PUBLIC_URL is another")
    if settings.token is not None:
        problems.append("LEDGAI_TOKEN: is for stdio; over HTTP each request brings its own token")
    if (settings.tls_cert_file is None) != (settings.tls_key_file is None):
        problems.append("LEDGAI_TLS_KEY_FILE: certificate and key are needed together")
    if settings.tls_cert_file is not None and settings.tls_key_file is not None:
        problems += tls.problems(settings.tls_cert_file, settings.tls_key_file)
    return problems
