"""Browser tests: one Chromium, with the pages that `python -m codegen scopes page` makes."""

from collections.abc import Iterator

import pytest
from headless_chromium import Chromium
from scopes_page import ROOT, made


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of today, on which nothing has changed."""
    return made(tmp_path_factory.mktemp("today"), str(ROOT / "scopes.yaml"))


@pytest.fixture(scope="session")
def changes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of the change from a policy that grants nothing: everything is new."""
    return made(tmp_path_factory.mktemp("changes"), "/dev/null")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(chromium: Chromium, page: str) -> Iterator[Chromium]:
    """The page on a desktop screen; afterwards it must not have complained or asked for anything else."""
    chromium.screen(1280, 900)
    chromium.scripts(True)
    chromium.open("about:blank")
    chromium.requests.clear()
    chromium.complaints.clear()
    chromium.open(page)
    yield chromium
    assert chromium.complaints == []
    asked = {address.partition("#")[0] for address in chromium.requests}
    assert {address.rpartition("/")[2] for address in asked} <= {"SCOPES.html", "blank", "about:blank"}
    assert all(address.startswith(("file:", "about:")) for address in asked)
