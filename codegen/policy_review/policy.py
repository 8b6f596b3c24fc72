"""One state of the policy: which tools there are, and what each takes to be called.

Knows: scopes.yaml, how the overlay offers operations as tools. Must not know: schemas, git, reports.

It is laxer than compiling on purpose: a policy under review, or one of last year, is compared even where it
no longer fits the description beside it. An endpoint whose tools are not known stands for itself, under its
path.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from attrs import field, frozen

from codegen.inputs import overlay
from codegen.inputs.problems import Place, Problems
from codegen.inputs.yaml_document import Block, Document, parse
from codegen.policy_review import surface
from codegen.policy_review.surface import LOCAL, NOTHING, Surface
from codegen.tools.catalogue import Effect
from codegen.tools.declarations import declarations
from codegen.tools.endpoints import Endpoint, check_paths, endpoints
from codegen.tools.scope_map import Grant, ScopeMap
from codegen.tools.scope_map import parse as parse_scopes

STRENGTH: tuple[Effect, ...] = ("read", "write", "delete", "live")
"""Effects from the harmless to the one that moves real money."""
SCOPES, SPEC, OVERLAY = "scopes.yaml", "spec/quantconnect.yaml", "spec/overlay.yaml"
NO_PLACE = "other"
"""The toolset of what no overlay names."""
NO_LIMITS: Mapping[str, Any] = {}
_Offer: TypeAlias = tuple[str, tuple[str, ...], Surface]
"""What a tool may be called through: its toolset, endpoints, surface."""


@frozen
class Texts:
    """The files that a policy is read from; None where one is absent.

    `label` is what a report calls the policy, `file` what it calls its scopes.yaml, `folder` what it puts
    before the names of the others.
    """

    label: str
    file: str = "scopes.yaml"
    scopes: str | None = field(default=None, repr=False)
    spec: str | None = field(default=None, repr=False)
    overlay: str | None = field(default=None, repr=False)
    access: str | None = field(default=None, repr=False)
    folder: str = field(default="", kw_only=True)

    def beside(self, name: str) -> str:
        """Say what a report calls a file that belongs to the same state as scopes.yaml."""
        return f"{self.folder}{name}"


@frozen
class GrantedTool:
    """One tool, as a right: its effect, and the scopes that a caller needs, all of them."""

    name: str
    toolset: str
    effect: Effect
    scopes: tuple[str, ...]
    endpoints: tuple[str, ...]
    surface: Surface = NOTHING

    def way(self, kind: str) -> str:
        """Say how a token with a limit of this kind gets through; see `Surface.way`."""
        return self.surface.way(kind, live=self.effect == "live")

    def closed(self, limits: Mapping[str, Any]) -> str:
        """Return which of a token's limits closes it; empty if none does."""
        return self.surface.closed(limits, live=self.effect == "live")


