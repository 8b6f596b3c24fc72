"""Checks that scopes.yaml and the description cover each other exactly.

Knows: paths, grants, what is offered. Must not know: schemas, how a tool is made.
"""

from codegen.inputs.problems import Problems
from codegen.inputs.suggestions import meant
from codegen.inputs.yaml_document import Block
from codegen.tools.scope_map import ScopeMap


def check(paths: Block, scopes: ScopeMap, offered: set[str], problems: Problems, *, absent: str = "") -> None:
    """Note every path without a grant, every grant without a path, and every grant that nothing uses.

    `absent` is what else to do about a grant without a path.
    """
    known = {*scopes.endpoints, *scopes.broken, *scopes.withheld}
    for path in sorted(set(paths) - known):
        problems.at(
            paths.at(path),
            f"the endpoint {path} has no scope{meant(path, known - set(paths))}",
            f"add to {scopes.place.file}, under endpoints: `{path}: {{scope: qc:FAMILY:read, effect: read}}`"
            ", or under withheld with a reason",
        )
    for path, place in sorted(scopes.places.items()):
        if path not in paths:
            hint = meant(path, set(paths) - known)
            what = f"the description has no endpoint {path}{hint}"
            problems.at(place, what, f"correct the path, or delete the line{absent}")
        elif path in scopes.withheld and path in offered:
            problems.at(
                place, f"{path} is withheld, and a tool calls it", "grant it, or write `x-tools: {}` for it"
            )
        elif path not in scopes.withheld and path not in offered:
            problems.at(
                place,
                f"no tool calls {path}",
                "offer it in overlay.yaml under x-tools, or move it to withheld with a reason",
            )
