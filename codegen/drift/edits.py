"""Changes a YAML text in place: what is not touched keeps every byte.

Knows: YAML block and flow style, marks. Must not know: OpenAPI, why something is changed.

Edits are collected, each against the text as it was, and made together.
"""

import re
from typing import Any

import yaml
from attrs import frozen

from codegen.inputs.overlay import Location
from codegen.inputs.yaml_document import FLOAT, plain

WIDTH = 100
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What YAML counts as the end of a line (1.1, section 4.2)."""


class UneditableError(ValueError):
    """The text is not of a form that can be edited here; the message says what and where."""


@frozen
class _Splice:
    start: int
    end: int
    text: str


class Source:
    """A text and the edits that wait for it. The same edit, asked for twice, is made once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._splices: list[_Splice] = []
        self._added: set[Location] = set()
        self._removed: set[Location] = set()
        self._tree = yaml.compose(text, yaml.CSafeLoader)
        self._lines = [0, *(found.end() for found in _BREAK.finditer(text))]

    def changed(self) -> str:
        """Return the text with all edits made."""
        text = self.text
        # From the last to the first; of several at one spot, the one asked for first stands first.
        order = {splice: index for index, splice in enumerate(self._splices)}
        for splice in sorted(order, key=lambda each: (each.start, each.end, order[each]), reverse=True):
            text = text[: splice.start] + splice.text + text[splice.end :]
        return text

    def put(self, at: Location, key: str, value: Any, *, before: str | None = None) -> None:
        """Add an entry to a mapping: at its end, or before another entry. Of one key the first one counts."""
        node = self._mapping(at)
        if (*at, key) in self._added:
            return
        self._added.add((*at, key))
        if node.flow_style:
            if not node.value:
                self._splice(self._start(node), self._end(node), f"{{{flow({key: value})[1:-1]}}}")
                return
            end = self._end(node.value[-1][1])
            self._splice(end, end, f", {flow({key: value})[1:-1]}")
            return
        first = node.value[0][0]
        indent = first.start_mark.column
        rows = "\n".join(block({key: value}, indent))
        if before is not None:
            start = self._lines[self._entry(node, before)[0].start_mark.line]
            self._splice(start, start, rows + "\n")
            return
        end = self._line_end(self._end(node))
        self._splice(end, end, "\n" + rows)

    def drop(self, at: Location) -> None:
        """Remove an entry of a mapping, or an item of a list; one that would be left empty goes whole."""
        if at in self._removed:
            return
        holder = self._node(at[:-1])
        steps: list[str | int] = list(range(len(holder.value)))
        if isinstance(holder, yaml.MappingNode):
            steps = [key.value for key, _ in holder.value]
        kept = [step for step in steps if (*at[:-1], step) not in self._removed]
        self._removed.add(at)
        if len(kept) == 1 and len(at) > 1:
            self.drop(at[:-1])
            return
        index = steps.index(at[-1])
        first, last = self._span(holder, index)
        if not holder.flow_style:
            first, last = self._lines[self.text.count("\n", 0, first)], self._line_end(last) + 1
        elif index + 1 < len(steps):
            last = self._span(holder, index + 1)[0]
        elif index:
            first = self._span(holder, index - 1)[1]
        self._splice(first, last, "")

    def replace(self, at: Location, value: Any) -> None:
        """Write another value for an entry, on one line."""
        holder = self._mapping(at[:-1])
        key, node = self._entry(holder, str(at[-1]))
        start = self._offset(key.end_mark)
        self._splice(self.text.index(":", start) + 1, self._end(node), f" {flow(value)}")

    def append(self, at: Location, value: Any) -> None:
        """Add an item to the end of a list."""
        node = self._node(at)
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise UneditableError(f"no list with items at {at}")
        end = self._end(node.value[-1])
        if node.flow_style:
            self._splice(end, end, f", {flow(value)}")
            return
        dash = self.text.rindex("-", 0, self._start(node.value[-1]))
        indent = dash - (self.text.rfind("\n", 0, dash) + 1)
        end = self._line_end(end)
        self._splice(end, end, f"\n{' ' * indent}- {flow(value)}")

    def _splice(self, start: int, end: int, text: str) -> None:
        splice = _Splice(start, end, text)
        if not text:
            # Nothing is left of what was to be changed inside of something that goes.
            self._splices = [each for each in self._splices if not start <= each.start <= each.end <= end]
        if splice not in self._splices:
            self._splices.append(splice)

    def _node(self, at: Location) -> Any:
        node = self._tree
        for part in at:
            if isinstance(node, yaml.MappingNode):
                node = self._entry(node, str(part))[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
            else:
                raise UneditableError(f"nothing at {at}")
        return node

    def _mapping(self, at: Location) -> Any:
        node = self._node(at)
        if not isinstance(node, yaml.MappingNode):
            raise UneditableError(f"no mapping at {at}")
        return node

    def _entry(self, node: Any, key: str) -> tuple[Any, Any]:
        for found, value in node.value:
            if found.value == key:
                return found, value
        raise UneditableError(f"no key {key} in line {node.start_mark.line + 1}")

    def _span(self, holder: Any, index: int) -> tuple[int, int]:
        item = holder.value[index]
        if isinstance(item, tuple):
            return self._start(item[0]), self._end(item[1])
        return self._start(item), self._end(item)

    def _start(self, node: Any) -> int:
        return self._offset(node.start_mark)

    def _end(self, node: Any) -> int:
        """Return where the last thing of a node ends; a block's own mark stands behind blank lines."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end(last[1] if isinstance(last, tuple) else last)
        end = self._offset(node.end_mark)
        return len(self.text[:end].rstrip())

    def _line_end(self, offset: int) -> int:
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end

    def _offset(self, mark: Any) -> int:
        return self._lines[int(mark.line)] + int(mark.column)


class _Writer(yaml.SafeDumper):
    """Writes YAML 1.1, and quotes what 1.2, as we read it, takes for a number: `1e3`."""


_Writer.add_implicit_resolver("tag:yaml.org,2002:float", FLOAT, list("-+.0123456789"))


def flow(value: Any) -> str:
    """Write a value on one line of YAML."""
    text: str = yaml.dump(
        plain(value),
        Dumper=_Writer,
        default_flow_style=True,
        width=10**6,
        sort_keys=False,
        allow_unicode=True,
    )
    return text.removesuffix("\n").removesuffix("\n...")


def block(value: Any, indent: int) -> list[str]:
    """Write a value as lines: on one where it fits, each entry on its own where it does not."""
    rows: list[str] = []
    pad = " " * indent
    for key, item in value.items():
        head = f"{pad}{flow(str(key))}:"
        short = f"{head} {flow(item)}"
        if len(short) <= WIDTH or not isinstance(item, dict | list) or not item:
            rows.append(short)
        elif isinstance(item, dict):
            rows += [head, *block(item, indent + 2)]
        else:
            rows += [head, *(row for one in item for row in _item(one, indent))]
    return rows


def _item(value: Any, indent: int) -> list[str]:
    short = f"{' ' * indent}- {flow(value)}"
    if len(short) <= WIDTH or not isinstance(value, dict):
        return [short]
    rows = block(value, indent + 2)
    return [f"{' ' * indent}- {rows[0].lstrip()}", *rows[1:]]
