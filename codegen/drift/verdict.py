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
from codegen.drift.mending import Mending, Upkeep
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
class Places:
    """Where our side is kept."""

    spec: Path
    overlay: Path
    repairs: Path
    scopes: Path
    pin: Path

    @classmethod
    def under(cls, root: Path) -> Places:
        """Return the places of a repository."""
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
    """Edits of repairs.yaml that spelling alone makes necessary."""
    defects: tuple[Defect, ...] = ()
    new: tuple[Departure, ...] = field(default=(), repr=False)
    all: tuple[Departure, ...] = field(default=(), repr=False)
    ours: Block | None = field(default=None, repr=False)
    theirs: Block | None = field(default=None, repr=False)
    pin: Pin = field(factory=Pin, repr=False)
    taken: frozenset[str] = frozenset()


def judge(published: Path | str, places: Places) -> Verdict:
    """Judge a document: a path or an https URL. Raises Refused if our own side cannot be read."""
    problems = Problems()
    spec = yaml_document.read(places.spec, problems)
    repairs = yaml_document.read(places.repairs, problems) if places.repairs.exists() else None
    text = places.pin.read_text(encoding="utf-8") if places.pin.exists() else None
    kept = pin.read(text, str(places.pin), problems)
    problems.stop()
    if spec is None:
        raise AssertionError("a document that cannot be read is a problem")
    reading = Problems()
    read = yaml_document.read(published, reading)
    if read is None or reading.found:
        return _unusable(str(published), [], reading)
    mending = Mending(yaml_document.copied(read.root), spec.root)
    if repairs is not None:
        mending.apply(repairs)
    found = defects.find(mending.root, spec.root)
    _check(mending.root, reading)
    if found or reading.found:
        return _unusable(str(published), found, reading)
    return _compared(str(published), spec.root, mending, kept, places)


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
    # A new operation has no name yet: that is drift, and no defect.
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


def _compared(label: str, ours: Block, mending: Mending, kept: Pin, places: Places) -> Verdict:
    mine, other = facts.operations(ours), facts.operations(mending.root)
    every = [
        each
        for each in departures.between(mine, other)
        if each.word or each.sign == "+" or each.endpoint not in mending.taken
    ]
    new = [each for each in every if each not in kept.known]
    reading = Reading(mine, other, _tools(places), _named(places.spec))
    changes = [
        *reading.changes(new),
        *(
            Change("repair out of date", "", each.what, f"{_named(Path(each.file))}:{each.line}: {each.edit}")
            for each in mending.upkeep
            if each.drift
        ),
    ]
    return Verdict(
        "drift" if changes else "none",
        label,
        changes=tuple(changes),
        upkeep=tuple(sorted(each for each in mending.upkeep if not each.drift)),
        new=tuple(new),
        all=tuple(every),
        ours=ours,
        theirs=mending.root,
        pin=kept,
        taken=frozenset(mending.taken),
    )


def _tools(places: Places) -> dict[str, tuple[str, ...]]:
    def text(path: Path) -> str | None:
        return path.read_text(encoding="utf-8") if path.exists() else None

    try:
        read = policy.read(
            Texts("ours", "scopes.yaml", text(places.scopes), text(places.spec), text(places.overlay))
        )
    except Refused:
        # Names of tools are a courtesy here; what is wrong with scopes.yaml is said elsewhere.
        return {}
    return dict(read.offered)


def _named(path: Path) -> str:
    return "/".join(path.parts[-2:])
