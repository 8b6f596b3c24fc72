"""Browser tests: one Chromium, with the page of the product."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from headless_chromium import Chromium
from scopes_page import reached

from codegen.output.page import Changes, Persona, Right, page
from codegen.tools import compilation
from codegen.tools.catalogue import Catalogue
from codegen.tools.compilation import Inputs

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    inputs = Inputs(
        spec=ROOT / "spec" / "quantconnect.yaml",
        overlay=ROOT / "spec" / "overlay.yaml",
        scopes=ROOT / "scopes.yaml",
    )
    return compilation.compile(inputs).catalogue


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue, changes: Changes) -> Path:
    made = tmp_path_factory.mktemp("pages")
    (made / "SCOPES.html").write_text(page(catalogue), encoding="utf-8")
    (made / "changes.html").write_text(page(catalogue, changes), encoding="utf-8")
    return made


@pytest.fixture(scope="session")
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
