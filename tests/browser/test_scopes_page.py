"""SCOPES.html in a real browser: filters, keyboard, screen reader, phone, dark mode, no script, no request.

Run by .ci/run: needs headless Chromium.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from attrs import evolve
from headless_chromium import Chromium

from codegen import compilation
from codegen.catalogue import Catalogue, Tool
from codegen.compilation import Inputs
from codegen.page import Changes, Persona, Right, page

ROOT = Path(__file__).resolve().parents[2]
SHOWN = "[...document.querySelectorAll('tr.tool')].filter(r => r.offsetParent).map(r => r.id.slice(5))"
OPEN = "[...document.querySelectorAll('tr.about')].filter(r => r.offsetParent).map(r => r.id.slice(6))"
COUNT = "document.querySelector('#count').textContent"
FOCUS = "(document.activeElement.name || document.activeElement.id || document.activeElement.textContent)"

CONTRAST = """(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const rgb = parse(getComputedStyle(node).backgroundColor);
      if (rgb.length === 3 || rgb[3] === 1) return rgb;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.offsetParent || node.closest('.sr, .skip')) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push([node.className || node.tagName, walker.currentNode.data, ratio]);
  }
  return found.slice(0, 5);
})()"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    inputs = Inputs(
        spec=ROOT / "spec" / "quantconnect.yaml",
        overlay=ROOT / "spec" / "overlay.yaml",
        scopes=ROOT / "scopes.yaml",
    )
    return compilation.compile(inputs).catalogue


