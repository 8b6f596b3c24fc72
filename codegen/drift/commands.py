"""`python -m codegen drift PUBLISHED`: has the API moved, for the tools; and write down what can be written.

Knows: options, exit codes, which files are written. Must not know: how drift is found or written.

Exit codes: 0 no drift, 1 drift, 2 unusable. With --accept: 0 everything is written (a person still writes the
texts that the build then asks for), 1 something is left to a person, 2 unusable and nothing written.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from codegen.drift import acceptance, facts, pin, report
from codegen.drift.acceptance import Accepted
from codegen.drift.departures import THERE, Departure
from codegen.drift.verdict import EXIT, Files, Verdict, reach
from codegen.inputs import source
from codegen.inputs.problems import Problems, Refused

REPOSITORY = Path(__file__).resolve().parents[2]


@click.command()
@click.argument("published")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Write Markdown, for a pull request.")
@click.option("--accept", is_flag=True, help="Write the facts into our description, and the pin.")
@click.option("--revision", help="With --accept: the revision of the published document, for the pin.")
@click.option(
    "--repository",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=REPOSITORY,
    help="The clone that holds our side.",
)
def drift(
    published: str, as_json: bool, as_markdown: bool, accept: bool, revision: str | None, repository: Path
) -> None:
    """Compare our description with the PUBLISHED one: a path, or an https URL."""
    files = Files.under(repository)
    try:
        verdict = reach(published, files)
        layout = report.as_json if as_json else report.markdown if as_markdown else report.text
        click.echo(layout(verdict), nl=False)
        code = EXIT[verdict.word]
        if accept and verdict.word != "unusable":
            code = _accept(verdict, files, revision)
    except Refused as refused:
        click.echo(str(refused), err=True)
        code = EXIT["unusable"]
    sys.exit(code)


def _accept(verdict: Verdict, files: Files, revision: str | None) -> int:
    # As bytes: line ends stay what they are.
    text = files.spec.read_bytes().decode("utf-8")
    accepted = acceptance.accept(verdict, text)
    files.spec.write_bytes(accepted.text.encode("utf-8"))
    upkeep = [change for change in verdict.changes if change.kind == "repair out of date"]
    _pin(verdict, accepted, files, revision, done=not accepted.left and not upkeep)
    for each in accepted.left:
        click.echo(f"left to you: {_left(each, verdict)}", err=True)
    for change in upkeep:
        click.echo(f"left to you: {change.edit}", err=True)
    return EXIT["drift"] if accepted.left or upkeep else EXIT["none"]


def _left(left: Departure, verdict: Verdict) -> str:
    verb = "add" if left.sign == "+" else "delete"
    if not left.word:
        take = "list it in spec/repairs.yaml under x-take, or " if left.endpoint in verdict.only_ours else ""
        return f"{left.endpoint}: {take}{verb} the endpoint"
    where = f"{left.side} {left.path or '(body)'}"
    return f"{left.endpoint}, {where}: {verb} {'the field' if left.word == THERE else left.word}"


def _pin(verdict: Verdict, accepted: Accepted, files: Files, revision: str | None, *, done: bool) -> None:
    """Write the pin. Unless everything is done it goes on naming the revision that we agree with."""
    kept = verdict.pin
    if done:
        problems = Problems()
        read = source.read(verdict.label, problems)
        problems.stop()
        if read is None or verdict.theirs is None:
            raise AssertionError("it was read a moment ago")
        info = verdict.theirs.get("info", {})
        today = datetime.now(UTC).date().isoformat()
        version, endpoints = str(info.get("version", "")), facts.operations(verdict.theirs)
        kept = pin.written(kept, read, version, today, revision, endpoints)
    files.pin.write_bytes(pin.text(kept, accepted.known).encode())
