"""Reading a body: JSON as received, compact; or the reason why it cannot be read.

Knows: JSON and content types. Must not know: what a body means.
"""

from __future__ import annotations

import base64
import codecs
import json
import math
import re
from typing import Any

from attrs import evolve, field, frozen
from quantconnect_tools.tool import Answer

from ledgai_mcp import json_size
from ledgai_mcp.errors import LedgaiError

_TOKENS = re.compile(r'(?:[^ \t\r\n"]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")++')
"""As many tokens of JSON as stand together without a blank. It never goes back, so it is linear."""
_NESTED = re.compile(r"[ \t\r\n]*+[\[{]")
_PAGE = re.compile(r"\s*+<")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_DEEPEST = 100
_MOST_VALUES = 500_000
"""Parsed at most: 50 MB and 0.2 s, in which nobody else is served."""

_PIECE = 1_000_000
_NOT_UTF8 = "Bytes of the answer that are not UTF-8 are shown as \ufffd."
_HALVES = "Halves of surrogate pairs are \ufffd wherever the answer was decoded."
_NO_NUMBERS = "NaN, Infinity and numbers too large for JSON libraries are null here."
_LONG = "Numbers of more than 4300 digits are texts wherever the answer was decoded."
_DEEP = f"The answer is nested more than {_DEEPEST} deep, so it is given as text only."
_MANY = f"The answer has more than {_MOST_VALUES} values, so it is given as text only, unread."


class Unreadable(LedgaiError):
    """The body is not what an API answers; the text completes "but ..."."""


@frozen
class Body:
    """One body, read."""

    text: str = field(repr=False)
    """JSON, each number and text written as the API wrote it; or plain text."""
    value: Any = field(repr=False)
    """What the JSON says; of what is nested too deep only the upper part, of too many values nothing."""
    is_plain: bool = False
    """Whether it is to be shown as text, and not as what it says."""
    notes: tuple[str, ...] = ()
    """What is not as the API wrote it, for the reader."""


def decode(answer: Answer) -> Body:
    """Read an answer's body, whatever its content type claims. What can be shown is never an error.

    Raises:
        Unreadable: empty, a web page, or broken JSON.
    """
    if not answer.body.strip():
        raise Unreadable("with nothing in it")
    notes: tuple[str, ...] = ()
    try:
        text = answer.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text, notes = _replaced(answer.body), (_NOT_UTF8,)
    if _NESTED.match(text) and json_size.exceeds(answer.body, _MOST_VALUES):
        return Body(text, None, is_plain=True, notes=(*notes, _MANY))
    try:
        body = _parse(text)
    except RecursionError:
        body = Body(text, None, is_plain=True, notes=(_DEEP,))
    except ValueError:
        return _other(answer, text, notes)
    return evolve(body, notes=(*notes, *body.notes))


def _replaced(body: bytes) -> str:
    """Decode bytes that are not all UTF-8; by pieces, because others are not served meanwhile."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    pieces = (body[start : start + _PIECE] for start in range(0, len(body), _PIECE))
    return "".join(map(decoder.decode, pieces)) + decoder.decode(b"", final=True)


def _parse(text: str) -> Body:
    """Read JSON.

    Raises:
        ValueError: it is none.
        RecursionError: it is nested so deep that it cannot be told.
    """
    lost: list[str] = []

    def finite(digits: str) -> float | None:  # costs less than to look for large exponents in the text
        number = float(digits)
        if math.isfinite(number):
            return number
        lost.append(digits)
        return None

    notes: tuple[str, ...] = ()
    try:
        value = json.loads(text, parse_constant=lost.append, parse_float=finite)
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer that int() refuses, because reading it would take too long
        value = json.loads(text, parse_constant=lost.append, parse_float=finite, parse_int=_integer)
        notes = (_LONG,)
    tidy = _tidy(text, value, is_lossy=bool(lost))
    return evolve(tidy, notes=(*notes, *tidy.notes))


def _integer(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:
        return digits


def _tidy(text: str, value: Any, *, is_lossy: bool) -> Body:
    """Make sure that the value can be sent on as JSON (RFC 8259) by any library."""
    if _depth_exceeds(value, _DEEPEST):
        parts = value.items() if isinstance(value, dict) else ()
        upper = {name: part for name, part in parts if not _depth_exceeds(part, _DEEPEST - 1)}
        return Body(text, _tidy(text, upper, is_lossy=False).value, is_plain=True, notes=(_DEEP,))
    notes: tuple[str, ...] = ()
    if _SURROGATE.search(text):  # half a surrogate pair is legal in JSON and in no UTF-8
        written = json.dumps(value, ensure_ascii=False)
        whole = written.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if whole != written:
            value, notes = json.loads(whole), (_HALVES,)
    if is_lossy:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        notes = (*notes, _NO_NUMBERS)
    return Body(text, value, notes=notes)


def compact(text: str) -> str:
    """Remove the blanks between the tokens of JSON text; the tokens stay as they are written."""
    return "".join(_TOKENS.findall(text))


def _other(answer: Answer, text: str, notes: tuple[str, ...]) -> Body:
    kind = answer.content_type.partition(";")[0].strip().lower()
    if _PAGE.match(text) or kind == "text/html":
        raise Unreadable("with a web page instead of data")
    if kind.endswith("json") or not kind:
        raise Unreadable("with JSON that cannot be read")
    if kind.startswith("text/"):
        return Body(text, text, is_plain=True, notes=notes)
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
