"""An error in a project's code stops its simulation, with its text and line."""

from __future__ import annotations

from quantconnect_sandbox.simulation import simulate
from simulation_projects import job, python, run


def test_a_division_by_zero_in_initialize_stops_the_run_at_its_line() -> None:
    result = run(python("x = 3\ny = x / 0"))
    assert result.initialize_error is True
    assert "division by zero" in str(result.error)
    assert "in main.py: line 9" in str(result.stacktrace)
    assert "y = x / 0" in str(result.stacktrace)
    assert (result.orders, result.tradeable_dates, result.rolling_window) == ([], 0, {})


def test_a_name_that_nothing_defines_stops_the_run_at_its_line() -> None:
    result = run(python("self.spy = symbol_of_spy"))
    assert result.initialize_error is True
    assert "name 'symbol_of_spy' is not defined" in str(result.error)
    assert "line 8" in str(result.stacktrace)


def test_what_lean_and_imports_bring_is_not_undefined() -> None:
    setup = (
        "import statistics as st\nx = [np.mean(a) for a in [deque(), TradeBar]]\ny = st.mean(x)\nMyEnum = x"
    )
    assert run(python(setup)).error is None


def test_a_name_guarded_by_try_is_not_an_error() -> None:
    assert run(python("try:\n    missing_thing()\nexcept NameError:\n    pass")).error is None


def test_raise_stops_the_run_with_its_text() -> None:
    result = run(python('raise ValueError("no such market")'))
    assert "ValueError : no such market" in str(result.error)


def test_raise_behind_a_condition_that_is_false_does_not_stop_the_run() -> None:
    assert run(python('if 1 > 2:\n    raise ValueError("never")')).error is None


def test_an_error_in_on_data_is_a_runtime_error_and_not_of_initialize() -> None:
    result = run(python('self.add_equity("SPY")\nself.log("ready")', "x = 1 / 0"))
    assert result.initialize_error is False
    assert str(result.error).startswith("Runtime Error: ZeroDivisionError")
    assert "at on_data" in str(result.stacktrace)
    assert len(result.logs) == 1


def test_a_syntax_error_is_told_with_file_and_line() -> None:
    result = run(python('self.add_equity("SPY"'))
    assert "SyntaxError" in str(result.error)
    assert "in main.py: line 8" in str(result.stacktrace)


def test_a_project_without_an_algorithm_fails() -> None:
    assert "QCAlgorithm" in str(run("x = 1").error)
    assert "QCAlgorithm" in str(simulate(job("", files={})).error)


def test_an_end_before_the_start_fails() -> None:
    assert "after the end" in str(run(python("pass", start="2023, 2, 1", end="2023, 1, 1")).error)


def test_an_impossible_date_fails_at_its_line() -> None:
    result = run(python("self.set_start_date(2023, 2, 30)"))
    assert "line 8" in str(result.stacktrace)
    assert result.initialize_error
