"""What limits read of a tool: is it there, and is every place decided that can name a limited thing?

Knows: what a declaration says of limits. Must not know: endpoints, how a schema is walked, how a call is
decided."""

from collections.abc import Iterator, Mapping

from attrs import frozen

from codegen.inputs.problems import Problems
from codegen.inputs.suggestions import listed, meant
from codegen.tools import argument_paths
from codegen.tools.argument_paths import Schema, Walk
from codegen.tools.catalogue import Effect
from codegen.tools.declarations import LIMITS, MAY_BE_UNREACHED, Declaration


@frozen
class Limited:
    """What a tool takes, and what the overlay says of limits on it."""

    declaration: Declaration
    schema: Schema
    effect: Effect

    def check(self, problems: Problems) -> None:
        """Note each decision that reads what is not there."""
        declaration = self.declaration
        for kind, path, words in self._read():
            found = list(argument_paths.at(self.schema, path))
            if not found:
                arguments = self.schema.get("properties", {})
                problems.at(
                    declaration.place,
                    f'the tool {declaration.name}: narrowed reads the {kind} from "{path}", which is no'
                    f" argument{meant(path.split('.')[0], arguments)}",
                    f"use one of {listed(arguments)}",
                )
                continue
            values = {value for schema in found for value in schema.get("enum", ())}
            for word in (word for word in words if values and word not in values):
                what = f'besides lets "{word}" pass at "{path}", which is no value of it{meant(word, values)}'
                fix = f"use one of {listed(values)}"
                problems.at(declaration.place, f"the tool {declaration.name}: {what}", fix)
            called = declaration.called.get(kind)
            # A word that the argument cannot have would let nobody through, and one left out neither.
            if called is not None and set(called) != values:
                problems.at(
                    declaration.place,
                    f'the tool {declaration.name}: called gives the {kind} other words than "{path}" can'
                    " have",
                    f"give each of {listed(values)} its word"
                    if values
                    else "delete it: any text is accepted",
                )

    def words(self, kind: str) -> set[str]:
        """Return what things of a kind are called, where a limit reads them; in lower case."""
        paths = self.declaration.narrowed.get(kind, ())
        found = {
            value
            for path in paths
            for each in argument_paths.at(self.schema, path)
            for value in each.get("enum", ())
        }
        for own, word in self.declaration.called.get(kind, {}).items():
            found |= {own, word}
        return {str(value).lower() for value in found}

    def check_decided(self, words: Mapping[str, set[str]], problems: Problems) -> None:
        """Note each kind of limit that could read a place of which the overlay says nothing.

        `words`: kind -> what things of it are called, by any tool. Without a decision a token with that limit
        is refused, or reaches more than the limit says, and nobody decided which.
        """
        declaration = self.declaration
        for kind in LIMITS:
            money = kind not in MAY_BE_UNREACHED
            if money and self.effect == "live" and kind in declaration.unreached:
                what = f'the tool {declaration.name} is unreached by "{kind}", which no live tool can be'
                problems.at(declaration.place, what, f"use one of {listed(MAY_BE_UNREACHED)}")
            if kind in (*declaration.closed, *declaration.unreached):
                continue
            read = [tuple(path.split(".")) for a_kind, path, _ in self._read() if a_kind == kind]
            walk = Walk(kind, words.get(kind, set()), any_key=money and bool(read))
            undecided = [
                ".".join(place)
                for place, inside in dict(walk.places(self.schema)).items()
                if not any(argument_paths.covers(path, place, inside) for path in read)
            ]
            if undecided:
                self._undecided(kind, undecided, problems)

    def _read(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Yield kind, path and the words that every limit lets pass there."""
        for kind, paths in self.declaration.narrowed.items():
            yield from ((kind, path, ()) for path in paths)
        for kind, others in self.declaration.besides.items():
            yield from ((kind, path, words or ()) for path, words in others.items())

    def _undecided(self, kind: str, places: list[str], problems: Problems) -> None:
        name, shortest = self.declaration.name, min(places, key=len)
        if kind in self.declaration.narrowed:
            entry = f"besides: {{{kind}: {{{shortest}: []}}}}"
            also = f" (a list of what every limit lets pass, or `any` if it names no {kind}),"
        else:
            entry, also = f"narrowed: {{{kind}: {shortest}}}", ","
            if kind in MAY_BE_UNREACHED or self.effect != "live":
                also += f" or `unreached: [{kind}]` if it acts on no {kind},"
        a = "an" if kind[0] in "aeiou" else "a"
        problems.at(
            self.declaration.place,
            f"the tool {name} can name {a} {kind} at {listed(places)}, and nothing says what a limit on the"
            f" {kind} reads there",
            f"in overlay.yaml, under x-tools: `{name}: {{{entry}}}`{also} or `closed: [{kind}]` if it can"
            " reach others",
        )
