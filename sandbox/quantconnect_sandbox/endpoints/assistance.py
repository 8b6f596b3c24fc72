"""ai/tools/*: answers about source code, without any model behind them.

Knows: the shapes of the answers (api-facts 7): state, version, payload. Must not know: how code is looked at.
"""

import re
from typing import Any

from quantconnect_sandbox.endpoints import articles, files
from quantconnect_sandbox.exchange.arguments import Arguments
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.exchange.envelope import Bare, RefusedError
from quantconnect_sandbox.languages import completion, pep8
from quantconnect_sandbox.languages.build import CHECKED, built
from quantconnect_sandbox.languages.diagnosis import explained
from quantconnect_sandbox.simulation import read

LANGUAGES = ("C#", "Py")
VERSION = 2.0
INITIALIZE = re.compile(r"\b[iI]nitialize\(")
LONGEST = 100_000
"""Characters of a sentence, a message or a query."""
MOST_RESULTS = 50
TYPE_NUMBERS = {name: number for number, name in enumerate(articles.TYPES)}


async def syntax_check(call: Call) -> Bare:
    """Every error that a build would find, as lines; none is the empty list."""
    language, sources = _sources(call)
    lines = [each.logged() for each in built(language, sources).findings]
    return _answer("Error" if any("Build Error" in line for line in lines) else "End", lines, "Array")


async def initialization(call: Call) -> Bare:
    """What can be said of an initialization without running it: syntax, class, method, a certain `raise`."""
    language, sources = _sources(call)
    problems = [each.logged() for each in built(language, sources).findings if each.error]
    if not problems:
        failure = read(language, sources).failure
        if failure is not None and failure.initialize:
            problems = [failure.error]
        elif not any(INITIALIZE.search(text) for text in sources.values()):
            problems = ["The algorithm has no method initialize (in C#: Initialize)."]
    if problems:
        return _answer("Error", "\n".join(problems), "String")
    return _answer("End", f"No error found. {CHECKED[language]}", "String")


async def complete(call: Call) -> Bare:
    """Continuations of a started sentence, best first."""
    language = call.arguments.choice("language", LANGUAGES)
    sentence = _text(call.arguments, "sentence")
    longest = call.arguments.integer("responseSizeLimit", LONGEST)
    if longest < 1:
        raise RefusedError("Invalid argument: responseSizeLimit must be at least 1.")
    return _answer("End", completion.completions(language, sentence, longest), "Array")


async def enhance(call: Call) -> Bare:
    """An error explained."""
    call.arguments.choice("language", LANGUAGES)
    error = Arguments(call.arguments.mapping("error"))
    message, trace = _text(error, "message"), error.text("stacktrace", "")
    return _answer("End", explained(message, trace[-LONGEST:]), "String")


async def pep8_convert(call: Call) -> Bare:
    """Files with the members of the engine's API in PEP 8 style, by name."""
    sources = _files(call)
    changed = {name: pep8.converted(text) if name.endswith(".py") else text for name, text in sources.items()}
    return _answer("End", changed, "Object")


async def search(call: Call) -> Bare:
    """Articles of the sandbox's own help for each criterion."""
    language = call.arguments.choice("language", LANGUAGES)
    criteria = call.arguments.rows("criteria")
    if not criteria:
        raise RefusedError("Required parameter criteria is empty.")
    found: list[dict[str, Any]] = []
    for row in criteria:
        kind = row.choice("type", articles.TYPES)
        count = row.integer("count")
        if not 1 <= count <= MOST_RESULTS:
            raise RefusedError(f"Invalid argument: count must be from 1 to {MOST_RESULTS}.")
        for score, article in articles.found(_text(row, "input"), kind, language, count):
            url = f"{call.url}{articles.PAGE}{article.path}"
            found.append(
                {"url": url, "score": score, "content": article.text, "type": TYPE_NUMBERS[article.kind]}
            )
    return Bare(
        {
            "state": "End",
            "version": VERSION,
            "retrivals": found,
            "messageId": call.store.next("message", 1),
        }
    )


def _answer(state: str, payload: Any, kind: str) -> Bare:
    return Bare({"state": state, "version": VERSION, "payload": payload, "payloadType": kind})


def _sources(call: Call) -> tuple[str, dict[str, str]]:
    return call.arguments.choice("language", LANGUAGES), _files(call)


def _files(call: Call) -> dict[str, str]:
    rows = call.arguments.rows("files")
    if not rows:
        raise RefusedError("Required parameter files is empty.")
    return dict(files.checked(row.raw("name"), row.raw("content")) for row in rows)


def _text(arguments: Arguments, name: str) -> str:
    text = arguments.text(name)
    if len(text) > LONGEST:
        raise RefusedError(f"Invalid argument: {name} is longer than {LONGEST} characters.")
    return text


ROUTES: Routes = {
    "/ai/tools/backtest-init": initialization,
    "/ai/tools/complete": complete,
    "/ai/tools/error-enhance": enhance,
    "/ai/tools/pep8-convert": pep8_convert,
    "/ai/tools/syntax-check": syntax_check,
    "/ai/tools/search": search,
}
