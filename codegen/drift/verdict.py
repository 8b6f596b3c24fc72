"""The verdict on a published document: no drift, drift, or unusable.

Knows: the order of the steps. Must not know: what is inside any of them, how a verdict is shown.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from attrs import field, frozen

from codegen.drift import defects, departures, facts, pin
from codegen.drift.changes import Change, Reading
from codegen.drift.defects import Defect
from codegen.drift.departures import Departure
from codegen.drift.partial_repairs import PartialRepairs, Upkeep
from codegen.drift.pin import Pin
from codegen.inputs import yaml_document
from codegen.inputs.problems import Problems, Refused
from codegen.inputs.yaml_document import Block
from codegen.policy_review import policy, revisions
from codegen.policy_review.policy import SPEC
from codegen.schemas import stated_values
from codegen.schemas.dialect import Dialect
from codegen.tools import requests
from codegen.tools.endpoints import check_paths, endpoints

Word: TypeAlias = Literal["none", "drift", "unusable"]
EXIT: dict[Word, int] = {"none": 0, "drift": 1, "unusable": 2}


REPAIRS, PIN = "spec/repairs.yaml", "spec/published.json"


@frozen
class Comparison:
    """Our description, the published one as repaired, and the departures that the pin does not know."""

    ours: Block
    theirs: Block
    pin: Pin
    new: tuple[Departure, ...]
    unpublished: frozenset[str]
    """Endpoints that repairs.yaml says the published document lacks."""
    only_ours: frozenset[str]
    """Endpoints that it lacks, and did not have when the pin was written."""


@frozen
class Verdict:
    """What is known about a published document; an unusable one is not compared."""

    word: Word
    label: str
    changes: tuple[Change, ...] = ()
    upkeep: tuple[Upkeep, ...] = ()
    defects: tuple[Defect, ...] = ()
    comparison: Comparison | None = field(default=None, repr=False)


def reach(published: Path | str, repository: Path) -> Verdict:
    """Reach the verdict on a document: a path or an https URL.

    Raises Refused if our own side cannot be read.
    """
    problems = Problems()
    spec = yaml_document.read(repository / SPEC, problems)
    repairs = yaml_document.read(repository / REPAIRS, problems) if (repository / REPAIRS).exists() else None
    kept = pin.read(repository / PIN, problems)
    problems.stop()
    if spec is None:
        raise AssertionError("a document that cannot be read is a problem")
    reading = Problems()
    read = yaml_document.read(published, reading)
    if read is None or reading.found:
        return _unusable(str(published), [], reading)
    repaired = PartialRepairs(yaml_document.copied(read.root), spec.root)
    if repairs is not None:
        repaired.apply(repairs)
    found = defects.find(repaired.root, spec.root)
    _check(repaired.root, reading)
    if found or reading.found:
        return _unusable(str(published), found, reading)
    return _compared(str(published), spec.root, repaired, kept, repository)


def _check(root: Block, problems: Problems) -> None:
    """Note what the compiler would refuse in a request, beyond the known kinds of defects."""
    if not str(root.get("openapi", "")).startswith("3.") or not isinstance(root.get("paths"), Block):
        problems.at(root.place, "is not an OpenAPI 3 document with paths", "give one")
        return
    if not endpoints(root, Problems()):
        # Else all that we have would be gone, and --accept would empty our description.
        problems.at(root["paths"].place, "describes no endpoint", "give the whole document")
        return
    check_paths(root, problems)
    stated_values.check(root, problems)
    dialect = Dialect(root, problems)
    # A new operation has no name yet: that is drift, not a defect.
    for endpoint in endpoints(root, Problems()):
        requests.read(endpoint, dialect, problems)


def _unusable(label: str, found: list[Defect], problems: Problems) -> Verdict:
    met = {each.line for each in found}
    others = [
        Defect(each.file, each.line, "other", "", f"{each.what}; {each.fix}")
        for each in problems.found
        if each.line not in met or not each.line
    ]
    return Verdict("unusable", label, defects=tuple(sorted({*found, *others})))


def _compared(label: str, ours: Block, repaired: PartialRepairs, kept: Pin, repository: Path) -> Verdict:
    mine, other = facts.operations(ours), facts.operations(repaired.root)
    every = departures.between(mine, other, repaired.unpublished)
    new = tuple(each for each in every if each not in kept.known)
    before = kept.endpoints if kept.endpoints is not None else mine
    only_ours = frozenset(name for name in mine if name not in other and name not in before)
    changes = Reading(mine, other, _tools(repository), only_ours).changes(new)
    changes += [
        Change(kind="repair out of date", said=each.what, edit=f"{REPAIRS}:{each.line}: {each.edit}")
        for each in repaired.upkeep
        if each.drift
    ]
    return Verdict(
        "drift" if changes else "none",
        label,
        changes=tuple(changes),
        upkeep=tuple(sorted(each for each in repaired.upkeep if not each.drift)),
        comparison=Comparison(ours, repaired.root, kept, new, frozenset(repaired.unpublished), only_ours),
    )


def _tools(repository: Path) -> Mapping[str, tuple[str, ...]]:
    try:
        return policy.read(revisions.texts(str(repository), repository)).offered
    except Refused:
        # Names of tools are a courtesy here; what is wrong with scopes.yaml is said elsewhere.
        return {}
