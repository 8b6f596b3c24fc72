"""From the input files to the catalogue: read, repair, overlay, scopes, tools.

Knows: the order of the steps. Must not know: what is inside any of them, how the catalogue is rendered.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from codegen.inputs import missing_texts, overlay, references, repairs, yaml_document
from codegen.inputs.problems import Problems
from codegen.inputs.yaml_document import Block, Document
from codegen.schemas import stated_values, vocabulary
from codegen.schemas.dialect import Dialect
from codegen.tools import coverage, scope_map
from codegen.tools.catalogue import Catalogue, Tool, Withheld
from codegen.tools.endpoints import endpoints, paths
from codegen.tools.local_tools import local_tools
from codegen.tools.operations import Operations
from codegen.tools.scope_map import ScopeMap

OWN = "x-ledgai-source"
"""The key at the root of a description that is our own, and needs no repairs."""

PLACE = "x-place"
"""The key under which a schema or operation of the compiled document says where it was written."""
_PLACED = frozenset({"responses", "type", "properties", "items", "enum", "const", "allOf", "anyOf", "oneOf"})
_COMPONENT = re.compile(r"[A-Za-z0-9._-]{1,80}\Z")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,39}\Z")


@frozen
class Inputs:
    """Where the inputs are. `spec` may be an https URL; without `repairs` it is read as it is."""

    spec: Path | str
    overlay: Path
    scopes: Path
    repairs: Path | None = None


@frozen
class Compiled:
    """What the inputs say."""

    catalogue: Catalogue
    document: dict[str, Any] = field(repr=False)
    """The OpenAPI document after repairs and overlay, for the generator of the client."""
    digests: Mapping[str, str]
    """Input (spec, repairs, overlay, scopes) -> SHA-256 of its text with LF line ends, if it was applied."""


def compile(inputs: Inputs) -> Compiled:  # noqa: A001 - nothing here compiles Python
    """Compile the inputs; raises Refused with every problem that was found."""
    problems = Problems()
    spec = yaml_document.read(inputs.spec, problems)
    layer = yaml_document.read(inputs.overlay, problems)
    policy = yaml_document.read(inputs.scopes, problems)
    repairing = (
        yaml_document.read(inputs.repairs, problems)
        if inputs.repairs and spec and OWN not in spec.root
        else None
    )
    if spec is None or layer is None or policy is None:
        problems.stop()
        raise AssertionError("a document that cannot be read is a problem")
    if not (spec.root.get("openapi") and spec.root.get("paths")):
        # Another file by mistake: every line of the others would be a problem too, and hide this one.
        _check_version(spec.root, problems)
        problems.stop()
    root = yaml_document.copied(spec.root)
    if repairing is not None:
        repairs.apply(root, repairing, problems)
    absent = f"; if only our description has it, add its path to x-take in {inputs.repairs}"
    absent = absent if repairing is not None else ""
    overlay.apply(root, layer, problems, absent=absent)
    missing_texts.check(root, problems)
    catalogue = _catalogue(root, scope_map.parse(policy, problems), absent, problems)
    problems.stop()
    read: dict[str, Document | None] = {
        "spec": spec,
        "repairs": repairing,
        "overlay": layer,
        "scopes": policy,
    }
    return Compiled(
        catalogue=catalogue,
        document=_placed(root),
        digests={name: one.digest for name, one in read.items() if one is not None},
    )


def _placed(root: Block) -> dict[str, Any]:
    for node in references.nodes(root):
        if "$ref" not in node and _PLACED & set(node):
            node.put(PLACE, f"{node.place.file}:{node.place.line}", node.place)
    placed: dict[str, Any] = yaml_document.plain(root)
    return placed


def _catalogue(root: Block, scopes: ScopeMap, absent: str, problems: Problems) -> Catalogue:
    _check_version(root, problems)
    references.check(root, problems)
    stated_values.check(root, problems, examples=OWN in root)
    _check_components(root, problems)
    vocabulary.check(root, problems)
    found = endpoints(root, problems)
    dialect = Dialect(root, problems)
    operations = Operations(found, scopes, dialect, problems)
    coverage.check(paths(root), scopes, operations.offered_paths(), problems, absent=absent)
    tools = [*operations.tools(), *local_tools(root, scopes, dialect, problems)]
    _check_names(tools, scopes, problems)
    return Catalogue(
        api_version=_api_version(root, problems),
        tools=tuple(sorted(tools, key=lambda tool: tool.name)),
        scopes=dict(sorted(scopes.scopes.items())),
        groups=dict(sorted(scopes.groups.items())),
        withheld=tuple(Withheld(path, reason) for path, reason in sorted(scopes.withheld.items())),
    )


def _check_version(root: Block, problems: Problems) -> None:
    version = root.get("openapi")
    if not isinstance(version, str) or not version.startswith(("3.0.", "3.1.")):
        problems.at(root.at("openapi"), "not an OpenAPI 3.0 or 3.1 document", "write `openapi: 3.1.0`")
    if not isinstance(root.get("paths"), Block) or not root["paths"]:
        problems.at(
            root.at("paths"), "the description has no paths", "write `paths:` and the endpoints under it"
        )


def _check_components(root: Block, problems: Problems) -> None:
    sections = root["components"] if isinstance(root.get("components"), Block) else {}
    for section in sections.values():
        for name in section if isinstance(section, Block) else ():
            if not _COMPONENT.match(name):
                what = f"{name[:60]!r} is no name of a component"
                problems.at(
                    section.at(name), what, "use letters, digits, dots, dashes and underscores, 80 at most"
                )


def _api_version(root: Block, problems: Problems) -> str:
    info = root["info"] if isinstance(root.get("info"), Block) else Block(root.at("info"))
    version = info.get("version")
    if not isinstance(version, str) or not _VERSION.match(version):
        what = f"{version!r} is no version of an API" if "version" in info else "the API has no version"
        fix = 'in info, write `version: "2.0.0"`, in quotes: letters, digits and . + _ -'
        problems.at(info.at("version"), what, fix)
        return ""
    return version


def _check_names(tools: list[Tool], scopes: ScopeMap, problems: Problems) -> None:
    called = {tool.name for tool in tools if tool.endpoints}
    for name in sorted(called & set(scopes.local)):
        what = f"two tools are called {name}: a local one, and one that calls an endpoint"
        problems.at(scopes.local[name].place, what, "rename one of them")
