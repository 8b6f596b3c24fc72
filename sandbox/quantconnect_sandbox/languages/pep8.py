"""PascalCase members of the engine's Python API as snake_case, and only those.

Knows: Python's tokens and naming. Must not know: projects, requests.
"""

import io
import re
import tokenize

from quantconnect_sandbox.languages.python_source import UNPARSABLE

PASCAL = re.compile(r"^[A-Z][A-Za-z0-9]*$")
ENUMS = re.compile(
    "Resolution|InsightDirection|Order(Status|Type|Direction)|BrokerageName|AccountType|Market|OptionRight"
    "|DataNormalizationMode|SecurityType|MovingAverageType"
)
"""Classes whose members become UPPER_CASE."""


def snake_case(name: str) -> str:
    """`SetStartDate` as `set_start_date`; `RSI` as `rsi`."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", spaced).lower()


def converted(content: str) -> str:
    """The source with members (`self.SetCash`), method names and keyword arguments in PEP 8 style.

    Classes, imports, texts and comments stay. A source that Python cannot tokenize comes back as it is.
    """
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(content).readline))
    except (tokenize.TokenError, IndentationError, *UNPARSABLE):
        return content
    lines = content.splitlines(keepends=True)
    for place in range(len(tokens) - 1, -1, -1):
        new = _renamed(tokens, place)
        if new is not None:
            (row, start), (_, end) = tokens[place].start, tokens[place].end
            lines[row - 1] = lines[row - 1][:start] + new + lines[row - 1][end:]
    return "".join(lines)


def _renamed(tokens: list[tokenize.TokenInfo], place: int) -> str | None:
    token = tokens[place]
    if token.type != tokenize.NAME or not PASCAL.match(token.string):
        return None
    line = token.line.lstrip()
    if line.startswith(("import ", "from ")):
        return None
    before = tokens[place - 1].string if place else ""
    owner = tokens[place - 2].string if place > 1 else ""
    following = tokens[place + 1].string if place + 1 < len(tokens) else ""
    if before == ".":
        if ENUMS.fullmatch(owner):
            return snake_case(token.string).upper()
        # A class reached through a module or another class stays one: `algorithm.QCAlgorithm(`.
        is_type = PASCAL.match(owner) and following == "("
        return None if is_type else snake_case(token.string)
    return snake_case(token.string) if before == "def" else None
