"""The path of a request: the declared template, with each value in a place of its own.

Knows: how a value is written in a path (RFC 3986 sections 2.1, 3.3). Must not know: tools, hosts.

A value is percent-encoded, all but letters, digits and `-._~`. That does not keep `.` and `..` where they
are: clients and servers remove them, some after they have decoded `%2F`. So such values are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote


def problem(value: Any) -> str | None:
    """Say what keeps a value out of a path; None: nothing."""
    if not isinstance(value, str | int | float):
        return "must be a text, a number or a boolean: it is a part of a path"
    text = _written(value)
    if not text or {".", ".."} & set(text.replace("\\", "/").split("/")):
        return 'must not be empty, nor hold "." or ".." between slashes: it is a part of a path'
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return "holds half a character (a surrogate)"
    return None


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Return the path, encoded; each `{name}` of the template is one value.

    Raises:
        ValueError: a value has no place in a path, or a name no value.
    """

    def written(name: re.Match[str]) -> str:
        what = problem(values.get(name[1]))
        if what is not None:
            raise ValueError(f"{name[1]}: {what}")
        return quote(_written(values[name[1]]), safe="")

    return re.sub(r"\{([^{}/]*)\}", written, template)


def _written(value: str | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
