"""Who may call this process: keys, policy, revocations and the verifier, put together from the settings.

Knows: which parts verify and make tokens. Must not know: how they do it, MCP, HTTP.

One object serves a process, whether it speaks HTTP, serves one token on stdio, or runs a command.
"""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.settings import Settings
from ledgai_mcp.state import State, open_store
from ledgai_mcp.tokens.jwks import KeySet, KeySetFile, KeySetUrl
from ledgai_mcp.tokens.keychain import KeyChain
from ledgai_mcp.tokens.keys import KeyRefused, KeySource, KeySources
from ledgai_mcp.tokens.minting import Mint
from ledgai_mcp.tokens.refresh import Refreshing, RefreshPolicy
from ledgai_mcp.tokens.verification import TokenPolicy, Verifier

_NO_KEY = (
    "JWT_SECRET_KEY: is not set, nor LEDGAI_JWT_KEYS_FILE, LEDGAI_JWKS_URL or LEDGAI_JWKS_FILE: there is no "
    "key to verify tokens with"
)


@frozen
class Authority:
    """All that verifies and renews tokens."""

    policy: TokenPolicy
    keys: KeyChain
    key_set: KeySet | None
    state: State
    verifier: Verifier
    refreshing: Refreshing

    @property
    def is_ready(self) -> bool:
        """Whether any token can be verified: own keys always can, another issuer's once they were fetched."""
        return has_own_keys(self.keys) or (self.key_set is not None and self.key_set.is_ready)

    async def start(self) -> None:
        """Fetch another issuer's keys before the first call; one that is down costs a few seconds."""
        if self.key_set is not None:
            await self.key_set.start()

    async def close(self) -> None:
        """Let go of connections and files."""
        if self.key_set is not None:
            await self.key_set.close()
        await self.state.close()


def authority(settings: Settings, scopes: frozenset[str]) -> Authority:
    """Build everything from the settings; nothing is contacted yet.

    Raises:
        ConfigurationError: there is no key to verify with, or a key, an address or a file cannot be used.
    """
    try:
        keys, policy, state = key_chain(settings), token_policy(settings), open_state(settings)
        key_set = _key_set(settings)
    except (KeyRefused, ValueError) as problem:
        raise ConfigurationError((str(problem),)) from None
    if key_set is None and not has_own_keys(keys):
        raise ConfigurationError((_NO_KEY,))
    source = key_source(keys, key_set)
    return Authority(
        policy=policy,
        keys=keys,
        key_set=key_set,
        state=state,
        verifier=Verifier(policy, source, state, scopes),
        refreshing=Refreshing(Mint(policy, keys), state, refresh_policy(settings)),
    )


def key_chain(settings: Settings) -> KeyChain:
    """Return this server's own keys; raises KeyRefused."""
    return KeyChain(settings.jwt_secret_key, settings.jwt_keys_file)


def has_own_keys(keys: KeyChain) -> bool:
    """Whether there is any secret of this server's own."""
    try:
        return bool(keys.signing)
    except KeyRefused:
        return False


def key_source(keys: KeyChain, key_set: KeySet | None) -> KeySource:
    """Return what tokens are verified with: own keys first, so that they survive another issuer's outage."""
    return keys if key_set is None else KeySources((keys, key_set))


def verification_keys(settings: Settings) -> KeySource:
    """Return what tokens are verified with; raises KeyRefused."""
    return key_source(key_chain(settings), _key_set(settings))


def token_policy(settings: Settings) -> TokenPolicy:
    """Return what a token must meet; raises ValueError."""
    return TokenPolicy(
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        leeway=settings.jwt_leeway_seconds,
        longest_life=settings.jwt_max_life_seconds,
    )


def refresh_policy(settings: Settings) -> RefreshPolicy:
    """Return how long access and refresh tokens live."""
    # What is minted must be accepted: the longest life bounds this server's own tokens too.
    access = min(settings.access_seconds, settings.jwt_max_life_seconds)
    return RefreshPolicy(access=access, refresh=settings.refresh_seconds)


def open_state(settings: Settings) -> State:
    """Open what LEDGAI_STATE_URL names, or the file that all processes of this user share."""
    if settings.state_url is not None:
        return State(open_store(settings.state_url, settings.jwt_leeway_seconds))
    place = default_state_file()
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"LEDGAI_STATE_URL: is not set, and {place.parent} cannot be made ({error.strerror}); set it."
        ) from None
    return State(open_store(f"sqlite:{place}"))


def default_state_file() -> Path:
    """Return where the embedded state lies: `~/.local/state/ledgai-mcp/state.sqlite3`."""
    return Path.home() / ".local" / "state" / "ledgai-mcp" / "state.sqlite3"


def _key_set(settings: Settings) -> KeySet | None:
    if settings.jwks_url is not None and settings.jwks_file is not None:
        raise ConfigurationError(("LEDGAI_JWKS_FILE: LEDGAI_JWKS_URL is set as well; keep one",))
    if settings.jwks_url is not None:
        return KeySet(KeySetUrl(settings.jwks_url))
    return None if settings.jwks_file is None else KeySet(KeySetFile(settings.jwks_file))
