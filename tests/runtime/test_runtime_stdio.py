"""The real process over its real pipes."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import anyio
import pytest
from attrs import define
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from quantconnect_tools import CATALOG, GROUPS
from runtime_stage import TOKEN, USER, Stub, never

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    },
}
LIMIT = 20.0
"""Seconds after which a process that should be gone is called hung (C54): less than a call may take."""

SERVE = ("-m", "ledgai_mcp")


def environment(stub: Stub | None, **more: str) -> dict[str, str]:
    own = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "default"}
    if stub is not None:
        own |= {"LEDGAI_API_URL": stub.url, "QUANTCONNECT_USER_ID": USER, "QUANTCONNECT_API_TOKEN": TOKEN}
    return own | more


@define
class Peer:
    """The other end of a server's pipes."""

    process: subprocess.Popen[bytes]

    @property
    def stdin(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def send(self, *messages: Any) -> None:
        for message in messages:
            self.stdin.write(message if isinstance(message, bytes) else json.dumps(message).encode() + b"\n")
        self.stdin.flush()

    def line(self, seconds: float = 20) -> Any:
        """Read one line of JSON; fail if none comes."""
        ready, _, _ = select.select([self.stdout], [], [], seconds)
        assert ready, "no line came"
        return json.loads(self.stdout.readline())

    def handshake(self) -> None:
        self.send(INITIALIZE)
        assert self.line()["id"] == 0
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def call(self, number: int, name: str, arguments: Any) -> None:
        params = {"name": name, "arguments": arguments}
        self.send({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})

    def gone(self) -> int:
        """Wait for the end; return the exit code, or fail if it does not come."""
        return self.process.wait(LIMIT)

    def rest(self) -> tuple[bytes, str]:
        """Return what is left on stdout, and all of stderr."""
        assert self.process.stderr is not None
        return self.stdout.read(), self.process.stderr.read().decode()


@contextmanager
def serving(stub: Stub | None, command: Sequence[str] = SERVE, **more: str) -> Iterator[Peer]:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, *command], stdin=pipe, stdout=pipe, stderr=pipe, env=environment(stub, **more)
    ) as process:
        try:
            yield Peer(process)
        finally:
            process.kill()


def assert_only_json_rpc(lines: bytes) -> None:
    for line in lines.splitlines():
        assert json.loads(line)["jsonrpc"] == "2.0"


@pytest.mark.parametrize("mode", ["legacy", "auto", "2026-07-28"])
def test_the_sdk_client_lists_and_calls_in_every_era(stub: Stub, mode: str) -> None:
    body = {"projects": [{"projectId": 1, "modified": "0000-00-00 00:00:00"}], "success": True}
    stub.script("/projects/read", body)
    parameters = StdioServerParameters(command=sys.executable, args=list(SERVE), env=environment(stub))

    async def inside() -> tuple[list[Any], Any]:
        async with Client(parameters, mode=mode) as client:
            return (await client.list_tools()).tools, await client.call_tool("list_projects", {})

    tools, result = anyio.run(inside)
    assert [tool.name for tool in tools] == sorted(CATALOG)
    assert result.structured_content == body


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_the_list_equals_the_wire_files(stub: Stub, group: str) -> None:
    """What a client receives is what was reviewed, for every group; in the era that has every field."""
    with serving(stub, LEDGAI_SCOPES=group) as peer:
        meta = {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        peer.send({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}})
        listed = peer.line()["result"]
    held = set(GROUPS[group])
    assert listed["tools"] == [
        CATALOG[name].wire for name in sorted(CATALOG) if set(CATALOG[name].scopes) <= held
    ]
    assert (listed["cacheScope"], listed["resultType"]) == ("private", "complete")


