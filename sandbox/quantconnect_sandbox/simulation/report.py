"""A backtest's report: one HTML page that needs nothing from anywhere else.

Knows: HTML and SVG. Must not know: how results were computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

_WIDTH, _HEIGHT = 720, 220
_STYLE: Final = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:2rem auto;max-width:46rem;color:#1a2433}"
    "table{border-collapse:collapse;width:100%}td{border-bottom:1px solid #d8dee6;padding:.25rem .5rem}"
    "td:last-child{text-align:right;font-variant-numeric:tabular-nums}svg{width:100%;height:auto}"
    "h2{font-size:1rem;margin:1.5rem 0 .5rem}"
    ".banner{background:#fff3cd;border:1px solid #b58900;padding:.5rem .75rem;font-weight:600}"
)
BANNER: Final = "Sandbox: invented results. No line of the code was run, and these are not market prices."


def report(
    name: str, period: str, statistics: Mapping[str, str], equity: Sequence[float], drawdown: Sequence[float]
) -> str:
    """The page: equity and drawdown (percent, at most 0) as drawings, the statistics as a table."""
    rows = "".join(
        f"<tr><td>{escape(key)}</td><td>{escape(value)}</td></tr>" for key, value in statistics.items()
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(name)} (invented)</title><style>{_STYLE}</style></head><body>"
        f'<p class="banner" role="note">{BANNER}</p><h1>{escape(name)}</h1><p>{escape(period)}</p>'
        f"<h2>Equity</h2>{_drawing(equity, '#1f6feb')}"
        f"<h2>Drawdown (%)</h2>{_drawing(drawdown, '#c2413b')}"
        f"<h2>Statistics</h2><table>{rows}</table></body></html>"
    )


def _drawing(values: Sequence[float], colour: str) -> str:
    """A line across the whole width, with its lowest and highest value written beside it."""
    step = max(len(values) // _WIDTH, 1)
    shown = [*values[::step], *values[-1:]] or [0.0]
    low, high = min(shown), max(shown)
    scale = (_HEIGHT - 30) / ((high - low) or 1.0)
    across = _WIDTH / max(len(shown) - 1, 1)
    points = " ".join(f"{i * across:.1f},{_HEIGHT - 15 - (v - low) * scale:.1f}" for i, v in enumerate(shown))
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="from {shown[0]:.2f} to {shown[-1]:.2f}">'
        f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>'
        f'<text x="2" y="11" font-size="11">{high:,.2f}</text>'
        f'<text x="2" y="{_HEIGHT - 2}" font-size="11">{low:,.2f}</text></svg>'
    )
