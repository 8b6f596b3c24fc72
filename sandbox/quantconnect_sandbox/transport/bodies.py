"""Requests to arguments: JSON, forms with PHP brackets, queries, and multipart uploads.

Knows: how each writes nested values (api-facts 2). Must not know: endpoints, who is calling.
"""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from quantconnect_sandbox.exchange.envelope import RefusedError

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes. Larger requests are answered 413 (api-facts 2)."""

DEEPEST = 12
"""Levels of brackets that are followed; deeper ones are refused."""


class TooLargeError(Exception):
    """The body is larger than LARGEST_BODY."""


async def arguments_of(request: Request) -> dict[str, Any]:
    """All arguments of a request, query first, body over it. Raises RefusedError when they cannot be read."""
    if int_or_zero(request.headers.get("content-length")) > LARGEST_BODY:
        raise TooLargeError
    arguments = unbracketed(request.query_params.multi_items())
    if request.method == "POST":
        arguments.update(await _body(request))
    _refuse_broken_text(arguments)
    return arguments


async def _body(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _upload(request)
    raw = await _read(request)
    if kind == "application/x-www-form-urlencoded":
        return unbracketed(_form(raw))
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise RefusedError("Invalid argument: the request body is not valid JSON.") from error
    if value == [] or value is None:
        return {}
    if not isinstance(value, dict):
        raise RefusedError("Invalid argument: the request body must be a JSON object.")
    return value


async def _read(request: Request) -> bytes:
    """The body, given up as soon as it grows over the limit (a chunked one names no length)."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise TooLargeError
        parts.append(part)
    return b"".join(parts)


async def _upload(request: Request) -> dict[str, Any]:
    try:
        async with request.form(max_part_size=LARGEST_BODY) as form:
            pairs: list[tuple[str, Any]] = []
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    content = await value.read(LARGEST_BODY + 1)
                    if len(content) > LARGEST_BODY:
                        raise TooLargeError
                    pairs.append((name, content))
                else:
                    pairs.append((name, value))
    except ClientDisconnect:
        raise
    except (HTTPException, MultiPartException, ValueError, KeyError, UnicodeError) as error:
        raise RefusedError("Invalid argument: the multipart body cannot be read.") from error
    return unbracketed(pairs)


def _form(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100_000)
    except ValueError as error:
        raise RefusedError("Invalid argument: the form has too many fields.") from error


def unbracketed(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """`a[0][key]=x` as `{"a": [{"key": "x"}]}`, the way PHP reads it (api-facts 2). `a[]=x` appends."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        head, _, rest = name.partition("[")
        steps = [head, *re.findall(r"\[([^\]]*)\]", "[" + rest)] if rest.endswith("]") and head else [name]
        if len(steps) > DEEPEST:
            raise RefusedError("Invalid argument: the parameters are nested too deeply.")
        place = root
        for step in steps[:-1]:
            inner = place.setdefault(step or str(len(place)), {})
            if not isinstance(inner, dict):
                inner = place[step] = {}
            place = inner
        place[steps[-1] or str(len(place))] = value
    return {key: _listed(value) for key, value in root.items()}


def _listed(value: Any) -> Any:
    """Maps whose keys are 0, 1, 2 ... are lists."""
    if not isinstance(value, dict):
        return value
    if value and list(value) == [str(index) for index in range(len(value))]:
        return [_listed(item) for item in value.values()]
    return {key: _listed(item) for key, item in value.items()}


def int_or_zero(text: str | None) -> int:
    """The number in a header, 0 when there is none."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0


def _refuse_broken_text(arguments: dict[str, Any]) -> None:
    """Lone surrogates and endless nesting would fail later, when something is written."""
    try:
        json.dumps(arguments, ensure_ascii=False, default=lambda _: None).encode()
    except UnicodeEncodeError as error:
        raise RefusedError("Invalid argument: the text is not valid Unicode.") from error
    except RecursionError as error:
        raise RefusedError("Invalid argument: the parameters are nested too deeply.") from error
