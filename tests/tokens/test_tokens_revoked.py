"""A revoked token cannot be used again, however it is written."""

import base64
import time

import jwt
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from token_forge import EC, PUBLIC, accept, b64, claims, refuse, run, token

from ledgai_mcp.state import State
from ledgai_mcp.state.memory import MemoryStore
from ledgai_mcp.tokens.verification import TokenPolicy, anonymous_id


def test_a_token_is_revoked_by_its_id_its_family_its_subject_and_its_age() -> None:
    now = int(time.time())
    old, new = token(iat=now - 100, sid="f1"), token(iat=now, jti="t2", sid="f2")
    revocations = (
        lambda state: state.revoke_token("ledgai", "t1", now + 3600),
        lambda state: state.revoke_token("ledgai", "f1", now + 3600),
        lambda state: state.revoke_subject("ledgai", "alice", now - 50, 3600),
        lambda state: state.revoke_all("ledgai", now - 50, 3600),
    )
    for revoke in revocations:
        state = State(MemoryStore())
        run(revoke(state))
        assert refuse(old, state=state) == "revoked"
        assert accept(new, state=state).token_id == "t2"
    assert accept(old, state=State(MemoryStore())).token_id == "t1"


def test_one_subjects_name_cannot_form_the_revocation_of_another() -> None:
    state, now = State(MemoryStore()), int(time.time())
    run(state.revoke_subject("ledgai", 'x","ledgai","alice', now, 3600))
    for mark in (":", "/", "|", " ", ",", '","'):
        run(state.revoke_subject("ledgai", f"a{mark}b", now, 3600))
        other = token(iss=f"ledgai{mark}a", sub="b", iat=now)
        assert accept(other, state=state, policy=TokenPolicy(issuer=f"ledgai{mark}a")).subject == "b"
    assert accept(token(iat=now), state=state).subject == "alice"
    run(state.revoke_subject("other", "alice", now, 3600))
    assert accept(token(iat=now), state=state).subject == "alice"


def test_a_token_without_id_is_revoked_however_its_signature_is_written() -> None:
    """ECDSA has two signatures for each message, base64 has spare bits: all are the same token."""
    raw = jwt.encode(claims(jti=...), EC, "ES256", headers={"kid": "k2"})
    head, payload, signature = raw.split(".")
    state = State(MemoryStore())
    run(state.revoke_token("ledgai", anonymous_id(raw), int(time.time()) + 3600))
    value = base64.urlsafe_b64decode(signature + "==")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    r, s = int.from_bytes(value[:32]), int.from_bytes(value[32:])
    assert decode_dss_signature(encode_dss_signature(r, s)) == (r, s)
    twin = f"{head}.{payload}.{b64(value[:32] + (order - s).to_bytes(32))}"
    assert twin != raw
    assert accept(twin, keys=PUBLIC).subject == "alice"
    assert refuse(raw, keys=PUBLIC, state=state) == "revoked"
    assert refuse(twin, keys=PUBLIC, state=state) == "revoked"
