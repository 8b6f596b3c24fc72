"""The page in the browser: what is shown, and how to go somewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable

from headless_chromium import Chromium

from codegen.tools.catalogue import Catalogue, Tool

SHOWN = "[...document.querySelectorAll('tr.tool')].filter(r => r.offsetParent).map(r => r.id.slice(5))"
OPEN = "[...document.querySelectorAll('tr.about')].filter(r => r.offsetParent).map(r => r.id.slice(6))"
COUNT = "document.querySelector('#count').textContent"
FOCUS = "(document.activeElement.name || document.activeElement.id || document.activeElement.textContent)"


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
