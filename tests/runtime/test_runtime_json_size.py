"""Counting the values of a JSON text before it is parsed."""

import json
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings

from ledgai_mcp import json_size

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(alphabet='a",[{\\\n'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='",\\[{:'), inner),
)


def values(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 1
    inner = value.values() if isinstance(value, dict) else value
    return sum(map(values, inner)) + (1 if value else 2)


@settings(max_examples=40)
@given(VALUES)
def test_the_count_is_exact_for_valid_json_whatever_its_strings_hold(value: Any) -> None:
    text, count = json.dumps(value).encode(), values(value)
    assert not json_size.exceeds(text, count)
    assert json_size.exceeds(text, count - 1)
