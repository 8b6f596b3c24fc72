"""Everything that one sandbox holds.

Knows: the parts that endpoints work with. Must not know: HTTP, one call.
"""

import asyncio

from attrs import define, field

from quantconnect_sandbox.configuration import Switches
from quantconnect_sandbox.state.clock import Clock
from quantconnect_sandbox.state.people import People
from quantconnect_sandbox.state.runs import Runs
from quantconnect_sandbox.state.store import Store


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
