"""Faults on demand: the rules that say what goes wrong between a client and the API.

Knows: the kinds of faults, what a rule may say, which rule a request meets.
Must not know: how a fault is done to a connection, endpoints.
"""

from __future__ import annotations

import fnmatch
import json
import tomllib
from pathlib import Path
from typing import Any

from attrs import asdict, define, field, fields, frozen

KINDS = (
    "latency",  # `seconds` before the answer
    "drop",  # the connection ends without an answer; with `partial`, in the middle of one
    "hang",  # no answer, until the client goes or `seconds` are over
    "rate_limit",  # 429 with Retry-After: `retry_after`
    "server_error",  # `status` (default 502) with an HTML page
    "invalid_json",  # 200 with half of the answer's JSON
    "drift",  # the answer with fields set (`set`) or removed (`remove`), by dotted path, * = every one
    "cookies",  # the answer with Set-Cookie headers
)
LONGEST_HANG = 3600.0
LARGEST = 2**53


class FaultError(ValueError):
    """A rule that cannot be used. The text names the field."""


def _between(lowest: float, highest: float, whole: bool = True) -> Any:
    """A validator: a number from `lowest` to `highest`; None too where that is the default."""
    kinds, words = ((int,), "a whole number") if whole else ((int, float), "a number")

    def check(_: Any, attribute: Any, value: Any) -> None:
        if value is None and attribute.default is None:
            return
        if isinstance(value, bool) or not isinstance(value, kinds) or not lowest <= value <= highest:
            raise FaultError(f"{attribute.name} must be {words} from {lowest} to {highest}")

    return check


def _all(kind: type[Any], words: str) -> Any:
    """A validator: a value of one type; in a list or map, every item or key is text."""

    def check(_: Any, attribute: Any, value: Any) -> None:
        right = isinstance(value, kind)
        if right and kind in (list, dict):
            right = all(isinstance(each, str) for each in value)
        if not right:
            raise FaultError(f"{attribute.name} must be {words}")

    return check


def _known(_: Any, __: Any, value: Any) -> None:
    if value not in KINDS:
        raise FaultError(f"there is no kind {value!r}")


def _header_text(_: Any, attribute: Any, value: str) -> None:
    if not (value.isascii() and value.isprintable()):
        raise FaultError(f"{attribute.name} must be a number or a date, as a header can carry it")


@frozen
class Fault:
    """One rule: which requests it meets, how often, and what happens to them."""

    kind: str = field(validator=_known)
    path: str = field(default="*", validator=_all(str, "text"))
    """Endpoint path or glob, as `/backtests/*`."""
    user: int | None = field(default=None, validator=_between(1, LARGEST))
    """Only requests that name this user id in their Authorization header."""
    times: int | None = field(default=None, validator=_between(1, LARGEST))
    """How many requests it meets; None = all."""
    after: int = field(default=0, validator=_between(0, LARGEST))
    """How many matching requests pass first."""
    seconds: float | None = field(default=None, validator=_between(0, LONGEST_HANG, whole=False))
    """Of latency (default 1) or of a hang (default LONGEST_HANG)."""
    retry_after: str = field(default="1", converter=str, validator=_header_text)
    status: int = field(default=502, validator=_between(400, 599))
    partial: bool = field(default=False, validator=_all(bool, "true or false"))
    set: dict[str, Any] = field(factory=dict, validator=_all(dict, "values by dotted path"))
    remove: list[str] = field(factory=list, validator=_all(list, "a list of dotted paths"))


def fault_of(rule: Any) -> Fault:
    """A rule from JSON or TOML. Raises FaultError."""
    if not isinstance(rule, dict):
        raise FaultError(f"a fault is an object such as {{'kind': 'latency'}}, not {rule!r}")
    known = [each.name for each in fields(Fault)]
    problem = next(
        (f"there is no field {name!r}, only {', '.join(known)}" for name in rule if name not in known), ""
    )
    if "kind" not in rule:
        problem = problem or "it has no kind"
    try:
        if not problem:
            return Fault(**rule)
    except FaultError as error:
        problem = str(error)
    raise FaultError(f"the fault {rule!r} cannot be used: {problem}; kinds are {', '.join(KINDS)}")


def faults_of(content: Any) -> list[Fault]:
    """The rules of `{"faults": [...]}`, or of the list alone. Raises FaultError."""
    rules = content.get("faults") if isinstance(content, dict) else content
    if not isinstance(rules, list):
        raise FaultError('there is no list "faults"')
    if isinstance(content, dict) and len(content) > 1:
        others = ", ".join(repr(name) for name in content if name != "faults")
        raise FaultError(f'beside the list "faults" there is {others}, which means nothing')
    return [fault_of(rule) for rule in rules]


def read_faults(path: Path) -> list[Fault]:
    """The rules of a file: JSON or TOML (by suffix)."""
    try:
        text = path.read_text("utf-8")
        content = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise FaultError(f"the faults file {path} cannot be read as JSON or TOML: {error}") from error
    try:
        return faults_of(content)
    except FaultError as error:
        raise FaultError(f"the faults file {path}: {error}") from error


@define
class _Rule:
    fault: Fault
    seen: int = 0
    done: int = 0


@define
class Faults:
    """The rules in force. The first that matches a request is the one that happens."""

    rules: list[_Rule] = field(factory=list)

    def add(self, fault: Fault) -> None:
        """Puts a rule after the others."""
        self.rules.append(_Rule(fault))

    def clear(self) -> None:
        """Ends all rules."""
        self.rules.clear()

    def listed(self) -> list[dict[str, Any]]:
        """Rules as JSON, each with how often it happened."""
        return [{**asdict(rule.fault), "done": rule.done} for rule in self.rules]

    def next(self, path: str, user: int | None, entry: dict[str, Any]) -> Fault | None:
        """The fault for a request, counted, and noted in its journal entry."""
        for rule in self.rules:
            fault = rule.fault
            if not fnmatch.fnmatchcase(path, fault.path) or fault.user not in (None, user):
                continue
            rule.seen += 1
            if rule.seen <= fault.after or (fault.times is not None and rule.done >= fault.times):
                continue
            rule.done += 1
            entry["fault"] = fault.kind
            return fault
        return None
