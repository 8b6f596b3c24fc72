"""The commands as a person calls them, and what is in a token they print."""

from typing import Any

import jwt
from click.testing import CliRunner, Result

from ledgai_mcp.commands import Context
from ledgai_mcp.identity import Credentials

CREDENTIALS = Credentials("4711", "qc-CANARY-2", "org-1")


def call(group: Any, context: Context, *arguments: str, input: str | None = None, code: int = 0) -> Result:  # noqa: A002 - the name that click has
    result = CliRunner().invoke(group, arguments, obj=context, input=input)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def content(raw: str) -> dict[str, Any]:
    return jwt.decode(raw, options={"verify_signature": False})


async def verify(context: Context, raw: str) -> Any:
    state = context.state()
    try:
        return await context.verifier(state).verify(raw)
    finally:
        await state.close()
