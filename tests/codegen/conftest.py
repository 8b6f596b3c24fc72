"""Fixtures of the codegen tests."""

import asyncio
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from client_description import DOCUMENT
from client_stub import Stub
from codegen_inputs import BEFORE, OURS, Mini
from page_elements import Parsed

from codegen.inputs.problems import Problems
from codegen.output import client, client_audit, emission
from codegen.output.formatting import format_tree
from codegen.output.page import page
from codegen.tools import compilation
from codegen.tools.catalogue import Catalogue
from codegen.tools.compilation import Compiled


@frozen
class Things:
    """A generated client."""

    package: Path
    counts: dict[str, int]

    def __call__(self, module: str = "") -> Any:
        """Import one of its modules."""
        return import_module(f"things_client.{module}" if module else "things_client")

    def run(self, module: str, how: str, url: str, **arguments: Any) -> Any:
        """Call one operation, blocking or not; return its answer with status."""
        operation, client = self(f"api.things.{module}"), self().Client(url)
        if how == "sync":
            with client:
                return operation.sync_detailed(client=client, **arguments)

        async def call() -> Any:
            async with client:
                return await operation.asyncio_detailed(client=client, **arguments)

        return asyncio.run(call())


@pytest.fixture
def mini(tmp_path: Path) -> Mini:
    """Small inputs: an API of one endpoint, an overlay, a scope map; each test replaces what it is about."""
    return Mini(tmp_path)


@pytest.fixture(scope="session")
def ours() -> Compiled:
    """The product, compiled."""
    return compilation.compile(OURS)


@pytest.fixture(scope="session")
def catalogue(ours: Compiled) -> Catalogue:
    """The catalogue of the product."""
    return ours.catalogue


@pytest.fixture(scope="session")
def parsed(catalogue: Catalogue) -> Parsed:
    """The page of the product."""
    return Parsed(page(catalogue))


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is made of golden/before."""
    return emission.build(compilation.compile(BEFORE), BEFORE, tmp_path_factory.mktemp("golden"))


@pytest.fixture(scope="session")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Things]:
    """The client of client_description.py, generated once, importable as `things_client`."""
    folder = tmp_path_factory.mktemp("things")
    problems = Problems()
    client.write(DOCUMENT, "1", folder, "things.json", problems)
    problems.stop()
    format_tree(folder)
    counts = client_audit.check(DOCUMENT, folder, "things.json", problems)
    problems.stop()
    # Its own name, beside the client of this repository: every import inside a client is relative.
    package = (folder / client.PACKAGE).rename(folder / "things_client")
    sys.path.insert(0, str(folder))
    yield Things(package, counts)
    sys.path.remove(str(folder))


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A stand-in of the API on loopback, for one test."""
    with Stub() as stub:
        yield stub
