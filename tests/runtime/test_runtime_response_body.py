"""Blanks between tokens go, tokens stay: for any JSON, however it was laid out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quantconnect_tools.tool import Answer

from ledgai_mcp.api.response_body import compact, decode

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@given(JSON, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_any_layout_becomes_the_compact_one(value: Any, indent: Any, plain: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=plain)
    assert compact(text) == json.dumps(value, separators=(",", ":"), ensure_ascii=plain)


@pytest.mark.parametrize(
    ("text", "small"),
    [
        ('{ "a" :\r\n 1.50 , "b" : [ ] }', '{"a":1.50,"b":[]}'),
        (r'"a \" b  \\" ', r'"a \" b  \\"'),
        ('["  ", "\\\\", " \\" "]', '["  ","\\\\"," \\" "]'),
        ("\t-1E+2\n", "-1E+2"),
        ('"\u00a0 \u2028"', '"\u00a0 \u2028"'),
    ],
)
def test_tokens_keep_their_spelling(text: str, small: str) -> None:
    assert compact(text) == small


def test_a_long_text_full_of_escapes_is_read_in_one_go() -> None:
    text = json.dumps({"code": '\\"\n' * 300_000, "list": [{"a": 1}] * 50_000})
    assert json.loads(compact(text)) == json.loads(text)


def test_a_mark_before_the_text_is_no_part_of_it() -> None:
    assert decode(Answer(200, b"\xef\xbb\xbf" + b'{"a":1}', "application/json")).text == '{"a":1}'
