"""The page in the browser: how it is made, what is shown, and how to go somewhere."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from headless_chromium import Chromium
from quantconnect_tools import CATALOG, GROUPS

from codegen.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
SHOWN = "[...document.querySelectorAll('tr.tool')].filter(r => r.offsetParent).map(r => r.id.slice(5))"
OPEN = "[...document.querySelectorAll('tr.about')].filter(r => r.offsetParent).map(r => r.id.slice(6))"
COUNT = "document.querySelector('#count').textContent"
FOCUS = "(document.activeElement.name || document.activeElement.id || document.activeElement.textContent)"
TOOLS = set(CATALOG)


def codegen(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code in (0, 3), result.stderr
    return result.stdout


def made(folder: Path, *states: str) -> str:
    """Make the page of a change; return its address."""
    out = folder / "SCOPES.html"
    codegen("scopes", "page", *states, "--out", str(out))
    return out.as_uri()


def reached(group: str) -> set[str]:
    return {tool.name for tool in CATALOG.values() if set(tool.scopes) <= set(GROUPS[group])}


def with_effect(effect: str) -> set[str]:
    return {tool.name for tool in CATALOG.values() if tool.effect == effect}


def shown(browser: Chromium) -> set[str]:
    return set(browser.value(SHOWN))


def go(browser: Chromium, fragment: str) -> None:
    """Follow a link to a fragment of the page, and wait until its script has heard of it."""
    browser.value(
        "new Promise((done) => { addEventListener('hashchange', () => setTimeout(done), { once: true });"
        f" location.hash = {json.dumps(fragment)} }})"
    )
