"""spec/published.json: the published revision that we were checked against, and the known departures.

Knows: the file's keys. Must not know: how departures are found.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from codegen.drift import departures
from codegen.drift.departures import Departure
from codegen.inputs.problems import Problems
from codegen.inputs.source import Text

DEPARTURES, ENDPOINTS = "departures", "endpoints"


@frozen
class Pin:
    """The file as read. `known` are the departures that were there, and meant, when it was written."""

    values: Mapping[str, Any] = field(factory=dict)
    known: frozenset[Departure] = frozenset()
    endpoints: frozenset[str] | None = None
    """What the published document had then; None in a file that does not say it."""


def read(path: Path, problems: Problems) -> Pin:
    """Read the pin; no file is a pin without known departures."""
    if not path.exists():
        return Pin()
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        endpoints = frozenset(values[ENDPOINTS]) if ENDPOINTS in values else None
        return Pin(values, frozenset(departures.known(values.get(DEPARTURES, {}))), endpoints)
    except (ValueError, AttributeError, TypeError):
        problems.add(path, 0, "is not a pin", "restore it from git, or delete it and run `drift --accept`")
        return Pin()


def written(
    pin: Pin, document: Text, version: str, day: str, revision: str | None, endpoints: Iterable[str]
) -> Pin:
    """Pin the document of this text. The old revision is forgotten: it is that of another."""
    values = dict(pin.values)
    if revision or document.digest != values.get("sha256"):
        values["revision"] = revision
    values["version"] = version
    values["sha256"] = document.digest
    values["characters"] = len(document.text)
    values["checked"] = day
    values[ENDPOINTS] = sorted(endpoints)
    return Pin(values, pin.known, frozenset(endpoints))


def text(pin: Pin, known: Iterable[Departure]) -> str:
    """Write the pin with these departures: one line for each field, so that one that changes is one line."""
    head = {key: value for key, value in pin.values.items() if key != DEPARTURES}
    lines = [
        f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False, indent=2)}".replace("\n", "\n  ")
        for key, value in head.items()
    ]
    blocks: list[str] = []
    for endpoint, fields in departures.pinned(known).items():
        rows = ",\n".join(
            f"      {json.dumps(path, ensure_ascii=False)}: {json.dumps(words, ensure_ascii=False)}"
            for path, words in fields.items()
        )
        blocks.append(f"    {json.dumps(endpoint)}: {{\n{rows}\n    }}")
    inner = ",\n".join(blocks)
    lines.append(f'  "{DEPARTURES}": {{\n{inner}\n  }}' if blocks else f'  "{DEPARTURES}": {{}}')
    return "{\n" + ",\n".join(lines) + "\n}\n"
