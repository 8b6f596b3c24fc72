"""Do these arguments fit this tool? Checked in full before anything is sent.

Knows: a tool's schema. Must not know: who calls, how a request is made.

What they cost is bounded first, by their values and levels; then JSON text is read, null is left out, and the
rest is validated. What is not small is checked in a thread, two at a time: it is Python that runs there, so
the event loop goes on beside it.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from attrs import define, field, frozen
from quantconnect_tools.tool import Tool

from ledgai_mcp.api import paths
from ledgai_mcp.calls.coercion import Coercion, HalfCharacter, TooManyValues
from ledgai_mcp.calls.schemas import Lookup, Schema, properties, references, resolve
from ledgai_mcp.calls.unions import Unions
from ledgai_mcp.calls.validation_messages import sentences
from ledgai_mcp.errors import BadArguments

if TYPE_CHECKING:
    from jsonschema.protocols import Validator


MOST_VALUES = 10_000
"""Values in the arguments of one call, nested ones included; a text counts as one, however long."""
_DEEPEST = 100
"""Levels; a schema may refer to itself, and each level is several calls deep."""
_SMALL = 1_000
"""Values and characters that are checked at once: a millisecond or two."""


@frozen
class Checked:
    """Arguments that fit."""

    arguments: dict[str, Any] = field(repr=False)
    left_out: tuple[str, ...] = ()
    """Where null was given for what may be left out."""


@frozen
class _Compiled:
    """What arguments of one tool are checked with."""

    schema: Schema
    find: Lookup
    unions: Unions
    validator: Validator


@define
class ArgumentValidator:
    """Checks arguments; what a tool's schema is checked with is made at its first call and kept."""

    max_upload_bytes: int
    _compiled: dict[str, _Compiled] = field(factory=dict, repr=False, init=False)
    _aside: anyio.CapacityLimiter = field(factory=lambda: anyio.CapacityLimiter(2), repr=False, init=False)

    async def check_aside(self, tool: Tool, given: Mapping[str, Any] | None) -> Checked:
        """As `check`, but what is not small is checked in a thread."""
        if _size(tool, given or {}) <= _SMALL:
            return self.check(tool, given)
        return await anyio.to_thread.run_sync(self.check, tool, given, limiter=self._aside)

    def check(self, tool: Tool, given: Mapping[str, Any] | None) -> Checked:
        """Return the arguments as they will be used: the caller's own, with what `coercion` corrects.

        Raises:
            BadArguments: at least one argument does not fit; the text names the first few.
        """
        known = self._compile(tool)
        _size(tool, given or {})
        coercion = Coercion(known.find, known.unions, MOST_VALUES)
        try:
            read = coercion.from_text(given or {}, known.schema)
        except TooManyValues:
            raise _too_many(tool) from None
        except HalfCharacter as half:
            raise BadArguments(tool.name, [str(half)]) from None
        _size(tool, read)
        arguments = coercion.without_nulls(read, known.schema)
        problems = sentences(known.validator.iter_errors(arguments), known.find)
        problems += self._bad_files(arguments, known.schema, known.find)
        in_path = {name: paths.problem(arguments[name]) for name in tool.in_path if name in arguments}
        problems += [f"{name}: {what}" for name, what in in_path.items() if what]
        if problems:
            raise BadArguments(tool.name, problems)
        return Checked(arguments, tuple(coercion.left_out))

    def _compile(self, tool: Tool) -> _Compiled:
        if tool.name not in self._compiled:
            # Here, not above: a client that only lists tools need not wait for this import.
            from ledgai_mcp.calls.validator import validator

            schema, find = tool.schema, references(tool.schema)
            unions = Unions(find)
            self._compiled[tool.name] = _Compiled(schema, find, unions, validator(schema, unions))
        return self._compiled[tool.name]

    def _bad_files(self, arguments: Mapping[str, Any], schema: Schema, find: Lookup) -> list[str]:
        """Check each file argument: base64 (RFC 4648 section 4) with nothing around it, and not too large."""
        found = []
        for name, part in properties(schema, find).items():
            part, value = resolve(part, find), arguments.get(name)
            if isinstance(part, bool) or not isinstance(value, str):
                continue
            if part.get("contentEncoding") != "base64":
                continue
            size = len(value) * 3 // 4 - value[-2:].count("=")
            if size > self.max_upload_bytes:
                limit = f"at most {self.max_upload_bytes} (LEDGAI_MAX_UPLOAD_BYTES)"
                found.append(f"{name}: {size} bytes are too many; {limit}")
            elif not _is_base64(value):
                found.append(f"{name}: must be the content as base64, without a prefix or line breaks")
        return found


def _size(tool: Tool, arguments: Mapping[str, Any]) -> int:
    """Return how many values and characters there are.

    Raises:
        BadArguments: what no schema of ours stops: more values or levels than are checked in a bounded time,
            or an infinite number (JSON text such as 1e999 is read as that, and cannot be written again).
    """
    values, characters = 0, 0
    level: list[Any] = [dict(arguments)]  # what is inside was JSON: `dict` and `list` are asked faster
    for _ in range(_DEEPEST):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, str):
                characters += len(value)
            elif isinstance(value, dict | list):
                values += len(value)
                if values > MOST_VALUES:
                    raise _too_many(tool)
                inner.extend(value.values() if isinstance(value, dict) else value)
                characters += sum(map(len, value)) if isinstance(value, dict) else 0
            elif isinstance(value, float) and not math.isfinite(value):
                raise BadArguments(tool.name, ["arguments: a number in them is not finite"])
        if not inner:
            return values + characters
        level = inner
    raise BadArguments(tool.name, [f"arguments: more than {_DEEPEST} levels, one in another"])


def _too_many(tool: Tool) -> BadArguments:
    return BadArguments(tool.name, [f"arguments: more than {MOST_VALUES} values; send less at once"])


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
