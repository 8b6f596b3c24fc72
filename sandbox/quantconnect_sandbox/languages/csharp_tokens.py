"""C# as tokens: names, numbers, texts of all kinds, signs; without spaces, comments and directives.

Knows: how C# writes its tokens. Must not know: which order of them is right.
"""

import re
from collections.abc import Iterator

from attrs import frozen

TOKEN = re.compile(
    r"""(?P<skipped>\s+|//[^\n]*|/\*.*?\*/|\#[^\n]*)
    |(?P<raw>\$*(?P<quotes>\"{3,}).*?(?P=quotes))
    |(?P<text>(?:\$@|@\$?)"(?:[^"]|"")*"
        |\$"(?:\{\{|\}\}|\{(?:[^{}]|\{[^{}]*\})*\}|\\.|[^"\\\n{}])*"
        |"(?:\\.|[^"\\\n])*"
        |'(?:\\.[^'\n]{0,8}|[^'\\\n])')
    |(?P<number>\d[\w.]*)
    |(?P<name>@?[^\W\d]\w*)
    |(?P<broken>[$@]*")
    |(?P<sign>=>|\?\?|::|->|\S)""",
    re.X | re.S,
)
"""An interpolated text may hold code with texts of its own, one pair of braces deep."""


@frozen
class Token:
    """A token and where it starts (line and column from 1). An unclosed text is a `broken` one."""

    kind: str
    text: str
    line: int
    column: int


def tokens_of(content: str) -> Iterator[Token]:
    """The tokens of a text without spaces, comments and directives."""
    line = start = 0
    for match in TOKEN.finditer(content):
        kind, text = match.lastgroup or "sign", match[0]
        if kind != "skipped":
            yield Token("text" if match["raw"] else kind, text, line + 1, match.start() - start + 1)
        if "\n" in text:
            line += text.count("\n")
            start = match.start() + text.rfind("\n") + 1
