"""The verdict on a published document: no drift, drift, or unusable.

Knows: the order of the steps. Must not know: what is inside any of them, how a verdict is shown.
"""

from __future__ import annotations

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
from codegen.policy_review import policy
from codegen.policy_review.policy import Texts
from codegen.schemas.dialect import Dialect
from codegen.tools import requests
from codegen.tools.endpoints import endpoints

Word: TypeAlias = Literal["none", "drift", "unusable"]
EXIT: dict[Word, int] = {"none": 0, "drift": 1, "unusable": 2}


@frozen
class Files:
    """Where our side is kept."""

    spec: Path
    overlay: Path
    repairs: Path
    scopes: Path
    pin: Path

    @classmethod
    def under(cls, root: Path) -> Files:
        """Return the files of a repository."""
        spec = root / "spec"
        return cls(
            spec / "quantconnect.yaml",
            spec / "overlay.yaml",
            spec / "repairs.yaml",
            root / "scopes.yaml",
            spec / "published.json",
        )


@frozen
class Verdict:
    """What is known about a published document. `ours` and `theirs` are absent where it is unusable."""

    word: Word
    label: str
    changes: tuple[Change, ...] = ()
    upkeep: tuple[Upkeep, ...] = ()
    """Edits of repairs.yaml that names and texts alone make necessary."""
    defects: tuple[Defect, ...] = ()
    new: tuple[Departure, ...] = field(default=(), repr=False)
    ours: Block | None = field(default=None, repr=False)
    theirs: Block | None = field(default=None, repr=False)
    pin: Pin = field(factory=Pin, repr=False)
    unpublished: frozenset[str] = frozenset()
    """Endpoints that repairs.yaml says the published document lacks."""
    only_ours: frozenset[str] = frozenset()
    """Endpoints that it lacks, and did not have when the pin was written."""


def reach(published: Path | str, files: Files) -> Verdict:
    """Reach the verdict on a document: a path or an https URL.

    Raises Refused if our own side cannot be read.
    """
    problems = Problems()
    spec = yaml_document.read(files.spec, problems)
    repairs = yaml_document.read(files.repairs, problems) if files.repairs.exists() else None
    text = files.pin.read_text(encoding="utf-8") if files.pin.exists() else None
    kept = pin.read(text, str(files.pin), problems)
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
    return _compared(str(published), spec.root, repaired, kept, files)


def _check(root: Block, problems: Problems) -> None:
    """Note what the compiler would refuse in a request, beyond the known kinds of defects."""
    if not str(root.get("openapi", "")).startswith("3.") or not isinstance(root.get("paths"), Block):
        problems.at(root.place, "is not an OpenAPI 3 document with paths", "give one")
        return
    if not endpoints(root, Problems()):
        # Else all that we have would be gone, and --accept would empty our description.
        problems.at(root["paths"].place, "describes no endpoint", "give the whole document")
        return
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


def _compared(label: str, ours: Block, repaired: PartialRepairs, kept: Pin, files: Files) -> Verdict:
    mine, other = facts.operations(ours), facts.operations(repaired.root)
    every = departures.between(mine, other, repaired.unpublished)
    new = [each for each in every if each not in kept.known]
    before = kept.endpoints if kept.endpoints is not None else mine
    only_ours = frozenset(name for name in mine if name not in other and name not in before)
    reading = Reading(mine, other, _tools(files), _named(files.spec), only_ours)
    changes = [
        *reading.changes(new),
        *(
            Change(
                "repair out of date",
                (),
                (),
                "",
                each.what,
                f"{_named(Path(each.file))}:{each.line}: {each.edit}",
            )
            for each in repaired.upkeep
            if each.drift
        ),
    ]
    return Verdict(
        "drift" if changes else "none",
        label,
        changes=tuple(changes),
        upkeep=tuple(sorted(each for each in repaired.upkeep if not each.drift)),
        new=tuple(new),
        ours=ours,
        theirs=repaired.root,
        pin=kept,
        unpublished=frozenset(repaired.unpublished),
        only_ours=only_ours,
    )


def _tools(files: Files) -> dict[str, tuple[str, ...]]:
    def text(path: Path) -> str | None:
        return path.read_text(encoding="utf-8") if path.exists() else None

    try:
        read = policy.read(
            Texts("ours", "scopes.yaml", text(files.scopes), text(files.spec), text(files.overlay))
        )
    except Refused:
        # Names of tools are a courtesy here; what is wrong with scopes.yaml is said elsewhere.
        return {}
    return dict(read.offered)


def _named(path: Path) -> str:
    return "/".join(path.parts[-2:])
