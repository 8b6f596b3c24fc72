"""Do these arguments fit this tool? Checked in full before anything is sent.

Knows: a tool's schema. Must not know: who calls, how a request is made.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import define, field
from quantconnect_tools.tool import Tool

from ledgai_mcp.calls.coercion import coerce
from ledgai_mcp.calls.schemas import Lookup, Schema, properties, references, resolve
from ledgai_mcp.calls.validation_messages import sentences
from ledgai_mcp.errors import BadArguments

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator


MOST_VALUES = 10_000
"""Values in the arguments of one call, nested ones included; a text counts as one, however long."""


@define
class ArgumentValidator:
    """Checks arguments; what a tool's schema is checked with is made at its first call and kept."""

    max_upload_bytes: int
    _compiled: dict[str, tuple[Draft202012Validator, Lookup]] = field(factory=dict, repr=False, init=False)

    def check(self, tool: Tool, given: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the arguments as they will be used: the caller's own, with what `coercion` can read.

        Raises:
            BadArguments: at least one argument does not fit; the text names every one.
        """
        validator, find = self._compile(tool)
        schema: Schema = validator.schema
        arguments = coerce(given or {}, schema, find)
        _require_countable(tool, arguments)
        problems = sentences(validator.iter_errors(arguments), find)
        problems += self._bad_files(arguments, schema, find)
        if problems:
            raise BadArguments(tool.name, problems)
        return arguments

    def _compile(self, tool: Tool) -> tuple[Draft202012Validator, Lookup]:
        if tool.name not in self._compiled:
            # Here, not above: a client that only lists tools need not wait for this import.
            from jsonschema import Draft202012Validator

            self._compiled[tool.name] = Draft202012Validator(tool.schema), references(tool.schema)
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


def _require_countable(tool: Tool, arguments: Mapping[str, Any]) -> None:
    """Refuse what no schema of ours stops: too many values to check in a bounded time, infinite numbers.

    The schemas bound kinds and names, not numbers of entries; and JSON text such as 1e999 is read as
    infinity, which cannot be written as JSON again.
    """
    level: list[Any] = [arguments]
    for value in level:  # grows while it is walked
        if isinstance(value, float) and not math.isfinite(value):
            raise BadArguments(tool.name, ["arguments: a number in them is not finite"])
        if isinstance(value, Mapping | list):
            if len(level) + len(value) > MOST_VALUES:
                problem = f"arguments: more than {MOST_VALUES} values; send less at once"
                raise BadArguments(tool.name, [problem])
            level.extend(value.values() if isinstance(value, Mapping) else value)


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
