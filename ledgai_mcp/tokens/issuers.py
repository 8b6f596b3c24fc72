"""Whose tokens are accepted besides this server's own: each issuer's keys, audiences and most it may grant.

Knows: the form of the issuers file. Must not know: tokens, claims, how a key set is fetched.

A token is checked with the keys of the issuer that it names and with no others: who may sign for one issuer
can say nothing in the name of another. Everything must be written down; nothing has a default.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from attrs import frozen

from ledgai_mcp import scopes
from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.tokens.jwks import KeySet, KeySetFile, KeySetUrl
from ledgai_mcp.tokens.keys import KeyRefused, KeySource

SETTING = "LEDGAI_ISSUERS_FILE"
Groups: TypeAlias = Mapping[str, Collection[str]]
"""Group name -> its scopes."""

_MEMBERS = {"issuer", "audiences", "grants", "jwks_url", "jwks_file"}
_LARGEST_FILE = 256 * 1024


@frozen
class Issuer:
    """One issuer of tokens (RFC 7519 section 4.1.1)."""

    name: str
    """The value of `iss`, compared byte for byte."""
    audiences: frozenset[str]
    """Of which `aud` must hold one."""
    keys: KeySource
    grants: frozenset[str]
    """The scopes that its tokens can open; what else they name grants nothing."""


def read_issuers(path: Path, own: str, known: Collection[str], groups: Groups) -> dict[str, Issuer]:
    """Read the issuers file: `{"issuers": [{"issuer", "audiences", "grants", "jwks_url" or "jwks_file"}]}`.

    Args:
        path: where it lies.
        own: the issuer that this server is itself; its keys are not in the file.
        known: every declared scope.
        groups: what a group holds.

    Raises:
        ConfigurationError: every problem at once, each with the place of the entry.
    """
    try:
        raw = path.read_bytes()
        entries = json.loads(raw)["issuers"] if len(raw) <= _LARGEST_FILE else None
    except OSError as error:
        raise ConfigurationError((f"{SETTING}: cannot read {path}: {error.strerror}",)) from None
    except (ValueError, TypeError, KeyError, RecursionError):
        entries = None
    if not isinstance(entries, list) or not entries:
        problem = (
            f'{SETTING}: {path} must hold {{"issuers": [...]}} with at least one entry, as docs/http.md shows'
        )
        raise ConfigurationError((problem,))
    found: dict[str, Issuer] = {}
    problems = []
    for number, entry in enumerate(entries, 1):
        try:
            issuer = _issuer(entry, path.parent, known, groups)
            if issuer.name in {own, *found}:
                raise ValueError(f"the issuer {issuer.name!r} is this server's own or stands twice")
            found[issuer.name] = issuer
        except (ValueError, KeyRefused) as problem:
            problems.append(f"{SETTING}: entry {number} of {path}: {problem}")
    if problems:
        raise ConfigurationError(problems)
    return found


def _issuer(entry: Any, folder: Path, known: Collection[str], groups: Groups) -> Issuer:
    if not isinstance(entry, dict) or set(entry) - _MEMBERS:
        raise ValueError(f"it must be an object of {', '.join(sorted(_MEMBERS))}")
    name = entry.get("issuer")
    if not isinstance(name, str) or not name.strip():
        raise ValueError("`issuer` must be the text that its tokens have as `iss`")
    granted, unknown = scopes.expand(_texts(entry, "grants"), known, groups)
    if unknown:
        raise ValueError(f"`grants`: no such scope or group: {unknown[0]}")
    return Issuer(name, frozenset(_texts(entry, "audiences")), _keys(entry, folder, name), granted)


def _texts(entry: Mapping[str, Any], member: str) -> list[str]:
    value = entry.get(member)
    if not isinstance(value, list) or not value or not all(isinstance(v, str) and v.strip() for v in value):
        raise ValueError(f"`{member}` must be a list of at least one text")
    return value


def _keys(entry: Mapping[str, Any], folder: Path, name: str) -> KeySet:
    url, file = entry.get("jwks_url"), entry.get("jwks_file")
    if isinstance(url, str) and file is None:
        return KeySet(KeySetUrl(url), name=name)
    if isinstance(file, str) and url is None:
        return KeySet(KeySetFile(folder / file), name=name)
    raise ValueError("it needs `jwks_url` or `jwks_file`, one of the two")
