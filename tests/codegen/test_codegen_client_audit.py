"""What a generated client loses is a problem: a schema, an operation, an import."""

import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from client_description import TEXT, fields, operation, ref
from codegen_inputs import SPEC, Mini
from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.inputs.problems import Problems
from codegen.output import client, client_audit, client_document

Node = dict[str, Any]


def document(schemas: Node, *operations: Node) -> Node:
    """Describe one path for each operation, by default one that answers with every schema."""
    asked = operations or tuple(
        operation(f"read_{number}", ref(name)) for number, name in enumerate(sorted(schemas))
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "1"},
        "paths": {f"/path/{number}": {"post": one} for number, one in enumerate(asked)},
        "components": {"schemas": schemas},
    }


def generated(
    description: Node, folder: Path, change: Callable[[Path], Any] = lambda tree: None
) -> list[str]:
    """Generate and check; return the problems."""
    before = deepcopy(description)
    problems = Problems()
    client.write(description, "1", folder, "spec.json", problems)
    if not problems.found:
        change(folder / client.PACKAGE)
        client_audit.check(description, folder, "spec.json", problems)
    assert description == before, "the description belongs to the caller"
    return [str(problem) for problem in problems.found]


def test_c26_an_invented_class_that_takes_a_declared_name_is_refused(tmp_path: Path) -> None:
    schemas = {"Entity": fields(schema=fields(q=TEXT)), "EntitySchema": fields(q=TEXT)}
    found = generated(document(schemas), tmp_path)
    assert len(found) == 1
    assert found[0].startswith("spec.json: openapi-python-client refuses a part of the description:")
    assert "EntitySchema" in found[0]


def test_what_the_client_cannot_have_is_refused_with_its_line_and_readable_names(mini: Mini) -> None:
    mini.spec = f"""
{SPEC.strip()}
components:
  schemas:
    Clashing:
      type: object
      properties:
        a b: {{type: string}}
        a-b: {{type: string}}
    Rates:
      type: object
      properties:
        rate: {{type: number, enum: [0.5, 1.5]}}
"""
    compiled = mini.compile()
    problems = Problems()
    client.write(compiled.document, "1", mini.folder / "made", "spec.yaml", problems)
    found = sorted(str(each).replace(f"{mini.folder}/", "").splitlines()[0] for each in problems.found)
    refused = "openapi-python-client refuses a part of the description: Unable to process schema /components"
    assert found == [
        f"spec.yaml:22: {refused}/schemas/Clashing: Properties a-b and a b have the same python_name",
        f'spec.yaml:29: {refused}/schemas/Rates: {{"enum": [0.5, 1.5], "type": "number"}}',
    ]


VALUES = st.lists(
    st.sampled_from(["buy", "BUY", "b uy", "b-uy", "B_UY", "", "<", "<=", "1", "-1", "é", "É"])
    | st.text(max_size=3),
    unique=True,
    min_size=1,
    max_size=6,
)


def _members(values: list[str]) -> dict[str, str]:
    """Return what each name of an enumeration sends."""
    described = document({"Side": {"type": "string", "enum": values, "x-enum-varnames": ["A"] * len(values)}})
    node = client_document.prepared(described)["components"]["schemas"]["Side"]
    return dict(zip(node["x-enum-varnames"], node["enum"], strict=True))


@settings(max_examples=40)
@given(values=VALUES, data=st.data())
def test_a_name_sends_the_same_value_whatever_the_order_and_whatever_is_added(
    values: list[str], data: st.DataObject
) -> None:
    found = _members(values)
    assert sorted(found.values()) == sorted(values)
    assert all(re.fullmatch("[A-Z][A-Z0-9_]*", name) for name in found)
    assert _members(data.draw(st.permutations(values))) == found
    more = _members(
        [*data.draw(VALUES.map(lambda new: [each for each in new if each not in values])), *values]
    )
    assert all(more[name] == value for name, value in found.items() if name in more)


def test_everything_that_the_client_lost_is_named(tmp_path: Path) -> None:
    """A model and an operation that another replaced, a hidden import, a lost field, a broken module."""

    def spoilt(package: Path) -> None:
        broken, forgetful = (package / "models" / f"{name}.py" for name in ("broken", "thing"))
        broken.write_text("raise RuntimeError('nothing here')\n\n\nclass Broken: ...\n")
        forgetful.write_text(forgetful.read_text().replace('"b": "b"', '"c": "b"'))

    schemas = {
        "Any": fields(a=TEXT),
        "Broken": fields(a=TEXT),
        "HTTPError": fields(a=TEXT),
        "HttpError": fields(b=TEXT),
        "Thing": fields(a=TEXT, b=TEXT, other=ref("Any")),
    }
    twice = [operation("read_thing", ref("Thing")) for _ in range(2)]
    found = "\n".join(generated(document(schemas, *twice), tmp_path, spoilt))
    for said in (
        "the schema HTTPError has no model HTTPError in the client",
        "POST /path/0 has no module in the client\n    fix: give it an operationId of its own",
        "the schema Any hides an import of that name",
        "quantconnect_client.models.broken cannot be imported: RuntimeError: nothing here",
        "Thing.b is not in the client",
    ):
        assert said in found


def test_what_has_no_class_of_its_own_is_accounted_for_by_a_rule(things: Any) -> None:
    assert (things.counts["schemas_as_classes"], things.counts["schemas_decoded_in_place"]) == (19, 8)
