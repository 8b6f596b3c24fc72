"""SCOPES.html in a real browser: filters, addresses, the last change.

Run by .ci/run: needs headless Chromium.
"""

from pathlib import Path
from urllib.parse import urlencode

import pytest
from headless_chromium import Chromium
from quantconnect_tools import CATALOG, GROUPS
from scopes_page import ROOT, TOOLS, made, reached, shown, with_effect

pytestmark = pytest.mark.browser


def test_the_page_opens_with_every_tool_and_asks_for_nothing_but_itself(browser: Chromium, page: str) -> None:
    assert shown(browser) == TOOLS
    assert browser.looks("open") == []
    assert browser.looks("count") == f"{len(TOOLS)} tools"
    assert browser.requests == [page]


def test_the_policy_of_the_page_stops_scripts_and_requests_that_are_not_its_own(browser: Chromium) -> None:
    refused = browser.value("fetch('data:,x').then(() => 'answered', () => 'refused')")
    assert (refused, browser.looks("foreignScriptRuns")) == ("refused", False)
    assert len(browser.complaints) >= 2
    browser.complaints.clear()
    browser.requests.clear()


def test_effects_are_chosen_with_the_pointer(browser: Chromium) -> None:
    browser.click('.chip:has([value="live"])')
    live = with_effect("live")
    assert shown(browser) == live
    assert browser.looks("count") == f"{len(live)} of {len(TOOLS)} tools"
    browser.click('.chip:has([value="delete"])')
    assert shown(browser) == live | with_effect("delete")
    browser.click("#clear")
    assert shown(browser) == TOOLS
    assert browser.looks("focus") == "q"


def test_every_filter_shows_exactly_its_tools(browser: Chromium) -> None:
    wanted = {("group", group): reached(group) for group in GROUPS}
    wanted |= {("effect", effect): with_effect(effect) for effect in ("read", "write", "delete", "live")}
    for tool in CATALOG.values():
        for key in (("toolset", tool.toolset), *(("scope", scope) for scope in tool.scopes)):
            wanted.setdefault(key, set()).add(tool.name)
    for (name, value), expected in wanted.items():
        browser.looks("go", f"?{urlencode({name: value})}")
        assert shown(browser) == expected, (name, value)


def test_words_are_found_in_names_texts_and_endpoints(browser: Chromium) -> None:
    browser.click('[name="q"]')
    browser.type("Broadcast COMMANDS/")
    assert shown(browser) == {"broadcast_live_command"}
    browser.type("x")
    assert shown(browser) == set()
    assert browser.value("document.querySelector('#none').offsetParent !== null")
    assert browser.looks("count").startswith("0 of ")
    browser.press("Escape")
    assert len(shown(browser)) > 60
    assert browser.value("document.querySelector('#none').offsetParent === null")


def test_filters_narrow_each_other_and_the_address_keeps_them(browser: Chromium, page: str) -> None:
    browser.value("document.querySelector('[name=group]').focus()")
    browser.type("tr")
    browser.click('.chip:has([value="write"])')
    expected = reached("trader") & with_effect("write")
    assert shown(browser) == expected
    address = browser.value("location.href")
    browser.open("about:blank")
    browser.open(address)
    assert shown(browser) == expected
    assert browser.value("document.querySelector('[name=group]').value") == "trader"
    assert address.startswith(page)


def test_a_number_of_the_summary_and_a_scope_lead_to_their_tools(browser: Chromium) -> None:
    execute = {tool.name for tool in CATALOG.values() if "qc:live:execute" in tool.scopes}
    for link, part, expected in (
        ('.power a[data-show="group=trader&effect=live"]', "group=", reached("trader") & with_effect("live")),
        ('.scopes a[data-show="scope=qc%3Alive%3Aexecute"]', "scope=", execute),
    ):
        browser.click(link)
        browser.until(f"location.hash.includes('{part}') && document.activeElement.id === 'tools'")
        assert shown(browser) == expected


def test_a_broken_address_breaks_nothing(browser: Chromium, page: str) -> None:
    for fragment in ("?q=%", "?scope=gone", "?nonsense", "tool-gone", "?effect=%F0%9F", "%"):
        browser.open("about:blank")
        browser.open(f"{page}#{fragment}")
        assert browser.value("document.querySelector('[name=scope]').selectedIndex") == 0
        browser.press("Tab")
        browser.looks("go", "?effect=live")
        assert shown(browser) == with_effect("live")


def test_an_address_of_a_tool_opens_it_whatever_is_filtered(browser: Chromium) -> None:
    browser.looks("go", "?effect=live")
    browser.looks("go", "tool-read_account")
    assert "read_account" in shown(browser)
    assert browser.looks("open") == ["read_account"]
    assert browser.looks("focus") == "read_account"


def test_many_groups_and_long_names_still_make_a_readable_table(browser: Chromium, tmp_path: Path) -> None:
    many = "".join(f"  a-rather-long-group-name-{number}: [qc:live:read]\n" for number in range(5))
    policy = tmp_path / "scopes.yaml"
    policy.write_text((ROOT / "scopes.yaml").read_text().replace("\ngroups:\n", f"\ngroups:\n{many}"))
    browser.open(made(tmp_path, "/dev/null", str(policy)))
    assert browser.value("document.documentElement.scrollWidth") <= 1280
    assert browser.looks("overlappingHeads") == 0
    assert browser.value("document.querySelectorAll('.matrix thead th').length") == len(GROUPS) + 5 + 3
