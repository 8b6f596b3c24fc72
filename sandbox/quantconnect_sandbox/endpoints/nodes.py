"""projects/nodes/read, update and nodes/read: the machines of an organization.

Knows: their list, which a project has selected, which are busy (api-facts 3.3).
Must not know: what runs on them.
"""

from collections.abc import Callable
from typing import Any

from attrs import frozen

from quantconnect_sandbox.endpoints import deployments
from quantconnect_sandbox.endpoints.access import organization_of, project_of, touched
from quantconnect_sandbox.endpoints.lifecycle import stage_of
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import RefusedError
from quantconnect_sandbox.state.identifiers import digest
from quantconnect_sandbox.state.store import Document


@frozen
class Machine:
    """One kind of node and how many an organization has."""

    kind: str
    sku: str
    count: int
    cpu: int
    ram: float
    speed: float
    monthly: int
    assets: int


MACHINES = (
    Machine("backtest", "B-MICRO", 1, 2, 8, 3.4, 0, 1),
    Machine("backtest", "B2-8", 2, 2, 8, 4.9, 14, 1),
    Machine("backtest", "B4-12", 2, 4, 12, 4.9, 20, 1),
    Machine("research", "R-MICRO", 1, 1, 0.5, 2.2, 0, 1),
    Machine("research", "R4-12", 1, 4, 12, 2.4, 14, 1),
    Machine("live", "L-MICRO", 1, 1, 0.5, 2.2, 0, 50),
    Machine("live", "L1-1", 2, 1, 1, 2.4, 24, 50),
    Machine("live", "L2-4", 1, 2, 4, 2.4, 50, 100),
)
PREFIX = {"backtest": "BN", "research": "RN", "live": "LN"}


async def read_project(call: Call) -> dict[str, Any]:
    """All nodes, and which of them the project has selected."""
    return await _answer(call, project_of(call))


async def update_project(call: Call) -> dict[str, Any]:
    """Selects exactly the given nodes, unknown ids aside; none or nothing given means "choose for me"."""
    project = project_of(call, write=True)
    project["nodes"] = [str(each) for each in call.arguments.items("nodes")]
    touched(call, project)
    return await _answer(call, project)


async def read_organization(call: Call) -> dict[str, Any]:
    """The three lists at top level (what the LEAN CLI reads, api-facts 3.3)."""
    organization = organization_of(call)
    await deployments.refresh(call, organization.id)
    return dict(_lists(call, organization.id, []))


def of(organization: str, kind: str) -> list[dict[str, Any]]:
    """The idle nodes of one kind in an organization; always the same ones."""
    found = []
    for machine in MACHINES:
        for number in range(machine.count if machine.kind == kind else 0):
            mark = digest(f"{organization} {machine.sku} {number}")[:32]
            price = {"monthly": machine.monthly, "yearly": machine.monthly * 10}
            found.append(
                {
                    "speed": machine.speed,
                    "price": price,
                    "cpu": machine.cpu,
                    "ram": machine.ram,
                    "name": f"Sandbox {machine.sku} node {mark[:8]}",
                    "sku": machine.sku,
                    "description": f"Sandbox: {machine.cpu} CPU, {machine.ram:g} GB RAM, all invented",
                    "usedBy": "-",
                    "userProfile": "",
                    "projectName": "",
                    "projectId": None,
                    "busy": False,
                    "id": f"{PREFIX[kind]}-{mark}",
                    "assets": machine.assets,
                    "host": "SBX" if kind == "live" else None,
                    "hasGpu": 0,
                    "active": False,
                }
            )
    return found


def free_backtest_node(call: Call, project: Document) -> dict[str, Any]:
    """A selected and idle node to run a backtest on. Refused when there is none (api-facts 2.3)."""
    nodes = _with_use(call, project["organizationId"], "backtest")
    known = {node["id"] for node in nodes}
    selected = known & set(project["nodes"]) or known
    free = [node for node in nodes if node["id"] in selected and not node["busy"]]
    if not free:
        raise RefusedError("There are no spare nodes available. Stop a running backtest, or add more nodes.")
    return free[-1]


def free_live_node(call: Call, organization: str, id_: str) -> dict[str, Any]:
    """The named live node, if it is idle."""
    nodes = _with_use(call, organization, "live")
    node = next((each for each in nodes if each["id"] == id_), None)
    if node is None:
        raise RefusedError("Invalid argument: nodeId names no live node of this organization.")
    if node["busy"]:
        raise RefusedError(
            f"There are no spare nodes available: {node['name']} is busy. Stop what it runs, or add more."
        )
    return node


async def _answer(call: Call, project: Document) -> dict[str, Any]:
    organization = project["organizationId"]
    await deployments.refresh(call, organization)
    lists = _lists(call, organization, project["nodes"])
    return {"nodes": lists, "autoSelectNode": not project["nodes"]}


def _lists(call: Call, organization: str, active: list[str]) -> dict[str, Any]:
    return {
        kind: [{**node, "active": node["id"] in active} for node in _with_use(call, organization, kind)]
        for kind in ("backtest", "research", "live")
    }


def _with_use(call: Call, organization: str, kind: str) -> list[dict[str, Any]]:
    """The nodes of one kind with who uses them."""
    nodes, uses = of(organization, kind), _uses(call, organization)
    for node in nodes:
        project = uses.get(node["id"])
        if project is not None:
            owner = call.world.people.users.get(project["ownerId"])
            node.update(
                busy=True,
                usedBy=owner.name if owner else "-",
                projectName=project["name"],
                projectId=project["projectId"],
            )
    return nodes


def _uses(call: Call, organization: str) -> dict[str, Document]:
    """Node id -> the project that runs something on it."""
    running: list[tuple[str, Callable[[Document], bool]]] = [
        ("backtest", lambda each: each["nodeId"] is not None and not stage_of(call, each)[2]),
        ("deployment", lambda each: each["stopped"] is None),
    ]
    uses: dict[str, Document] = {}
    for project in call.store.all("project", organization):
        for kind, runs in running:
            for each in call.store.all(kind, project["projectId"]):
                if runs(each):
                    uses[each["nodeId"]] = project
    return uses


ROUTES: Routes = {
    "/projects/nodes/read": read_project,
    "/projects/nodes/update": update_project,
    "/nodes/read": read_organization,
}
