"""Several issuers: each with its own keys, audiences, algorithms and the most that it may grant."""

import json
import logging
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from quantconnect_tools import GROUPS, SCOPES
from token_forge import EC, ED, RSA, SECRET, claims, public_jwk, run, token

from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.identity import Credentials
from ledgai_mcp.settings import read
from ledgai_mcp.state import State
from ledgai_mcp.state.memory import MemoryStore
from ledgai_mcp.tokens import authority
from ledgai_mcp.tokens.claims import TokenRefused
from ledgai_mcp.tokens.jwks import ALGORITHMS, KeySet, KeySetFile
from ledgai_mcp.tokens.minting import Order
from ledgai_mcp.tokens.sealing import SealRefused

P384, P521 = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP521R1())
PRIVATE = {"RSA": RSA, "P-256": EC, "P-384": P384, "P-521": P521, "Ed25519": ED}
DESK, LAB = "https://login.desk.test/", "https://login.lab.test/"
ENVIRONMENT = {"JWT_SECRET_KEY": SECRET.decode(), "LEDGAI_STATE_URL": "memory:"}


def entry(issuer: str, folder: Path, *keys: Any, **changes: Any) -> dict[str, Any]:
    """An entry of the issuers file, whose keys are written beside it."""
    name = f"keys-of-{len(list(folder.iterdir()))}.json"
    (folder / name).write_text(json.dumps({"keys": keys}))
    made = {
        "issuer": issuer,
        "audiences": ["https://mcp.test/mcp"],
        "grants": ["readonly"],
        "jwks_file": name,
    }
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


def trusting(folder: Path, *entries: Any, **settings: str) -> authority.Authority:
    (folder / "issuers.json").write_text(json.dumps({"issuers": entries}))
    environment = {**ENVIRONMENT, "LEDGAI_ISSUERS_FILE": str(folder / "issuers.json"), **settings}
    return authority.authority(read(environment), frozenset(SCOPES), GROUPS)


@pytest.fixture
def desk(tmp_path: Path) -> authority.Authority:
    """A server that trusts a desk and a lab, each with a key `k` of its own."""
    theirs = entry(DESK, tmp_path, public_jwk(RSA, "k"))
    return trusting(tmp_path, theirs, entry(LAB, tmp_path, public_jwk(EC, "k"), grants=["qc:live:execute"]))


def issued(issuer: str, algorithm: str = "RS256", private: Any = RSA, **changes: Any) -> str:
    content = claims(iss=issuer, aud="https://mcp.test/mcp", **changes)
    return jwt.encode(content, private, algorithm, headers={"kid": "k"})


def refused(trusted: authority.Authority, raw: str) -> str:
    with pytest.raises(TokenRefused) as caught:
        run(trusted.verifier.verify(raw))
    return caught.value.reason


def test_each_issuer_is_verified_with_its_own_keys(desk: authority.Authority) -> None:
    assert run(desk.verifier.verify(issued(DESK))).issuer == DESK
    assert run(desk.verifier.verify(issued(LAB, "ES256", EC))).issuer == LAB
    assert run(desk.verifier.verify(token())).issuer == "ledgai"
    assert refused(desk, issued(LAB)) == "key"
    assert refused(desk, issued("ledgai")) == "key"
    assert refused(desk, issued("https://login.desk.test")) == "issuer"
    assert refused(desk, token(iss=DESK)) == "key"


def test_an_issuer_grants_at_most_what_the_file_says(desk: authority.Authority) -> None:
    wide = run(desk.verifier.verify(issued(DESK, scopes=sorted(SCOPES))))
    assert wide.scopes == frozenset(GROUPS["readonly"])
    assert run(desk.verifier.verify(issued(LAB, "ES256", EC, scopes="qc:files:delete"))).scopes == frozenset()


def test_an_issuer_is_held_to_its_own_audiences(desk: authority.Authority) -> None:
    for aud in ("quantconnect-mcp", "https://mcp.test/", ["x"]):
        raw = jwt.encode(claims(iss=DESK, aud=aud), RSA, "RS256", headers={"kid": "k"})
        assert refused(desk, raw) == "audience"
    assert refused(desk, token(aud="https://mcp.test/mcp")) == "audience"


@pytest.mark.parametrize(
    "aud", ["one", "two", "https://mcp.test", "https://mcp.test/", "https://mcp.test/mcp"]
)
def test_several_audiences_and_every_address_of_this_server_are_accepted(tmp_path: Path, aud: str) -> None:
    """Two values made one impossible text, and clients disagree whether the endpoint or the host is meant."""
    environment = {"LEDGAI_JWT_AUDIENCE": "one, two", "LEDGAI_PUBLIC_URL": "https://mcp.test"}
    trusted = authority.authority(read({**ENVIRONMENT, **environment}), frozenset(SCOPES), GROUPS)
    assert run(trusted.verifier.verify(token(aud=aud))).subject == "alice"
    assert refused(trusted, token(aud="one, two")) == "audience"
    assert refused(trusted, token(aud="https://mcp.test/other")) == "audience"


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [(curve or kty, name) for (kty, curve), names in ALGORITHMS.items() for name in names],
)
@pytest.mark.parametrize("is_named", [False, True])
def test_the_key_decides_the_algorithm(kind: str, algorithm: str, is_named: bool, tmp_path: Path) -> None:
    """A key without `alg` is good for every algorithm of its kind, one with `alg` for that alone."""
    key = public_jwk(PRIVATE[kind], "k") | ({"alg": algorithm} if is_named else {})
    trusted = trusting(tmp_path, entry(DESK, tmp_path, key))
    if algorithm == "Ed25519":  # RFC 9864: PyJWT signs it as EdDSA
        header = {"kid": "k", "alg": "Ed25519"}
        jws = jwt.PyJWS()
        jws.register_algorithm("Ed25519", jwt.algorithms.OKPAlgorithm())
        raw = jws.encode(
            json.dumps(claims(iss=DESK, aud="https://mcp.test/mcp")).encode(), ED, "Ed25519", headers=header
        )
    else:
        raw = issued(DESK, algorithm, PRIVATE[kind])
    assert run(trusted.verifier.verify(raw)).subject == "alice"
    if is_named and kind == "RSA":
        other = "PS512" if algorithm != "PS512" else "RS256"
        assert refused(trusted, issued(DESK, other)) == "key"


