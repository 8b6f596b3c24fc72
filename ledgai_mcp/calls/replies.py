"""How an answer or a failure reads to a model.

Knows: the API's envelopes (api-facts 2.2), what a model can act on. Must not know: how a call was made, MCP.

What the API answers is delivered as received: no field that drifts from its description makes it an error.
What failed says in a few sentences what happened, whether it may have taken effect, and what to do. No text
here holds a web page, a header or a secret.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen
from quantconnect_tools.tool import Answer, Effect

from ledgai_mcp.api.response_body import Unreadable, compact, decode
from ledgai_mcp.calls import truncation
from ledgai_mcp.errors import Interrupted, LedgaiError, TimedOut, TooLarge, Unreachable

_WINDOWS = ("start", "end", "startLine", "endLine", "count", "query", "responseSizeLimit")
"""Arguments that ask for a part, in the order in which they are worth naming."""
_CHOICES = ("name", "path", "status", "criteria")
"""Arguments that ask for one of several; where a tool has windows as well, these are given already."""
NARROWING = (*_WINDOWS, *_CHOICES)
"""Arguments that make an answer smaller."""

_CREDENTIALS = re.compile(
    r"hash doesn.t match|user ?id not valid|timestamp.{0,40}(invalid|received)", re.IGNORECASE
)
INVENTED = "Sandbox: this result is invented; it is not QuantConnect's."
_REASONS = ("errors", "messages", "Message", "message", "error")
"""Where the API's own texts are, in any of its forms."""
_RESERVE = 1_000
"""Bytes kept for the note about what was cut."""


@frozen
class Reply:
    """What a model receives."""

    text: str = field(repr=False)
    data: dict[str, Any] | None = field(default=None, repr=False)
    """The same as `text`, decoded, if it is a JSON object."""
    failed: bool = False
    notes: tuple[str, ...] = ()
    """Hints beside the answer, never instead of it."""
    declined: bool = False
    """The API itself said no, so nothing has come of the call. An answer that cannot be read is not a no."""


@frozen
class Style:
    """What a reply depends on besides the answer."""

    effect: Effect
    budget: int
    """Bytes that a model receives at most."""
    narrowing: tuple[str, ...] = ()
    """Arguments of the tool that make its answer smaller."""


def answered(answer: Answer, style: Style) -> Reply:
    """Turn what the API answered into a reply: an error for a refusal or a broken answer, else the answer."""
    if answer.status in range(300, 400):
        return _failure("QuantConnect sent the call to another address, which is not followed.", style.effect)
    try:
        received = decode(answer)
    except Unreadable as problem:
        return _unreadable(answer, problem, style)
    if answer.status >= 400 or _is_refusal(received.value):
        reply = _refusal(answer, received.value, style.effect)
    elif received.is_plain:
        reply = _plain(received.text, style)
    else:
        reply = _fitted(received.text, received.value, style)
    return evolve(reply, notes=(*reply.notes, *received.notes))


def failed(error: LedgaiError, effect: Effect) -> Reply:
    """Turn a failure on our side of the API into a reply."""
    match error:
        case Unreachable():
            return Reply(
                "QuantConnect cannot be reached; nothing was sent. Try again in a moment.", failed=True
            )
        case TimedOut():
            return _failure(f"QuantConnect took too long: {error}.", effect)
        case Interrupted():
            return _failure(f"QuantConnect's answer is lost: {error}.", effect)
        case TooLarge():
            return _failure(f"QuantConnect's answer is not usable: {error}. Ask for less.", effect)
        case _:
            return Reply(str(error), failed=True)


def crashed(correlation: str) -> Reply:
    """Say that something unforeseen went wrong; the log has the rest under the same id."""
    return Reply(
        f"The server failed on this call (id {correlation}). That is a fault of the server, not of the "
        "arguments; the call may have taken effect. Report the id to whoever runs the server.",
        failed=True,
    )


def explained(reply: Reply, left_out: Iterable[str]) -> Reply:
    """Say what to do where the API misses an argument that other callers' credentials fill in."""
    missed = ", ".join(name for name in left_out if name in reply.text)
    if not reply.failed or not missed:
        return reply
    return evolve(reply, text=f"{reply.text} Your credentials have no default for {missed}: pass it.")


def without_null(reply: Reply, left_out: Sequence[str]) -> Reply:
    """Say, in each form that a client may show, which arguments were null and so were left out.

    To a model that meant to clear something, a success alone would be false.
    """
    if not left_out:
        return reply
    names = ", ".join(left_out[:10]) + (f" and {len(left_out) - 10} more" if len(left_out) > 10 else "")
    note = f"Null is no value here, so these were left out, as if not given: {names}. Nothing was cleared."
    data = None if reply.data is None else {**reply.data, "_left_out": note}
    return evolve(reply, data=data, notes=(*reply.notes, note))


def without(reply: Reply, secrets: Iterable[str]) -> Reply:
    """Remove what a call was signed with from a failure's text: some servers echo what they refuse."""
    text = reply.text
    for secret in sorted(secrets, key=len, reverse=True):
        text = re.sub(re.escape(secret[:20]) + r"\S*", "[removed]", text)  # no blank stands in any of them
    return evolve(reply, text=text)


def invented(reply: Reply) -> Reply:
    """Say beside a result of the sandbox, in each form that a client may show, that it is invented."""
    data = None if reply.data is None else {**reply.data, "_sandbox": INVENTED}
    return evolve(reply, data=data, notes=(*reply.notes, INVENTED))


def _plain(text: str, style: Style) -> Reply:
    small, cuts = truncation.shrink(text, style.budget)
    return Reply(small, notes=(_truncation(len(text.encode()), style, cuts),) if cuts else ())


