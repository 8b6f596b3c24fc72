"""Joins operations, their declarations and their grants into tools.

Knows: which parts a tool has and where each comes from. Must not know: YAML, templates.
"""

from collections.abc import Iterable, Iterator

from attrs import field, frozen

from codegen.inputs.problems import Place, Problems
from codegen.inputs.suggestions import listed, meant
from codegen.schemas.dialect import Dialect
from codegen.schemas.gate import faults
from codegen.tools import requests
from codegen.tools.catalogue import Argument, Effect, Tool
from codegen.tools.declarations import LIMITS, Declaration, declarations
from codegen.tools.endpoints import Endpoint
from codegen.tools.limits import Limited
from codegen.tools.requests import Alternative
from codegen.tools.scope_map import Grant, ScopeMap
from codegen.tools.shaping import Shape, shape

_STRENGTH: tuple[Effect, ...] = ("read", "write", "delete", "live")
"""The strongest effect of a tool's endpoints is the tool's."""


@frozen
class _Request:
    """What an operation takes; `sound` if reading it found no problem that the gate would only repeat.

    It is `known` if no reference led nowhere: of a request that is not there nothing can be kept or hidden.
    """

    alternatives: tuple[Alternative, ...]
    sound: bool
    known: bool


@frozen
class Operations:
    """The operations of one document, about to become tools."""

    endpoints: list[Endpoint]
    scopes: ScopeMap
    dialect: Dialect
    problems: Problems
    requests: dict[tuple[str, str], _Request] = field(factory=dict, init=False)
    limited: list[Limited] = field(factory=list, init=False)

    def tools(self) -> list[Tool]:
        """Make the tools, sorted by name; two of one name are a problem."""
        made: dict[str, Tool] = {}
        seen: dict[str, Place] = {}
        for endpoint in filter(self._wanted, self.endpoints):
            self.requests[endpoint.path, endpoint.method] = self._request(endpoint)
        for endpoint, declaration in self._declared():
            if declaration.name in seen:
                first = seen[declaration.name]
                self.problems.at(
                    declaration.place,
                    f"two tools are called {declaration.name}; "
                    f"the other is in {first.file}, line {first.line}",
                    "rename one of them",
                )
                continue
            seen[declaration.name] = declaration.place
            tool = self._tool(endpoint, declaration)
            if tool is not None:
                made[declaration.name] = tool
        words = {kind: {word for each in self.limited for word in each.words(kind)} for kind in LIMITS}
        for each in self.limited:
            each.check_decided(words, self.problems)
        self._check_raises(made.values())
        return [made[name] for name in sorted(made)]

    def offered_paths(self) -> set[str]:
        """Name the paths that a tool calls, or is meant to call."""
        results = {declaration.result for _, declaration in self._declared() if declaration.result}
        return {endpoint.path for endpoint in self.endpoints if self._wanted(endpoint)} | results

    def _declared(self) -> Iterator[tuple[Endpoint, Declaration]]:
        for endpoint in self.endpoints:
            if self._wanted(endpoint):
                yield from ((endpoint, declaration) for declaration in declarations(endpoint, self.problems))

    def _wanted(self, endpoint: Endpoint) -> bool:
        """Whether an operation asks to be offered; a withheld one is not by being silent."""
        if endpoint.client_only:
            return False
        if "x-tools" in endpoint.block:
            return bool(endpoint.block["x-tools"] != {})
        return endpoint.path not in self.scopes.withheld

    def _tool(self, endpoint: Endpoint, declaration: Declaration) -> Tool | None:
        request = self.requests[endpoint.path, endpoint.method]
        problems = self.problems if request.known else Problems()
        shaped = shape(request.alternatives, declaration, self.dialect, problems)
        if request.sound:
            self._pass(declaration, endpoint, shaped)
        paths = (endpoint.path, declaration.result) if declaration.result else (endpoint.path,)
        if declaration.result:
            self._check_result(endpoint, declaration, request)
        grants = [self.scopes.endpoints[path] for path in paths if path in self.scopes.endpoints]
        if len(grants) < len(paths):
            # Noted where the cover of scopes.yaml is checked.
            return None
        effect = _strongest(grants)
        shown = [each for each in shaped.arguments if each.name not in declaration.inject]
        limited = Limited(declaration, shaped.full, effect)
        limited.check(problems)
        if request.known:
            self.limited.append(limited)
        return Tool(
            name=declaration.name,
            toolset=endpoint.toolset,
            title=declaration.title,
            description=declaration.description,
            effect=effect,
            additive=self._additive(declaration, effect),
            idempotent=effect == "read" if declaration.idempotent is None else declaration.idempotent,
            scopes=tuple(sorted({scope for grant in grants for scope in grant.scopes})),
            method=endpoint.method,
            endpoints=paths,
            arguments=shaped.arguments,
            wire_schema=shaped.wire,
            full_schema=shaped.full,
            injected=dict(sorted(declaration.inject.items())),
            defaulted=dict(sorted(declaration.default.items())),
            narrowed=dict(sorted(declaration.narrowed.items())),
            besides=_besides(declaration),
            called={kind: dict(sorted(words.items())) for kind, words in sorted(declaration.called.items())},
            counted=dict(sorted(declaration.counted.items())),
            unreached=tuple(sorted(set(declaration.unreached))),
            closed=tuple(sorted(set(declaration.closed))),
            raised=_raised(shown, grants),
        )

    def _additive(self, declaration: Declaration, effect: Effect) -> bool:
        if declaration.additive and effect != "write":
            self.problems.at(
                declaration.place,
                f"the tool {declaration.name} is said to be additive, and its effect is {effect}",
                "take `additive` out: only a write can add and replace nothing",
            )
        return declaration.additive

    def _request(self, endpoint: Endpoint) -> _Request:
        before, dangling = len(self.problems.found), self.dialect.dangling
        alternatives = requests.read(endpoint, self.dialect, self.problems)
        return _Request(
            alternatives, sound=len(self.problems.found) == before, known=self.dialect.dangling == dangling
        )

    def _pass(self, declaration: Declaration, endpoint: Endpoint, shaped: Shape) -> None:
        found = [*faults(shaped.wire, on_the_wire=True), *faults(shaped.full, on_the_wire=False)]
        for fault in dict.fromkeys(found):
            self.problems.at(
                declaration.place,
                f"the tool {declaration.name} does not pass the gate: {fault}",
                f"correct the request of {endpoint} ({endpoint.place.file}, line {endpoint.place.line})",
            )

    def _check_raises(self, tools: Iterable[Tool]) -> None:
        """Note each argument that is said to need more, and is not there to be given, or is no switch."""
        shown = {
            (path, each.api_name)
            for tool in tools
            for path in tool.endpoints
            for each in tool.arguments
            if each.name in tool.raised
        }
        for (path, _), request in self.requests.items():
            grant = self.scopes.endpoints.get(path)
            for name in grant.raises if grant and request.known else ():
                schemas = {each.api_name: each.schema for fields in request.alternatives for each in fields}
                whole = self.dialect.expand(schemas[name]) if name in schemas else {}
                said, fix = f'{path} raises "{name}", which', ""
                if name not in schemas:
                    said += f" is no argument{meant(name, schemas)}"
                    fix = f"use one of {listed(schemas)}"
                elif whole.get("type") != ["boolean"] or whole.get("default") is True:
                    said += " is no plain true or false"
                    fix = "name an argument of type boolean whose default is not true"
                elif (path, name) not in shown:
                    said += " no tool lets callers set"
                    fix = "delete it, or let a tool take the argument"
                if fix and grant:
                    self.problems.at(grant.place, said, fix)

    def _check_result(self, endpoint: Endpoint, declaration: Declaration, request: _Request) -> None:
        named = (declaration.result, endpoint.method)
        other = next((each for each in self.endpoints if (each.path, each.method) == named), None)
        if other is None:
            self.problems.at(
                declaration.place,
                f"the tool {declaration.name}: its result {named[0]} is no {named[1]} endpoint",
                "name a path of the description",
            )
            return
        if _names(request.alternatives) != _names(self._request(other).alternatives):
            self.problems.at(
                declaration.place,
                f"the tool {declaration.name}: {endpoint} and its result {other} take different arguments",
                "offer them as two tools",
            )


def _names(request: tuple[Alternative, ...]) -> set[tuple[str, str]]:
    return {(each.where, each.api_name) for fields in request for each in fields}


def _strongest(grants: list[Grant]) -> Effect:
    return max((grant.effect for grant in grants), key=_STRENGTH.index)


def _raised(shown: Iterable[Argument], grants: list[Grant]) -> dict[str, tuple[str, ...]]:
    found = {
        each.name: {scope for grant in grants for scope in grant.raises.get(each.api_name, ())}
        for each in shown
    }
    return {name: tuple(sorted(scopes)) for name, scopes in sorted(found.items()) if scopes}


def _besides(declaration: Declaration) -> dict[str, dict[str, tuple[str, ...]]]:
    found = {
        kind: {path: words for path, words in sorted(paths.items()) if words is not None}
        for kind, paths in sorted(declaration.besides.items())
    }
    return {kind: paths for kind, paths in found.items() if paths}
