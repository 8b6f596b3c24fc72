"""The process: what it says, how it ends, TLS."""

import re
import signal
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from http_process import Process, forms
from http_site import API_TOKEN, SECRET, Sites, call, hello, message, mint, wait_until
from quantconnect_tools import GROUPS
from runtime_stage import Stub
from stub_answers import held, never

from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.http import serving
from ledgai_mcp.http.drain import Drain
from ledgai_mcp.settings import read

PEM = serialization.Encoding.PEM


@pytest.fixture
def launch(stub: Stub, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start a server with more settings; it is killed if it is there at the end."""
    started: list[Process] = []

    def launch(**more: str) -> Process:
        started.append(Process(stub.url, tmp_path, **more))
        return started[-1]

    yield launch
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait(60)


def slow_call(process: Process, stub: Stub, pool: ThreadPoolExecutor) -> Future[httpx2.Response]:
    body = call("create_project", {"name": "x", "language": "Py"})
    answer = pool.submit(process.post, body, mint(scopes=GROUPS["trader"]))
    assert stub.arrived.wait(60)
    return answer


def test_a_call_under_way_gets_its_answer(stub: Stub, launch: Callable[..., Process]) -> None:
    """Case C51."""
    told = threading.Event()
    stub.act("/projects/create", held(told, {"success": True, "projects": []}))
    process = launch(LEDGAI_DRAIN_SECONDS="10")
    with ThreadPoolExecutor(1) as pool:
        answer = slow_call(process, stub, pool)
        process.process.send_signal(signal.SIGTERM)
        wait_until(lambda: _refuses(process))
        told.set()
    assert answer.result().status_code == 200
    assert answer.result().json()["result"]["isError"] is False
    assert process.process.wait(60) == 0
    assert "Traceback" not in process.err.read_text()


def _refuses(process: Process) -> bool:
    """Readiness is gone as soon as the process was told to stop."""
    try:
        with httpx2.Client(timeout=5) as client:
            return client.get(process.url.replace("/mcp", "/readyz")).status_code == 503
    except httpx2.TransportError:
        return True


@pytest.mark.parametrize(
    "signals", [(signal.SIGTERM, signal.SIGTERM), pytest.param((signal.SIGINT,), marks=pytest.mark.thorough)]
)
def test_a_call_that_takes_too_long_gets_a_clean_answer(
    stub: Stub, launch: Callable[..., Process], signals: tuple[signal.Signals, ...]
) -> None:
    """Case C51: after the drain time, or at once when told twice."""
    stub.act("/projects/create", never)
    seconds = "1" if len(signals) == 1 else "600"
    process = launch(LEDGAI_DRAIN_SECONDS=seconds)
    with ThreadPoolExecutor(1) as pool:
        answer = slow_call(process, stub, pool)
        process.process.send_signal(signals[0])
        for number in signals[1:]:
            wait_until(lambda: _refuses(process))
            process.process.send_signal(number)
    assert answer.result().status_code == 503
    assert "may have taken effect" in answer.result().json()["error"]["message"]
    assert process.process.wait(60) == 0
    assert "Traceback" not in process.err.read_text()
    assert '"outcome":"cancelled"' in process.err.read_text()


def test_an_open_stream_ends_with_the_process(launch: Callable[..., Process]) -> None:
    """Case C51."""
    process = launch(LEDGAI_SESSIONS="true", LEDGAI_DRAIN_SECONDS="600")
    token = mint()
    with httpx2.Client(timeout=20) as client:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
        opened = client.post(process.url, json=hello(), headers=headers)
        headers |= {"Mcp-Session-Id": opened.headers["mcp-session-id"], "MCP-Protocol-Version": "2025-11-25"}
        with client.stream("GET", process.url, headers=headers) as stream:
            assert stream.status_code == 200
            process.process.send_signal(signal.SIGTERM)
            assert list(stream.iter_bytes()) == []
    assert process.process.wait(60) == 0
    assert "Traceback" not in process.err.read_text()


def test_a_stream_that_breaks_off_while_the_process_stops_is_ended() -> None:
    """The library of streams looks for the signal itself; whenever it was first, no end was sent."""
    drain, sent = Drain(), []

    async def breaks_off(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        drain.begun = True

    async def send(message: Any) -> None:
        sent.append(message["type"])

    anyio.run(drain.over(breaks_off), {"method": "GET"}, None, send)
    assert sent == ["http.response.start", "http.response.body"]


def test_no_secret_is_logged_at_any_level(stub: Stub, launch: Callable[..., Process]) -> None:
    """Cases C40 and C51."""
    process = launch()
    token = mint(sealed=False)
    stub.script("/account/read", {"errors": [f"bad {API_TOKEN}"]}, status=401)
    names = ("list_projects", "read_account", "create_project")
    shown = [
        *(process.post(call(name), token=token).text for name in names),
        process.post(message("tools/list"), token=token[:-4] + "AAAA").text,
        process.post(call("list_projects"), token=mint(secret="another-secret-of-at-least-32-bytes!")).text,
    ]
    assert process.end() == 0
    assert process.out.read_bytes() == b""
    assert "Traceback" not in process.err.read_text()
    assert '"stopped"' in process.err.read_text()
    everything = "\n".join([*shown, process.err.read_text(), process.out.read_text()])
    for secret in (SECRET, API_TOKEN, token):
        for form in forms(secret):
            assert form not in everything


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"LEDGAI_HOST": "192.0.2.1"}, "LEDGAI_HOST: cannot listen at 192.0.2.1:0"),
        ({"LEDGAI_TOKEN": "x"}, "LEDGAI_TOKEN: is for stdio"),
        ({"LEDGAI_TLS_CERT_FILE": "/nowhere"}, "LEDGAI_TLS_KEY_FILE"),
        ({"LEDGAI_AUDIT_FILE": "/nowhere/at/all"}, "LEDGAI_AUDIT_FILE"),
        ({"LEDGAI_STATE_URL": "sqlite:/nowhere/state.db"}, "LEDGAI_STATE_URL: the folder /nowhere does not"),
        ({"LEDGAI_JWKS_URL": "http://idp.example.com"}, "LEDGAI_JWKS_URL"),
        ({"LEDGAI_JWKS_URL": "https://a.test", "LEDGAI_JWKS_FILE": "/b"}, "LEDGAI_JWKS_FILE"),
        ({"LEDGAI_JWT_KEYS_FILE": "/nowhere/keys"}, "/nowhere/keys"),
        ({"JWT_SECRET_KEY": ""}, "no key to verify"),
        ({"ENABLE_AUTH": "false", "LEDGAI_HOST": "0.0.0.0"}, "ENABLE_AUTH: .* loopback address only"),  # noqa: S104 - refused
        ({"ENABLE_AUTH": "false", "LEDGAI_HOST": "example.com"}, "loopback address only"),
        ({"ENABLE_AUTH": "false", "LEDGAI_ALLOWED_HOSTS": "localhost a.test"}, "LEDGAI_ALLOWED_HOSTS"),
        # Its host is allowed as `Host`, so a page of that name could have called.
        ({"ENABLE_AUTH": "false", "LEDGAI_PUBLIC_URL": "https://mcp.a.test/base"}, "LEDGAI_PUBLIC_URL"),
        # A page of that origin could have worked the account of whoever looks at it.
        ({"ENABLE_AUTH": "false", "LEDGAI_ALLOWED_ORIGINS": "https://a.test"}, "LEDGAI_ALLOWED_ORIGINS"),
    ],
)
def test_unusable_settings_stop_the_start(sites: Sites, more: dict[str, str], says: str) -> None:
    """Case C59."""
    with pytest.raises(ConfigurationError, match=says):
        sites.start(**more)


def test_a_port_in_use_stops_the_start(sites: Sites) -> None:
    site = sites.start()
    port = site.base.rpartition(":")[2]
    with pytest.raises(ConfigurationError, match="LEDGAI_PORT: cannot listen"):
        sites.start(LEDGAI_PORT=port)


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate = folder / "cert.pem"
    certificate.write_bytes(made.public_bytes(PEM))
    return certificate, written(key, folder / "key.pem")


def written(key: Any, file: Path, encryption: Any = None) -> Path:
    encryption = encryption or serialization.NoEncryption()
    file.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, encryption))
    return file


def test_an_unusable_certificate_stops_the_start(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An encrypted key made the server wait at a terminal for a pass phrase that nobody enters."""
    cert, key = certificate(tmp_path)
    loaded = serialization.load_pem_private_key(key.read_bytes(), None)
    pass_phrase = serialization.BestAvailableEncryption(b"pass-CANARY")
    locked = written(loaded, tmp_path / "locked.pem", pass_phrase)
    other = written(ec.generate_private_key(ec.SECP256R1()), tmp_path / "other.pem")
    for chain, secret, says in (
        (cert, locked, "LEDGAI_TLS_KEY_FILE: is encrypted"),
        (cert, other, "a certificate in PEM form and its key"),
        (key, key, "a certificate in PEM form and its key"),
        (cert, tmp_path / "lost", "LEDGAI_TLS_KEY_FILE: cannot read"),
        (tmp_path / "lost", key, "LEDGAI_TLS_CERT_FILE: cannot read"),
    ):
        settings = {"JWT_SECRET_KEY": SECRET, "LEDGAI_STATE_URL": "memory:", "LEDGAI_PORT": "0"}
        files = {"LEDGAI_TLS_CERT_FILE": str(chain), "LEDGAI_TLS_KEY_FILE": str(secret)}
        with pytest.raises(ConfigurationError, match=says):
            serving.listen(read({**settings, **files}))
    assert capfd.readouterr() == ("", "")


def test_an_address_in_brackets_is_listened_at(sites: Sites) -> None:
    site = sites.start(LEDGAI_HOST="[::1]")
    assert site.base.startswith("http://[::1]:")
    assert site.request("GET", "/livez").status_code == 200


def test_tls_is_1_3_and_nothing_less(sites: Sites, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    site = sites.start(LEDGAI_TLS_CERT_FILE=str(cert), LEDGAI_TLS_KEY_FILE=str(key))
    assert site.base.startswith("https://")
    url = re.sub(r"127\.0\.0\.1", "localhost", site.base) + "/livez"
    trust = ssl.create_default_context(cafile=str(cert))
    with httpx2.Client(verify=trust) as client:
        assert client.get(url).text == "live"
    old = ssl.create_default_context(cafile=str(cert))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with httpx2.Client(verify=old) as client, pytest.raises(httpx2.ConnectError):
        client.get(url)
