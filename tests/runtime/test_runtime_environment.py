"""The local caller."""

import pytest

from ledgai_mcp.callers.environment import identity
from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.identity import Credentials
from ledgai_mcp.settings import read

KNOWN = ("qc:a:read", "qc:a:write")
GROUPS = {"admin": KNOWN, "readonly": ("qc:a:read",)}


def problems(**environment: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        identity(read(environment), KNOWN, GROUPS)
    return caught.value.problems


def test_the_owner_of_the_environment_may_do_everything() -> None:
    set_ = {"QUANTCONNECT_USER_ID": "7", "QUANTCONNECT_API_TOKEN": "t", "QUANTCONNECT_ORGANIZATION_ID": "o"}
    caller = identity(read(set_), KNOWN, GROUPS)
    assert caller.scopes == frozenset(KNOWN)
    assert caller.credentials == Credentials("7", "t", "o")
    assert "'t'" not in repr(caller)


def test_scopes_are_groups_or_scopes() -> None:
    assert identity(read({}), KNOWN, GROUPS).credentials is None
    assert identity(read({"LEDGAI_SCOPES": "readonly"}), KNOWN, GROUPS).scopes == {"qc:a:read"}
    assert identity(read({"LEDGAI_SCOPES": "readonly,qc:a:write"}), KNOWN, GROUPS).scopes == set(KNOWN)


def test_unknown_scopes_and_half_a_key_are_refused_all_at_once() -> None:
    found = problems(LEDGAI_SCOPES="admn qc:a:reed zzz", QUANTCONNECT_USER_ID="7")
    assert "did you mean admin?" in found[0]
    assert "did you mean qc:a:read?" in found[1]
    assert "the groups are admin, readonly" in found[2]
    assert found[3].startswith("QUANTCONNECT_API_TOKEN: is not set")


def test_a_token_is_not_ignored() -> None:
    assert "LEDGAI_TOKEN" in problems(LEDGAI_TOKEN="raw")[0]
