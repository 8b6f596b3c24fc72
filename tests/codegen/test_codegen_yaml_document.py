"""Reading inputs: YAML with lines, files, https."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from codegen.inputs import source, yaml_document
from codegen.inputs.problems import Problems


def _read(text: str) -> tuple[yaml_document.Block | None, list[str]]:
    problems = Problems()
    root = yaml_document.parse(text, "f.yaml", problems)
    return root, [f"{found.line}: {found.what}" for found in problems.found]


def test_values_are_those_of_json_and_not_of_yaml_1_1() -> None:
    root, problems = _read(
        "{no: no, on: on, day: 2024-01-01, time: 1:30, 200: ok, none: ~, empty: , n: 7, f: .5, e: 1e3}"
    )
    assert problems == []
    assert root == {
        "no": "no",
        "on": "on",
        "day": "2024-01-01",
        "time": "1:30",
        "200": "ok",
        "none": None,
        "empty": None,
        "n": 7,
        "f": 0.5,
        "e": 1000.0,
    }


def test_every_key_and_item_remembers_its_line() -> None:
    root, _ = _read("a: 1\nb:\n  c:\n    - x\n    - y\n")
    assert root is not None
    assert (root.at("b").line, root["b"].at("c").line, [p.line for p in root["b"]["c"].places]) == (
        2,
        3,
        [4, 5],
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: {c: 1,\n    c: 2}\n", '3: duplicate key "c", first on line 2'),
        ("a: .inf", "1: .inf is no JSON value"),
        ("a: 1e999", "1: 1e999 is no JSON value"),
        ("a: 012", "1: 012 is a number to some readers of YAML, another or a text to others"),
        ("a: [+1]", "1: +1 is a number to some readers of YAML, another or a text to others"),
        ("~: a", "1: the key ~ is not text"),
        ("a: {true: b}", "1: the key true is not text"),
        ("1e3: a", "1: the key 1e3 is not text"),
        ("012: a", "1: the key 012 is not text"),
        ('a: "\\0"', "1: a character that nobody sees, U+0000, in a text"),
        ('a: "x\\u202e"', "1: a character that nobody sees, U+202E, in a text"),
        ('a: "\\ud800"', "1: is not YAML: found invalid Unicode character escape code"),
        ('"a\\nb": 1', "1: a character that nobody sees, U+000A, in a text"),
        ("a: !!binary aGk=", "1: unsupported YAML tag tag:yaml.org,2002:binary"),
        ("a: !thing x", "1: unsupported YAML tag !thing"),
        ("a: &a {b: 1}\nc: {<<: *a}", "2: a key that is not text"),
        ("- a", "1: the top of the file is not a mapping"),
        ("", "1: the top of the file is not a mapping"),
        ("a: [1\n", "2: is not YAML: did not find expected ',' or ']'"),
        ("a: &x [*x]", "1: nested too deeply, or repeated too often by aliases"),
        ("a: " + "[" * 400 + "]" * 400, "1: nested too deeply, or repeated too often by aliases"),
    ],
)
def test_what_json_cannot_hold_is_a_problem_with_its_line(text: str, problem: str) -> None:
    _, problems = _read(text)
    assert problems == [problem]


def test_aliases_that_multiply_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_document, "MOST_VALUES", 10_000)
    lines = ["a0: &a0 [" + ",".join("x" * 10) + "]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    _, problems = _read("\n".join(lines))
    assert len(problems) == 1
    assert "repeated too often" in problems[0]


def test_json_with_tabs_is_read() -> None:
    root, problems = _read('{\n\t"a": [true, "x/y"]\n}')
    assert (root, problems) == ({"a": [True, "x/y"]}, [])


def test_line_ends_and_a_byte_order_mark_make_no_difference(tmp_path: Path) -> None:
    """C30."""
    one, other = tmp_path / "lf.yaml", tmp_path / "crlf.yaml"
    one.write_bytes(b"a: |\n  x\n  y\nb: 1\n")
    other.write_bytes(b"\xef\xbb\xbfa: |\r\n  x\r\n  y\r\nb: 1\r\n")
    problems = Problems()
    read = [yaml_document.read(path, problems) for path in (one, other)]
    assert problems.found == []
    assert read[0] is not None
    assert read[1] is not None
    assert (read[0].digest, read[0].root) == (read[1].digest, read[1].root)


@pytest.mark.parametrize(
    ("label", "what"),
    [
        ("missing.yaml", "cannot be read: No such file or directory"),
        ("http://127.0.0.1/spec.yaml", "only https addresses are fetched"),
        ("file:///etc/passwd", "only https addresses are fetched"),
        ("https://127.0.0.1:1/spec.yaml", "cannot be fetched: ConnectError"),
    ],
)
def test_a_source_that_cannot_be_read_is_a_problem(label: str, what: str) -> None:
    problems = Problems()
    assert source.read(label, problems) is None
    assert [(found.file, found.what) for found in problems.found] == [(label, what)]


def test_text_that_is_not_utf_8_is_a_problem_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"a: 1\nb: \xe9\n")
    problems = Problems()
    assert source.read(path, problems) is None
    assert [(found.line, found.what) for found in problems.found] == [(2, "the text is not UTF-8")]


def test_a_file_above_the_limit_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_BYTES", 10)
    path = tmp_path / "big.yaml"
    path.write_bytes(b"a: 12345678\n")
    problems = Problems()
    assert source.read(path, problems) is None
    assert problems.found[0].what == "is larger than 10 bytes"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/moved.yaml" else 200)
        self.send_header("Location", "/spec.yaml")
        self.end_headers()
        self.wfile.write(b"a: 1\r\n" if self.path == "/spec.yaml" else b"x" * 100_000)

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that leaves, or that trusts nobody."""


@pytest.fixture
def https(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve over TLS on loopback, with a certificate that this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(hours=1))
    builder = builder.not_valid_after(now + timedelta(hours=1))
    builder = builder.add_extension(
        x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
    )
    pem = tmp_path / "cert.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + secret)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_an_https_address_is_fetched(https: str) -> None:
    problems = Problems()
    found = source.read(f"{https}/spec.yaml", problems)
    assert problems.found == []
    assert found is not None
    assert (found.label, found.text) == (f"{https}/spec.yaml", "a: 1\n")


def test_any_answer_but_200_is_a_problem_and_no_redirect_is_followed(https: str) -> None:
    problems = Problems()
    assert source.read(f"{https}/moved.yaml", problems) is None
    assert problems.found[0].what == "answered HTTP 302"


def test_an_answer_above_the_limit_is_a_problem(https: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_BYTES", 50_000)
    problems = Problems()
    assert source.read(f"{https}/big.yaml", problems) is None
    assert problems.found[0].what == "is larger than 50000 bytes"
