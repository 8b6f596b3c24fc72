"""What a simulation takes from a project's code, and what stops its run."""

import ast
import math
import re
from datetime import date
from pathlib import Path

import pytest
import quantconnect_sandbox.simulation as package
from hypothesis import given, settings
from hypothesis import strategies as st
from quantconnect_sandbox.simulation import queue_seconds, read, simulate
from quantconnect_sandbox.simulation.source_facts import UNIVERSE
from simulation_projects import CSHARP, DAILY, MINUTE, job, python, run


def test_dates_cash_securities_and_parameters_are_those_of_the_code() -> None:
    facts = read("Py", {"main.py": DAILY})
    assert (facts.start, facts.end, facts.cash) == (date(2023, 1, 1), date(2023, 12, 31), 100_000)
    assert (facts.algorithm, facts.assets, facts.resolution) == ("Sample", {"SPY": "equity"}, "daily")
    assert facts.parameters == {"fast": 5, "slow": 20}
    assert (facts.tags, facts.predicts, facts.on_command) == (("in", "out"), False, False)
    assert facts.charts == {"Means": ["Fast"], "Slow": ["Slow"]}


def test_csharp_is_read_like_python() -> None:
    facts = read("C#", {"Main.cs": CSHARP})
    assert (facts.start, facts.end, facts.cash) == (date(2023, 1, 1), date(2023, 12, 31), 50_000)
    assert (facts.algorithm, facts.resolution) == ("Cross", "daily")
    assert facts.assets == {"SPY": "equity", "QQQ": "equity"}
    assert (facts.parameters, facts.tags) == ({"fast": 5}, ("in", "out"))
    assert (facts.charts, facts.on_command, facts.failure) == ({"Means": ["Fast"]}, True, None)
    result = run(CSHARP, language="C#")
    assert {order["symbol"]["value"] for order in result.orders} == {"SPY", "QQQ"}
    assert run(CSHARP, {"fast": 50}, "C#").equity != result.equity


@pytest.mark.parametrize(
    ("line", "assets"),
    [
        ('self.AddEquity("spy")', {"SPY": "equity"}),
        ('self.add_forex(ticker="EURUSD")', {"EURUSD": "forex"}),
        ('self.add_security(SecurityType.CRYPTO, "ETHUSD")', {"ETHUSD": "crypto"}),
        ("self.add_future(Futures.Indices.SP500)", dict.fromkeys(UNIVERSE, "equity")),
        ("[self.add_equity(t) for t in WEIGHTS]", {"A": "equity", "B": "equity"}),
        ("for t, w in WEIGHTS.items(): self.add_equity(t)", {"A": "equity", "B": "equity"}),
        ('Symbol.create("BND", SecurityType.EQUITY, Market.USA)', {"BND": "equity"}),
    ],
)
def test_securities_are_found_however_they_are_named(line: str, assets: dict[str, str]) -> None:
    code = 'WEIGHTS = {"A": 0.5, "B": 0.5}\n' + python(line)
    assert read("Py", {"main.py": code}).assets == assets


def test_a_universe_holds_five_large_companies_and_the_number_of_securities_is_bounded() -> None:
    assert len(read("Py", {"main.py": python("self.add_universe(self.chosen)")}).assets) == 5
    many = python(f"for t in {[f'T{n}' for n in range(90)]}: self.add_equity(t)")
    assert len(read("Py", {"main.py": many}).assets) == 25


def test_a_run_without_dates_is_the_year_before_the_backtest() -> None:
    result = run('class A(QCAlgorithm):\n  def initialize(self): self.add_equity("SPY")')
    assert (f"{result.start:%F}", f"{result.end:%F %T}") == ("2024-06-02", "2025-06-01 23:59:59")


def test_charts_that_the_code_plots_exist_and_its_tags_are_on_orders() -> None:
    result = run(DAILY)
    assert len(result.charts["Means"]["series"]["Fast"]["values"]) == result.tradeable_dates == 250
    assert list(result.charts["Slow"]["series"]) == ["Slow"]
    assert {order["tag"] for order in result.orders} == {"in", "out"}
    assert not any("tag" in order for order in run(MINUTE).orders)


@pytest.mark.parametrize(
    ("setup", "on_data", "error", "line"),
    [
        ("x = 1\nraise ValueError('no market')", "pass", "initialization.*: ValueError : no market", 9),
        ("raise MyError", "pass", "initialization.*: MyError", 8),
        ("pass", "raise RuntimeError('stop')", "^Runtime Error: RuntimeError : stop", 11),
        ('self.add_equity("SPY"', "pass", "SyntaxError", 8),
    ],
)
def test_what_certainly_fails_stops_the_run_with_its_text_and_line(
    setup: str, on_data: str, error: str, line: int
) -> None:
    result = run(python(setup, on_data))
    assert result.error is not None
    assert result.stacktrace is not None
    assert re.search(error, result.error)
    assert f"in main.py: line {line}" in result.stacktrace
    assert result.orders == []
    assert result.logs[-1].endswith(result.error)


