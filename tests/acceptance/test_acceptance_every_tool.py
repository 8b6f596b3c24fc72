"""Every tool through the real server: one success and one refusal of each, and what all refuse alike."""

from __future__ import annotations

import pytest
from acceptance_account import Account
from acceptance_calls import CALLS
from acceptance_server import Server
from quantconnect_tools import CATALOG

from ledgai_mcp.calls.schemas import references, resolve

NAMES = sorted(CATALOG)
DEMANDING = [name for name in NAMES if CATALOG[name].wire["inputSchema"].get("required")]
"""Tools that cannot be called without arguments."""


def test_every_tool_has_its_calls() -> None:
    assert sorted(CALLS) == NAMES
    assert len(NAMES) == 71


@pytest.mark.parametrize("name", NAMES)
def test_a_call_succeeds_and_shows_what_it_is_for(name: str, account: Account) -> None:
    calls = CALLS[name]
    arguments = calls.good(account)
    try:
        answer = account.server.ok(name, **arguments)
    finally:
        account.turn_clock(0)
    assert answer[calls.shows] is not None
    assert answer.get("success", True) is True


@pytest.mark.parametrize("name", NAMES)
def test_a_refusal_names_the_problem(name: str, account: Account) -> None:
    calls = CALLS[name]
    arguments = calls.bad(account)
    text = account.server.no(name, **arguments)
    assert [words for words in calls.says if words not in text] == []


@pytest.mark.parametrize("name", NAMES)
def test_an_argument_that_a_tool_does_not_have_is_named_and_nothing_is_sent(
    name: str, account: Account
) -> None:
    before = account.server.requests()
    schema = CATALOG[name].wire["inputSchema"]
    text = account.server.no(name, unheardOf=1)
    assert account.server.requests() == before
    assert text.startswith(f"The arguments do not fit {name}, so nothing was sent:\n- ")
    assert "- unheardOf: unknown argument; " in text
    for argument in schema["properties"]:
        assert argument in text


@pytest.mark.parametrize(
    "name", [name for name in NAMES if CATALOG[name].wire["inputSchema"].get("required")]
)
def test_every_argument_that_is_missing_is_named_at_once(name: str, server: Server) -> None:
    text = server.no(name)
    schema = CATALOG[name].schema
    find = references(schema)
    fields = {argument: resolve(schema["properties"][argument], find) for argument in schema["required"]}
    values = {argument: field.get("enum") for argument, field in fields.items() if field is not True}
    lines = [
        f"- {argument}: required, and missing"
        + (f"; one of: {', '.join(values[argument])}" if values[argument] else "")
        for argument in sorted(values)
    ]
    assert text.splitlines() == [f"The arguments do not fit {name}, so nothing was sent:", *lines]
