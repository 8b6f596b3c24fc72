"""Faults that an attack on a running server has found, one test each; none may come back."""

import difflib
import json
from typing import Any

import pytest
from http_site import Site, Sites, call, mint
from quantconnect_tools import CATALOG
from runtime_stage import Stub
from stub_answers import cut_off, held

from ledgai_mcp.calls.arguments import MOST_VALUES, ArgumentValidator
from ledgai_mcp.calls.validation_messages import MOST
from ledgai_mcp.errors import BadArguments
from ledgai_mcp.http import connections
from ledgai_mcp.identity import Limits

BACKTEST = {"projectId": 7, "compileId": "c", "backtestName": "b"}
CREATED = "/backtests/create"


def said(site: Site, token: str, body: dict[str, Any] | str) -> str:
    """What a call's failure reads."""
    content = body if isinstance(body, str) else json.dumps(body)
    headers = {"Content-Type": "application/json"}
    result = site.request("POST", token=token, content=content, headers=headers).json()["result"]
    assert result["isError"]
    return str(result["content"][0]["text"])


def counted(subject: str) -> str:
    return mint(subject, ["qc:backtests:write"], limits=Limits(backtests_per_day=1))


def test_an_unreadable_answer_gives_no_count_back(site: Site, stub: Stub) -> None:
    """The text says that the call may have taken effect; then it has used the count as well."""
    for status in (200, 302, 500, 502, None):
        stub.scripts[CREATED].clear()
        if status is None:
            stub.act(CREATED, cut_off)
        else:
            stub.script(CREATED, b"<html>later</html>", status, Content_Type="text/html")
        token = counted(f"caller of {status}")
        assert "may have taken effect" in said(site, token, call("create_backtest", BACKTEST))
        assert "all 1 of today (UTC) are used" in said(site, token, call("create_backtest", BACKTEST))
    assert stub.paths() == [CREATED] * 5


def test_a_refusal_of_the_api_gives_the_count_back(site: Site, stub: Stub) -> None:
    token = counted("alice")
    for status in (200, 400, 401, 404, 429):
        stub.scripts[CREATED].clear()
        stub.script(CREATED, {"success": False, "errors": ["no such build"]}, status)
        assert "no such build" in said(site, token, call("create_backtest", BACKTEST))
    assert stub.paths() == [CREATED] * 5


def test_an_infinite_number_is_refused_before_it_costs_a_count(site: Site, stub: Stub) -> None:
    """It passes the schema as a number and cannot be written as JSON: nothing is sent."""
    token = counted("alice")
    for number in ("1e999", "-1e999"):
        body = json.dumps(call("create_backtest", {**BACKTEST, "parameters": {"p": 5}})).replace("5", number)
        assert "nothing was sent" in said(site, token, body)
    assert stub.seen == []
    stub.script(CREATED, {"success": False, "errors": ["reached"]})
    assert "reached" in said(site, token, call("create_backtest", BACKTEST))


def test_an_infinite_number_hidden_in_text_is_refused() -> None:
    with pytest.raises(BadArguments, match="not finite"):
        ArgumentValidator(1000).check(CATALOG["create_backtest"], {**BACKTEST, "parameters": '{"p": 1e999}'})


def test_a_list_of_problems_is_described_in_part_only() -> None:
    """300 kB of arguments held the event loop for a second and were answered with 4 MB."""
    for count, described in ((500, MOST + 1), (MOST, MOST)):
        tags = {"projectId": 7, "backtestId": "b", "tags": list(range(count))}
        with pytest.raises(BadArguments) as caught:
            ArgumentValidator(1000).check(CATALOG["update_backtest_tags"], tags)
        assert len(caught.value.problems) == described
        assert (caught.value.problems[-1] == f"and more than these {MOST}") == (count > MOST)


