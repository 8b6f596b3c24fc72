"""live/auth0/authorize and live/auth0/read: letting a brokerage in by its own login page.

Knows: consent, given at once or by opening a link (switch). Must not know: deployments.
"""

import asyncio
from typing import Any

from quantconnect_sandbox.endpoints.access import project_of
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import Missing, Redirect, RefusedError
from quantconnect_sandbox.state.identifiers import digest, hex32
from quantconnect_sandbox.state.world import World

KEYS = {
    "alpaca": "alpaca-access-token",
    "tradestation": "trade-station-refresh-token",
    "charlesschwab": "charles-schwab-access-token",
    "tastytrade": "tastytrade-refresh-token",
}
"""What each provider's answer calls its token (api-facts 6: provider-named keys)."""
PAGE = "/sandbox-consent/"
LONG_POLL = 300.0
"""Sandbox seconds that a read waits for consent (api-facts 2: time-outs)."""
STEP = 0.2
MOST = 1000


async def authorize(call: Call) -> Redirect | Missing:
    """302 to the page of consent; 404 for a project that the caller does not have (api-facts 6)."""
    brokerage = call.arguments.choice("brokerage", tuple(KEYS))
    call.arguments.text("userId", "")
    if call.arguments.has("projectId"):
        try:
            project_of(call)
        except RefusedError:
            return Missing()
    secret = hex32()
    consent = {
        "id": secret,
        "userId": call.user.id,
        "brokerage": brokerage,
        "granted": call.world.switches.consent == "granted",
    }
    call.store.put("consent", call.user.id, secret, consent)
    call.store.expire("consent", call.user.id, MOST)
    return Redirect(f"{call.url}{PAGE}{secret}")


async def read(call: Call) -> dict[str, Any]:
    """The authorization, waiting for consent that was asked for; null if none comes."""
    brokerage = call.arguments.choice("brokerage", tuple(KEYS))
    since = call.clock.now()
    while True:
        asked = [e for e in call.store.all("consent", call.user.id) if e["brokerage"] == brokerage]
        if any(each["granted"] for each in asked):
            return {"authorization": _authorization(call, brokerage)}
        if not asked or call.clock.passed(since, LONG_POLL):
            return {"authorization": None}
        await asyncio.sleep(STEP)


def consented(world: World, path: str) -> str | None:
    """The page of consent as HTML: opening it is the consent. None for any other path."""
    if not path.startswith(PAGE):
        return None
    consent = world.store.find("consent", path.removeprefix(PAGE))
    if consent is None:
        return None
    consent["granted"] = True
    world.store.put("consent", consent["userId"], consent["id"], consent)
    return (
        f"<!doctype html><title>Sandbox</title><p>The sandbox now has access to {consent['brokerage']}.</p>"
    )


def _authorization(call: Call, brokerage: str) -> dict[str, Any]:
    mark = digest(f"{brokerage} {call.user.id}")
    account = {"id": f"SBX{mark[:6].upper()}", "name": "Sandbox paper account"}
    return {KEYS[brokerage]: f"sandbox-{mark[:32]}", "accounts": [account]}


ROUTES: Routes = {"/live/auth0/authorize": authorize, "/live/auth0/read": read}
