"""C# code as calls with constant arguments: looked up among its tokens. There is no C# parser here.

Knows: how C# writes calls, texts, numbers and throws. Must not know: what a call means.
"""

import re
from collections.abc import Mapping, Sequence

from quantconnect_sandbox.languages import csharp_source
from quantconnect_sandbox.languages.csharp_tokens import Token, tokens_of
from quantconnect_sandbox.languages.pep8 import snake_case

from .source_facts import HANDLERS, MEMBERS, Constant, Failure, Names, Source, SourceCall

LONGEST = 60
"""Tokens that a list of arguments or a value may have."""


def read_csharp(files: Mapping[str, str]) -> Source:
    """The calls of all files and what stops the run."""
    calls: list[SourceCall] = []
    methods: set[str] = set()
    thrown: dict[str, Failure] = {}
    for file in sorted(files, key=lambda name: (name != "Main.cs", name)):
        tokens = list(tokens_of(files[file]))
        known = _known(tokens)
        for place in range(1, len(tokens) - 1):
            if tokens[place].kind != "name" or tokens[place + 1].text != "(":
                continue
            name = snake_case(tokens[place].text)
            calls.append(_call(name, tokens[place + 2 : place + LONGEST], known))
            if not {"void", "override"}.isdisjoint(token.text for token in tokens[max(place - 4, 0) : place]):
                methods.add(name)
                if name in HANDLERS and (failure := _thrown(tokens[place:], name, file, files[file])):
                    thrown[name] = failure
    failure = next((thrown[name] for name in HANDLERS if name in thrown), None)
    return csharp_source.algorithm_class(files) or "", calls, methods, failure


def _known(tokens: Sequence[Token]) -> Names:
    """What each name may be: the constants assigned to it, or that it runs through."""
    known: Names = {}
    for place in range(1, len(tokens)):
        if tokens[place].text in ("=", "in") and tokens[place - 1].kind == "name":
            value = tokens[place + 1 : place + LONGEST]
            end = next((n for n, each in enumerate(value) if each.text in (";", ")", "=")), len(value))
            name = tokens[place - 1].text
            known[name] = (*known.get(name, ()), *_constants(value[: max(end, 1)], known))[:LONGEST]
    return known


def _constants(tokens: Sequence[Token], known: Names) -> tuple[Constant, ...]:
    """The texts, numbers and members of enumerations among tokens; names stand for what they may be."""
    found: list[Constant] = []
    for place, token in enumerate(tokens):
        if token.kind == "text" and not token.text.startswith("$"):
            found.append(re.sub(r"\\(.)", r"\1", token.text.strip('@"'), flags=re.S))
        elif token.kind == "number" and (match := re.fullmatch(r"([\d_]+(\.\d+)?)[mMdDfFlL]?", token.text)):
            digits = match[1].replace("_", "")
            found.append(float(digits) if match[2] else int(digits))
        elif token.kind == "name" and place > 1 and tokens[place - 2].text in MEMBERS:
            found.append(f"{tokens[place - 2].text}::{token.text.lower()}")
        elif token.kind == "name":
            found += known.get(token.text, ())
    return tuple(found)


def _call(name: str, tokens: Sequence[Token], known: Names) -> SourceCall:
    """A call from what follows its bracket: the first argument ends with a comma outside other brackets."""
    depth, cut = 0, 0
    end = len(tokens)
    for place, token in enumerate(tokens):
        depth += (token.text in csharp_source.PAIRS.values()) - (token.text in csharp_source.PAIRS)
        if token.text == "," and not depth:
            cut = cut or place
        if depth < 0:
            end = place
            break
    cut = cut or end
    if name == "parameter":
        # The default is the value of the field below `[Parameter("name")]`.
        words = [token.text for token in tokens]
        end = words.index(";") if ";" in words else end
        cut = words.index("=", 0, end) if "=" in words[:end] else end
        return SourceCall("get_parameter", _constants(tokens[:1], {}), _constants(tokens[cut:end], known))
    return SourceCall(name, _constants(tokens[:cut], known), _constants(tokens[cut:end], known))


def _thrown(tokens: Sequence[Token], method: str, file: str, content: str) -> Failure | None:
    """The first `throw` among a method's own statements that no condition precedes."""
    depth = 0
    for at in range(1, len(tokens)):
        word, before = tokens[at].text, tokens[at - 1].text
        depth += (word == "{") - (word == "}")
        own = depth == 1 and before in ("{", "}", ";")
        if (depth <= 0 and word in ("}", ";")) or (own and word == "return"):
            return None
        if own and word == "throw":
            kind = tokens[at + 2].text if at + 2 < len(tokens) else "Exception"
            said = str(next(iter(_constants(tokens[at + 3 : at + 6], {})), ""))
            return Failure.thrown(kind, said, method, file, tokens[at].line, content)
    return None
