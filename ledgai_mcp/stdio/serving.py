"""Serving one client over stdin and stdout.

Knows: when the process starts and ends, that a line is a message. Must not know: tools, scopes, the API.

The process ends within five seconds, with exit code 0 and without a word on stdout, when its input ends, when
nobody reads its output any more, and on SIGTERM or SIGINT; calls under way are given up.
"""

from __future__ import annotations

import gc
import signal
import sys
from typing import TYPE_CHECKING, Any

from ledgai_mcp.stdio import pipes

if TYPE_CHECKING:
    from anyio import CancelScope
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from mcp.server.lowlevel import Server
    from mcp.shared.message import SessionMessage

    from ledgai_mcp.identity import Identity
    from ledgai_mcp.settings import Settings


def serve(settings: Settings) -> None:
    """Serve the local caller until the client leaves.

    Raises:
        ConfigurationError: the settings do not say who calls.
        ImportError: a dependency is missing.
    """
    # Before the imports: whatever they print must not reach the client.
    claimed = pipes.claim(settings.largest_body)
    gc.disable()  # what imports make stays to the end: looking through it for waste is a tenth of the start
    import anyio

    from ledgai_mcp import logs

    logs.start(settings.log_level)
    anyio.run(_run, settings, claimed)


async def _run(settings: Settings, claimed: pipes.Pipes) -> None:
    import anyio

    from ledgai_mcp import assembly, logs, release, server

    # Whoever comes with a token is recorded as over HTTP; the owner of the environment needs a line to read.
    is_recorded = settings.audit_file is not None or settings.token is not None
    journal = assembly.journal(settings, logs.offer) if is_recorded else None
    held = None
    if settings.token is not None and journal is not None:
        from ledgai_mcp.callers import token  # here: what verifies tokens is not needed without one

        held = token.holder(settings, assembly.scopes(), journal, creates_state=True)
    caller = assembly.local_caller(settings) if held is None else await held.start()
    unseal, counts = (held.authority.keys.unseal, held.authority.state) if held else (None, None)
    service = assembly.service(settings, journal or logs.Calls(), unseal, counts)

    async def identify(context: server.Context) -> Identity:
        if journal is not None:
            await journal.check()
        return caller if held is None else await held.identity(server.own_request_id(context))

    logs.say(
        "serving",
        transport="stdio",
        version=release.version(),
        api=settings.api_url,
        tools=len(service.listed(caller)),
        credentials=caller.credentials is not None,
    )
    gc.freeze()
    gc.enable()
    claimed.open()
    try:
        await _until_it_ends(server.build(service, identify), claimed)
    finally:
        with anyio.CancelScope(shield=True):
            await service.upstream.close()
            if held is not None:
                await held.authority.close()
            if journal is not None:
                await journal.close()
        logs.say("stopped")


async def _until_it_ends(mcp: Server[Any], claimed: pipes.Pipes) -> None:
    """Speak MCP until the client leaves or a signal comes."""
    import anyio

    async with anyio.create_task_group() as tasks:
        if sys.platform != "win32":
            tasks.start_soon(_stop_on_signal, tasks.cancel_scope)
        await _talk(mcp, claimed)
        tasks.cancel_scope.cancel()


async def _talk(mcp: Server[Any], claimed: pipes.Pipes) -> None:
    """Speak MCP until the input ends, or nobody reads the output."""
    import anyio
    from mcp.shared.message import SessionMessage

    read, incoming = anyio.create_memory_object_stream[SessionMessage | Exception]()
    outgoing, written = anyio.create_memory_object_stream[SessionMessage]()
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_read, claimed, read)
            tasks.start_soon(_write, written, claimed)
            await mcp.run(incoming, outgoing, mcp.create_initialization_options())
    except* BrokenPipeError:  # the client left first; there is nobody to tell
        pass


async def _read(claimed: pipes.Pipes, read: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
    """Hand each line to the SDK, or answer it: a client waits for what it has sent."""
    from mcp.shared.message import SessionMessage
    from mcp.types import jsonrpc_message_adapter

    from ledgai_mcp import messages

    async with read:
        async for line in claimed:
            try:
                if line is None:
                    raise messages.too_large(claimed.largest)
                message = jsonrpc_message_adapter.validate_python(messages.read(line), by_name=False)
            except messages.MessageRefused as refused:
                await claimed.write(messages.error(refused.code, str(refused), refused.request_id) + "\n")
            else:
                await read.send(SessionMessage(message))


async def _write(written: MemoryObjectReceiveStream[SessionMessage], claimed: pipes.Pipes) -> None:
    async with written:
        async for each in written:
            await claimed.write(each.message.model_dump_json(by_alias=True, exclude_unset=True) + "\n")


async def _stop_on_signal(scope: CancelScope) -> None:
    import anyio

    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            pipes.leave_soon()
            scope.cancel()
