"""Reads `x-tools`: how an operation is offered as tools.

Knows: the keys of an x-tools entry and their types. Must not know: schemas, scopes.
"""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from codegen.inputs.problems import Place, Problems
from codegen.inputs.suggestions import listed, meant
from codegen.inputs.yaml_document import Block, Items
from codegen.tools.endpoints import NAMED, Endpoint, names_tool

SETTINGS = ("agent_name",)
"""Settings that may fill an argument."""
CREDENTIALS = ("organization_id",)
"""Fields of the caller's credentials that may fill an argument."""
LIMITS = ("brokerage", "node", "organization", "project")
"""Kinds of things to which a token may be narrowed."""
MAY_BE_UNREACHED = ("organization", "project")
"""Kinds that a live tool may have nothing to do with: with money it has to do."""
COUNTS = ("backtests_per_day", "live_deployments_per_day")
"""What a token may be allowed so many times a day."""
AMOUNTS = ("one", "many")
"""How much of a count a call takes; many: nobody knows before."""

_TEXTS = ("title", "description", "branch", "result")
_LISTS = ("only", "omit", "require", "unreached", "closed")
_MAPPINGS = ("inject", "default", "narrowed", "besides", "called", "counted", "abridge")
ANY = "any"
"""Of `besides`: what stands there is no thing of the kind, and is not read."""
_FLAGS = ("additive", "idempotent")
_SAMPLES = {
    "unreached": "[kind]",
    "closed": "[kind]",
    "narrowed": "{kind: argument}",
    "besides": "{kind: {path: [word]}}",
    "called": "{kind: {own word: the limit's word}}",
    "counted": "{count: one}",
}
KEYS = frozenset({*_TEXTS, *_LISTS, *_MAPPINGS, *_FLAGS})


@frozen
class Declaration:
    """One tool as the overlay offers it. Empty where the overlay is silent."""

    name: str
    place: Place
    title: str
    description: str
    additive: bool = False
    idempotent: bool | None = None
    only: tuple[str, ...] = ()
    omit: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    inject: Mapping[str, str] = field(factory=dict)
    default: Mapping[str, str] = field(factory=dict)
    narrowed: Mapping[str, tuple[str, ...]] = field(factory=dict)
    besides: Mapping[str, Mapping[str, tuple[str, ...] | None]] = field(factory=dict)
    """Kind -> what is read where it is given -> the words that every limit lets pass; None: not read."""
    called: Mapping[str, Mapping[str, str]] = field(factory=dict)
    counted: Mapping[str, str] = field(factory=dict)
    unreached: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    abridge: Mapping[str, Any] = field(factory=dict)
    branch: str = ""
    result: str = ""


def declarations(endpoint: Endpoint, problems: Problems) -> list[Declaration]:
    """Read the declarations of an operation; without `x-tools` it is one tool, called as the operation."""
    if "x-tools" not in endpoint.block:
        name = endpoint.operation
        return (
            [Declaration(name, endpoint.place, titled(name), _said(endpoint))]
            if names_tool(name)  # else noted where operations are listed
            else []
        )
    entries, place = endpoint.block["x-tools"], endpoint.block.at("x-tools")
    if not isinstance(entries, Block):
        problems.at(
            place, f"x-tools of {endpoint} is no mapping", "write `x-tools: {tool_name: {title: Title}}`"
        )
        return []
    return [
        _declaration(name, entry, entries.at(name), endpoint, problems)
        for name, entry in entries.items()
        if _named(name, endpoint, problems, entries.at(name))
        and _mapping(name, entry, entries.at(name), problems)
    ]


def _named(name: str, endpoint: Endpoint, problems: Problems, place: Place) -> bool:
    if not names_tool(name):
        problems.at(place, f"{name!r} of {endpoint} is no tool name", NAMED)
    return names_tool(name)


def _mapping(name: str, entry: Any, place: Place, problems: Problems) -> bool:
    if not isinstance(entry, Block):
        problems.at(
            place, f"the entry of the tool {name} is no mapping", f"write `{name}: {{title: {titled(name)}}}`"
        )
    return isinstance(entry, Block)


