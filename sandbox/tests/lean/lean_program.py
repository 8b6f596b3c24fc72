"""The LEAN command line as one user, and what the API itself says to the same user.

Knows: how the program is run so that it reaches one host only, and what it prints.
Must not know: how the sandbox is started, what the tests ask.
"""

import json
import re
import subprocess
import time
from pathlib import Path

from attrs import define, field
from sandbox_calls import Caller

PORT = 5612
"""Where the program looks when QC_API=local; it cannot be told another (api-facts 2)."""
URL = f"http://localhost:{PORT}/api/v2"
CLOSED = "http://127.0.0.1:9"
"""A proxy that is not there: whatever asks for another host fails at once instead of reaching it."""
PATIENCE = 60.0


@define
class Cli:
    """The program with one home. Calling it runs a command in `folder` and answers what it printed.

    That is one line: the program wraps and pads its texts to the width of a terminal.
    """

    executable: Path
    folder: Path
    api: Caller
    """The same user without the program."""
    paper: str
    """The name of the paper brokerage, which is also a data provider."""
    _made: int = field(default=0, init=False)

    def run(self, *arguments: str, folder: Path | None = None) -> tuple[int, str]:
        done = subprocess.run(
            [self.executable, *arguments],
            cwd=folder or self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=180,
            check=False,
        )
        return done.returncode, re.sub(r"\s+", " ", done.stdout.decode("utf-8", "replace"))

    def __call__(self, *arguments: str, folder: Path | None = None) -> str:
        code, text = self.run(*arguments, folder=folder)
        assert code == 0, f"lean {' '.join(arguments)}: {text}"
        # A project that it cannot push or pull is told without an exit code.
        assert not re.search("Cannot (push|pull)", text), text
        return text

    def workspace(self, name: str) -> Path:
        """A folder as `lean init` leaves it (that command itself downloads from another host)."""
        folder = self.folder.parent / name
        (folder / "data").mkdir(parents=True)
        config = {
            "data-folder": "data",
            "organization-id": self.api.organization,
            # Otherwise it fetches market hours from another host.
            "file-database-last-update": time.strftime("%m/%d/%Y %H:%M:%S"),
        }
        (folder / "lean.json").write_text(json.dumps(config), "utf-8")
        return folder

    def project(self, main: str | None = None, language: str = "python") -> str:
        """A new project, pushed; its name."""
        self._made += 1
        name = f"Project {self._made}"
        self("project-create", "--language", language, name)
        if main is not None:
            (self.folder / name / "main.py").write_text(main, "utf-8")
        self("cloud", "push", "--project", name)
        return name

    def deployed(self, main: str) -> str:
        """A project that trades live on paper; its name."""
        name = self.project(main)
        node = next(each for each in self.api("/nodes/read")["live"] if not each["busy"])
        self(
            *("cloud", "live", "deploy", name, "--node", node["name"]),
            *("--brokerage", self.paper, "--data-provider-live", self.paper),
            *("--auto-restart", "yes", "--notify-order-events", "no", "--notify-insights", "no"),
        )
        return name

    def until(self, wanted: str, *arguments: str) -> str:
        """Repeats a command until it prints the text."""
        until = time.monotonic() + PATIENCE
        while wanted not in (text := self(*arguments)):
            assert time.monotonic() < until, f"no {wanted!r} in {text}"
        return text

    def number(self, project: str) -> int:
        """The cloud's number of a project."""
        return int(json.loads((self.folder / project / "config.json").read_text("utf-8"))["cloud-id"])

    def _environment(self) -> dict[str, str]:
        proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), CLOSED)
        return proxies | {
            "no_proxy": "localhost",
            "NO_PROXY": "localhost",
            "PATH": f"{self.executable.parent}:/usr/bin:/bin",
            "HOME": str(self.folder.parent),
            "LANG": "C.UTF-8",
            "QC_API": "local",
        }
