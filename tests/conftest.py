"""How property tests are played, and in what surroundings: none of whoever runs them.

Settings of a server that somebody has exported, an account's token among them, reach no test; nor does a
proxy, which would be asked for what listens on this machine.

The same commit has the same verdict on every machine: examples follow from the test, and none depends on
how long it took. `pytest --hypothesis-profile explore` looks for new ones.
"""

import functools
import os
import re

import httpcore2
from hypothesis import HealthCheck, settings

_OURS = re.compile(
    r"(LEDGAI|QUANTCONNECT)_\w+|JWT_SECRET_KEY(_FILE)?|ENABLE_AUTH|MCP_TRANSPORT|AGENT_NAME|\w+_proxy", re.I
)
for _name in filter(_OURS.fullmatch, list(os.environ)):
    del os.environ[_name]

# Each HTTP client reads the machine's certificates, for 35 ms, and the tests make thousands of clients.
httpcore2.default_ssl_context = functools.cache(httpcore2.default_ssl_context)

settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", settings.get_profile("explore"), derandomize=True, max_examples=40)
settings.load_profile("repeatable")
