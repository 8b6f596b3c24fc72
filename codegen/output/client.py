"""Makes the typed client: openapi-python-client with our templates, and our own modules beside it.

Knows: how the generator is run. Must not know: what its templates say, tools, scopes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from codegen.inputs.problems import Problems
from codegen.output import client_document, rendering

PACKAGE = "quantconnect_client"
_SETTINGS = {"post_hooks": [], "field_prefix": "field_"}
"""No hooks: they format each in its own way and want `ruff` on PATH. The whole tree is formatted at once."""
_LINES = 30


def write(document: dict[str, Any], api_version: str, folder: Path, source: str, problems: Problems) -> None:
    """Write the package into `folder`, unformatted; every warning of the generator is a problem."""
    with TemporaryDirectory() as work:
        run = _generate(client_document.prepared(document), Path(work), folder / PACKAGE)
    if run.returncode:
        what = f"openapi-python-client refuses a part of the description:\n{_said(run)}"
        problems.add(source, 0, what, "correct that part, or repair the published document in repairs.yaml")
        return
    rendering.write(rendering.client_files(api_version), folder / PACKAGE)


def _generate(document: dict[str, Any], work: Path, out: Path) -> subprocess.CompletedProcess[str]:
    (work / "document.json").write_text(json.dumps(document, default=str), encoding="utf-8")
    (work / "settings.json").write_text(json.dumps(_SETTINGS), encoding="utf-8")
    command = [
        *(sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"),
        *("--path", str(work / "document.json"), "--config", str(work / "settings.json")),
        *("--custom-template-path", str(rendering.TEMPLATES / "openapi_python_client")),
        *("--meta", "none", "--output-path", str(out)),
    ]
    # The same result in every locale and for every hash seed; plain text where it is not shown in a terminal.
    environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONHASHSEED": "0", "NO_COLOR": "1", "TERM": "dumb"}
    return subprocess.run(  # noqa: S603 - our own arguments
        command,
        cwd=work,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _said(run: subprocess.CompletedProcess[str]) -> str:
    """What the generator complains of, without its greetings."""
    lines = (run.stderr.strip() or run.stdout.strip()).splitlines()
    greetings = ("Warning(s) encountered", "Error(s) encountered", "If you believe this was a mistake")
    kept = [line for line in lines if line.strip() and not line.startswith(greetings)]
    return "\n".join(f"    {line}" for line in kept[:_LINES])
