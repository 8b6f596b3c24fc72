"""By which names the server may be called: Host and Origin, always checked, before anything else."""

import pytest
from http_site import Sites, message, mint
from hypothesis import given
from hypothesis import strategies as st

from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.http.hosts import Hosts
from ledgai_mcp.settings import read

OWN = Hosts.of(("127.0.0.1", "localhost", "[::1]"))


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8000", "[::1]",
                                  "[::1]:1", "localhost."])  # fmt: skip
def test_loopback_names_are_accepted_with_and_without_a_port(host: str) -> None:
    assert OWN.accepts_host([(b"host", host.encode())])


@pytest.mark.parametrize("host", ["", "evil.test", "localhost.evil.test", "127.0.0.1.evil.test:80", "[::2]",
                                  "::1", "localhost:80:80", "localhost:", "localhost@evil.test",
                                  "evil.test:80", "127.0.0.1:x", "evillocalhost", "[::1].", "[::1]x",
                                  "[::1]:", "[::1]:x", "[::1]:80:80", "[::1", "[]"])  # fmt: skip
def test_other_names_are_not(host: str) -> None:
    assert not OWN.accepts_host([(b"host", host.encode())])


def test_one_name_is_needed() -> None:
    assert not OWN.accepts_host([])
    assert not OWN.accepts_host([(b"host", b"localhost"), (b"host", b"localhost")])


@pytest.mark.parametrize("origin", ["http://localhost:6274", "https://127.0.0.1", "http://[::1]:3"])
def test_a_page_of_an_allowed_host_may_call(origin: str) -> None:
    assert OWN.accepts_origin([(b"origin", origin.encode())])


@pytest.mark.parametrize("origin", ["null", "http://evil.test", "file://", "localhost", "",
                                    "http://localhost.evil.test"])  # fmt: skip
def test_other_pages_may_not(origin: str) -> None:
    assert not OWN.accepts_origin([(b"origin", origin.encode())])


def test_an_entry_with_a_port_is_for_that_port_and_a_page_is_named_whole() -> None:
    hosts = Hosts.of(("a.test:8443",), ("https://app.test",))
    for name, accepted in ((b"a.test:8443", True), (b"a.test", False), (b"a.test:1", False)):
        assert hosts.accepts_host([(b"host", name)]) is accepted
    for page in (b"https://app.test", b"http://app.test", b"https://app.test:8443"):
        assert hosts.accepts_origin([(b"origin", page)]) is (page == b"https://app.test")


@given(st.text(max_size=40))
def test_no_other_text_is_accepted(host: str) -> None:
    raw = host.encode("utf-8", "surrogatepass")
    if OWN.accepts_host([(b"host", raw)]):
        name = host.strip().lower()
        assert name.startswith(("localhost", "127.0.0.1", "[::1]"))


@pytest.mark.parametrize("value", ["*", "http://a", "a/b", "a b:", "*.example.com", "a:80000000", "[::1"])
def test_a_wildcard_or_malformed_entry_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError, match="LEDGAI_ALLOWED_HOSTS"):
        read({"LEDGAI_ALLOWED_HOSTS": value})


@pytest.mark.parametrize("auth", ["true", "false"])
def test_a_foreign_host_is_a_421_and_a_foreign_origin_a_403(sites: Sites, auth: str) -> None:
    """Case C44: with authentication and without, with a good token and without."""
    site = sites.start(ENABLE_AUTH=auth)
    for token in (None, mint()):
        answer = site.post(message("tools/list"), token=token, headers={"Host": "evil.test"})
        assert answer.status_code == 421
        answer = site.post(message("tools/list"), token=token, headers={"Origin": "http://evil.test"})
        assert answer.status_code == 403
        assert "www-authenticate" not in answer.headers
    for path in ("/token", "/revoke", "/.well-known/oauth-protected-resource"):
        assert site.request("POST", path, headers={"Host": "evil.test"}).status_code == 421
    assert site.records("authentication") == []


def test_a_public_address_is_accepted_and_advertised(sites: Sites) -> None:
    site = sites.start(
        LEDGAI_PUBLIC_URL="https://mcp.example.com/qc", LEDGAI_AUTHORIZATION_SERVERS="https://idp.example.com"
    )
    answer = site.post(message("tools/list"), headers={"Host": "mcp.example.com"})
    assert answer.status_code == 401
    url = "https://mcp.example.com/.well-known/oauth-protected-resource/qc/mcp"
    assert f'resource_metadata="{url}"' in answer.headers["www-authenticate"]
