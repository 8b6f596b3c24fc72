"""lean/versions/read and lean/environments/read: engine builds and Python environments.

Knows: the sandbox's invented versions. Must not know: projects.
"""

from typing import Any

from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import Instant, RefusedError
from quantconnect_sandbox.state.identifiers import digest

MASTER = 17001
"""The newest build; `-1` in a request means it."""
DEFAULT_ENVIRONMENT = 1
_RELEASED = 1_767_225_600.0
"""2026-01-01, when the newest invented build was made; each older one is four weeks older."""
_WEEKS = 4 * 7 * 86_400.0


def versions(call: Call) -> list[dict[str, Any]]:
    """Builds, newest first; `public` is the number 1 (api-facts 7)."""
    return [
        {
            "id": MASTER - age,
            "created": Instant(_RELEASED - age * _WEEKS),
            "description": f"Sandbox engine build {MASTER - age}.",
            "leanHash": digest(f"lean {age}")[:40],
            "leanCloudHash": digest(f"cloud {age}")[:40],
            "name": f"v{MASTER - age}",
            "ref": "refs/heads/master",
            "public": 1,
        }
        for age in range(4)
    ]


def known_version(number: int) -> int:
    """A build's own number; -1 is the newest. An unknown one is refused."""
    if number == -1:
        return MASTER
    if number not in range(MASTER - 3, MASTER + 1):
        raise RefusedError(f"Invalid argument: there is no LEAN version {number}.")
    return number


async def read_versions(call: Call) -> dict[str, Any]:
    """All builds."""
    return {"versions": versions(call)}


async def read_environments(call: Call) -> dict[str, Any]:
    """The Python environments a project can run in (what the LEAN CLI reads, api-facts 2)."""
    names = ("Foundation", "Foundation with deep learning")
    return {
        "environments": [
            {
                "id": number,
                "name": f"Sandbox {name}",
                "path": None if number == DEFAULT_ENVIRONMENT else f"/environments/{number}",
                "description": f"{name}: packages of the sandbox's engine.",
                "public": True,
            }
            for number, name in enumerate(names, DEFAULT_ENVIRONMENT)
        ]
    }


ROUTES: Routes = {"/lean/versions/read": read_versions, "/lean/environments/read": read_environments}