def _declaration(
    name: str, entry: Block, place: Place, endpoint: Endpoint, problems: Problems
) -> Declaration:
    given: dict[str, Any] = {}
    for key, value in entry.items():
        if key not in KEYS:
            what = f'unknown key "{key}" in the tool {name}{meant(key, KEYS)}'
            problems.at(entry.at(key), what, f"use one of {listed(KEYS)}")
        elif not _typed(key, value):
            problems.at(entry.at(key), f"{key} of the tool {name} is of the wrong type", _sample(key))
        else:
            given[key] = tuple(value) if key in _LISTS else value
    for key, known in (("inject", SETTINGS), ("default", CREDENTIALS)):
        for argument, source in dict(given.get(key, {})).items():
            if source not in known:
                what = f'{key} of the tool {name} fills {argument} from "{source}", which does not exist'
                problems.at(entry.at(key), what, f"use one of {listed(known)}")
    _check_limits(name, entry, given, problems)
    given["narrowed"] = {
        kind: (paths,) if isinstance(paths, str) else tuple(paths)
        for kind, paths in given.get("narrowed", {}).items()
    }
    given["besides"] = {
        kind: {path: None if words == ANY else tuple(words) for path, words in paths.items()}
        for kind, paths in given.get("besides", {}).items()
    }
    given["title"] = " ".join(given.get("title", "").split()) or titled(name)
    given["description"] = " ".join(given.get("description", "").split()) or _said(endpoint)
    return Declaration(name=name, place=place, **given)


def _check_limits(name: str, entry: Block, given: Mapping[str, Any], problems: Problems) -> None:
    for kind in given.get("narrowed", {}):
        if kind not in LIMITS:
            what = f'the tool {name} is narrowed by "{kind}", which is no kind of limit'
            problems.at(entry.at("narrowed"), what, f"use one of {listed(LIMITS)}")
    for key, said in (("called", "calls the {} otherwise"), ("besides", "reads the {} besides")):
        for kind in set(given.get(key, {})) - set(given.get("narrowed", {})):
            what = f'the tool {name} {said.format(kind)}, and is not narrowed by "{kind}"'
            problems.at(entry.at(key), what, f"add {kind} to its `narrowed`, or delete it here")
    for kind in given.get("closed", ()):
        if kind not in LIMITS:
            what = f'the tool {name} is closed by "{kind}", which is no kind of limit'
            problems.at(entry.at("closed"), what, f"use one of {listed(LIMITS)}")
        elif kind in given.get("narrowed", {}) or kind in given.get("unreached", ()):
            what = f"the tool {name} is closed by a limit on the {kind}, and said to be open to it"
            problems.at(entry.at("closed"), what, "delete one of the two")
    for kind in given.get("unreached", ()):
        if kind not in LIMITS:
            what = f'the tool {name} is unreached by "{kind}", which is no kind of limit'
            problems.at(entry.at("unreached"), what, f"use one of {listed(LIMITS)}")
        elif kind in given.get("narrowed", {}):
            what = f"the tool {name} is narrowed by the {kind}, and said to be unreached by a limit on it"
            problems.at(entry.at("unreached"), what, "delete one of the two")
    for count, taken in given.get("counted", {}).items():
        if count not in COUNTS or taken not in AMOUNTS:
            what = f'the tool {name} takes "{taken}" of the count "{count}", which is not known'
            fix = f"use one of {listed(COUNTS)} with one of {listed(AMOUNTS)}"
            problems.at(entry.at("counted"), what, fix)


def _typed(key: str, value: Any) -> bool:
    if key in _TEXTS:
        return isinstance(value, str) and bool(value.strip())
    if key in _LISTS:
        return isinstance(value, Items) and all(isinstance(item, str) for item in value)
    if key in _FLAGS:
        return isinstance(value, bool)
    return isinstance(value, Block) and all(_valued(key, item) for item in value.values())


def _valued(key: str, item: Any) -> bool:
    match key:
        case "abridge":
            return True
        case "besides":
            return isinstance(item, Block) and all(
                words == ANY or (isinstance(words, Items) and all(isinstance(word, str) for word in words))
                for words in item.values()
            )
        case "called":
            return isinstance(item, Block) and all(isinstance(word, str) for word in item.values())
        case "narrowed" if isinstance(item, Items):
            return bool(item) and all(isinstance(path, str) for path in item)
        case _:
            return isinstance(item, str)


def _sample(key: str) -> str:
    if key in _TEXTS:
        return f"write `{key}: text`"
    if key in _SAMPLES:
        return f"write `{key}: {_SAMPLES[key]}`"
    if key in _LISTS:
        return f"write `{key}: [argument]`"
    return f"write `{key}: true`" if key in _FLAGS else f"write `{key}: {{argument: ...}}`"


def titled(name: str) -> str:
    """Return the title of a tool that has none of its own."""
    return name.replace("_", " ").capitalize()


def _said(endpoint: Endpoint) -> str:
    for key in ("description", "summary"):
        text = endpoint.block.get(key)
        if isinstance(text, str) and text.strip():
            return " ".join(text.split())
    return f"Calls {endpoint}."
