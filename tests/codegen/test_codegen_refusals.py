"""What codegen refuses: each problem with its file, its line and what to write, in the words of the table."""

from typing import Any

import pytest
from codegen_inputs import SPEC, Mini, table

from codegen.inputs.problems import Refused
from codegen.tools import compilation


def _name(case: dict[str, Any]) -> str:
    return str(case.get("case") or case.get("entry") or case["grant"])


@pytest.mark.parametrize("case", table("refusals"), ids=_name)
def test_it_is_refused_in_these_words(mini: Mini, case: dict[str, Any]) -> None:
    assert "\n".join(mini.changed(case).refused()) + "\n" == case["refused"]


def test_a_missing_input_is_refused_with_its_name(mini: Mini) -> None:
    inputs = mini.inputs()
    inputs.scopes.unlink()
    with pytest.raises(Refused, match=r"scopes\.yaml: cannot be read: No such file or directory"):
        compilation.compile(inputs)


def test_what_looks_like_a_reference_in_an_example_is_none(mini: Mini) -> None:
    example = "{type: object, example: {$ref: '#/gone'}}"
    properties = f"{{$ref: {{type: string}}, default: {{$ref: '#/components/schemas/A'}}, x: {example}}}"
    mini.body(f"{{type: object, properties: {properties}}}", components="{A: {type: integer}}")
    assert set(mini.tools()["read_thing"].wire_schema["properties"]) == {"ref", "default", "x"}


def test_an_unsupported_construct_in_a_response_is_accepted(mini: Mini) -> None:
    answer = "{description: T, content: {application/json: {schema: {not: {type: string}}}}}"
    mini.spec = SPEC.replace("{description: The thing.}", answer)
    assert list(mini.tools()) == ["read_thing"]
