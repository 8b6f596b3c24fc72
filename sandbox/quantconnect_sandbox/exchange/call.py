"""One call to one endpoint: who calls, with what arguments, into which world.

Knows: the parts of a call. Must not know: HTTP, how a request was decoded.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from attrs import define

from quantconnect_sandbox.exchange.arguments import Arguments
from quantconnect_sandbox.state.clock import Clock
from quantconnect_sandbox.state.people import User
from quantconnect_sandbox.state.store import Store
from quantconnect_sandbox.state.world import World


@define
class Call:
    """One authenticated request to one endpoint. `url` is the base that this caller reached the API at."""

    world: World
    user: User
    arguments: Arguments
    url: str

    @property
    def store(self) -> Store:
        """The world's documents."""
        return self.world.store

    @property
    def clock(self) -> Clock:
        """The world's time."""
        return self.world.clock


Endpoint: TypeAlias = Callable[[Call], Awaitable[Any]]
Routes: TypeAlias = Mapping[str, Endpoint]
