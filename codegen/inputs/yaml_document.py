"""A YAML or JSON input as values that remember the line they stand on.

Knows: YAML (the JSON-compatible part of its core schema), files and lines.
Must not know: OpenAPI, overlays, scopes.

The values are what `json` could have read: text keys, no dates, no tags, no merge keys. `no`, `on` and
`2024-01-01` stay text, as YAML 1.2 and every OpenAPI tool in other languages read them.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

import yaml
from attrs import field, frozen

from codegen.inputs import source
from codegen.inputs.problems import Place, Problems

MOST_VALUES = 1_000_000
"""Aliases multiply: a few lines can stand for billions of values."""
DEEPEST = 200


class Block(dict[str, Any]):
    """A mapping that knows its place and the place of each key."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}

    def put(self, key: str, value: Any, place: Place) -> None:
        """Set a key, with the place that it comes from."""
        self[key] = value
        self.places[key] = place

    def drop(self, key: str) -> None:
        """Remove a key and its place."""
        del self[key]
        self.places.pop(key, None)

    def at(self, key: str) -> Place:
        """Say where a key stands; the mapping itself, if it is not there."""
        return self.places.get(key, self.place)


class Items(list[Any]):
    """A sequence that knows its place and the place of each item."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: list[Place] = []

    def add(self, value: Any, place: Place) -> None:
        """Append an item, with the place that it comes from."""
        self.append(value)
        self.places.append(place)

    def drop(self, index: int) -> None:
        """Remove an item and its place."""
        del self[index]
        del self.places[index]


@frozen
class Document:
    """One input, read: `root` is its top mapping."""

    label: str
    digest: str
    root: Block = field(repr=False)


def read(path: Path | str, problems: Problems) -> Document | None:
    """Read a path or an https URL into a document; everything wrong with it is noted as a problem."""
    text = source.read(path, problems)
    if text is None:
        return None
    root = parse(text.text, text.label, problems)
    return None if root is None else Document(text.label, text.digest, root)


def parse(text: str, label: str, problems: Problems) -> Block | None:
    """Parse a text whose top is a mapping."""
    # YAML has no tabs for indentation; JSON has, and never needs one inside a string.
    if text.lstrip().startswith("{"):
        text = text.replace("\t", " ")
    try:
        node = yaml.compose(text, _Reader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        problems.add(label, line, f"is not YAML: {error.problem}", "correct the syntax")
        return None
    except (yaml.YAMLError, RecursionError):
        problems.add(label, 0, "is not YAML", "correct the syntax")
        return None
    if not isinstance(node, yaml.MappingNode):
        problems.add(label, 1, "the top of the file is not a mapping", "write `key: value` lines")
        return None
    value = _Building(label, problems).value(node, 0)
    return value if isinstance(value, Block) else None


def copied(value: Any) -> Any:
    """Copy a value and its places all the way down."""
    if isinstance(value, Block):
        block = Block(value.place)
        for key, item in value.items():
            block.put(key, copied(item), value.at(key))
        return block
    if isinstance(value, Items):
        items = Items(value.place)
        for item, place in zip(value, value.places, strict=True):
            items.add(copied(item), place)
        return items
    return value


def walk(value: Any, place: Place) -> Iterator[tuple[Any, Place]]:
    """Yield a value and all that is inside it, each with its place."""
    yield value, place
    if isinstance(value, Block):
        for key, item in value.items():
            yield from walk(item, value.at(key))
    elif isinstance(value, Items):
        for item, at in zip(value, value.places, strict=True):
            yield from walk(item, at)


def plain(value: Any) -> Any:
    """Copy a value as ordinary dicts and lists, without places."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


