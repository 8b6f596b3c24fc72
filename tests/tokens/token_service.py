"""An issuer and verifier over one state, with a clock that moves when told to."""

from collections.abc import Awaitable

import pytest
from token_forge import KNOWN, verifier

from ledgai_mcp.identity import Credentials, Limits
from ledgai_mcp.state import State
from ledgai_mcp.tokens.keychain import KeyChain
from ledgai_mcp.tokens.minting import Mint, Order
from ledgai_mcp.tokens.refresh import GrantRefused, Refreshing, RefreshPolicy, TokenPair
from ledgai_mcp.tokens.revoking import Revoking
from ledgai_mcp.tokens.verification import TokenPolicy

ORDER = Order("alice", KNOWN, 600, Limits(projects=frozenset({1})), Credentials("4711", "qc-CANARY-2", "org"))


class TokenService:
    """A verifier and a refresher over one state, with a clock that moves when told to."""

    def __init__(self, state: State, keys: KeyChain, now: list[float]) -> None:
        self.state, self.keys, self.now = state, keys, now
        self.mint = Mint(TokenPolicy(), keys, lambda: now[0])
        self.refreshing = Refreshing(self.mint, state, RefreshPolicy(), lambda: now[0])
        self.verifier = verifier(keys=keys, state=state, clock=lambda: now[0])
        self.revoking = Revoking(state, TokenPolicy(), RefreshPolicy().refresh, lambda: now[0])


async def is_refused(attempt: Awaitable[TokenPair]) -> bool:
    with pytest.raises(GrantRefused) as caught:
        await attempt
    assert caught.value.error == "invalid_grant"
    return True
