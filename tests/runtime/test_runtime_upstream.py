"""One pool to one host: time, size, repeats; nothing shared above the connection."""

import gzip
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from quantconnect_tools.tool import Answer, File
from runtime_stage import Stub
from stub_answers import cut_off, never

from ledgai_mcp.api.upstream import Request, Upstream, retry_after
from ledgai_mcp.errors import Interrupted, TimedOut, TooLarge, Unreachable

READ = Request("POST", "/projects/read", body={})
WAITS: list[float] = []


@pytest.fixture(autouse=True)
def _no_waits() -> None:
    WAITS.clear()


async def note(seconds: float) -> None:
    WAITS.append(seconds)


def run(stub_url: str, work: Callable[[Upstream], Awaitable[Any]], size: int = 1_000_000) -> Any:
    async def inside() -> Any:
        upstream = Upstream(stub_url, "ledgai-mcp/test", size, note)
        try:
            return await work(upstream)
        finally:
            await upstream.close()

    return anyio.run(inside)


def ask(
    stub: Stub, request: Request = READ, *, repeat: bool = True, within: float = 5, size: int = 10**6
) -> Answer:
    async def work(upstream: Upstream) -> Answer:
        return (await upstream.exchange(request, dict, repeat=repeat, within=within)).answer

    answer: Answer = run(stub.url, work, size)
    return answer


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_read_is_repeated_until_it_is_answered(stub: Stub, status: int) -> None:
    """case C09"""
    stub.script("/projects/read", b"<html>", status)
    stub.script("/projects/read", b"<html>", status)
    stub.script("/projects/read", {"ok": 1})
    assert ask(stub).status == 200
    assert len(stub.seen) == 3
    assert 0.25 <= WAITS[0] <= 0.5
    assert 0.5 <= WAITS[1] <= 1.0


@pytest.mark.parametrize("status", [401, 404, 500])
def test_other_answers_are_final(stub: Stub, status: int) -> None:
    stub.script("/projects/read", {}, status)
    assert ask(stub).status == status
    assert len(stub.seen) == 1


@pytest.mark.parametrize(("repeat", "times"), [(True, 3), (False, 1)])
def test_attempts_end_and_a_call_that_changes_something_is_never_repeated(
    stub: Stub, repeat: bool, times: int
) -> None:
    """case C09"""
    stub.script("/projects/read", b"<html>", 503)
    assert ask(stub, repeat=repeat).status == 503
    assert len(stub.seen) == times


def test_retry_after_is_honoured_within_the_time_of_the_call(stub: Stub) -> None:
    """case C09"""
    stub.script("/projects/read", {}, 429, Retry_After="2")
    stub.script("/projects/read", {}, 429, Retry_After="60")
    answer = ask(stub)
    assert (answer.status, answer.retry_after) == (429, 60.0)
    assert WAITS == [2.0]


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("2", None, 2.0),
        ("Wed, 21 Oct 2026 07:28:30 GMT", "Wed, 21 Oct 2026 07:28:00 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:29:00 GMT", 0.0),
        ("soon", None, None),
        ("-5", None, None),
        ("²", None, None),
        (None, None, None),
        ("9" * 400, None, 999999999.0),
    ],
)
def test_a_retry_after_header_is_seconds_or_a_date(
    value: str | None, date: str | None, seconds: float | None
) -> None:
    assert retry_after(value, date) == seconds


def test_a_connection_that_breaks_is_repeated_for_reads_only(stub: Stub) -> None:
    """case C09"""
    stub.act("/projects/read", cut_off)
    stub.script("/projects/read", {})
    assert ask(stub).status == 200
    stub.act("/backtests/create", cut_off)
    with pytest.raises(Interrupted) as caught:
        ask(stub, Request("POST", "/backtests/create", body={}), repeat=False)
    assert caught.value.sent
    assert stub.paths() == ["/projects/read", "/projects/read", "/backtests/create"]


