"""Definitions: cycles end, and definitions are those in use (C11)."""

import pytest
from codegen_inputs import Mini
from jsonschema import Draft202012Validator

NODE = (
    "Node: {type: object, properties: {children: {type: array, items: {$ref: '#/components/schemas/Node'}}}}"
)
PAIR = (
    "A: {type: object, properties: {b: {$ref: '#/components/schemas/B'}}}, "
    "B: {type: object, properties: {a: {$ref: '#/components/schemas/A'}}}"
)
CHAIN = ", ".join(
    f"{one}: {{type: object, required: [next], properties: {{next: {{$ref: '#/components/schemas/{two}'}}}}}}"
    for one, two in ("AB", "BC", "CD")
)


@pytest.mark.parametrize(
    ("components", "used", "kept"),
    [
        (NODE, "Node", {"Node"}),
        (PAIR, "A", {"A", "B"}),
        (f"{CHAIN}, D: {{type: string, minLength: 1}}, Unused: {{type: string}}", "A", set()),
        (NODE.replace("items: {$ref", "items: {nullable: true, $ref"), "Node", {"Node"}),
    ],
)
def test_cycles_end_and_every_reference_resolves_inside_its_tool(
    mini: Mini, components: str, used: str, kept: set[str]
) -> None:
    """C11: self-reference, mutual reference, a chain of which only the first is used directly."""
    mini.body(
        f"{{type: object, properties: {{x: {{$ref: '#/components/schemas/{used}'}}}}}}",
        components=f"{{{components}}}",
    )
    wire = mini.tools()["read_thing"].wire_schema
    assert set(wire.get("$defs", {})) == kept


def test_a_chain_keeps_its_last_link(mini: Mini) -> None:
    """C11: the definitions below the first level are not lost."""
    mini.body(
        "{type: object, properties: {x: {$ref: '#/components/schemas/A'}}}",
        components=f"{{{CHAIN}, D: {{type: string, minLength: 1}}}}",
    )
    full = Draft202012Validator(dict(mini.tools()["read_thing"].full_schema))
    assert full.is_valid({"x": {"next": {"next": {"next": "d"}}}})
    assert not full.is_valid({"x": {"next": {"next": {"next": ""}}}})


def test_a_body_that_refers_to_itself_still_has_a_flat_root(mini: Mini) -> None:
    """C11, C12."""
    mini.body("{$ref: '#/components/schemas/Node'}", components=f"{{{NODE}}}")
    wire = mini.tools()["read_thing"].wire_schema
    assert (wire["type"], list(wire["properties"]), list(wire["$defs"])) == ("object", ["children"], ["Node"])


def test_a_definition_is_written_out_where_that_is_smaller(mini: Mini) -> None:
    long = (
        "{Long: {type: string, enum: ["
        + ", ".join(f"value_number_{n}" for n in range(9))
        + "]}, Short: {type: string}}"
    )
    refs = ", ".join(
        f"l{n}: {{$ref: '#/components/schemas/Long'}}, s{n}: {{$ref: '#/components/schemas/Short'}}"
        for n in (1, 2)
    )
    mini.body(f"{{type: object, properties: {{{refs}}}}}", components=long)
    wire = mini.tools()["read_thing"].wire_schema
    assert wire["properties"]["l1"] == wire["properties"]["l2"] == {"$ref": "#/$defs/Long"}
    assert wire["properties"]["s1"] == wire["properties"]["s2"] == {"type": "string"}
    assert list(wire["$defs"]) == ["Long"]


def test_a_name_that_two_components_share_is_made_distinct(mini: Mini) -> None:
    node = "{type: object, properties: {next: {$ref: '#/components/schemas/%s'}, %s: {type: string}}}"
    components = f"{{A.b: {node % ('A.b', 'one')}, A_b: {node % ('A_b', 'two')}}}"
    refs = "x: {$ref: '#/components/schemas/A.b'}, y: {$ref: '#/components/schemas/A_b'}"
    mini.body(f"{{type: object, properties: {{{refs}}}}}", components=components)
    wire = mini.tools()["read_thing"].wire_schema
    assert [
        set(wire["$defs"][wire["properties"][name]["$ref"].split("/")[-1]]["properties"]) for name in "xy"
    ] == [
        {"next", "one"},
        {"next", "two"},
    ]
