"""The one path of a call: find, guard, arguments, credentials, limits, send, reply - and its record.

Knows: the order. Must not know: MCP, HTTP, JWT.

There is no other way to a tool, and nothing here outlives a call or is shared between callers: the identity
comes with each call, and is checked for that call.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from typing import Any

import anyio
import anyio.to_thread
from attrs import define, evolve, field
from quantconnect_tools.tool import Answer, Tool
from quantconnect_tools.tool import Arguments as Checked

from ledgai_mcp import logs
from ledgai_mcp.api import probe
from ledgai_mcp.api.caller import CallerApi, Trace
from ledgai_mcp.api.signing import Signer, Unseal, signer
from ledgai_mcp.api.upstream import Upstream
from ledgai_mcp.audit.records import AuditUnavailable, CallRecord, Nowhere, Outcome, Sink, sending
from ledgai_mcp.budget import Shares, Traffic
from ledgai_mcp.calls import guard, replies
from ledgai_mcp.calls.allowance import Allowance
from ledgai_mcp.calls.arguments import ArgumentValidator
from ledgai_mcp.calls.departures import Departures
from ledgai_mcp.calls.local import LocalTools
from ledgai_mcp.calls.replies import Reply, Style
from ledgai_mcp.errors import (
    BadArguments,
    Busy,
    LedgaiError,
    LimitReached,
    MissingCredentials,
    ScopeLacking,
    UnknownTool,
    Unreachable,
)
from ledgai_mcp.identity import Identity
from ledgai_mcp.settings import Settings
from ledgai_mcp.state import StateUnavailable
from ledgai_mcp.suggestions import nearest

_SMALL, _LARGE = 100_000, 1_000_000
"""Bytes above which an answer is shortened aside, so that others do not wait; and one answer at a time."""


@define
class Service:
    """Everything that a call needs except who calls. One for the process."""

    catalog: Mapping[str, Tool]
    settings: Settings
    upstream: Upstream
    sink: Sink = field(factory=Nowhere)
    unseal: Unseal | None = None
    allowance: Allowance = field(factory=Allowance)
    traffic: Traffic = field(init=False)
    _validator: ArgumentValidator = field(init=False)
    _departures: Departures = field(factory=Departures, init=False)
    _shaping: anyio.CapacityLimiter = field(factory=lambda: anyio.CapacityLimiter(1), init=False)
    """For large answers: all at once would take as long, and all their memory."""

    @traffic.default
    def _make_traffic(self) -> Traffic:
        return Traffic.bounded(self.settings.max_bytes_under_way, self.settings.largest_content)

    @_validator.default
    def _make_validator(self) -> ArgumentValidator:
        return ArgumentValidator(self.settings.max_upload_bytes)

    async def is_sandbox(self) -> bool:
        """Whether results are invented; the API is asked only where it is not QuantConnect's own."""
        return not self.settings.is_quantconnect and await probe.is_sandbox(self.upstream)

    def listed(self, identity: Identity) -> tuple[Tool, ...]:
        """Return the tools that this caller may call, sorted by name."""
        return guard.visible(self.catalog, identity, self.settings.read_only)

    def refusal(self, name: str, identity: Identity, request_id: str | None) -> guard.Refusal | None:
        """Return the guard's refusal if the caller lacks a scope, and record it; for transports that have
        a way of their own to say so.
        """
        tool = self.catalog.get(name)
        verdict = guard.decide(tool, identity, self.settings.read_only) if tool else None
        if not isinstance(verdict, guard.Refusal) or verdict.reason != "scope":
            return None
        record = self._opening(name, identity, request_id, time.time())
        self.sink.note(evolve(record, decision="refused", reason="scope", outcome="not_sent"))
        return verdict

    async def call(
        self, name: str, given: Mapping[str, Any] | None, identity: Identity, request_id: str | None = None
    ) -> Reply:
        """Make one call for one caller; every failure but an unknown name comes back as a reply.

        Raises:
            UnknownTool: no tool has that name.
        """
        began, clock = time.time(), time.monotonic()
        record = self._opening(name, identity, request_id, began)
        try:
            reply, record = await self._authorize(name, given, identity, record)
            record = evolve(record, bytes=len(reply.text.encode("utf-8", "replace")))
        except UnknownTool:
            record = evolve(record, decision="unknown", outcome="not_sent")
            raise
        except anyio.get_cancelled_exc_class():
            record = evolve(record, outcome="cancelled")
            raise
        finally:
            self.sink.note(evolve(record, milliseconds=round((time.monotonic() - clock) * 1000)))
        return reply

    async def _authorize(
        self, name: str, given: Mapping[str, Any] | None, identity: Identity, record: CallRecord
    ) -> tuple[Reply, CallRecord]:
        tool = self.catalog.get(name)
        if tool is None:
            raise UnknownTool(name, nearest(name, [tool.name for tool in self.listed(identity)]))
        verdict = guard.decide(tool, identity, self.settings.read_only)
        if isinstance(verdict, guard.Refusal):
            limit = verdict.limit.limit if verdict.limit else None
            refused = evolve(
                record, decision="refused", reason=verdict.reason, limit=limit, outcome="not_sent"
            )
            return Reply(verdict.text, failed=True), refused
        return await self._execute(tool, given, identity, record)

    async def _execute(
        self, tool: Tool, given: Mapping[str, Any] | None, identity: Identity, record: CallRecord
    ) -> tuple[Reply, CallRecord]:
        trace = Trace()
        outcome: Outcome
        reason: str | None = None
        try:
            with self.traffic.call(identity.person) as shares:
                reply = await self._send(tool, given, identity, trace, shares, record)
            outcome = "failed" if reply.failed else "answered"
        except ScopeLacking as problem:
            record = evolve(record, decision="refused", needed=problem.needed)
            reply, outcome, reason = replies.failed(problem, tool.effect), "not_sent", "scope"
        except LimitReached as problem:
            record = evolve(record, decision="refused", limit=problem.limit)
            reply, outcome, reason = replies.failed(problem, tool.effect), "not_sent", "limit"
        except Busy as problem:
            record = evolve(record, decision="refused")
            reply, outcome, reason = replies.failed(problem, tool.effect), "not_sent", "busy"
        except (BadArguments, MissingCredentials, AuditUnavailable, StateUnavailable) as problem:
            reply, outcome, reason = replies.failed(problem, tool.effect), "not_sent", type(problem).__name__
        except LedgaiError as problem:
            reply, outcome, reason = replies.failed(problem, tool.effect), "failed", type(problem).__name__
        except Exception as problem:  # noqa: BLE001 - whatever it is, its text may hold a secret
            reason = uuid.uuid4().hex[:12]
            logs.crash(problem, reason, tool.name)
            reply, outcome = replies.crashed(reason), "crashed"
        record = evolve(record, outcome=outcome, reason=reason, status=trace.status)
        if reply.failed:
            reply = replies.without(reply, trace.secrets())
        return replies.invented(reply) if trace.is_sandbox else reply, record

    async def _send(
        self,
        tool: Tool,
        given: Mapping[str, Any] | None,
        identity: Identity,
        trace: Trace,
        shares: Shares,
        record: CallRecord,
    ) -> Reply:
        ends = anyio.current_time() + self.settings.timeout_seconds
        checked = await self._validator.check_aside(tool, given)
        verdict = guard.decide_arguments(tool, identity, checked.arguments)
        if isinstance(verdict, guard.Refusal):
            raise ScopeLacking(verdict.needed, verdict.text)
        known = await self._signer(tool, identity)
        local = LocalTools(self.settings, self.upstream, self.catalog, identity, known, ends, shares.answer)
        api = CallerApi(self.upstream, tool.effect, ends, known, local.answer, trace, shares)
        filled = self._filled(tool, checked.arguments, known)
        spend = await self.allowance.take(tool, identity, filled)
        try:
            await self._announce(tool, record)
            answer = await tool.run(api, filled)
            reply = await self._shape(tool, answer)
            if not reply.failed:  # after this call, not in it
                asyncio.get_running_loop().call_soon(self._departures.look, tool, answer.body)
        except (AuditUnavailable, Unreachable):  # nothing was sent
            await self.allowance.give_back(spend)
            raise
        if reply.declined:
            await self.allowance.give_back(spend)
        reply = replies.explained(reply, [name for name in tool.defaulted if name not in filled])
        return replies.without_null(reply, checked.left_out)

    async def _announce(self, tool: Tool, record: CallRecord) -> None:
        """Record what may change something before it is sent: a full disk must not hide that it was."""
        if tool.effect == "read":
            await self.sink.check()
        else:
            await self.sink.keep(sending(record, time.time()))

    async def _signer(self, tool: Tool, identity: Identity) -> Signer | None:
        """Open the credentials; a tool that the server answers itself can do without."""
        try:
            return await signer(identity, self.unseal)
        except MissingCredentials:
            if tool.endpoints:
                raise
            return None

    def _filled(self, tool: Tool, checked: Mapping[str, Any], with_: Signer | None) -> Checked:
        """Add what the caller cannot set, and what they left out and their credentials know."""
        filled = dict(checked)
        for argument, setting in tool.injected.items():
            filled[argument] = getattr(self.settings, setting)
        for argument, source in tool.defaulted.items():
            known = getattr(with_.credentials, source) if with_ else None
            if argument not in filled and known is not None:
                filled[argument] = known
        return filled

    async def _shape(self, tool: Tool, answer: Answer) -> Reply:
        arguments = tool.wire["inputSchema"].get("properties", {})
        narrowing = tuple(name for name in replies.NARROWING if name in arguments)
        style = Style(tool.effect, self.settings.max_answer_bytes, narrowing)
        if len(answer.body) > _SMALL:
            limiter = self._shaping if len(answer.body) > _LARGE else None
            return await anyio.to_thread.run_sync(replies.answered, answer, style, limiter=limiter)
        return replies.answered(answer, style)

    def _opening(self, name: str, identity: Identity, request_id: str | None, began: float) -> CallRecord:
        tool = self.catalog.get(name)
        return CallRecord(
            time=began,
            request_id=None if request_id is None else request_id[:100],
            issuer=identity.issuer,
            subject=identity.subject,
            token_id=identity.token_id,
            token_sha256=identity.token_sha256,
            tool=name[:80],
            needed=tool.scopes if tool else (),
            held=tuple(sorted(identity.scopes)),
            decision="allowed",
            reason=None,
            outcome="failed",
            status=None,
            milliseconds=0,
            bytes=0,
            sid=identity.family_id,
        )
