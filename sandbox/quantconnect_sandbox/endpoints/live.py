"""live/create, read, list, update/stop, update/liquidate.

Knows: deploying, ending and showing a live algorithm (api-facts 6).
Must not know: how its orders and portfolio come about.
"""

from typing import Any

from quantconnect_sandbox.endpoints import brokerages, compiling, deployments, lean, nodes
from quantconnect_sandbox.endpoints.access import live_control, project_of, touched, visible
from quantconnect_sandbox.exchange.arguments import scalars
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import Cased, Instant, RefusedError
from quantconnect_sandbox.simulation import read as facts_of
from quantconnect_sandbox.state.identifiers import hex32
from quantconnect_sandbox.state.store import Document

KEPT = 30
"""Deployments of one project; the oldest that ended expire."""
LISTED = ("Running", "Stopped", "RuntimeError", "Liquidated")


async def create(call: Call) -> dict[str, Any]:
    """Deploys a build on a free live node, with a brokerage and data providers."""
    project = project_of(call, write=True)
    live_control(project, call.user.id)
    given = call.arguments
    build = compiling.successful(call, project)
    await deployments.refresh(call, project["organizationId"])
    if deployments.running(call, project) is not None:
        raise RefusedError("The project trades live already. Stop it before you deploy it again.")
    version = lean.known_version(given.integer("versionId"))
    brokerage = brokerages.checked(given.mapping("brokerage"), "brokerage")
    providers = brokerages.providers(given.mapping("dataProviders"), brokerage)
    node = nodes.free_live_node(call, project["organizationId"], given.text("nodeId"))
    now = call.clock.now()
    deployment: Document = {
        "deployId": f"L-{hex32()}",
        "projectId": project["projectId"],
        "organizationId": project["organizationId"],
        "nodeId": node["id"],
        "versionId": version,
        "brokerage": brokerage.shown,
        "paper": brokerage.paper,
        "dataProviders": providers,
        "cash": brokerages.cash(given),
        "holdings": brokerages.holdings(given),
        "launched": now,
        "stopped": None,
        "ended": None,
        "snapshot": build["snapshot"],
        "language": build["language"],
        "onCommand": facts_of(build["language"], compiling.snapshot_files(call, build)).on_command,
        "parameters": {**project["parameters"], **scalars(given.mapping("parameters"), "parameter")},
        "fills": [],
        "notes": [],
    }
    deployments.keep(call, deployment)
    project.update(lastLiveDeployment=now, liveForm=brokerages.form(given, node["id"], brokerage, providers))
    touched(call, project)
    ended = [e for e in call.store.all("deployment", project["projectId"]) if e["stopped"] is not None]
    for old in ended[:-KEPT]:
        call.store.remove("deployment", project["projectId"], old["deployId"])
    deployments.begin(call, deployment)
    return {
        "responseCode": "",
        "source": "api-v2",
        "deployId": deployment["deployId"],
        "versionId": version,
        "projectId": project["projectId"],
        "live": await _described(call, project, deployment),
    }


async def read(call: Call) -> dict[str, Any]:
    """The newest deployment of a project; all its fields at the top (the LEAN CLI takes them there)."""
    project = project_of(call)
    deployment = deployments.named(call, project)
    shown = await _described(call, project, deployment)
    return {**shown, "projectId": project["projectId"], "projectName": project["name"]}


async def listed(call: Call) -> dict[str, Any]:
    """Deployments, newest first, of one project or all; filtered by status."""
    wanted = call.arguments.choice("status", LISTED) if call.arguments.has("status") else None
    projects = [project_of(call)] if call.arguments.has("projectId") else visible(call)
    lines = []
    for project in projects:
        for deployment in call.store.all("deployment", project["projectId"]):
            status = await deployments.status(call, deployment)
            if wanted is None or status == wanted:
                lines.append((deployment["launched"], await _line(call, project, deployment, status)))
    lines.sort(key=lambda line: line[0], reverse=True)
    return {"live": [line for _, line in lines]}


async def stop(call: Call) -> dict[str, Any]:
    """Ends trading; positions stay."""
    deployment = _controlled(call)
    await deployments.end(call, deployment, "Stopped")
    return {}


async def liquidate(call: Call) -> dict[str, Any]:
    """Sells everything, then ends (api-facts 6)."""
    deployment = _controlled(call)
    deployments.hold(call, deployment)
    await deployments.close_positions(call, deployment, None)
    await deployments.end(call, deployment, "Liquidated")
    return {}


def _controlled(call: Call) -> Document:
    """The running deployment of a project that the caller may control."""
    project = project_of(call)
    live_control(project, call.user.id)
    deployment = deployments.running(call, project)
    if deployment is None:
        raise RefusedError(deployments.NONE)
    return deployment


async def _described(call: Call, project: Document, deployment: Document) -> dict[str, Any]:
    status = await deployments.status(call, deployment)
    stopped = deployment["stopped"]
    held = call.store.get("snapshot", deployment["projectId"], deployment["snapshot"])
    files = [
        {
            "name": name,
            "content": content,
            "projectId": project["projectId"],
            "modified": Instant(deployment["launched"]),
            "open": False,
            "isLibrary": False,
        }
        for name, content in (held["files"] if held else {}).items()
    ]
    state = await deployments.state(call, deployment)
    begun = state.share > 0
    return {
        "message": state.message,
        "deployId": deployment["deployId"],
        "status": status,
        "cloneId": project["projectId"],
        "launched": Instant(deployment["launched"]),
        "stopped": None if stopped is None else Instant(stopped),
        "brokerage": deployment["brokerage"],
        "securityTypes": ",".join(sorted({str(each.get("securityType", 0)) for each in state.run.orders})),
        "datacenter": "SBX",
        "isPublicStreaming": False,
        "public": False,
        "files": files,
        "runtimeStatistics": state.ledger.figures() if begun else None,
        "charts": {name: Cased({"name": name}) for name in state.run.charts} if begun else {},
    }


async def _line(call: Call, project: Document, deployment: Document, status: str) -> dict[str, Any]:
    state = await deployments.state(call, deployment)
    stopped = deployment["stopped"]
    return {
        "projectId": project["projectId"],
        "deployId": deployment["deployId"],
        "status": status,
        "launched": Instant(deployment["launched"]),
        "stopped": None if stopped is None else Instant(stopped),
        "brokerage": deployment["brokerage"],
        "subscription": "",
        "equity": round(max(state.ledger.equity(), 0.0), 2),
        "environment": "paper" if deployment["paper"] else "live",
        "description": project["description"],
        "error": state.message,
        "leagues": [],
    }


ROUTES: Routes = {
    "/live/create": create,
    "/live/read": read,
    "/live/list": listed,
    "/live/update/stop": stop,
    "/live/update/liquidate": liquidate,
}
