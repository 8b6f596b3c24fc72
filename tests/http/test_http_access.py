"""The access table over HTTP: listed if and only if callable, else the exact challenge."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from access_table import ALLOWED, LIMIT, NO_SCOPE, TABLE, Person, arguments, people, rendered, written
from http_site import Site, Sites, call, message, mint
from quantconnect_tools import CATALOG
from runtime_stage import Stub

PEOPLE = people()


def test_the_table_is_the_present_policy() -> None:
    """A change of policy shows in the table: `python tests/http/access_table.py` prints the new one."""
    table = written()
    for person in PEOPLE:
        assert set(table[person.name]) == set(CATALOG)
    assert set().union(*(set(marks.values()) for marks in table.values())) == {ALLOWED, NO_SCOPE, LIMIT}
    assert TABLE.read_text() == rendered()


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=20, headers={"Accept": "application/json"}) as client:
        yield client


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.name)
def test_a_person_may_call_what_he_sees_and_nothing_else(
    sites: Sites, stub: Stub, client: httpx2.Client, person: Person
) -> None:
    site = sites.start()
    expected = written()[person.name]
    client.headers["Authorization"] = f"Bearer {mint(person.name, person.scopes, limits=person.limits)}"
    tools = client.post(site.served.url, json=message("tools/list")).json()["result"]["tools"]
    assert [tool["name"] for tool in tools] == sorted(
        name for name, mark in expected.items() if mark == ALLOWED
    )
    for name, mark in expected.items():
        sent = len(stub.seen)
        answer = client.post(site.served.url, json=call(name, arguments(name)))
        _held(site, person, name, mark, answer)
        assert mark == ALLOWED or len(stub.seen) == sent
    refused = {record["tool"] for record in site.records("call") if record["decision"] == "refused"}
    assert refused == {name for name, mark in expected.items() if mark != ALLOWED}


def _held(site: Site, person: Person, name: str, mark: str, answer: httpx2.Response) -> None:
    if mark == NO_SCOPE:
        tool = CATALOG[name]
        scope = " ".join(sorted({*person.scopes, *tool.scopes}))
        url = f"{site.base}/.well-known/oauth-protected-resource/mcp"
        assert answer.status_code == 403, name
        header = answer.headers["www-authenticate"]
        assert header.startswith('Bearer error="insufficient_scope", error_description="Not permitted: ')
        assert header.endswith(f', scope="{scope}", resource_metadata="{url}"')
        error = answer.json()["error"]
        assert error["data"]["missing"] == [s for s in tool.scopes if s not in person.scopes]
        return
    assert answer.status_code == 200, name
    result = answer.json()["result"]
    text = result["content"][0]["text"]
    if mark == LIMIT:
        assert result["isError"]
        assert text.startswith("Not permitted: ")
        assert "of this caller's token" in text
    else:
        assert not text.startswith("Not permitted"), text
