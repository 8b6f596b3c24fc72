"""A page of a catalogue as its elements; and small catalogues, for pages about one thing."""

from __future__ import annotations

from html.parser import HTMLParser

from attrs import define, evolve, field

from codegen.tools.catalogue import Catalogue, Tool

VOID = {"meta", "link", "input", "wbr", "br"}


@define
class Element:
    """One element of a parsed page."""

    tag: str
    attributes: dict[str, str]
    texts: list[str] = field(factory=list)
    children: list[Element] = field(factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts)


class Parsed(HTMLParser):
    """A page as its elements in order; fails on a tag that is closed out of turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self._open, [element.tag for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        for outer in self._open:
            outer.children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        # An option is closed by the next one.
        while self._open[-1].tag == "option" != tag:
            self._open.pop()
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for outer in self._open:
            outer.texts.append(data)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.tag == tag and wanted.items() <= element.attributes.items()
        ]

    def shape(self) -> list[tuple[str, list[str]]]:
        """The tags and the names of their attributes, without those that depend on a text by design."""
        return [(e.tag, sorted(e.attributes)) for e in self.elements if e.tag not in ("wbr", "code")]


def rows(parsed: Parsed) -> dict[str, Element]:
    """Tool -> its row of the matrix."""
    return {
        row.attributes["id"].removeprefix("tool-"): row
        for row in parsed.all("tr")
        if row.attributes.get("class") == "tool"
    }


def cells(row: Element) -> list[str]:
    """What is read out in the cells of the groups: after the name and the effect, before the scopes."""
    return [
        "yes" if "yes" in cell.text else "no" if cell.text == "no" else cell.text
        for cell in row.children
        if cell.tag == "td"
    ][1:-1]


def tool(name: str = "read_thing", **others: object) -> Tool:
    plain = Tool(
        name=name,
        toolset="things",
        title="Read thing",
        description="Read a thing.",
        effect="read",
        additive=False,
        idempotent=True,
        scopes=("things:read",),
        method="POST",
        endpoints=("/things/read",),
        arguments=(),
        wire_schema={},
        full_schema={},
    )
    return evolve(plain, **others)


def small(*tools: Tool, **others: object) -> Catalogue:
    plain = Catalogue(
        api_version="1",
        tools=tools or (tool(),),
        scopes={"things:read": "See things.", "things:write": "Change things."},
        groups={"all": ("things:read", "things:write"), "few": ("things:read",)},
        withheld=(),
    )
    return evolve(plain, **others)
