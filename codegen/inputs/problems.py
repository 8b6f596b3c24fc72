"""Problems of the inputs: collected, not raised one by one, so that one run names them all.

Knows: file, line, what is wrong, what to write. Must not know: what the inputs mean.
"""

from pathlib import Path

from attrs import define, field, frozen


@frozen
class Place:
    """A file and a line, counted from 1; line 0 is the whole file."""

    file: str
    line: int


@frozen(order=True)
class Problem:
    """One thing to fix: where it is, what is wrong, and the line to write."""

    file: str
    line: int
    what: str
    fix: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what}\n    fix: {self.fix}"


@define
class Problems:
    """Collects problems; `stop` raises them together."""

    found: list[Problem] = field(factory=list)

    def add(self, file: Path | str, line: int, what: str, fix: str) -> None:
        """Note one problem; lines count from 1, 0 is the whole file."""
        self.found.append(Problem(str(file), line, what, fix))

    def at(self, place: Place, what: str, fix: str) -> None:
        """Note one problem at a place that a value remembers."""
        self.add(place.file, place.line, what, fix)

    def stop(self) -> None:
        """Raise everything noted so far, if anything was."""
        if self.found:
            raise Refused(tuple(sorted(set(self.found))))


class Refused(Exception):
    """The inputs cannot be compiled; `problems` says why, all of it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))
