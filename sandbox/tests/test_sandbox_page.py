"""docs/sandbox.md tells of every option, switch and fault."""

import json
import re
import tomllib
from pathlib import Path

import attrs
import click
from quantconnect_sandbox import command
from quantconnect_sandbox.configuration import Switches
from quantconnect_sandbox.control.faults import KINDS, Fault, fault_of

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:3] == "| `"
]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^` ]+)[^`]*`", text)


def test_the_page_tells_every_option_and_no_other() -> None:
    options = {
        name for option in command.sandbox.params if isinstance(option, click.Option) for name in option.opts
    }
    told = {name for row in ROWS for name in quoted(row[0]) if name.startswith("--")}
    assert told == options


def test_every_switch_is_told_with_its_values_the_default_first() -> None:
    told = {row[0].strip("`"): quoted(row[1]) for row in ROWS if len(row) == 3 and row[0].startswith("`--")}
    choices = {f"--{name.replace('_', '-')}": values for name, values in Switches.choices().items()}
    assert told == choices


def test_every_fault_is_told_with_its_fields() -> None:
    told = {
        row[0].strip("`"): quoted(row[2]) for row in ROWS if len(row) == 3 and not row[0].startswith("`--")
    }
    assert sorted(told) == sorted(KINDS)
    fields = {field.name for field in attrs.fields(Fault)} - {"kind"}
    common = set(quoted(PAGE.partition("## Faults")[2].partition("|")[0])) & fields
    assert common | {name for names in told.values() for name in names} == fields


def test_the_examples_of_faults_can_be_used() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    rules = [*tomllib.loads(example)["faults"], *map(json.loads, re.findall(r"faults -d '(.*)'", PAGE))]
    assert [fault_of(rule).kind for rule in rules] == ["rate_limit", "hang"]
