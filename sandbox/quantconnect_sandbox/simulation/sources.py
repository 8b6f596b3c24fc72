"""Reading a project's code, whatever its language and whatever is wrong with it.

Knows: which reader a language has. Must not know: what is done with the facts.
"""

from collections.abc import Mapping
from typing import Final

from quantconnect_sandbox.languages.python_source import UNPARSABLE

from .csharp_reader import read_csharp
from .python_reader import read_python
from .source_facts import Facts, Failure, facts_of

_MAX_SOURCE: Final = 2_000_000
"""Characters of a project's code that are read."""


def read(language: str, files: Mapping[str, str]) -> Facts:
    """What is taken from a project's code. Never raises for anything `files` can hold."""
    python = language == "Py"
    texts = {name: text for name, text in files.items() if name.endswith(".py" if python else ".cs")}
    place = ""
    try:
        if sum(map(len, texts.values())) > _MAX_SOURCE:
            raise ValueError("The project's code is too large for the sandbox.")
        source = read_python(texts) if python else read_csharp(texts)
        if source[0]:
            return facts_of(source, texts)
        message = "No class derives from QCAlgorithm."
    except SyntaxError as error:
        message, place = f"{type(error).__name__} : {error.msg}", f" in {error.filename}: line {error.lineno}"
    except UNPARSABLE as error:
        message = f"{type(error).__name__} : {error}"
    return Facts(failure=Failure(message, f"{message}\n{place}".strip(), 0.0, True))
