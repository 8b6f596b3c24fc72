"""How property tests are played.

The same commit has the same verdict on every machine: examples follow from the test, and none is judged by
how long it took. `pytest --hypothesis-profile explore` looks for new ones.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", settings.get_profile("explore"), derandomize=True)
settings.load_profile("repeatable")
