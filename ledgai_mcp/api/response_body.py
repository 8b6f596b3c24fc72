"""Reading a body: JSON as received, compact; or the reason why it cannot be read.

Knows: JSON and content types. Must not know: what a body means.
"""

from __future__ import annotations

import base64
import json
import math
import re
from typing import Any

from attrs import field, frozen
from quantconnect_tools.tool import Answer

from ledgai_mcp.errors import LedgaiError

_TOKENS = re.compile(r'(?:[^ \t\r\n"]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")++')
"""As many tokens of JSON as stand together without a blank. It never goes back, so it is linear."""
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_ENDLESS = re.compile(r"[eE]\+?\d{3}")
_DEEPEST = 100


class Unreadable(LedgaiError):
    """The body is not what an API answers; the text completes "but ..."."""


@frozen
class Body:
    """One body, read."""

    text: str = field(repr=False)
    """JSON, each number and text written as the API wrote it; or plain text."""
    value: Any = field(repr=False)
    is_plain: bool = False


def decode(answer: Answer) -> Body:
    """Read an answer's body, whatever its content type claims.

    Raises:
        Unreadable: empty, a web page, or broken JSON.
    """
    kind = answer.content_type.partition(";")[0].strip().lower()
    if not answer.body.strip():
        raise Unreadable("with nothing in it")
    text = answer.body.decode("utf-8-sig", "replace")
    constants: list[str] = []
    try:
        value = json.loads(text, parse_constant=constants.append)  # NaN and Infinity become null
    except (ValueError, RecursionError):
        return _other(answer, text, kind)
    return _tidy(text, value, rewrite=bool(constants))


def _tidy(text: str, value: Any, *, rewrite: bool) -> Body:
    """Make sure that the value can be sent on as JSON (RFC 8259) by any library."""
    if _depth_exceeds(value, _DEEPEST):
        raise Unreadable(f"with data nested more than {_DEEPEST} deep")
    if _SURROGATE.search(text):  # half a surrogate pair is legal in JSON and in no UTF-8
        whole = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
        value = json.loads(whole.decode("utf-16", "replace"))
    if _ENDLESS.search(text) and (finite := _finite(value)) != value:
        value, rewrite = finite, True
    if rewrite:
        return Body(json.dumps(value, ensure_ascii=False, separators=(",", ":")), value)
    return Body(text, value)


def compact(text: str) -> str:
    """Remove the blanks between the tokens of JSON text; the tokens stay as they are written."""
    return "".join(_TOKENS.findall(text))


def _other(answer: Answer, text: str, kind: str) -> Body:
    if text.lstrip()[:1] == "<" or kind == "text/html":
        raise Unreadable("with a web page instead of data")
    if kind.endswith("json") or not kind:
        raise Unreadable("with JSON that cannot be read")
    if kind.startswith("text/"):
        return Body(text, text, is_plain=True)
    value = {"contentType": kind, "size": len(answer.body), "base64": base64.b64encode(answer.body).decode()}
    return Body(json.dumps(value), value)


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            child
            for part in level
            if isinstance(part, dict | list)
            for child in (part.values() if isinstance(part, dict) else part)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _finite(value: Any) -> Any:
    """Put null for numbers that JSON does not have; every null and every number else stays."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {name: _finite(part) for name, part in value.items()}
        case list():
            return [_finite(part) for part in value]
        case _:
            return value
