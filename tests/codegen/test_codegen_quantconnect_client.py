"""The client of this repository: complete, light, with an example that runs. Its answers: tests/client."""

import datetime
import inspect
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import quantconnect_client
from client_stub import Stub

ROOT = Path(__file__).resolve().parents[2]


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
