"""Lists the operations of an OpenAPI document, with what every one of them must have: a name and one toolset.

Knows: paths, methods, operationId, tags. Must not know: request schemas, tools, scopes.
"""

import re
from keyword import iskeyword
from typing import Any

from attrs import field, frozen

from codegen.inputs import api_paths
from codegen.inputs.problems import Place, Problems
from codegen.inputs.yaml_document import Block, Items

METHODS = ("get", "put", "post", "delete", "patch")
_BESIDE = frozenset({"summary", "description", "servers", "parameters"})
_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}\Z")
_RESERVED_TOOLS = frozenset({"attach", "pick"})
_RESERVED_TOOLSETS = frozenset({"catalog", "full", "tool", "wire"})
"""What the package of tools has besides, and what every module of it imports."""
NAMED = (
    "use lower case letters, digits and underscores, a letter first, 48 at most,"
    f" and none of {', '.join(sorted(_RESERVED_TOOLS | _RESERVED_TOOLSETS))} or a keyword of Python"
)


@frozen
class Endpoint:
    """One operation; `method` is upper case, `block` and `item` are the operation and its path as written."""

    path: str
    method: str
    place: Place
    block: Block = field(repr=False)
    item: Block = field(repr=False)

    @property
    def operation(self) -> str:
        """The operationId; empty if it is missing, which is a problem already."""
        name = self.block.get("operationId")
        return name if isinstance(name, str) else ""

    @property
    def toolset(self) -> str:
        """The one tag; empty if there is not exactly one."""
        tags = self.block.get("tags")
        return tags[0] if isinstance(tags, Items) and len(tags) == 1 and isinstance(tags[0], str) else ""

    @property
    def client_only(self) -> bool:
        """Whether only the typed client offers it."""
        return self.block.get("x-client-only") is True

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def names_tool(name: str) -> bool:
    """Whether a tool may be called so: the name becomes a function, a file and an argument of hosts."""
    return bool(_NAME.match(name)) and not iskeyword(name) and name not in _RESERVED_TOOLS


def names_toolset(name: str) -> bool:
    """Whether a toolset may be called so: the name becomes a module."""
    return bool(_NAME.match(name)) and not iskeyword(name) and name not in _RESERVED_TOOLSETS


def paths(root: Block) -> Block:
    """Return the paths of a document, an empty mapping if there are none."""
    found = root.get("paths")
    return found if isinstance(found, Block) else Block(root.at("paths"))


def check_paths(root: Block, problems: Problems) -> None:
    """Note each path that is not in its one form, or that a request to another one can reach."""
    api_paths.check(paths(root), problems, METHODS)


def endpoints(root: Block, problems: Problems) -> list[Endpoint]:
    """List the operations, sorted by path and method."""
    check_paths(root, problems)
    found: list[Endpoint] = []
    for path, item in sorted(paths(root).items()):
        place = paths(root).at(path)
        if not isinstance(item, Block):
            problems.at(place, f"{path} is no mapping", "write its methods under it")
            continue
        for key in item:
            block, at = item[key], item.at(key)
            if key in METHODS and isinstance(block, Block):
                found.append(Endpoint(path, key.upper(), at, block, item))
            elif key not in _BESIDE and not key.startswith("x-"):
                problems.at(
                    at, f'unsupported "{key}" in {path}', f"use one of {', '.join(METHODS)}, as a mapping"
                )
    found.sort(key=lambda endpoint: (endpoint.path, endpoint.method))
    _check_names(found, problems)
    return found


def _check_names(found: list[Endpoint], problems: Problems) -> None:
    first: dict[str, Endpoint] = {}
    for endpoint in found:
        update = f"in overlay.yaml: `target: $.paths['{endpoint.path}'].{endpoint.method.lower()}`, `update:`"
        name = endpoint.operation
        if not name.strip():
            problems.at(
                endpoint.place, f"{endpoint} has no operationId", f"{update} `operationId: verb_noun`"
            )
        elif name in first:
            place = endpoint.block.at("operationId")
            what = f"{endpoint} has the operationId of {first[name]}, {name}"
            problems.at(place, what, "give each operation a name of its own")
        elif not names_tool(name):
            place = endpoint.block.at("operationId")
            problems.at(place, f"{name!r} of {endpoint} is no tool name", NAMED)
        first.setdefault(name, endpoint)
        _check_toolset(endpoint, update, problems)


def _check_toolset(endpoint: Endpoint, update: str, problems: Problems) -> None:
    tags: Any = endpoint.block.get("tags", [])
    place = endpoint.block.at("tags") if "tags" in endpoint.block else endpoint.place
    if not tags:
        problems.at(place, f"{endpoint} is in no toolset", f"{update} `tags: [toolset]`")
    elif not endpoint.toolset:
        count = f"{len(tags)} tags" if isinstance(tags, Items) else "tags that are no list"
        what = f"{endpoint} has {count}, and a toolset is one text"
        problems.at(
            place, what, f"{update} `tags: [toolset]`, with `x-replace: [tags]` at the root of the overlay"
        )
    elif not names_toolset(endpoint.toolset):
        problems.at(place, f"the toolset {endpoint.toolset!r} of {endpoint} cannot name a module", NAMED)
