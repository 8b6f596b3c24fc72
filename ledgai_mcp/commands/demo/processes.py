"""The processes of the demonstration: sandbox, server over HTTP, and the commands an operator runs.

Knows: command lines and ready lines. Must not know: tools, what is shown.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from mcp.client.stdio import get_default_environment

from ledgai_mcp.commands.demo.narrator import DemoError

_SERVER = "ledgai_mcp"
_SANDBOX = "quantconnect_sandbox"
_START_SECONDS = 30


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Give what a client gives to a server it starts: no setting exported here, no account, no proxy."""
    return {**get_default_environment(), **settings}


async def operate(*arguments: str, **settings: str) -> str:
    """Run one `ledgai-mcp` command to its end and return what it prints."""
    return await _output(_SERVER, *arguments, **settings)


async def add_user(users: Path, name: str) -> str:
    """Add a person to the sandbox's users; return what it prints."""
    return await _output(_SANDBOX, "user", "add", "--users", str(users), "--name", name)


async def _output(module: str, *arguments: str, **settings: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdout=PIPE, stderr=PIPE, env=_environment(settings)
    )
    out, error = await process.communicate()
    if process.returncode:
        raise DemoError(f"{module} {' '.join(arguments[:2])}: {error.decode().strip()}")
    return out.decode().strip()


@asynccontextmanager
async def sandbox(users: Path | None = None) -> AsyncIterator[str]:
    """Start the sandbox on a free port; yield the API's address."""
    people = ("--users", str(users)) if users else ()
    async with _running(_SANDBOX, "--port", "0", "--speed", "20", *people) as process:
        async for text in _lines(process):
            if "http://" in text:
                yield text.split()[-1]
                return
    raise DemoError("the sandbox did not start")


@asynccontextmanager
async def server(**settings: str) -> AsyncIterator[str]:
    """Start the server over HTTP on a free port; yield its address."""
    ready = {"MCP_TRANSPORT": "http", "LEDGAI_PORT": "0", **settings}
    async with _running(_SERVER, "serve", **ready) as process:
        async for text in _lines(process):
            said = json.loads(text) if text.startswith("{") else {}
            if said.get("event") == "serving":
                # What it says from here on is not read, and must not fill the pipe.
                draining = asyncio.create_task(_drain(process))
                try:
                    yield str(said["url"])
                finally:
                    draining.cancel()
                return
    raise DemoError("the server did not start")


@asynccontextmanager
async def _running(module: str, *arguments: str, **settings: str) -> AsyncIterator[Process]:
    command = (sys.executable, "-m", module, *arguments)
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, env=_environment(settings)
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _lines(process: Process) -> AsyncIterator[str]:
    if process.stderr is None:
        raise DemoError("a process has no standard error")
    async with asyncio.timeout(_START_SECONDS):
        while line := await process.stderr.readline():
            yield line.decode().strip()


async def _drain(process: Process) -> None:
    while process.stderr is not None and await process.stderr.readline():
        pass
