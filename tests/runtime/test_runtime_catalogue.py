"""The runtime over the generated catalogue: whatever codegen writes must work here, whole or in part."""

import json

import pytest
from attrs import fields
from jsonschema import Draft202012Validator
from quantconnect_tools import CATALOG
from runtime_stage import tool

from ledgai_mcp.calls.toolsets import select
from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.identity import Credentials
from ledgai_mcp.settings import Settings


def test_every_hidden_argument_has_a_setting_and_every_default_a_source() -> None:
    settings = {field.name for field in fields(Settings)}
    credentials = {field.name for field in fields(Credentials)}
    for made in CATALOG.values():
        Draft202012Validator.check_schema(made.schema)
        assert set(made.injected.values()) <= settings
        assert set(made.defaulted.values()) <= credentials
        assert not set(made.injected) & set(made.wire["inputSchema"]["properties"])


def test_the_list_of_all_tools_has_a_ceiling() -> None:
    """case C08"""
    sizes = []
    for made in CATALOG.values():
        seen = {key: made.wire[key] for key in ("name", "description", "inputSchema")}
        sizes.append(len(json.dumps(seen, separators=(",", ":")).encode()))
    assert sum(sizes) <= 45_000
    assert max(sizes) <= 6_000


SMALL = {
    "read_file": tool("read_file", "/a", toolset="files"),
    "create_file": tool("create_file", "/b", toolset="files"),
    "read_account": tool("read_account", "/c", toolset="account"),
}


def test_tools_are_chosen_by_toolset_and_by_name() -> None:
    """case C08"""
    assert set(select(SMALL, ())) == set(SMALL)
    assert set(select(SMALL, ("files",))) == {"read_file", "create_file"}
    assert set(select(SMALL, ("account", "read_file"))) == {"read_account", "read_file"}


def test_an_unknown_tool_or_toolset_is_refused() -> None:
    with pytest.raises(ConfigurationError) as caught:
        select(SMALL, ("filse", "qqq"))
    assert "did you mean files?" in caught.value.problems[0]
    assert "the toolsets are account, files" in caught.value.problems[1]
