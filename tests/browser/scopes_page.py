"""The page in the browser: how it is made, and what its filters have to show."""

from pathlib import Path

from click.testing import CliRunner
from headless_chromium import Chromium
from quantconnect_tools import CATALOG, GROUPS

from codegen.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
TOOLS = set(CATALOG)


def made(folder: Path, *states: str) -> str:
    """Make the page of a change; return its address."""
    out = folder / "SCOPES.html"
    arguments = ("scopes", "page", *states, "--out", str(out))
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return out.as_uri()


def reached(group: str) -> set[str]:
    return {tool.name for tool in CATALOG.values() if set(tool.scopes) <= set(GROUPS[group])}


def with_effect(effect: str) -> set[str]:
    return {tool.name for tool in CATALOG.values() if tool.effect == effect}


def shown(browser: Chromium) -> set[str]:
    return set(browser.looks("shown"))
