"""A Python process beside this one, for what makes, formats and imports a tree.

Knows: what of the environment it gets. Must not know: what it runs.
"""

import os
import subprocess
import sys
from pathlib import Path

_ENVIRONMENT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
"""What is let through, not what is kept out: such a process imports what others' texts were made into."""
_ALIKE = {"PYTHONUTF8": "1", "PYTHONHASHSEED": "0", "NO_COLOR": "1", "TERM": "dumb"}
"""The same result in every locale and for every hash seed; plain text where it is not shown in a terminal."""


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run this very interpreter in `folder`; no module is imported from there."""
    given = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-P", "-s", "-B", *arguments],
        cwd=folder,
        env={**given, **_ALIKE},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
