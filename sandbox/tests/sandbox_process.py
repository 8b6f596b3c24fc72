"""`quantconnect-sandbox` as a process of its own."""

import signal
import subprocess
import sys

COMMAND = [sys.executable, "-m", "quantconnect_sandbox"]


class Process:
    """`quantconnect-sandbox` as a process of its own, ready when its URL is printed."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "--port", "0", "--speed", "0", *options], stderr=subprocess.PIPE, text=True
        )
        self.lines: list[str] = []
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if "ready at" in line:
                break
        assert self.lines, "the sandbox printed nothing"
        self.url = self.lines[-1].split()[-1]

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(20)
        assert self.process.stderr is not None
        self.process.stderr.close()
