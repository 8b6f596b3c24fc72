"""Slips that MCP clients make with arguments, and the two that are put right.

1. A value sent as JSON text: `"[1,2]"` for an array, `"{...}"` for an object, `"12"` for an integer. It is
   read as JSON if and only if the schema takes no text there and the text is JSON of a kind that the schema
   does take. A number or a boolean must be spelled as JSON spells it: `"12"` is an integer; `"12.0"` is not.
   Where the schema takes text, text stays as it is, byte for byte, however much it looks like JSON.
2. `null` for an argument that may be left out and whose schema has no null: it is left out (api_facts 2: the
   official server drops null arguments as well).

Knows: the two rules. Must not know: tools, names of arguments, error texts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from ledgai_mcp.calls.schemas import Schema, kind, kinds


def repair(given: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Return the arguments with both slips put right; everything else is the same object as before."""
    if isinstance(schema, bool):
        return dict(given)
    parts: Mapping[str, Schema] = schema.get("properties", {})
    required = schema.get("required", ())
    mended = {}
    for name, value in given.items():
        if name not in parts:
            mended[name] = value
            continue
        takes = kinds(parts[name], schema)
        if value is None and "null" not in takes and name not in required:
            continue
        mended[name] = _from_text(value, takes) if isinstance(value, str) and "string" not in takes else value
    return mended


def _from_text(text: str, takes: frozenset[str]) -> Any:
    """Read JSON text where only something other than text is taken; whatever does not fit stays as it was."""
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text
    found = kind(value)
    if found == "null" or found not in takes:
        return text
    scalar = found in ("integer", "number", "boolean")
    return text if scalar and text != text.strip() else value


def _refuse(constant: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python's reader takes and JSON (RFC 8259) does not have."""
    raise ValueError(constant)
