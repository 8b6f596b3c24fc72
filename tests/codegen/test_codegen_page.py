"""SCOPES.html: complete, and it says what the last change gave and took."""

from page_elements import Parsed, cells, rows, small, tool

from codegen.output.page import Changes, Persona, Right, page
from codegen.tools.catalogue import Catalogue


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
