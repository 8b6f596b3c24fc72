"""Every setting, typed, in one frozen object.

Knows: names, types, defaults. Must not know: the process environment - the mapping is handed in.

All problems of one start are reported together. A boolean is `true`/`false`, `1`/`0`, `yes`/`no` or
`on`/`off` and nothing else: a typo must never decide whether people have to authenticate. An empty value is
an unset one.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from attrs import Attribute, field, fields, frozen

from ledgai_mcp.errors import ConfigurationError

PREFIX = "LEDGAI_"
_FILE = "_FILE"
_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

T = TypeVar("T")
Parse = Callable[[str], Any]


@frozen
class Setting:
    """How one setting is spelled, read and kept."""

    name: str
    parse: Parse
    secret: bool = False


def _setting(name: str, parse: Parse, default: Any, *, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata={"setting": Setting(name, parse, secret)})


def text(value: str) -> str:
    """Take the value as it is."""
    return value


def boolean(value: str) -> bool:
    """Read a strict boolean.

    Raises:
        ValueError: the word is not one of the eight.
    """
    if value.lower() not in _TRUE + _FALSE:
        raise ValueError("must be true or false")
    return value.lower() in _TRUE


def choice(*words: str) -> Parse:
    """Return a parser that takes one of `words`, in any case."""

    def parse(value: str) -> str:
        if value.lower() not in words:
            raise ValueError(f"must be one of: {', '.join(words)}")
        return value.lower()

    return parse


def number(kind: type[int] | type[float], low: float, high: float) -> Parse:
    """Return a parser for a number between `low` and `high`, both included."""

    def parse(value: str) -> int | float:
        try:
            parsed = kind(value)
        except ValueError:
            raise ValueError("must be a number") from None
        if not low <= parsed <= high:  # also refuses NaN
            raise ValueError(f"must be between {low:g} and {high:g}")
        return parsed

    return parse


def names(value: str) -> tuple[str, ...]:
    """Read names separated by commas or blanks."""
    return tuple(value.replace(",", " ").split())


def address(value: str) -> str:
    """Read a base URL, without the slash at its end.

    Plain http is taken for this machine and for a one-word host (a container's neighbour) only: the signature
    in every request stays good for hours, so it must not cross a network in the clear.

    Raises:
        ValueError: not an absolute http(s) URL, or it carries a user, a query or a fragment.
    """
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("must be a URL such as https://www.quantconnect.com/api/v2") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("must be a URL such as https://www.quantconnect.com/api/v2")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must have no user, query or fragment")
    if parts.scheme == "http" and host not in _LOOPBACK and ("." in host or ":" in host):
        raise ValueError("must be https, because it leaves this machine")
    return value.rstrip("/")


def key(value: str) -> str:
    """Read a signing key (RFC 7518 section 3.2: at least as long as the hash, 32 bytes).

    Raises:
        ValueError: shorter than 32 bytes.
    """
    if len(value.encode()) < 32:
        raise ValueError("must have at least 32 bytes")
    return value


@frozen
class Settings:
    """Everything that a person can set; build it with `read`."""

    transport: Literal["stdio", "http"] = _setting("MCP_TRANSPORT", choice("stdio", "http"), "stdio")
    enable_auth: bool = _setting("ENABLE_AUTH", boolean, True)
    jwt_secret_key: str | None = _setting("JWT_SECRET_KEY", key, None, secret=True)
    agent_name: str = _setting("AGENT_NAME", text, "MCP Server")
    """Sent as `codeSourceId`, so that others see who holds a project's lock (api_facts 3.2)."""

    user_id: str | None = _setting("QUANTCONNECT_USER_ID", text, None)
    api_token: str | None = _setting("QUANTCONNECT_API_TOKEN", text, None, secret=True)
    organization_id: str | None = _setting("QUANTCONNECT_ORGANIZATION_ID", text, None)

    token: str | None = _setting("LEDGAI_TOKEN", text, None, secret=True)
    scopes: tuple[str, ...] = _setting("LEDGAI_SCOPES", names, ("admin",))
    """Group names or scopes that a caller on stdio has: the account is his own."""
    toolsets: tuple[str, ...] = _setting("LEDGAI_TOOLSETS", names, ())
    """Toolsets and tools to offer; empty: all."""
    read_only: bool = _setting("LEDGAI_READ_ONLY", boolean, False)

    api_url: str = _setting("LEDGAI_API_URL", address, "https://www.quantconnect.com/api/v2")
    releases_url: str | None = _setting("LEDGAI_RELEASES_URL", address, None)
    timeout_seconds: float = _setting("LEDGAI_TIMEOUT_SECONDS", number(float, 1, 600), 50.0)
    """For a whole call, retries included; below the 60 s after which many clients give up."""
    max_answer_bytes: int = _setting("LEDGAI_MAX_ANSWER_BYTES", number(int, 2_000, 100_000_000), 100_000)
    """What a model receives of one answer."""
    max_response_bytes: int = _setting(
        "LEDGAI_MAX_RESPONSE_BYTES", number(int, 10_000, 1_000_000_000), 64_000_000
    )
    """What the server reads of one answer before it gives up."""
    max_upload_bytes: int = _setting("LEDGAI_MAX_UPLOAD_BYTES", number(int, 1, 1_000_000_000), 16_000_000)
    log_level: Literal["debug", "info", "warning", "error"] = _setting(
        "LEDGAI_LOG_LEVEL", choice("debug", "info", "warning", "error"), "info"
    )


def read(environment: Mapping[str, str]) -> Settings:
    """Build the settings from a mapping such as the process environment.

    Args:
        environment: names and values; names that are not ours are left alone.

    Raises:
        ConfigurationError: unknown `LEDGAI_*` names, values and files that cannot be read; all of them.
    """
    known: dict[str, Attribute[Any]] = {a.metadata["setting"].name: a for a in fields(Settings)}
    given = {name: value.strip() for name, value in environment.items() if value.strip()}
    problems = _unknown(given, known)
    values: dict[str, Any] = {}
    for attribute in known.values():
        setting: Setting = attribute.metadata["setting"]
        try:
            found = _find(setting, given)
            if found is not None:
                values[attribute.name] = setting.parse(found)
        except (ValueError, OSError) as problem:
            problems.append(_describe(setting, given, problem))
    if problems:
        raise ConfigurationError(sorted(problems))
    return Settings(**values)


def _find(setting: Setting, given: Mapping[str, str]) -> str | None:
    """Return a setting's text from its variable or, for a secret, from the file that NAME_FILE names."""
    path = given.get(setting.name + _FILE) if setting.secret else None
    if path is None:
        return given.get(setting.name)
    if setting.name in given:
        raise ValueError(f"is set twice, as itself and as {setting.name}{_FILE}; keep one")
    content = Path(path).read_text(encoding="utf-8").strip()
    if not content:
        raise ValueError(f"is empty in the file that {setting.name}{_FILE} names")
    return content


def _describe(setting: Setting, given: Mapping[str, str], problem: Exception) -> str:
    """Say what is wrong with one setting; a secret's value is never repeated."""
    if isinstance(problem, UnicodeDecodeError):
        return f"{setting.name}{_FILE}: the file is not UTF-8 text"
    if isinstance(problem, OSError):
        return f"{setting.name}{_FILE}: cannot read {given[setting.name + _FILE]!r}: {problem.strerror}"
    shown = f", not {given[setting.name][:60]!r}" if setting.name in given and not setting.secret else ""
    return f"{setting.name}: {problem}{shown}"


def _unknown(given: Mapping[str, str], known: Mapping[str, Attribute[Any]]) -> list[str]:
    """Name every variable that carries our prefix and means nothing: it is most likely a misspelt one."""
    ours = set(known) | {name + _FILE for name, a in known.items() if a.metadata["setting"].secret}
    problems = []
    for name in given:
        if name.startswith(PREFIX) and name not in ours:
            close = difflib.get_close_matches(name, sorted(ours), n=1)
            hint = f"did you mean {close[0]}?" if close else "remove it"
            problems.append(f"{name}: no such setting; {hint}")
    return problems
