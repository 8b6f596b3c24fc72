"""A smaller catalogue by setting."""

from __future__ import annotations

import pytest
from runtime_stage import tool

from ledgai_mcp.calls.toolsets import select
from ledgai_mcp.errors import ConfigurationError

CATALOG = {
    "read_file": tool("read_file", "/a", toolset="files"),
    "create_file": tool("create_file", "/b", toolset="files"),
    "read_account": tool("read_account", "/c", toolset="account"),
}


def test_tools_are_chosen_by_toolset_and_by_name() -> None:
    """C08"""
    assert set(select(CATALOG, ())) == set(CATALOG)
    assert set(select(CATALOG, ("files",))) == {"read_file", "create_file"}
    assert set(select(CATALOG, ("account", "read_file"))) == {"read_account", "read_file"}


def test_a_name_that_is_neither_is_refused() -> None:
    with pytest.raises(ConfigurationError) as caught:
        select(CATALOG, ("filse", "qqq"))
    assert "did you mean files?" in caught.value.problems[0]
    assert "the toolsets are account, files" in caught.value.problems[1]
