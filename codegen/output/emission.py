"""Builds the whole tree aside, then swaps it in by one move, or compares it with what is there.

Knows: which files make a tree and in what order they are made. Must not know: what is in them.
"""

import difflib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen

from codegen.inputs.problems import Problem, Problems, Refused
from codegen.output import client, client_audit, manifest, rendering
from codegen.output.formatting import format_tree
from codegen.tools.compilation import Compiled, Inputs

_OURS = frozenset({client.PACKAGE, rendering.TOOLS, manifest.NAME, "SCOPES.md", "TOOLS.md"})
_IGNORED = "__pycache__"
_ELSEWHERE = "name a folder of its own with --out"
_LINES, _FILES = 20, 5


@frozen
class Difference:
    """A file that is not what the inputs say: edited, missing or extra."""

    path: str
    kind: str
    excerpt: str = ""

    def __str__(self) -> str:
        fix = "delete it, or " if self.kind == "extra" else ""
        return f"{self.path}: {self.kind}\n    fix: {fix}run `make generate`\n{self.excerpt}".rstrip()


def emit(compiled: Compiled, inputs: Inputs, out: Path) -> None:
    """Replace the tree at `out`; raises Refused, and leaves it alone, if anything is wrong."""
    out = out.resolve()
    _check_folder(out)
    # Beside the old tree, so that the swap is a rename within one file system.
    with _beside(out) as aside:
        tree = build(compiled, inputs, Path(aside))
        previous = Path(aside) / "previous"
        if out.exists():
            out.rename(previous)
        try:
            tree.rename(out)
        except OSError:
            if previous.exists():
                previous.rename(out)
            raise


def _check_folder(out: Path) -> None:
    problems = Problems()
    for path in sorted(out.iterdir()) if out.is_dir() else []:
        if path.name not in (*_OURS, _IGNORED):
            what = f"{path.name} is none of ours, and the whole folder would be replaced"
            problems.add(out, 0, what, _ELSEWHERE)
    if out.exists() and not out.is_dir():
        problems.add(out, 0, "is no folder", _ELSEWHERE)
    problems.stop()


def _beside(out: Path) -> TemporaryDirectory[str]:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent)
    except OSError as error:
        what = f"nothing can be written beside it: {error.strerror}"
        raise Refused((Problem(str(out), 0, what, _ELSEWHERE),)) from error


def compare(compiled: Compiled, inputs: Inputs, out: Path) -> list[Difference]:
    """Build the tree elsewhere and compare it with the one at `out`, file by file."""
    with TemporaryDirectory() as aside:
        tree = build(compiled, inputs, Path(aside))
        return list(_differences(_files(tree), _files(out), out))


def build(compiled: Compiled, inputs: Inputs, aside: Path) -> Path:
    """Build a tree in a new folder below `aside` and return it; raises Refused with all that is wrong."""
    tree = aside / "tree"
    tree.mkdir()
    problems = Problems()
    catalogue = compiled.catalogue
    manifest.check_weight(catalogue, inputs.overlay, problems)
    client.write(compiled.document, catalogue.api_version, tree, str(inputs.spec), problems)
    problems.stop()
    rendering.write(rendering.tool_modules(catalogue), tree / rendering.TOOLS)
    rendering.write({f"{rendering.TOOLS}/answers.json": rendering.answers_of(compiled)}, tree)
    rendering.write(rendering.documents(catalogue), tree)
    _announce(tree)
    format_tree(tree)
    counts = client_audit.check(compiled.document, tree, str(inputs.spec), problems)
    problems.stop()
    made = manifest.manifest(catalogue, compiled.digests, counts)
    rendering.write({manifest.NAME: rendering.pretty(made)}, tree)
    return tree


def _announce(tree: Path) -> None:
    """Say in every module that it is generated."""
    for path in sorted(tree.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        path.write_text(f"# {rendering.BANNER}\n{text}", encoding="utf-8", newline="\n")


def _files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if _IGNORED not in path.parts and path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _differences(wanted: dict[str, bytes], found: dict[str, bytes], out: Path) -> Iterator[Difference]:
    shown = 0
    for name in sorted(wanted.keys() | found.keys()):
        label = str(out / name)
        if name not in found:
            yield Difference(label, "missing")
        elif name not in wanted:
            yield Difference(label, "extra")
        elif wanted[name] != found[name]:
            shown += 1
            yield Difference(label, "edited", _diff(found[name], wanted[name]) if shown <= _FILES else "")


def _diff(found: bytes, wanted: bytes) -> str:
    before, after = (side.decode("utf-8", "replace").splitlines() for side in (found, wanted))
    lines = difflib.unified_diff(before, after, "as it is", "as generated", n=1, lineterm="")
    return "\n".join(f"    {line}" for line in islice(lines, _LINES))
