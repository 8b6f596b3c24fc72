"""The sandbox's own small help, and the search over it.

Knows: short articles and word scores. Must not know: requests. It is not QuantConnect's documentation.
"""

import math
import re
from collections import Counter
from importlib import resources

from attrs import frozen

WORD = re.compile(r"[a-z0-9]+")
PAGE = "/sandbox-help/"
"""Where articles can be read, below the API."""
TYPES = ("Stubs", "Forum", "Docs", "Examples")


@frozen
class Article:
    """One piece of help; `kind` is one of TYPES, `language` Py, C# or any."""

    path: str
    kind: str
    language: str
    text: str


def _read() -> tuple[Article, ...]:
    """The articles of articles.txt: a line `path kind language`, then the text, then a blank line."""
    articles = []
    whole = resources.files(__package__).joinpath("articles.txt").read_text("utf-8")
    for part in whole.strip().split("\n\n"):
        head, _, text = part.partition("\n")
        path, kind, language = head.split()
        articles.append(Article(path, kind, language, text.replace("\n", " ")))
    return tuple(articles)


ARTICLES = _read()
_WORDS = [Counter(WORD.findall(f"{each.path} {each.text}".lower())) for each in ARTICLES]
_SPREAD = Counter(word for words in _WORDS for word in words)


def article(path: str) -> Article | None:
    """The article behind an address that a search gave."""
    wanted = path.removeprefix(PAGE) if path.startswith(PAGE) else None
    return next((each for each in ARTICLES if each.path == wanted), None)


def found(query: str, kind: str, language: str, count: int) -> list[tuple[float, Article]]:
    """`count` articles, best first; scores from 0 to 1. As QuantConnect's, it fills up with what fits less:
    the rest of the kind, then other kinds.
    """
    asked = [word for word in dict.fromkeys(WORD.findall(query.lower())) if word in _SPREAD]
    weights = {word: math.log(1 + len(ARTICLES) / _SPREAD[word]) for word in asked}
    whole = sum(weights.values()) or 1.0
    scored = [
        (round(sum(weight for word, weight in weights.items() if word in words) / whole, 4), article)
        for article, words in zip(ARTICLES, _WORDS, strict=True)
        if article.language in ("any", language)
    ]
    scored.sort(key=lambda each: (each[1].kind != kind, -each[0], each[1].path))
    return scored[:count]
