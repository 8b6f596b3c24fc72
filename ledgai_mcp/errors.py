"""What can go wrong here, as a short tree.

    LedgaiError
      ConfigurationError     the process cannot start as it is set up; every problem at once
      UnknownTool            no tool of that name is offered
      BadArguments           the arguments do not fit the tool; every problem at once
      ScopeLacking           an argument needs a scope that the caller lacks
      LimitReached           a limit of the caller's token does not allow the call
      Busy                   too much is under way already
      MissingCredentials     the caller has no QuantConnect credentials to sign with
      UpstreamError          the API gave no complete answer
        Unreachable          no connection: nothing was sent
        TimedOut             no answer in the time allowed
        Interrupted          the connection ended before the answer was complete
        TooLarge             the answer is larger than this server reads

Knows: the reasons. Must not know: MCP, HTTP. No text here ever holds a secret or an upstream body.
"""

from __future__ import annotations

from collections.abc import Iterable


class LedgaiError(Exception):
    """The root of every error that this package raises on purpose."""


class ConfigurationError(LedgaiError):
    """The process cannot start as it is set up; `problems` holds one sentence for each reason."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class UnknownTool(LedgaiError):
    """No tool of that name is offered to this caller; `closest` is the nearest that is, if any is near."""

    def __init__(self, name: str, closest: str | None = None) -> None:
        self.name = name
        self.closest = closest
        hint = f" Did you mean {closest}?" if closest else " tools/list names the tools that exist."
        super().__init__(f"Unknown tool: {name[:80]!r}.{hint}")


class BadArguments(LedgaiError):
    """The arguments do not fit the tool; `problems` holds one sentence for each, each naming its argument."""

    def __init__(self, tool: str, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        lines = "".join(f"\n- {problem}" for problem in self.problems)
        super().__init__(f"The arguments do not fit {tool}, so nothing was sent:{lines}")


class ScopeLacking(LedgaiError):
    """An argument needs a scope that the caller lacks; `needed` is every scope of the call."""

    def __init__(self, needed: tuple[str, ...], text: str) -> None:
        self.needed = needed
        super().__init__(text)


class LimitReached(LedgaiError):
    """A limit of the caller's token does not allow the call; `limit` is its entry in `qc_limits`."""

    def __init__(self, limit: str, text: str) -> None:
        self.limit = limit
        super().__init__(text)


class Busy(LedgaiError):
    """Too much is under way already, so this was not begun; `is_own`: of the caller's own."""

    def __init__(self, what: str, *, is_own: bool = False) -> None:
        self.is_own = is_own
        super().__init__(f"{what}. Nothing was sent. Wait until a call has ended, then try again.")


class MissingCredentials(LedgaiError):
    """The caller has no QuantConnect credentials, so no request can be signed."""


class UpstreamError(LedgaiError):
    """The API gave no complete answer. `sent` tells whether the request can have reached it."""

    def __init__(self, what: str, *, sent: bool) -> None:
        self.sent = sent
        super().__init__(what)


class Unreachable(UpstreamError):
    """No connection came about, so nothing was sent."""


class TimedOut(UpstreamError):
    """No complete answer in the time that a call may take."""


class Interrupted(UpstreamError):
    """The connection ended before the answer was complete."""


class TooLarge(UpstreamError):
    """The answer is larger than this server reads into memory."""
