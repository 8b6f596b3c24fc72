"""The text of an input: a file, or what an https address answers; bounded, UTF-8, with LF line ends.

Knows: files, one HTTP GET, digests. Must not know: YAML, OpenAPI.
"""

import ssl
from hashlib import sha256
from pathlib import Path

import httpx2
from attrs import field, frozen

from codegen.inputs.problems import Problems

MOST_BYTES = 16 * 1024 * 1024
"""The published document has 0.23 MB; anything this large is not an API description."""
LONGEST_SECONDS = 30.0


@frozen
class Text:
    """One input. `digest` is the SHA-256 of its LF form: a CRLF checkout compiles to the same bytes."""

    label: str
    text: str = field(repr=False)
    digest: str


def read(source: Path | str, problems: Problems) -> Text | None:
    """Read a path or an https URL; what cannot be read is noted as a problem and gives None."""
    label = str(source)
    raw = _fetched(label, problems) if "://" in label else _read(label, problems)
    if raw is None:
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.add(label, line, "the text is not UTF-8", "save it as UTF-8")
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Text(label, text, sha256(text.encode()).hexdigest())


def _read(label: str, problems: Problems) -> bytes | None:
    path = Path(label)
    try:
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except OSError as error:
        problems.add(
            label, 0, f"cannot be read: {error.strerror}", "give the path of a file, or an https URL"
        )
        return None
    return _bounded(raw, label, problems)


def _fetched(label: str, problems: Problems) -> bytes | None:
    if not label.startswith("https://"):
        problems.add(label, 0, "only https addresses are fetched", "give an https URL, or the path of a file")
        return None
    raw = bytearray()
    try:
        with (
            httpx2.Client(timeout=LONGEST_SECONDS, verify=ssl.create_default_context()) as client,
            client.stream("GET", label) as answer,
        ):
            if answer.status_code != 200:
                problems.add(
                    label,
                    0,
                    f"answered HTTP {answer.status_code}",
                    "give the address that answers 200 itself",
                )
                return None
            for piece in answer.iter_bytes():
                raw += piece
                # Counted while it arrives: the length that a server announces is no promise.
                if len(raw) > MOST_BYTES:
                    break
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        problems.add(
            label, 0, f"cannot be fetched: {type(error).__name__}", "check the address and the network"
        )
        return None
    return _bounded(bytes(raw), label, problems)


def _bounded(raw: bytes, label: str, problems: Problems) -> bytes | None:
    if len(raw) > MOST_BYTES:
        problems.add(label, 0, f"is larger than {MOST_BYTES} bytes", "give an OpenAPI document")
        return None
    return raw
