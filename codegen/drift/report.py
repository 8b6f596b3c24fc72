"""A verdict as text for a terminal, Markdown for a pull request, and JSON for programs.

Knows: the three layouts. Must not know: how a verdict comes about.
"""

import json
from collections.abc import Iterator
from itertools import groupby

from attrs import asdict

from codegen.drift.changes import Change
from codegen.drift.verdict import EXIT, Verdict
from codegen.output.markdown import safe

HEADS = {
    "none": "no drift: the published document means what ours means",
    "drift": "the published document has moved",
    "unusable": "the published document cannot be used",
}


UNDERIVED = (
    "No repair follows from the defects without one: look up what the API takes, and write an action for each"
    " into spec/repairs.yaml."
)


def text(verdict: Verdict) -> str:
    """Write a verdict for a terminal."""
    lines = [f"{verdict.label}: {HEADS[verdict.word]}"]
    for kind, changes in groupby(verdict.changes, lambda change: change.kind):
        lines += ["", kind.upper(), *(row for change in changes for row in _change(change))]
    if verdict.defects:
        lines += ["", f"DEFECTS ({len(verdict.defects)})"]
        for defect in verdict.defects:
            lines += [f"  {defect.file}:{defect.line}: {defect.kind}: {defect.what}"]
            lines += [f"    at {defect.where}"] if defect.where else []
        lines += _repairs(verdict, "  ")
        lines += ["", f"  {UNDERIVED}"] if _underived(verdict) else []
    if verdict.upkeep:
        lines += ["", "NO DRIFT, BUT TO EDIT"]
        for each in verdict.upkeep:
            lines += [f"  spec/repairs.yaml:{each.line}: {each.what}", f"    write: {each.edit}"]
    return "\n".join(lines) + "\n"


def _change(change: Change) -> Iterator[str]:
    about = f"{change.where}: " if change.where else ""
    yield f"  {about}{change.said}"
    if change.endpoints:
        tools = f" ({', '.join(change.tools)})" if change.tools else ""
        yield f"    {', '.join(change.endpoints)}{tools}"
    yield f"    edit: {change.edit}"


def _repairs(verdict: Verdict, indent: str) -> list[str]:
    actions = [row for defect in verdict.defects for row in defect.repair.splitlines()]
    if not actions:
        return []
    return ["", f"{indent}Add to the actions of spec/repairs.yaml, and read it before:", "", *actions]


def _underived(verdict: Verdict) -> bool:
    """Whether something is left to be written; a file that is not a description cannot be repaired."""
    return any(defect.where and not defect.repair for defect in verdict.defects)


def markdown(verdict: Verdict) -> str:
    """Write a verdict for a pull request."""
    lines = [f"### Drift: {HEADS[verdict.word]}", ""]
    for kind, changes in groupby(verdict.changes, lambda change: change.kind):
        lines += [f"**{kind[0].upper()}{kind[1:]}**", ""]
        for change in changes:
            where = f"{_code(change.where)} " if change.where else ""
            tools = f" ({', '.join(map(_code, change.tools))})" if change.tools else ""
            lines += [f"- {where}{safe(change.said)}"]
            lines += [f"  {', '.join(map(_code, change.endpoints))}{tools}"] if change.endpoints else []
            lines += [f"  edit: {safe(change.edit)}"]
        lines += [""]
    if verdict.defects:
        lines += ["**Defects**", ""]
        lines += [f"- line {d.line}: {d.kind}: {safe(d.what)} {_code(d.where)}" for d in verdict.defects]
        actions = "".join(defect.repair for defect in verdict.defects)
        if actions:
            lines += ["", "Add to the actions of `spec/repairs.yaml`, and read it before:", ""]
            lines += ["```yaml", *actions.rstrip("\n").replace("```", "").splitlines(), "```"]
        lines += ["", UNDERIVED] if _underived(verdict) else []
        lines += [""]
    if verdict.upkeep:
        lines += ["**No drift, but to edit**", ""]
        lines += [
            f"- `spec/repairs.yaml` line {u.line}: {safe(u.what)}: {_code(u.edit)}" for u in verdict.upkeep
        ]
        lines += [""]
    return "\n".join(lines)


def _code(said: str) -> str:
    return f"`{said.replace('`', '')}`" if said else ""


def as_json(verdict: Verdict) -> str:
    """Write a verdict for programs."""
    value = {
        "published": verdict.label,
        "verdict": verdict.word,
        "exit": EXIT[verdict.word],
        "changes": [asdict(change) for change in verdict.changes],
        "upkeep": [asdict(each, filter=lambda field, _: field.name != "drift") for each in verdict.upkeep],
        "defects": [{**asdict(defect), "repair": defect.repair or None} for defect in verdict.defects],
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
