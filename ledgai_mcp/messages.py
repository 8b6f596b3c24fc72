"""One message of JSON-RPC 2.0 as it came: bytes in; checked and cheap to handle out, or refused.

Knows: JSON (RFC 8259), the envelope of JSON-RPC, where MCP's calls keep their arguments. Must not know:
transports, tools, the SDK.

The SDK reads a message after this, and puts a text together from all that it does not understand, which takes
seconds for some megabytes. So whatever is not the arguments of a call is small here, or goes no further.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeAlias

from attrs import frozen

from ledgai_mcp.errors import LedgaiError
from ledgai_mcp.json_size import exceeds

RequestId: TypeAlias = str | int | None

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
INVALID_PARAMS = -32602

_MOST_VALUES = 100_000
_DEEPEST = 100
_MOST_BESIDE = 1_000
"""Values of a message beside the arguments of a call."""
_LONGEST_BESIDE = 64_000
"""Characters of these."""
_LONGEST_ID = 256
_LONGEST_PLACE = 200
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_KINDS = {
    "method": "a text",
    "result": "an object",
    "error": "an object with `code`, an integer, and `message`, a text",
}
_REQUEST = 'Send one JSON-RPC 2.0 message: an object with `jsonrpc`: "2.0", `method`, `params` and `id`.'


class MessageRefused(LedgaiError):
    """A message goes no further; `request_id` is whose answer this is, as far as that could be read."""

    def __init__(
        self, code: int, text: str, request_id: RequestId = None, *, is_too_large: bool = False
    ) -> None:
        super().__init__(text)
        self.code = code
        self.request_id = request_id
        self.is_too_large = is_too_large


@frozen
class ToolCall:
    """What a message calls, as far as it matters before it is handled."""

    tool: str
    request_id: RequestId


def read(raw: bytes) -> dict[str, Any]:
    """Return a request, a notification or a response, which the SDK's own reading accepts.

    Raises:
        MessageRefused: it is none, or costs too much; nothing is replaced or left out.
    """
    if raw.lstrip(b" \t\r\n")[:1] == b"[":
        raise MessageRefused(
            INVALID_REQUEST, "Batches are not served: MCP has none since 2025-06-18. Send one message."
        )
    if exceeds(raw, _MOST_VALUES):
        raise MessageRefused(
            INVALID_REQUEST, f"The request has more than {_MOST_VALUES} values.", is_too_large=True
        )
    message, repeated = _parsed(raw)
    if not isinstance(message, dict):
        raise MessageRefused(INVALID_REQUEST, f"This is no object. {_REQUEST}")
    request_id = message.get("id") if _is_id(message.get("id")) else None
    if repeated:
        text = f"The name {repeated[0][:60]!a} is given twice in one object; give it once."
        raise MessageRefused(INVALID_REQUEST, text, None if repeated == ["id"] else request_id)
    if problem := _envelope(message):
        raise MessageRefused(INVALID_REQUEST, f"{problem} {_REQUEST}", request_id)
    if raw.count(b"[") + raw.count(b"{") > _DEEPEST or _ESCAPED_SURROGATE.search(raw):
        _require_plain(message, request_id)
    _require_small(message, request_id)
    return message


def too_large(limit: int) -> MessageRefused:
    """Return the refusal of a message of more than `limit` bytes, which nobody has read."""
    text = f"The request is larger than {limit} bytes (LEDGAI_MAX_BODY_BYTES)."
    return MessageRefused(INVALID_REQUEST, text, is_too_large=True)


def called(message: dict[str, Any]) -> ToolCall | None:
    """Return which tool a message calls; None if it calls none.

    By the message and not by the `Mcp-Name` header, which a client could set to something else.
    """
    if message.get("method") != "tools/call" or not isinstance(params := message.get("params"), dict):
        return None
    name = params.get("name")
    return ToolCall(name, message.get("id")) if isinstance(name, str) else None


def error(code: int, text: str, request_id: RequestId = None, data: Mapping[str, Any] | None = None) -> str:
    """Return an answer, as one line; `request_id` is null where it could not be read (section 5)."""
    found: dict[str, Any] = {"code": code, "message": text}
    if data is not None:
        found["data"] = dict(data)
    return json.dumps({"jsonrpc": "2.0", "id": request_id, "error": found})


def _parsed(raw: bytes) -> tuple[Any, list[str]]:
    """Return what a text says, and names that an object has twice: readers differ in which they use."""
    repeated: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs) and not repeated:
            repeated.append(Counter(name for name, _ in pairs).most_common(1)[0][0])
        return found

    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise MessageRefused(PARSE_ERROR, f"Byte {problem.start} of this is not UTF-8.") from None
    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=_no_number), repeated
    except json.JSONDecodeError as problem:
        raise MessageRefused(PARSE_ERROR, f"This is not JSON at character {problem.pos}.") from None
    except RecursionError:
        raise _too_deep(None) from None
    except ValueError:  # of Python, for integers of more than 4,300 digits; and of _no_number
        text = "This is not JSON that can be read: NaN, Infinity, or a number with thousands of digits."
        raise MessageRefused(PARSE_ERROR, text) from None


def _no_number(name: str) -> float:
    raise ValueError(name)


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_ID and not _SURROGATE.search(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _envelope(message: dict[str, Any]) -> str | None:
    """Return what is wrong with a message's envelope."""
    if message.get("jsonrpc") != "2.0":
        return '`jsonrpc` must be "2.0".'
    kinds = [name for name in _KINDS if name in message]
    if len(kinds) != 1:
        return "One of `method`, `result` and `error` must be there, and one alone."
    (kind,) = kinds
    request_id = message.get("id")
    # A notification has none, and an error may answer what could not be read.
    without = kind == "method" if "id" not in message else kind == "error" and request_id is None
    if not without and not _is_id(request_id):
        return f"`id` must be a text of at most {_LONGEST_ID} characters or an integer of 64 bits."
    match kind, message[kind]:
        case "method", str():
            return None if isinstance(message.get("params"), dict | None) else "`params` must be an object."
        case "result", dict():
            return None
        case "error", {"code": int(code), "message": str()} if not isinstance(code, bool):
            return None
    return f"`{kind}` must be {_KINDS[kind]}."


