"""SCOPES.html for every reader: keyboard, screen reader, phone, contrast, no scripts.

Run by .ci/run: needs headless Chromium.
"""

import pytest
from headless_chromium import Chromium
from quantconnect_tools import GROUPS
from scopes_page import TOOLS, shown

pytestmark = pytest.mark.browser


def test_the_keyboard_alone_finds_and_opens_a_tool(browser: Chromium) -> None:
    browser.press("Tab")
    assert browser.looks("focus") == "Skip to the tools"
    browser.press("Enter")
    browser.until("document.activeElement.id === 'tools'")
    browser.press("Tab", 2)
    assert browser.looks("focus") == "q"
    browser.type("liquidate")
    browser.press("Tab")
    assert browser.value("document.activeElement.value") == "read"
    browser.press("Tab", 3)
    assert browser.value("document.activeElement.value") == "live"
    browser.press(" ")
    browser.press("Tab", 5)
    assert browser.looks("focus") == "liquidate_live_algorithm"
    browser.press("Enter")
    assert browser.looks("open") == ["liquidate_live_algorithm"]
    assert browser.value("document.activeElement.getAttribute('aria-expanded')") == "true"
    browser.press(" ")
    assert browser.looks("open") == []
    browser.press("Tab", 5, shift=True)
    assert browser.value("document.activeElement.value") == "live"
    browser.press("Escape")
    assert browser.value("document.querySelectorAll(':checked[type=checkbox]').length") == 0


def test_a_late_word_of_an_earlier_jump_takes_the_focus_from_nobody_who_types(browser: Chromium) -> None:
    browser.value("document.forms[0].elements.q.focus()")
    browser.type("l")
    browser.value(
        "dispatchEvent(new HashChangeEvent('hashchange', {newURL: location.href.replace(/#.*/, '#tools')}))"
    )
    browser.type("ive")
    assert browser.looks("focus") == "q"
    assert browser.value("document.forms[0].elements.q.value") == "live"


@pytest.mark.parametrize("height", [900, 400])
def test_what_has_the_focus_is_marked_and_not_covered(browser: Chromium, height: int) -> None:
    browser.screen(1280, height)
    browser.value("document.querySelector('#tool-upload_object button').focus()")
    browser.press("Tab", 2)
    for shift in (False, True):
        for _ in range(30):
            browser.press("Tab", shift=shift)
            seen = browser.looks("focused")
            assert seen[1:] == [True, "solid"], seen


def test_all_that_is_shown_opens_and_closes_at_once(browser: Chromium) -> None:
    browser.looks("go", "?toolset=compile")
    browser.click("#unfold")
    assert set(browser.looks("open")) == shown(browser) == {"create_compile", "read_compile"}
    browser.click("#unfold")
    assert browser.looks("open") == []


def test_a_screen_reader_hears_tables_headers_fields_and_the_count(browser: Chromium) -> None:
    browser.looks("go", "tool-create_live_algorithm")
    heard = browser.heard()
    assert [name for name in heard["table"] if "the groups that may call it" in name]
    assert {"Tool", "Effect", "Scopes it needs", *GROUPS} <= set(heard["columnheader"])
    assert set(heard["rowheader"]) >= TOOLS
    assert heard["status"] == [""]
    assert heard["checkbox"] == ["read", "write", "delete", "live"]
    assert heard["searchbox"] == ["Find"]
    assert heard["combobox"] == ["Group", "Toolset", "Scope"]
    assert set(heard["button"]) == {"Open all", *TOOLS}
    assert heard["navigation"] == ["On this page"]
    assert "" not in heard["link"]
    assert {"yes", "no", "read", "write", "delete", "live"} <= set(heard["cell"])


def test_without_scripts_the_page_is_a_plain_and_complete_table(browser: Chromium, page: str) -> None:
    browser.scripts(False)
    browser.open(page)
    assert shown(browser) == TOOLS
    assert set(browser.looks("open")) == TOOLS
    for selector in ("#filters", "#unfold"):
        assert browser.value(f"getComputedStyle(document.querySelector('{selector}')).display") == "none"
    assert browser.value("document.querySelectorAll('tr.tool button').length") == 0


@pytest.mark.parametrize("width", [320, 768])
def test_nothing_is_cut_off_on_a_phone(browser: Chromium, width: int, page: str, changes: str) -> None:
    browser.screen(width, 844, phone=True)
    for address in (page, changes):
        browser.open(address)
        browser.click("#unfold")
        assert browser.value("document.documentElement.scrollWidth") <= width
        assert browser.looks("outside", width) == []
    assert browser.looks("small") == []


def test_the_heads_of_the_matrix_stay_in_sight(browser: Chromium) -> None:
    for width, height in ((1280, 900), (390, 844)):
        browser.screen(width, height, phone=width < 500)
        last = "document.querySelector('#tool-remove_project_library')"
        browser.value(f"{last}.scrollIntoView({{block: 'center'}})")
        tops = browser.looks("tops", [".matrix thead th", "[data-toolset=projects] .toolset th"])
        assert 0 <= tops[0] < tops[1] < height / 3


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_contrast_in_both_modes(browser: Chromium, dark: bool, changes: str) -> None:
    browser.screen(1280, 900, dark=dark)
    browser.open(changes)
    browser.click("#unfold")
    ground = browser.value("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(253, 253, 252)") is not dark
    assert browser.looks("faint") == []


def test_effects_differ_in_letter_and_shape_not_only_in_colour(browser: Chromium) -> None:
    shapes = browser.looks("shapes", ["read", "write", "delete", "live"])
    assert [letter for letter, _ in shapes] == ["R", "W", "D", "L"]
    assert len({shape for _, shape in shapes}) == 4
