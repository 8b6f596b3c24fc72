"""C# is followed like Python."""

from __future__ import annotations

from quantconnect_sandbox.simulation.csharp_source import translate
from simulation_projects import (
    CROSS,
    CSHARP,
    run,
    tickers,
)


def test_csharp_is_read_like_python() -> None:
    result = run(CSHARP, language="C#")
    assert result.error is None
    assert result.equity == run(CROSS).equity
    assert result.logs == ['2023-01-03 00:00:00 ready; "set"']


def test_a_csharp_parameter_attribute_takes_the_jobs_parameter() -> None:
    assert run(CSHARP, {"fast": 9}, "C#").equity == run(CROSS, {"fast": 9}).equity


def test_csharp_throw_stops_the_run_at_the_line_of_the_original() -> None:
    code = CSHARP.replace('Debug("ready', 'throw new Exception("stop");\n            Debug("ready')
    line = code.split("\n").index('            throw new Exception("stop");') + 1
    result = run(code, language="C#")
    assert "Exception : stop" in str(result.error)
    assert f"in Main.cs: line {line}" in str(result.stacktrace)


def test_csharp_lambdas_lists_and_loops_are_followed() -> None:
    code = """
class A : QCAlgorithm {
    private readonly List<string> _tickers = new List<string> { "SPY", "QQQ" };
    public override void Initialize() {
        SetStartDate(2023, 1, 1); SetEndDate(2023, 12, 31);
        foreach (var ticker in _tickers) { AddEquity(ticker, Resolution.Daily); }
        Schedule.On(DateRules.MonthStart("SPY"), TimeRules.AfterMarketOpen("SPY", 30), () => {
            foreach (var ticker in _tickers) SetHoldings(ticker, 0.5m);
            Log($"Rebalanced {_tickers.Count}");
        });
    }
}
"""
    result = run(code, language="C#")
    assert tickers(result) == {"SPY", "QQQ"}
    assert len(result.logs) == 12


def test_translation_keeps_the_line_of_each_statement() -> None:
    text, lines = translate(CSHARP)
    place = next(i for i, line in enumerate(text.split("\n")) if "Liquidate" in line)
    assert "Liquidate(_spy);" in CSHARP.split("\n")[lines[place] - 1]
