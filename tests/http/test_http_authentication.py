"""Who may in: each request by its own token, and a challenge that says what is missing."""

import time
from typing import Any

import pytest
from http_site import ERAS, SECRET, Site, Sites, call, message, mint
from quantconnect_tools import CATALOG, GROUPS, SCOPES
from runtime_stage import Stub
from token_forge import claims, forge

from ledgai_mcp.http.refusals import challenge
from ledgai_mcp.state import StateUnavailable

READONLY = " ".join(sorted(GROUPS["readonly"]))


def listed(site: Site, **rest: Any) -> Any:
    return site.post(message("tools/list"), **rest)


def test_no_token_is_a_401_without_an_error(site: Site) -> None:
    """Case C49."""
    answer = listed(site)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == f'Bearer scope="{READONLY}"'
    text = (
        "A bearer token is needed: send it in the Authorization header. Whoever runs this server gives it to "
        "you (ledgai-mcp token mint)."
    )
    assert answer.json() == {
        "jsonrpc": "2.0",
        "id": None,
        "error": {"code": 401, "message": text},
    }
    assert answer.headers["cache-control"] == "no-store"


def test_the_scheme_is_bearer_in_any_case_and_no_other(site: Site) -> None:
    """Case C49."""
    for header in ("Basic eDp5", "Bearer", "Digest x", "x", "Bearerx y"):
        answer = listed(site, headers={"Authorization": header})
        assert answer.status_code == 401
        assert "error" not in answer.headers["www-authenticate"]
    for scheme in ("bearer", "BEARER", "Bearer  "):
        assert listed(site, headers={"Authorization": f"{scheme} {mint()}"}).status_code == 200


def test_a_token_in_the_query_or_in_a_cookie_is_not_looked_at(site: Site) -> None:
    body, headers = message("tools/list"), {"Cookie": f"token={mint()}"}
    assert site.request("POST", f"/mcp?access_token={mint()}", json=body, headers=headers).status_code == 401


def forged(**changes: Any) -> str:
    return forge({"alg": "HS256"}, claims(**changes), SECRET.encode())


def test_an_invalid_token_is_a_401_with_invalid_token(site: Site) -> None:
    """Cases C32, C34 and C49."""
    now = int(time.time())
    unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSIsInNjb3BlIjoiKiJ9.AAAA"
    for token, reason in (
        (forged(exp=now - 120, iat=now - 200), "expired"),
        (forged()[:-4] + "AAAA", "signature"),
        (unsigned, "algorithm"),
        (forged(aud="other"), "audience"),
        (forged(exp=10**400), "claims"),  # no float holds it: it was a 503
        ("not a token", "malformed"),
    ):
        answer = listed(site, token=token)
        header = answer.headers["www-authenticate"]
        assert answer.status_code == 401
        assert header.startswith('Bearer error="invalid_token", error_description="')
        assert f'scope="{READONLY}"' in header
        record = site.records("authentication")[-1]
        assert (record["decision"], record["reason"]) == ("refused", reason)
        assert token not in answer.text
        assert "Ask whoever gave it to you for a new one" in answer.json()["error"]["message"]
        assert f"renew it at {site.base}/token." in answer.json()["error"]["message"]
        assert token not in site.audit_file.read_text()


def test_a_large_token_is_a_431_of_our_own_and_one_of_8_kilobytes_is_accepted(site: Site) -> None:
    """Case C39: as a text, and with thousands of scopes; beyond 64 kB the parser answers alike."""
    for large in ("e" * 17 * 1024, "e" * 60 * 1024, forged(scopes=[f"s{n}" for n in range(4_000)])):
        answer = listed(site, token=large)
        assert answer.status_code == 431
        assert "16384 bytes" in answer.json()["error"]["message"]
        assert site.records("authentication")[-1]["reason"] == "too_large"
    assert listed(site, token=forged(padding="x" * 6000)).status_code == 200


def test_two_tokens_are_a_400(site: Site) -> None:
    head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n"
    answer = site.sent((head + f"Authorization: Bearer {mint()}\r\n" * 2 + "\r\n").encode())
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'error="invalid_request"' in answer


def test_a_store_that_is_down_is_a_503(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(*_: Any) -> bool:
        raise StateUnavailable("The state cannot be asked.")

    monkeypatch.setattr(site.authority.state, "is_revoked", down)
    answer = listed(site, token=mint())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "www-authenticate" not in answer.headers
    record = site.records("authentication")[-1]
    assert (record["decision"], record["reason"]) == ("unavailable", "StateUnavailable")
    # A token that is bad in itself needs no store to be told so.
    assert listed(site, token="a.b.c").status_code == 401


def test_a_crash_of_the_verifier_is_a_503(sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert [listed(site, token=mint()).status_code for _ in range(2)] == [503, 503]
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
    """Case C49: what RFC 6750 section 3 does not allow in a value is replaced."""
    value = challenge('http://a/"b', SCOPES, "invalid_token", 'x", scope="all\\\r\nSet-Cookie: a=ü')
    assert value.count('"') == 8
    assert not set(value) & set("\r\n\\")
    assert value.isascii()
