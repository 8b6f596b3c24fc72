"""The real process over its real pipes: what it writes there, and nothing else."""

import json
import os

import anyio
import pytest
from quantconnect_tools import CATALOG, GROUPS
from runtime_stage import TOKEN, Stub
from stdio_peer import assert_only_json_rpc, serving
from stub_answers import never

from ledgai_mcp.stdio import pipes


def test_a_last_line_without_an_end_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipes, "leave_soon", lambda: None)

    async def lines() -> list[bytes | None]:
        source, given = os.pipe()
        os.write(given, b'{"a":1}\n{"b":2}')
        os.close(given)
        both = pipes.Pipes(source, given, 100)
        both.open()
        return [line async for line in both]

    assert anyio.run(lines) == [b'{"a":1}', b'{"b":2}']


def test_the_first_list_equals_the_wire_files_and_does_not_wait_for_the_api(stub: Stub) -> None:
    """case C10; in the era that has every field."""
    stub.act("*", never)
    with serving(stub, LEDGAI_SCOPES="readonly") as peer:
        meta = {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        peer.send({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}})
        listed = peer.line()["result"]
    held = set(GROUPS["readonly"])
    assert listed["tools"] == [
        CATALOG[name].wire for name in sorted(CATALOG) if set(CATALOG[name].scopes) <= held
    ]
    assert (listed["cacheScope"], listed["resultType"]) == ("private", "complete")
    assert stub.seen == []


HOSTILE = """
import sys, warnings, os
warnings.warn("CANARY-EARLY", DeprecationWarning)
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


def test_nothing_but_json_rpc_reaches_stdout(stub: Stub) -> None:
    """case C52: at the most verbose level, with a warning, and with a tool that prints in every way."""
    with serving(stub, ("-c", HOSTILE), LEDGAI_LOG_LEVEL="debug") as peer:
        peer.handshake()
        peer.send(b"this is no JSON\n")
        assert peer.line()["error"]["code"] == -32700
        peer.call(1, "read_mcp_server_version", {})
        assert peer.line()["id"] == 1
        peer.stdin.close()
        code, out, err = peer.rest()
    assert_only_json_rpc(out)
    assert b"CANARY" not in out
    assert code == 0
    for word in ("EARLY", "PRINT", "RAW", "FD", "CHILD", "WARNING"):
        assert f"CANARY-{word}" in err


def test_no_secret_appears_anywhere_at_the_most_verbose_level(stub: Stub) -> None:
    """case C40"""
    stub.script("/projects/read", {"success": False, "errors": ["no"]}, 401)
    stub.script("/backtests/list", b"<html>", 502)
    with serving(stub, LEDGAI_LOG_LEVEL="debug") as peer:
        peer.handshake()
        for number, name in enumerate(("list_projects", "list_backtests", "read_account", "health_check"), 1):
            peer.call(number, name, {"projectId": 1} if name == "list_backtests" else {})
        lines = [json.dumps(peer.line()) for _ in range(4)]
        peer.stdin.close()
        _, out, err = peer.rest()
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


def test_messages_larger_than_a_pipe_pass_and_a_stderr_that_is_never_read_stops_nothing(stub: Stub) -> None:
    """case C25, C07, C54"""
    stub.script("/files/update", {"success": True, "echo": "y" * 90_000})
    content = "x" * 3_000_000
    with serving(stub, LEDGAI_MAX_ANSWER_BYTES="100000") as peer:
        peer.handshake()
        peer.call(0, "update_file_contents", {"projectId": 1, "name": "a.py", "content": content})
        assert peer.line()["result"]["structuredContent"]["echo"] == "y" * 90_000
        for number in range(1, 601):
            peer.call(number, "no_such_tool_" + "x" * 200, {})
            assert peer.line()["id"] == number
        peer.stdin.close()
        assert peer.gone() == 0
    assert stub.seen[0].json["content"] == content
