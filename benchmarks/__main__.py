"""`python -m benchmarks`, or `make bench`: all comparisons, as one table; it takes less than a minute.

Knows: which there are. Must not know: how they are made.
"""

from __future__ import annotations

import sys

from benchmarks import calls, checks, series, simulations, start

sys.stdout.write("Medians of this run; the ratios are what to compare between machines.\n\n")
sys.stdout.write(series.table([*start.rows(), *calls.rows(), *checks.rows(), *simulations.rows()]) + "\n\n")
shares = ", ".join(f"{name} {share:.0%}" for name, share in start.imports())
sys.stdout.write(f"What the start imports: {shares}\n")
