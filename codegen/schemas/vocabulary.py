"""Finds what no schema can say: a misspelt word means nothing, and whatever it was to refuse is accepted.

Knows: where OpenAPI and JSON Schema have schemas. Must not know: what a schema means, tools.
"""

from typing import Any

from codegen.inputs import references
from codegen.inputs.problems import Problems
from codegen.inputs.suggestions import meant
from codegen.inputs.yaml_document import Block, Items
from codegen.schemas.keywords import KNOWN, UNSUPPORTED

_FIX = "correct the spelling; what is your own begins with x-"
_SINGLE = frozenset(
    (
        *("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"),
        *("additionalItems", "unevaluatedItems", "unevaluatedProperties", "contentSchema"),
    )
)
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})


def check(root: Block, problems: Problems) -> None:
    """Note each word of a schema, anywhere in the document, that is none; answers included."""
    for node in references.nodes(root):
        _schema(node.get("schema"), problems)
        named = node.get("schemas")
        for schema in named.values() if isinstance(named, Block) else ():
            _schema(schema, problems)


def check_words(node: Block, problems: Problems) -> None:
    """Note the words of one schema that are none."""
    for key in node:
        if key not in KNOWN and key not in UNSUPPORTED and not key.startswith("x-"):
            what = f'"{key}" is no word of a schema{meant(key, KNOWN | UNSUPPORTED)}'
            problems.at(node.at(key), what, _FIX)


def _schema(node: Any, problems: Problems) -> None:
    if not isinstance(node, Block):
        return
    check_words(node, problems)
    for key, item in node.items():
        inside: Any = ()
        if key in _SINGLE:
            inside = (item,)
        elif key in _LISTS and isinstance(item, Items):
            inside = item
        elif key in _MAPS and isinstance(item, Block):
            inside = item.values()
        for each in inside:
            _schema(each, problems)
