"""Calls of the tools of this repository, by somebody who may everything."""

from __future__ import annotations

from typing import Any

from quantconnect_tools import SCOPES
from runtime_stage import identity

EVERYTHING = identity(frozenset(SCOPES), organization="org-1")
FILE = {"projectId": 1, "name": "main.py"}
DEPLOYMENT = {
    "versionId": "-1",
    "projectId": 1,
    "compileId": "c",
    "nodeId": "n",
    "brokerage": {"id": "QuantConnectBrokerage"},
}
CALLS: dict[str, dict[str, Any]] = {
    "read_backtest": {"projectId": 1, "backtestId": "b"},
    "create_backtest": {"projectId": 1, "compileId": "c", "backtestName": "b"},
    "create_live_algorithm": DEPLOYMENT,
}
"""One that reads, two that must not be made twice."""
