"""The words of a schema: which mean something here, which are dropped, which are refused, and their order.

Knows: JSON Schema 2020-12 and the Schema Object of OpenAPI 3.0 and 3.1. Must not know: any schema.
"""

from typing import Any, Final, TypeAlias

Canonical: TypeAlias = dict[str, Any]
"""A schema in the one form that codegen works with.

Either a reference (`$ref` is the pointer in the source document), or a union (`anyOf`), each with nothing
beside it but annotations; or flat: `type` is a list in the order of TYPES, absent when anything goes, and the
other keywords are those of JSON Schema 2020-12. `additionalProperties` is absent where the source is silent.
"""

TYPES: Final = ("string", "integer", "number", "boolean", "object", "array", "null")

ANNOTATIONS: Final = ("description", "default")
"""Kept, wherever they stand; the outer one wins."""

OF_TYPE: Final[dict[str, tuple[str, ...]]] = {
    "string": ("format", "contentEncoding", "pattern", "minLength", "maxLength"),
    "integer": ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf"),
    "number": ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf"),
    "boolean": (),
    "null": (),
    "object": ("properties", "required", "additionalProperties", "minProperties", "maxProperties"),
    "array": ("items", "minItems", "maxItems", "uniqueItems"),
}
"""The keywords that constrain each type; elsewhere they mean nothing and are not sent."""

COMPOSING: Final = ("allOf", "anyOf", "oneOf")

DROPPED: Final = frozenset(
    (
        *("example", "examples", "xml", "readOnly", "writeOnly", "discriminator", "deprecated"),
        *("externalDocs", "title", "$comment", "$schema", "$id", "contentMediaType", "nullable"),
    )
)
"""Of OpenAPI alone, or without a meaning for a caller. (`nullable` is dropped after it was read.)"""

KNOWN: Final = frozenset(
    (
        *("$ref", "type", "enum", "const", *ANNOTATIONS, *COMPOSING, *DROPPED),
        *(word for words in OF_TYPE.values() for word in words),
    )
)
"""Any other word is refused in a request schema."""

UNSUPPORTED: Final = frozenset(
    (
        *("not", "if", "then", "else", "dependentRequired", "dependentSchemas", "dependencies"),
        *("patternProperties", "propertyNames", "unevaluatedProperties", "unevaluatedItems"),
        *("prefixItems", "additionalItems", "contains", "minContains", "maxContains", "contentSchema"),
        *("$defs", "definitions", "id", "$anchor", "$vocabulary", "$dynamicRef", "$dynamicAnchor"),
        *("$recursiveRef", "$recursiveAnchor"),
    )
)
"""Words of JSON Schema that a request cannot have: what they refuse could not be said on the wire."""

FORMATS: Final = frozenset(
    (
        *("date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname"),
        *("ipv4", "ipv6", "uri", "uri-reference", "iri", "iri-reference", "uri-template", "uuid"),
        *("json-pointer", "regex"),
    )
)
"""Formats of JSON Schema 2020-12; `float`, `int64`, `password` and the like are OpenAPI's and are dropped."""

BINARY: Final = "binary"
"""The `contentEncoding` of a canonical schema that stands for the bytes of a file."""

ORDER: Final = (
    *("$ref", "type", "description", "enum", *OF_TYPE["string"], *OF_TYPE["number"]),
    *(*OF_TYPE["object"], *OF_TYPE["array"], "anyOf", "default", "$defs"),
)
"""How the keywords of an emitted schema are sorted."""


def notes(schema: Canonical) -> Canonical:
    """Return the annotations of a schema."""
    return {key: schema[key] for key in ANNOTATIONS if key in schema}


def demands(schema: Canonical) -> Canonical:
    """Return what a schema demands, without its annotations."""
    return {key: value for key, value in schema.items() if key not in ANNOTATIONS}


def type_of(value: Any) -> str:
    """Name the JSON type of a value; a whole number is an integer however it is written."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def fits(value: Any, types: list[str]) -> bool:
    """Say whether a value is of one of the types."""
    kind = type_of(value)
    return kind in types or (kind == "integer" and "number" in types)


def in_order(types: set[str]) -> list[str]:
    """Sort types as TYPES; `number` covers `integer`."""
    return [name for name in TYPES if name in types and not (name == "integer" and "number" in types)]
