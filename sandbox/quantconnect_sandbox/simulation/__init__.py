"""Results with substance: a backtest simulated from a project's code and parameters.

Knows: the entry points. Must not know: HTTP, state.
"""

from .orders import addressed
from .progress import so_far
from .simulation import Job, Simulation, simulate

__all__ = ["Job", "Simulation", "addressed", "simulate", "so_far"]