@frozen
class Policy:
    """Who may do what. `offered` is endpoint -> the tools that call it, granted or not."""

    label: str
    scopes: Mapping[str, str] = field(factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(factory=dict)
    grants: Mapping[str, Grant] = field(factory=dict)
    local: Mapping[str, Grant] = field(factory=dict)
    withheld: Mapping[str, str] = field(factory=dict)
    tools: Mapping[str, GrantedTool] = field(factory=dict)
    offered: Mapping[str, tuple[str, ...]] = field(factory=dict)
    places: Mapping[str, Place] = field(factory=dict, repr=False)
    """Of each scope and group in scopes.yaml."""

    @property
    def used(self) -> set[str]:
        """Scopes that something needs."""
        grants = (*self.grants.values(), *self.local.values())
        return {scope for grant in grants for scope in grant.needed}

    def grant(self, name: str) -> Grant | None:
        """Return what a call of an endpoint or a local tool takes; None if nothing grants it."""
        return self.grants.get(name) or self.local.get(name)

    def reached(self, scopes: Iterable[str], limits: Mapping[str, Any] = NO_LIMITS) -> dict[str, GrantedTool]:
        """Return the tools that a caller with these scopes and limits may call."""
        held = frozenset(scopes)
        return {
            name: tool
            for name, tool in sorted(self.tools.items())
            if held.issuperset(tool.scopes) and not tool.closed(limits)
        }

    def resolved(self, names: Iterable[str]) -> frozenset[str]:
        """Turn a list of groups and scopes into scopes; a name that is neither grants nothing."""
        held: set[str] = set()
        for name in names:
            held |= set(self.groups.get(name, ())) | ({name} & set(self.scopes))
        return frozenset(held)


def read(texts: Texts) -> Policy:
    """Read a policy; an absent or blank scopes.yaml is the policy that grants nothing.

    Raises Refused if scopes.yaml is not well formed, or the description or the overlay is not YAML: what they
    offer is not known then. What else is wrong with those two is for `generate` to say.
    """
    problems = Problems()
    written = _written(texts, problems)
    if written is None:
        problems.stop()
        return Policy(texts.label)
    scopes = parse_scopes(Document(texts.file, "", written), problems)
    root = _described(texts, problems)
    if root is not None:
        # The one thing that is not left to `generate`: such a path would be compared as another endpoint.
        check_paths(root, problems)
    offered = _offered(root, scopes)
    tools = {**_tools(offered, scopes), **_local(root, scopes)}
    problems.stop()
    sections = (written["scopes"], written.get("groups", {}))
    return Policy(
        label=texts.label,
        scopes=dict(sorted(scopes.scopes.items())),
        groups=dict(sorted(scopes.groups.items())),
        grants=dict(sorted(scopes.endpoints.items())),
        local=dict(sorted(scopes.local.items())),
        withheld=dict(sorted(scopes.withheld.items())),
        tools=dict(sorted(tools.items())),
        offered=_by_endpoint(offered),
        places={name: section.at(name) for section in sections for name in section},
    )


def _written(texts: Texts, problems: Problems) -> Block | None:
    text = texts.scopes or ""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    if "".join(lines) in ("", "{}", "---"):
        return None
    return parse(text, texts.file, problems)


def _described(texts: Texts, problems: Problems) -> Block | None:
    root = parse(texts.spec, texts.beside(SPEC), problems) if texts.spec else None
    layer = parse(texts.overlay, texts.beside(OVERLAY), problems) if texts.overlay else None
    if root is not None and layer is not None:
        overlay.apply(root, Document("overlay", "", layer), Problems())
    return root


def _offered(root: Block | None, scopes: ScopeMap) -> dict[str, _Offer]:
    ignored = Problems()
    found: dict[str, _Offer] = {}
    operations: list[Endpoint] = endpoints(root, ignored) if root is not None else []
    for endpoint in operations:
        silent = "x-tools" not in endpoint.block and endpoint.path in scopes.withheld
        if endpoint.client_only or silent:
            continue
        for declaration in declarations(endpoint, ignored):
            paths = (endpoint.path, declaration.result) if declaration.result else (endpoint.path,)
            found[declaration.name] = (endpoint.toolset or NO_PLACE, paths, surface.of(declaration))
    named = {endpoint.path for endpoint in operations}
    for path in scopes.endpoints:
        if path not in named:
            found[path] = (NO_PLACE, (path,), NOTHING)
    return found


def _tools(offered: Mapping[str, _Offer], scopes: ScopeMap) -> dict[str, GrantedTool]:
    tools: dict[str, GrantedTool] = {}
    for name, (toolset, paths, met) in offered.items():
        grants = [scopes.endpoints[path] for path in paths if path in scopes.endpoints]
        if len(grants) == len(paths):
            effect = max((grant.effect for grant in grants), key=STRENGTH.index)
            needed = sorted({scope for grant in grants for scope in grant.scopes})
            tools[name] = GrantedTool(name, toolset, effect, tuple(needed), paths, met)
    return tools


def _local(root: Block | None, scopes: ScopeMap) -> dict[str, GrantedTool]:
    section: Any = root.get("x-local-tools") if root is not None else None
    tools: dict[str, GrantedTool] = {}
    for name, grant in scopes.local.items():
        entry = section.get(name) if isinstance(section, Block) else None
        toolset = entry.get("toolset") if isinstance(entry, Block) else None
        place = toolset if isinstance(toolset, str) else NO_PLACE
        tools[name] = GrantedTool(name, place, grant.effect, grant.scopes, (), LOCAL)
    return tools


def _by_endpoint(offered: Mapping[str, _Offer]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, (_, paths, _) in sorted(offered.items()):
        for path in paths:
            found.setdefault(path, []).append(name)
    return {path: tuple(names) for path, names in sorted(found.items())}
