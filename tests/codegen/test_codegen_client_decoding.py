"""What the typed client makes of an answer: unions, dates, enumerations, maps, drift."""

import datetime
from typing import Any

import pytest
from client_description import DOCUMENT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

both = pytest.mark.parametrize("how", ["sync", "asyncio"])
LETTERS = "a0_-: .+TZé名\U0001f600\x00\u2028"
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(LETTERS, max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(LETTERS, max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def read(things: Any, body: Any) -> Any:
    """Decode a project."""
    return things("models").Project.from_dict(body)


@both
def test_c28_a_union_without_a_marker_takes_the_branch_that_knows_more(
    things: Any, stub: Any, how: str
) -> None:
    stub.says({"success": True, "files": [{"name": "a.py"}]})
    answer = things.run("update_file", how, stub.url).parsed
    assert answer.files == [things("models").File(name="a.py")]
    stub.says({"success": False, "errors": ["no"]})
    assert type(things.run("update_file", how, stub.url).parsed) is things("models").RestResponse


@pytest.mark.parametrize(
    ("body", "model"),
    [
        ({"status": "loading", "progress": 0.5}, "Loading"),
        ({"status": "loading", "series": []}, "Loading"),
        ({"series": [], "progress": 1}, "Chart"),
        ({"status": "done", "progress": 1}, "Chart"),
        ({"status": None}, "Chart"),
        ([], "Chart"),
        ({}, "Chart"),
    ],
)
def test_a_union_with_a_marker_is_decided_by_it(things: Any, stub: Any, body: Any, model: str) -> None:
    stub.says(body)
    assert type(things.run("read_chart", "sync", stub.url).parsed).__name__ == model


def test_the_items_of_a_list_choose_for_themselves(things: Any) -> None:
    chart = things("models").Chart.from_dict({"series": [[1, 2.5], {"x": 1, "y": 2}, None, "odd"]})
    assert chart.series == [[1, 2.5], things("models").Point(x=1, y=2), None, "odd"]


@pytest.mark.parametrize("value", ["0000-00-00 00:00:00", "", None, 0, [], {"date": "x"}])
def test_c01_a_date_that_is_none_is_kept_as_received(things: Any, value: Any) -> None:
    project = read(things, {"modified": value, "created": value, "day": value})
    assert (project.modified, project.created, project.day) == (value, value, value)
    assert project.to_dict() == {"modified": value, "created": value, "day": value}


@pytest.mark.parametrize(
    "value", ["2025-08-08 10:00:00", "2025-08-08T10:00:00Z", "2025-08-08T10:00:00.123456Z"]
)
def test_c01_a_date_of_either_style_is_a_date(things: Any, value: str) -> None:
    project = read(things, {"modified": value, "created": value})
    assert project.modified == project.created == datetime.datetime.fromisoformat(value)


@pytest.mark.parametrize("value", ["Running: 42%", "Some New State", None, 3, []])
def test_c02_a_value_outside_an_enumeration_is_kept(things: Any, value: Any) -> None:
    project = read(things, {"state": value, "strict": value})
    assert (project.state, project.strict) == (value, value)


def test_c02_members_are_named_after_their_values_not_their_positions(things: Any) -> None:
    state = things("models").State
    assert {member.name: member.value for member in state} == {
        "IN_QUEUE": "In Queue...",
        "RUNNING": "Running: _%",
        "COMPLETED": "Completed.",
        "LESS_THAN_SIGN_EQUALS_SIGN": "<=",
        "LESS_THAN_SIGN": "<",
        "EMPTY": "",
    }
    assert read(things, {"state": "Completed."}).state is state.COMPLETED


def test_c03_an_empty_list_for_a_map_is_an_empty_model(things: Any) -> None:
    models = things("models")
    project = read(things, {"parameterSet": [], "settings": [], "charts": [], "owner": []})
    assert project.parameter_set == project.settings == models.Settings()
    assert project.charts == models.ProjectCharts()
    assert type(project.owner) is models.Node
    full = read(things, {"parameterSet": {"p": "1"}, "charts": {"main": {"progress": 1}}})
    assert full.parameter_set["p"] == "1"
    assert full.charts["main"] == models.Chart(progress=1)


def test_nulls_numbers_as_text_and_missing_markers_are_no_errors(things: Any) -> None:
    names = things("models").Project._shape.names
    project = read(things, dict.fromkeys(names))
    assert project.to_dict() == dict.fromkeys(names)
    assert read(things, {"cost": "12.50", "projectId": "12"}).cost == "12.50"
    assert things("models").Point.from_dict({"x": 1}).y is things().UNSET


NULLABLE = {
    "number": 1.5,
    "letter": "A",
    "plain": "p",
    "several": ["a"],
    "states": ["<", None],
    "all": {"x": 1, "y": 2},
    "either": {"x": 1, "y": 2},
}


@pytest.mark.parametrize("name", NULLABLE)
def test_c14_what_is_nullable_is_decoded_when_it_is_null_and_when_it_is_not(things: Any, name: str) -> None:
    model = things("models").Nullable
    found = model.from_dict(NULLABLE)
    assert (found.number, found.letter, found.all_.x, found.several) == (1.5, "A", 1, ["a"])
    for body in (NULLABLE, {**NULLABLE, name: None}, {name: None}):
        assert model.from_dict(body).to_dict() == body


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_body_whatsoever_makes_decoding_fail(things: Any, data: st.DataObject) -> None:
    name = data.draw(
        st.sampled_from(sorted(set(DOCUMENT["components"]["schemas"]) - {"DateTime", "EmptyMap"}))
    )
    model = getattr(things("models"), name, None)
    if not hasattr(model, "_shape"):
        return
    names = st.sampled_from(sorted(model._shape.names) or ["other"])
    body = data.draw(st.dictionaries(names, ANY_JSON, max_size=5))
    assert set(model.from_dict(body).to_dict()) == set(body)
