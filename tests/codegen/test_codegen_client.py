"""The typed client of a small description, called over HTTP: names, signatures, the pool, statuses."""

import asyncio
import datetime
from email import message_from_bytes
from email.policy import HTTP
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest
from client_description import CLASHING
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

both = pytest.mark.parametrize("how", ["sync", "asyncio"])


@pytest.mark.parametrize("name", CLASHING)
def test_c26_a_schema_may_be_called_as_what_the_client_has_of_its_own(
    things: Any, stub: Any, name: str
) -> None:
    model = getattr(things("models"), name)
    stub.says({"name": "echo", "when": "2025-08-08 10:00:00"})
    answer = things.run(f"send_{name.lower()}", "sync", stub.url, body=model(name="sent"))
    assert type(answer.parsed) is model
    assert answer.parsed.name == "echo"
    assert answer.parsed.when == datetime.datetime(2025, 8, 8, 10)
    assert stub.seen[0].json == {"name": "sent"}


@both
def test_c17_every_value_reaches_its_own_place(things: Any, stub: Any, how: str) -> None:
    """A query parameter called as the body's argument, the client, or a local of the function."""
    node = things("models").Node.from_dict({"id": 7, "class": "c", "self": "s", "body": "b", "client": "k"})
    stub.says({"id": 8, "additionalProperties": "kept", "to_dict": "kept", "other": 1})
    answer = things.run(
        *("put_node", how, stub.url),
        id="a/b?c",
        request_body=node,
        body="B",
        self_="S",
        client_query="C",
        headers="H",
        params="P",
    )
    seen = stub.seen[0]
    assert seen.path == "/api/v2/u/a%2Fb%3Fc?body=B&self=S&client=C&headers=H&params=P"
    assert seen.json == {"id": 7, "class": "c", "self": "s", "body": "b", "client": "k"}
    assert answer.parsed.field_additional_properties == "kept"
    assert answer.parsed.to_dict() == {"id": 8, "additionalProperties": "kept", "to_dict": "kept", "other": 1}


def test_c17_a_body_may_be_a_list_beside_a_query_of_the_same_name(things: Any, stub: Any) -> None:
    stub.says({"any": 1})
    answer = things.run("send_values", "sync", stub.url, body=[1, 2], values="v")
    assert (stub.seen[0].path, stub.seen[0].json) == ("/api/v2/values?values=v", [1, 2])
    assert answer.parsed == {"any": 1}


def test_a_query_and_a_header_are_written_as_the_api_does(things: Any, stub: Any) -> None:
    stub.says({"success": True})
    since = datetime.datetime(2025, 8, 8, tzinfo=datetime.UTC)
    state = things("models").State.RUNNING
    things.run("find", "sync", stub.url, deep=True, since=since, tags=["a", "b"], state=state, x_trace=5)
    assert stub.seen[0].path == (
        "/api/v2/find?deep=true&since=2025-08-08T00%3A00%3A00%2B00%3A00&tags=a&tags=b&state=Running%3A+_%25"
    )
    assert stub.seen[0].headers["X-Trace"] == "5"


@both
def test_c25_a_file_is_sent_byte_for_byte(things: Any, stub: Any, how: str) -> None:
    content = bytes(range(256)) + b"\r\n--+++\r\nnot a boundary\r\n--+++--\r\n"
    stub.says({"success": True})
    upload = things("models").Upload(key="a/b.bin", object_data=things().File(content), public=True)
    assert things.run("upload", how, stub.url, body=upload).parsed.success is True
    seen = stub.seen[0]
    parts = message_from_bytes(
        f"Content-Type: {seen.headers['Content-Type']}\r\n\r\n".encode() + seen.body, policy=HTTP
    ).get_payload()
    assert isinstance(parts, list)
    found = {part.get_param("name", header="content-disposition"): part for part in parts}
    assert set(found) == {"key", "public", "objectData"}
    assert found["key"].get_payload(decode=True) == b"a/b.bin"
    assert found["public"].get_payload(decode=True) == b"true"
    assert found["key"].get_filename() is None
    file = found["objectData"]
    assert (file.get_filename(), file.get_content_type()) == ("objectData", "application/octet-stream")
    assert seen.body.count(content) >= 1
    boundary = seen.headers.get_boundary()
    assert b"\r\n\r\n" + content + f"\r\n--{boundary}".encode() in seen.body


def test_a_request_is_signed_again_each_time(things: Any, stub: Any) -> None:
    """The scheme: api-facts 2.1. The digest was made with sha256sum."""
    stub.says({})
    ticks = iter([1700000000.9, 1700000001])
    auth = things("auth").QuantConnectAuth(123456, "abc", clock=lambda: next(ticks))
    with things().Client(stub.url, auth=auth) as client:
        for _ in range(2):
            things("api.things.find").sync(client=client)
    first, second = (seen.headers for seen in stub.seen)
    assert (first["Timestamp"], second["Timestamp"]) == ("1700000000", "1700000001")
    assert first["Authorization"] == (
        "Basic MTIzNDU2OmJkM2M2NWU0MDM4MmYyNjUyNjRkNTVmMDk0ZmQ5M2I0ZmMxNzA5"
        "MWUwOTRkZjc1OGI4ZWI5MDliYjAxMjdiMjY="
    )
    assert second["Authorization"] != first["Authorization"]
    assert "abc" not in repr(auth) + repr(client)


