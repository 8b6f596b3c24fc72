"""Two mistakes that MCP clients make with arguments, and that are corrected.

1. A value sent as JSON text: `"[1,2]"` for an array, `"{...}"` for an object, `"12"` for an integer. It is
   read as JSON if and only if the schema allows no text there and the text is JSON of a kind that the schema
   allows. A number or a boolean must be written as in JSON: `"12"` is an integer; `"12.0"` is not.
   Where the schema allows text, text stays as it is, byte for byte, however much it looks like JSON.
2. `null` for an argument that may be left out and whose schema has no null: it is left out (api-facts 2: the
   official server drops null arguments as well).

Knows: the two rules. Must not know: tools, names of arguments, error texts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from ledgai_mcp.calls.schemas import Lookup, Schema, kind, kinds


def coerce(given: Mapping[str, Any], schema: Schema, find: Lookup) -> dict[str, Any]:
    """Return the arguments with both mistakes corrected; everything else is the same object as before."""
    if isinstance(schema, bool):
        return dict(given)
    parts: Mapping[str, Schema] = schema.get("properties", {})
    required = schema.get("required", ())
    coerced = {}
    for name, value in given.items():
        allowed = kinds(parts.get(name, True), find)
        if value is None and "null" not in allowed and name not in required:
            continue
        is_json_text = isinstance(value, str) and "string" not in allowed
        coerced[name] = _from_text(value, allowed) if is_json_text else value
    return coerced


def _from_text(text: str, allowed: frozenset[str]) -> Any:
    """Read JSON text where only something other than text is allowed; what does not fit stays as it was."""
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text
    found = kind(value)
    if found == "null" or found not in allowed:
        return text
    scalar = found in ("integer", "number", "boolean")
    return text if scalar and text != text.strip() else value


def _refuse(constant: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python's reader accepts and JSON (RFC 8259) does not have."""
    raise ValueError(constant)