def test_an_api_that_never_answers_is_given_up_in_time(stub: Stub) -> None:
    """case C09"""
    stub.act("/projects/read", never)
    with pytest.raises(TimedOut) as caught:
        ask(stub, within=0.3)
    assert caught.value.sent
    assert "0.3 seconds" in str(caught.value)


def test_a_host_that_does_not_listen_was_sent_nothing() -> None:
    """case C09"""
    with pytest.raises(Unreachable) as caught:
        run("http://127.0.0.1:9/api/v2", lambda pool: pool.exchange(READ, dict, repeat=True, within=5))
    assert not caught.value.sent
    assert len(WAITS) == 2


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_above_the_limit_is_not_read_into_memory(stub: Stub, packed: bool) -> None:
    """case C07: the limit holds for what a small compressed body unpacks to as well."""
    body = b'{"a":"' + b"x" * 200_000 + b'"}'
    headers = {"Content_Encoding": "gzip"} if packed else {}
    stub.script("/projects/read", gzip.compress(body) if packed else body, 200, **headers)
    with pytest.raises(TooLarge):
        ask(stub, size=100_000)
    assert len(stub.seen) == 1


def test_no_cookie_is_kept_for_the_next_caller(stub: Stub) -> None:
    async def work(upstream: Upstream) -> None:
        for _ in range(2):
            await upstream.exchange(READ, dict, repeat=True, within=5)

    stub.script("/projects/read", {}, Set_Cookie="session=alice; Path=/")
    run(stub.url, work)
    assert ["Cookie" in seen.headers for seen in stub.seen] == [False, False]


def test_a_redirect_is_not_followed(stub: Stub) -> None:
    """case C22: another host must not receive the signature."""
    stub.script("/projects/read", {}, 302, Location=f"{stub.url}/steal")
    answer = ask(stub)
    assert (answer.status, answer.location) == (302, f"{stub.url}/steal")
    assert stub.paths() == ["/projects/read"]


def test_a_path_cannot_change_the_host(stub: Stub) -> None:
    """case C22"""
    stub.script("*", {})
    for path in ("@evil.test/x", "evil", ""):
        with pytest.raises(ValueError, match="not a path"):
            ask(stub, Request("POST", path, body={}))
    for path in ("/a/../b", "/a/./b", "/a b", "/a?b", "/a#b"):
        with pytest.raises(ValueError, match="would not be sent as it is declared"):
            ask(stub, Request("POST", path, body={}))
    assert stub.seen == []
    ask(stub, Request("POST", "//evil.test/x", body={}))
    assert stub.seen[0].headers["Host"] == stub.url.split("/")[2]


def test_no_proxy_is_asked_for_an_api_on_this_machine(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert ask(stub).status == 200


def test_each_attempt_is_signed_again(stub: Stub) -> None:
    stub.script("/projects/read", {}, 503)
    stub.script("/projects/read", {})
    times = iter(("1", "2"))

    async def work(upstream: Upstream) -> None:
        await upstream.exchange(READ, lambda: {"Timestamp": next(times)}, repeat=True, within=5)

    run(stub.url, work)
    assert [seen.headers["Timestamp"] for seen in stub.seen] == ["1", "2"]


def test_a_file_goes_as_multipart_with_its_exact_bytes(stub: Stub) -> None:
    """case C25"""
    content = bytes(range(256))
    body = {"organizationId": "o", "key": "a/b.bin", "flag": True}
    ask(
        stub,
        Request("POST", "/object/set", body=body, files={"objectData": File("a/b.bin", content)}),
        repeat=False,
    )
    (seen,) = stub.seen
    kind, _, boundary = seen.headers["Content-Type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    parts = seen.body.split(b"--" + boundary.encode())
    assert any(b'name="objectData"; filename=' in part and part.endswith(content + b"\r\n") for part in parts)
    assert any(b'name="key"' in part and part.endswith(b"\r\n\r\na/b.bin\r\n") for part in parts)
    assert any(b'name="flag"' in part and part.endswith(b"\r\n\r\ntrue\r\n") for part in parts)
