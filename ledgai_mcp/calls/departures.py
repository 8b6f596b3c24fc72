"""Notices where the API's answers depart from their description, and logs each place once.

Knows: types by path, how much of an answer is looked at. Must not know: the API, how an answer is sent on.

Nothing else comes of it: an answer is delivered whatever it is. No value is logged. A path has names of the
description, and at its end perhaps one that the API sent: bounded, and escaped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define, field
from quantconnect_tools.tool import Tool

from ledgai_mcp import json_size, logs

MOST_BYTES, MOST_VALUES = 100_000, 2_000
"""Of an answer that is looked at: about a millisecond."""
FIRST, THEN = 20, 100
"""So many of a tool's answers at first, then one in so many."""
MOST_PLACES = 1_000
MOST_UNKNOWN = 5
"""Unknown names of one object: more are a map that is not described as one."""
_LONGEST = 60
_KINDS = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}


@define
class Departures:
    """What was noticed in this process."""

    _answers: dict[str, int] = field(factory=dict, init=False)
    _known: set[tuple[str, str, str]] = field(factory=set, init=False)

    def look(self, tool: Tool, body: bytes) -> None:
        """Look an answer over, if it is small and this tool's turn; never raises."""
        seen = self._answers[tool.name] = self._answers.get(tool.name, 0) + 1
        if (seen > FIRST and seen % THEN) or len(body) > MOST_BYTES or json_size.exceeds(body, MOST_VALUES):
            return
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):  # what the reply says is enough
            return
        described = tool.answer
        for place, found in departures(value, described) if described else ():
            key = (tool.name, place, found)
            if key in self._known or len(self._known) >= MOST_PLACES:
                continue
            self._known.add(key)
            expected = described.get(place, "nothing")
            logs.warn("answer_departs", tool=tool.name, place=place, expected=expected, found=found)


def departures(value: Any, described: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each place that is not as described, and the kind of value that is there."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        path, value = waiting.pop()
        types = described[path].split("|") if path in described else ["any"]
        kind = _KINDS.get(type(value), "null")
        if kind != "null" and "any" not in types and kind not in types:
            is_whole = kind == "integer" and "number" in types
            if not is_whole and not (value == [] and "object" in types):  # an empty map may be a list
                yield path, kind
            continue
        if isinstance(value, list):
            waiting += [(f"{path}[]", item) for item in value if f"{path}[]" in described]
        elif isinstance(value, dict):
            names = {name: f"{path}.{name}".lstrip(".") for name in value}
            told = {name for name, inner in names.items() if inner in described}
            waiting += [(names[name], value[name]) for name in told]
            rest = [name for name in value if name not in told]
            if f"{path}{{}}" in described:
                waiting += [(f"{path}{{}}", value[name]) for name in rest]
            elif "any" not in types:
                for name in rest[:MOST_UNKNOWN]:
                    shown = name[:_LONGEST].encode("unicode_escape").decode()
                    yield f"{path}.{shown}".lstrip("."), _KINDS.get(type(value[name]), "null")
