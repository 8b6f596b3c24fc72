"""What checking arguments costs for the tool with the largest schema, beside one with a small schema.

Knows: the catalogue, the checker. Must not know: requests.
"""

from __future__ import annotations

import json
import time
from functools import partial
from typing import Any

from quantconnect_tools import CATALOG, Tool

from benchmarks.series import Row, in_turn
from ledgai_mcp.calls.arguments import ArgumentValidator
from ledgai_mcp.errors import BadArguments

SMALL = CATALOG["read_backtest"]
GIVEN_SMALL = {"projectId": 1, "backtestId": "b"}
LARGEST = max(CATALOG.values(), key=lambda tool: len(json.dumps(tool.schema)))
_OWN = {"id": "QuantConnectBrokerage"}
_PLACES = {"projectId": 1, "compileId": "c", "nodeId": "n", "versionId": "-1"}
GIVEN: dict[str, Any] = {**_PLACES, "brokerage": _OWN, "dataProviders": {"QuantConnectBrokerage": _OWN}}
WRONG = {**GIVEN, "brokerage": {"id": "TradierBrokerage"}}
TIMES, BATCH = 7, 50


def rows() -> list[Row]:
    """Compare a check that passes, one that does not, and the first, which makes the validator."""
    kept = ArgumentValidator(max_upload_bytes=1_000_000)
    good, bad, first, small = in_turn(
        [
            partial(_checked, kept, LARGEST, GIVEN),
            partial(_checked, kept, LARGEST, WRONG),
            partial(_first, LARGEST),
            partial(_checked, kept, SMALL, GIVEN_SMALL),
        ],
        TIMES,
    )
    return [
        Row(f"check of {LARGEST.name}", good, f"a check of {SMALL.name}", good / small),
        Row("  if it does not fit", bad, "the same", bad / small),
        Row("  the first one", first, "the same", first / small),
    ]


def _checked(checker: ArgumentValidator, tool: Tool, given: dict[str, Any]) -> float:
    began = time.perf_counter()
    for _ in range(BATCH):
        try:
            checker.check(tool, given)
        except BadArguments:
            if given is not WRONG:
                raise
    return (time.perf_counter() - began) / BATCH


def _first(tool: Tool) -> float:
    began = time.perf_counter()
    ArgumentValidator(max_upload_bytes=1_000_000).check(tool, GIVEN)
    return time.perf_counter() - began
