"""SCOPES.html in a real browser: filters, addresses, the last change.

Run by .ci/run: needs headless Chromium.
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from headless_chromium import Chromium
from quantconnect_tools import CATALOG, GROUPS
from scopes_page import COUNT, FOCUS, OPEN, ROOT, TOOLS, codegen, go, made, reached, shown, with_effect

pytestmark = pytest.mark.browser


def test_the_page_opens_with_every_tool_and_asks_for_nothing_but_itself(browser: Chromium, page: str) -> None:
    assert shown(browser) == TOOLS
    assert browser.value(OPEN) == []
    assert browser.value(COUNT) == f"{len(TOOLS)} tools"
    assert browser.requests == [page]


def test_the_policy_of_the_page_stops_scripts_and_requests_that_are_not_its_own(browser: Chromium) -> None:
    refused = browser.value("fetch('data:,x').then(() => 'answered', () => 'refused')")
    ran = browser.value(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = true';"
        " document.body.append(s); return window.ran === true })()"
    )
    assert (refused, ran) == ("refused", False)
    assert len(browser.complaints) >= 2
    browser.complaints.clear()
    browser.requests.clear()


def test_effects_are_chosen_with_the_pointer(browser: Chromium) -> None:
    browser.click('.chip:has([value="live"])')
    live = with_effect("live")
    assert shown(browser) == live
    assert browser.value(COUNT) == f"{len(live)} of {len(TOOLS)} tools"
    browser.click('.chip:has([value="delete"])')
    assert shown(browser) == live | with_effect("delete")
    browser.click("#clear")
    assert shown(browser) == TOOLS
    assert browser.value(FOCUS) == "q"


def test_every_filter_shows_exactly_its_tools(browser: Chromium) -> None:
    wanted = {("group", group): reached(group) for group in GROUPS}
    wanted |= {("effect", effect): with_effect(effect) for effect in ("read", "write", "delete", "live")}
    for tool in CATALOG.values():
        for key in (("toolset", tool.toolset), *(("scope", scope) for scope in tool.scopes)):
            wanted.setdefault(key, set()).add(tool.name)
    for (name, value), expected in wanted.items():
        go(browser, f"?{urlencode({name: value})}")
        assert shown(browser) == expected, (name, value)


def test_words_are_found_in_names_texts_and_endpoints(browser: Chromium) -> None:
    browser.click('[name="q"]')
    browser.type("Broadcast COMMANDS/")
    assert shown(browser) == {"broadcast_live_command"}
    browser.type("x")
    assert shown(browser) == set()
    assert browser.value("document.querySelector('#none').offsetParent !== null")
    assert browser.value(COUNT).startswith("0 of ")
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
    browser.click('.power a[data-show="group=trader&effect=live"]')
    browser.until("location.hash.startsWith('#?')")
    browser.until("document.activeElement.id === 'tools'")
    assert shown(browser) == reached("trader") & with_effect("live")
    browser.click('.scopes a[data-show="scope=qc%3Alive%3Aexecute"]')
    browser.until("location.hash.includes('scope=')")
    browser.until("document.activeElement.id === 'tools'")
    assert shown(browser) == {t.name for t in CATALOG.values() if "qc:live:execute" in t.scopes}


def test_a_broken_address_breaks_nothing(browser: Chromium, page: str) -> None:
    for fragment in ("?q=%", "?scope=gone", "?nonsense", "tool-gone", "?effect=%F0%9F", "%"):
        browser.open("about:blank")
        browser.open(f"{page}#{fragment}")
        assert browser.value("document.querySelector('[name=scope]').selectedIndex") == 0
        browser.press("Tab")
        go(browser, "?effect=live")
        assert shown(browser) == with_effect("live")


def test_an_address_of_a_tool_opens_it_whatever_is_filtered(browser: Chromium) -> None:
    go(browser, "?effect=live")
    go(browser, "tool-read_account")
    assert "read_account" in shown(browser)
    assert browser.value(OPEN) == ["read_account"]
    assert browser.value(FOCUS) == "read_account"


def test_the_last_change_is_shown_escalations_first(browser: Chromium, changes: str) -> None:
    found = json.loads(codegen("scopes", "diff", "/dev/null", str(ROOT), "--format", "json"))
    browser.open(changes)
    text = browser.value("document.querySelector('#change').innerText")
    people = [person for person in found["people"] if person["gained"]]
    order = ["/dev/null -> working tree", *(f"{each['who']} {each['said']}" for each in found["escalations"])]
    order += [f"{person['name']}\n" for person in people]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    gained = sum(len(person["gained"]) for person in people if person["name"] in GROUPS)
    assert browser.value("document.querySelectorAll('td.gained').length") == gained


def test_many_groups_and_long_names_still_make_a_readable_table(browser: Chromium, tmp_path: Path) -> None:
    many = "".join(f"  a-rather-long-group-name-{number}: [qc:live:read]\n" for number in range(5))
    policy = tmp_path / "scopes.yaml"
    policy.write_text((ROOT / "scopes.yaml").read_text().replace("\ngroups:\n", f"\ngroups:\n{many}"))
    browser.open(made(tmp_path, "/dev/null", str(policy)))
    assert browser.value("document.documentElement.scrollWidth") <= 1280
    overlaps = browser.value(
        "(() => { const boxes = [...document.querySelectorAll('.matrix thead th')]"
        ".map((e) => { const r = document.createRange(); r.selectNodeContents(e);"
        " return r.getBoundingClientRect() });"
        " return boxes.slice(1).filter((b, i) => b.left < boxes[i].right - 0.5).length })()"
    )
    assert overlaps == 0
    assert browser.value("document.querySelectorAll('.matrix thead th').length") == len(GROUPS) + 5 + 3
