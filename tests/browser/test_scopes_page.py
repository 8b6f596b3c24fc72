"""SCOPES.html in a real browser: filters, addresses, the last change.

Run by .ci/run: needs headless Chromium.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
from attrs import evolve
from headless_chromium import Chromium
from scopes_page import COUNT, FOCUS, OPEN, go, names, reached, shown

from codegen.output.page import Changes, page
from codegen.tools.catalogue import Catalogue

pytestmark = pytest.mark.browser


def test_the_page_opens_with_every_tool_and_asks_for_nothing_but_itself(
    browser: Chromium, catalogue: Catalogue, folder: Path
) -> None:
    assert shown(browser) == names(catalogue.tools)
    assert browser.value(OPEN) == []
    assert browser.value(COUNT) == f"{len(catalogue.tools)} tools"
    assert browser.requests == [(folder / "SCOPES.html").as_uri()]


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


def test_effects_are_chosen_with_the_pointer(browser: Chromium, catalogue: Catalogue) -> None:
    browser.click('.chip:has([value="live"])')
    live = {tool.name for tool in catalogue.tools if tool.effect == "live"}
    assert shown(browser) == live
    assert browser.value(COUNT) == f"{len(live)} of {len(catalogue.tools)} tools"
    browser.click('.chip:has([value="delete"])')
    assert shown(browser) == live | {tool.name for tool in catalogue.tools if tool.effect == "delete"}
    browser.click("#clear")
    assert shown(browser) == names(catalogue.tools)
    assert browser.value(FOCUS) == "q"


def test_every_filter_shows_exactly_its_tools(browser: Chromium, catalogue: Catalogue) -> None:
    wanted = {("scope", s): {t.name for t in catalogue.tools if s in t.scopes} for s in catalogue.scopes}
    for effect in ("read", "write", "delete", "live"):
        wanted["effect", effect] = {tool.name for tool in catalogue.tools if tool.effect == effect}
    wanted |= {("toolset", name): names(tools) for name, tools in catalogue.toolsets().items()}
    wanted |= {("group", group): names(reached(catalogue, group)) for group in catalogue.groups}
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


def test_filters_narrow_each_other_and_the_address_keeps_them(
    browser: Chromium, catalogue: Catalogue, folder: Path
) -> None:
    browser.value("document.querySelector('[name=group]').focus()")
    browser.type("tr")
    browser.click('.chip:has([value="write"])')
    expected = {tool.name for tool in reached(catalogue, "trader") if tool.effect == "write"}
    assert shown(browser) == expected
    address = browser.value("location.href")
    browser.open("about:blank")
    browser.open(address)
    assert shown(browser) == expected
    assert browser.value("document.querySelector('[name=group]').value") == "trader"
    assert address.startswith((folder / "SCOPES.html").as_uri())


def test_a_number_of_the_summary_shows_the_tools_it_counts(browser: Chromium, catalogue: Catalogue) -> None:
    browser.click('.power a[data-show="group=trader&effect=live"]')
    browser.until("location.hash.startsWith('#?')")
    browser.until("document.activeElement.id === 'tools'")
    assert shown(browser) == {tool.name for tool in reached(catalogue, "trader") if tool.effect == "live"}


def test_a_scope_leads_to_its_tools(browser: Chromium, catalogue: Catalogue) -> None:
    browser.click('.scopes a[data-show="scope=qc%3Alive%3Aexecute"]')
    browser.until("document.activeElement.id === 'tools'")
    assert shown(browser) == {t.name for t in catalogue.tools if "qc:live:execute" in t.scopes}


@pytest.mark.parametrize("fragment", ["?q=%", "?scope=gone", "?nonsense", "tool-gone", "?effect=%F0%9F", "%"])
def test_a_broken_address_breaks_nothing(browser: Chromium, fragment: str, folder: Path) -> None:
    browser.open("about:blank")
    browser.open(f"{(folder / 'SCOPES.html').as_uri()}#{fragment}")
    assert browser.value("document.querySelector('[name=scope]').selectedIndex") == 0
    browser.press("Tab")
    go(browser, "?effect=live")
    assert len(shown(browser)) == 5


def test_an_address_of_a_tool_opens_it_whatever_is_filtered(browser: Chromium) -> None:
    go(browser, "?effect=live")
    go(browser, "tool-read_account")
    assert "read_account" in shown(browser)
    assert browser.value(OPEN) == ["read_account"]
    assert browser.value(FOCUS) == "read_account"


def test_the_last_change_is_shown_escalations_first(
    browser: Chromium, changes: Changes, folder: Path, tmp_path: Path
) -> None:
    browser.open((folder / "changes.html").as_uri())
    text = browser.value("document.querySelector('#change').innerText")
    order = ["nothing -> today", *changes.escalations, *(persona.name + "\n" for persona in changes.personas)]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert browser.value("document.querySelectorAll('td.gained').length") == sum(
        len(persona.gained) for persona in changes.personas
    )
    assert browser.picture(tmp_path / "changes.png").startswith(b"\x89PNG")


def test_many_groups_and_long_names_still_make_a_readable_table(
    browser: Chromium, catalogue: Catalogue, folder: Path
) -> None:
    groups = {f"a-rather-long-group-name-{number}": catalogue.groups["trader"] for number in range(8)}
    wide = folder / "changes.html"
    kept = wide.read_text(encoding="utf-8")
    wide.write_text(page(evolve(catalogue, groups=groups)), encoding="utf-8")
    try:
        browser.open(wide.as_uri())
        assert browser.value("document.documentElement.scrollWidth") <= 1280
        overlaps = browser.value(
            "(() => { const boxes = [...document.querySelectorAll('.matrix thead th')]"
            ".map((e) => { const r = document.createRange(); r.selectNodeContents(e);"
            " return r.getBoundingClientRect() });"
            " return boxes.slice(1).filter((b, i) => b.left < boxes[i].right - 0.5).length })()"
        )
        assert overlaps == 0
    finally:
        wide.write_text(kept, encoding="utf-8")
