"""SCOPES.html asks for nothing, stays small, and is safe with any text."""

import base64
import hashlib
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from page_elements import Parsed, rows, small, tool

from codegen.output.page import Changes, Persona, Right, page
from codegen.tools.catalogue import Catalogue, Withheld

LIMIT = 150_000
"""Bytes that the page may have."""


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


HOSTILE = st.text(
    st.sampled_from(list("<>&\"'`/=_:; abscript!-{}%\\")) | st.characters(exclude_categories=["Cs", "Cc"]),
    min_size=1,
    max_size=30,
)


@settings(max_examples=8)
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
