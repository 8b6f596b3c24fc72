"""Everything that one sandbox holds, and one call into it.

Knows: the parts that endpoints work with. Must not know: HTTP, how a request was decoded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from attrs import define, field

from quantconnect_sandbox.arguments import Arguments
from quantconnect_sandbox.clock import Clock
from quantconnect_sandbox.configuration import Switches
from quantconnect_sandbox.people import People, User
from quantconnect_sandbox.runs import Runs
from quantconnect_sandbox.store import Store


@define
class World:
    """State (store), people, time, simulated runs, and the switches that shape answers."""

    store: Store
    people: People
    clock: Clock
    runs: Runs
    switches: Switches = field(factory=Switches)
    tasks: dict[str, asyncio.Task[None]] = field(factory=dict)
    """Work that goes on between requests, by what it is for."""


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
