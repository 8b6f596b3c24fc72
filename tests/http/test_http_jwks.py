"""Tokens of another issuer over HTTP: its keys come, stay through an outage, and hold nobody up (C37)."""

import http.client
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from http_site import Site, Sites, call, message, wait_until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from token_forge import RSA, claims
from token_issuer import Issuer

OTHER = rsa.generate_private_key(65537, 2048)
ISSUER = "https://idp.test"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.close()


def token(kid: str = "k1", key: Any = RSA, issuer: str = ISSUER) -> str:
    own = {"user_id": "77", "api_token": "api-token-of-77"}
    content = claims(iss=issuer, scopes=..., scope="qc:projects:read openid", qc_credentials=own)
    return jwt.encode(content, key, "RS256", headers={"kid": kid})


def start(sites: Sites, issuer: Issuer, **more: str) -> Site:
    return sites.start(JWT_SECRET_KEY="", LEDGAI_JWKS_URL=issuer.url, LEDGAI_JWT_ISSUER=ISSUER, **more)


def status(site: Site, raw: str) -> int:
    return site.post(message("tools/list"), token=raw).status_code


def test_a_token_of_another_issuer_opens_what_its_scopes_say(sites: Sites, issuer: Issuer) -> None:
    site = start(sites, issuer)
    answer = site.post(call("list_projects"), token=token())
    assert answer.json()["result"]["isError"] is False
    assert site.post(call("create_project"), token=token()).status_code == 403
    assert status(site, token(key=OTHER)) == 401
    assert status(site, token(issuer="ledgai")) == 401
    assert status(site, jwt.encode({"sub": "x"}, "public key as a secret, 32 bytes", "HS256")) == 401


def test_an_issuer_that_is_down_at_the_start_is_a_503_until_it_is_up(sites: Sites, issuer: Issuer) -> None:
    issuer.status = 500
    site = start(sites, issuer)
    assert site.request("GET", "/readyz").status_code == 503
    assert status(site, token()) == 503
    issuer.status = 200
    wait_until(lambda: status(site, token()) == 200)
    wait_until(lambda: site.request("GET", "/readyz").status_code == 200)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    sites = Sites("http://127.0.0.1:9/api/v2", tmp_path_factory.mktemp("lasting"))
    yield sites.start()
    sites.stop()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_no_header_whatever_is_a_500(lasting: Site, value: str) -> None:
    connection = http.client.HTTPConnection(lasting.base.removeprefix("http://"), timeout=60)
    try:
        connection.request("POST", "/mcp", b"{}", {"Authorization": f"Bearer {value}"})
        answer = connection.getresponse()
        answer.read()
    except ValueError:  # what the client does not let anybody send
        return
    except (OSError, http.client.HTTPException):  # what is no HTTP ends the connection, and nothing else
        assert lasting.request("GET", "/livez").status_code == 200
        return
    finally:
        connection.close()
    assert answer.status in (400, 401)
