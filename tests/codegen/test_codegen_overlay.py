"""The Overlay 1.0 applier."""

from typing import Any

import pytest
from codegen_inputs import table

from codegen.inputs import overlay, yaml_document
from codegen.inputs.problems import Problems

BASE = """
openapi: 3.1.0
servers: [{url: one}, {url: two}, {url: three}]
paths:
  /a: {post: {tags: [x], summary: A, deep: {one: 1}}, get: {tags: [y]}}
  /b: {post: {tags: [x, z]}}
"""


def _apply(
    actions: str, *, head: str = "overlay: 1.0.0\ninfo: {title: T, version: '1'}\n"
) -> tuple[Any, list[str]]:
    problems = Problems()
    root = yaml_document.parse(BASE, "spec.yaml", problems)
    layer = yaml_document.parse(f"{head}actions:\n{actions}", "overlay.yaml", problems)
    assert root is not None
    assert layer is not None
    overlay.apply(root, yaml_document.Document("overlay.yaml", "", layer), problems)
    return root, [str(found) for found in sorted(problems.found)]


def test_an_update_merges_objects_at_every_depth() -> None:
    root, problems = _apply(
        "- {target: \"$.paths['/a'].post\", update: {summary: New, deep: {two: 2}, more: true}}"
    )
    assert problems == []
    assert root["paths"]["/a"]["post"] == {
        "tags": ["x"],
        "summary": "New",
        "deep": {"one": 1, "two": 2},
        "more": True,
    }


def test_arrays_inside_an_update_are_concatenated() -> None:
    root, problems = _apply("- {target: \"$.paths['/a'].post\", update: {tags: [new]}}")
    assert (root["paths"]["/a"]["post"]["tags"], problems) == (["x", "new"], [])


def test_an_array_that_is_the_target_gets_the_update_as_one_entry() -> None:
    root, problems = _apply("- {target: $.servers, update: {url: four}}")
    assert ([server["url"] for server in root["servers"]], problems) == (["one", "two", "three", "four"], [])


def test_keys_of_x_replace_are_replaced_whole() -> None:
    head = "overlay: 1.0.0\nx-replace: [tags]\ninfo: {title: T, version: '1'}\n"
    root, problems = _apply("- {target: '$.paths.*.post', update: {tags: [new]}}", head=head)
    assert [root["paths"][path]["post"]["tags"] for path in ("/a", "/b")] == [["new"], ["new"]]
    assert problems == []


def test_removing_several_items_of_an_array_removes_those_that_matched() -> None:
    root, problems = _apply("- {target: '$.servers[0,1]', remove: true}\n- {target: '$..tags', remove: true}")
    assert (root["servers"], problems) == ([{"url": "three"}], [])
    assert "tags" not in str(root)


def test_actions_apply_in_order_and_matches_do_not_share_what_an_update_brings() -> None:
    root, _ = _apply(
        "- {target: '$.paths.*.post', update: {new: {a: 1}}}\n"
        "- {target: \"$.paths['/a'].post.new\", update: {b: 2}}"
    )
    assert [root["paths"][path]["post"]["new"] for path in ("/a", "/b")] == [{"a": 1, "b": 2}, {"a": 1}]


def test_a_changed_value_remembers_the_line_of_the_overlay() -> None:
    root, _ = _apply("- target: $.paths['/a'].post\n  update:\n    summary: New\n    tags: [t]")
    operation = root["paths"]["/a"]["post"]
    assert (operation.at("summary").file, operation.at("summary").line) == ("overlay.yaml", 6)
    assert (operation["tags"].places[-1].file, operation["tags"].places[0].file) == (
        "overlay.yaml",
        "spec.yaml",
    )


@pytest.mark.parametrize("case", table("actions"), ids=lambda case: case["action"])
def test_an_action_that_cannot_be_done_as_written_is_a_problem(case: dict[str, str]) -> None:
    root, problems = _apply(case["action"])
    assert problems == [f"overlay.yaml:{case['what']}\n    fix: {case['fix']}"]
    untouched = yaml_document.parse(BASE, "spec.yaml", Problems())
    assert root == untouched


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ("overlay: 2.0.0\ninfo: {title: T, version: '1'}\n", "overlay.yaml:1: not an OpenAPI Overlay 1.0"),
        ("overlay: 1.0.0\n", "overlay.yaml:1: the overlay has no info"),
        (
            "overlay: 1.0.0\nextra: 1\ninfo: {title: T, version: '1'}\n",
            'overlay.yaml:2: unknown key "extra" in the overlay',
        ),
        (
            "overlay: 1.0.0\nx-replace: tags\ninfo: {title: T, version: '1'}\n",
            "overlay.yaml:2: x-replace is not a list of keys",
        ),
    ],
)
def test_an_overlay_with_a_wrong_head_is_a_problem(head: str, problem: str) -> None:
    _, problems = _apply("- {target: $.paths, update: {}}", head=head)
    assert [found.splitlines()[0] for found in problems] == [problem]


def test_an_overlay_without_actions_is_a_problem() -> None:
    _, problems = _apply("  []")
    assert [found.splitlines()[0] for found in problems] == ["overlay.yaml:3: the overlay has no actions"]
