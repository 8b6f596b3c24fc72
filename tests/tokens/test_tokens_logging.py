"""What the log shows of tokens and of other libraries' messages: no secret, and what it is about."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from token_forge import accept, token

from ledgai_mcp import logs


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
