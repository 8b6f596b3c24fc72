"""Makes the typed client: openapi-python-client with our templates, and our own modules beside it.

Knows: how the generator is run. Must not know: what its templates say, tools, scopes.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from codegen.inputs.problems import Problems
from codegen.output import client_document, interpreter, rendering

PACKAGE = "quantconnect_client"
_FOLLOWS = "Could not find reference in parsed models"
"""What the generator says of everything that refers to what it refused."""
_AND_SO = "Failure to process schema"
_LONGEST = 200


def write(document: dict[str, Any], api_version: str, folder: Path, source: str, problems: Problems) -> None:
    """Write the package into `folder`, unformatted; every warning of the generator is a problem."""
    with TemporaryDirectory() as work:
        refused = _generate(client_document.prepared(document), Path(work), folder / PACKAGE)
    causes = [each for each in refused if _FOLLOWS not in each["said"]] or refused
    for each in causes:
        node = {key: value for key, value in (each["node"] or {}).items() if not key.startswith("x-")}
        shown = json.dumps(node, ensure_ascii=False) if node else ""
        said = " ".join(each["said"].partition(_AND_SO)[0].split())[:_LONGEST]
        problems.at(
            client_document.place(client_document.meant(document, each["said"], each["node"]), source),
            f"openapi-python-client refuses a part of the description: {said}"
            + (f" {shown}" if 0 < len(shown) <= _LONGEST else ""),
            "correct that part, or repair the published document in repairs.yaml",
        )
    if not refused:
        rendering.write(rendering.client_files(api_version), folder / PACKAGE)


def _generate(document: dict[str, Any], work: Path, out: Path) -> list[dict[str, Any]]:
    described, templates = work / "document.json", rendering.TEMPLATES / "openapi_python_client"
    described.write_text(json.dumps(document, default=str), encoding="utf-8")
    # Beside this module, and not imported: it changes the library that it starts.
    script = str(Path(__file__).with_name("generator.py"))
    run = interpreter.run(script, str(described), str(templates), str(out), folder=work)
    if run.returncode:
        return [{"said": (run.stderr.splitlines() or ["it ended"])[-1], "node": None}]
    refused: list[dict[str, Any]] = json.loads(run.stdout.splitlines()[-1])
    return refused
