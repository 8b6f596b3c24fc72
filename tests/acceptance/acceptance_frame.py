"""What is said of each tool: arguments that succeed and are refused; and those that many tools have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from acceptance_account import CODE, NOWHERE, Account
from attrs import frozen

Arguments = Callable[[Account], dict[str, Any]]

NO_PROJECT = "Project not found, or you have no access to it"
STRANGE = {"organizationId": "0" * 32}
NO_ORGANIZATION = "Organization not found, or you are not a member of it"
SOURCES = [{"name": "main.py", "content": CODE}]
PATCH = """\
--- a/main.py
+++ b/main.py
@@ -1,1 +1,2 @@
 from AlgorithmImports import *
+import math
"""
RIGHTS = {"collaborationLiveControl": False, "collaborationWrite": True}
CHART = {"name": "Strategy Equity", "count": 10}
ORDER = {"$type": "OrderCommand", "symbol": "SPY", "quantity": 1}


@frozen
class Calls:
    """One tool."""

    good: Arguments
    shows: str
    """A key of the answer."""
    bad: Arguments
    says: tuple[str, ...]
    """Words of the refusal."""


def no_arguments(account: Account) -> dict[str, Any]:
    return {}


def nowhere(account: Account) -> dict[str, Any]:
    return {**NOWHERE}


def surplus(account: Account) -> dict[str, Any]:
    """For tools that take no arguments: nothing else can be wrong with a call."""
    return {"projectId": 1}


NOTHING_TAKEN = ("projectId: unknown argument; none is taken here", "nothing was sent")
