"""Bodies of the charts, logs and reports of backtests (api_facts 4, 8.5)."""

from __future__ import annotations

from typing import Any

from quantconnect_client import UNSET, models
from real_answer import LOADING, Real

CANDLES = {
    "name": "Equity",
    "unit": "$",
    "index": 0,
    "seriesType": 2,
    "values": [[1704153600, 100000.0, 100100, 99900.5, 100050.25], [1704240000, None, None, None, None]],
}
LINE = {
    "name": "Return",
    "unit": "%",
    "index": 1,
    "seriesType": 3,
    "color": "",
    "scatterMarkerSymbol": "none",
    "values": [[1704153600, 0.0], [1704240000, None]],
    "zIndex": 1,
    "indexName": "Returns",
    "tooltip": "{SERIES_NAME}: {VALUE}",
}
CHART: dict[str, Any] = {
    "name": "Strategy Equity",
    "chartType": 0,
    "series": {"Equity": CANDLES, "Return": LINE},
    "legendDisabled": True,
}
PASCAL_CHART = {
    "Name": "Drawdown",
    "ChartType": 0,
    "Series": {"Equity Drawdown": {"Values": [{"x": 1704153600, "y": 0.0}], "Index": 0}},
}
ANSWERS = [
    Real(
        "a chart of candles and a line",
        "backtests.read_backtest_chart",
        {"chart": CHART, "success": True},
        {
            "": "ReadChartResponse",
            "chart/legend_disabled": True,
            "chart/series/Equity/values/0": [1704153600, 100000.0, 100100, 99900.5, 100050.25],
            "chart/series/Equity/values/1/1": None,
            "chart/series/Equity/color": UNSET,
            "chart/series/Return/scatter_marker_symbol": models.SeriesScatterMarkerSymbol("none"),
            "chart/series/Return/values/1": [1704240000, None],
            "chart/series/Return/z_index": 1,
        },
    ),
    Real(
        "points as objects",
        "backtests.read_backtest_chart",
        {
            "chart": {
                **CHART,
                "series": {
                    "A": {**LINE, "values": [{"x": 1704153600, "y": 1.5}, {"x": 1704240000, "y": None}]},
                    "B": {**LINE, "values": [], "scatterMarkerSymbol": "star", "color": "#1f77b4"},
                    "C": {**LINE, "values": None},
                },
            },
            "success": True,
        },
        {
            "": "ReadChartResponse",
            "chart/series/A/values/0": models.Point(x=1704153600, y=1.5),
            "chart/series/A/values/1/y": None,
            "chart/series/B/values": [],
            "chart/series/B/scatter_marker_symbol": "star",
            "chart/series/C/values": None,
        },
    ),
    Real(
        "a chart without series",
        "backtests.read_backtest_chart",
        {"chart": {**CHART, "series": []}, "errors": [], "success": True},
        {"": "ReadChartResponse", "chart/series": models.ChartSeries()},
    ),
    Real(
        "a chart in the old spelling",
        "backtests.read_backtest_chart",
        {"chart": PASCAL_CHART, "success": True},
        {"": "ReadChartResponse", "chart/Name": "Drawdown", "chart/series": UNSET},
        beside={"chart.Name", "chart.ChartType", "chart.Series"},
    ),
    Real(
        "a chart that loads",
        "backtests.read_backtest_chart",
        {**LOADING, "progress": 0, "errors": []},
        {"": "LoadingResponse", "progress": 0, "errors": []},
    ),
    Real(
        "a chart that has loaded and says so",
        "backtests.read_backtest_chart",
        {"progress": 1, "status": "loaded", "chart": CHART, "success": True},
        {"": "ReadChartResponse", "chart/name": "Strategy Equity", "status": "loaded"},
        beside={"status", "progress"},
    ),
    Real(
        "a chart that is refused",
        "backtests.read_backtest_chart",
        {"success": False, "errors": ["There is no such chart"]},
        {"": "ReadChartResponse", "errors/0": "There is no such chart"},
    ),
    Real(
        "log lines",
        "backtests.read_backtest_logs",
        {"logs": ["2024-01-02 00:00:00 Launching analysis", ""], "length": 2, "success": True},
        {"": "BacktestLogsResponse", "logs/1": "", "length": 2},
    ),
    Real("a log that loads", "backtests.read_backtest_logs", LOADING, {"": "LoadingResponse"}),
    Real(
        "a report in the making",
        "backtests.read_backtest_report",
        {"generating": True, "progress": 0.5, "success": True},
        {"": "BacktestReportGeneratingResponse", "generating": True},
        beside={"progress"},
    ),
    Real(
        "a report",
        "backtests.read_backtest_report",
        {"report": "<!doctype html><html><body>\u20ac</body></html>", "success": True},
        {"": "BacktestReport", "report": "<!doctype html><html><body>\u20ac</body></html>"},
    ),
    Real(
        "a report that is refused",
        "backtests.read_backtest_report",
        {"success": False, "errors": ["no"]},
        {"": "BacktestReport", "report": UNSET},
    ),
]
