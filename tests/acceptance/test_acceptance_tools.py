"""What a client is offered: all of it, exactly as committed, in both protocol eras."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

ROOT = Path(__file__).resolve().parents[2]
WIRE = ROOT / "generated" / "quantconnect_tools" / "wire"
COMMITTED: dict[str, Any] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(WIRE.glob("*.json"))
}
NAMES = list(COMMITTED)
ENVIRONMENT = {
    "QUANTCONNECT_USER_ID": "10001",
    "QUANTCONNECT_API_TOKEN": "not-used-here",
    "LEDGAI_API_URL": "http://127.0.0.1:9/api/v2",
    "LEDGAI_LOG_LEVEL": "error",
}


async def _listed(mode: str) -> list[dict[str, Any]]:
    server = StdioServerParameters(command=sys.executable, args=["-m", "ledgai_mcp"], env=ENVIRONMENT)
    async with Client(server, mode=mode) as client:
        result = await client.list_tools()
    return [tool.model_dump(mode="json", by_alias=True, exclude_unset=True) for tool in result.tools]


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
def test_the_sdk_client_receives_the_committed_files_and_nothing_else(mode: str) -> None:
    listed = asyncio.run(_listed(mode))
    assert {tool["name"]: tool for tool in listed} == COMMITTED
    assert [tool["name"] for tool in listed] == NAMES


@pytest.mark.inspector
@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_the_inspector_lists_every_tool(era: str) -> None:
    modules = Path(os.environ["TEST_NODE"])
    inspector = json.loads((modules / "@modelcontextprotocol" / "inspector" / "package.json").read_text())
    script = modules / "@modelcontextprotocol" / "inspector" / inspector["bin"]["mcp-inspector"]
    variables = [part for name, value in ENVIRONMENT.items() for part in ("-e", f"{name}={value}")]
    command = [str(modules / "node" / "bin" / "node"), str(script), "--cli", *variables]
    server = [sys.executable, "-m", "ledgai_mcp"]
    run = subprocess.run(
        [*command, "--protocol-era", era, *server, "--method", "tools/list", "--format", "json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)["result"]
    assert sorted(tool["name"] for tool in answer["tools"]) == NAMES


def test_people_who_move_here_keep_the_tool_names_of_quantconnects_own_server() -> None:
    official = (Path(__file__).parent / "official_tool_names.txt").read_text(encoding="utf-8").split()
    assert sorted(set(official) - set(NAMES)) == []
