"""Where a tool's arguments can name what a token's limits name: each place has to be decided."""

import pytest
from codegen_inputs import Mini

ID = "{type: string, enum: [InteractiveBrokersBrokerage, OandaBrokerage]}"
DEPLOY = f"brokerage: {{type: object, properties: {{id: {ID}}}, required: [id]}}"
LIVE = "{scope: things:read, effect: live}"
READ = "{scope: things:read, effect: read}"
NARROWED = "narrowed: {brokerage: brokerage.id}"
FEEDS = (
    "feeds: {type: object, properties: {OandaBrokerage: {type: object, properties: {key: {type: string}}}}}"
)

PLACES = {
    "a key of a map that is declared": (FEEDS, "feeds.~"),
    "a value of an enum": ("feed: {type: string, enum: [none, oandabrokerage]}", "feed"),
    "a constant": ("feed: {const: OandaBrokerage}", "feed"),
    "the items of an array": (f"feeds: {{type: array, items: {ID}}}", "feeds.*"),
    "an object in an array": (
        f"feeds: {{type: array, items: {{type: object, properties: {{of: {ID}}}}}}}",
        "feeds.*.of",
    ),
    "the values of a map": (f"feeds: {{type: object, properties: {{a: {ID}}}}}", "feeds.a"),
    "a branch of a union": (
        f"feed: {{oneOf: [{{type: integer}}, {{type: object, properties: {{of: {ID}}}}}]}}",
        "feed.of",
    ),
    "a name inside an object": (
        "feed: {type: object, properties: {brokerage_id: {type: string}}}",
        "feed.brokerage_id",
    ),
    "behind a reference": ("feed: {$ref: '#/components/schemas/Feed'}", "feed.of"),
    "any key of an open map": ("feeds: {type: object, additionalProperties: {type: string}}", "feeds.~"),
    "any key of an open object": (
        "feeds: {type: object, properties: {a: {type: string}}, additionalProperties: true}",
        "feeds.~",
    ),
    "anything at all": ("feeds: {}", "feeds.~"),
}
"""Place -> a second argument beside the decided one, and the path that the decision has to name."""


def deploying(mini: Mini, argument: str, entry: str, grant: str = LIVE) -> Mini:
    components = f"{{Feed: {{type: object, properties: {{of: {ID}}}}}}}"
    body = f"{{type: object, required: [brokerage], properties: {{{DEPLOY}, {argument}}}}}"
    return mini.changed({"body": body, "components": components, "entry": entry, "grant": grant})


@pytest.mark.parametrize(("argument", "path"), PLACES.values(), ids=PLACES)
def test_a_second_place_for_a_brokerage_is_refused_until_it_is_decided(
    mini: Mini, argument: str, path: str
) -> None:
    """One decided argument stood for all: data providers signed in anywhere."""
    (problem,) = deploying(mini, argument, f"{{{NARROWED}}}").refused()
    assert problem.startswith(
        f'overlay.yaml:7: the tool read_thing can name a brokerage at "{path}", and nothing says'
        " what a limit on the brokerage reads there"
    )
    for decision in (
        f"{{narrowed: {{brokerage: [brokerage.id, '{path}']}}}}",
        f"{{{NARROWED}, besides: {{brokerage: {{'{path}': []}}}}}}",
        "{closed: [brokerage]}",
    ):
        assert deploying(mini, argument, decision).tools()


def test_a_brokerage_is_decided_whatever_the_effect_of_the_tool(mini: Mini) -> None:
    """A limit reached live tools alone: a write that signs in somewhere was open to it, undecided."""
    (problem,) = deploying(mini, "a: {type: string}", "{}", READ).refused()
    assert 'can name a brokerage at "brokerage"' in problem
    assert deploying(mini, "a: {type: string}", "{closed: [brokerage]}", READ).tools()[
        "read_thing"
    ].closed == ("brokerage",)
    assert deploying(mini, "a: {type: string}", "{unreached: [brokerage]}", READ).tools()


def test_an_open_map_names_no_project(mini: Mini) -> None:
    """Parameters of a backtest have any keys; what moves money is asked about them."""
    body = "{type: object, properties: {projectId: {type: integer}, parameters: {type: object}}}"
    assert mini.changed({"body": body, "entry": "{narrowed: {project: projectId}}", "grant": LIVE}).tools()


def test_a_schema_that_contains_itself_cannot_be_decided_place_by_place(mini: Mini) -> None:
    components = (
        f"{{Part: {{type: object, properties: {{of: {ID}, next: {{$ref: '#/components/schemas/Part'}}}}}}}}"
    )
    body = f"{{type: object, properties: {{{DEPLOY}, part: {{$ref: '#/components/schemas/Part'}}}}}}"
    entry = "{narrowed: {brokerage: [brokerage.id, part.of, part.next.of]}}"
    row = {"body": body, "components": components, "entry": entry, "grant": LIVE}
    assert any('"part.next.....of"' in problem for problem in mini.changed(row).refused())
    assert mini.changed({**row, "entry": "{closed: [brokerage]}"}).tools()


@pytest.mark.parametrize(
    ("besides", "said"),
    [
        ("{feeds.~: [OandaBrokerag]}", 'besides lets "OandaBrokerag" pass at "feeds.~", which is no value'),
        ("{feds.~: []}", 'narrowed reads the brokerage from "feds.~", which is no argument'),
        ("{feeds.~: some}", "besides of the tool read_thing is of the wrong type"),
    ],
)
def test_what_is_read_besides_has_to_be_there(mini: Mini, besides: str, said: str) -> None:
    problems = deploying(mini, FEEDS, f"{{{NARROWED}, besides: {{brokerage: {besides}}}}}").refused()
    assert said in "\n".join(problems)


def test_what_is_read_besides_is_compiled_and_any_word_is_not_read(mini: Mini) -> None:
    entry = f"{{{NARROWED}, besides: {{brokerage: {{feeds.~: [OandaBrokerage], more.~: any}}}}}}"
    argument = f"{FEEDS}, more: {{type: object}}"
    tool = deploying(mini, argument, entry).tools()["read_thing"]
    assert tool.besides == {"brokerage": {"feeds.~": ("OandaBrokerage",)}}


def test_an_argument_raises_what_a_call_needs(mini: Mini) -> None:
    grant = "{scope: things:read, effect: read, raises: {x: things:read}}"
    tool = mini.changed({"property": "{type: boolean}", "grant": grant}).tools()["read_thing"]
    assert (tool.scopes, tool.raised) == (("things:read",), {"x": ("things:read",)})
