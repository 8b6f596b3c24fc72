"""What the LEAN CLI asks on its way: encryption keys, data, modules, news. The sandbox has none of it.

Knows: the shapes of empty answers. Must not know: anything else.
"""

from typing import Any

from quantconnect_sandbox.exchange.call import Call, Endpoint, Routes
from quantconnect_sandbox.exchange.envelope import RefusedError

EMPTY: dict[str, dict[str, Any]] = {
    "/organizations/encryption/keys/list": {"keys": []},
    "/data/prices": {"datasources": {}, "prices": [], "agreement": ""},
    "/data/list": {"objects": []},
    "/market/data/list": {"list": []},
    "/modules/list": {"files": []},
    "/services/terminal-news": {"news": []},
}
FILES = ("/data/read", "/modules/read")


def _empty(answer: dict[str, Any]) -> Endpoint:
    async def endpoint(call: Call) -> dict[str, Any]:
        return answer

    return endpoint


async def no_file(call: Call) -> dict[str, Any]:
    """Nothing to download."""
    raise RefusedError("The sandbox holds no data or module files.")


ROUTES: Routes = {path: _empty(answer) for path, answer in EMPTY.items()} | dict.fromkeys(FILES, no_file)
