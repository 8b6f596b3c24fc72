"""C# source: is its structure sound. No compiler: brackets, and a few rules that never hold in C#.

Knows: what follows what in C#. Must not know: projects. What it accepts may still not compile.
"""

from __future__ import annotations

from collections.abc import Mapping

from quantconnect_sandbox.languages.csharp_tokens import Token, tokens_of
from quantconnect_sandbox.languages.findings import Finding

PAIRS = {")": "(", "]": "[", "}": "{"}
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
