"""The local caller."""

import anyio
import pytest

from ledgai_mcp.audit.records import AuthenticationRecord, Nowhere, Record
from ledgai_mcp.callers import token
from ledgai_mcp.callers.environment import identity
from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.identity import Credentials
from ledgai_mcp.settings import read

KNOWN = ("qc:a:read", "qc:a:write")
SECRET = "0123456789-a-secret-of-this-test-9876543210"
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


class Kept(Nowhere):
    """Remembers what was kept when it was asked to, and nothing that is written some time later."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    async def keep(self, record: Record) -> None:
        self.records.append(record)


def test_a_token_that_is_refused_at_the_start_is_recorded_before_the_process_ends() -> None:
    kept, set_ = Kept(), {"LEDGAI_TOKEN": "raw", "JWT_SECRET_KEY": SECRET, "LEDGAI_STATE_URL": "memory:"}
    held = token.holder(read(set_), frozenset(KNOWN), kept)
    with pytest.raises(ConfigurationError, match="not a signed JWT"):
        anyio.run(held.start)
    (record,) = kept.records
    assert isinstance(record, AuthenticationRecord)
    assert (record.decision, record.reason) == ("refused", "malformed")