class _Reader(yaml.CSafeLoader):
    """Reads plain scalars by the YAML 1.2 core schema, not by 1.1 (where `no` is false and 1:30 is 90)."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the name and type are PyYAML's


_INT = re.compile(r"[-+]?[0-9]+\Z")
_JSON_INT = re.compile(r"-?(0|[1-9][0-9]*)\Z")
FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z|[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z"
)
_TAG = "tag:yaml.org,2002:"
_Reader.add_implicit_resolver(_TAG + "null", re.compile(r"(~|null|Null|NULL|)\Z"), ["~", "n", "N", ""])
_Reader.add_implicit_resolver(
    _TAG + "bool", re.compile(r"(true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")
)
_Reader.add_implicit_resolver(_TAG + "int", _INT, list("-+0123456789"))
_Reader.add_implicit_resolver(_TAG + "float", FLOAT, list("-+.0123456789"))


def _float(text: str) -> float:
    # `.inf` and `.nan` raise here, `1e999` below: JSON has no such numbers.
    value = float(text)
    if not isfinite(value):
        raise ValueError(text)
    return value


_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_SCALARS: dict[str, Callable[[str], Any]] = {
    "null": lambda _: None,
    "bool": lambda text: text.lower() == "true",
    "int": int,
    "float": _float,
    "str": lambda text: text,
}


def _unseen(text: str, allowed: str) -> str:
    """Return the first character that no reader sees, a line separator included; empty if there is none."""
    if text.isprintable():
        return ""
    hidden = (each for each in text if unicodedata.category(each) in _UNSEEN and each not in allowed)
    return next(hidden, "")


class _Building:
    """Builds values out of the YAML nodes of one file."""

    def __init__(self, label: str, problems: Problems) -> None:
        self.label = label
        self.problems = problems
        self.count = 0
        self.full = False

    def place(self, node: yaml.Node) -> Place:
        return Place(self.label, node.start_mark.line + 1)

    def refuse(self, node: yaml.Node, what: str, fix: str) -> None:
        self.problems.add(self.label, node.start_mark.line + 1, what, fix)

    def value(self, node: yaml.Node, depth: int) -> Any:
        if self.full:
            return None
        self.count += 1
        if self.count > MOST_VALUES or depth > DEEPEST:
            self.full = True
            self.refuse(node, "nested too deeply, or repeated too often by aliases", "write it out, flatter")
            return None
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            items = Items(self.place(node))
            for item in node.value:
                items.add(self.value(item, depth + 1), self.place(item))
            return items
        return self.scalar(node)

    def mapping(self, node: yaml.MappingNode, depth: int) -> Block:
        block = Block(self.place(node))
        for key, item in node.value:
            if not self.names(key):
                continue
            if key.value in block:
                first = block.at(key.value).line
                self.refuse(
                    key,
                    f'duplicate key "{key.value}", first on line {first}',
                    "keep one of the two, or rename one",
                )
                continue
            block.put(key.value, self.value(item, depth + 1), self.place(key))
        return block

    def names(self, key: yaml.Node) -> bool:
        """Whether a key is text to every reader of YAML; a whole number names a status (`200:`)."""
        if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
            self.refuse(key, "a key that is not text", "write the keys out; merge keys are not supported")
            return False
        kind = str(key.tag).removeprefix(_TAG)
        if kind != "str" and not (kind == "int" and _JSON_INT.match(key.value)):
            self.refuse(
                key, f"the key {key.value[:40]} is not text", f'write it in quotes: "{key.value[:40]}":'
            )
            return False
        return self.seen(key, "")

    def seen(self, node: yaml.Node, allowed: str = "\t\n") -> bool:
        unseen = _unseen(str(node.value), allowed)
        if unseen:
            what = f"a character that nobody sees, U+{ord(unseen):04X}, in a text"
            self.refuse(node, what, "delete it, or write what it stands for")
        return not unseen

    def scalar(self, node: yaml.Node) -> Any:
        read = _SCALARS.get(str(node.tag).removeprefix(_TAG))
        if read is None:
            self.refuse(node, f"unsupported YAML tag {node.tag}", "write a plain value")
            return None
        if str(node.tag) == _TAG + "int" and not _JSON_INT.match(node.value):
            what = f"{node.value[:40]} is a number to some readers of YAML, another or a text to others"
            self.refuse(node, what, f'write it in quotes, "{node.value[:40]}", or as JSON writes the number')
        if not self.seen(node):
            return None
        try:
            return read(str(node.value))
        except ValueError:
            self.refuse(
                node, f"{str(node.value)[:40]} is no JSON value", "quote it, or write a finite number"
            )
            return None
