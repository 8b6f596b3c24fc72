"""`python -m codegen drift PUBLISHED`: has the API moved, for the tools; and write down what can be written.

Knows: options, exit codes, which files are written. Must not know: how drift is found or written.

Exit codes: 0 no drift, 1 drift, 2 unusable. With --accept: 0 everything is written (a person still writes the
texts that the build then asks for), 1 something is left to a person, 2 unusable and nothing written.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from codegen.drift import acceptance, facts, pin, report
from codegen.drift.changes import BODY
from codegen.drift.departures import THERE, Departure
from codegen.drift.pin import Pin
from codegen.drift.verdict import EXIT, PIN, Comparison, Verdict, reach
from codegen.inputs import source
from codegen.inputs.problems import Problems, Refused
from codegen.policy_review.policy import SPEC

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
    try:
        verdict = reach(published, repository)
        layout = report.as_json if as_json else report.markdown if as_markdown else report.text
        click.echo(layout(verdict), nl=False)
        code = EXIT[verdict.word]
        if accept and verdict.comparison:
            code = _accept(verdict, verdict.comparison, repository, revision)
    except Refused as refused:
        click.echo(str(refused), err=True)
        code = EXIT["unusable"]
    sys.exit(code)


def _accept(verdict: Verdict, comparison: Comparison, repository: Path, revision: str | None) -> int:
    spec = repository / SPEC
    # As bytes: line ends stay what they are.
    accepted = acceptance.accept(comparison, spec.read_bytes().decode("utf-8"))
    spec.write_bytes(accepted.text.encode("utf-8"))
    left = [_left(each, comparison.only_ours) for each in accepted.left]
    left += [change.edit for change in verdict.changes if change.kind == "repair out of date"]
    # Unless everything is done the pin goes on naming the revision that we agree with.
    kept = comparison.pin if left else _pinned(verdict.label, comparison, revision)
    (repository / PIN).write_bytes(pin.text(kept, accepted.known).encode())
    for said in left:
        click.echo(f"left to you: {said}", err=True)
    return EXIT["drift"] if left else EXIT["none"]


def _left(left: Departure, only_ours: frozenset[str]) -> str:
    verb = "add" if left.sign == "+" else "delete"
    if not left.word:
        take = "list it in spec/repairs.yaml under x-take, or " if left.endpoint in only_ours else ""
        return f"{left.endpoint}: {take}{verb} the endpoint"
    where = f"{left.side} {left.path or BODY}"
    return f"{left.endpoint}, {where}: {verb} {'the field' if left.word == THERE else left.word}"


def _pinned(label: str, comparison: Comparison, revision: str | None) -> Pin:
    problems = Problems()
    read = source.read(label, problems)
    problems.stop()
    if read is None:
        raise AssertionError("it was read a moment ago")
    version = str(comparison.theirs.get("info", {}).get("version", ""))
    today, endpoints = datetime.now(UTC).date().isoformat(), facts.operations(comparison.theirs)
    return pin.written(comparison.pin, read, version, today, revision, endpoints)
