"""The typed client of a small description, called over HTTP: names, unions, drift, files, the pool."""

from __future__ import annotations

import asyncio
import datetime
from email import message_from_bytes
from email.policy import HTTP
from typing import Any

import httpx2
import pytest
from client_description import CLASHING, DOCUMENT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def run(things: Any, module: str, how: str, url: str, **arguments: Any) -> Any:
    """Call one operation, blocking or not; return its answer with status."""
    operation = things(f"api.things.{module}")
    if how == "sync":
        with things().Client(url) as client:
            return operation.sync_detailed(client=client, **arguments)

    async def call() -> Any:
        async with things().Client(url) as client:
            return await operation.asyncio_detailed(client=client, **arguments)

    return asyncio.run(call())


both = pytest.mark.parametrize("how", ["sync", "asyncio"])


def read(things: Any, body: Any) -> Any:
    """Decode a project."""
    return things("models").Project.from_dict(body)


@both
@pytest.mark.parametrize("name", CLASHING)
def test_c26_a_schema_may_be_called_as_what_the_client_has_of_its_own(
    things: Any, stub: Any, name: str, how: str
) -> None:
    model = getattr(things("models"), name)
    stub.says({"name": "echo", "when": "2025-08-08 10:00:00"})
    answer = run(things, f"send_{name.lower()}", how, stub.url, body=model(name="sent"))
    assert type(answer.parsed) is model
    assert answer.parsed.name == "echo"
    assert answer.parsed.when == datetime.datetime(2025, 8, 8, 10)
    assert stub.seen[0].json == {"name": "sent"}


