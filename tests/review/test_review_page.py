"""`scopes page`: the page of the working tree with what changed since another state."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _page(old: str, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "codegen", "scopes", "page", old, "--out", str(out)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_page_marks_what_was_gained_since_the_empty_policy(tmp_path: Path) -> None:
    run = _page("/dev/null", tmp_path / "page.html")
    assert run.returncode == 0, run.stderr
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "to acknowledge" in text
    assert "<code>trader</code> gains" in text
    assert str(ROOT) not in text


def test_without_a_change_the_page_says_that_there_is_no_escalation(tmp_path: Path) -> None:
    run = _page(str(ROOT / "scopes.yaml"), tmp_path / "page.html")
    assert run.returncode == 0, run.stderr
    assert "to acknowledge" not in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_an_unknown_state_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    run = _page("no-such-revision", tmp_path / "page.html")
    assert run.returncode == 2
    assert "no git revision and no file" in run.stderr
    assert not (tmp_path / "page.html").exists()
