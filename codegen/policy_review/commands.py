"""`python -m codegen scopes`: what a change of policy means, whether a policy makes sense, who reaches what.

Knows: options, exit codes, where the repository keeps its inputs. Must not know: the rules.

Exit codes of `scopes diff`: 0 nothing escalates, or it is acknowledged; 3 an escalation that nobody
acknowledged; 2 a policy that cannot be read. Of `scopes lint`: 0 nothing odd, 1 findings, 2 unreadable.
Of `scopes explain`: 0, or 2 for a name that does not exist. Of `scopes page`: 0, or 2 unreadable.
"""

import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from attrs import evolve

from codegen.inputs.problems import Problem, Refused
from codegen.output import page
from codegen.policy_review import difference as differences
from codegen.policy_review import lint as linting
from codegen.policy_review import personas, policy, report, revisions
from codegen.policy_review.difference import Difference
from codegen.policy_review.explanation import UnknownNameError, explained
from codegen.policy_review.personas import People
from codegen.policy_review.policy import Texts
from codegen.policy_review.wording import counted
from codegen.tools import compilation
from codegen.tools.catalogue import Catalogue
from codegen.tools.compilation import Inputs

ESCALATED = 3
UNREADABLE = 2
REPOSITORY = Path(__file__).resolve().parents[2]

_repository = click.option(
    "--repository",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=REPOSITORY,
    help="The clone that revisions belong to, and whose description is read beside a single file.",
)
_access = click.option(
    "--access",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Personas; default: tests/access.yaml of both sides.",
)


class _Review(click.Group):
    """Ends with a sentence, whichever command could not read its inputs."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (Refused, UnknownNameError) as error:
            click.echo(str(error), err=True)
            sys.exit(UNREADABLE)


@click.group(cls=_Review)
def scopes() -> None:
    """Review who may do what."""


@scopes.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--format", "layout", type=click.Choice(["text", "markdown", "json"]), default="text")
@click.option("--acknowledged", is_flag=True, help="A person has acknowledged the escalations: exit 0.")
@_access
@_repository
def diff(old: str, new: str, layout: str, acknowledged: bool, access: Path | None, repository: Path) -> None:
    """Say what a change means. OLD and NEW are git revisions, folders, or files like scopes.yaml.

    /dev/null is the policy that grants nothing.
    """
    found = _found(revisions.texts(old, repository), revisions.texts(new, repository), access)
    if layout == "markdown":
        click.echo(report.markdown(found, acknowledged=acknowledged), nl=False)
    else:
        click.echo(report.as_json(found) if layout == "json" else report.text(found), nl=False)
    if found.escalations and not acknowledged:
        sys.exit(ESCALATED)


@scopes.command("page")
@click.argument("old")
@click.argument("new", required=False)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@_repository
def page_of_change(old: str, new: str | None, out: Path, repository: Path) -> None:
    """Write the page of NEW, by default the working tree, with what changed since OLD: to look at."""
    before, after = revisions.texts(old, repository), revisions.texts(new or str(repository), repository)
    after = _there(after if new else evolve(after, label="working tree"))
    made = page.page(_catalogue(after), report.pictured(_found(before, after)))
    try:
        out.write_text(made, encoding="utf-8")
    except OSError as error:
        fix = "name a file in a folder that exists and may be written to"
        problem = Problem(str(out), 0, f"cannot be written ({type(error).__name__})", fix)
        raise Refused((problem,)) from error
    click.echo(str(out))


@scopes.command("lint")
@click.argument("source", default=str(REPOSITORY))
@_repository
def lint(source: str, repository: Path) -> None:
    """Name the lines of a policy that are well formed and still odd."""
    texts = _there(revisions.texts(source, repository))
    read = policy.read(texts)
    findings = linting.findings(read) + personas.unknown_names(read, _people(texts))
    for finding in findings:
        click.echo(str(finding))
    click.echo(f"{counted(len(findings), 'finding')}." if findings else "The policy makes sense.")
    sys.exit(1 if findings else 0)


@scopes.command("explain")
@click.argument("name")
@click.option("--at", "source", default=str(REPOSITORY), help="A git revision, a folder or a scopes.yaml.")
@_access
@_repository
def explain(name: str, source: str, access: Path | None, repository: Path) -> None:
    """Say who reaches a TOOL, ENDPOINT, SCOPE or GROUP, and why."""
    texts = _there(revisions.texts(source, repository))
    click.echo(explained(policy.read(texts), name, _people(texts, access)))


def _catalogue(texts: Texts) -> Catalogue:
    """Compile a state that may be a git revision: its files are laid out in a folder of their own."""
    files = {policy.SPEC: texts.spec, policy.OVERLAY: texts.overlay, policy.SCOPES: texts.scopes}
    with TemporaryDirectory() as folder, chdir(folder):
        Path("spec").mkdir()
        for name, text in files.items():
            Path(name).write_text(text or "", encoding="utf-8")
        return compilation.compile(Inputs(*map(Path, files))).catalogue


def _there(texts: Texts) -> Texts:
    if texts.scopes is None:
        fix = "give a revision that has one"
        raise Refused((Problem(texts.label, 0, f"there is no {policy.SCOPES}", fix),))
    return texts


def _found(before: Texts, after: Texts, access: Path | None = None) -> Difference:
    people = _people(before, access), _people(after, access)
    return differences.between(policy.read(before), policy.read(after), *people)


def _people(texts: Texts, access: Path | None = None) -> People:
    if access is None:
        return personas.read(texts.access, texts.beside(revisions.ACCESS))
    return personas.read(revisions.content(access), str(access))
