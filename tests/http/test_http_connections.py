"""What comes before a request is one: headers are bounded before their lines are read, without a token."""

import re
from typing import Any
from unittest import mock

import h11
import pytest
from h11 import _readers, _receivebuffer
from http_site import Site, mint
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgai_mcp.http import connections
from ledgai_mcp.http.connections import MOST_BYTES, MOST_LINES, PIECE, bounded

HEAD = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
CHUNKED = b"POST /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


class Work:
    """Counts what h11 does: lines that it matches, bytes it looks through for the end of a header."""

    def __init__(self) -> None:
        self.lines = self.scanned = 0
        self._genuine, self._validate = _receivebuffer.blank_line_regex, _readers.validate

    def search(self, data: bytearray, start: int) -> Any:
        self.scanned += len(data) - start
        return self._genuine.search(data, start)

    def validate(self, pattern: re.Pattern[bytes], line: bytes, *rest: Any) -> Any:
        self.lines += 1
        # What h11 tries at every blank: blanks, and then something that no line may have.
        is_header = pattern is _readers.header_field_re
        assert not is_header or not re.search(rb"[\x00-\x08\x0b\x0c]", line)
        assert is_header or pattern is _readers.request_line_re or len(line) <= 256
        return self._validate(pattern, line, *rest)

    def watch(self) -> Any:
        readers = mock.patch.object(_readers, "validate", self.validate)
        buffers = mock.patch.object(_receivebuffer, "blank_line_regex", self)
        return readers, buffers


def read(pieces: list[bytes]) -> tuple[Work, list[Any], int]:
    """Feed a connection; return the work, what came out, and how many bytes were accepted."""
    work, found, accepted = Work(), [], 0
    connection = bounded(h11.Connection(h11.SERVER, MOST_BYTES))
    readers, buffers = work.watch()
    with readers, buffers:
        for piece in pieces:
            accepted += len(piece)
            connection.receive_data(piece)
            try:
                while (event := connection.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                    found.append(event)
            except h11.RemoteProtocolError as problem:
                found.append(problem)
                break
    return work, found, accepted


PIECES = st.lists(
    st.sampled_from(
        [b"a:\r\n", b"a:\n" * 50, b"\r\n", b"\n", b" " * 5000, b"\x00", b"\x0b\r\n", b"a: b", b"x" * 9000,
         b":", b"GET / HTTP/1.1\r\nHost: a\r\n", CHUNKED, b"0\r\n", b"1\r\na\r\n", b"5;" + b" " * 300, b"\r"]
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([[], [HEAD], [CHUNKED], [CHUNKED, b"0\r\n"]]), PIECES)
def test_headers_in_any_pieces_cost_what_their_bytes_cost(start: list[bytes], pieces: list[bytes]) -> None:
    work, found, accepted = read(start + pieces)
    assert work.scanned <= accepted + 4 * len(start + pieces) + 4
    headers = [event for event in found if isinstance(event, h11.Request | h11.EndOfMessage)]
    chunks = sum(isinstance(event, h11.Data) for event in found)
    assert work.lines <= (len(headers) + 1) * (MOST_LINES + 1) + chunks + 2


def test_a_header_that_comes_byte_by_byte_is_looked_through_once() -> None:
    header = HEAD + b"a: b\r\n" * 50 + b"\r\n"
    work, found, _ = read([bytes([byte]) for byte in header])
    assert isinstance(found[0], h11.Request)
    assert work.scanned <= 4 * len(header)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (HEAD + b"a:\r\n" * (MOST_LINES - 2) + b"\r\n", 200),
        (HEAD + b"a:\r\n" * (MOST_LINES - 1) + b"\r\n", 431),
        (HEAD + b"a:\r\n" * 250_000 + b"\r\n", 431),
        (HEAD + b"a: " + b"x" * 60_000 + b"\r\n\r\n", 200),
        (HEAD + b"a: " + b"x" * 200_000 + b"\r\n\r\n", 431),
        (HEAD + b"a:" + b" " * 3000 + b"\x00\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
    ],
    ids=["100 lines", "101 lines", "a megabyte of lines", "60 kB", "200 kB", "blanks", "nonsense"],
)
def test_a_refused_header_has_an_answer_that_can_be_read(site: Site, sent: bytes, status: int) -> None:
    """A megabyte of lines took seconds; 16 kB of blanks too. The answer was a bare text, or a reset."""
    answer = site.sent(sent)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert (b'"jsonrpc": "2.0"' in answer) == (status != 200)
    assert (b"16384 bytes" in answer) == (status == 431)


@pytest.mark.parametrize(
    ("rest", "status"),
    [(b"0\r\n" + b"a:\r\n" * 200 + b"\r\n", 431), (b"5;" + b" " * 300 + b"\n\r\n", 400)],
)
def test_lines_of_a_chunked_body_are_bounded_too(site: Site, rest: bytes, status: int) -> None:
    """A body is read, by the same patterns, whatever its request is answered."""
    assert site.sent(CHUNKED + rest).startswith(b"HTTP/1.1 %d " % status)


def test_a_token_that_is_too_large_for_any_header_is_told_so(site: Site) -> None:
    """Case C39: a client that is still sending has its answer too."""
    answer = site.request("POST", token="e" * 300 * 1024, content=b"x" * 100_000)
    assert answer.status_code == 431
    assert "16384 bytes" in answer.json()["error"]["message"]


def test_what_a_connection_sends_is_read_in_small_pieces(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """250 kB were read at once: in chunks of one byte that was a second for which nobody else was served."""
    sizes: list[int] = []
    genuine = connections.BoundedProtocol.data_received

    def watched(self: Any, data: bytes) -> None:
        sizes.append(len(data))
        genuine(self, data)

    monkeypatch.setattr(connections.BoundedProtocol, "data_received", watched)
    body = b'{"x":"' + b"x" * 300_000 + b'"}'
    assert site.request("POST", token=mint(), content=body).status_code == 400
    assert sum(sizes) > 300_000
    assert max(sizes) <= PIECE
