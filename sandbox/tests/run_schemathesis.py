"""Schemathesis over spec/quantconnect.yaml against a sandbox: `python run_schemathesis.py PATH_OF_ST`.

Knows: how the program is told of signatures and checks. Must not know: endpoints.
Run by .ci/run, from an environment of its own; its findings end with an exit code that is not 0.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.state.people import DEFAULT_USER
from quantconnect_sandbox.transport.serving import running
from sandbox_calls import SPEC, Caller

CHECKS = (
    "not_a_server_error",
    "response_schema_conformance",
    "status_code_conformance",
    "content_type_conformance",
)


def main(executable: Path, examples: str = "20") -> int:
    """Its exit code. A signature is good for two hours, so one does for the whole run."""
    with running(Configuration(port=0, speed=0)) as url, tempfile.TemporaryDirectory() as folder:
        caller = Caller(url, DEFAULT_USER.id, DEFAULT_USER.api_token)
        signed = [part for name, value in caller.headers().items() for part in ("-H", f"{name}: {value}")]
        caller.http.close()
        command = [executable, "run", SPEC, "--url", url, *signed, "--checks", ",".join(CHECKS)]
        limits = ["--max-examples", examples, "--seed", "1", "--no-color"]
        return subprocess.run([*command, *limits], cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), *sys.argv[2:]))
