import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "codegen"))  # for the stub of the API
sys.path.insert(0, str(Path(__file__).parents[2] / "sandbox" / "tests"))  # for the table of good calls

from client_stub import Stub


@pytest.fixture(scope="session")
def stub() -> Iterator[Stub]:
    """Answers what a test says."""
    with Stub() as stub:
        yield stub
