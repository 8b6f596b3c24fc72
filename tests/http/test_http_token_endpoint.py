"""Renewing and taking back over HTTP (RFC 6749 section 6, RFC 7009, RFC 9700)."""

from typing import Any

import anyio
import httpx2
import pytest
from http_site import API_TOKEN, OWN, USER, Site, Sites, call, message, mint
from quantconnect_tools import GROUPS
from runtime_stage import Stub

from ledgai_mcp.state import StateUnavailable
from ledgai_mcp.tokens.keys import KeyRefused
from ledgai_mcp.tokens.minting import Mint, Order


def start(site: Site, **more: Any) -> dict[str, Any]:
    """Make the first pair, as `ledgai-mcp token mint --refresh` does."""
    order = Order("alice", frozenset(GROUPS["readonly"]), 900, credentials=OWN, **more)
    return anyio.run(site.authority.refreshing.start, order).as_json()


def renew(site: Site, refresh_token: str, **more: str) -> httpx2.Response:
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **more}
    return site.request("POST", "/token", data=form)


def status(site: Site, token: str) -> int:
    return site.post(message("tools/list"), token=token).status_code


def test_a_refresh_token_gives_the_next_pair_once(site: Site, stub: Stub) -> None:
    first = start(site)
    answer = renew(site, first["refresh_token"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    second = answer.json()
    assert second["token_type"] == "Bearer"
    assert second["expires_in"] == 900
    assert second["scope"] == " ".join(sorted(GROUPS["readonly"]))
    assert status(site, second["access_token"]) == 200
    assert site.post(call("list_projects"), token=second["access_token"]).json()["result"]["isError"] is False
    assert len(stub.seen) == 1
    assert API_TOKEN not in answer.text
    assert USER not in site.audit_file.read_text()


def test_a_renewed_token_may_have_less_and_not_more(site: Site) -> None:
    first = start(site)
    narrow = renew(site, first["refresh_token"], scope="qc:files:read").json()
    assert narrow["scope"] == "qc:files:read"
    wide = renew(site, narrow["refresh_token"], scope="qc:files:read qc:live:execute")
    assert (wide.status_code, wide.json()["error"]) == (400, "invalid_scope")


def test_a_bad_form_is_a_400_with_a_code(site: Site) -> None:
    grant = {"grant_type": "refresh_token"}
    for body, error in (
        ({"data": {"grant_type": ""}}, "unsupported_grant_type"),
        ({"data": {"grant_type": "client_credentials"}}, "unsupported_grant_type"),
        ({"data": grant}, "invalid_request"),
        ({"data": {**grant, "refresh_token": ""}}, "invalid_request"),
        ({"data": {**grant, "refresh_token": "ldgr.x.y"}}, "invalid_grant"),
        ({"data": {**grant, "refresh_token": ["a", "b"]}}, "invalid_request"),
        ({"json": grant}, "invalid_request"),
        ({}, "invalid_request"),
    ):
        answer = site.request("POST", "/token", **body)
        assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_form_that_is_too_large_is_told_the_limit_of_forms(site: Site) -> None:
    """It was told LEDGAI_MAX_BODY_BYTES, which is another limit, and changes nothing here."""
    for path in ("/token", "/revoke"):
        answer = site.request("POST", path, data={"token": "x" * 1_000_000})
        assert answer.status_code == 413
        text = answer.json()["error_description"]
        assert text.startswith("The form is larger than 20480 bytes")
        assert "LEDGAI_" not in text


def test_only_post_is_served(site: Site) -> None:
    for path in ("/token", "/revoke"):
        assert {site.request(method, path).status_code for method in ("GET", "PUT")} == {405}


def test_a_revoked_access_token_is_refused_on_the_next_call(site: Site) -> None:
    token = mint()
    assert status(site, token) == 200
    form = {"token": token, "token_type_hint": "refresh_token"}
    assert site.request("POST", "/revoke", data=form).status_code == 200
    assert status(site, token) == 401
    assert site.records("authentication")[-1]["reason"] == "revoked"
    assert status(site, mint()) == 200


def test_a_store_that_is_down_is_a_503(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first = start(site)

    async def down(*_: Any) -> Any:
        raise StateUnavailable("The state cannot be asked.")

    with monkeypatch.context() as patch:
        patch.setattr(site.authority.state.store, "family", down)
        patch.setattr(site.authority.state.store, "cuts", down)
        assert renew(site, first["refresh_token"]).status_code == 503
        assert site.request("POST", "/revoke", data={"token": first["refresh_token"]}).status_code == 503
    assert renew(site, first["refresh_token"]).status_code == 200


def test_a_replayed_refresh_token_ends_its_family_and_is_recorded_with_its_owner(site: Site) -> None:
    """RFC 9700 section 4.14.2; a stolen refresh token looked like a mistyped one in the record."""
    first = start(site)
    family = first["refresh_token"].split(".")[1]
    second = renew(site, first["refresh_token"]).json()
    site.post(call("health_check"), token=second["access_token"])
    stolen = renew(site, first["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    renew(site, "ldgr.x.y")
    refreshed, called, reused, unknown = site.records("authentication")
    assert (refreshed["decision"], refreshed["reason"]) == ("allowed", "refreshed")
    assert (reused["decision"], reused["reason"]) == ("refused", "reused")
    assert (unknown["reason"], "sid" in unknown) == ("invalid_grant", False)
    for record in (refreshed, called, reused, *site.records("call")):
        assert (record["subject"], record["issuer"], record["sid"]) == ("alice", "ledgai", family)
    assert refreshed["token_id"] == called["token_id"]
    assert status(site, second["access_token"]) == 401
    assert renew(site, second["refresh_token"]).json()["error"] == "invalid_grant"
    content = site.audit_file.read_text()
    for token in (*first.values(), *second.values()):
        assert len(str(token)) < 40 or token not in content


def test_revoking_is_recorded_and_an_invalid_token_is_no_error(site: Site) -> None:
    """RFC 7009 section 2.2."""
    for token, reason in (
        (mint(), "revoked"),
        ("nonsense", "nothing_to_revoke"),
        ("a.b.c", "nothing_to_revoke"),
        ("ldgr.AAAAAAAAAAAAAAAAAAAAAA." + "A" * 43, "nothing_to_revoke"),
    ):
        assert site.request("POST", "/revoke", data={"token": token}).status_code == 200
        assert site.records("authentication")[-1]["reason"] == reason


def test_an_access_life_above_the_longest_life_is_cut(sites: Sites) -> None:
    """`POST /token` minted what the mint refuses, and failed."""
    site = sites.start(LEDGAI_ACCESS_SECONDS="3600", LEDGAI_JWT_MAX_LIFE_SECONDS="900")
    answer = renew(site, start(site)["refresh_token"])
    assert (answer.status_code, answer.json()["expires_in"]) == (200, 900)
    assert status(site, answer.json()["access_token"]) == 200


def test_a_failing_mint_is_a_503(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise KeyRefused("There is no key to sign with.")

    first = start(site)
    monkeypatch.setattr(Mint, "mint", refuse)
    answer = renew(site, first["refresh_token"])
    assert (answer.status_code, answer.json()) == (503, {"error": "temporarily_unavailable"})
    assert site.records("authentication")[-1]["reason"] == "KeyRefused"
