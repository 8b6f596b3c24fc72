"""The policy's own sense, and who reaches what."""

from pathlib import Path

import pytest
from click.testing import Result
from policy_pairs import FOLDER, LIMITED, ROOT, change, codegen, golden


def _lint(folder: Path) -> Result:
    return codegen("scopes", "lint", "new", "--repository", "new", folder=folder)


def test_the_policy_of_this_repository_makes_sense() -> None:
    run = codegen("scopes", "lint", folder=ROOT)
    assert (run.exit_code, run.stdout) == (0, "The policy makes sense.\n")


def test_every_line_that_is_odd_is_found() -> None:
    run = codegen("scopes", "lint", "odd/scopes.yaml", "--repository", "base", folder=FOLDER)
    assert run.exit_code == 1
    golden(FOLDER / "odd" / "findings.txt", run.stdout)


def test_a_persona_that_has_what_does_not_exist_is_found(pair: Path) -> None:
    """It would show less than it should: a name that grants nothing hides what it was meant to show."""
    change(pair, "access", ("qc:live:write", "qc:live:wirte"), LIMITED, ("trader", "tradr"))
    run = _lint(pair)
    assert run.exit_code == 1
    lost = '"qc:live:wirte", which is neither a group nor a scope (did you mean "qc:live:write"?)'
    assert f"tests/access.yaml:6: the persona deployer has {lost}" in run.stdout
    assert 'tests/access.yaml:2: the persona contractor has "tradr"' in run.stdout


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("one: {scopes: [trader]}", "one is not well formed"),
        ("one: [trader]", "one is not well formed"),
        ("admin: {scopes: [], limits: {}}", "admin is not well formed, or stands twice"),
    ],
)
def test_a_persona_that_is_not_well_formed_is_refused(entry: str, said: str, pair: Path) -> None:
    change(pair, "access", ("personas:", f"limited:\n  {entry}\npersonas:"))
    run = _lint(pair)
    assert run.exit_code == 2
    assert f"tests/access.yaml:2: the persona {said}" in run.stderr


STOP = """\
stop_live_algorithm: tool of live, effect live, needs qc:live:execute
  /live/update/stop: live, qc:live:execute (scopes.yaml, line 29)
  yes admin: holds qc:live:execute
  no  operator: lacks qc:live:execute
  no  readonly: lacks qc:live:execute
  yes trader: holds qc:live:execute
  no  stranger: lacks qc:live:execute
  no  deployer: lacks qc:live:execute
  no  contractor: its limit on projects closes the tool
"""
ENDPOINT = "/live/update/stop: effect live, needs qc:live:execute (scopes.yaml, line 29)\n"
SCOPE = """\
qc:live:execute: Stop and command live algorithms.
  held by admin, trader, contractor
  opens 2 tools
    live   create_live_command
    live   stop_live_algorithm
"""
OPERATORS = """\
operator: group, reaches 2 of 11 tools
  holds qc:live:read
  lacks qc:backtests:delete, qc:backtests:read, qc:backtests:write, qc:live:execute, qc:live:write,\
 qc:projects:read, qc:projects:write
  2 read: health_check, read_live_algorithm
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("stop_live_algorithm", STOP),
        ("/live/update/stop", ENDPOINT + "".join(f"  {line}\n" for line in STOP.splitlines())),
        ("live/update/stop", ENDPOINT),
        ("qc:live:execute", SCOPE),
        ("operator", OPERATORS),
        ("contractor", "contractor: persona, reaches 1 of 11 tools\n  holds qc:backtests:read"),
    ],
)
def test_a_name_is_explained_by_who_reaches_it_and_why(name: str, text: str, pair: Path) -> None:
    change(pair, "access", LIMITED)
    run = codegen("scopes", "explain", name, "--at", "new", "--repository", "new", folder=pair)
    assert run.stdout.startswith(text)


def test_an_unknown_name_is_refused_with_a_hint(pair: Path) -> None:
    run = codegen("scopes", "explain", "stop_live_algoritm", "--at", "new", folder=pair)
    assert run.exit_code == 2
    assert '(did you mean "stop_live_algorithm"?)' in run.stderr