def _fitted(text: str, value: Any, style: Style) -> Reply:
    notes = _hints(value)
    whole = len(text.encode())
    if whole <= 2 * style.budget:  # what is far too long need not be made compact first
        text = compact(text)
        if len(text.encode()) <= style.budget:
            return Reply(text, value if isinstance(value, dict) else None, notes=notes)
    small, cuts = truncation.shrink(value, style.budget - _RESERVE)
    if cuts:
        note = _truncation(whole, style, cuts)
        notes = (note, *notes)
        small = {**small, "_truncated": note} if isinstance(small, dict) else small
    return Reply(truncation.dumps(small), small if isinstance(small, dict) else None, notes=notes)


def _truncation(whole: int, style: Style, cuts: tuple[truncation.Cut, ...]) -> str:
    shown = "; ".join(str(cut)[:200] for cut in cuts[:3])
    shown += f"; and {len(cuts) - 3} more" if len(cuts) > 3 else ""
    return f"Truncated, this is not the whole answer ({whole} bytes). Kept {shown}. {_rest(style, cuts)}"


def _rest(style: Style, cuts: tuple[truncation.Cut, ...]) -> str:
    """Say how to get what was cut, and never name an argument that would not help."""
    if style.effect != "read":
        return "The call itself is done."
    helpful = [name for name in style.narrowing if name in _WINDOWS]
    if not helpful and any(cut.unit != "characters" for cut in cuts):
        helpful = [name for name in style.narrowing if name in _CHOICES]
    if helpful:
        return f"For the rest use {', '.join(helpful)}."
    return "No argument of this tool gives the rest; see whether another read tool shows that part."


def _hints(value: Any) -> tuple[str, ...]:
    """Tell a model that an answer is not there yet: such an answer is a success (api-facts 1, point 9)."""
    if isinstance(value, Mapping) and (value.get("status") == "loading" or value.get("generating") is True):
        progress = value.get("progress")
        share = f" ({progress:.0%})" if isinstance(progress, float | int) and 0 <= progress <= 1 else ""
        return (f"Not ready yet{share}: call this tool again with the same arguments in about 10 seconds.",)
    return ()


def _is_refusal(value: Any) -> bool:
    """Whether the API says no: `success` is false, or neither true nor anything else but reasons is there.

    The absence of `success` is not a no (the AI tools leave it out), nor is a `success` of another type.
    """
    if not isinstance(value, Mapping):
        return False
    success = value.get("success")
    if isinstance(success, bool) or success in ("true", "True", "false", "False"):  # api-facts 2.2
        return success in (False, "false", "False")
    return value.keys() <= {"success", *_REASONS} and any(value.get(name) for name in ("errors", "error"))


def _reasons(value: Any) -> list[str]:
    """Return the API's own texts, in any of its three forms."""
    if not isinstance(value, Mapping):
        return []
    found: list[Any] = []
    for name in _REASONS:
        entry = value.get(name)
        found += entry if isinstance(entry, list) else [entry]
    texts = [text if isinstance(text, str) else truncation.dumps(text) for text in found if text]
    return [text.strip()[:1000] for text in texts if "<html" not in text.lower()][:10]


def _refusal(answer: Answer, value: Any, effect: Effect) -> Reply:
    reasons = _reasons(value)
    status = f" (HTTP {answer.status})" if answer.status >= 400 else ""
    said = "; ".join(reasons).rstrip(".") or "it gave no reason"
    text = f"QuantConnect refused{status}: {said}."
    if answer.status == 401 or any(_CREDENTIALS.search(reason) for reason in reasons):
        return _not_accepted(text)
    if answer.status >= 400:
        return _failure(text, effect, answer)
    return Reply(text, failed=True, declined=True)


def _unreadable(answer: Answer, problem: Unreadable, style: Style) -> Reply:
    if answer.status == 401:
        return _not_accepted("QuantConnect refused (HTTP 401).")
    if answer.status >= 400:
        return _failure(f"QuantConnect answered HTTP {answer.status} without a reason.", style.effect, answer)
    return _failure(f"QuantConnect answered HTTP {answer.status}, but {problem}.", style.effect)


def _not_accepted(text: str) -> Reply:
    """Say whose credentials are meant: a client must not think that its own token is, and sign in again."""
    return Reply(
        f"{text} It does not accept the QuantConnect user id and API token that this server signs with; "
        "this is not about your MCP client's token. They are wrong, or the server's clock is: health_check "
        "tells which. Nothing was changed.",
        failed=True,
        declined=True,
    )


def _failure(what: str, effect: Effect, answer: Answer | None = None) -> Reply:
    """Add whether the call may have taken effect, and what to do."""
    declined = answer is not None and 400 <= answer.status < 500
    return Reply(f"{what} {_advice(answer, effect)}", failed=True, declined=declined)


def _advice(answer: Answer | None, effect: Effect) -> str:
    if answer is not None and answer.status == 429:
        wait = _pause(answer.retry_after)
        return f"Too many calls: nothing was changed. Wait {wait}, then call again."
    if answer is not None and answer.status == 413:
        return "The call was too large: nothing was changed. Send less at once."
    if answer is not None and answer.status < 500:
        return "Nothing was changed. The same call will most likely be refused again."
    if effect == "read":
        return "Nothing was changed. Try again in a moment."
    return "It may have taken effect: look with a read or list tool before you call it again."


def _pause(seconds: float | None) -> str:
    """Say how long the API asks to wait; a minute if it does not."""
    if seconds is None:
        return "a minute"
    return f"{math.ceil(seconds)} second{'' if math.ceil(seconds) == 1 else 's'}"
