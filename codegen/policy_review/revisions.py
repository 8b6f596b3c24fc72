"""Finds the files of a policy: a git revision, a folder, or a file.

Knows: git, where the repository keeps its inputs. Must not know: what they say.
"""

import subprocess
from pathlib import Path

from codegen.inputs.problems import Problem, Refused
from codegen.policy_review.policy import OVERLAY, SCOPES, SPEC, Texts

ACCESS = "tests/access.yaml"
FILES = (SCOPES, SPEC, OVERLAY, ACCESS)
"""In the order of `Texts`."""


def texts(source: str, repository: Path) -> Texts:
    """Read the files that `source` names; raises Refused if it names nothing.

    - a folder that has scopes.yaml: its files, each where the repository keeps it;
    - a file: that is scopes.yaml; the description and overlay are those of `repository`; /dev/null, like any
      blank file, is the policy that grants nothing;
    - else a git revision of `repository`; one from before there was a scopes.yaml grants nothing.
    """
    path = Path(source)
    if path.is_dir():
        if not (path / SCOPES).exists():
            fix = "give a folder that has one; a revision or branch of that name as `refs/heads/NAME`"
            raise Refused((Problem(source, 0, f"the folder has no {SCOPES}", fix),))
        folder = "" if path.resolve() == repository.resolve() else f"{path}/"
        files = [content(path / name) for name in FILES]
        return Texts(source, f"{folder}{SCOPES}", *files, folder=folder)
    if path.exists():
        rest = [content(repository / name) for name in FILES[1:]]
        return Texts(source, source, content(path), *rest)
    revision = _git(
        repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{source}^{{commit}}"
    )
    if revision is None:
        fix = "give a git revision, a folder, or the path of a scopes.yaml; /dev/null grants nothing"
        raise Refused((Problem(source, 0, "is neither a git revision nor a file", fix),))
    shown = [_shown(repository, revision.strip(), name) for name in FILES]
    return Texts(source, f"{source}:{SCOPES}", *shown, folder=f"{source}:")


def content(path: Path) -> str | None:
    """Read a file; None if it is absent. Raises Refused if it is there and cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        fix = "give a readable file in UTF-8"
        raise Refused((Problem(str(path), 0, f"cannot be read ({type(error).__name__})", fix),)) from error


def _shown(repository: Path, revision: str, name: str) -> str | None:
    """Read a file of a revision; None if the revision has none of that name.

    What is there and cannot be read is refused: treated as absent, it would be a policy that grants nothing.
    """
    listed = _git(repository, "ls-tree", revision, "--", f"./{name}")
    if listed == "":
        return None
    found = None
    if listed is not None and listed.startswith("100"):
        found = _git(repository, "show", f"{revision}:./{name}")
    if found is None:
        fix = "commit a plain file; if it is one, fetch what git lacks here (`git fsck` says what)"
        raise Refused((Problem(f"{revision[:12]}:{name}", 0, "cannot be read out of git", fix),))
    return found


def _git(repository: Path, *arguments: str) -> str | None:
    try:
        # A list of arguments and no shell; `--end-of-options` keeps a revision from being an option.
        run = subprocess.run(  # noqa: S603 - no shell
            ["git", "-C", str(repository), *arguments],  # noqa: S607 - whichever git the person uses
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except FileNotFoundError as error:
        fix = "install git, or compare folders and files"
        raise Refused((Problem("git", 0, "is not on PATH, so no revision can be read", fix),)) from error
    return run.stdout if run.returncode == 0 else None
