"""Invented results with substance: a backtest from what is taken from a project's code.

Knows: the entry points. Must not know: HTTP, state.
"""

from .orders import addressed
from .progress import so_far
from .simulation import Job, Simulation, simulate
from .source_facts import queue_seconds
from .sources import read

__all__ = ["Job", "Simulation", "addressed", "queue_seconds", "read", "simulate", "so_far"]
