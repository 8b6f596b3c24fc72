"""Faults on demand: the rules that say what goes wrong between a client and the API.

Knows: the kinds of faults, what a rule may say, which rule a request meets.
Must not know: how a fault is done to a connection, endpoints.
"""

import fnmatch
import json
import tomllib
from pathlib import Path
from typing import Any

from attrs import asdict, define, field, fields, frozen, validators

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


def _between(lowest: float, highest: float, *kinds: type) -> Any:
    return validators.and_(
        validators.instance_of(kinds or int), validators.ge(lowest), validators.le(highest)
    )


@frozen
class Fault:
    """One rule: which requests it meets, how often, and what happens to them."""

    kind: str = field(validator=validators.in_(KINDS))
    path: str = field(default="*", validator=validators.instance_of(str))
    """Endpoint path or glob, as `/backtests/*`."""
    user: int | None = field(default=None, validator=validators.optional(_between(1, LARGEST)))
    """Only requests that name this user id in their Authorization header."""
    times: int | None = field(default=None, validator=validators.optional(_between(1, LARGEST)))
    """How many requests it meets; None = all."""
    after: int = field(default=0, validator=_between(0, LARGEST))
    """How many matching requests pass first."""
    seconds: float | None = field(
        default=None, validator=validators.optional(_between(0, LONGEST_HANG, int, float))
    )
    """Of latency (default 1) or of a hang (default LONGEST_HANG)."""
    retry_after: str = field(default="1", converter=str, validator=validators.matches_re("[ -~]*"))
    """A number or a date, as a header can carry it."""
    status: int = field(default=502, validator=_between(400, 599))
    partial: bool = field(default=False, validator=validators.instance_of(bool))
    set: dict[str, Any] = field(factory=dict, validator=validators.instance_of(dict))
    remove: list[str] = field(
        factory=list,
        validator=validators.deep_iterable(validators.instance_of(str), validators.instance_of(list)),
    )


def fault_of(rule: Any) -> Fault:
    """A rule from JSON or TOML. Raises FaultError."""
    try:
        return Fault(**rule)
    except (TypeError, ValueError) as error:
        known = ", ".join(each.name for each in fields(Fault))
        raise FaultError(
            f"the fault {rule!r} cannot be used: {str(error.args[0]).rstrip('.')}. Its fields are {known}; "
            f"its kind is one of {', '.join(KINDS)}"
        ) from error


def faults_of(content: Any) -> list[Fault]:
    """The rules of `{"faults": [...]}`, or of the list alone. Raises FaultError."""
    rules = content["faults"] if isinstance(content, dict) and list(content) == ["faults"] else content
    if not isinstance(rules, list):
        raise FaultError('the rules must be a list, or the list "faults" of an object without other names')
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