def test_no_cookie_is_kept_and_no_redirect_followed(things: Any, stub: Any) -> None:
    find = things("api.things.find")
    with things().Client(stub.url, auth=things().QuantConnectAuth("1", "t")) as client:
        stub.says({}, **{"Set-Cookie": "session=alice; Path=/"})
        find.sync(client=client)
        stub.says({}, 302, Location=f"{stub.url}/elsewhere")
        assert find.sync_detailed(client=client).status_code == 302
    assert [seen.path for seen in stub.seen] == ["/api/v2/find", "/api/v2/find"]
    assert "Cookie" not in stub.seen[1].headers


def test_a_client_with_other_headers_leaves_the_first_as_it_was(things: Any, stub: Any) -> None:
    stub.says({})
    find = things("api.things.find")
    with things().Client(stub.url, headers={"X-Who": "alice"}) as first:
        find.sync(client=first)
        with first.with_headers({"X-Who": "bob"}).with_timeout(3.0) as second:
            find.sync(client=second)
        find.sync(client=first)
    assert [seen.headers["X-Who"] for seen in stub.seen] == ["alice", "bob", "alice"]


@both
def test_an_undescribed_status_is_an_answer_without_a_model(things: Any, stub: Any, how: str) -> None:
    stub.says({"secret": "canary"}, 418)
    answer = things.run("find", how, stub.url)
    assert (answer.status_code, answer.parsed) == (418, None)
    assert "canary" not in repr(answer)


def test_an_undescribed_status_is_an_error_on_request_and_its_text_has_no_body(
    things: Any, stub: Any
) -> None:
    stub.says({"secret": "canary"}, 503)
    strict = things().Client(stub.url, raise_on_unexpected_status=True)
    with strict as client, pytest.raises(things().UnexpectedStatus) as caught:
        things("api.things.find").sync(client=client)
    assert caught.value.status_code == 503
    assert b"canary" in caught.value.content
    assert "canary" not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize("body", [b"<html>canary</html>", b"", b'{"canary": \xff}'])
def test_a_body_that_is_not_json_is_an_error_without_the_body(things: Any, stub: Any, body: bytes) -> None:
    stub.says(body)
    with pytest.raises(things().UnreadableAnswer) as caught:
        things.run("find", "sync", stub.url)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_c22_the_address_is_never_that_of_the_document(things: Any) -> None:
    assert things().Client().base_url == things().BASE_URL == "https://www.quantconnect.com/api/v2"
    assert not [path for path in things.package.rglob("*.py") if "mock.example.net" in path.read_text()]


def test_a_transport_of_ones_own_replaces_the_network(things: Any) -> None:
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, json={"success": True}))
    with things().Client(httpx_args={"transport": transport}) as client:
        assert things("api.things.find").sync(client=client).success is True


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=9, alphabet=st.characters(codec=None))
    | st.lists(st.sampled_from(["..", ".", "/", "\\", "%2e", "a", "?", "#"]), max_size=5).map("".join)
)
@example("..").via("reached another endpoint")
def test_a_value_arrives_in_its_own_place_of_the_path_or_nothing_is_sent(
    things: Any, stub: Any, value: str
) -> None:
    stub.seen.clear()
    node = things("models").Node(id=1)
    try:
        things.run("put_node", "sync", stub.url, id=value, request_body=node)
    except ValueError:
        assert stub.seen == []
        return
    (seen,) = stub.seen
    start, place = seen.path[:10], seen.path[10:]
    assert (start, unquote(place, errors="strict"), "/" in place) == ("/api/v2/u/", value, False)


@both
def test_what_is_no_text_or_number_is_no_part_of_a_path(things: Any, stub: Any, how: str) -> None:
    node = things("models").Node(id=1)
    for value in ([1], {"a": 1}, None, "", b"x"):
        with pytest.raises(ValueError, match="id must be a text or a number"):
            things.run("put_node", how, stub.url, id=value, request_body=node)
    assert stub.seen == []
    things.run("put_node", how, stub.url, id=True, request_body=node)
    assert stub.seen[0].path == "/api/v2/u/true"


@both
def test_a_request_goes_to_the_path_of_its_operation_or_nowhere(things: Any, stub: Any, how: str) -> None:
    """Whatever an HTTP library makes of a path: it removes dot segments."""
    request = {"method": "GET", "url": "/u/../v"}

    async def sent() -> None:
        async with things().Client(stub.url) as client:
            await client.send_async(request, {})

    with pytest.raises(ValueError, match="path of its operation"):
        things().Client(stub.url).send(request, {}) if how == "sync" else asyncio.run(sent())
    assert stub.seen == []
