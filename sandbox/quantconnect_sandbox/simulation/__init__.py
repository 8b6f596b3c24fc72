"""Invented results with substance: a backtest from what is taken from a project's code.

Knows: the entry points. Must not know: HTTP, state.
"""

from .orders import addressed
from .simulation import Job, Simulation, read, simulate, so_far
from .source_facts import queue_seconds

__all__ = ["Job", "Simulation", "addressed", "queue_seconds", "read", "simulate", "so_far"]
