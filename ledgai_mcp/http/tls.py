"""Are these two files what TLS needs?

Knows: certificates and keys in files. Must not know: who serves with them.

They are tried before the server tries them, which would ask a terminal that nobody sits at for a pass phrase.
"""

from __future__ import annotations

import ssl
from pathlib import Path


class _EncryptedError(Exception):
    """The key has a pass phrase."""


def problems(certificate: Path, key: Path) -> list[str]:
    """Return what is wrong, as problems of the settings; an empty list if nothing is."""
    found = [
        f"{name}: cannot read {str(file)!r}: {problem}"
        for name, file in (("LEDGAI_TLS_CERT_FILE", certificate), ("LEDGAI_TLS_KEY_FILE", key))
        if (problem := _unreadable(file)) is not None
    ]
    if found:
        return found
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, _ask)
    except _EncryptedError:
        return ["LEDGAI_TLS_KEY_FILE: is encrypted, and nobody is asked for its pass phrase"]
    except (OSError, ValueError):
        return [
            "LEDGAI_TLS_CERT_FILE: is not, with LEDGAI_TLS_KEY_FILE, a certificate in PEM form and its key"
        ]
    return []


def _unreadable(file: Path) -> str | None:
    try:
        file.read_bytes()
    except OSError as problem:
        return problem.strerror
    return None


def _ask() -> str:
    raise _EncryptedError
