"""A small description before, what is rendered from it after; and the corners of rendering.

After an intended change of a template: `GOLDEN=write python -m pytest tests/codegen`, then read the diff.
"""

import os
from pathlib import Path
from typing import Any

import jinja2
import pytest
from codegen_inputs import GOLDEN

from codegen.output import filters, markdown, rendering

FILES = [
    "SCOPES.md",
    "TOOLS.md",
    "quantconnect_client/api/pictures/hang_picture.py",
    "quantconnect_client/api/things/read_thing.py",
    "quantconnect_client/models/making.py",
    "quantconnect_client/models/thing.py",
    "quantconnect_client/models/thing_color.py",
    "quantconnect_tools/catalog.py",
    "quantconnect_tools/doors.py",
    "quantconnect_tools/full/create_thing.json",
    "quantconnect_tools/pictures.py",
    "quantconnect_tools/things.py",
    "quantconnect_tools/wire/create_thing.json",
    "quantconnect_tools/wire/hang_picture.json",
    "quantconnect_tools/wire/read_thing.json",
]


@pytest.mark.parametrize("name", FILES)
def test_the_file_is_what_a_reviewer_approved(tree: Path, name: str) -> None:
    golden = GOLDEN / "generated" / name
    if os.environ.get("GOLDEN") == "write":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_bytes((tree / name).read_bytes())
    assert (tree / name).read_text(encoding="utf-8") == golden.read_text(encoding="utf-8")


def test_nothing_stale_is_among_the_approved_files() -> None:
    folder = GOLDEN / "generated"
    assert (
        sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if path.is_file()) == FILES
    )


def test_every_module_says_that_it_is_generated(tree: Path) -> None:
    modules = sorted(tree.rglob("*.py"))
    assert len(modules) > 30
    for path in modules:
        assert path.read_text(encoding="utf-8").startswith(f"# {rendering.BANNER}\n"), path


def test_a_full_schema_is_written_only_where_it_says_more_than_the_wire(tree: Path) -> None:
    assert [path.name for path in (tree / "quantconnect_tools" / "full").iterdir()] == ["create_thing.json"]


def test_an_unknown_name_in_a_template_stops_the_run() -> None:
    template = filters.environment(rendering.TEMPLATES).from_string("{{ tools.naem }}")
    with pytest.raises(jinja2.UndefinedError, match="naem"):
        template.render(tools=object())


@pytest.mark.parametrize(
    ("text", "docstring"),
    [
        ("Read a thing. Then another.", '"""Read a thing."""'),
        ("Read it", '"""Read it."""'),
        ('Say """quotes""" and \\n', "\"\"\"Say '''quotes''' and \\\\n.\"\"\""),
        ('End with "quotes"', '"""End with "quotes"."""'),
    ],
)
def test_a_description_becomes_a_docstring(text: str, docstring: str) -> None:
    assert filters.docstring(text) == docstring
    namespace: dict[str, Any] = {}
    exec(f"def function():\n    {docstring}", namespace)  # noqa: S102 - our own text
    assert namespace["function"].__doc__


def test_a_long_description_is_wrapped() -> None:
    lines = filters.docstring("Read " + "many words " * 30).splitlines()
    assert max(map(len, lines)) <= 110
    assert lines[-1] == '    """'


def test_a_table_reads_as_plain_text_and_keeps_a_bar_in_its_cell() -> None:
    assert markdown.table(("Tool", "Text"), [("a", "x | y"), ("longer", "z")]) == (
        "| Tool   | Text |\n| ------ | ---- |\n| a      | x &#124; y |\n| longer | z |"
    )
