"""Who may in: each request by its own token, and a challenge that says what is missing."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from http_site import ERAS, SECRET, Site, Sites, call, message, mint
from quantconnect_tools import CATALOG, GROUPS, SCOPES
from runtime_stage import Stub

from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.http.refusals import challenge
from ledgai_mcp.state import StateUnavailable

READONLY = " ".join(sorted(GROUPS["readonly"]))


@pytest.fixture
def site(sites: Sites) -> Site:
    return sites.start()


def listed(site: Site, **rest: Any) -> Any:
    return site.post(message("tools/list"), **rest)


def test_no_token_is_a_401_without_an_error(site: Site) -> None:
    """C49"""
    answer = listed(site)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == (
        f'Bearer scope="{READONLY}", resource_metadata="{site.base}/.well-known/oauth-protected-resource/mcp"'
    )
    assert answer.json() == {
        "jsonrpc": "2.0",
        "id": None,
        "error": {"code": 401, "message": "A bearer token is needed: send it in the Authorization header."},
    }
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("header", ["Basic eDp5", "Bearer", "Digest x", "x", "Bearerx y"])
def test_another_scheme_is_no_token(site: Site, header: str) -> None:
    """C49"""
    answer = listed(site, headers={"Authorization": header})
    assert answer.status_code == 401
    assert "error" not in answer.headers["www-authenticate"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_the_case_of_the_scheme_does_not_matter(site: Site, scheme: str) -> None:
    """C49"""
    assert listed(site, headers={"Authorization": f"{scheme} {mint()}"}).status_code == 200


def test_a_token_in_the_query_or_in_a_cookie_is_not_looked_at(site: Site) -> None:
    answer = site.request(
        "POST",
        f"/mcp?access_token={mint()}",
        json=message("tools/list"),
        headers={"Cookie": f"token={mint()}"},
    )
    assert answer.status_code == 401


def forged(**claims: Any) -> str:
    now = int(time.time())
    content = {"iss": "ledgai", "aud": "quantconnect-mcp", "sub": "alice", "iat": now, "exp": now + 3600}
    content = {**content, "scopes": ["qc:projects:read"], **claims}
    return jwt.encode({k: v for k, v in content.items() if v is not None}, SECRET, "HS256")


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (forged(exp=int(time.time()) - 120, iat=int(time.time()) - 200), "expired"),
        (forged()[:-4] + "AAAA", "signature"),
        (jwt.encode({"sub": "alice"}, "another-secret-of-at-least-32-bytes!", "HS256"), "signature"),
        ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSIsInNjb3BlIjoiKiJ9.", "malformed"),
        ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSIsInNjb3BlIjoiKiJ9.AAAA", "algorithm"),
        (forged(aud=None), "claims"),
        (forged(aud="other"), "audience"),
        (forged(iss="https://elsewhere.test"), "issuer"),
        (forged(exp=None), "claims"),
        (forged(scopes=None), "scopes"),
        (forged(sub=None), "claims"),
        (forged(qc_limits={"unheard_of": 1}), "limits"),
        (forged(exp=int(time.time()) + 10**8), "life"),
        ("not a token", "malformed"),
        ("a.b.c", "malformed"),
    ],
)
def test_a_token_that_is_not_good_is_a_401_with_invalid_token(site: Site, token: str, reason: str) -> None:
    """C32, C34, C49"""
    answer = listed(site, token=token)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token", error_description="')
    assert f'scope="{READONLY}"' in answer.headers["www-authenticate"]
    record = site.records("authentication")[-1]
    assert (record["decision"], record["reason"]) == ("refused", reason)
    assert token not in answer.text
    assert token not in site.audit_file.read_text()


@pytest.mark.parametrize("shift", [5, -5])
def test_clocks_may_differ_a_little(site: Site, shift: int) -> None:
    """C35"""
    now = int(time.time())
    token = forged(iat=now + 5, nbf=now + 5) if shift > 0 else forged(iat=now - 60, exp=now - 5)
    assert listed(site, token=token).status_code == 200


@pytest.mark.parametrize("kilobytes", [17, 60, 300])
def test_a_large_token_is_a_431_of_our_own(site: Site, kilobytes: int) -> None:
    """C39"""
    answer = listed(site, token="e" * kilobytes * 1024)
    assert answer.status_code == 431
    assert "16384 bytes" in answer.json()["error"]["message"]
    assert site.records("authentication")[-1]["reason"] == "too_large"


def test_a_token_of_8_kilobytes_is_taken(site: Site) -> None:
    """C39"""
    assert listed(site, token=forged(padding="x" * 6000)).status_code == 200


def test_ten_thousand_scopes_are_too_large(site: Site) -> None:
    """C39"""
    assert listed(site, token=forged(scopes=[f"s{n}" for n in range(10_000)])).status_code == 431


def test_two_tokens_are_a_400(site: Site) -> None:
    import http.client

    connection = http.client.HTTPConnection(site.base.removeprefix("http://"))
    connection.putrequest("POST", "/mcp")
    for _ in range(2):
        connection.putheader("Authorization", f"Bearer {mint()}")
    connection.putheader("Content-Length", "0")
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 400
    assert 'error="invalid_request"' in (answer.getheader("www-authenticate") or "")
    connection.close()


def test_a_store_that_is_down_is_a_503_and_lets_nobody_in(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = site.served.parts.authority
    assert authority is not None

    async def down(*_: Any) -> bool:
        raise StateUnavailable("The state cannot be asked.")

    monkeypatch.setattr(authority.state, "is_revoked", down)
    answer = listed(site, token=mint())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "www-authenticate" not in answer.headers
    assert site.records("authentication")[-1]["decision"] == "unavailable"
    # A token that is bad in itself needs no store to be told so.
    assert listed(site, token="a.b.c").status_code == 401


def test_a_fault_of_the_verifier_is_no_500_and_lets_nobody_in(
    sites: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: Any) -> bool:
        raise RuntimeError("CANARY")

    from ledgai_mcp.tokens.verification import Verifier

    monkeypatch.setattr(Verifier, "verify", crash)
    answer = listed(sites.start(), token=mint())
    assert answer.status_code == 503
    assert "CANARY" not in answer.text


def test_each_authentication_is_recorded_without_the_token(site: Site) -> None:
    token = mint("alice")
    listed(site, token=token)
    record = site.records("authentication")[-1]
    assert (record["decision"], record["subject"], record["issuer"]) == ("allowed", "alice", "ledgai")
    assert record["held"] == sorted(GROUPS["readonly"])
    assert len(record["token_sha256"]) == 64
    assert token not in site.audit_file.read_text()


def test_the_audit_file_being_gone_stops_everything(site: Site) -> None:
    """What cannot be recorded does not happen."""
    assert listed(site, token=mint()).status_code == 200
    site.audit_file.unlink()
    head = site.audit_file.with_name(site.audit_file.name + ".head")
    head.unlink()
    head.mkdir()
    listed(site, token=mint())
    answer = listed(site, token=mint())
    assert answer.status_code == 503
    head.rmdir()
    assert listed(site, token=mint()).status_code == 200


@pytest.mark.parametrize("mode", ERAS)
def test_credentials_are_never_taken_from_the_environment(sites: Sites, stub: Stub, mode: str) -> None:
    site = sites.start(QUANTCONNECT_USER_ID="999", QUANTCONNECT_API_TOKEN="environment-CANARY")
    token = mint(credentials=None)
    result = site.talk(token, lambda client: client.call_tool("list_projects", {}), mode)
    assert result.is_error
    assert "no QuantConnect credentials" in result.content[0].text
    assert stub.seen == []


def test_without_a_key_the_server_does_not_start(sites: Sites) -> None:
    with pytest.raises(ConfigurationError, match="no key to verify"):
        sites.start(JWT_SECRET_KEY="")


def test_a_short_secret_does_not_start(sites: Sites) -> None:
    with pytest.raises(ConfigurationError, match="at least 32 bytes"):
        sites.start(JWT_SECRET_KEY="x" * 31)


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "::", "example.com"])  # noqa: S104 - refused
def test_without_authentication_only_a_loopback_address_is_served(sites: Sites, host: str) -> None:
    """C59"""
    with pytest.raises(ConfigurationError, match="loopback address only"):
        sites.start(ENABLE_AUTH="false", LEDGAI_HOST=host)


def test_without_authentication_only_loopback_names_are_served(sites: Sites) -> None:
    with pytest.raises(ConfigurationError, match="LEDGAI_ALLOWED_HOSTS"):
        sites.start(ENABLE_AUTH="false", LEDGAI_ALLOWED_HOSTS="localhost example.com")


def test_without_authentication_the_caller_is_the_local_person(sites: Sites, stub: Stub) -> None:
    site = sites.start(
        ENABLE_AUTH="false",
        QUANTCONNECT_USER_ID="999",
        QUANTCONNECT_API_TOKEN="local-token-of-999",
        LEDGAI_SCOPES="readonly",
    )
    names = {tool["name"] for tool in listed(site).json()["result"]["tools"]}
    assert names == {t.name for t in CATALOG.values() if set(t.scopes) <= set(GROUPS["readonly"])}
    assert site.post(call("list_projects")).json()["result"]["isError"] is False
    assert [seen.path for seen in stub.seen] == ["/projects/read"]
    assert site.post(call("create_project")).status_code == 403
    assert site.request("GET", "/.well-known/oauth-protected-resource").status_code == 404


def test_a_challenge_cannot_be_broken_out_of() -> None:
    """C49: what RFC 6750 section 3 does not allow in a value is replaced."""
    value = challenge('http://a/"b', SCOPES, "invalid_token", 'x", scope="all\\\r\nSet-Cookie: a=ü')
    assert value.count('"') == 8
    assert "\r" not in value
    assert "\n" not in value
    assert "\\" not in value
    assert value.isascii()
