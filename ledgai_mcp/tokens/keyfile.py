"""The server's key file: a JWK set (RFC 7517) with private parts, made, rotated and read here.

Knows: the file's form, its permissions, and how long a retired key is kept. Must not know: tokens, claims,
who asks.

Each entry has `kid`, `use` (`sig`: an HS256 secret; `enc`: a key that seals credentials), `created` and, once
it was replaced, `retired` (Unix seconds). The first entry of a use that is not retired signs or seals; the
others only verify or open.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

from attrs import evolve, field, frozen
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey
from joserfc.util import urlsafe_b64decode

from ledgai_mcp.tokens.keys import SHORTEST_SECRET, KeyRefused, Secret
from ledgai_mcp.tokens.sealing import SealingKey

Use: TypeAlias = Literal["sig", "enc"]
SealingKind: TypeAlias = Literal["oct", "EC"]

SEALED_FOR = 31 * 24 * 3600
"""Seconds for which a retired sealing key is kept: what lies sealed in refresh grants outlives the access
tokens.
"""

_LARGEST_FILE = 256 * 1024


@frozen
class Entry:
    """One key of the file."""

    kid: str
    use: Use
    created: int
    material: Mapping[str, str] = field(repr=False)
    """The JWK's own members: kty and k, or kty, crv, x, y and d."""
    retired: int | None = None

    @property
    def algorithm(self) -> str:
        """What the key is for, fixed by its use and type."""
        if self.use == "sig":
            return "HS256"
        return "dir" if self.material["kty"] == "oct" else "ECDH-ES"

    def as_jwk(self) -> dict[str, Any]:
        """Return what the file holds for this key."""
        times = {"created": self.created} | ({} if self.retired is None else {"retired": self.retired})
        return {"kid": self.kid, "use": self.use, "alg": self.algorithm, **times, **self.material}

    def public_jwk(self) -> dict[str, Any] | None:
        """Return the half that others may seal credentials to; None for a secret."""
        if self.material["kty"] != "EC":
            return None
        public = {name: self.material[name] for name in ("kty", "crv", "x", "y")}
        return {"kid": self.kid, "use": self.use, "alg": self.algorithm, **public}


@frozen
class KeyFile:
    """The content of a key file."""

    entries: tuple[Entry, ...]

    def secrets(self) -> tuple[Secret, ...]:
        """Return the HS256 secrets, the one that signs first."""
        return tuple(Secret(entry.kid, _octets(entry)) for entry in self._of("sig"))

    def sealing(self) -> tuple[SealingKey, ...]:
        """Return the sealing keys, the one that seals first."""
        return tuple(SealingKey(entry.kid, entry.algorithm, _jose_key(entry)) for entry in self._of("enc"))

    def rotated(self, now: int, signed_for: int, at_once: bool = False) -> KeyFile:
        """Put a new key in front for every use the file has, and drop what was retired long enough ago.

        `signed_for`: seconds after which no token of a retired signing key can still be valid. `at_once`
        drops every old key: what you do when one has leaked; every token out there stops being accepted.
        """
        added, kept = [], []
        for use in sorted({entry.use for entry in self.entries}, reverse=True):
            kind: SealingKind = "EC" if self._of(use)[0].material["kty"] == "EC" else "oct"
            added.append(make_entry(use, now, kind))
            lasting = signed_for if use == "sig" else SEALED_FOR
            for entry in self._of(use):
                retired = now if entry.retired is None else entry.retired
                if not at_once and now - retired <= lasting:
                    kept.append(evolve(entry, retired=retired))
        return KeyFile((*added, *kept))

    def _of(self, use: Use) -> list[Entry]:
        mine = [entry for entry in self.entries if entry.use == use]
        return sorted(mine, key=lambda entry: entry.retired is not None)


def make_entry(use: Use, now: int, kind: SealingKind = "oct") -> Entry:
    """Make a new random key.

    `kind` matters for `enc`: a shared secret, or a pair that other issuers may seal to.
    """
    kid = time.strftime("%Y%m%d", time.gmtime(now)) + "-" + use + "-" + secrets.token_hex(4)
    if kind == "EC":
        made = ECKey.generate_key("P-256", private=True).as_dict(private=True)
        return Entry(kid, use, now, {name: str(made[name]) for name in ("kty", "crv", "x", "y", "d")})
    made = OctKey.import_key(secrets.token_bytes(32)).as_dict(private=True)
    return Entry(kid, use, now, {"kty": "oct", "k": str(made["k"])})


