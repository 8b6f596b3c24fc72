"""What the templates see: the tool layer as frozen values, with every decision already made.

Knows: the shape of tools, scopes and groups. Must not know: YAML, OpenAPI, jinja2, files.
"""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

Effect: TypeAlias = Literal["read", "write", "delete", "live"]
Schema: TypeAlias = Mapping[str, Any]
Place: TypeAlias = Literal["body", "path", "query", "file", "whole_body"]


@frozen
class Argument:
    """One argument of a tool: its published name, the API's own spelling, and where the API expects it."""

    name: str
    api_name: str
    place: Place


@frozen
class Tool:
    """One tool. `name` is at once operationId, function, wire file and test id."""

    name: str
    toolset: str
    title: str
    description: str
    effect: Effect
    additive: bool
    """Whether a write only adds: nothing that was there is replaced."""
    idempotent: bool
    scopes: tuple[str, ...]
    """Sorted; a caller needs all of them."""
    method: str
    """HTTP method of the first endpoint, upper case; empty for a local tool."""
    endpoints: tuple[str, ...]
    """API paths in call order. Empty: local. Two: a sign-in address, then its result."""
    arguments: tuple[Argument, ...]
    """All that is sent, in the order that a reader sees them: required, optional, then the injected ones.

    Injected arguments stand here and in neither schema; hidden ones that nothing fills stand nowhere.
    """
    wire_schema: Schema
    """The inputSchema that clients receive."""
    full_schema: Schema
    """What arguments are checked against; equal to `wire_schema` unless that was abridged."""
    injected: Mapping[str, str] = field(factory=dict)
    """Argument (published name) -> setting name, hidden from the caller (`codeSourceId` -> `agent_name`)."""
    defaulted: Mapping[str, str] = field(factory=dict)
    """Argument (published name) -> credentials field used when the caller leaves it out."""
    narrowed: Mapping[str, tuple[str, ...]] = field(factory=dict)
    """Limit kind -> the arguments it reads; each has to be given, and allowed."""
    besides: Mapping[str, Mapping[str, tuple[str, ...]]] = field(factory=dict)
    """Limit kind -> what it reads where that is given -> what every limit lets pass there."""
    called: Mapping[str, Mapping[str, str]] = field(factory=dict)
    """Limit kind -> what this tool calls a thing -> what the limit calls it; without an entry they agree."""
    counted: Mapping[str, str] = field(factory=dict)
    """Daily count -> how much of it a call takes: one, or many (nobody knows before)."""
    unreached: tuple[str, ...] = ()
    """Limit kinds that have nothing to say: it acts on nothing of the kind."""
    closed: tuple[str, ...] = ()
    """Limit kinds that refuse it, whatever its arguments."""
    raised: Mapping[str, tuple[str, ...]] = field(factory=dict)
    """Argument (published name) -> the scopes needed besides, unless it is false or not given."""

    @property
    def in_path(self) -> tuple[str, ...]:
        """Arguments (published names) that are a part of the path."""
        return tuple(one.name for one in self.arguments if one.place == "path")


@frozen
class Withheld:
    """An endpoint that the API has and no tool offers, with the reason."""

    endpoint: str
    reason: str


@frozen
class Catalogue:
    """Everything that is rendered. Sequences are sorted by name; nothing here depends on input order."""

    api_version: str
    tools: tuple[Tool, ...]
    scopes: Mapping[str, str]
    """Scope -> one sentence."""
    groups: Mapping[str, tuple[str, ...]]
    """Group -> scopes, expanded (`all` included)."""
    withheld: tuple[Withheld, ...]

    def toolsets(self) -> dict[str, tuple[Tool, ...]]:
        """Group the tools by toolset, both sorted by name."""
        names = sorted({tool.toolset for tool in self.tools})
        return {name: tuple(tool for tool in self.tools if tool.toolset == name) for name in names}
