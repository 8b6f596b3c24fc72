"""No text of a description becomes code: it is refused, or it stands in the tree as a text."""

import ast
import functools
import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openapi_python_client
import pytest
from codegen_inputs import BEFORE
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import PythonCode

from codegen.inputs import yaml_document
from codegen.inputs.problems import Problems, Refused
from codegen.output import (
    client_document,
    filters,
    generator,
    interpreter,
    rendering,
)
from codegen.tools import compilation
from codegen.tools.compilation import Inputs

DOCUMENTS: dict[str, Any] = {
    name: yaml_document.plain(yaml_document.parse(Path(getattr(BEFORE, name)).read_text(), "", Problems()))
    for name in ("spec", "overlay", "scopes")
}
DOCUMENTS["spec"]["components"]["schemas"]["Thing"]["properties"] |= {
    "kind": {"const": "thing", "title": "Kind", "example": "thing"},
    "state": {"type": "string", "default": "new", "pattern": "^n", "description": "How it is."},
}
DOCUMENTS["scopes"] |= {"withheld": {"/things/order": "Nobody needs it."}}
del DOCUMENTS["scopes"]["endpoints"]["/things/order"]
CODE = '2.0.0"""\nimport pathlib; pathlib.Path("ran").touch()\n"""x'
MARKS = st.sampled_from("\"'\\\n\0\ud800\u2028{}%#]</|(`x")
PIECES = st.sampled_from(['"""', "'''", "{{ 1 }}", "{%", "](", "import os", CODE])
HOSTILE = st.lists(MARKS | PIECES, min_size=1, max_size=5).map("".join)


def _texts(node: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every text, and to every key that a text names."""
    if isinstance(node, str):
        yield way
    for key, value in (
        node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    ):
        yield from _texts(value, (*way, key))
        if isinstance(key, str):
            yield (*way, key, None)


PLACES = [place for place in _texts(DOCUMENTS) if place[1] is not None]


def _with(place: tuple[Any, ...], text: str) -> dict[str, Any]:
    """Return the inputs with another text at one place."""
    documents: dict[str, Any] = json.loads(json.dumps(DOCUMENTS))
    *way, last = place[:-1] if place[-1] is None else place
    holder: Any = documents
    for step in way:
        holder = holder[step]
    if place[-1] is None:
        renamed = {text if key == last else key: value for key, value in holder.items()}
        holder.clear()
        holder.update(renamed)
    else:
        holder[last] = text
    return documents


def _shape(documents: dict[str, Any]) -> Counter[str] | None:
    """Make all files but those that ruff formats; count the nodes of their syntax. None: it is refused."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for key, document in documents.items():
            (folder / f"{key}.yaml").write_text(json.dumps(document))
        try:
            compiled = compilation.compile(Inputs(*(folder / f"{key}.yaml" for key in DOCUMENTS)))
        except Refused:
            return None
        (folder / "document.json").write_text(json.dumps(client_document.prepared(compiled.document)))
        templates = rendering.TEMPLATES / "openapi_python_client"
        if generator.generate(folder / "document.json", templates, folder / "made"):
            return None
        files = {
            path.relative_to(folder).as_posix(): path.read_text() for path in (folder / "made").rglob("*.py")
        }
        files |= rendering.client_files(compiled.catalogue.api_version)
        files |= rendering.tool_modules(compiled.catalogue) | rendering.documents(compiled.catalogue)
    assert len(tomllib.loads(files["pyproject.toml"])) == 3
    nodes: Counter[str] = Counter()
    for path, text in files.items():
        if path.endswith(".py"):
            nodes.update(type(node).__name__ for node in ast.walk(ast.parse(text)))
        elif path.endswith(".md"):
            nodes.update({f"{path} {mark}": text.count(mark) for mark in ("\n", "<", " |", "](")})
    return nodes


@functools.cache
def _plain_shape() -> Counter[str] | None:
    return _shape(DOCUMENTS)


@settings(max_examples=10)
@given(place=st.sampled_from(PLACES), text=HOSTILE)
def test_a_text_of_the_inputs_is_refused_or_stays_a_text(place: tuple[Any, ...], text: str) -> None:
    found = _shape(_with(place, text))
    # Another name, or one that is published otherwise than the API writes it, changes a little by itself.
    harmless = (_shape(_with(place, other)) for other in ("harmless", "harm less"))
    assert found is None or found == _plain_shape() or found in harmless


def test_a_template_stops_at_a_text_that_passed_no_filter() -> None:
    made = filters.environment(rendering.TEMPLATES)
    assert made.from_string("{{ one | word }} {{ 1 }}").render(one="read") == "read 1"
    for template in ("{{ one }}", "{{ one | upper }}", "{{ [one] }}", "{{ one if true }}", "{{ none }}"):
        with pytest.raises(filters.UnfilteredError):
            made.from_string(template).render(one="read")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("word", "a b"),
        ("word", 'x"""'),
        ("identifier", "1abc"),
        ("identifier", "class"),
        ("identifier", "é"),
        ("expression(())", "api.send(__import__('os'))"),
        ("expression(())", "[x for x in arguments]"),
    ],
)
def test_a_filter_lets_nothing_else_through(name: str, value: str) -> None:
    with pytest.raises(filters.UnfilteredError):
        filters.environment(rendering.TEMPLATES).from_string(f"{{{{ one | {name} }}}}").render(one=value)


def test_a_template_of_the_generator_stops_as_well_and_names_the_text() -> None:
    generator.generate(Path(), Path(), Path())
    made = vars(openapi_python_client)["Environment"]()
    assert made.from_string("{{ one }}").render(one="written") == "written"
    for one in (UntrustedString('a thing"'), PythonCode("x")):
        with pytest.raises(TypeError, match="is written and passed no filter"):
            made.from_string("{{ one }}").render(one=one)
    assert str(UntrustedString('a "thing"')) == "a ?thing?"


def test_what_imports_a_tree_has_no_secret_of_the_one_who_generates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("QUANTCONNECT_API_TOKEN", "JWT_SECRET_KEY", "LEDGAI_TOKEN", "GITHUB_TOKEN", "PYTHONPATH"):
        monkeypatch.setenv(name, "canary")
    seen = interpreter.run("-c", "import os; print(sorted(os.environ.items()))", folder=tmp_path).stdout
    assert "PYTHONUTF8" in seen
    assert "canary" not in seen
