"""Reading a project's C#: a lenient translation, statement by statement, into Python that is then read.

Knows: the C# that algorithms are written in. Must not know: what API calls mean, days, prices.
A statement that does not translate becomes `pass`; a condition that does not becomes one nobody can decide.
"""

from __future__ import annotations

import re
from typing import Final

from .python_source import parse

_STRING: Final = re.compile(
    r'(?P<at>\$?@\$?"(?:[^"]|"")*")|(?P<plain>\$?"(?:\\.|[^"\\\n])*")|(?P<char>\'(?:\\.|[^\'\\\n])\')'
    r"|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<directive>^[ \t]*#[^\n]*)",
    re.DOTALL | re.MULTILINE,
)
_TYPE: Final = r"(?:[A-Za-z_][\w.]*(?:<[\w\s,.<>\[\]?]*>)?(?:\[\])?\??)"
_MODIFIER: Final = (
    r"(?:(?:public|private|protected|internal|static|readonly|const|override|virtual|async|sealed|abstract)"
    r"\s+)*"
)
_METHOD: Final = re.compile(rf"^{_MODIFIER}{_TYPE}\s+(\w+)\s*\(([^()]*)\)\s*$")
_CONSTRUCTOR: Final = re.compile(rf"^{_MODIFIER}(\w+)\s*\(([^()]*)\)\s*(?::\s*base\(.*\))?$")
_CLASS: Final = re.compile(r"\bclass\s+(\w+)(?:\s*:\s*([\w.]+))?")
_FIELD: Final = re.compile(rf"^{_MODIFIER}{_TYPE}\s+(\w+(?:\s*,\s*\w+)*)\s*(?:=(?!=)\s*(.*))?$", re.DOTALL)
_PARAMETER: Final = re.compile(r"\[\s*Parameter\s*\(\s*(\w+)\s*\)\s*\]")
_DECLARATION: Final = re.compile(
    rf"^(?:const\s+)?(?!return\b|throw\b|await\b|new\b){_TYPE}\s+(\w+)\s*=(?!=|>)\s*", re.DOTALL
)
_COLLECTION: Final = re.compile(r"(?:new\s*[\w<>,. \[\]]*(?:\(\s*\))?|=)\s*$")
_MAX_DEPTH: Final = 30
_MAX_TAIL: Final = 200
_MAX_STATEMENT: Final = 4_000
"""Longer statements are skipped: the patterns below take quadratic time on text made to mislead them."""
_MAX_CHOICE: Final = 400
_REPLACEMENTS: Final = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"\bthis\.", "self."),
        (r"\bnew\s+", ""),
        (r"\bnull\b", "None"),
        (r"\btrue\b", "True"),
        (r"\bfalse\b", "False"),
        (r"&&", " and "),
        (r"\|\|", " or "),
        (r"\?\?", " or "),
        (r"\?\.", "."),
        (r"!(?!=)", " not "),
        (r"(\d)[mMdDfFlL]\b", r"\1"),
        (r"(?<![\w.])0+(?=[1-9]\d*\b)", ""),
        (r"\(\s*(?:int|long|decimal|double|float)\s*\)", ""),
        (r"(?<=\w)<[\w\s,.\[\]?]+>(?=\s*\()", ""),
        (r"\bout\s+(?:var\s+)?", ""),
        (r"\(\s*\)\s*=>", " lambda: "),
        (r"\(?\b(\w+)\)?\s*=>", r" lambda \1: "),
        (r"(?<=[(,])(\s*)(\w+)\s*:(?!:)", r"\1\2="),
        (r"\+\+|--", " += 1"),
    )
)


def translate(text: str) -> tuple[str, tuple[int, ...]]:
    """Python text for C# text, and for each of its lines the line it came from (1-based)."""
    translator = _Translator(text[:1_000_000])
    translator.block(0, "file", 0)
    lines = translator.lines or [(0, "pass", 1)]
    return "\n".join("    " * depth + code for depth, code, _ in lines), tuple(line for _, _, line in lines)


