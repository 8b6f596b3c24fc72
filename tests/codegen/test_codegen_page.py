"""SCOPES.html: complete, self-contained, the same every time, and safe with any text."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from attrs import define, evolve, field
from hypothesis import given, settings
from hypothesis import strategies as st

from codegen import compilation
from codegen.catalogue import Catalogue, Tool, Withheld
from codegen.compilation import Inputs
from codegen.page import Changes, Persona, Right, page

ROOT = Path(__file__).resolve().parents[2]
VOID = {"meta", "link", "input", "wbr", "br"}
LIMIT = 150_000
"""Bytes that the page may have."""


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


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    inputs = Inputs(
        spec=ROOT / "spec" / "quantconnect.yaml",
        overlay=ROOT / "spec" / "overlay.yaml",
        scopes=ROOT / "scopes.yaml",
    )
    return compilation.compile(inputs).catalogue


@pytest.fixture(scope="module")
def parsed(catalogue: Catalogue) -> Parsed:
    return Parsed(page(catalogue))


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
        schemas=(),
        operations=(),
    )
    return evolve(plain, **others)


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


def test_every_tool_has_a_row_and_its_details(catalogue: Catalogue, parsed: Parsed) -> None:
    found = rows(parsed)
    assert set(found) == {each.name for each in catalogue.tools}
    for each in catalogue.tools:
        row = found[each.name]
        (head,) = [child for child in row.children if child.tag == "th"]
        assert (head.text, head.attributes["scope"]) == (each.name, "row")
        assert row.attributes["data-effect"] == each.effect
        for scope in each.scopes:
            assert scope in row.text
        (about,) = parsed.all("tr", id=f"about-{each.name}")
        description = " ".join(each.description.replace("`", "").split())
        for fact in (each.title, description, *each.endpoints, *each.scopes, *each.narrowed):
            assert fact in about.text


def test_the_matrix_says_who_may_call_what(catalogue: Catalogue, parsed: Parsed) -> None:
    (heads, *_) = (
        [head.text for head in row.children if head.attributes.get("class") == "group"]
        for row in parsed.all("tr")
        if "Scopes it needs" in row.text and "Effect" in row.text
    )
    assert sorted(heads) == sorted(catalogue.groups)
    for each in catalogue.tools:
        said = dict(zip(heads, cells(rows(parsed)[each.name]), strict=True))
        assert said == {
            group: "yes" if set(each.scopes) <= set(held) else "no"
            for group, held in catalogue.groups.items()
        }


def test_groups_stand_from_the_weakest_to_the_strongest(parsed: Parsed) -> None:
    (table,) = parsed.all("table", class_="power")
    assert [head.text for head in table.children if head.attributes.get("scope") == "row"] == [
        "readonly",
        "trader",
        "admin",
    ]


def test_every_scope_has_its_sentence_its_groups_and_a_number_of_tools(
    catalogue: Catalogue, parsed: Parsed
) -> None:
    (table,) = parsed.all("table", class_="scopes")
    found = [row for row in table.children if row.tag == "tr"][1:]
    assert len(found) == len(catalogue.scopes)
    for row, (scope, sentence) in zip(found, catalogue.scopes.items(), strict=True):
        assert scope in row.text
        assert sentence in row.text
        needing = sum(scope in each.scopes for each in catalogue.tools)
        assert row.text.endswith("1 tool" if needing == 1 else f"{needing} tools")
        assert row.text.count("yes") == sum(scope in held for held in catalogue.groups.values())


def test_withheld_endpoints_stand_with_their_reason(catalogue: Catalogue, parsed: Parsed) -> None:
    (table,) = parsed.all("table", class_="withheld")
    for each in catalogue.withheld:
        assert each.endpoint in table.text
        assert each.reason.replace("`", "") in table.text
    assert "Nothing is withheld" in page(small())


def test_power_counts_the_tools_of_each_effect() -> None:
    catalogue = small(
        tool("read_thing"),
        tool("write_thing", effect="write", scopes=("things:write",)),
        tool("sell_thing", effect="live", scopes=("things:read", "things:write")),
    )
    (table,) = Parsed(page(catalogue)).all("table", class_="power")
    said = {
        row.children[0].text: [cell.text for cell in row.children if cell.tag == "td"]
        for row in table.children
        if row.tag == "tr"
    }
    assert said["few"] == ["1 of 1", "0 of 1", "0 of 0", "0 of 1"]
    assert said["all"] == ["1 of 1", "1 of 1", "0 of 0", "1 of 1"]


def test_a_tool_without_scopes_and_without_endpoint_says_so() -> None:
    text = page(small(tool(scopes=(), endpoints=(), method="")))
    assert "none: any verified caller" in text
    assert "none: the server itself answers" in text


def test_an_empty_catalogue_is_a_page() -> None:
    Parsed(page(small(tools=(), scopes={}, groups={})))


def test_tables_have_captions_and_every_header_its_scope(parsed: Parsed) -> None:
    tables = parsed.all("table")
    assert len(tables) == len(parsed.all("caption")) == 4
    assert all(head.attributes.get("scope") in ("col", "row", "rowgroup") for head in parsed.all("th"))


def test_every_field_has_a_label_and_ids_are_unique(parsed: Parsed) -> None:
    labelled = [child for label in parsed.all("label") for child in label.children]
    for kind in ("input", "select"):
        assert all(one in labelled for one in parsed.all(kind))
    ids = [element.attributes["id"] for element in parsed.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in parsed.elements:
        for name in ("aria-controls", "aria-labelledby"):
            assert element.attributes.get(name, ids[0]) in ids
        if element.attributes.get("href", "").startswith("#"):
            assert element.attributes["href"][1:] in ids


def test_the_page_asks_for_nothing(catalogue: Catalogue, parsed: Parsed) -> None:
    html = page(catalogue)
    for element in parsed.elements:
        assert not {"src", "srcset", "action", "style", "poster", "data", "background"} & set(
            element.attributes
        )
        assert not [name for name in element.attributes if name.startswith("on")]
        assert element.attributes.get("href", "#").startswith("#") or element.attributes["href"] == "data:,"
        assert element.tag not in ("iframe", "object", "embed", "img", "base")
    assert not re.search(r"@import|url\(|https?:", html)
    for name in ("fetch", "XMLHttpRequest", "import(", "WebSocket", "sendBeacon", "innerHTML", "eval"):
        assert name not in html


def test_the_policy_allows_only_what_stands_in_the_page(parsed: Parsed) -> None:
    (meta,) = parsed.all("meta", **{"http-equiv": "Content-Security-Policy"})
    policy = dict(part.strip().split(" ", 1) for part in meta.attributes["content"].split(";"))
    assert policy["default-src"] == "'none'"
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        hashes = [
            f"'sha256-{base64.b64encode(hashlib.sha256(one.text.encode()).digest()).decode()}'"
            for one in parsed.all(tag)
        ]
        assert policy[directive].split() == hashes


def test_the_page_stays_small_with_the_largest_change(catalogue: Catalogue) -> None:
    everything = tuple(Right(each.name, each.effect) for each in catalogue.tools)
    changes = Changes(personas=tuple(Persona(group, gained=everything) for group in catalogue.groups))
    assert len(page(catalogue).encode()) < LIMIT
    assert len(page(catalogue, changes).encode()) < LIMIT


@pytest.mark.parametrize(("seed", "folder"), [("0", ROOT), ("1", ROOT / "tests")])
def test_the_same_catalogue_makes_the_same_bytes_anywhere(
    seed: str, folder: Path, catalogue: Catalogue
) -> None:
    program = (
        "import sys; sys.path[:0] = sys.argv[1:2]\n"
        "from pathlib import Path\nfrom codegen.compilation import Inputs, compile\n"
        "from codegen.page import page\nroot = Path(sys.argv[1])\n"
        "inputs = Inputs(root / 'spec/quantconnect.yaml', root / 'spec/overlay.yaml', root / 'scopes.yaml')\n"
        "sys.stdout.buffer.write(page(compile(inputs).catalogue).encode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(ROOT)],
        cwd=folder,
        env={"PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": "Asia/Kathmandu"},
        check=True,
        capture_output=True,
    )
    assert done.stdout == page(catalogue).encode()
    assert b"\r" not in done.stdout


def test_escalations_come_first_and_personas_in_the_order_given() -> None:
    changes = Changes(
        compared="v1 -> v2",
        escalations=("few gains a live tool: `sell_thing`.",),
        personas=(
            Persona("few", gained=(Right("read_thing", "read"), Right("sell_thing", "live"))),
            Persona("nobody"),
            Persona("night shift", lost=(Right("gone_thing", "delete"),)),
        ),
    )
    parsed = Parsed(page(small(), changes))
    (section,) = parsed.all("section", id="change")
    text = section.text
    order = (
        "v1 -> v2",
        "1 escalation to",
        "few gains a live tool: sell_thing.",
        "gains 2 tools",
        "night shift",
    )
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert text.index("gains 2 tools") < text.rindex("sell_thing") < text.index("read_thing")
    assert "loses 1 tool" in text
    assert "gone_thing" in text
    assert "nobody" not in text


def test_what_a_group_gained_and_lost_is_marked_in_the_matrix() -> None:
    catalogue = small(tool("read_thing"), tool("write_thing", effect="write", scopes=("things:write",)))
    moved = Persona("few", gained=(Right("read_thing", "read"),), lost=(Right("write_thing", "write"),))
    found = rows(Parsed(page(catalogue, Changes(personas=(moved,)))))
    said = {
        name: [cell.text for cell in row.children if cell.tag == "td"][1:3] for name, row in found.items()
    }
    assert said == {
        "read_thing": ["Ryes, gained in the last change", "Ryes"],
        "write_thing": ["no, lost in the last change", "Wyes"],
    }


def test_a_change_without_effect_says_so_and_none_is_not_mentioned() -> None:
    text = page(small(), Changes())
    assert "No escalation" in text
    assert "Nobody gains or loses a tool." in text
    assert 'id="change"' not in page(small())
    assert "#change" not in page(small()).partition("<nav")[2].partition("</nav>")[0]


def test_many_tools_that_read_are_folded_and_those_that_do_more_never() -> None:
    many = tuple(Right(f"read_{number}", "read") for number in range(9))
    more = tuple(Right(f"sell_{number}", "live") for number in range(9))
    parsed = Parsed(page(small(), Changes(personas=(Persona("few", gained=many + more),))))
    (folded,) = parsed.all("details")
    assert "9 tools that read" in folded.text
    assert "sell_" not in folded.text


HOSTILE = st.text(
    st.sampled_from(list("<>&\"'`/=_:; abscript!-{}%\\")) | st.characters(exclude_categories=["Cs", "Cc"]),
    min_size=1,
    max_size=30,
)


@settings(max_examples=60)
@given(text=HOSTILE, other=HOSTILE)
def test_no_text_becomes_markup(text: str, other: str) -> None:
    def written(one: str, two: str) -> Parsed:
        hostile = tool(
            name=one,
            toolset=two,
            title=one,
            description=two,
            scopes=(two,),
            endpoints=(one,),
            method=two,
            narrowed={one: ("x",)},
        )
        catalogue = small(
            hostile,
            api_version=one,
            scopes={two: one},
            groups={one: (two,)},
            withheld=(Withheld(one, two),),
        )
        changes = Changes(one, (two,), (Persona(one, gained=(Right(one, "live"), Right(two, "read"))),))
        return Parsed(page(catalogue, changes))

    found = written(text, other)
    assert found.shape() == written("a", "b").shape()
    assert len(found.all("script")) == 2
    assert rows(found)[text].text.startswith(text)
    (title,) = (child for child in found.all("tr", id=f"about-{text}")[0].children if child.tag == "h3")
    assert title.text == text
    assert [option.text for option in found.all("option")][1] == text
