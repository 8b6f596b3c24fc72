"""Who may call this process: keys, policy, revocations and the verifier, put together from the settings.

Knows: which parts verify and make tokens. Must not know: how they do it, MCP, HTTP.

One object serves a process, whether it speaks HTTP, serves one token on stdio, or runs a command.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.settings import Settings
from ledgai_mcp.state import State, open_store
from ledgai_mcp.tokens.issuers import Groups, Issuer, read_issuers
from ledgai_mcp.tokens.jwks import KeySet, KeySetFile, KeySetUrl
from ledgai_mcp.tokens.keychain import KeyChain
from ledgai_mcp.tokens.keys import KeyRefused, KeySource, KeySources
from ledgai_mcp.tokens.minting import Mint
from ledgai_mcp.tokens.refresh import Refreshing, RefreshPolicy
from ledgai_mcp.tokens.verification import TokenPolicy, Verifier

_NO_KEY = (
    "JWT_SECRET_KEY: is not set, nor LEDGAI_JWT_KEYS_FILE, LEDGAI_JWKS_URL, LEDGAI_JWKS_FILE or "
    "LEDGAI_ISSUERS_FILE: there is no key to verify tokens with"
)


@frozen
class Authority:
    """All that verifies and renews tokens."""

    policy: TokenPolicy
    keys: KeyChain
    key_sets: tuple[KeySet, ...]
    """Those of other issuers."""
    state: State
    verifier: Verifier
    refreshing: Refreshing

    @property
    def is_ready(self) -> bool:
        """Whether any token can be verified: own keys always can, another issuer's once they were fetched."""
        return has_own_keys(self.keys) or any(key_set.is_ready for key_set in self.key_sets)

    async def start(self) -> None:
        """Fetch other issuers' keys before the first call; one that is down costs a few seconds."""
        await asyncio.gather(*(key_set.start() for key_set in self.key_sets))

    async def close(self) -> None:
        """Let go of connections and files."""
        for key_set in self.key_sets:
            await key_set.close()
        await self.state.close()


def authority(
    settings: Settings, scopes: frozenset[str], groups: Groups, *, creates_state: bool = False
) -> Authority:
    """Build everything from the settings; nothing is contacted yet. A server creates the state's file.

    Raises:
        ConfigurationError: there is no key to verify with, or a key, an address or a file cannot be used.
    """
    try:
        keys, policy, state = (
            key_chain(settings),
            token_policy(settings),
            open_state(settings, creates=creates_state),
        )
        trusted = trust(settings, keys, scopes, groups)
    except (KeyRefused, ValueError) as problem:
        raise ConfigurationError((str(problem),)) from None
    if not trusted.key_sets and not has_own_keys(keys):
        raise ConfigurationError((_NO_KEY,))
    return Authority(
        policy=policy,
        keys=keys,
        key_sets=trusted.key_sets,
        state=state,
        verifier=trusted.verifier(policy, state),
        refreshing=Refreshing(Mint(policy, keys), state, refresh_policy(settings)),
    )


def key_chain(settings: Settings) -> KeyChain:
    """Return this server's own keys; raises KeyRefused."""
    return KeyChain(settings.jwt_secret_key, settings.jwt_keys_file, settings.jwt_issuer)


def has_own_keys(keys: KeyChain) -> bool:
    """Whether there is any secret of this server's own."""
    try:
        return bool(keys.signing)
    except KeyRefused:
        return False


@frozen
class Trust:
    """Whose signatures are accepted."""

    own: KeySource
    """This server's keys first, so that its tokens survive another issuer's outage."""
    others: Mapping[str, Issuer]
    key_sets: tuple[KeySet, ...]
    scopes: frozenset[str]

    def verifier(self, policy: TokenPolicy, state: State) -> Verifier:
        """Return what verifies the tokens of all of them."""
        return Verifier(policy, self.own, state, self.scopes, others=self.others)


def trust(settings: Settings, keys: KeyChain, scopes: frozenset[str], groups: Groups) -> Trust:
    """Return whose signatures are accepted; nothing is contacted yet.

    Raises:
        ConfigurationError, KeyRefused: a file or an address cannot be used.
    """
    key_set = _key_set(settings)
    own: KeySource = keys if key_set is None else KeySources((keys, key_set))
    others: dict[str, Issuer] = {}
    if settings.issuers_file is not None:
        others = read_issuers(settings.issuers_file, settings.jwt_issuer, scopes, groups)
    theirs = (issuer.keys for issuer in others.values())
    key_sets = tuple(source for source in (key_set, *theirs) if isinstance(source, KeySet))
    return Trust(own, others, key_sets, scopes)


def token_policy(settings: Settings) -> TokenPolicy:
    """Return what a token must meet; raises ValueError."""
    return TokenPolicy(
        issuer=settings.jwt_issuer,
        audiences=(*settings.jwt_audience, *settings.own_addresses),
        leeway=settings.jwt_leeway_seconds,
        longest_life=settings.jwt_max_life_seconds,
    )


def refresh_policy(settings: Settings) -> RefreshPolicy:
    """Return how long access and refresh tokens live."""
    # What is minted must be accepted: the longest life bounds this server's own tokens too.
    access = min(settings.access_seconds, settings.jwt_max_life_seconds)
    return RefreshPolicy(access=access, refresh=settings.refresh_seconds)


def open_state(settings: Settings, *, creates: bool = False) -> State:
    """Open what LEDGAI_STATE_URL names, or the file that all processes of this user share."""
    if settings.state_url is not None:
        return State(open_store(settings.state_url, settings.jwt_leeway_seconds, creates=creates))
    place = default_state_file()
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"LEDGAI_STATE_URL: is not set, and {place.parent} cannot be made ({error.strerror}); set it."
        ) from None
    return State(open_store(f"sqlite:{place}", settings.jwt_leeway_seconds, creates=creates))


def default_state_file() -> Path:
    """Return where the embedded state lies: `~/.local/state/ledgai-mcp/state.sqlite3`."""
    return Path.home() / ".local" / "state" / "ledgai-mcp" / "state.sqlite3"


def _key_set(settings: Settings) -> KeySet | None:
    if settings.jwks_url is not None and settings.jwks_file is not None:
        raise ConfigurationError(("LEDGAI_JWKS_FILE: LEDGAI_JWKS_URL is set as well; keep one",))
    if settings.jwks_url is not None:
        try:
            return KeySet(KeySetUrl(settings.jwks_url))
        except KeyRefused as problem:
            raise ConfigurationError((f"LEDGAI_JWKS_URL: {problem}",)) from None
    return None if settings.jwks_file is None else KeySet(KeySetFile(settings.jwks_file))
