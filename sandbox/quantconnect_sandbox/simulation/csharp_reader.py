"""C# code as calls with constant arguments: looked up among its tokens. There is no C# parser here.

Knows: how C# writes calls, texts, numbers and throws. Must not know: what a call means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from quantconnect_sandbox.languages import csharp_source
from quantconnect_sandbox.languages.csharp_tokens import Token, tokens_of
from quantconnect_sandbox.languages.pep8 import snake_case

from .source_facts import HANDLERS, Constant, Failure, Source, SourceCall

Names = dict[str, tuple[Constant, ...]]
LONGEST = 60
"""Tokens that a list of arguments or a value may have."""
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_NUMBER = re.compile(r"(\d[\d_]*)(\.\d+)?(?:[eE]\d{1,2})?[mMdDfFlL]?")


def read_csharp(files: Mapping[str, str]) -> Source:
    """The calls of all files and what stops the run."""
    algorithm = csharp_source.algorithm_class(files)
    if algorithm is None:
        return Source("", ())
    calls: list[SourceCall] = []
    methods: set[str] = set()
    thrown: dict[str, Failure] = {}
    for file in sorted(files, key=lambda name: (name != "Main.cs", name)):
        tokens = list(tokens_of(files[file]))
        known = _known(tokens)
        calls += [_call(tokens, place, known, file) for place in _calls(tokens)]
        for place in _methods(tokens):
            name = snake_case(tokens[place].text)
            methods.add(name)
            failure = _thrown(tokens, place, file, files[file]) if name in HANDLERS else None
            if failure is not None:
                thrown.setdefault(name, failure)
    failure = next((thrown[name] for name in HANDLERS if name in thrown), None)
    return Source(algorithm, tuple(calls), frozenset(methods), failure)


def _calls(tokens: Sequence[Token]) -> Iterator[int]:
    """Where a name is followed by a bracket."""
    for place in range(len(tokens) - 1):
        if tokens[place].kind == "name" and tokens[place + 1].text == "(":
            yield place


def _methods(tokens: Sequence[Token]) -> Iterator[int]:
    """Where a method is declared: `void Name(` or `override ... Name(`."""
    for place in _calls(tokens):
        if place and (
            tokens[place - 1].text in ("void", "bool")
            or "override" in [t.text for t in tokens[max(place - 4, 0) : place]]
        ):
            yield place


def _known(tokens: Sequence[Token]) -> Names:
    """What each name may be: the constants assigned to it, or that it runs through."""
    known: Names = {}
    for place in range(1, len(tokens) - 1):
        sign = tokens[place].text
        if sign in ("=", "in") and tokens[place - 1].kind == "name":
            value = tokens[place + 1 : place + LONGEST]
            end = next((n for n, each in enumerate(value) if each.text in (";", ")", "=")), len(value))
            found = [each for token in value[: max(end, 1)] for each in _constant(token, known)]
            name = tokens[place - 1].text
            known[name] = (*known.get(name, ()), *found)[:LONGEST]
    return known


def _constant(token: Token, known: Names) -> tuple[Constant, ...]:
    if token.kind in ("text", "verbatim", "raw"):
        return (_unquoted(token.text),) if not token.text.startswith("$") else ()
    if token.kind == "number" and (match := _NUMBER.fullmatch(token.text)):
        whole = match[2] is None and "e" not in token.text.lower()
        return (
            int(match[1].replace("_", ""))
            if whole
            else float(token.text.rstrip("mMdDfFlL").replace("_", "")),
        )
    return known.get(token.text, ()) if token.kind == "name" else ()


def _unquoted(text: str) -> str:
    if text.startswith("@"):
        return text[2:-1].replace('""', '"')
    return re.sub(r"\\(.)", r"\1", text.strip('"'), flags=re.S)


def _call(tokens: Sequence[Token], place: int, known: Names, file: str) -> SourceCall:
    name, owner = snake_case(tokens[place].text), tokens[max(place - 2, 0)].text
    if name == "create" and owner == "Symbol":
        name = "symbol_create"
    arguments: list[tuple[Constant, ...]] = []
    keywords: dict[str, tuple[Constant, ...]] = {}
    for part in _parts(tokens, place + 1):
        if len(part) > 2 and part[0].kind == "name" and part[1].text == ":":
            keywords[snake_case(part[0].text)] = _value(part[2:], known)
        else:
            arguments.append(_value(part, known))
    if name == "parameter" and tokens[max(place - 1, 0)].text == "[":
        name = "get_parameter"
        arguments = [*arguments[:1], _default(tokens, place, known)]
    return SourceCall(name, tuple(arguments[:10]), keywords, file, tokens[place].line)


def _default(tokens: Sequence[Token], place: int, known: Names) -> tuple[Constant, ...]:
    """The value of the field below a `[Parameter("name")]`."""
    below = tokens[place : place + 30]
    equals = next((n for n, each in enumerate(below) if each.text in ("=", ";")), 0)
    return _constant(below[equals + 1], known) if 0 < equals < len(below) - 1 else ()


def _parts(tokens: Sequence[Token], start: int) -> list[Sequence[Token]]:
    """The arguments between the bracket at `start` and its end."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens[start + 1 : start + LONGEST]:
        if token.text in _CLOSING:
            depth += 1
        elif token.text in _CLOSING.values():
            if not depth:
                break
            depth -= 1
        if token.text == "," and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return list(parts)


def _value(part: Sequence[Token], known: Names) -> tuple[Constant, ...]:
    words = [token.text for token in part]
    if len(words) == 1:
        return _constant(part[0], known)
    if len(words) == 3 and words[0] in ("Resolution", "SecurityType") and words[1] == ".":
        return (f"{words[0]}::{words[2].lower()}",)
    if words[:2] == ["new", "DateTime"]:
        numbers = [value for token in part for value in _constant(token, {}) if isinstance(value, int)]
        try:
            return (date(*numbers[:3]),)
        except (TypeError, ValueError, OverflowError):
            return ()
    return tuple(value for token in part for value in _constant(token, {})) if "{" in words else ()


def _thrown(tokens: Sequence[Token], place: int, file: str, text: str) -> Failure | None:
    """The first `throw` among a method's own statements that no condition precedes."""
    depth = 0
    for at in range(place, len(tokens)):
        word, before = tokens[at].text, tokens[at - 1].text
        depth += (word == "{") - (word == "}")
        if (word == "}" and depth <= 0) or (word == ";" and depth == 0):
            return None
        if depth == 1 and before in ("{", "}", ";"):
            if word == "return":
                return None
            if word == "throw":
                kind = tokens[at + 2].text if at + 2 < len(tokens) else "Exception"
                said = [value for token in tokens[at + 3 : at + 6] for value in _constant(token, {})]
                line, method = tokens[at].line, tokens[place].text
                code = text.split("\n")[line - 1]
                return Failure.thrown(kind, str(said[0]) if said else "", method, file, line, code)
    return None
