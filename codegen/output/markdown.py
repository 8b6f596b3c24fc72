"""TOOLS.md and SCOPES.md: what a reviewer of a pull request reads, as facts in rows.

Knows: tools, scopes, groups. Must not know: templates, files.
"""

from collections.abc import Iterable, Iterator, Sequence

from codegen.tools.catalogue import Catalogue, Effect, Tool

EFFECTS: dict[Effect, str] = {
    "read": "changes nothing",
    "write": "creates, changes or replaces",
    "delete": "removes, and mostly for good",
    "live": "real money can move",
}


class Written(str):
    """A text in the language of its file, as a filter wrote it; nothing else may stand there."""

    __slots__ = ()


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Written:
    """Set a Markdown table that also reads as plain text: all columns but the last are padded."""
    cells = [[line(one) for one in row] for row in (heads, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads) - 1)]
    lines = [[*(one.ljust(width) for one, width in zip(row, widths, strict=False)), row[-1]] for row in cells]
    lines.insert(1, ["-" * width for width in (*widths, max(3, len(heads[-1])))])
    return Written("\n".join(f"| {' | '.join(line)} |" for line in lines))


def tools(tools: Iterable[Tool]) -> Written:
    """One row a tool: what it is called, may do, needs and calls."""
    rows = [
        (tool.name, tool.effect, _scopes(tool), _endpoints(tool), first_sentence(tool.description))
        for tool in tools
    ]
    return table(("Tool", "Effect", "Scopes", "Endpoint", "What it does"), rows)


def groups(catalogue: Catalogue) -> Written:
    """One row a scope: which groups hold it."""
    rows = [
        (scope, *(_mark(scope in held) for held in catalogue.groups.values()), text)
        for scope, text in catalogue.scopes.items()
    ]
    return table(("Scope", *catalogue.groups, "What it allows"), rows)


def holders(catalogue: Catalogue) -> Written:
    """One row a scope: the tools that need it."""
    rows = [
        (scope, _listed(name for tool in catalogue.tools for name in _needing(tool, scope)))
        for scope in catalogue.scopes
    ]
    return table(("Scope", "Tools that need it"), rows)


def powers(catalogue: Catalogue, effect: Effect) -> Written:
    """One row a tool of this effect: which groups may call it."""
    rows = [
        (
            tool.name,
            *(_mark(set(tool.scopes) <= set(held)) for held in catalogue.groups.values()),
            _scopes(tool),
        )
        for tool in catalogue.tools
        if tool.effect == effect
    ]
    return table(("Tool", *catalogue.groups, "Scopes"), rows)


def withheld(catalogue: Catalogue) -> Written:
    """One row an endpoint that no tool offers."""
    return table(("Endpoint", "Why"), [(one.endpoint, one.reason) for one in catalogue.withheld])


def safe(text: str) -> str:
    """Disarm a text that others wrote: it opens no tag, table cell, link, code or mention."""
    for character, shown in (("&", "&amp;"), ("<", "&lt;"), ("|", "&#124;"), ("@", "&#64;"), ("[", "&#91;")):
        text = text.replace(character, shown)
    return text.replace("`", "'")


def line(text: str) -> Written:
    """Write a text on one line of Markdown: it opens no tag, entity, table cell or link; code stays code."""
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")
    return Written(text.replace("|", "&#124;").replace("](", "]&#40;"))


def first_sentence(text: str) -> str:
    """Cut a text after its first sentence."""
    return " ".join(text.split()).split(". ")[0].rstrip(".") + "."


def _endpoints(tool: Tool) -> str:
    return ", then ".join(f"{tool.method} {path}" for path in tool.endpoints) or "(the server itself)"


def _scopes(tool: Tool) -> str:
    raised = "".join(f"; with {name} {_listed(scopes)} besides" for name, scopes in tool.raised.items())
    return _listed(tool.scopes) + raised


def _needing(tool: Tool, scope: str) -> Iterator[str]:
    if scope in tool.scopes:
        yield tool.name
    yield from (f"{tool.name} with {name}" for name, scopes in tool.raised.items() if scope in scopes)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "-"


def _mark(holds: bool) -> str:
    return "x" if holds else ""