def make_key_file(now: int, kind: SealingKind = "oct") -> KeyFile:
    """Make the first content of a key file: one key to sign with, one to seal with."""
    return KeyFile((make_entry("sig", now), make_entry("enc", now, kind)))


def read_key_file(path: Path) -> KeyFile:
    """Read and check a key file.

    Raises KeyRefused, naming the file and what to do, never showing its content.
    """
    try:
        with path.open("rb") as file:
            _check_permissions(path, os.fstat(file.fileno()))
            raw = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise KeyRefused(f"The key file {path} cannot be read: {error.strerror}.") from None
    try:
        content = json.loads(raw)
        entries = tuple(_entry(value) for value in content["keys"])
    except (ValueError, TypeError, KeyError, RecursionError, JoseError):
        raise KeyRefused(f"The key file {path} is not a key set that `ledgai-mcp keys new` makes.") from None
    if len(raw) > _LARGEST_FILE or not any(entry.use == "sig" for entry in entries):
        raise KeyRefused(f"The key file {path} is too large or has no key to sign with.")
    file_content = KeyFile(entries)
    file_content.secrets(), file_content.sealing()  # so that a bad key is found at start-up
    return file_content


def write_key_file(path: Path, content: KeyFile, *, replace: bool) -> None:
    """Write a key file that only its owner can read, in one move.

    Raises KeyRefused if it exists and `replace` is off.
    """
    text = json.dumps({"keys": [entry.as_jwk() for entry in content.entries]}, indent=1) + "\n"
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if replace:
                fresh.replace(path)
            else:
                os.link(fresh, path)  # unlike a rename, it fails if the file is there
        finally:
            fresh.unlink(missing_ok=True)
    except FileExistsError:
        raise KeyRefused(f"The key file {path} exists; `ledgai-mcp keys rotate` adds a key to it.") from None
    except OSError as error:
        raise KeyRefused(f"The key file {path} cannot be written: {error.strerror}.") from None


def _check_permissions(path: Path, status: os.stat_result) -> None:
    if os.name == "nt":
        return
    mode = stat.S_IMODE(status.st_mode)
    # Kubernetes mounts a secret as root's with group read for a non-root pod: group read is fine if we are
    # not the owner.
    allowed = 0o700 if status.st_uid == os.getuid() else 0o740
    if mode & ~allowed:
        raise KeyRefused(
            f"Others can read or change the key file {path} (mode {mode:04o}): `chmod 600 {path}`."
        )


def _entry(value: Mapping[str, Any]) -> Entry:
    material = {name: value[name] for name in ("kty", "k", "crv", "x", "y", "d") if name in value}
    use, kid, created, retired = value["use"], value["kid"], value["created"], value.get("retired")
    is_named = all(isinstance(part, str) for part in (kid, *material.values())) and kid and kid.isprintable()
    is_dated = isinstance(created, int) and isinstance(retired, int | None)
    if not is_named or not is_dated or use not in ("sig", "enc"):
        raise ValueError("a member of the wrong type")
    entry = Entry(kid, use, created, material, retired)
    if value.get("alg") != entry.algorithm:
        raise ValueError("an algorithm that does not fit the key")
    return entry


def _octets(entry: Entry) -> bytes:
    key = _jose_key(entry)
    if not isinstance(key, OctKey):
        raise KeyRefused(f"The signing key `{entry.kid}` is not a secret; tokens are signed with HS256 here.")
    return key.raw_value


def _jose_key(entry: Entry) -> OctKey | ECKey:
    try:
        if entry.material["kty"] == "oct":
            # Before the library sees it: of a short key it only warns.
            if len(urlsafe_b64decode(entry.material["k"].encode())) < SHORTEST_SECRET:
                raise KeyRefused(f"The key `{entry.kid}` of the key file has under {SHORTEST_SECRET} bytes.")
            return OctKey.import_key(dict(entry.material))
        return ECKey.import_key(dict(entry.material))
    except KeyRefused:
        raise
    except (JoseError, ValueError, TypeError, KeyError):
        raise KeyRefused(f"The key `{entry.kid}` of the key file is malformed.") from None
