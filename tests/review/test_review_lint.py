"""The policy's own sense, and who reaches what."""

from __future__ import annotations

from pathlib import Path

import pytest
from policy_pairs import ROOT, Run, change, codegen

HELD = "readonly: [qc:projects:read, qc:backtests:read, qc:live:read]"
OPERATOR = "operator: [qc:live:read]"
RESERVED = "  qc:live:delete: Reserved; covers nothing today."
SEEN = "  qc:live:read: See live algorithms."


def _lint(folder: Path) -> Run:
    return codegen("scopes", "lint", "new", "--repository", "new", folder=folder)


def test_the_policy_of_this_repository_makes_sense() -> None:
    run = codegen("scopes", "lint", folder=ROOT)
    assert (run.returncode, run.stdout) == (0, "The policy makes sense.\n")


@pytest.mark.parametrize(("old", "new"), [(SEEN, SEEN), (SEEN, f"{SEEN}\n{RESERVED}")])
def test_a_policy_that_makes_sense_has_no_findings(old: str, new: str, pair: Path) -> None:
    change(pair, "scopes", (old, new))
    assert _lint(pair).returncode == 0


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (
            "/projects/update:      {scope: qc:projects:write",
            "/projects/update:      {scope: qc:projects:read",
            "23: /projects/update has the effect write, and needs qc:projects:read",
        ),
        (
            "/backtests/delete:     {scope: qc:backtests:delete",
            "/backtests/delete:     {scope: qc:backtests:write",
            "26: /backtests/delete deletes, and needs no :delete scope (qc:backtests:write)",
        ),
        (
            "effect: delete}",
            "effect: write}",
            "26: /backtests/delete needs a :delete scope, and has the effect write",
        ),
        (
            "/backtests/create:     {scope: qc:backtests:write, effect: write}",
            "/backtests/create:     {scope: qc:backtests:write, effect: read}",
            '24: /backtests/create says "create", and has the effect read',
        ),
        *(
            (
                "/live/update/stop:     {scope: qc:live:execute, effect: live}",
                f"{path}: {{scope: qc:live:read, effect: read}}",
                f'29: {path} says "stop", and has the effect read',
            )
            for path in ("/live/update/stop/", "/live/update/Stop")
        ),
        (
            HELD,
            HELD.replace("]", ", qc:live:write]"),
            '11: the group "readonly" reaches create_live_algorithm, which moves real money (qc:live:write)',
        ),
        (
            "/live/create:          {scope: qc:live:write, effect: live}",
            "/live/create:          {scope: qc:live:read, effect: live}",
            '11: the group "readonly" reaches create_live_algorithm, which moves real money (qc:live:read)',
        ),
        (
            "    - qc:projects:read\n",
            "",
            '11: the group "readonly" holds qc:projects:read, which the more powerful group "trader" lacks',
        ),
        (SEEN, f"{SEEN}\n  qc:live:delete: Delete.", "8: qc:live:delete covers no endpoint"),
        (
            SEEN,
            "  qc:live:read: Reserved; covers nothing.",
            "7: qc:live:read is reserved, and covers an endpoint",
        ),
        (
            OPERATOR,
            f"{OPERATOR}\n  no-live: [qc:projects:read, qc:live:read]",
            '20: the group "no-live" holds what its name denies: qc:live:read',
        ),
        (
            OPERATOR,
            f"{OPERATOR}\n  auditor: [qc:projects:read, qc:projects:write]",
            '20: the group "auditor" holds qc:projects:write',
        ),
    ],
)
def test_a_line_that_is_odd_is_found(old: str, new: str, finding: str, pair: Path) -> None:
    change(pair, "scopes", (old, new))
    run = _lint(pair)
    assert run.returncode == 1
    assert f"scopes.yaml:{finding}" in run.stdout.splitlines()


def test_a_persona_that_has_what_does_not_exist_is_found(pair: Path) -> None:
    """It would show less than it should: a name that grants nothing hides what it was meant to show."""
    limited = "limited:\n  contractor: {scopes: [tradr], limits: {projects: [7]}}\npersonas:"
    change(pair, "access", ("qc:live:write", "qc:live:wirte"), ("personas:", limited))
    run = _lint(pair)
    assert run.returncode == 1
    where = (
        'tests/access.yaml:6: the persona deployer has "qc:live:wirte", which is neither a group nor a scope'
    )
    assert f'{where} (did you mean "qc:live:write"?)' in run.stdout
    assert 'tests/access.yaml:2: the persona contractor has "tradr"' in run.stdout


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("limited:\n  one: {scopes: [trader]}", "2: the persona one is not well formed"),
        ("limited:\n  one: [trader]", "2: the persona one is not well formed"),
        (
            "limited:\n  admin: {scopes: [], limits: {}}",
            "2: the persona admin is not well formed, or stands twice",
        ),
    ],
)
def test_a_persona_that_is_not_well_formed_is_refused(entry: str, said: str, pair: Path) -> None:
    change(pair, "access", ("personas:", f"{entry}\npersonas:"))
    run = _lint(pair)
    assert run.returncode == 2
    assert f"tests/access.yaml:{said}" in run.stderr


def test_an_undeclared_scope_is_refused(pair: Path) -> None:
    change(pair, "scopes", ("{scope: qc:live:write", "{scope: qc:live:wrote"))
    run = _lint(pair)
    assert run.returncode == 2
    assert 'scopes.yaml:27: /live/create needs the undeclared scope "qc:live:wrote"' in run.stderr


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
    limited = "limited:\n  contractor: {scopes: [trader], limits: {projects: [7]}}\npersonas:"
    change(pair, "access", ("personas:", limited))
    run = codegen("scopes", "explain", name, "--at", "new", "--repository", "new", folder=pair)
    assert run.stdout.startswith(text)


def test_an_unknown_name_is_refused_with_a_hint(pair: Path) -> None:
    run = codegen("scopes", "explain", "stop_live_algoritm", "--at", "new", folder=pair)
    assert run.returncode == 2
    assert '(did you mean "stop_live_algorithm"?)' in run.stderr
