"""C# source: is its structure sound. No compiler: a scanner, brackets, and a few rules that never hold in C#.

Knows: tokens of C#. Must not know: projects. What it accepts may still not compile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from attrs import frozen

from ledgai_mcp.sandbox.languages.findings import Finding

PAIRS = {")": "(", "]": "[", "}": "{"}
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
TOP_LEVEL = frozenset(
    {
        "using",
        "namespace",
        "class",
        "struct",
        "record",
        "interface",
        "enum",
        "delegate",
        "public",
        "internal",
        "private",
        "protected",
        "static",
        "sealed",
        "abstract",
        "partial",
        "unsafe",
        "file",
        "readonly",
        "ref",
        "extern",
        "global",
        "new",
        "[",
    }
)
MODIFIERS = frozenset({"override", "virtual", "async", "const", "event", "volatile", "var"})
CONTROL = frozenset(
    {
        "if",
        "for",
        "foreach",
        "while",
        "lock",
        "using",
        "fixed",
        "catch",
        "switch",
        "return",
        "when",
        "await",
        "in",
        "is",
        "as",
        "and",
        "or",
        "not",
        "where",
        "select",
        "case",
        "from",
        "let",
        "join",
        "on",
        "equals",
        "by",
        "into",
        "orderby",
        "ascending",
        "descending",
        "else",
        "do",
        "throw",
        "yield",
        "out",
        "ref",
        "params",
        "operator",
    }
)
AFTER_CALL = frozenset(
    {
        "where",
        "when",
        "is",
        "as",
        "and",
        "or",
        "in",
        "select",
        "into",
        "orderby",
        "let",
        "join",
        "on",
        "equals",
        "by",
        "ascending",
        "descending",
        "from",
        "switch",
        "with",
        "group",
        "not",
        "base",
        "this",
    }
)


@frozen
class Token:
    """A token and where it starts (line and column from 1)."""

    kind: str
    text: str
    line: int
    column: int


def checked(files: Mapping[str, str]) -> list[Finding]:
    """Errors of all `.cs` files."""
    findings: list[Finding] = []
    for name, content in files.items():
        if name.endswith(".cs"):
            findings += check_one(name, content)
    return findings


def check_one(name: str, content: str) -> list[Finding]:
    """The first few structural errors of one file."""
    found: list[Finding] = []

    def add(token: Token, code: str, text: str) -> None:
        found.append(Finding(name, token.line, token.column, text, code=code))

    tokens = list(tokens_of(content))
    opened: list[tuple[Token, bool]] = []
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        if token.kind == "broken":
            add(token, "CS1010", "Newline in constant: the text is not closed")
        elif _breaks_call(token, before, opened):
            add(token, "CS1026", ") expected")
            break
        elif token.text in ("(", "[", "{") and token.kind == "sign":
            opened.append((token, _is_call(tokens, index)))
        elif token.text in PAIRS and token.kind == "sign":
            if not opened or opened[-1][0].text != PAIRS[token.text]:
                add(token, "CS1022" if token.text == "}" else "CS1003", f"Unexpected {token.text!r}")
                break
            _, call = opened.pop()
            if call and _misses_semicolon(tokens, index, opened):
                add(token, "CS1002", "; expected")
        elif before is not None and _cannot_follow(before, token):
            add(before, "CS1002", "; expected")
        if not opened and _is_declaration_start(tokens, index) and token.text not in TOP_LEVEL:
            add(
                token,
                "CS8803",
                f"{token.text!r} is no declaration: a file holds usings, namespaces and types",
            )
            break
    if opened and not found:
        token = opened[-1][0]
        closing = next(right for right, left in PAIRS.items() if left == token.text)
        add(
            token,
            "CS1513" if closing == "}" else "CS1026",
            f"{closing} expected for the {token.text!r} opened here",
        )
    return found[:5]


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


def _breaks_call(token: Token, before: Token | None, opened: list[tuple[Token, bool]]) -> bool:
    """A semicolon among arguments, or a block where they should begin."""
    if token.kind != "sign" or not opened:
        return False
    if token.text == ";":
        return opened[-1][1]
    return token.text == "{" and before is not None and before is opened[-1][0] and before.text == "("


def _is_call(tokens: list[Token], index: int) -> bool:
    """Whether `(` follows a name that is no keyword: a call or a declaration of a method."""
    before = tokens[index - 1] if index else None
    return (
        tokens[index].text == "("
        and before is not None
        and before.kind == "name"
        and before.text not in CONTROL | TOP_LEVEL | MODIFIERS
    )


def _misses_semicolon(tokens: list[Token], index: int, opened: list[tuple[Token, bool]]) -> bool:
    """A call that ends, and a name follows directly: no C# statement continues so."""
    if index + 1 >= len(tokens) or (opened and opened[-1][0].text != "{"):
        return False
    following = tokens[index + 1]
    return following.kind == "name" and following.text not in AFTER_CALL


def _cannot_follow(before: Token, token: Token) -> bool:
    """A literal directly followed by a name or another literal."""
    literals = ("text", "verbatim", "raw", "char", "number")
    if before.kind not in literals:
        return False
    return token.kind in literals or (token.kind == "name" and token.text not in AFTER_CALL | CONTROL)


def _is_declaration_start(tokens: list[Token], index: int) -> bool:
    """Whether a token outside all brackets begins something."""
    before = tokens[index - 1].text if index else ""
    return before in ("", ";", "}") and tokens[index].text not in (";", "}", "{")


def algorithm_class(files: Mapping[str, str]) -> str | None:
    """The name of the class that derives from QCAlgorithm."""
    for name, content in files.items():
        if name.endswith(".cs"):
            words = [token.text for token in tokens_of(content)]
            for index in range(len(words) - 3):
                if (
                    words[index] == "class"
                    and words[index + 2] == ":"
                    and "QCAlgorithm" in words[index + 3 : index + 6]
                ):
                    return words[index + 1]
    return None


def has_method(files: Mapping[str, str], name: str) -> bool:
    """Whether any file holds `name(`."""
    for each, content in files.items():
        if each.endswith(".cs"):
            words = [token.text for token in tokens_of(content)]
            if any(words[index] == name and words[index + 1] == "(" for index in range(len(words) - 1)):
                return True
    return False
