"""Reading a project in either language.

Knows: which files and which reader a language has. Must not know: syntax, days, prices.
The code is never executed: it is parsed and followed on paper.
"""

from __future__ import annotations

from collections.abc import Mapping

from .csharp_source import translate
from .python_source import read_python
from .source import Failure, Parameters, Program


def read(language: str, files: Mapping[str, str], parameters: Parameters) -> Program:
    """What a project asks for. Never raises for anything `files` can hold: broken code is a `Failure`."""
    try:
        if language.strip().lower() in {"c#", "csharp", "cs"}:
            sources = {name: text for name, text in files.items() if name.lower().endswith(".cs")}
            translated = {name: translate(text) for name, text in sources.items()}
            python = {name: text for name, (text, _) in translated.items()}
            lines = {name: rows for name, (_, rows) in translated.items()}
            return read_python(python, parameters, lines, sources)
        return read_python({n: t for n, t in files.items() if n.lower().endswith(".py")}, parameters)
    except RecursionError:
        # Nesting that the parser accepts and that is still too deep to follow.
        return Program(failure=Failure("The code is nested too deeply to be read", "", 0, True))
