"""Two mistakes that MCP clients make with arguments, and that are corrected.

1. A value sent as JSON text: `"[1,2]"` for an array, `"{...}"` for an object, `"12"` for an integer. It is
   read as JSON if and only if the schema allows no text there and the text is JSON of a kind that the schema
   allows. A number or a boolean must be written as in JSON: `"12"` is an integer; `"12.0"` is not.
   Where the schema allows text, text stays as it is, byte for byte, however much it looks like JSON.
2. `null` for a declared property that may be left out and whose schema has no null: it is left out, at every
   depth, in every tool, and the reply says so. (Clients send null for whatever a model did not give, so a
   refusal would close most tools to them; api-facts 2: the official server drops null arguments as well.)
   What is not declared (an entry of a map, an item of a list) is the caller's: null stays, and is checked.

Knows: the two rules. Must not know: tools, names of arguments, error texts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from attrs import define, field

from ledgai_mcp.calls.schemas import Lookup, Schema, kind, kinds, resolve
from ledgai_mcp.calls.unions import Unions
from ledgai_mcp.json_size import exceeds


class TooManyValues(ValueError):
    """A JSON text holds more values than are read."""


class HalfCharacter(ValueError):
    """A JSON text holds half of a surrogate pair, which no request can carry; says in which argument."""


@define
class Coercion:
    """Corrects the arguments of one call; `find` and `unions` are those of its schema."""

    find: Lookup
    unions: Unions
    most: int
    """Values of one JSON text."""
    left_out: list[str] = field(factory=list, init=False)
    """Where null was, and is not any more."""

    def from_text(self, given: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
        """Read what was sent as JSON text; everything else is the same object as before.

        Raises:
            TooManyValues: a text has not been parsed.
            HalfCharacter: a text cannot be sent on as what it says.
        """
        parts: Mapping[str, Schema] = {} if isinstance(schema, bool) else schema.get("properties", {})
        return {
            name: self._read(name, value, kinds(parts.get(name, True), self.find))
            for name, value in given.items()
        }

    def without_nulls(self, given: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
        """Leave out each null that counts as not given; `left_out` says where they were."""
        found: dict[str, Any] = self._without_nulls(given, schema, "")
        return found

    def _read(self, name: str, value: Any, allowed: frozenset[str]) -> Any:
        """Read JSON text where text is not allowed; what does not fit stays as it was."""
        if not isinstance(value, str) or "string" in allowed:
            return value
        if exceeds(value.encode("utf-8", "surrogatepass"), self.most):
            raise TooManyValues
        try:
            decoded = json.loads(value, parse_constant=_refuse)
            if "\\u" in value:
                json.dumps(decoded, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            fix = "write the whole character, or leave it out"
            raise HalfCharacter(f"{name}: this JSON text has half of a surrogate pair; {fix}") from None
        except (ValueError, RecursionError):
            return value
        found = kind(decoded)
        if found == "null" or found not in allowed:
            return value
        scalar = found in ("integer", "number", "boolean")
        return value if scalar and value != value.strip() else decoded

    def _without_nulls(self, value: Any, schema: Schema, where: str) -> Any:
        if not isinstance(value, dict | list):  # nothing else in JSON can hold a null
            return value
        schema = resolve(schema, self.find)
        if isinstance(schema, bool):
            return value
        fitting = self.unions.choose(schema["anyOf"], value).fitting if "anyOf" in schema else ()
        if len(fitting) == 1:  # where nothing tells which one is meant, null is left for the check to refuse
            return self._without_nulls(value, fitting[0], where)
        if isinstance(value, list):
            items = schema.get("items", True)
            return [self._without_nulls(item, items, f"{where}[{n}]") for n, item in enumerate(value)]
        parts, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        required = schema.get("required", ())
        kept = {}
        for name, item in value.items():
            path = f"{where}.{name[:80]}" if where else name[:80]
            if item is not None:
                kept[name] = self._without_nulls(item, parts.get(name, others), path)
            elif name in parts and name not in required and "null" not in kinds(parts[name], self.find):
                self.left_out.append(path)
            else:
                kept[name] = None
        return kept


def _refuse(constant: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python's reader accepts and JSON (RFC 8259) does not have."""
    raise ValueError(constant)
