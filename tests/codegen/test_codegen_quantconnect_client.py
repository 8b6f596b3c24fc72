"""The client of this repository: complete, light, with an example that runs. Its answers: tests/client."""

from __future__ import annotations

import datetime
import importlib
import inspect
import pkgutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import quantconnect_client
import yaml
from client_stub import Stub
from quantconnect_client import api, models

ROOT = Path(__file__).resolve().parents[2]
SPEC: dict[str, Any] = yaml.load(
    (ROOT / "spec" / "quantconnect.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)


def operations() -> Iterator[ModuleType]:
    for tag in pkgutil.iter_modules(api.__path__):
        package = importlib.import_module(f"quantconnect_client.api.{tag.name}")
        for found in pkgutil.iter_modules(package.__path__):
            yield importlib.import_module(f"{package.__name__}.{found.name}")


def test_every_operation_of_the_description_is_a_module() -> None:
    described = {
        f"{method.upper()} {path}"
        for path, item in SPEC["paths"].items()
        for method in item
        if method in ("get", "post", "put", "patch", "delete")
    }
    assert {str(operation.__doc__) for operation in operations()} == described


def test_every_object_and_enumeration_of_the_description_is_a_model() -> None:
    schemas: dict[str, Any] = SPEC["components"]["schemas"]
    wanted = {name for name, one in schemas.items() if one.get("type") == "object" or "enum" in one}
    assert wanted - set(dir(models)) == set()
    for name in sorted(wanted):
        model = getattr(models, name)
        if "enum" in schemas[name]:
            assert {member.value for member in model} == set(schemas[name]["enum"]), name
        else:
            assert set(model._shape.names) == set(schemas[name].get("properties", {})), name


def test_the_example_of_the_package_runs(stub: Stub) -> None:
    stub.says({"projects": [{"projectId": 1, "modified": "2024-03-31 10:00:05"}], "success": True})
    text = inspect.cleandoc(quantconnect_client.__doc__ or "").partition("\n\n")[2].partition("\n\nEvery ")[0]
    example = textwrap.dedent(text).replace("Client(auth=auth)", f"Client({stub.url!r}, auth=auth)")
    assert stub.url in example
    namespace: dict[str, Any] = {}
    exec(example, namespace)  # noqa: S102 - our own text
    assert namespace["answer"].projects[0].modified == datetime.datetime(2024, 3, 31, 10, 0, 5)


def test_the_signature_is_imported_without_the_models() -> None:
    """The server signs with it and must start fast."""
    loaded = "[name for name in sys.modules if name.startswith('quantconnect_client.models')]"
    code = f"import sys, quantconnect_client.auth; print({loaded})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_nothing_that_was_generated_needs_more_than_attrs_and_httpx2() -> None:
    imported = set()
    for path in (ROOT / "generated" / "quantconnect_client").rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(("import ", "from ")) and not line.startswith("from ."):
                imported.add(line.split()[1].partition(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"attrs", "httpx2"}