@pytest.mark.parametrize(
    "arguments",
    [
        {f"name{number}": 1 for number in range(MOST_VALUES + 1)},
        {"tags": [[1] * 100] * MOST_VALUES},
        {"tags": json.dumps([1] * (MOST_VALUES + 1))},
    ],
    ids=["names", "nested", "in text"],
)
def test_more_values_than_a_check_may_take_time_for_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(BadArguments) as caught:
        ArgumentValidator(1000).check(CATALOG["update_backtest_tags"], arguments)
    assert caught.value.problems == (f"arguments: more than {MOST_VALUES} values; send less at once",)


def test_a_huge_name_is_not_compared(site: Site, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing 10 MB held the event loop for a second; both the tool's and an argument's name."""
    compared: list[int] = []
    genuine = difflib.get_close_matches

    def watched(word: str, *rest: Any, **more: Any) -> list[str]:
        compared.append(len(word))
        return genuine(word, *rest, **more)

    monkeypatch.setattr(difflib, "get_close_matches", watched)
    long = "x" * 60_000
    unknown = site.post(call(long), token=mint())
    assert unknown.json()["error"]["code"] == -32602
    with pytest.raises(BadArguments):
        ArgumentValidator(1000).check(CATALOG["read_project"], {"projectId": 1, long: 1})
    assert len(compared) == 2
    assert max(compared) <= 80


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.2)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    "sent",
    [b"", b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET"],
    ids=["nothing", "half a header", "half of the next"],
)
def test_a_connection_on_which_no_request_arrives_is_closed(sites: Sites, sent: bytes) -> None:
    """It was kept for ever, whoever opened it."""
    received = sites.start().sent(sent)
    assert received.startswith(b"HTTP/1.1 200" if b"livez" in sent else b"")


@pytest.mark.usefixtures("hasty")
def test_a_slow_call_is_not_an_idle_connection(sites: Sites, stub: Stub) -> None:
    stub.act("/account/read", held(stub.over, {"success": True}, seconds=1.0))
    answer = sites.start().post(call("read_account"), token=mint())
    assert answer.json()["result"]["isError"] is False


def test_the_parser_of_headers_is_always_the_one_with_a_bound(site: Site) -> None:
    """If httptools was installed it was taken, and headers of any size with it."""
    assert site.served.server.config.http_protocol_class is connections.SmallPieces


@pytest.mark.parametrize("part", ["1,", "[", '{"a":'])
def test_a_body_of_a_million_values_is_refused_before_it_is_parsed(site: Site, stub: Stub, part: str) -> None:
    """Eight million empty objects, 23 MB, held the event loop for a second and took half a gigabyte."""
    body = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_account","arguments":['
    answer = site.request("POST", token=mint(), content=body + part * 100_001)
    assert answer.status_code == 413
    assert "100000 values" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "body", ["[]", ' \n[{"jsonrpc":"2.0","id":1,"method":"ping"}]', "[" + "1," * 100_000]
)
def test_a_batch_is_refused_before_it_is_parsed(site: Site, body: str) -> None:
    """Each entry was checked against every kind of message: 23 MB took three seconds."""
    answer = site.request("POST", token=mint(), content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert "Batches are not served" in answer.json()["error"]["message"]


def test_a_large_text_is_accepted(site: Site, stub: Stub) -> None:
    content = "x = [1, {2: 3}]\n" * 60_000
    token = mint(scopes=["qc:files:write"])
    answer = site.post(call("create_file", {"projectId": 7, "name": "a.py", "content": content}), token=token)
    assert answer.json()["result"]["isError"] is False
    assert stub.seen[0].json["content"] == content


def test_no_authentication_for_a_page_of_this_machine_is_served(sites: Sites) -> None:
    site = sites.start(ENABLE_AUTH="false", LEDGAI_ALLOWED_ORIGINS="http://[::1]:6274 https://localhost")
    assert site.post(call("health_check")).status_code == 200


def test_a_request_with_two_ends_ends_its_connection(site: Site) -> None:
    """A proxy that counts by Content-Length sends what follows the chunks as the next person's request."""
    hidden = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
    request = (
        b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
        b"0\r\n\r\n" + hidden
    )
    received = site.sent(request)
    assert received.startswith(b"HTTP/1.1 400")
    assert received.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in received.lower()
