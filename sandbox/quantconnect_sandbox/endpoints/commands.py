"""live/commands/create and live/commands/broadcast: telling running algorithms to do something.

Knows: the commands that every algorithm understands, and the generic one (api-facts 6).
Must not know: how a deployment keeps its books.
"""

import json
from typing import Any

from quantconnect_sandbox.endpoints import deployments
from quantconnect_sandbox.endpoints.access import live_control, membership, organization_of, project_of
from quantconnect_sandbox.exchange.arguments import Arguments, decimal
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import RefusedError
from quantconnect_sandbox.state.store import Document

MOST = 1000
"""Commands that one deployment keeps."""
LONGEST = 20_000
"""Characters of one command as JSON."""


async def create(call: Call) -> dict[str, Any]:
    """Sends a command to the project's running algorithm."""
    project = project_of(call)
    live_control(project, call.user.id)
    command = _command(call)
    deployment = deployments.running(call, project)
    if deployment is None:
        raise RefusedError(deployments.NONE)
    await _sent(call, deployment, command)
    return {}


async def broadcast(call: Call) -> dict[str, Any]:
    """Sends a command to every running algorithm of an organization that the caller controls."""
    organization = organization_of(call, required=True)
    command = _command(call)
    excluded = call.arguments.integer("excludeProjectId") if call.arguments.has("excludeProjectId") else None
    for project in call.store.all("project", organization.id):
        member = membership(project, call.user.id)
        if member is None or not member["liveControl"] or project["projectId"] == excluded:
            continue
        deployment = deployments.running(call, project)
        if deployment is not None:
            await _sent(call, deployment, command)
    return {}


def _command(call: Call) -> dict[str, Any]:
    command = call.arguments.mapping("command")
    if not command:
        raise RefusedError("Required parameter command is empty.")
    if len(json.dumps(command)) > LONGEST:
        raise RefusedError(f"Invalid argument: command is longer than {LONGEST} characters.")
    return command


async def _sent(call: Call, deployment: Document, command: dict[str, Any]) -> None:
    """Does what a command says. One that comes before the algorithm runs is lost (api-facts 6)."""
    if await deployments.status(call, deployment) != "Running" or len(deployment["notes"]) >= MOST:
        return
    kind = str(command.get("$type") or "")
    fields = Arguments({key.lower().replace("_", ""): value for key, value in command.items()})
    match kind.rsplit(".", 1)[-1]:
        case "OrderCommand":
            outcome = await _order(call, deployment, fields)
        case "LiquidateCommand":
            symbol = str(fields.raw("ticker") or fields.raw("symbol") or "") or None
            outcome = f"closed {await deployments.close_positions(call, deployment, symbol)} positions"
        case "":
            handled = (
                "on_command, which was not run" if deployment["onCommand"] else "no on_command in the code"
            )
            outcome = f"{json.dumps(command)} received; {handled}"
        case _:
            outcome = f"{kind} received: {json.dumps(command)}"
    deployments.note(call, deployment, f"Command: {outcome}")


async def _order(call: Call, deployment: Document, fields: Arguments) -> str:
    """A market order at the last price of a symbol that the algorithm has traded."""
    symbol = fields.raw("symbol") or fields.raw("ticker") or ""
    if isinstance(symbol, dict):
        symbol = symbol.get("id") or symbol.get("ID") or symbol.get("value") or ""
    try:
        quantity = decimal(fields.raw("quantity"), "quantity")
    except RefusedError as error:
        return f"order refused: {error}"
    state = await deployments.state(call, deployment, 0.0)
    known = state.ledger.last_price(str(symbol))
    if known is None or not quantity:
        return f"order refused: no price of {symbol!r} is known here, or the quantity is 0"
    deployments.fill(call, deployment, known[0], quantity, known[1], str(fields.raw("tag") or "Command"))
    return f"order of {quantity:g} {known[0]} filled at {known[1]}"


ROUTES: Routes = {"/live/commands/create": create, "/live/commands/broadcast": broadcast}
