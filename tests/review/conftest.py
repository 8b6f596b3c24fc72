"""The git that these tests work with: that of no person and of no repository around them.

A hook that runs the tests hands them its own repository (GIT_DIR, GIT_INDEX_FILE), and a person's
configuration may sign commits or run hooks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


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
