"""Accepts drift: what is written into our description, what is pinned with it, what is left to a person.

Knows: in what an accepted description may still differ. Must not know: how a departure is written; scopes,
tool names: who may call a new endpoint, and what it is called, is not for a machine to say.

An answer keeps the fields that are no longer published: the API may send them still, and nothing depends on
them. They are pinned as known departures.
"""

from attrs import field, frozen

from codegen.drift import departures, facts
from codegen.drift.departures import Departure
from codegen.drift.edits import Source
from codegen.drift.verdict import Comparison
from codegen.drift.writing import Writing
from codegen.inputs import yaml_document
from codegen.inputs.problems import Problems


@frozen
class Accepted:
    """The description after the edits, what is pinned with it, and what is left to a person."""

    text: str = field(repr=False)
    known: tuple[Departure, ...]
    left: tuple[Departure, ...]


def accept(comparison: Comparison, text: str) -> Accepted:
    """Edit the text of our description so that it says what the published document says.

    What was written is compared with it again: what still departs was not written.
    """
    writing = Writing(comparison.ours, comparison.theirs, Source(text))
    # An endpoint that was never published is new of ours: it is not deleted here.
    writing.write(each for each in comparison.new if each.word or each.endpoint not in comparison.only_ours)
    edited = writing.source.changed()
    problems = Problems()
    root = yaml_document.parse(edited, "the edited description", problems)
    problems.stop()
    if root is None:
        raise AssertionError("a text that cannot be parsed is a problem")
    mine, other = facts.operations(root), facts.operations(comparison.theirs)
    rest = departures.between(mine, other, comparison.unpublished)
    known = [each for each in rest if each in comparison.pin.known or _meant(each)]
    return Accepted(edited, tuple(known), tuple(each for each in rest if each not in known))


def _meant(departure: Departure) -> bool:
    """Whether an answer may depart so: it says more than the published one, or leaves its values open."""
    return (
        departure.side == "answer"
        and bool(departure.word)
        and (departure.sign == "-" or departure.word.startswith("value "))
    )
