"""Faults that an attack on keys, tokens and state has found, one test each; none may come back."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from token_forge import accept, refuse, token

from ledgai_mcp import logs
from ledgai_mcp.state import StateUnavailable
from ledgai_mcp.state.sqlite import SqliteStore


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("value", [10**400, -(10**400), 10**4000])
def test_a_date_that_no_float_holds_is_refused(name: str, value: int) -> None:
    """It raised OverflowError, which is no refusal."""
    assert refuse(token(**{name: value})) == "claims"


@pytest.mark.parametrize("mode", [0o666, 0o604, 0o602, 0o601])
def test_a_state_file_that_everybody_can_open_is_not_used(tmp_path: Path, mode: int) -> None:
    """Whoever can write it takes revocations back."""
    path = tmp_path / "state.sqlite3"
    path.touch()
    path.chmod(mode)
    with pytest.raises(StateUnavailable, match="chmod o-rwx"):
        asyncio.run(ask(path))


@pytest.mark.parametrize("mode", [0o600, 0o660, 0o640])
def test_a_state_file_of_owner_and_group_is_used(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "state.sqlite3"
    path.touch()
    path.chmod(mode)
    asyncio.run(ask(path))


async def ask(path: Path) -> None:
    store = SqliteStore(path)
    try:
        await store.check()
    finally:
        await store.close()


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    logs.start("debug")
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    root.handlers[:], root.level = handlers, level


def test_a_library_that_shows_an_exception_below_its_first_line_is_cut_there(said: Any) -> None:
    """asyncio writes a lost task with the text of its exception into the message itself."""
    logging.getLogger("asyncio").error(
        "Task exception was never retrieved\nfuture: <Task exception=ValueError('qc-CANARY-2-b7d1')>"
    )
    logging.getLogger("other").error("x" * 5000)
    first, second = said()
    assert first["message"] == "Task exception was never retrieved"
    assert len(second["message"]) == 200


def test_what_we_log_ourselves_says_what_it_is_about(said: Any) -> None:
    """An unknown scope was logged as `%.64r`."""
    assert accept(token(scopes=["qc:made:up"])).scopes == frozenset()
    assert [line["message"] for line in said()] == [
        "A token names the scope 'qc:made:up', which grants nothing here."
    ]
