"""Every setting, typed, in one frozen object.

Knows: names, types, defaults. Must not know: the process environment - the mapping is handed in.

All problems of one start are reported together. A boolean is `true`/`false`, `1`/`0`, `yes`/`no` or
`on`/`off` and nothing else: a typo must never decide whether people have to authenticate. An empty value is
an unset one.
"""

# ruff: noqa: RUF009 - `_setting` returns an attrs field, a new one at each call

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from attrs import Attribute, field, fields, frozen

from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.identity import Credentials
from ledgai_mcp.setting_values import (
    Parse,
    address,
    addresses,
    boolean,
    choice,
    host_names,
    key,
    names,
    number,
    origins,
    path,
    user_id,
    visible,
)
from ledgai_mcp.suggestions import hint

PREFIX = "LEDGAI_"
QUANTCONNECT = "https://www.quantconnect.com/api/v2"
COPIES = 4
"""How often a request is in memory while it is read: as bytes, as text, as arguments, as a file."""
_FILE = "_FILE"


@frozen
class Setting:
    """How one setting is named, read and kept."""

    name: str
    parse: Parse
    secret: bool = False


def _setting(name: str, parse: Parse, default: Any, *, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata={"setting": Setting(name, parse, secret)})


@frozen
class Settings:
    """Everything that a person can set; build it with `read`."""

    transport: Literal["stdio", "http"] = _setting("MCP_TRANSPORT", choice("stdio", "http"), "stdio")
    enable_auth: bool = _setting("ENABLE_AUTH", boolean, True)
    jwt_secret_key: str | None = _setting("JWT_SECRET_KEY", key, None, secret=True)
    agent_name: str = _setting("AGENT_NAME", str, "MCP Server")
    """Sent as `codeSourceId`, so that others see who holds a project's lock (api-facts 3.2)."""

    user_id: str | None = _setting("QUANTCONNECT_USER_ID", user_id, None)
    api_token: str | None = _setting("QUANTCONNECT_API_TOKEN", visible, None, secret=True)
    organization_id: str | None = _setting("QUANTCONNECT_ORGANIZATION_ID", visible, None)

    token: str | None = _setting("LEDGAI_TOKEN", str, None, secret=True)
    scopes: tuple[str, ...] = _setting("LEDGAI_SCOPES", names, ("admin",))
    """Group names or scopes that a caller on stdio has: the account is their own."""
    toolsets: tuple[str, ...] = _setting("LEDGAI_TOOLSETS", names, ())
    """Toolsets and tools to offer; empty: all."""
    read_only: bool = _setting("LEDGAI_READ_ONLY", boolean, False)

    api_url: str = _setting("LEDGAI_API_URL", address, QUANTCONNECT)
    releases_url: str | None = _setting("LEDGAI_RELEASES_URL", address, None)
    timeout_seconds: float = _setting("LEDGAI_TIMEOUT_SECONDS", number(float, 1, 600), 50.0)
    """For a whole call, retries included; below the 60 s after which many clients give up."""
    max_answer_bytes: int = _setting("LEDGAI_MAX_ANSWER_BYTES", number(int, 2_000, 100_000_000), 60_000)
    """What a model receives of one answer: of figures about 25,000 tokens, which many clients accept."""
    max_response_bytes: int = _setting(
        "LEDGAI_MAX_RESPONSE_BYTES", number(int, 10_000, 1_000_000_000), 64_000_000
    )
    """What the server reads of one answer before it gives up."""
    max_upload_bytes: int = _setting("LEDGAI_MAX_UPLOAD_BYTES", number(int, 1, 1_000_000_000), 16_000_000)
    max_bytes_under_way: int = _setting(
        "LEDGAI_MAX_BYTES_UNDER_WAY", number(int, 1_000_000, 100_000_000_000), 256_000_000
    )
    """Memory for the requests and answers of everybody; a quarter for each person."""
    host: str = _setting("LEDGAI_HOST", str, "127.0.0.1")
    """The address to listen at over HTTP."""
    port: int = _setting("LEDGAI_PORT", number(int, 0, 65_535), 8000)
    """0: any free one, which the first line on stderr names."""
    allowed_hosts: tuple[str, ...] = _setting(
        "LEDGAI_ALLOWED_HOSTS", host_names, ("127.0.0.1", "localhost", "[::1]")
    )
    """What `Host` may say; an entry without a port stands for every port."""
    allowed_origins: tuple[str, ...] = _setting("LEDGAI_ALLOWED_ORIGINS", origins, ())
    """Web pages that may call, besides those of an allowed host."""
    public_url: str | None = _setting("LEDGAI_PUBLIC_URL", address, None)
    """Where clients find this server, without `/mcp`, if a proxy is in front of it."""
    authorization_servers: tuple[str, ...] = _setting("LEDGAI_AUTHORIZATION_SERVERS", addresses, ())
    """Where people sign in (RFC 9728); empty: nowhere, tokens are given out by hand."""
    sessions: bool = _setting("LEDGAI_SESSIONS", boolean, False)
    """Keep sessions and stream answers; a balancer must then send a client to the same replica."""
    in_band_denials: bool = _setting("LEDGAI_IN_BAND_DENIALS", boolean, False)
    """Answer a call without the scopes as a tool's error with status 200 instead of 403."""
    max_body_bytes: int = _setting("LEDGAI_MAX_BODY_BYTES", number(int, 10_000, 2_000_000_000), 24_000_000)
    """Of one request; room for `max_upload_bytes` in base64."""
    drain_seconds: float = _setting("LEDGAI_DRAIN_SECONDS", number(float, 0, 600), 20.0)
    """How long calls under way may take when the server is told to stop; below an orchestrator's grace."""
    tls_cert_file: Path | None = _setting("LEDGAI_TLS_CERT_FILE", path, None)
    """A PEM file with the chain, leaf first; with `tls_key_file` the server speaks TLS 1.3 itself."""
    tls_key_file: Path | None = _setting("LEDGAI_TLS_KEY_FILE", path, None)

    jwt_keys_file: Path | None = _setting("LEDGAI_JWT_KEYS_FILE", path, None)
    jwks_url: str | None = _setting("LEDGAI_JWKS_URL", str, None)
    """Another issuer's key set (RFC 7517)."""
    jwks_file: Path | None = _setting("LEDGAI_JWKS_FILE", path, None)
    jwt_issuer: str = _setting("LEDGAI_JWT_ISSUER", str, "ledgai")
    jwt_audience: tuple[str, ...] = _setting("LEDGAI_JWT_AUDIENCE", names, ("quantconnect-mcp",))
    """Of which `aud` must hold one; this server's own tokens have the first."""
    issuers_file: Path | None = _setting("LEDGAI_ISSUERS_FILE", path, None)
    """Further issuers, each with its keys, audiences and the most it may grant."""
    jwt_leeway_seconds: int = _setting("LEDGAI_JWT_LEEWAY_SECONDS", number(int, 0, 60), 30)
    jwt_max_life_seconds: int = _setting(
        "LEDGAI_JWT_MAX_LIFE_SECONDS", number(int, 60, 366 * 24 * 3600), 24 * 3600
    )
    """A token that was made to live longer is refused, whoever signed it."""
    access_seconds: int = _setting("LEDGAI_ACCESS_SECONDS", number(int, 60, 24 * 3600), 900)
    """Life of an access token that `POST /token` gives."""
    refresh_seconds: int = _setting(
        "LEDGAI_REFRESH_SECONDS", number(int, 3600, 31 * 24 * 3600), 30 * 24 * 3600
    )
    state_url: str | None = _setting("LEDGAI_STATE_URL", str, None, secret=True)
    """Where revocations, counts and refresh grants are kept: a file, `memory:` or a redis:// address."""
    audit_file: Path | None = _setting("LEDGAI_AUDIT_FILE", path, None)
    """A hash-chained file for the audit record; unset: standard error."""

    log_level: Literal["debug", "info", "warning", "error"] = _setting(
        "LEDGAI_LOG_LEVEL", choice("debug", "info", "warning", "error"), "info"
    )

    @property
    def is_quantconnect(self) -> bool:
        """Whether the API is QuantConnect's own."""
        return urlsplit(self.api_url).hostname == urlsplit(QUANTCONNECT).hostname

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """What clients call this server (RFC 8707): some its root, others its endpoint."""
        url = self.public_url
        return () if url is None else (url, f"{url}/", f"{url}/mcp")

    @property
    def largest_body(self) -> int:
        """Bytes of a request at most: whatever else is set, an allowed upload fits in base64."""
        return max(self.max_body_bytes, self.max_upload_bytes * 4 // 3 + 64_000)

    @property
    def largest_content(self) -> int:
        """Memory that one request or one answer may need."""
        return max(self.largest_body * COPIES, self.max_response_bytes)

    @property
    def credentials(self) -> Credentials | None:
        """The QuantConnect credentials of the environment, if both halves are there."""
        if self.user_id is None or self.api_token is None:
            return None
        return Credentials(self.user_id, self.api_token, self.organization_id)


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
    value = given.get(setting.name)
    # What stands before an @ may be a password that somebody put into an address.
    shown = "" if value is None or setting.secret or "@" in value else f", not {value[:60]!r}"
    return f"{setting.name}: {problem}{shown}"


def _unknown(given: Mapping[str, str], known: Mapping[str, Attribute[Any]]) -> list[str]:
    """Name every variable that carries our prefix and means nothing: it is most likely a misspelt one."""
    ours = set(known) | {name + _FILE for name, a in known.items() if a.metadata["setting"].secret}
    return [
        f"{name}: no such setting; {hint(name, ours, 'remove it')}"
        for name in given
        if name.startswith(PREFIX) and name not in ours
    ]
