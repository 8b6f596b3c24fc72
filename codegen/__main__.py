"""`python -m codegen generate`: compiles the inputs into the tree, or checks that the tree is what they say.

Knows: options, exit codes. Must not know: what the steps do.
"""

import sys
from pathlib import Path

import click

from codegen.drift.commands import drift
from codegen.drift.lean import lean
from codegen.inputs.problems import Refused
from codegen.output import emission
from codegen.policy_review.commands import scopes
from codegen.tools import compilation
from codegen.tools.compilation import Inputs

ROOT = Path(__file__).resolve().parents[1]
_FILE = click.Path(path_type=Path)


@click.group()
def main() -> None:
    """Compile the API description, its tool layer and the permissions."""


main.add_command(scopes)
main.add_command(drift)
main.add_command(lean)


@main.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if the tree is not what the inputs say.")
@click.option("--spec", default=None, help="OpenAPI document: a path, or an https URL.")
@click.option("--repairs", type=_FILE, default=None, help="Overlay for a published document, applied first.")
@click.option("--overlay", type=_FILE, default=None, help="Overlay with names, toolsets and texts.")
@click.option("--scopes", type=_FILE, default=None, help="Scopes, groups and the scope of every endpoint.")
@click.option("--out", type=_FILE, default=None, help="Folder of the tree; it is replaced as a whole.")
def generate(
    check: bool,
    spec: str | None,
    repairs: Path | None,
    overlay: Path | None,
    scopes: Path | None,
    out: Path | None,
) -> None:
    """Make generated/ from spec/ and scopes.yaml.

    Exit codes: 0 done, 1 problems in the inputs or a tree that differs, 2 wrong usage.
    """
    inputs = Inputs(
        spec=spec or _shown(ROOT / "spec" / "quantconnect.yaml"),
        overlay=Path(overlay or _shown(ROOT / "spec" / "overlay.yaml")),
        scopes=Path(scopes or _shown(ROOT / "scopes.yaml")),
        repairs=Path(repairs or _shown(ROOT / "spec" / "repairs.yaml")),
    )
    folder = Path(out or _shown(ROOT / "generated"))
    try:
        compiled = compilation.compile(inputs)
        if not check:
            emission.emit(compiled, inputs, folder)
            return
        differences = emission.compare(compiled, inputs, folder)
    except Refused as refused:
        for problem in refused.problems:
            click.echo(str(problem), err=True)
        sys.exit(_summary(len(refused.problems), "problem"))
    for difference in differences:
        click.echo(str(difference), err=True)
    if differences:
        sys.exit(_summary(len(differences), "difference"))


def _shown(path: Path) -> str:
    """Write a path below the working folder as a reader would."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _summary(number: int, noun: str) -> int:
    click.echo(f"{number} {noun}{'' if number == 1 else 's'}; nothing was written", err=True)
    return 1


if __name__ == "__main__":
    main(prog_name="python -m codegen")
