"""How the arguments of a tool become one request, as Python expressions.

Knows: where the API expects each argument. Must not know: templates, schemas.
"""

from collections.abc import Iterable

from attrs import field, frozen

from codegen.tools.catalogue import Argument, Tool


@frozen
class Call:
    """The one statement of a tool's function, and what its module needs for it."""

    expression: str
    needs: tuple[str, ...] = field(default=())
    """Functions and classes of `tool.py`."""


def call(tool: Tool) -> Call:
    """Write the call of a tool: the server itself, a sign-in over two endpoints, or one request."""
    if not tool.endpoints:
        return Call(f"api.local({tool.name!r}, arguments)")
    if len(tool.endpoints) == 2:
        start, result = tool.endpoints
        return Call(f"api.authorize({start!r}, {result!r}, {_body(tool) or '{}'})", _needs(_body(tool)))
    return _request(tool)


def _request(tool: Tool) -> Call:
    picked = {"values": _picked(_at(tool, "path")), "query": _picked(_at(tool, "query"))}
    parts = {**picked, "body": _body(tool), "files": _files(tool)}
    given = [f"{name}={expression}" for name, expression in parts.items() if expression]
    expression = f"api.send({', '.join([repr(tool.method), repr(tool.endpoints[0]), *given])})"
    return Call(expression, _needs(expression))


def _at(tool: Tool, *places: str) -> list[Argument]:
    return [argument for argument in tool.arguments if argument.place in places]


def _body(tool: Tool) -> str | None:
    whole = _at(tool, "whole_body")
    if whole:
        return f"arguments.get({whole[0].name!r})"
    fields = _at(tool, "body")
    if len(fields) == len(tool.arguments) and all(one.name == one.api_name for one in fields):
        # Also a POST without arguments: the API's own clients send `{}` then (api-facts 2).
        return "arguments" if fields or tool.method not in ("GET", "HEAD") else None
    return _picked(fields)


def _picked(arguments: Iterable[Argument]) -> str | None:
    names = {one.name: one.api_name for one in arguments}
    return f"pick(arguments, {names!r})" if names else None


def _files(tool: Tool) -> str | None:
    files = {one.name: one.api_name for one in _at(tool, "file")}
    return f"attach(arguments, {files!r})" if files else None


def _needs(expression: str | None) -> tuple[str, ...]:
    known = ("attach", "pick")
    return tuple(name for name in known if f"{name}(" in (expression or ""))
