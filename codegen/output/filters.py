"""What may stand in a generated Python, TOML or Markdown file: only what passed one of these filters.

Knows: how a value is written in each language. Must not know: tools, files.

Generated modules are imported, here and by whoever installs them: a text of the description that reached
one as it is would run. So a template stops at any text that no filter wrote, harmless or not.
"""

import ast
import json
import re
from collections.abc import Iterable, Mapping
from keyword import iskeyword
from pathlib import Path
from textwrap import fill
from typing import Any

import jinja2

from codegen.output import markdown
from codegen.output.markdown import Written

WIDTH = 96
"""Characters of a line of text inside a function."""
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*\Z")
_EXPRESSION = (
    *(ast.Expression, ast.Call, ast.keyword, ast.Attribute, ast.Subscript, ast.Name, ast.Load),
    *(ast.Constant, ast.Dict),
)


class UnfilteredError(TypeError):
    """A value that no filter wrote, or that its filter cannot write: it must not reach a file."""


def environment(folder: Path) -> jinja2.Environment:
    """Return the environment of our own templates, which fail at a text that passed no filter."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder, encoding="utf-8"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - Python and Markdown, not HTML; `finalize` lets filtered texts through alone
        finalize=_written,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters = (docstring, expression, identifier, literal, quoted, word)
    made.filters |= {each.__name__: each for each in filters} | {"markdown": markdown.line}
    return made


def _written(value: Any) -> Any:
    # Undefined stops the template by itself, and says which name it is.
    if isinstance(value, Written | jinja2.Undefined) or type(value) is int:
        return value
    raise UnfilteredError(f"a value of type {type(value).__name__} is written and passed no filter")


def literal(value: Any) -> Written:
    """Write a value as Python source; the formatter chooses the quotes."""
    return Written(repr(dict(value) if isinstance(value, Mapping) else value))


def quoted(text: str) -> Written:
    """Write a text as a string of TOML or JSON."""
    return Written(json.dumps(text, ensure_ascii=False))


def docstring(text: str) -> Written:
    """Write a text as the docstring of a function: its first sentence."""
    plain = markdown.first_sentence(text).replace("\\", "\\\\").replace('"""', "'''")
    if len(plain) <= WIDTH:
        return Written(f'"""{plain}"""')
    wrapped = fill(plain, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    return Written(f'"""{wrapped}\n    """')


def word(text: str) -> Written:
    """Let a word through that means nothing in any language: a version, an effect."""
    return _checked(text, bool(_WORD.match(text)), "no plain word")


def identifier(text: str) -> Written:
    """Let a name of Python through."""
    return _checked(text, text.isascii() and text.isidentifier() and not iskeyword(text), "no name of Python")


def expression(text: str, needs: Iterable[str]) -> Written:
    """Let the call of a tool through: constants, `api`, `arguments` and what it needs."""
    nodes = list(ast.walk(ast.parse(text, mode="eval")))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    plain = all(isinstance(node, _EXPRESSION) for node in nodes)
    return _checked(text, plain and names <= {"api", "arguments", *needs}, "no call of a tool")


def _checked(text: str, sound: bool, what: str) -> Written:
    if not sound:
        raise UnfilteredError(f"{text[:60]!r} is {what}")
    return Written(text)