@pytest.fixture(scope="module")
def changes(catalogue: Catalogue) -> Changes:
    """The change from a policy that grants nothing: everything is new."""
    rights = {
        group: tuple(Right(tool.name, tool.effect) for tool in reached(catalogue, group))
        for group in catalogue.groups
    }
    sentences = tuple(f"{group} gains {len(found)} tools." for group, found in rights.items())
    return Changes(
        "nothing -> today", sentences, tuple(Persona(group, found) for group, found in rights.items())
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue, changes: Changes) -> Path:
    made = tmp_path_factory.mktemp("pages")
    (made / "SCOPES.html").write_text(page(catalogue), encoding="utf-8")
    (made / "changes.html").write_text(page(catalogue, changes), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(chromium: Chromium, folder: Path) -> Iterator[Chromium]:
    """The page on a desktop screen; afterwards it must not have complained or asked for anything else."""
    chromium.screen(1280, 900)
    chromium.scripts(True)
    chromium.open("about:blank")
    chromium.requests.clear()
    chromium.complaints.clear()
    chromium.open((folder / "SCOPES.html").as_uri())
    yield chromium
    assert chromium.complaints == []
    assert {address.partition("#")[0] for address in chromium.requests} <= {
        (folder / name).as_uri() for name in ("SCOPES.html", "changes.html")
    }


def reached(catalogue: Catalogue, group: str) -> list[Tool]:
    held = set(catalogue.groups[group])
    return [tool for tool in catalogue.tools if set(tool.scopes) <= held]


def names(tools: Iterable[Tool]) -> set[str]:
    return {tool.name for tool in tools}


def shown(browser: Chromium) -> set[str]:
    return set(browser.value(SHOWN))


def go(browser: Chromium, fragment: str) -> None:
    """Follow a link to a fragment of the page, and wait until its script has heard of it."""
    browser.value(
        "new Promise((done) => { addEventListener('hashchange', () => setTimeout(done), { once: true });"
        f" location.hash = {json.dumps(fragment)} }})"
    )


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


def test_the_keyboard_alone_finds_and_opens_a_tool(browser: Chromium) -> None:
    browser.press("Tab")
    assert browser.value(FOCUS) == "Skip to the tools"
    browser.press("Enter")
    browser.until("document.activeElement.id === 'tools'")
    browser.press("Tab", 2)
    assert browser.value(FOCUS) == "q"
    browser.type("liquidate")
    browser.press("Tab")
    assert browser.value("document.activeElement.value") == "read"
    browser.press("Tab", 3)
    assert browser.value("document.activeElement.value") == "live"
    browser.press(" ")
    browser.press("Tab", 5)
    assert browser.value(FOCUS) == "liquidate_live_algorithm"
    browser.press("Enter")
    assert browser.value(OPEN) == ["liquidate_live_algorithm"]
    assert browser.value("document.activeElement.getAttribute('aria-expanded')") == "true"
    browser.press(" ")
    assert browser.value(OPEN) == []
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
    assert browser.value(FOCUS) == "q"
    assert browser.value("document.forms[0].elements.q.value") == "live"


@pytest.mark.parametrize("height", [900, 560, 400])
def test_what_has_the_focus_is_marked_and_not_covered(browser: Chromium, height: int) -> None:
    browser.screen(1280, height)
    browser.value("document.querySelector('#tool-upload_object button').focus()")
    browser.press("Tab", 2)
    for shift in (False, True):
        for _ in range(30):
            browser.press("Tab", shift=shift)
            seen = browser.value(
                "(() => { const e = document.activeElement, r = e.getBoundingClientRect();"
                " const top = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);"
                " return [e.textContent, e === top || e.contains(top), getComputedStyle(e).outlineStyle] })()"
            )
            assert seen[1:] == [True, "solid"], seen


def test_all_that_is_shown_opens_and_closes_at_once(browser: Chromium) -> None:
    go(browser, "?toolset=compile")
    browser.click("#unfold")
    assert set(browser.value(OPEN)) == shown(browser) == {"create_compile", "read_compile"}
    browser.click("#unfold")
    assert browser.value(OPEN) == []


def test_a_screen_reader_hears_tables_headers_fields_and_the_count(
    browser: Chromium, catalogue: Catalogue
) -> None:
    go(browser, "tool-create_live_algorithm")
    assert [name for name in browser.heard("table") if "the groups that may call it" in name]
    heads = browser.heard("columnheader")
    assert {"Tool", "Effect", "Scopes it needs", *catalogue.groups} <= set(heads)
    assert names(catalogue.tools) <= set(browser.heard("rowheader"))
    assert browser.heard("status") == [""]
    assert browser.heard("checkbox") == ["read", "write", "delete", "live"]
    assert browser.heard("searchbox") == ["Find"]
    assert browser.heard("combobox") == ["Group", "Toolset", "Scope"]
    assert set(browser.heard("button")) == {"Open all", *names(catalogue.tools)}
    assert browser.heard("navigation") == ["On this page"]
    assert "" not in browser.heard("link")
    cells = browser.heard("cell")
    for tool in catalogue.tools:
        assert tool.effect in cells
    assert {"yes", "no"} <= set(cells)


def test_without_scripts_the_page_is_a_plain_and_complete_table(
    browser: Chromium, catalogue: Catalogue, folder: Path
) -> None:
    browser.scripts(False)
    browser.open((folder / "SCOPES.html").as_uri())
    assert shown(browser) == names(catalogue.tools)
    assert set(browser.value(OPEN)) == names(catalogue.tools)
    for selector in ("#filters", "#unfold"):
        assert browser.value(f"getComputedStyle(document.querySelector('{selector}')).display") == "none"
    assert browser.value("document.querySelectorAll('tr.tool button').length") == 0


@pytest.mark.parametrize("width", [320, 390, 768])
def test_nothing_is_cut_off_on_a_phone(browser: Chromium, width: int, folder: Path) -> None:
    browser.screen(width, 844, phone=True)
    for name in ("SCOPES.html", "changes.html"):
        browser.open((folder / name).as_uri())
        browser.click("#unfold")
        assert browser.value("document.documentElement.scrollWidth") <= width
        outside = browser.value(
            f"[...document.querySelectorAll('td, th, p, li, button, select, input, code')]"
            ".filter((e) => e.offsetParent && !e.closest('.sr'))"
            f".filter((e) => e.getBoundingClientRect().right > {width} || e.getBoundingClientRect().left < 0)"
            ".map((e) => e.textContent)"
        )
        assert outside == []
    small = browser.value(
        "[...document.querySelectorAll('button, select, input[type=search], .chip, nav a')]"
        ".filter((e) => e.offsetParent && e.getBoundingClientRect().height < 24).map((e) => e.textContent)"
    )
    assert small == []


def test_the_heads_of_the_matrix_stay_in_sight(browser: Chromium) -> None:
    for width, height in ((1280, 900), (390, 844)):
        browser.screen(width, height, phone=width < 500)
        last = "document.querySelector('#tool-remove_project_library')"
        browser.value(f"{last}.scrollIntoView({{block: 'center'}})")
        tops = browser.value(
            "['.matrix thead th', '[data-toolset=projects] .toolset th']"
            ".map((s) => document.querySelector(s).getBoundingClientRect().top)"
        )
        assert 0 <= tops[0] < tops[1] < height / 3


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_contrast_in_both_modes(browser: Chromium, dark: bool, folder: Path) -> None:
    browser.screen(1280, 900, dark=dark)
    browser.open((folder / "changes.html").as_uri())
    browser.click("#unfold")
    ground = browser.value("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(253, 253, 252)") is not dark
    assert browser.value(CONTRAST) == []


def test_effects_differ_in_letter_and_shape_not_only_in_colour(browser: Chromium) -> None:
    shapes = browser.value(
        "['read', 'write', 'delete', 'live'].map((name) => { const e = document.querySelector(`.${name}.e`),"
        " s = getComputedStyle(e); return [e.textContent, s.clipPath + s.borderRadius] })"
    )
    assert [letter for letter, _ in shapes] == ["R", "W", "D", "L"]
    assert len({shape for _, shape in shapes}) == 4


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