def test_the_first_answers_do_not_wait_for_the_api(stub: Stub) -> None:
    """C10"""
    stub.act("*", never)
    with serving(stub) as peer:
        peer.handshake()
        peer.send({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        assert peer.line()["result"]["tools"]
    assert stub.seen == []


HOSTILE = """
import sys, warnings, os
{before}
from ledgai_mcp import cli
from ledgai_mcp.calls import local
async def noisy(self, name, arguments):
    print("CANARY-PRINT")
    sys.__stdout__.write("CANARY-RAW"); sys.__stdout__.flush()
    os.write(1, b"CANARY-FD")
    os.system("echo CANARY-CHILD")
    warnings.warn("CANARY-WARNING", DeprecationWarning)
    return await answer(self, name, arguments)
answer = local.LocalTools.answer
local.LocalTools.answer = noisy
sys.argv = ["ledgai-mcp", "serve"]
cli.main()
"""


@pytest.mark.parametrize("level", ["debug", "info", "error"])
def test_nothing_but_json_rpc_reaches_stdout(stub: Stub, level: str) -> None:
    """C52: at every log level, with a warning, and with a tool that prints in every way there is."""
    code = HOSTILE.format(before='warnings.warn("CANARY-EARLY", DeprecationWarning)')
    with serving(stub, ("-c", code), LEDGAI_LOG_LEVEL=level) as peer:
        peer.handshake()
        peer.send(b"this is no JSON\n", b"\n", b"[1,2\n", b'{"jsonrpc":"2.0"}\n', b"\xff\xfe\n")
        peer.call(1, "read_mcp_server_version", {})
        assert peer.line()["id"] == 1
        peer.stdin.close()
        code_ = peer.gone()
        out, err = peer.rest()
    assert_only_json_rpc(out)
    assert b"CANARY" not in out
    assert code_ == 0
    for word in ("EARLY", "PRINT", "RAW", "FD", "CHILD", "WARNING"):
        assert f"CANARY-{word}" in err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"LEDGAI_READ_ONLY": "ture"}, "LEDGAI_READ_ONLY: must be true or false"),
        ({"LEDGAI_SCOPES": "admn"}, "did you mean admin?"),
        ({"LEDGAI_TOOLSETS": "filse"}, "did you mean files?"),
        ({"QUANTCONNECT_USER_ID": ""}, "QUANTCONNECT_USER_ID: is not set"),
    ],
)
def test_a_bad_setting_ends_the_start_with_an_empty_stdout(
    stub: Stub, more: dict[str, str], said: str
) -> None:
    """C52, C59"""
    with serving(stub, **more) as peer:
        code = peer.gone()
        out, err = peer.rest()
    assert code == 2
    assert out == b""
    assert said in err
    assert "Traceback" not in err


def test_a_missing_dependency_ends_the_start_with_an_empty_stdout(stub: Stub) -> None:
    """C52"""
    code = (
        'import sys; sys.modules["httpx2"] = None; sys.argv = ["ledgai-mcp"];'
        "from ledgai_mcp.cli import main; main()"
    )
    with serving(stub, ("-c", code)) as peer:
        exit_code = peer.gone()
        out, err = peer.rest()
    assert exit_code == 3
    assert out == b""
    assert "cannot start, the package httpx2 is missing" in err
    assert "Traceback" not in err


def test_without_a_stdin_the_process_ends_and_says_so() -> None:
    """C10"""
    own = environment(None)
    command = [sys.executable, *SERVE]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, env=own, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"")
    assert json.loads(done.stderr.splitlines()[-1])["event"] == "stopped"


def test_the_process_ends_when_its_input_ends_during_a_slow_call(stub: Stub) -> None:
    """C54"""
    stub.act("/projects/read", never)
    with serving(stub) as peer:
        peer.handshake()
        peer.call(1, "list_projects", {})
        assert stub.arrived.wait(20)
        peer.stdin.close()
        code = peer.gone()
        out, err = peer.rest()
    assert code == 0
    assert_only_json_rpc(out)
    assert "Traceback" not in err


def test_the_process_ends_silently_when_nobody_reads_its_output(stub: Stub) -> None:
    """C54"""
    with serving(stub) as peer:
        peer.handshake()
        peer.stdout.close()
        peer.call(1, "read_mcp_server_version", {})
        code = peer.gone()
        assert peer.process.stderr is not None
        err = peer.process.stderr.read().decode()
    assert code == 0
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("slow", [False, True])
def test_a_signal_ends_the_process_cleanly(stub: Stub, name: str, slow: bool) -> None:
    """C54"""
    stub.act("/projects/read", never)
    with serving(stub) as peer:
        peer.handshake()
        if slow:
            peer.call(1, "list_projects", {})
            assert stub.arrived.wait(20)
        peer.process.send_signal(getattr(signal, name))
        code = peer.gone()
        out, err = peer.rest()
    assert code == 0
    assert_only_json_rpc(out)
    assert "Traceback" not in err