def test_a_key_that_cannot_be_used_is_named_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "keys.json"
    keys = [public_jwk(RSA, "good"), {**public_jwk(RSA, "odd"), "alg": "RS1"}]
    file.write_text(json.dumps({"keys": keys}))

    async def twice() -> None:
        keys = KeySet(KeySetFile(file), name=DESK)
        await keys.start()
        await keys.start()
        await keys.close()

    with caplog.at_level(logging.WARNING):
        run(twice())
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1
    assert said[0].startswith(f"A key in the set of {DESK} is not used: 'odd', its type, curve and algorithm")


def test_no_issuer_can_use_what_another_sealed(desk: authority.Authority) -> None:
    """Subject and token id are the issuer's own choice: it could copy both with the sealed credentials."""
    sealed = desk.keys.seal(Credentials("1", "token-CANARY"), "alice", "t1").jwe
    own = run(desk.verifier.verify(token(qc_credentials=sealed)))
    assert run(desk.keys.unseal(own.credentials, own)).user_id == "1"  # type: ignore[arg-type]  # it is sealed
    copied = run(desk.verifier.verify(issued(DESK, qc_credentials=sealed)))
    with pytest.raises(SealRefused, match="another token"):
        run(desk.keys.unseal(copied.credentials, copied))  # type: ignore[arg-type]  # it is sealed


def test_revoking_a_token_of_another_issuer_ends_no_family_of_this_server(desk: authority.Authority) -> None:
    """Every access token shows its family's id: another issuer could copy it."""
    pair = run(desk.refreshing.start(Order("alice", frozenset({"qc:backtests:read"}), 60)))
    theirs = issued(DESK, sid=pair.owner.family_id)
    assert run(desk.refreshing.revoke(theirs, desk.verifier)).issuer == DESK  # type: ignore[union-attr]  # it was valid
    assert refused(desk, theirs) == "revoked"
    assert run(desk.verifier.verify(pair.access_token)).subject == "alice"
    assert run(desk.refreshing.redeem(pair.refresh_token)).owner.family_id == pair.owner.family_id


def test_a_revocation_reaches_the_tokens_of_every_issuer(tmp_path: Path) -> None:
    state = State(MemoryStore())
    trusted = trusting(tmp_path, entry(DESK, tmp_path, public_jwk(RSA, "k")))
    run(state.revoke_subject(DESK, "alice", claims()["iat"] + 30, 3600))
    checker = authority.trust(
        read({**ENVIRONMENT, "LEDGAI_ISSUERS_FILE": str(tmp_path / "issuers.json")}),
        trusted.keys,
        frozenset(SCOPES),
        GROUPS,
    ).verifier(trusted.policy, state)
    assert run(checker.verify(token())).subject == "alice"
    with pytest.raises(TokenRefused, match="revoked"):
        run(checker.verify(issued(DESK)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"audiences": None}, "entry 1 of {}: `audiences` must be a list of at least one text"),
        ({"audiences": []}, "entry 1 of {}: `audiences` must be a list of at least one text"),
        ({"audiences": "x"}, "entry 1 of {}: `audiences` must be a list of at least one text"),
        ({"grants": None}, "entry 1 of {}: `grants` must be a list of at least one text"),
        ({"grants": ["redonly"]}, "entry 1 of {}: `grants`: no such scope or group: 'redonly'; did you mean"),
        ({"issuer": " "}, "entry 1 of {}: `issuer` must be the text that its tokens have as `iss`"),
        ({"issuer": "ledgai"}, "entry 1 of {}: the issuer 'ledgai' is this server's own or stands twice"),
        ({"jwks_file": None}, "entry 1 of {}: it needs `jwks_url` or `jwks_file`, one of the two"),
        (
            {"jwks_url": "https://x.test/"},
            "entry 1 of {}: it needs `jwks_url` or `jwks_file`, one of the two",
        ),
        (
            {"jwks_file": None, "jwks_url": "http://x.test/"},
            "entry 1 of {}: the address of a key set must be https",
        ),
        (
            {"secret": "x"},
            "entry 1 of {}: it must be an object of audiences, grants, issuer, jwks_file, jwks_url",
        ),
    ],
)
def test_an_issuers_file_says_everything_or_the_server_does_not_start(
    changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        trusting(tmp_path, entry(**{"issuer": DESK, "folder": tmp_path, **changes}))
    assert f"LEDGAI_ISSUERS_FILE: {said.format(tmp_path / 'issuers.json')}" in str(caught.value)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"issuers": []}', '{"issuers": {}}', "[" * 50_000, None]
)
def test_an_issuers_file_that_cannot_be_read_is_named(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "issuers.json"
    if content is not None:
        file.write_text(content)
    environment = read({**ENVIRONMENT, "LEDGAI_ISSUERS_FILE": str(file)})
    with pytest.raises(ConfigurationError, match=r"LEDGAI_ISSUERS_FILE: .*issuers\.json"):
        authority.authority(environment, frozenset(SCOPES), GROUPS)
