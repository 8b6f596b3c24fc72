"""Nothing that a project can hold makes a simulation raise, hang, or run the code."""

from __future__ import annotations

import ast
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import quantconnect_sandbox.simulation as package
from hypothesis import given, settings
from hypothesis import strategies as st
from quantconnect_sandbox.simulation import simulate
from quantconnect_sandbox.simulation.reading import read
from quantconnect_sandbox.simulation.statistics import profit_loss
from simulation_projects import CROSS, CSHARP, REVERSION, TRADING, job, python, run

_bounded = settings(max_examples=40)
_HOSTILE = {
    "open brackets": "x = " + "(" * 5_000,
    "many signs": "class A(QCAlgorithm):\n  def initialize(self):\n    x = " + "-" * 50_000 + "1",
    "a long sum": "class A(QCAlgorithm):\n  def initialize(self):\n    x = " + "+".join(["1"] * 30_000),
    "a long chain": "class A(QCAlgorithm):\n  def initialize(self):\n    x = a" + ".b" * 30_000,
    "a chain raised": "class A(QCAlgorithm):\n  def initialize(self):\n    raise a" + ".b" * 900,
    "deep bases": "class A(" + "a[" * 90 + "QCAlgorithm" + "]" * 90 + "):\n  def initialize(self):\n    pass",
    "a null byte": "class A(QCAlgorithm):\n  x = '\0'",
    "half a surrogate": "class A(QCAlgorithm):\n  x = '\ud800'",
    "a bad escape": "class A(QCAlgorithm):\n  def initialize(self):\n    x = '\\d'",
    "a huge power": python("x = 10 ** 10 ** 10\ny = 'a' * 10 ** 10\nz = [0] * 10 ** 9\nw = 1 << 10 ** 9"),
    "an endless loop": python("while True:\n    self.debug('x')"),
    "endless recursion": python(
        "self.again()", rest="\n    def again(self):\n        self.again()\n        self.again()\n"
    ),
    "loops in loops": python(
        "\n".join("    " * i + f"for a{i} in range(60):" for i in range(12))
        + "\n"
        + "    " * 12
        + "self.debug('x')"
    ),
    "a long list": python("x = [" + "1," * 50_000 + "]\nfor i in x:\n    self.add_equity('S' + str(i))"),
    "its own list": python(
        "x = []\nx.append(x)\nx.append(x)\nself.debug(f'{x}')\nfor y in x:\n    y.append(x)"
    ),
    "its own map": python("x = {}\nx['x'] = x\nfor k, v in x.items():\n    v['y'] = x\nself.log(str(x))"),
    "many rules": python(
        "\n".join(f"self.add_equity('T{i}')\nself.s{i} = self.sma('T{i}', {i + 2})" for i in range(100)),
        "\n".join(f"if self.s{i}.current.value > 3: self.set_holdings('T{i}', 0.01)" for i in range(100)),
    ),
    "giant numbers": python(
        "self.set_cash(1e300)\nself.set_start_date(10**14, 1, 1)\nself.sma('SPY', 10**12)"
    ),
    "no cash": python("self.set_cash(0)\nself.add_equity('SPY')", "self.set_holdings('SPY', 1)"),
    "wild weights": python(
        "self.add_equity('SPY')", "self.set_holdings('SPY', 1e12)\nself.set_holdings('SPY', -1e12)"
    ),
    "wild prices": python(
        "self.add_equity('SPY')", "self.limit_order('SPY', 1e14, -5)\nself.limit_order('SPY', -1, 1e14)"
    ),
}
_HOSTILE_CSHARP = {
    "words": "namespace A { class B : QCAlgorithm { " + "public " * 20_000 + " x " + "<" * 20_000 + " } }",
    "choices": "class B : QCAlgorithm { void Initialize() { "
    + "a ? b " * 5_000
    + "; "
    + "((" * 8_000
    + " } }",
    "braces": "{" * 20_000,
    "closed too often": "class A : QCAlgorithm { void Initialize() { } } } } } }",
    "an open string": 'class A : QCAlgorithm { void Initialize() { var x = "abc; } }',
    "an open comment": "class A : QCAlgorithm { void Initialize() { /* } }",
    "open comments": "/*" * 400_000,
    "news": "class A : B { void Initialize() { " + "new a " * 100_000 + "+ { } } }",
    "quotes": "class A : B { void Initialize() { " + '@"' * 100_001 + " } }",
    "arrows": "class A : B { void Initialize() { x(" + "=> {" * 5_000 + " } }",
    "conditions": "class A : B { void Initialize() { "
    + ("x = " + "a < b ? c = d ? " * 200 + "; ") * 100
    + " } }",
    "generics": "class A : B { " + "List<" * 50_000 + " x; " + "[a]" * 50_000 + " }",
    "spaces": "class A : B { void" + " " * 400_000 + "Initialize() { x =" + " " * 400_000 + "{ } } }",
    "lists in lists": "class A : QCAlgorithm { void Initialize() { var x = new[] " + "{" * 3_000 + " } }",
}


