"""Joins operations, their offers and their grants into tools.

Knows: which parts a tool has and where each comes from. Must not know: YAML, templates.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from codegen import requests
from codegen.catalogue import Effect, Tool
from codegen.dialect import Dialect
from codegen.endpoints import Endpoint
from codegen.gate import faults
from codegen.offers import Offer, offers
from codegen.problems import Place, Problems
from codegen.requests import Alternative
from codegen.scopemap import Grant, ScopeMap
from codegen.shaping import Shape, shape

_STRENGTH: tuple[Effect, ...] = ("read", "write", "delete", "live")
"""The strongest effect of a tool's endpoints is the tool's."""


@frozen
class Operations:
    """The operations of one document, about to become tools."""

    endpoints: list[Endpoint]
    scopes: ScopeMap
    dialect: Dialect
    problems: Problems

    def tools(self) -> list[Tool]:
        """Make the tools, sorted by name; two of one name are a problem."""
        made: dict[str, Tool] = {}
        seen: dict[str, Place] = {}
        for endpoint, offer in self._offered():
            if offer.name in seen:
                first = seen[offer.name]
                self.problems.at(
                    offer.place,
                    f"two tools are called {offer.name}; the other is in {first.file}, line {first.line}",
                    "rename one of them",
                )
                continue
            seen[offer.name] = offer.place
            tool = self._tool(endpoint, offer)
            if tool is not None:
                made[offer.name] = tool
        return [made[name] for name in sorted(made)]

    def offered_paths(self) -> set[str]:
        """Name the paths that a tool calls."""
        return {path for endpoint, offer in self._offered() for path in (endpoint.path, offer.result) if path}

    def _offered(self) -> Iterator[tuple[Endpoint, Offer]]:
        for endpoint in self.endpoints:
            # A withheld endpoint needs no x-tools to be offered by nobody.
            if endpoint.path not in self.scopes.withheld or "x-tools" in endpoint.block:
                yield from ((endpoint, offer) for offer in offers(endpoint, self.problems))

    def _tool(self, endpoint: Endpoint, offer: Offer) -> Tool | None:
        request = requests.read(endpoint, self.dialect, self.problems)
        shaped = shape(request, offer, self.dialect, self.problems)
        self._pass(offer, endpoint, shaped)
        paths = (endpoint.path, offer.result) if offer.result else (endpoint.path,)
        if offer.result:
            self._check_result(endpoint, offer, request)
        grants = [self.scopes.endpoints[path] for path in paths if path in self.scopes.endpoints]
        if len(grants) < len(paths):
            # Noted where the cover of scopes.yaml is checked.
            return None
        effect = _strongest(grants)
        return Tool(
            name=offer.name,
            toolset=endpoint.toolset,
            title=offer.title,
            description=offer.description,
            effect=effect,
            idempotent=effect == "read" if offer.idempotent is None else offer.idempotent,
            scopes=tuple(sorted({scope for grant in grants for scope in grant.scopes})),
            method=endpoint.method,
            endpoints=paths,
            arguments=shaped.arguments,
            wire_schema=shaped.wire,
            full_schema=shaped.full,
            injected=dict(sorted(offer.inject.items())),
            defaulted=dict(sorted(offer.default.items())),
            narrowed=dict(sorted(offer.narrowed.items())),
        )

    def _pass(self, offer: Offer, endpoint: Endpoint, shaped: Shape) -> None:
        found = [*faults(shaped.wire, on_the_wire=True), *faults(shaped.full, on_the_wire=False)]
        for fault in dict.fromkeys(found):
            self.problems.at(
                offer.place,
                f"the tool {offer.name} does not pass the gate: {fault}",
                f"mend the request of {endpoint} ({endpoint.place.file}, line {endpoint.place.line})",
            )

    def _check_result(self, endpoint: Endpoint, offer: Offer, request: tuple[Alternative, ...]) -> None:
        other = next(
            (each for each in self.endpoints if (each.path, each.method) == (offer.result, endpoint.method)),
            None,
        )
        if other is None:
            self.problems.at(
                offer.place,
                f"the tool {offer.name}: its result {offer.result} is no {endpoint.method} endpoint",
                "name a path of the description",
            )
            return
        theirs = requests.read(other, self.dialect, self.problems)
        if _names(request) != _names(theirs):
            self.problems.at(
                offer.place,
                f"the tool {offer.name}: {endpoint} and its result {other} take different arguments",
                "offer them as two tools",
            )


def _names(request: tuple[Alternative, ...]) -> set[tuple[str, str]]:
    return {(each.where, each.api_name) for fields in request for each in fields}


def _strongest(grants: list[Grant]) -> Effect:
    return max((grant.effect for grant in grants), key=_STRENGTH.index)
