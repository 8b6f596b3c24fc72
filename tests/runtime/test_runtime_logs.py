"""Lines on stderr, without secrets."""

import json
import logging
import os
import sys
from collections.abc import Iterator

import pytest

from ledgai_mcp import logs
from ledgai_mcp.writer import Sampling


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level


def test_a_line_is_one_json_object_and_the_level_decides(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("warning")
    logs.say("quiet")
    logs.warn("loud", transport="stdio")
    logs.flush()
    out, err = capsys.readouterr()
    line = json.loads(err)
    assert (line["event"], line["transport"], line["level"]) == ("loud", "stdio", "warning")
    assert out == ""


def test_other_libraries_are_heard_without_what_their_texts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    """case C40"""
    logs.start("debug")
    library = logging.getLogger("httpcore2.http11")
    library.debug("send_request_headers %r", {"Authorization": "CANARY"})
    library.info("CANARY")
    try:
        raise ValueError("CANARY")
    except ValueError:
        library.exception("handler for %r raised", "CANARY")
    logs.flush()
    (line,) = [json.loads(text) for text in capsys.readouterr().err.splitlines()]
    assert (line["logger"], line["message"]) == ("httpcore2.http11", "handler for %r raised")
    assert line["error"] == "ValueError"
    assert "test_runtime_logs.py" in line["at"]
    assert "CANARY" not in str(line)


def test_a_message_of_a_library_is_cut_at_its_first_line(capsys: pytest.CaptureFixture[str]) -> None:
    """asyncio writes a lost task with the text of its exception into the message itself."""
    logs.start("debug")
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: ValueError('CANARY')")
    logging.getLogger("other").error("x" * 5000)
    logging.getLogger("ledgai_mcp.tokens").warning("A token names the scope %.64r.", "qc:made:up")
    logs.flush()
    lost, long, own = [json.loads(text)["message"] for text in capsys.readouterr().err.splitlines()]
    assert (lost, len(long)) == ("Task exception was never retrieved", 200)
    assert own == "A token names the scope 'qc:made:up'."


def test_a_stderr_that_nobody_reads_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """case C54"""

    class Broken:
        def write(self, text: str) -> None:
            raise BrokenPipeError

        def flush(self) -> None:
            raise BrokenPipeError

        def fileno(self) -> int:
            raise ValueError

    logs.start("info")
    monkeypatch.setattr(sys, "stderr", Broken())
    logs.say("unheard")
    logs.flush()


def test_a_stderr_that_nobody_reads_makes_nobody_wait_and_the_number_of_lost_lines_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source, sink = os.pipe()
    logs.start("info")
    with open(source, "rb", buffering=0) as reader, open(sink, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        for number in range(3000):
            logs.say("filler", number=number, text="x" * 100)
        raw, said = b"", 3000
        while b'"last"' not in raw:
            logs.say("last")
            said += 1
            raw += reader.read(1_000_000)
        logs.flush()
    lines = [json.loads(text) for text in raw.splitlines()[:-1]]
    written = [line["number"] for line in lines if line["event"] == "filler"]
    assert written == list(range(len(written)))
    (dropped,) = {line["count"] for line in lines if line["event"] == "dropped"}
    assert 0 < len(written) < 3000
    assert 3000 <= len(written) + dropped < said


def test_a_library_that_anybody_can_make_speak_is_heard_a_few_times_a_minute(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_sampling", Sampling(3))
    logs.start("info")
    for _ in range(10):
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logs.flush()
    *heard, omitted = [json.loads(text) for text in capsys.readouterr().err.splitlines()]
    assert [line["message"] for line in heard] == ["Invalid HTTP request received."] * 3
    assert (omitted["event"], omitted["kind"], omitted["count"]) == ("omitted", "uvicorn.error", 7)
