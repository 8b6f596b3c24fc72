"""What the sandbox understands of sources: builds of C#, naming, completion, explanations."""

import ast
from pathlib import Path
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quantconnect_sandbox.endpoints.templates import CSHARP
from quantconnect_sandbox.languages import csharp_source, pep8, python_source
from quantconnect_sandbox.languages.completion import completions

GOOD = Path(__file__).with_name("sound.cs").read_text("utf-8")


def errors(source: str) -> list[str]:
    return [each.code for each in csharp_source.check_one("Main.cs", source)]


@pytest.mark.parametrize(
    "source", [GOOD, CSHARP, "", "// only a comment", "namespace A;\npublic class B { }"]
)
def test_sound_csharp_has_no_errors(source: str) -> None:
    assert csharp_source.check_one("Main.cs", source) == []


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (CSHARP.rstrip().rstrip("}"), "CS1513"),
        (CSHARP + "}", "CS1022"),
        (CSHARP.replace("SetCash(100000)", "SetCash(100000"), "CS1026"),
        (CSHARP.replace("SetCash(100000);", "SetCash(100000)"), "CS1002"),
        (CSHARP.replace('"SPY"', '"SPY'), "CS1010"),
        (CSHARP.replace("Liquidate(_spy);", "var x = 5 var y = 6;"), "CS1002"),
        ("this is not code", "CS8803"),
        ("def f():\n    pass", "CS8803"),
        ('"text"', "CS8803"),
    ],
)
def test_broken_csharp_has_an_error_with_a_code(source: str, code: str) -> None:
    assert errors(source)[0] == code


@pytest.mark.parametrize(
    "source", ["x = (", "def f(:\n    pass", "  indented", "x = 'open", "\x00", "return 5", "(" * 500]
)
def test_broken_python_has_an_error(source: str) -> None:
    assert [each.error for each in python_source.check_one("main.py", source)] == [True]


def test_a_parse_that_fails_because_of_another_thread_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [SystemError("AST constructor recursion depth mismatch"), ast.parse("x = 1")]
    monkeypatch.setattr(ast, "parse", Mock(side_effect=answers))
    assert python_source.check_one("main.py", "x = 1") == []


def test_an_error_names_line_and_column() -> None:
    found = csharp_source.check_one("Main.cs", "class A\n{\n    void F( { }\n}\n")[0]
    assert (found.file, found.line, found.column) == ("Main.cs", 3, 13)


@given(st.text(max_size=200) | st.text('$@"{}\\ax\n', max_size=60))
def test_any_text_is_checked_and_converted_without_a_failure(source: str) -> None:
    for finding in csharp_source.check_one("Main.cs", source) + python_source.check_one("main.py", source):
        assert min(finding.line, finding.column) >= 1
        assert finding.logged()
    assert isinstance(pep8.converted(source), str)


def test_members_become_snake_case_and_classes_and_texts_stay() -> None:
    source = (
        "class MyAlgo(QCAlgorithm):\n"
        "    def Initialize(self):\n"
        '        self.AddEquity("SetCash", Resolution.Daily)  # SetCash\n'
        "        self.rsi = self.RSI(self.x, 14); y = RelativeStrengthIndex(14)\n"
    )
    wanted = source
    for old in ("Initialize", "AddEquity", "Daily", "self.RSI"):
        new = {"AddEquity": "add_equity", "Daily": "DAILY"}.get(old, old.lower())
        wanted = wanted.replace(old, new)
    assert pep8.converted(source) == pep8.converted(wanted) == wanted


def test_a_sentence_is_continued_by_known_names_that_are_short_enough() -> None:
    assert completions("Py", "self.set_ca", 1000)[0] == "self.set_cash"
    assert completions("C#", "SetCa", 1000)[0] == "SetCash"
    assert completions("Py", "spread = 1; x = spr", 1000)[0] == "spread = 1; x = spread"
    assert completions("Py", "self.zzz", 1000) == completions("Py", "self.set_ca", 12) == []
