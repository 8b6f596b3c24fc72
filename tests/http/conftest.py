import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# For the stand-in API, Redis, and a browser.
sys.path += [str(Path(__file__).parent.parent / folder) for folder in ("runtime", "tokens", "browser")]

from http_site import Site, Sites
from runtime_stage import Stub


@pytest.fixture
def stub() -> Iterator[Stub]:
    stub = Stub()
    stub.start()
    yield stub
    stub.stop()


@pytest.fixture
def sites(stub: Stub, tmp_path: Path) -> Iterator[Sites]:
    """Starts servers in front of the stub; stops them at the end."""
    sites = Sites(stub.url, tmp_path)
    yield sites
    sites.stop()


@pytest.fixture
def site(sites: Sites) -> Site:
    """A server with the settings that all have."""
    return sites.start()