def test_the_server_ends_when_its_parent_is_killed(stub: Stub) -> None:
    """C54"""
    stub.act("/projects/read", never)
    parent = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-m', 'ledgai_mcp'], stdin=subprocess.PIPE, bufsize=0)\n"
        "print(child.pid, file=sys.stderr, flush=True)\n"
        "for line in sys.stdin.buffer: child.stdin.write(line)"
    )
    with serving(stub, ("-c", parent)) as peer:
        assert peer.process.stderr is not None
        pid = int(peer.process.stderr.readline())
        peer.handshake()
        peer.process.kill()
        deadline = time.monotonic() + LIMIT
        while _is_alive(pid) and time.monotonic() < deadline:
            select.select([], [], [], 0.05)
        assert not _is_alive(pid)


def _is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has waited for does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_cancelled_call_leaves_the_session_usable(stub: Stub) -> None:
    """C54"""
    stub.act("/projects/read", never)
    with serving(stub) as peer:
        peer.handshake()
        peer.call(1, "list_projects", {})
        assert stub.arrived.wait(20)
        peer.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})
        peer.call(2, "read_mcp_server_version", {})
        assert peer.line()["id"] == 2


def test_no_secret_appears_anywhere_at_the_most_verbose_level(stub: Stub) -> None:
    """C40"""
    stub.script("/projects/read", {"success": False, "errors": ["no"]}, 401)
    stub.script("/backtests/list", b"<html>", 502)
    stub.script("/account/read", {"success": True})
    with serving(stub, LEDGAI_LOG_LEVEL="debug") as peer:
        peer.handshake()
        for number, name in enumerate(("list_projects", "list_backtests", "read_account", "health_check"), 1):
            peer.call(number, name, {"projectId": 1} if name == "list_backtests" else {})
        lines = [json.dumps(peer.line()) for _ in range(4)]
        peer.stdin.close()
        peer.gone()
        out, err = peer.rest()
    everything = "".join(lines) + out.decode() + err
    signatures = [seen.headers["Authorization"].removeprefix("Basic ") for seen in stub.seen]
    assert signatures
    for secret in (TOKEN, TOKEN.encode().hex(), *signatures):
        assert secret[:20] not in everything
    assert "list_projects" in err


def test_a_read_only_server_offers_what_reads(stub: Stub) -> None:
    with serving(stub, LEDGAI_READ_ONLY="true", LEDGAI_TOOLSETS="files,read_account") as peer:
        peer.handshake()
        peer.send({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        assert [made["name"] for made in peer.line()["result"]["tools"]] == ["read_account", "read_file"]
        peer.call(2, "create_file", {"projectId": 1, "name": "a.py"})
        assert "LEDGAI_READ_ONLY" in peer.line()["result"]["content"][0]["text"]
        peer.call(3, "read_project", {"projectId": 1})
        assert peer.line()["error"]["code"] == -32602
    assert stub.seen == []


def test_a_client_that_never_reads_stderr_is_served_all_the_same(stub: Stub) -> None:
    """C54: more log lines than a pipe holds must not stop the server."""
    with serving(stub) as peer:
        peer.handshake()
        for number in range(1, 601):
            peer.call(number, "no_such_tool_" + "x" * 200, {})
            assert peer.line()["id"] == number
        peer.stdin.close()
        assert peer.gone() == 0


def test_a_large_message_passes_in_both_directions(stub: Stub) -> None:
    """C25, C07: more than any pipe holds at once."""
    stub.script("/files/update", {"success": True, "echo": "y" * 90_000})
    with serving(stub, LEDGAI_MAX_ANSWER_BYTES="100000") as peer:
        peer.handshake()
        content = "x" * 3_000_000
        peer.call(1, "update_file_contents", {"projectId": 1, "name": "a.py", "content": content})
        assert peer.line()["result"]["structuredContent"]["echo"] == "y" * 90_000
    assert stub.seen[0].json["content"] == content
