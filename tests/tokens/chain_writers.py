"""Writers of a chain: here, and in processes of their own."""

import subprocess
import sys
from pathlib import Path

from ledgai_mcp.audit.chain import Chain

WRITER = """
import sys
from pathlib import Path
from ledgai_mcp.audit.chain import Chain
chain = Chain(Path(sys.argv[1]))
print(flush=True)
sys.stdin.read(1)  # so that all of them start at once
for number in range(int(sys.argv[3])):
    chain.append({"who": sys.argv[2], "number": number, "text": "x" * int(sys.argv[4])})
chain.close()
"""


def append(path: Path, lines: int) -> None:
    chain = Chain(path)
    for number in range(lines):
        chain.append({"number": number})
    chain.close()


def six_lines(folder: Path) -> Path:
    """Write a chain of six lines."""
    path = folder / "audit.log"
    append(path, 6)
    return path


def started(path: Path, name: str, lines: int, length: int = 0) -> subprocess.Popen[bytes]:
    """Start a process that waits for `go` and then writes lines with a text of this length."""
    command = [sys.executable, "-c", WRITER, str(path), name, str(lines), str(length)]
    writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    return writer


def go(writer: subprocess.Popen[bytes]) -> None:
    assert writer.stdin is not None
    writer.stdin.write(b"x")
    writer.stdin.flush()


def finished(writer: subprocess.Popen[bytes]) -> int:
    with writer:
        return writer.wait(60)
