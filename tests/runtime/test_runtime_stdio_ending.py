"""The real process over its real pipes: how it does not start, and how it ends."""

import json
import signal
import subprocess
import sys

import pytest
from runtime_stage import Stub
from stdio_peer import SERVE, assert_only_json_rpc, environment, serving
from stub_answers import never


def test_a_bad_setting_ends_the_start_with_an_empty_stdout(stub: Stub) -> None:
    """case C52, C59"""
    with serving(stub, LEDGAI_TOOLSETS="filse") as peer:
        code, out, err = peer.rest()
    assert (code, out) == (2, b"")
    assert "did you mean files?" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("package", ["httpx2", "jsonschema"])
def test_a_missing_dependency_ends_the_start_with_an_empty_stdout(stub: Stub, package: str) -> None:
    """case C52: also one that is imported at the first call."""
    code = (
        f'import sys; sys.modules["{package}"] = None; sys.argv = ["ledgai-mcp"];'
        "from ledgai_mcp.cli import main; main()"
    )
    with serving(stub, ("-c", code)) as peer:
        exit_code, out, err = peer.rest()
    assert exit_code == 3
    assert out == b""
    assert f"cannot start, the package {package} is missing" in err
    assert "Traceback" not in err


def test_without_a_stdin_the_process_ends_and_says_so() -> None:
    """case C10"""
    own = environment(None)
    command = [sys.executable, *SERVE]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, env=own, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"")
    assert json.loads(done.stderr.splitlines()[-1])["event"] == "stopped"


def test_the_process_ends_though_a_name_lookup_hangs(stub: Stub) -> None:
    """case C54: such a lookup cannot be called off."""
    code = (
        'import socket, sys, threading; sys.argv = ["ledgai-mcp"]\n'
        "def hang(*given, **more):\n"
        '    print("looking", file=sys.stderr, flush=True)\n'
        "    threading.Event().wait()\n"
        "socket.getaddrinfo = hang\n"
        "from ledgai_mcp.cli import main\n"
        "from ledgai_mcp.stdio import pipes\n"
        "pipes.GRACE_SECONDS = 0.2\n"
        "main()"
    )
    with serving(stub, ("-c", code), LEDGAI_API_URL="https://api.test/api/v2") as peer:
        peer.handshake()
        peer.call(1, "list_projects", {})
        assert peer.process.stderr is not None
        assert any(b"looking" in line for line in peer.process.stderr)
        peer.stdin.close()
        assert peer.gone() == 0


def test_the_process_ends_silently_when_nobody_reads_its_output(stub: Stub) -> None:
    """case C54"""
    with serving(stub) as peer:
        peer.handshake()
        peer.stdout.close()
        peer.call(1, "read_mcp_server_version", {})
        code = peer.gone()
        assert peer.process.stderr is not None
        err = peer.process.stderr.read().decode()
    assert code == 0
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


@pytest.mark.parametrize("how", ["end of input", "SIGTERM"])
def test_the_process_ends_cleanly_during_a_slow_call(stub: Stub, how: str) -> None:
    """case C54"""
    stub.act("/projects/read", never)
    with serving(stub) as peer:
        peer.handshake()
        peer.call(1, "list_projects", {})
        assert stub.arrived.wait(20)
        if how == "end of input":
            peer.stdin.close()
        else:
            peer.process.send_signal(signal.SIGTERM)
        code, out, err = peer.rest()
    assert code == 0
    assert_only_json_rpc(out)
    assert "Traceback" not in err
