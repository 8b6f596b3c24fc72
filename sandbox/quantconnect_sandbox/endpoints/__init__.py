"""Every endpoint of the API, by path.

Knows: which module answers what. Must not know: how.
"""

from quantconnect_sandbox.endpoints import (
    account,
    assistance,
    backtests,
    collaboration,
    commands,
    compiling,
    connections,
    elsewhere,
    files,
    lean,
    live,
    nodes,
    objects,
    optimizations,
    projects,
    results,
    snapshots,
)
from quantconnect_sandbox.exchange.call import Endpoint, Routes

FAMILIES = (
    account,
    projects,
    collaboration,
    nodes,
    files,
    compiling,
    backtests,
    results,
    optimizations,
    live,
    snapshots,
    commands,
    connections,
    objects,
    lean,
    assistance,
    elsewhere,
)
ENDPOINTS: Routes = {path: endpoint for family in FAMILIES for path, endpoint in family.ROUTES.items()}


def endpoint_of(path: str) -> Endpoint | None:
    """The endpoint of a path. Unknown ones below /backtests/read/ behave as that one (api-facts 2)."""
    if path not in ENDPOINTS and path.startswith("/backtests/read/"):
        return ENDPOINTS["/backtests/read"]
    return ENDPOINTS.get(path)