@pytest.mark.parametrize("code", _HOSTILE.values(), ids=_HOSTILE)
def test_hostile_python_ends_with_a_result(code: str) -> None:
    result = run(code)
    assert len(result.statistics) == 27
    assert all(math.isfinite(value) for _, value in result.equity)


@pytest.mark.parametrize("code", _HOSTILE_CSHARP.values(), ids=_HOSTILE_CSHARP)
def test_hostile_csharp_ends_with_a_result(code: str) -> None:
    result = run(code, language="C#")
    assert len(result.statistics) == 27


class Counted(datetime):
    """A time that counts how often another is made from it."""

    made = 0

    def __add__(self, other: timedelta) -> datetime:
        Counted.made += 1
        return super().__add__(other)


def test_thousands_of_trades_of_one_moment_are_told_apart_without_a_search() -> None:
    """A margin call closes every lot at once; a search from the first millisecond took half a minute."""
    moment = Counted(2024, 5, 1, 13, 31, tzinfo=UTC)
    trades = [SimpleNamespace(trade=SimpleNamespace(exit_time=moment, profit=float(n))) for n in range(500)]
    found = profit_loss(trades)
    assert list(found.values()) == [float(n) for n in range(500)]
    assert list(found)[::499] == ["2024-05-01T13:31:00Z", "2024-05-01T13:31:00.499Z"]
    assert Counted.made < 500


def test_a_project_that_is_too_large_is_refused() -> None:
    assert "too large" in str(run("x = 1\n" * 500_000).error)


def test_the_code_is_never_executed(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = f"open({str(mark)!r}, 'w').write('x')\n" + python(
        f"open({str(mark)!r}, 'w').write('x')\nexec('1/0')"
    )
    run(code)
    assert not mark.exists()


def test_no_module_of_the_package_can_execute_or_reach_out() -> None:
    forbidden = {
        "exec",
        "eval",
        "compile",
        "__import__",
        "open",
        "input",
        "importlib",
        "os",
        "socket",
        "subprocess",
        "pickle",
    }
    for path in Path(package.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in forbidden, (path.name, node.lineno)
            if isinstance(node, ast.Import):
                assert not forbidden & {alias.name.split(".")[0] for alias in node.names}, path.name
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                assert (node.module or "").split(".")[0] not in forbidden, path.name


@given(code=st.text(max_size=400))
@_bounded
def test_any_text_is_read_without_raising(code: str) -> None:
    for language in ("Py", "C#"):
        read(language, {"main.py": code, "Main.cs": code}, {})


@given(data=st.data())
@_bounded
def test_a_project_with_a_piece_cut_out_or_doubled_never_raises(data: st.DataObject) -> None:
    language, code = data.draw(st.sampled_from([("Py", CROSS), ("Py", REVERSION), ("C#", CSHARP)]))
    start = data.draw(st.integers(0, len(code)))
    end = data.draw(st.integers(start, min(start + 60, len(code))))
    cut = code[:start] + code[start:end] * data.draw(st.sampled_from([0, 2])) + code[end:]
    result = run(cut, language=language)
    assert (result.error is None) is (result.stacktrace is None)


_values = st.one_of(st.integers(-(10**6), 10**6), st.floats(allow_nan=True), st.text(max_size=12))


@given(fast=_values, slow=_values)
@_bounded
def test_any_parameter_gives_results_that_agree(fast: object, slow: object) -> None:
    result = simulate(job(CROSS, {"fast": fast, "slow": slow}))
    closed = sum(trade["profitLoss"] for trade in result.total_performance["closedTrades"])
    unrealized = sum(holding.get("u", 0.0) for holding in result.holdings.values())
    paid = sum(event.get("orderFeeAmount", 0.0) for order in result.orders for event in order["events"])
    assert result.equity[-1][1] == pytest.approx(100_000 + closed + unrealized - paid, abs=0.05)
    assert int(result.statistics["Total Orders"]) == len(result.orders)


@given(
    weight=st.floats(-2.5, 2.5),
    period=st.integers(1, 60),
    ticker=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=5),
    year=st.integers(1998, 2024),
    code=st.sampled_from(sorted(TRADING)),
)
@_bounded
def test_any_variation_of_a_strategy_agrees_with_itself(
    weight: float, period: int, ticker: str, year: int, code: str
) -> None:
    varied = (
        TRADING[code]
        .replace("2023,", f"{year},")
        .replace('"SPY"', f'"{ticker}"')
        .replace("20)", f"{period})")
    )
    varied = varied.replace("(self.spy, 1)", f"(self.spy, {weight})").replace("0.9,", f"{weight},")
    result = run(varied)
    assert result.error is None
    closed = sum(trade["profitLoss"] for trade in result.total_performance["closedTrades"])
    unrealized = sum(holding.get("u", 0.0) for holding in result.holdings.values())
    paid = sum(event.get("orderFeeAmount", 0.0) for order in result.orders for event in order["events"])
    assert result.equity[-1][1] == pytest.approx(100_000 + closed + unrealized - paid, abs=0.2)
    assert all(start <= high and low <= end for _, start, high, low, end in _candles(result.charts))


def _candles(charts: dict) -> list[list[float]]:
    return charts["Strategy Equity"]["series"]["Equity"]["values"]
