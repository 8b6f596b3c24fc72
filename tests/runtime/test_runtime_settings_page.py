"""docs/settings.md names every setting there is, with its default, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from attrs import Attribute, fields, frozen

from ledgai_mcp.settings import Settings, read

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
ROW = re.compile(r"\| `([A-Z_]+)`( \(secret\))? \| (.+) \| (unset|`([^`]+)`) \|")


@frozen
class Told:
    """One row of the page."""

    name: str
    secret: bool
    meaning: str
    default: str | None


def rows() -> list[Told]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    found = [ROW.fullmatch(line) for line in lines]
    assert None not in found, [line for line, match in zip(lines, found, strict=True) if match is None]
    return [Told(match[1], bool(match[2]), match[3], match[5]) for match in found if match is not None]


ROWS = rows()
SETTINGS: dict[str, Attribute[Any]] = {a.metadata["setting"].name: a for a in fields(Settings)}


def test_the_page_names_each_setting_once_and_nothing_else() -> None:
    assert sorted(row.name for row in ROWS) == sorted(SETTINGS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_page_tells_the_default_as_one_would_write_it(row: Told) -> None:
    attribute = SETTINGS[row.name]
    if row.default is None:
        assert attribute.default in (None, ())
    else:
        assert getattr(read({row.name: row.default}), attribute.name) == attribute.default


def test_the_page_says_which_are_secrets() -> None:
    secrets = {name for name, attribute in SETTINGS.items() if attribute.metadata["setting"].secret}
    assert {row.name for row in ROWS if row.secret} == secrets


def test_every_meaning_is_short_and_no_two_are_the_same() -> None:
    meanings = [row.meaning for row in ROWS]
    assert len(set(meanings)) == len(meanings)
    assert max(map(len, meanings)) < 300
