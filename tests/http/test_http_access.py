"""The access table over HTTP: listed if and only if callable, else the exact challenge."""

from collections.abc import Iterator

import httpx2
import pytest
from access_table import ALLOWED, LIMIT, NO_SCOPE, RAISED, TABLE, Person, arguments, people, rendered, written
from http_site import Site, Sites, call, message, mint
from quantconnect_tools import CATALOG
from runtime_stage import Stub

ALSO_ALLOWED = ("admin", "one-project")
"""People whose allowed calls are made as well; the others' are listed, and one guard decides both."""


def test_the_table_is_the_present_policy() -> None:
    """A change of policy shows in the table."""
    assert TABLE.read_text() == rendered(), "python tests/http/access_table.py > tests/access.txt; review it"
    table = written()
    for person in people():
        assert {row.partition(RAISED)[0] for row in table[person.name]} == set(CATALOG)
    assert set().union(*(set(marks.values()) for marks in table.values())) == {ALLOWED, NO_SCOPE, LIMIT}


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    stub = Stub()
    stub.start()
    yield stub
    stub.stop()


@pytest.fixture(scope="module")
def site(stub: Stub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    sites = Sites(stub.url, tmp_path_factory.mktemp("access"))
    yield sites.start()
    sites.stop()


@pytest.mark.parametrize("person", people(), ids=lambda person: person.name)
def test_a_person_may_call_what_they_see_and_nothing_else(site: Site, stub: Stub, person: Person) -> None:
    expected = written()[person.name]
    tools_alone = {name: mark for name, mark in expected.items() if RAISED not in name}
    refused = {name for name, mark in tools_alone.items() if mark != ALLOWED}
    token = mint(person.name, person.scopes, limits=person.limits)
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
    with httpx2.Client(timeout=20, headers=headers) as client:
        tools = client.post(site.served.url, json=message("tools/list")).json()["result"]["tools"]
        assert [tool["name"] for tool in tools] == sorted(set(tools_alone) - refused)
        for name, mark in expected.items():
            if mark == ALLOWED and person.name not in ALSO_ALLOWED:
                continue
            sent = len(stub.seen)
            tool = name.partition(RAISED)[0]
            answer = client.post(site.served.url, json=call(tool, arguments(name)))
            if tools_alone[tool] != mark:
                _refused_in_band(name, mark, answer)
            else:
                _held(site, person, tool, mark, answer)
            assert mark == ALLOWED or len(stub.seen) == sent
    mine = [record for record in site.records("call") if record["subject"] == person.name]
    not_allowed = {name.partition(RAISED)[0] for name, mark in expected.items() if mark != ALLOWED}
    assert {record["tool"] for record in mine if record["decision"] == "refused"} == not_allowed


def _refused_in_band(name: str, mark: str, answer: httpx2.Response) -> None:
    """A tool that the person may call, with an argument that they may not give."""
    result = answer.json()["result"]
    tool, _, argument = name.partition(RAISED)
    said = (
        f"{tool} with {argument} needs the scope"
        if mark == NO_SCOPE
        else f"`{argument}` gives another person"
    )
    assert result["isError"]
    assert result["content"][0]["text"].startswith("Not permitted: ")
    assert said in result["content"][0]["text"]


def _held(site: Site, person: Person, name: str, mark: str, answer: httpx2.Response) -> None:
    if mark == NO_SCOPE:
        tool = CATALOG[name]
        scope = " ".join(sorted({*person.scopes, *tool.scopes}))
        assert answer.status_code == 403, name
        header = answer.headers["www-authenticate"]
        assert header.startswith('Bearer error="insufficient_scope", error_description="Not permitted: ')
        assert header.endswith(f', scope="{scope}"')
        assert answer.json()["error"]["data"]["missing"] == [s for s in tool.scopes if s not in person.scopes]
        return
    assert answer.status_code == 200, name
    result = answer.json()["result"]
    text = result["content"][0]["text"]
    assert text.startswith("Not permitted: ") == (mark == LIMIT), text
    assert mark == ALLOWED or (result["isError"] and "of this caller's token" in text)
