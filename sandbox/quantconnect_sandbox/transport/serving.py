"""A sandbox that listens: built from its configuration, served by uvicorn, in this thread or beside it.

Knows: sockets, start and stop. Must not know: endpoints.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn

from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.control.faults import Faults, read_faults
from quantconnect_sandbox.control.journal import Journal
from quantconnect_sandbox.state.clock import Clock
from quantconnect_sandbox.state.database import Database
from quantconnect_sandbox.state.people import default_people, read_people, user_of
from quantconnect_sandbox.state.runs import Runs
from quantconnect_sandbox.state.store import Store
from quantconnect_sandbox.state.world import World
from quantconnect_sandbox.transport.application import BASE, Sandbox

START = 15.0
"""Seconds that a server may take to begin or to end."""


class ListenError(Exception):
    """The address cannot be listened at. The text says why and what to do."""


def built(configuration: Configuration) -> Sandbox:
    """The application. Raises StateError, PeopleError or FaultError with a text for whoever started it."""
    faults = Faults()
    for fault in read_faults(configuration.faults) if configuration.faults else []:
        faults.add(fault)
    people = read_people(configuration.users) if configuration.users else default_people()
    store = Store(Database(configuration.state) if configuration.state else None)
    for document in store.every("user"):  # added while a sandbox with this state ran
        if people.users.get(document["id"]) is None:
            people.add(user_of(document, people))
    world = World(store, people, Clock(configuration.speed), Runs(), configuration.switches)
    return Sandbox(world, Journal(), faults)


def listening(configuration: Configuration) -> socket.socket:
    """A bound socket; port 0 picks a free one."""
    family = socket.AF_INET6 if ":" in configuration.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((configuration.host, configuration.port))
    except OSError as error:
        bound.close()
        raise ListenError(
            f"Cannot listen at {configuration.host}:{configuration.port}: {error.strerror}. Choose another "
            "--port, or 0 for a free one."
        ) from error
    bound.listen(512)
    return bound


def address(bound: socket.socket) -> str:
    """The base URL of the API at a socket."""
    host, port = bound.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{BASE}"


def server_of(sandbox: Sandbox) -> uvicorn.Server:
    """uvicorn, quiet and without proxy headers (the control endpoint trusts the peer's address)."""
    return uvicorn.Server(
        uvicorn.Config(
            sandbox,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
    )


@contextlib.contextmanager
def running(configuration: Configuration | None = None) -> Iterator[str]:
    """A sandbox in a thread of this process; yields its base URL. Default: a free port, all at once."""
    chosen = configuration or Configuration(port=0, speed=0)
    sandbox = built(chosen)
    bound = listening(chosen)
    server = server_of(sandbox)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="sandbox", daemon=True)
    try:
        thread.start()
        _wait_for(server, thread)
        yield address(bound)
    finally:
        server.should_exit = True
        thread.join(START)
        bound.close()
        sandbox.world.runs.close()
        sandbox.world.store.close()


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    pause = threading.Event()
    for _ in range(int(START / 0.01)):
        if server.started:
            return
        if not thread.is_alive():
            break
        pause.wait(0.01)
    raise ListenError("the sandbox did not start")
