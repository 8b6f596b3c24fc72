"""Makes the typed client: openapi-python-client with our templates, and our own modules beside it.

Knows: how the generator is run. Must not know: what its templates say, tools, scopes.
"""

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from codegen.inputs.problems import Problems
from codegen.output import client_document, interpreter, rendering

PACKAGE = "quantconnect_client"
SETTINGS = {"post_hooks": [], "field_prefix": "field_"}
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
    (work / "settings.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    # Beside this module, and not imported: it changes the library that it starts.
    return interpreter.run(
        *(str(Path(__file__).with_name("generator.py")), "generate", "--fail-on-warning"),
        *("--path", str(work / "document.json"), "--config", str(work / "settings.json")),
        *("--custom-template-path", str(rendering.TEMPLATES / "openapi_python_client")),
        *("--meta", "none", "--output-path", str(out)),
        folder=work,
    )


def _said(run: subprocess.CompletedProcess[str]) -> str:
    """What the generator complains of, without its greetings."""
    lines = (run.stderr.strip() or run.stdout.strip()).splitlines()
    greetings = ("Warning(s) encountered", "Error(s) encountered", "If you believe this was a mistake")
    kept = [line for line in lines if line.strip() and not line.startswith(greetings)]
    return "\n".join(f"    {line}" for line in kept[:_LINES])
