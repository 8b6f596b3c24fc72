"""Reads scopes.yaml: which scopes exist, who gets them, and what each endpoint needs.

Knows: the shape of scopes.yaml and every way of getting it wrong. Must not know: OpenAPI, tools, templates.

Closed by default: an endpoint's scope is a text or a list of texts, never empty and never null. Only a tool
that calls no endpoint may need no scope, and has to say so with `scope: []`.
"""

import re
from collections.abc import Mapping
from typing import Any, cast, get_args

from attrs import field, frozen

from codegen.inputs import api_paths
from codegen.inputs.problems import Place, Problems
from codegen.inputs.suggestions import listed, meant
from codegen.inputs.yaml_document import Block, Document, Items
from codegen.tools.catalogue import Effect

EFFECTS: tuple[str, ...] = get_args(Effect)
_SECTIONS = ("scopes", "groups", "endpoints", "local", "withheld")
_NEEDED = ("scopes", "endpoints")
_SCOPE = re.compile(r"[A-Za-z][\x21\x23-\x5b\x5d-\x7e]*\Z")
"""A scope-token (RFC 6749 section 3.3) that is text to every reader of YAML."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}\Z")
_GRANT = "write `{scope: qc:FAMILY:read, effect: read}`"


@frozen
class Grant:
    """What one endpoint or local tool needs: all of `scopes`, and how much can go wrong."""

    scopes: tuple[str, ...]
    effect: Effect
    place: Place
    raises: Mapping[str, tuple[str, ...]] = field(factory=dict)
    """Argument, as the API spells it -> the scopes that it needs besides, unless it is false or not there."""

    @property
    def needed(self) -> frozenset[str]:
        """Every scope that a call can need."""
        return frozenset(self.scopes).union(*self.raises.values())


@frozen
class ScopeMap:
    """scopes.yaml, checked. `place` is the file; each entry has its own line."""

    place: Place
    scopes: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]]
    endpoints: Mapping[str, Grant]
    local: Mapping[str, Grant]
    withheld: Mapping[str, str]
    broken: frozenset[str]
    """Endpoints that have a line, and a problem on it."""
    places: Mapping[str, Place] = field(repr=False)
    """Endpoint, granted or withheld -> its line."""


def parse(document: Document, problems: Problems) -> ScopeMap:
    """Check the whole file; what is wrong is noted, and what is right is returned."""
    root = document.root
    for key in sorted(set(root) - set(_SECTIONS)):
        problems.at(
            root.at(key), f'unknown section "{key}"{meant(key, _SECTIONS)}', f"use {listed(_SECTIONS)}"
        )
    parts = {name: _section(root, name, problems) for name in _SECTIONS}
    scopes = _scopes(parts["scopes"], problems)
    reading = _Reading(scopes, problems)
    endpoints = reading.grants(parts["endpoints"], empty=False)
    withheld = parts["withheld"]
    _check_names(parts, problems)
    for path, reason in withheld.items():
        if not isinstance(reason, str) or not reason.strip():
            problems.at(withheld.at(path), f"{path} is withheld without a reason", f"write `{path}: why`")
        if path in parts["endpoints"]:
            line = parts["endpoints"].at(path).line
            what = f"{path} is withheld and granted (line {line})"
            problems.at(withheld.at(path), what, "keep one of the two")
    return ScopeMap(
        place=root.place,
        scopes=scopes,
        groups={name: reading.group(parts["groups"], name) for name in parts["groups"]},
        endpoints=endpoints,
        local=reading.grants(parts["local"], empty=True),
        withheld={path: " ".join(str(reason).split()) for path, reason in withheld.items()},
        broken=frozenset(parts["endpoints"]) - frozenset(endpoints),
        places={path: section.at(path) for section in (parts["endpoints"], withheld) for path in section},
    )


def _section(root: Block, name: str, problems: Problems) -> Block:
    value = root.get(name)
    if isinstance(value, Block):
        return value
    if name not in root and name in _NEEDED:
        fix = f"write `{name}: {{}}`, and fill it"
        problems.at(root.place, f'the section "{name}" is missing', fix)
    elif value is not None:
        problems.at(root.at(name), f'the section "{name}" is not a mapping', "write `key: value` lines")
    return Block(root.at(name))


def _scopes(section: Block, problems: Problems) -> dict[str, str]:
    for scope, text in section.items():
        if not _SCOPE.match(scope):
            fix = "use printable ASCII without spaces, a letter first"
            problems.at(section.at(scope), f'"{scope}" is no scope', fix)
        if not isinstance(text, str) or not text.strip():
            problems.at(section.at(scope), f"{scope} has no sentence", f"write `{scope}: What it allows.`")
    return {scope: " ".join(str(text).split()) for scope, text in section.items()}


def _check_names(parts: Mapping[str, Block], problems: Problems) -> None:
    for section in (parts["groups"], parts["local"]):
        for name in section:
            if not _NAME.match(name):
                fix = "use letters, digits, dots, dashes and underscores, a letter first"
                problems.at(section.at(name), f"{name!r} is no name", fix)
    # Together: an endpoint that is withheld must not be granted under another form of its path.
    every = Block(parts["endpoints"].place)
    for section in (parts["endpoints"], parts["withheld"]):
        for path in section:
            every.put(path, None, section.at(path))
    api_paths.check(every, problems)


@frozen
class _Reading:
    scopes: Mapping[str, str]
    problems: Problems

    def grants(self, section: Block, *, empty: bool) -> dict[str, Grant]:
        """Read the entries of a section; one that has a problem is left out."""
        found = {key: self._grant(section, key, empty=empty) for key in section}
        return {key: grant for key, grant in found.items() if grant is not None}

    def _grant(self, section: Block, key: str, *, empty: bool) -> Grant | None:
        place, entry = section.at(key), section[key]
        if not isinstance(entry, Block):
            self.problems.at(place, f"{key} has no scope and effect, but {_kind(entry)}", _GRANT)
            return None
        before = len(self.problems.found)
        # What calls no endpoint gives nobody anything.
        for name in sorted(set(entry) - {"scope", "effect", *(() if empty else ("raises",))}):
            self.problems.at(entry.at(name), f'unknown key "{name}" for {key}', _GRANT)
        effect = entry.get("effect")
        if effect not in EFFECTS:
            said = "missing" if "effect" not in entry else f"{effect!r}"
            self.problems.at(
                entry.at("effect"), f"the effect of {key} is {said}", f"use one of {listed(EFFECTS)}"
            )
        scopes = self._wanted(entry, "scope", key, empty=empty)
        raises = {} if empty else self._raised(entry, key)
        if len(self.problems.found) > before:
            return None
        return Grant(tuple(sorted(scopes)), cast(Effect, effect), place, raises)

    def _raised(self, entry: Block, key: str) -> dict[str, tuple[str, ...]]:
        raises = entry.get("raises", Block(entry.place))
        if not isinstance(raises, Block):
            fix = "write `raises: {argument: scope}`"
            self.problems.at(entry.at("raises"), f"what {key} raises is no mapping", fix)
            return {}
        return {
            name: tuple(sorted(self._wanted(raises, name, f"{key} with {name}", empty=False)))
            for name in sorted(raises)
        }

    def _wanted(self, entry: Block, at: str, key: str, *, empty: bool) -> list[str]:
        value, place = entry.get(at), entry.at(at)
        if isinstance(value, str):
            named: list[Any] = [value]
        elif isinstance(value, Items) and (value or empty):
            named = list(value)
        else:
            said = "missing" if at not in entry else _kind(value)
            self.problems.at(place, f"the scope of {key} is {said}", "write a scope, or a list of scopes")
            return []
        if len(set(map(str, named))) < len(named):
            self.problems.at(place, f"the scope of {key} names one twice", "name each scope once")
        return [scope for scope in named if self._declared(scope, place, key)]

    def _declared(self, scope: Any, place: Place, where: str) -> bool:
        if not isinstance(scope, str):
            what = f"the scope of {where} lists {_kind(scope)}"
            self.problems.at(place, what, "list scopes as text")
            return False
        if scope not in self.scopes:
            hint = meant(scope, self.scopes)
            self.problems.at(
                place,
                f'{where} needs the undeclared scope "{scope}"{hint}',
                f"declare it under scopes: `{scope}: What it allows.`",
            )
            return False
        return True

    def group(self, section: Block, name: str) -> tuple[str, ...]:
        """Expand one group: `all`, or a list of declared scopes."""
        value, place = section[name], section.at(name)
        if value == "all":
            return tuple(sorted(self.scopes))
        if not isinstance(value, Items) or not value:
            what = f'the group "{name}" is {_kind(value)}'
            self.problems.at(place, what, "write `all`, or a list of scopes")
            return ()
        places = value.places
        found = [
            scope
            for scope, at in zip(value, places, strict=True)
            if self._declared(scope, at, f'the group "{name}"')
        ]
        return tuple(sorted(set(found)))


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return f'the text "{value}"'
    if isinstance(value, list):
        return "an empty list" if not value else "a list"
    return "a mapping" if isinstance(value, dict) else f"{value!r}"
