"""Insights as the API sends them, with their scores.

Knows: the shape of an insight (api_facts 4.3). Must not know: why it was emitted.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from .execution import Emitted
from .market import symbol_id
from .orders import number

_DIRECTIONS: Final = {1: "up", -1: "down", 0: "flat"}


def rendered(insight: Emitted, index: int, seed: int) -> dict[str, Any]:
    """One insight; its id follows from the run's seed and its place in the run."""
    call = insight.call
    moved = insight.final - insight.reference
    right = call.direction == (moved > 0) - (moved < 0)
    generated = int(insight.time.timestamp())
    return {
        "id": _identifier(seed, "insight", index),
        "groupId": None,
        "sourceModel": _identifier(seed, "model", call.model),
        "generatedTime": generated,
        "closeTime": generated + call.period,
        "symbol": symbol_id(insight.ticker, insight.kind),
        "ticker": insight.ticker,
        "type": "price",
        "reference": number(insight.reference),
        "referenceFinal": number(insight.final) if insight.closed else 0,
        "direction": _DIRECTIONS[call.direction],
        "period": call.period,
        "magnitude": call.magnitude,
        "confidence": call.confidence,
        "weight": call.weight,
        "scoreFinal": insight.closed,
        "scoreDirection": float(right and insight.closed),
        "scoreMagnitude": 0.0,
        "estimatedValue": 0.0,
        "tag": call.tag or None,
    }


def _identifier(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()[:32]
