"""C# source: brackets, semicolons and texts, and nothing else. No compiler: the build's log says so.

Knows: what follows what in C#. Must not know: projects. What it accepts may still not compile.
"""

import re
from collections.abc import Mapping

from quantconnect_sandbox.languages.csharp_tokens import Token, tokens_of
from quantconnect_sandbox.languages.findings import Finding

PAIRS = {")": "(", "]": "[", "}": "{"}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DECLARING = _words(
    """using namespace class struct record interface enum delegate public internal private protected static
    sealed abstract partial unsafe file readonly ref extern global new ["""
)
"""What can begin a declaration outside all brackets."""
NO_CALL = DECLARING | _words(
    """if for foreach while lock fixed catch switch return when await in is as and or not where select case
    from let join on equals by into orderby ascending descending else do throw yield out params operator
    override virtual async const event volatile var"""
)
"""What may stand before `(` without being a method."""
CONTINUING = _words(
    """where when is as and or in select into orderby let join on equals by ascending descending from switch
    with group not base this"""
)
"""What may follow a value without a sign between."""


def check_one(name: str, content: str) -> list[Finding]:
    """The first few structural errors of one file."""
    found: list[Finding] = []

    def add(token: Token, code: str, text: str) -> None:
        found.append(Finding(name, token.line, token.column, text, code=code))

    tokens = list(tokens_of(content))
    opened: list[tuple[Token, bool]] = []
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        sign = token.text if token.kind == "sign" else ""
        if not opened and (before is None or before.text in (";", "}")) and _strange(token):
            add(token, "CS8803", f"{token.text!r} cannot stand here: a file holds usings, namespaces, types")
            break
        if token.kind == "broken":
            add(token, "CS1010", "Newline in constant: the text is not closed")
        elif opened and opened[-1][1] and sign == ";":
            add(token, "CS1026", ") expected")
            break
        elif sign in ("(", "[", "{"):
            if sign == "{" and opened and before is opened[-1][0] and before.text == "(":
                add(token, "CS1026", ") expected")
                break
            opened.append((token, sign == "(" and before is not None and _names_a_method(before)))
        elif sign in PAIRS:
            if not opened or opened[-1][0].text != PAIRS[sign]:
                add(token, "CS1022" if sign == "}" else "CS1003", f"Unexpected {sign!r}")
                break
            _, call = opened.pop()
            if call and (not opened or opened[-1][0].text == "{") and _begins_a_statement(after):
                add(token, "CS1002", "; expected")
        elif token.kind in ("text", "number") and _begins_a_statement(after):
            add(token, "CS1002", "; expected")
    if opened and not found:
        last = opened[-1][0]
        closing = next(right for right, left in PAIRS.items() if left == last.text)
        code = "CS1513" if closing == "}" else "CS1026"
        add(last, code, f"{closing} expected for the {last.text!r} opened here")
    return found[:5]


def algorithm_class(files: Mapping[str, str]) -> str | None:
    """The name of the class that derives from QCAlgorithm."""
    content = (each for name, each in files.items() if name.endswith(".cs"))
    code = " ".join(token.text for each in content for token in tokens_of(each) if token.kind != "text")
    match = re.search(r"\bclass (\w+) : [^{]*\bQCAlgorithm\b", code)
    return match[1] if match else None


def _strange(token: Token) -> bool:
    """Whether no declaration begins so."""
    return token.text not in DECLARING and token.text not in (";", "}", "{")


def _names_a_method(token: Token) -> bool:
    return token.kind == "name" and token.text not in NO_CALL


def _begins_a_statement(after: Token | None) -> bool:
    """Whether what follows a complete value cannot continue it."""
    if after is None or after.kind in ("text", "number"):
        return after is not None
    return after.kind == "name" and after.text not in CONTINUING
