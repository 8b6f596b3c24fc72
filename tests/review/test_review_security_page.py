"""docs/security.md names tests, and they are there."""

import re

from policy_pairs import ROOT


def test_every_test_that_the_security_page_names_exists() -> None:
    named = re.findall(r"`(test_\w+)`", (ROOT / "docs" / "security.md").read_text(encoding="utf-8"))
    assert len(named) > 40
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "sandbox" / "tests").rglob("test_*.py")]
    defined = {
        name for file in files for name in re.findall(r"def (test_\w+)\(", file.read_text(encoding="utf-8"))
    }
    assert [name for name in named if name not in defined] == []
