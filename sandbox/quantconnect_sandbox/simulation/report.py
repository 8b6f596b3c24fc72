"""A backtest's report: one HTML page that needs nothing from anywhere else.

Knows: HTML and SVG. Must not know: how results were computed.
"""

from collections.abc import Mapping, Sequence
from html import escape

BANNER = "Sandbox: invented results. No line of the code was run, and these are not market prices."
_STYLE = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:2rem auto;max-width:46rem}table{width:100%}"
    "td:last-child{text-align:right}.banner{background:#fff3cd;padding:.5rem;font-weight:600}"
)


def report(name: str, period: str, statistics: Mapping[str, str], equity: Sequence[float]) -> str:
    """The page: the equity as a drawing, the statistics as a table."""
    rows = [f"<tr><td>{escape(key)}</td><td>{escape(value)}</td></tr>" for key, value in statistics.items()]
    low, high = min(equity), max(equity)
    scale, across = 200 / ((high - low) or 1.0), 700 / len(equity)
    points = [f"{i * across:.1f},{205 - (value - low) * scale:.1f}" for i, value in enumerate(equity)]
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(name)} (invented)</title><style>{_STYLE}</style></head><body>"
        f'<p class="banner" role="note">{BANNER}</p><h1>{escape(name)}</h1><p>{escape(period)}</p>'
        f"<h2>Equity, from {low:,.2f} to {high:,.2f}</h2>"
        '<svg viewBox="0 0 700 210" role="img" aria-label="Equity">'
        f'<polyline fill="none" stroke="#1f6feb" points="{" ".join(points)}"/></svg>'
        f"<h2>Statistics</h2><table>{''.join(rows)}</table></body></html>"
    )
