from __future__ import annotations

from collections.abc import Iterator

import pytest
from runtime_stage import Stage, Stub


@pytest.fixture
def stub() -> Iterator[Stub]:
    stub = Stub()
    stub.start()
    yield stub
    stub.stop()


@pytest.fixture
def stage(stub: Stub) -> Stage:
    return Stage(stub)