def test_a_throw_of_csharp_stops_the_run_at_its_line() -> None:
    code = CSHARP.replace("// SetCash(7);", 'throw new Exception("stop");')
    line = next(n for n, each in enumerate(code.split("\n"), 1) if '"stop"' in each)
    result = run(code, language="C#")
    assert result.initialize_error
    assert "Exception : stop" in str(result.error)
    assert f"in Main.cs: line {line}" in str(result.stacktrace)


@pytest.mark.parametrize(
    "setup", ["if x:\n    raise ValueError()", "return\nraise ValueError()", "self.misspelt()"]
)
def test_what_may_not_happen_or_is_not_looked_at_does_not_stop_the_run(setup: str) -> None:
    assert run(python(setup)).error is None


def test_a_project_without_an_algorithm_or_with_its_dates_reversed_fails() -> None:
    assert "QCAlgorithm" in str(run("x = 1").error)
    assert "QCAlgorithm" in str(simulate(job("", files={})).error)
    assert "after the end" in str(run(python("pass", start="2024, 2, 1")).error)


def test_a_comment_asks_for_a_crash_midway_or_a_long_queue() -> None:
    whole, part = run(DAILY), run(DAILY + "# sandbox: crash at 0.4\n")
    assert part.failed_at == 0.4
    assert "asks for a crash at 0.4" in str(part.error)
    assert 0.3 < len(part.equity) / len(whole.equity) < 0.5
    assert part.orders
    assert queue_seconds({"main.py": DAILY, "b.py": "# sandbox: queue for 90"}) == 90
    assert queue_seconds({"main.py": DAILY}) is None


_HOSTILE = {
    "open brackets": "x = " + "(" * 5_000,
    "a long sum": python("x = " + "+".join(["1"] * 30_000)),
    "deep bases": "class A(" + "a[" * 90 + "QCAlgorithm" + "]" * 90 + "):\n  def initialize(self):\n    pass",
    "a null byte": "class A(QCAlgorithm):\n  x = '\0'",
    "half a surrogate": "class A(QCAlgorithm):\n  x = '\ud800'",
    "giant numbers": python(
        "self.set_cash(1e300)\nself.set_start_date(10**14, 1, 1)\nself.set_cash(10**400)"
    ),
    "no cash": python("self.set_cash(0)\nself.add_equity('SPY')"),
    "too large": "x = 1\n" * 500_000,
}
_HOSTILE_CSHARP = {
    "brackets": "class B : QCAlgorithm { void Initialize() { " + "AddEquity((" * 10_000 + " } }",
    "braces": "{" * 20_000,
    "an open string": 'class A : QCAlgorithm { void Initialize() { var x = "abc; } }',
    "open comments": "/*" * 100_000,
    "quotes": "class A : QCAlgorithm { void Initialize() { " + '@"' * 100_001 + " } }",
    "assignments": "class A : QCAlgorithm { " + "a = " * 20_000 + " }",
}


@pytest.mark.parametrize(
    ("language", "code"),
    [*(("Py", code) for code in _HOSTILE.values()), *(("C#", code) for code in _HOSTILE_CSHARP.values())],
    ids=[*_HOSTILE, *_HOSTILE_CSHARP],
)
def test_hostile_code_ends_with_a_result(language: str, code: str) -> None:
    result = run(code, language=language)
    assert len(result.statistics) == 27
    assert all(math.isfinite(value) for _, value in result.equity)


@given(code=st.text(max_size=400))
@settings(max_examples=40)
def test_any_text_is_read_without_raising(code: str) -> None:
    for language in ("Py", "C#"):
        read(language, {"main.py": code, "Main.cs": code})


@given(data=st.data())
@settings(max_examples=60)
def test_a_project_with_a_piece_cut_out_or_doubled_is_read_without_raising(data: st.DataObject) -> None:
    language, code = data.draw(st.sampled_from([("Py", DAILY), ("Py", MINUTE), ("C#", CSHARP)]))
    start = data.draw(st.integers(0, len(code)))
    end = data.draw(st.integers(start, min(start + 60, len(code))))
    cut = code[:start] + code[start:end] * data.draw(st.sampled_from([0, 2])) + code[end:]
    read(language, {"main.py": cut, "Main.cs": cut})


def test_the_code_is_never_executed_and_no_module_could(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    write = f"open({str(mark)!r}, 'w').write('x')"
    run(f"{write}\n" + python(f"{write}\nexec('1/0')"))
    assert not mark.exists()
    forbidden = {"exec", "eval", "compile", "__import__", "open", "importlib", "os", "socket", "subprocess"}
    for path in Path(package.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in forbidden, (path.name, node.lineno)
            if isinstance(node, ast.Import):
                assert not forbidden & {alias.name.split(".")[0] for alias in node.names}, path.name
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                assert (node.module or "").split(".")[0] not in forbidden, path.name