def _require_plain(message: dict[str, Any], request_id: RequestId) -> None:
    """Refuse what is nested too deep, and half a surrogate pair, which no UTF-8 can hold."""
    level: list[tuple[str, Any]] = [("", message)]  # places are cut: names are as long as people like
    for _ in range(_DEEPEST + 1):
        deeper: list[tuple[str, Any]] = []
        for place, value in level:
            if isinstance(value, str):
                _require_whole(value, place, request_id)
            elif isinstance(value, list):
                deeper += [(f"{place}[{index}]"[:_LONGEST_PLACE], part) for index, part in enumerate(value)]
            elif isinstance(value, dict):
                for name, part in value.items():
                    _require_whole(name, f"a name in {place or 'the message'}", request_id)
                    deeper.append((f"{place}.{name[:60]}".lstrip(".")[:_LONGEST_PLACE], part))
        if not deeper:
            return
        level = deeper
    raise _too_deep(request_id)


def _require_whole(text: str, place: str, request_id: RequestId) -> None:
    if not text.isascii() and (half := _SURROGATE.search(text)):
        code = INVALID_PARAMS if "params" in place else INVALID_REQUEST
        raise MessageRefused(
            code,
            f"{place} has half of a surrogate pair (\\u{ord(half.group()):04x}) at character "
            f"{half.start()}. Nothing was done. Write the whole character, or leave it out.",
            request_id,
        )


def _too_deep(request_id: RequestId) -> MessageRefused:
    return MessageRefused(INVALID_REQUEST, f"The request has more than {_DEEPEST} levels.", request_id)


def _require_small(message: dict[str, Any], request_id: RequestId) -> None:
    """Refuse a message that is large beside the arguments of a call."""
    beside, params = message, message.get("params")
    if called(message) and isinstance(params, dict) and isinstance(params.get("arguments"), dict):
        beside = {**message, "params": {**params, "arguments": None}}
    values, characters = 0, 0
    left: list[Any] = [beside]
    while left:
        value = left.pop()
        values += 1
        if isinstance(value, str):
            characters += len(value)
        elif isinstance(value, int):
            characters += value.bit_length() // 3
        elif isinstance(value, list):
            left += value
        elif isinstance(value, dict):
            characters += sum(map(len, value))
            left += value.values()
        if values + len(left) > _MOST_BESIDE or characters > _LONGEST_BESIDE:
            text = (
                f"The request has more than {_MOST_BESIDE} values or {_LONGEST_BESIDE} characters beside the "
                "arguments of a call."
            )
            raise MessageRefused(INVALID_REQUEST, text, request_id, is_too_large=True)
