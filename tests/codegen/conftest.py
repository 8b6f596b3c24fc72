"""Fixtures of the codegen tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from codegen_inputs import Mini


@pytest.fixture
def mini(tmp_path: Path) -> Mini:
    """Small inputs: an API of one endpoint, an overlay, a scope map; each test replaces what it is about."""
    return Mini(tmp_path)
