"""How a request is signed."""

from __future__ import annotations

import base64
import hashlib

from ledgai_mcp.api.signing import Signer
from ledgai_mcp.identity import Credentials


def test_the_signature_is_the_apis_own_and_fresh_each_second() -> None:
    """api_facts 2.1"""
    times = iter((1_700_000_000.9, 1_700_000_001.1))
    signer = Signer(Credentials("12", "token"), lambda: next(times))
    first, second = signer.headers(), signer.headers()
    digest = hashlib.sha256(b"token:1700000000").hexdigest()
    assert first == {
        "Authorization": "Basic " + base64.b64encode(f"12:{digest}".encode()).decode(),
        "Timestamp": "1700000000",
    }
    assert second["Timestamp"] == "1700000001"
    assert first["Authorization"] != second["Authorization"]


def test_the_traces_are_every_form_in_which_a_secret_is_met() -> None:
    """C40"""
    signer = Signer(Credentials("12", "qc-CANARY-2"))
    headers = signer.headers()
    signed = headers["Authorization"].removeprefix("Basic ")
    digest = base64.b64decode(signed).decode().partition(":")[2]
    forms = {
        "qc-CANARY-2",
        b"qc-CANARY-2".hex(),
        base64.b64encode(b"qc-CANARY-2").decode().rstrip("="),
        digest,
    }
    assert forms | {signed.rstrip("=")} == set(signer.traces(headers))


def test_no_secret_shows_in_a_repr() -> None:
    """C40"""
    assert "CANARY" not in repr(Signer(Credentials("12", "qc-CANARY-2")))
