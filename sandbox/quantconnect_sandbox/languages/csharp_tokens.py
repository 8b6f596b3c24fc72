"""C# as tokens: names, numbers, texts of all kinds, signs; without spaces, comments and directives.

Knows: how C# writes its tokens. Must not know: which order of them is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<comment>//[^\n]*|/\*.*?\*/)
    |(?P<directive>\#[^\n]*)
    |(?P<raw>\$*(?P<q>\"{3,}).*?(?P=q))
    |(?P<hole>(?:@\$|\$@?)")
    |(?P<verbatim>@"(?:[^"]|"")*")
    |(?P<text>"(?:\\.|[^"\\\n])*")
    |(?P<char>'(?:\\.[^'\n]{0,8}|[^'\\\n])')
    |(?P<number>\d[\w.]*)
    |(?P<name>@?[^\W\d]\w*)
    |(?P<sign>=>|\?\?|::|->|\S)""",
    re.X | re.S,
)


@frozen
class Token:
    """A token and where it starts (line and column from 1)."""

    kind: str
    text: str
    line: int
    column: int


def tokens_of(content: str) -> Iterator[Token]:
    """The tokens of a text without spaces, comments and directives; an unclosed text is a `broken` token."""
    line, start, position = 1, 0, 0
    while match := TOKEN.match(content, position):
        kind, end = match.lastgroup or "sign", match.end()
        if kind == "hole":
            closed = _interpolated(content, end, "@" in match[0])
            kind, end = ("text", closed) if closed else ("broken", end)
        text = content[position:end]
        if kind not in ("space", "comment", "directive"):
            kind = "broken" if text == '"' else "raw" if kind == "q" else kind
            yield Token(kind, text, line, position - start + 1)
        if "\n" in text:
            line += text.count("\n")
            start = position + text.rfind("\n") + 1
        position = end


def _interpolated(content: str, position: int, verbatim: bool) -> int:
    """Where `$"..."` ends, past holes that hold code and texts of their own; 0 when it does not end."""
    depth = 0
    while position < len(content):
        sign, two = content[position], content[position : position + 2]
        if depth == 0 and two in ("{{", "}}", '""' if verbatim else "\\" + two[1:]):
            position += 2
            continue
        if sign == "\n" and depth == 0 and not verbatim:
            return 0
        if sign == '"' and depth == 0:
            return position + 1
        if sign in '"$@' and depth:
            inner = TOKEN.match(content, position)
            if inner and inner.lastgroup == "hole":
                position = _interpolated(content, inner.end(), "@" in inner[0])
            else:
                position = inner.end() if inner else position + 1
            if position == 0:
                return 0
            continue
        depth = max(0, depth + (sign == "{") - (sign == "}"))
        position += 1
    return 0
