"""The git that these tests work with: nobody's, and of no repository around them; and a pair of policies.

A hook that runs the tests hands them its own repository (GIT_DIR, GIT_INDEX_FILE), and a person's
configuration may sign commits or run hooks.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from policy_pairs import TOOLS, laid_out


@pytest.fixture(scope="session", autouse=True)
def _git_of_nobody() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            patch.delenv(name)
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Reviewer")
            patch.setenv(f"GIT_{role}_EMAIL", "reviewer@example.invalid")
        yield


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """Two equal policies, `old` and `new`, whose overlay keeps something from callers."""
    laid_out("nothing_but_order", tmp_path)
    (tmp_path / "new" / "scopes.yaml").write_text((tmp_path / "old" / "scopes.yaml").read_text())
    for side in ("old", "new"):
        overlay = tmp_path / side / "spec" / "overlay.yaml"
        overlay.write_text(overlay.read_text() + TOOLS)
    return tmp_path
