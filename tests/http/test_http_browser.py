"""A page of another origin calls the server from a real browser, which asks beforehand.

Run by .ci/run: needs headless Chromium.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from headless_chromium import Chromium
from http_site import HANDSHAKE, Site, Sites, hello, message, mint

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def fetched(browser: Chromium, site: Site, body: Any, **headers: str) -> Any:
    """Call as the page that is open; return what its script can read, or the name of the error."""
    accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    options = {"method": "POST", "body": json.dumps(body), "headers": accept | headers}
    return browser.value(
        f"fetch({json.dumps(site.served.url)}, {json.dumps(options)})"
        ".then(async it => [it.status, Object.fromEntries(it.headers), await it.text()], it => it.name)"
    )


def test_a_listed_page_opens_a_session_and_reads_why_it_may_not(browser: Chromium, sites: Sites) -> None:
    home = sites.start()  # any page will do: its probe is one
    site = sites.start(LEDGAI_ALLOWED_ORIGINS=home.base, LEDGAI_SESSIONS="true")
    browser.open(f"{home.base}/livez")

    status, headers, text = fetched(browser, site, hello())
    assert (status, headers["www-authenticate"][:7]) == (401, "Bearer ")
    assert "ledgai-mcp token mint" in text

    bearer = {"Authorization": f"Bearer {mint()}"}
    status, headers, text = fetched(browser, site, hello(), **bearer)
    assert (status, "serverInfo" in text) == (200, True)
    session = {"Mcp-Session-Id": headers["mcp-session-id"], "MCP-Protocol-Version": HANDSHAKE}
    status, _, text = fetched(browser, site, message("tools/list"), **bearer, **session)
    assert (status, "read_account" in text) == (200, True)

    browser.open(f"{site.base}/livez")  # a page that the other server does not list
    assert fetched(browser, home, hello(), **bearer) == "TypeError"
    assert [record["reason"] for record in home.records()] == ["missing"]  # the question, and no call
