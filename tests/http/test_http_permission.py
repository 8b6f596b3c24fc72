"""What a caller may do: 403 with everything that is missing, and the same guard behind it."""

from typing import Any

import pytest
from http_site import ERAS, Site, Sites, call, message, mint
from mcp.types import INVALID_PARAMS
from quantconnect_tools import CATALOG, GROUPS
from runtime_stage import Stub

from ledgai_mcp.api import probe
from ledgai_mcp.calls.replies import INVENTED
from ledgai_mcp.server import SANDBOX


def test_a_call_beyond_the_scopes_is_a_403_that_names_all_of_them(site: Site, stub: Stub) -> None:
    """Case C49: held and needed together, so that a client which steps up loses nothing."""
    answer = site.post(call("broadcast_live_command", request_id="x7"), token=mint(scopes=["qc:live:read"]))
    assert answer.status_code == 403
    assert answer.headers["www-authenticate"] == (
        'Bearer error="insufficient_scope", error_description="Not permitted: broadcast_live_command needs '
        "the scopes qc:admin:write and qc:live:execute, which this caller does not have. Nothing was sent. "
        'Only whoever granted the scopes can add to them; do not try again without.", '
        'scope="qc:admin:write qc:live:execute qc:live:read"'
    )
    error = answer.json()["error"]
    assert answer.json()["id"] == "x7"
    assert error["code"] == 403
    assert error["data"]["missing"] == ["qc:admin:write", "qc:live:execute"]
    assert "Not permitted" in error["message"]
    assert stub.seen == []


def test_a_refused_call_is_recorded_once(site: Site) -> None:
    site.post(call("create_project"), token=mint())
    (record,) = site.records("call")
    assert record["decision"] == "refused"
    assert record["reason"] == "scope"
    assert record["needed"] == ["qc:projects:write"]
    assert record["held"] == sorted(GROUPS["readonly"])
    assert record["request_id"].endswith("/1")
    (authentication,) = site.records("authentication")
    assert record["request_id"].startswith(authentication["request_id"])


@pytest.mark.parametrize("mode", ERAS)
def test_a_client_is_shown_why(site: Site, mode: str) -> None:
    error = site.talk(mint(), lambda client: client.call_tool("create_project", {"name": "x"}), mode)
    assert error.code == 403
    assert "create_project needs the scope qc:projects:write" in error.message


@pytest.mark.parametrize("mode", ERAS)
def test_a_setting_turns_the_403_into_an_error_of_the_tool(sites: Sites, stub: Stub, mode: str) -> None:
    site = sites.start(LEDGAI_IN_BAND_DENIALS="true")
    result = site.talk(mint(), lambda client: client.call_tool("create_project", {"name": "x"}), mode)
    assert result.is_error
    assert "needs the scope qc:projects:write" in result.content[0].text
    assert stub.seen == []
    assert [record["decision"] for record in site.records("call")] == ["refused"]


@pytest.mark.parametrize("mode", ERAS)
def test_an_unknown_tool_is_no_403(site: Site, mode: str) -> None:
    error = site.talk(mint(scopes=[]), lambda client: client.call_tool("drop_everything", {}), mode)
    assert error.code == INVALID_PARAMS
    assert "Unknown tool" in error.message


@pytest.mark.parametrize("mode", ERAS)
def test_a_list_is_its_callers_own_whatever_was_listed_before(site: Site, mode: str) -> None:
    """Case C46."""
    bob, alice = mint("bob", ["qc:files:read"]), mint("alice", GROUPS["admin"])
    few = {"read_file", "health_check"}
    for token, expected in ((bob, few), (alice, set(CATALOG)), (bob, few)):
        listed = site.talk(token, lambda client: client.list_tools(), mode)
        assert {tool.name for tool in listed.tools} == expected


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_the_instructions_tell_only_what_the_caller_has(site: Site, mode: str) -> None:
    async def work(client: Any) -> str:
        return str(client.instructions)

    assert site.talk(mint(scopes=["qc:files:read"]), work, mode).endswith("This caller has: files, server.")
    assert "live" in site.talk(mint(scopes=GROUPS["trader"]), work, mode)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_a_client_is_told_that_results_are_invented(sites: Sites, stub: Stub, mode: str) -> None:
    stub.script("*", {"projects": [], "success": True}, X_LEDGAI_Sandbox="1")

    async def work(client: Any) -> tuple[str | None, Any, Any]:
        listed = await client.call_tool("list_projects", {})
        return client.instructions, listed, await client.call_tool("health_check", {})

    instructions, listed, health = sites.start().talk(mint(), work, mode)
    assert (instructions or "").endswith(SANDBOX)
    assert listed.content[-1].text == INVENTED
    assert listed.structured_content["_sandbox"] == INVENTED
    assert health.structured_content["api"]["note"].endswith(probe.INVENTED)


def test_a_read_only_server_is_read_only_for_everybody(sites: Sites, stub: Stub) -> None:
    site = sites.start(LEDGAI_READ_ONLY="true")
    token = mint(scopes=GROUPS["admin"])
    names = {tool["name"] for tool in site.post(message("tools/list"), token=token).json()["result"]["tools"]}
    assert names == {tool.name for tool in CATALOG.values() if tool.effect == "read"}
    answer = site.post(call("delete_project", {"projectId": 1}), token=token)
    assert answer.status_code == 200  # no scope would help, so there is nothing to step up to
    assert "only reads" in answer.json()["result"]["content"][0]["text"]
    assert stub.seen == []


def test_the_tool_is_taken_from_the_body_and_not_from_a_header(site: Site, stub: Stub) -> None:
    headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list", "Mcp-Name": "read_account"}
    assert site.post(call("create_project"), token=mint(), headers=headers).status_code == 403
    assert stub.seen == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"jsonrpc":"2.0","id":1,"method":"tools\\/call","params":{"name":"create\\u005fproject"}}', 403),
        (
            b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}',
            400,
        ),
    ],
)
def test_an_escaped_or_doubled_name_is_refused(site: Site, stub: Stub, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    answer = site.request("POST", token=mint(), content=body, headers=headers)
    assert answer.status_code == status
    assert stub.seen == []


def test_dispatch_refuses_what_http_overlooks(
    site: Site, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledgai_mcp.messages.called", lambda message: None)
    answer = site.post(call("create_project", {"name": "x"}), token=mint())
    assert answer.json()["result"]["isError"] is True
    assert stub.seen == []
