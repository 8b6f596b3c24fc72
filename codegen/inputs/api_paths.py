"""The one form of a path of the API, in the description and in scopes.yaml.

Knows: how a path is written. Must not know: what is at a path, who may call it.

A server may read `/projects/x/../delete`, `//`, `%64`, `;` or another case as `/projects/delete`, and whoever
compares texts would not see that: the path of a tool that reads could be that of one that deletes.
"""

import posixpath
import re
from collections.abc import Collection
from typing import Any
from urllib.parse import unquote

from codegen.inputs.problems import Problems
from codegen.inputs.yaml_document import Block

_NAME = r"\{[A-Za-z0-9_.-]+\}"
_FORM = re.compile(rf"(/([A-Za-z0-9_-]+|{_NAME}))+\Z")
_SAMPLE = "write `/word/word`, or `/word/{name}`, of letters, digits, - and _"


def check(paths: Block, problems: Problems, methods: Collection[str] = ()) -> None:
    """Note each path that is written otherwise, and each that a server may take for another one.

    Where two paths have one of `methods`, no argument in the one may make it the other.
    """
    met: dict[tuple[str, ...], str] = {}
    for path in paths:
        names = re.findall(_NAME, path)
        if not _FORM.match(path) or len(set(names)) < len(names):
            problems.at(paths.at(path), f"{path!r} is not in the one form of a path", _fix(path))
            continue
        sign = tuple("" if part.startswith("{") else part.lower() for part in path[1:].split("/"))
        for other, its in met.items():
            shared = _keys(paths[path]) & _keys(paths[its]) & set(methods)
            if sign == other or (shared and _reaches(sign, other)):
                what = f"a server may take {path} for {its} (line {paths.at(its).line})"
                problems.at(paths.at(path), what, "delete one of the two, or rename it")
        met[sign] = path


def _keys(item: Any) -> set[str]:
    return set(item) if isinstance(item, Block) else set()


def _reaches(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return len(one) == len(other) and all(not a or not b or a == b for a, b in zip(one, other, strict=True))


def _fix(path: str) -> str:
    plain = posixpath.normpath("/" + unquote(re.split(r"[?#;]", path)[0]).strip().lstrip("/"))
    return f"write `{plain}`" if plain != path and _FORM.match(plain) else _SAMPLE
