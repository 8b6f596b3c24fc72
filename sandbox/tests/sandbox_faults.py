"""How a test asks for a fault."""

from __future__ import annotations

from typing import Any

from sandbox_calls import Caller, control


def fault(caller: Caller, kind: str, **rule: Any) -> None:
    control(caller.url, "/__control/faults", {"kind": kind, **rule})
