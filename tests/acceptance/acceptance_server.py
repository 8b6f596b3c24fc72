"""The real server as a client meets it: one process over stdio, the sandbox as its API, the SDK's client.

Knows: how to start and stop them, how to make a call. Must not know: tools.
"""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import httpx2
from anyio.from_thread import BlockingPortal, start_blocking_portal
from attrs import frozen
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.types import CallToolResult
from quantconnect_sandbox.state.people import DEFAULT_USER
from quantconnect_sandbox.transport.serving import running
from sandbox_calls import Caller


@frozen
class Server:
    """A running server, to be called from ordinary functions."""

    portal: BlockingPortal
    client: Client
    caller: Caller
    """The same user, past the server."""

    def call(self, tool: str, **arguments: Any) -> CallToolResult:
        return self.portal.call(self.client.call_tool, tool, arguments)

    def ok(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The answer of a call that has to succeed."""
        result = self.call(tool, **arguments)
        assert not result.is_error, (tool, text(result))
        assert result.structured_content is not None, (tool, text(result))
        return result.structured_content

    def no(self, tool: str, **arguments: Any) -> str:
        """What a model reads of a call that has to be refused."""
        result = self.call(tool, **arguments)
        assert result.is_error, (tool, text(result))
        return text(result)

    def asked(self) -> list[str]:
        """The endpoints that the sandbox was asked for since the last time."""
        log = self.caller.url.removesuffix("/api/v2") + "/__log"
        paths = [request["path"] for request in self.caller.http.get(log).json()["requests"]]
        self.caller.http.delete(log)
        return paths


def text(result: CallToolResult) -> str:
    """What a model reads."""
    return "\n".join(block.text for block in result.content if block.type == "text")


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """Start both, everything in the sandbox at once; the caller is its documented user, as an admin."""
    user = DEFAULT_USER
    with running() as url, start_blocking_portal() as portal, httpx2.Client() as http:
        environment = {
            "QUANTCONNECT_USER_ID": str(user.id),
            "QUANTCONNECT_API_TOKEN": user.api_token,
            "QUANTCONNECT_ORGANIZATION_ID": user.organization,
            "LEDGAI_API_URL": url,
            "LEDGAI_LOG_LEVEL": "error",
        }
        command = ["-m", "ledgai_mcp"]
        parameters = StdioServerParameters(command=sys.executable, args=command, env=environment)
        caller = Caller(url, user.id, user.api_token, user.organization, http)
        with portal.wrap_async_context_manager(Client(parameters)) as client:
            yield Server(portal, client, caller)
