"""The stand-in for the API, and stages before it."""

from collections.abc import Iterator

import pytest
from quantconnect_tools import CATALOG
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


@pytest.fixture
def real(stage: Stage) -> Stage:
    """The stage with the tools of this repository."""
    stage.tools = dict(CATALOG)
    return stage
