"""The command groups `token`, `keys` and `audit`, and what they are handed to work with.

Knows: the parts that a command may ask for. Must not know: settings, the process environment.

Importing this is cheap: a part is made when a command first asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import field, frozen

from ledgai_mcp.errors import LedgaiError

if TYPE_CHECKING:
    from quantconnect_tools.tool import Tool

    from ledgai_mcp.identity import Credentials
    from ledgai_mcp.state import State
    from ledgai_mcp.tokens.keychain import KeyChain
    from ledgai_mcp.tokens.refresh import RefreshPolicy
    from ledgai_mcp.tokens.verification import TokenPolicy, Verifier


@frozen
class Context:
    """What the commands work with: the value of `click.Context.obj`.

    Calls may raise LedgaiError or ValueError.
    """

    policy: Callable[[], TokenPolicy]
    refresh_policy: Callable[[], RefreshPolicy]
    key_chain: Callable[[], KeyChain]
    """JWT_SECRET_KEY and LEDGAI_JWT_KEYS_FILE."""
    verifier: Callable[[State], Verifier]
    """Verifies what any accepted issuer has signed."""
    issuers: Callable[[], tuple[str, ...]]
    """Whose tokens are accepted: this server's name first."""
    state: Callable[[], State]
    """What LEDGAI_STATE_URL names."""
    credentials: Callable[[], Credentials | None] = field(repr=False)
    """From the environment: QUANTCONNECT_USER_ID and its companions."""
    scopes: frozenset[str]
    groups: Mapping[str, frozenset[str]]
    catalog: Callable[[], Mapping[str, Tool]]
    keys_file: Path | None = None
    audit_file: Path | None = None


class CommandGroup(click.Group):
    """A group whose commands end with one line and exit code 1 when the product refuses, never with a
    traceback.
    """

    def invoke(self, ctx: click.Context) -> object:
        """See click.Group."""
        try:
            return super().invoke(ctx)
        except click.ClickException:
            raise
        except (LedgaiError, OSError, ValueError) as error:
            raise click.ClickException(str(error)) from None


def read_text(path: str) -> str:
    """Read a short text file, or standard input for `-`, without the line ends around it."""
    with click.open_file(path, encoding="utf-8") as file:
        return str(file.read(1 << 20)).strip()
