"""Faults on demand: what can go wrong between a client and the API, switched on by rules.

Knows: the kinds of faults and how each is done to a connection. Must not know: endpoints, users' data.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import fnmatch
import json
import tomllib
from pathlib import Path
from typing import Any

from attrs import asdict, converters, define, field, frozen, validators
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

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
HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


LONGEST_HANG = 3600.0


class FaultError(ValueError):
    """A rule that cannot be used. The text names the field."""


@frozen
class Fault:
    """One rule: which requests it meets, how often, and what happens to them."""

    kind: str = field(validator=validators.in_(KINDS))
    path: str = field(default="*", validator=validators.instance_of(str))
    """Endpoint path or glob, as `/backtests/*`."""
    user: int | None = field(default=None, validator=validators.optional(validators.instance_of(int)))
    """Only requests that name this user id in their Authorization header."""
    times: int | None = field(default=None, validator=validators.optional(validators.instance_of(int)))
    """How many requests it meets; None = all."""
    after: int = field(default=0, validator=validators.instance_of(int))
    """How many matching requests pass first."""
    seconds: float | None = field(default=None, converter=converters.optional(float))
    """Of latency (default 1) or of a hang (default LONGEST_HANG)."""
    retry_after: str = field(default="1", converter=str)
    status: int = field(default=502, validator=validators.instance_of(int))
    partial: bool = field(default=False, validator=validators.instance_of(bool))
    set: dict[str, Any] = field(factory=dict, validator=validators.instance_of(dict))
    remove: list[str] = field(factory=list, validator=validators.instance_of(list))


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


def fault_of(rule: Any) -> Fault:
    """A rule from JSON or TOML. Raises FaultError."""
    if not isinstance(rule, dict):
        raise FaultError(f"a fault is an object such as {{'kind': 'latency'}}, not {rule!r}")
    try:
        return Fault(**rule)
    except (TypeError, ValueError) as error:
        raise FaultError(
            f"the fault {rule!r} cannot be used: {error}; kinds are {', '.join(KINDS)}"
        ) from error


def read_faults(path: Path) -> list[Fault]:
    """The rules of a file: JSON or TOML (by suffix), `{"faults": [...]}`, in JSON also the list alone."""
    try:
        text = path.read_text("utf-8")
        content = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (OSError, ValueError) as error:
        raise FaultError(f"the faults file {path} cannot be read as JSON or TOML: {error}") from error
    rules = content.get("faults") if isinstance(content, dict) else content
    if not isinstance(rules, list):
        raise FaultError(f'the faults file {path} has no list "faults"')
    return [fault_of(rule) for rule in rules]


async def before(fault: Fault, scope: Scope, receive: Receive, send: Send) -> bool:
    """Faults that come in place of any work. True when the request is over."""
    match fault.kind:
        case "latency":
            await asyncio.sleep(1.0 if fault.seconds is None else fault.seconds)
        case "hang":
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    _gone(receive), LONGEST_HANG if fault.seconds is None else fault.seconds
                )
            _sever(send)
            return True
        case "drop" if not fault.partial:
            _sever(send)
            return True
        case "rate_limit":
            answer = Response("Too many requests.", 429, {"Retry-After": fault.retry_after}, "text/plain")
            await answer(scope, receive, send)
            return True
        case "server_error":
            await Response(HTML, fault.status, media_type="text/html")(scope, receive, send)
            return True
    return False


async def instead(fault: Fault, response: Response, send: Send) -> bool:
    """Faults that happen to an answer that was made. True when the answer is gone."""
    match fault.kind:
        case "drop":
            start = {"type": "http.response.start", "status": 200, "headers": response.raw_headers}
            await send(start)
            half = bytes(response.body)[: len(response.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            _sever(send)
            return True
        case "invalid_json":
            response.body = bytes(response.body)[: len(response.body) // 2]
            response.headers["content-length"] = str(len(response.body))
        case "cookies":
            response.set_cookie("PHPSESSID", "sandbox-session", path="/")
            response.set_cookie("sandbox-affinity", "a", path="/", httponly=True)
    return False


def drifted(fault: Fault, answer: Any) -> Any:
    """The answer with a rule's fields set or removed."""
    if fault.kind != "drift":
        return answer
    changed = copy.deepcopy(answer)
    for path, value in fault.set.items():
        for place, key in _places(changed, path.split(".")):
            place[key] = copy.deepcopy(value)
    for path in fault.remove:
        for place, key in _places(changed, path.split(".")):
            if isinstance(place, dict):
                place.pop(key, None)
    return changed


def _places(value: Any, steps: list[str]) -> list[tuple[Any, Any]]:
    """The containers and keys that a path names; `*` is every item."""
    step, rest = steps[0], steps[1:]
    if isinstance(value, dict):
        keys: list[Any] = list(value) if step == "*" else [step]
    elif isinstance(value, list):
        indexes = range(len(value))
        keys = (
            list(indexes) if step == "*" else [int(step)] if step.isdecimal() and int(step) in indexes else []
        )
    else:
        return []
    if not rest:
        return [(value, key) for key in keys]
    held = [value[key] for key in keys if isinstance(value, list) or key in value]
    return [place for item in held for place in _places(item, rest)]


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _sever(send: Send) -> None:
    """Ends the connection under an answer. ASGI has no word for it, so uvicorn's own transport is used."""
    cycle = getattr(send, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if transport is not None:
        transport.abort()
