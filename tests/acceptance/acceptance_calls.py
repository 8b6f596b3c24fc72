"""For every tool: arguments that succeed and what they show, arguments that are refused and how that reads.

Knows: tools, their arguments, the words of refusals. Must not know: how a call is made.
"""

from __future__ import annotations

from acceptance_frame import Calls
from project_calls import PROJECT_CALLS
from running_calls import RUNNING_CALLS

CALLS: dict[str, Calls] = {**PROJECT_CALLS, **RUNNING_CALLS}
