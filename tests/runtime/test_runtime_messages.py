"""What is accepted as a message, and that everything else is answered, before the SDK sees it."""

import json
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from mcp.types import JSONRPCNotification, JSONRPCRequest, jsonrpc_message_adapter
from refused_messages import REFUSED, call, wide

from ledgai_mcp import messages
from ledgai_mcp.messages import MessageRefused
from ledgai_mcp.stdio.pipes import Lines

ACCEPTED = [
    call('{"a": "\\ud83d\\ude00 caf\\u00e9 \\\\ud83d"}'),
    call(f'{{"a": {"[" * 98}{"]" * 98}}}'),
    call(json.dumps({"content": "[{,\\ud83d" * 100_000})),
    wide("0," * 99_990 + "0"),
    call("null", '"x"'),
    b'{"jsonrpc": "2.0", "method": "notifications/initialized"}',
    b'{"jsonrpc": "2.0", "id": -1, "method": "ping", "params": null}',
    b'{"jsonrpc": "2.0", "id": 1, "result": {}}',
    b'{"jsonrpc": "2.0", "id": null, "error": {"code": 1, "message": "x"}}',
]


@pytest.mark.parametrize("raw", REFUSED)
def test_what_is_no_message_is_refused_with_its_id_and_its_place(raw: bytes) -> None:
    code, request_id, text = REFUSED[raw]
    with pytest.raises(MessageRefused) as refused:
        messages.read(raw)
    assert (refused.value.code, refused.value.request_id) == (code, request_id)
    assert text in str(refused.value)
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize("raw", ACCEPTED)
def test_a_message_is_read_as_it_is(raw: bytes) -> None:
    assert messages.read(raw) == json.loads(raw)


VALUES = st.recursive(
    st.sampled_from([None, True, 0, -7, 2**64, 1.5, float("nan"), "", "2.0", "a\u00e9", "\ud83d", "x" * 300]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=3,
)
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "jsonrpc": st.just("2.0"),
    "id": st.sampled_from([1, "a", 2**63 - 1]),
    "method": st.sampled_from(["tools/call", "ping"]),
    "params": st.fixed_dictionaries({}, optional={"name": VALUES, "arguments": VALUES, "_meta": VALUES}),
    "result": st.fixed_dictionaries({}, optional={"a": VALUES}),
    "error": st.fixed_dictionaries({"code": VALUES, "message": VALUES}),
}
ENVELOPES = st.fixed_dictionaries({}, optional={name: good | VALUES for name, good in GOOD.items()})


@settings(max_examples=200)
@given(st.binary(max_size=20) | ENVELOPES.map(lambda value: json.dumps(value).encode()))
def test_what_is_accepted_is_accepted_by_the_sdk_with_nothing_lost(raw: bytes) -> None:
    try:
        read = messages.read(raw)
    except MessageRefused as refused:
        json.loads(messages.error(refused.code, str(refused), refused.request_id))
        return
    message = jsonrpc_message_adapter.validate_python(read, by_name=False)
    if "method" in read:
        assert isinstance(message, JSONRPCRequest if "id" in read else JSONRPCNotification)
        assert (message.method, message.params) == (read["method"], read.get("params"))
    assert getattr(message, "id", None) == read.get("id")
    message.model_dump_json()


PIECES = st.lists(st.binary(max_size=12) | st.sampled_from([b"\n", b"\r\n", b"{}", b"  "]), max_size=30)


@given(PIECES, st.integers(0, 20))
def test_each_line_that_is_not_blank_comes_once_however_it_is_cut_and_long_ones_are_not_kept(
    pieces: list[bytes], largest: int
) -> None:
    lines = Lines(largest)
    found = []
    for piece in [*pieces, b"\n"]:
        found += lines.feed(piece)
        assert len(lines._kept) <= largest
    whole = (b"".join(pieces) + b"\n").split(b"\n")[:-1]
    assert found == [
        line if len(line) <= largest else None for line in whole if line.strip() or len(line) > largest
    ]


def test_a_long_line_is_read_without_looking_at_it_again() -> None:
    """50 MB took 49 s: all that was pending was searched again for each piece."""

    class Counted(bytearray):
        searched = 0

        def split(self, *_: Any) -> Any:
            raise AssertionError("what is kept is not searched")

    lines = Lines(10**9)
    lines._kept = Counted()
    for _ in range(100):
        assert list(lines.feed(b"x" * 65_536)) == []
    assert [len(line or b"") for line in lines.feed(b"\n")] == [100 * 65_536]
