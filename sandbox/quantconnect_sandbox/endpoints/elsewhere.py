"""What the LEAN CLI asks on its way: encryption keys, data, modules, news.

The sandbox has none of it and says so.

Knows: the shapes of empty answers. Must not know: anything else.
"""

from __future__ import annotations

from typing import Any

from quantconnect_sandbox.endpoints.access import organization_of
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import RefusedError


async def encryption_keys(call: Call) -> dict[str, Any]:
    """No keys are registered."""
    organization_of(call)
    return {"keys": []}


async def data_prices(call: Call) -> dict[str, Any]:
    """No data is sold."""
    organization_of(call)
    return {"datasources": {}, "prices": [], "agreement": ""}


async def data_list(call: Call) -> dict[str, Any]:
    """No data files."""
    call.arguments.text("filePath")
    return {"objects": []}


async def data_read(call: Call) -> dict[str, Any]:
    """Nothing to download."""
    raise RefusedError(f"The sandbox holds no data file {call.arguments.text('filePath')}.")


async def datasets(call: Call) -> dict[str, Any]:
    """No data sets."""
    return {"list": []}


async def module_list(call: Call) -> dict[str, Any]:
    """No module files."""
    call.arguments.integer("productId")
    organization_of(call)
    return {"files": []}


async def module_read(call: Call) -> dict[str, Any]:
    """Nothing to download."""
    raise RefusedError(f"The sandbox holds no module file {call.arguments.text('fileName')}.")


async def news(call: Call) -> dict[str, Any]:
    """No news."""
    return {"news": []}


ROUTES: Routes = {
    "/organizations/encryption/keys/list": encryption_keys,
    "/data/prices": data_prices,
    "/data/list": data_list,
    "/data/read": data_read,
    "/market/data/list": datasets,
    "/modules/list": module_list,
    "/modules/read": module_read,
    "/services/terminal-news": news,
}