@both
def test_c17_every_value_reaches_its_own_place(things: Any, stub: Any, how: str) -> None:
    """A query parameter called as the body's argument, the client, or a local of the function."""
    node = things("models").Node.from_dict({"id": 7, "class": "c", "self": "s", "body": "b", "client": "k"})
    stub.says({"id": 8, "additionalProperties": "kept", "to_dict": "kept", "other": 1})
    answer = run(
        *(things, "put_node", how, stub.url),
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
    answer = run(things, "send_values", "sync", stub.url, body=[1, 2], values="v")
    assert (stub.seen[0].path, stub.seen[0].json) == ("/api/v2/values?values=v", [1, 2])
    assert answer.parsed == {"any": 1}


def test_a_query_and_a_header_are_spelled_as_the_api_does(things: Any, stub: Any) -> None:
    stub.says({"success": True})
    since = datetime.datetime(2025, 8, 8, tzinfo=datetime.UTC)
    state = things("models").State.RUNNING
    run(things, "find", "sync", stub.url, deep=True, since=since, tags=["a", "b"], state=state, x_trace=5)
    assert stub.seen[0].path == (
        "/api/v2/find?deep=true&since=2025-08-08T00%3A00%3A00%2B00%3A00&tags=a&tags=b&state=Running%3A+_%25"
    )
    assert stub.seen[0].headers["X-Trace"] == "5"


@both
def test_c28_a_union_without_a_marker_takes_the_branch_that_knows_more(
    things: Any, stub: Any, how: str
) -> None:
    stub.says({"success": True, "files": [{"name": "a.py"}]})
    answer = run(things, "update_file", how, stub.url).parsed
    assert answer.files == [things("models").File(name="a.py")]
    stub.says({"success": False, "errors": ["no"]})
    assert type(run(things, "update_file", how, stub.url).parsed) is things("models").RestResponse


@pytest.mark.parametrize(
    ("body", "model"),
    [
        ({"status": "loading", "progress": 0.5}, "Loading"),
        ({"status": "loading", "series": []}, "Loading"),
        ({"series": [], "progress": 1}, "Chart"),
        ({"status": "done", "progress": 1}, "Chart"),
        ({"status": None}, "Chart"),
        ([], "Chart"),
        ({}, "Chart"),
    ],
)
def test_a_union_with_a_marker_is_decided_by_it(things: Any, stub: Any, body: Any, model: str) -> None:
    stub.says(body)
    assert type(run(things, "read_chart", "sync", stub.url).parsed).__name__ == model


def test_the_items_of_a_list_choose_for_themselves(things: Any) -> None:
    chart = things("models").Chart.from_dict({"series": [[1, 2.5], {"x": 1, "y": 2}, None, "odd"]})
    assert chart.series == [[1, 2.5], things("models").Point(x=1, y=2), None, "odd"]


@pytest.mark.parametrize("value", ["0000-00-00 00:00:00", "", None, 0, [], {"date": "x"}])
def test_c01_a_date_that_is_none_is_kept_as_received(things: Any, value: Any) -> None:
    project = read(things, {"modified": value, "created": value, "day": value})
    assert (project.modified, project.created, project.day) == (value, value, value)
    assert project.to_dict() == {"modified": value, "created": value, "day": value}


@pytest.mark.parametrize(
    "value", ["2025-08-08 10:00:00", "2025-08-08T10:00:00Z", "2025-08-08T10:00:00.123456Z"]
)
def test_c01_a_date_of_either_style_is_a_date(things: Any, value: str) -> None:
    project = read(things, {"modified": value, "created": value})
    assert project.modified == project.created == datetime.datetime.fromisoformat(value)


@pytest.mark.parametrize("value", ["Running: 42%", "Some New State", None, 3, []])
def test_c02_a_value_outside_an_enumeration_is_kept(things: Any, value: Any) -> None:
    project = read(things, {"state": value, "strict": value})
    assert (project.state, project.strict) == (value, value)


def test_c02_members_are_named_after_their_values_not_their_positions(things: Any) -> None:
    state = things("models").State
    assert {member.name: member.value for member in state} == {
        "IN_QUEUE": "In Queue...",
        "RUNNING": "Running: _%",
        "COMPLETED": "Completed.",
        "LESS_THAN_SIGN_EQUALS_SIGN": "<=",
        "LESS_THAN_SIGN": "<",
        "EMPTY": "",
    }
    assert read(things, {"state": "Completed."}).state is state.COMPLETED


def test_c03_an_empty_list_for_a_map_is_an_empty_model(things: Any) -> None:
    models = things("models")
    project = read(things, {"parameterSet": [], "settings": [], "charts": [], "owner": []})
    assert project.parameter_set == project.settings == models.Settings()
    assert project.charts == models.ProjectCharts()
    assert type(project.owner) is models.Node
    full = read(things, {"parameterSet": {"p": "1"}, "charts": {"main": {"progress": 1}}})
    assert full.parameter_set["p"] == "1"
    assert full.charts["main"] == models.Chart(progress=1)


def test_nulls_numbers_as_text_and_missing_markers_are_no_errors(things: Any) -> None:
    names = things("models").Project._shape.names
    project = read(things, dict.fromkeys(names))
    assert project.to_dict() == dict.fromkeys(names)
    assert read(things, {"cost": "12.50", "projectId": "12"}).cost == "12.50"
    assert things("models").Point.from_dict({"x": 1}).y is things().UNSET


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_body_whatsoever_makes_decoding_fail(things: Any, data: st.DataObject) -> None:
    name = data.draw(
        st.sampled_from(sorted(set(DOCUMENT["components"]["schemas"]) - {"DateTime", "EmptyMap"}))
    )
    model = getattr(things("models"), name, None)
    if not hasattr(model, "_shape"):
        return
    names = st.sampled_from(sorted(model._shape.names) or ["other"])
    body = data.draw(st.dictionaries(names, ANY_JSON, max_size=5))
    assert set(model.from_dict(body).to_dict()) == set(body)


@both
@pytest.mark.parametrize("content", [bytes(range(256)), b"", b"\r\n--+++\r\nnot a boundary\r\n--+++--\r\n"])
def test_c25_a_file_is_sent_byte_for_byte(things: Any, stub: Any, how: str, content: bytes) -> None:
    stub.says({"success": True})
    upload = things("models").Upload(key="a/b.bin", object_data=things().File(content), public=True)
    assert run(things, "upload", how, stub.url, body=upload).parsed.success is True
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


def test_a_request_is_signed_afresh_each_time(things: Any, stub: Any) -> None:
    """The scheme: api_facts 2.1. The digest was made with sha256sum."""
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
@pytest.mark.parametrize("status", [404, 418, 520])
def test_an_undescribed_status_is_an_answer_without_a_model(
    things: Any, stub: Any, how: str, status: int
) -> None:
    stub.says({"secret": "canary"}, status)
    answer = run(things, "find", how, stub.url)
    assert (answer.status_code, answer.parsed) == (status, None)
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
        run(things, "find", "sync", stub.url)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_c22_the_address_is_never_that_of_the_document(things: Any) -> None:
    assert things().Client().base_url == things().BASE_URL == "https://www.quantconnect.com/api/v2"
    assert not [path for path in things.package.rglob("*.py") if "mock.example.net" in path.read_text()]


def test_a_transport_of_ones_own_replaces_the_network(things: Any) -> None:
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, json={"success": True}))
    with things().Client(httpx_args={"transport": transport}) as client:
        assert things("api.things.find").sync(client=client).success is True


def test_the_models_are_found_by_name_and_nothing_else_is(things: Any) -> None:
    models = things("models")
    assert "Project" in dir(models)
    with pytest.raises(AttributeError, match="Projekt"):
        _ = models.Projekt


def test_every_schema_and_operation_was_counted(things: Any) -> None:
    assert things.counts["operations"] == len(DOCUMENT["paths"])
    assert things.counts["schemas"] == len(DOCUMENT["components"]["schemas"])
    # In place: DateTime, Decimal and EmptyMap, by the rule of client_audit.
    assert things.counts["schemas_decoded_in_place"] == 3
