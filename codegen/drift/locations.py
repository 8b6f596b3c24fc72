"""Where a value stands in a document, as keys and indexes, and how a repair would name it.

Knows: documents, how JSONPath is written. Must not know: what the values mean.
"""

import re
from collections.abc import Iterator
from typing import Any

from codegen.inputs.overlay import Location
from codegen.inputs.yaml_document import Block, Items

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def of(root: Block) -> dict[int, Location]:
    """Index every mapping and list of a document by identity; valid as long as the document lives."""
    return {id(value): location for location, value in _walk((), root)}


def _walk(location: Location, value: Any) -> Iterator[tuple[Location, Any]]:
    if isinstance(value, Block):
        yield location, value
        for key, item in value.items():
            yield from _walk((*location, key), item)
    elif isinstance(value, Items):
        yield location, value
        for index, item in enumerate(value):
            yield from _walk((*location, index), item)


def jsonpath(location: Location) -> str:
    """Write a location as repairs.yaml does: `$.components.schemas.Series.properties.values.oneOf[0]`."""
    path = "$"
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif _PLAIN.match(part):
            path += f".{part}"
        else:
            quoted = part.replace("\\", "\\\\").replace("'", "\\'")
            path += f"['{quoted}']"
    return path


def get(root: Any, location: Location) -> Any:
    """Return what is at a location, None if nothing is."""
    value = root
    for part in location:
        if isinstance(part, int):
            if not isinstance(value, Items) or part >= len(value):
                return None
        elif not isinstance(value, Block) or part not in value:
            return None
        value = value[part]
    return value


def pointer(reference: str) -> Location:
    """Turn `#/components/schemas/X` into a location."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in reference.split("/")[1:])


def schemas(root: Block) -> Block:
    """Return the component schemas of a document."""
    components = root.get("components")
    found = components.get("schemas") if isinstance(components, Block) else None
    return found if isinstance(found, Block) else Block(root.place)