class _Translator:
    """One pass over one file. Never raises: unbalanced text simply ends early."""

    def __init__(self, text: str) -> None:
        self._strings: list[str] = []
        self._text = _STRING.sub(self._hide, text)
        self._at = 0
        self._line = 1
        self.lines: list[tuple[int, str, int]] = []

    def _hide(self, match: re.Match[str]) -> str:
        rows = "\n" * match.group().count("\n")
        if match["comment"] is not None or match["directive"] is not None:
            return rows or " "
        self._strings.append(match.group())
        return f"__S{len(self._strings) - 1}__" + rows

    def _shown(self, text: str) -> str:
        return re.sub(r"__S(\d+)__", lambda match: self._literal(int(match[1])), text)

    def _literal(self, index: int) -> str:
        if index >= len(self._strings):
            return '""'
        quoted = self._strings[index]
        body = quoted.lstrip("$@")
        interpolated = "$" in quoted[: len(quoted) - len(body)]
        content = body[1:-1].replace('""', '\\"') if "@" in quoted[:2] else body[1:-1]
        content = content.replace("\n", "\\n").replace('"', '\\"').replace('\\\\"', '\\"')
        if interpolated:
            content = re.sub(
                r"\{([^{}:]+)(?::[^{}]*)?\}", lambda match: "{" + _operators(match[1]) + "}", content
            )
        return ("f" if interpolated else "") + '"' + content + '"'

    def block(self, depth: int, place: str, level: int) -> None:
        """Translate statements up to the closing brace."""
        before = len(self.lines)
        while self._at < len(self._text):
            line, header, end = self._next(depth, place, level)
            header = "" if len(header) > _MAX_STATEMENT else header
            if end == "}":
                break
            if end == "{":
                self._opened(header, line, depth, place, level + 1)
            elif header:
                self._simple(header, line, depth, place)
        if len(self.lines) == before and place != "file":
            self._emit(depth, "pass", self._line)

    def _next(self, depth: int, place: str, level: int) -> tuple[int, str, str]:
        """The text up to the next `;`, `{` or `}` outside of parentheses, with that character."""
        parts: list[str] = []
        parens = 0
        line = 0
        while self._at < len(self._text):
            letter = self._text[self._at]
            self._at += 1
            if letter == "\n":
                self._line += 1
                parts.append(" ")
                continue
            if not line and not letter.isspace():
                line = self._line
            if letter in "([":
                parens += 1
            elif letter in ")]":
                parens -= 1
            elif letter == "{":
                so_far = "".join(parts)
                tail = so_far[-_MAX_TAIL:]
                if parens > 0 and re.search(r"=>\s*$", tail) and level < _MAX_DEPTH:
                    parts = [re.sub(r"\(?[\w\s,]*\)?\s*=>\s*$", self._lambda(depth, level), so_far)]
                    continue
                literal = _COLLECTION.search(tail)
                if literal is not None:
                    start = "= " if literal.group().startswith("=") else ""
                    parts = [
                        so_far[: len(so_far) - len(tail) + literal.start()],
                        start,
                        "[",
                        self._collection(),
                        "]",
                    ]
                    continue
                return line or self._line, so_far.strip(), "{"
            elif letter in ";}" and (parens <= 0 or letter == "}"):
                return line or self._line, "".join(parts).strip(), letter
            parts.append(letter)
        return line or self._line, "".join(parts).strip(), ""

    def _lambda(self, depth: int, level: int) -> str:
        name = f"lambda_{self._line}_{self._at}"
        self._emit(depth, f"def {name}(*data):", self._line)
        self.block(depth + 1, "method", level + 1)
        return name

    def _collection(self) -> str:
        parts: list[str] = []
        depth = 1
        while self._at < len(self._text) and len(parts) < 20_000:
            letter = self._text[self._at]
            self._at += 1
            self._line += letter == "\n"
            depth += (letter == "{") - (letter == "}")
            if depth == 0:
                break
            parts.append({"{": "[", "}": "]", "\n": " "}.get(letter, letter))
        return re.sub(r"new\s+\w+\s*(?=\[)", "", "".join(parts))

    def _opened(self, header: str, line: int, depth: int, place: str, level: int) -> None:
        before = len(self.lines)
        inner, inside = depth + 1, "method"
        found_class = _CLASS.search(header)
        if level > _MAX_DEPTH:
            self._emit(depth, "pass", line)
        elif header.startswith("namespace") or (place == "file" and not found_class):
            inner, inside = depth, "file"
        elif found_class:
            self._emit(depth, f"class {found_class[1]}({found_class[2] or 'object'}):", line)
            inside = "class"
        elif place == "class":
            function = _METHOD.match(_attributes_off(header)) or _CONSTRUCTOR.match(_attributes_off(header))
            if function is None:
                self._property(header, line, depth)
                return
            names = [re.sub(r"=.*", "", part).split()[-1] for part in function[2].split(",") if part.split()]
            self._emit(depth, f"def {function[1]}({', '.join(['self', *names])}):", line)
        elif not self._control(header, line, depth):
            self._emit(depth, "if True:", line)
        if len(self.lines) > before or inside == "file":
            self.block(inner, inside, level)

    def _property(self, header: str, line: int, depth: int) -> None:
        """`public int Period { get; set; } = 20;`: the accessors are skipped, the value is kept."""
        braces = 1
        while self._at < len(self._text) and braces:
            letter = self._text[self._at]
            self._at += 1
            self._line += letter == "\n"
            braces += (letter == "{") - (letter == "}")
        value = re.match(r"\s*=\s*([^;{}]*);", self._text[self._at : self._at + 500])
        if value is not None:
            self._at += value.end()
            self._line += value.group().count("\n")
        self._simple(header + (f" = {value[1]}" if value is not None else ""), line, depth, "class")

    def _control(self, header: str, line: int, depth: int) -> bool:
        """`if`, loops and the like, up to the brace. False when the header is something else."""
        word = re.match(r"(else\s+if|if|while|foreach|for|else|try|finally|catch|using|lock|do)\b", header)
        if word is None:
            return False
        kind, rest = re.sub(r"\s+", " ", word[1]), header[word.end() :]
        condition, _ = _parenthesised(rest)
        each = re.match(rf"\s*(?:var|{_TYPE})\s+(\w+)\s+in\s+(.*)$", condition, re.DOTALL)
        if kind in {"if", "else if", "while"}:
            test = self._expression(condition) or "undecided"
            self._emit(depth, f"{'elif' if kind == 'else if' else kind} {test}:", line)
        elif kind == "foreach" and each is not None:
            self._emit(depth, f"for {each[1]} in {self._expression(each[2]) or 'undecided'}:", line)
        elif kind == "else":
            self._emit(depth, "else:", line)
        elif kind == "catch":
            self._emit(depth, "except Exception:", line)
        elif kind in {"try", "finally"}:
            self._emit(depth, f"{kind}:", line)
        else:
            self._emit(depth, "if True:", line)
        return True

    def _simple(self, text: str, line: int, depth: int, place: str) -> None:
        if place == "file":
            return
        if place == "class":
            self._field(text, line, depth)
            return
        word = re.match(r"(else\s+if|if|while|foreach|for|else)\b", text)
        if word is not None:
            _, rest = _parenthesised(text[word.end() :]) if word[1] != "else" else ("", text[word.end() :])
            if self._control(text, line, depth):
                self._simple(rest.strip() or "pass", line, depth + 1, place)
            return
        text = re.sub(r"^throw\s*(?:new\s+)?", "raise ", text)
        text = _DECLARATION.sub(r"\1 = ", text)
        statement = self._shown(_operators(text))
        self._emit(depth, statement if _parses(statement) else "pass", line)

    def _field(self, text: str, line: int, depth: int) -> None:
        parameter = _PARAMETER.search(text)
        field = _FIELD.match(_attributes_off(text))
        if field is None:
            return
        value = self._expression(field[2]) if field[2] else "None"
        if parameter is not None:
            value = f"get_parameter({self._shown(parameter[1])}, {value or 'None'})"
        for name in field[1].split(","):
            self._emit(depth, f"{name.strip()} = {value or 'None'}", line)

    def _expression(self, text: str) -> str:
        code = self._shown(_operators(text.strip()))
        return code if code and _parses(f"({code})") else ""

    def _emit(self, depth: int, code: str, line: int) -> None:
        if len(self.lines) < 20_000:
            self.lines.append((depth, code.replace("\n", " ").strip(), line))


def _attributes_off(text: str) -> str:
    return re.sub(r"^(?:\s*\[[^\[\]]*\])+\s*", "", text)


def _parenthesised(text: str) -> tuple[str, str]:
    """The content of the first parentheses, and what follows them."""
    depth = 0
    for index, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == ")" and depth == 0:
            return text[: index + 1].strip()[1:-1], text[index + 1 :]
    return "", ""


def _operators(text: str) -> str:
    for pattern, replacement in _REPLACEMENTS:
        text = pattern.sub(replacement, text)
    if len(text) > _MAX_CHOICE or "?" not in text:
        return text.strip()
    choice = re.match(r"^(.*?[=(]\s*|)([^=?(]+(?:[<>=]=?[^=?]+)?)\?([^:?]+):([^:?]+)$", text.strip())
    if choice is not None:
        text = f"{choice[1]}({choice[3]} if {choice[2]} else {choice[4]})"
    return text.strip()


def _parses(code: str) -> bool:
    try:
        parse(code)
    except SyntaxError:
        return False
    return True
