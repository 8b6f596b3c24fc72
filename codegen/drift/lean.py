"""`python -m codegen lean METADATA`: what the LEAN command line offers for the cloud, against what is known.

Knows: how the package's own description lists the options of `lean cloud live deploy`, spec/lean.json.
Must not know: what our description says of them; tests compare that with spec/lean.json.

The package is a real client, and often ahead of the published document. Its description is part of it (core
metadata, PEP 643), and is read as text: nothing of the package is run.
Exit codes: 0 nothing is new, 1 something is, 2 the text is not what was expected.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from attrs import frozen

COMMAND = "### `lean cloud live deploy`"
KNOWN = Path(__file__).resolve().parents[2] / "spec" / "lean.json"
_OPTION = re.compile(r"^  --([a-z0-9-]+)(?: (\[[^\]\n]+\]|[A-Z]+))?(?= |$)", re.MULTILINE)
_VERSION = re.compile(r"^Version: ([0-9A-Za-z.+!-]{1,40})$", re.MULTILINE)
_LISTS = {"brokerage": "brokerages", "data-provider-live": "providers"}


@frozen
class Offer:
    """What a release offers. An option's value is its type, or its choices as `a|b`."""

    version: str
    brokerages: tuple[str, ...]
    providers: tuple[str, ...]
    options: Mapping[str, str]


def read(text: str) -> Offer:
    """Read the metadata of a release.

    Raises:
        ValueError: it does not describe the command, or not in this form.
    """
    version = _VERSION.search(text)
    section = text.partition(f"\n{COMMAND}\n")[2].partition("\n### ")[0]
    options = {name: (kind or "").strip("[]") for name, kind in _OPTION.findall(section)}
    if version is None or not options.keys() >= {*_LISTS, "node"}:
        raise ValueError(f"no version, or no options below {COMMAND!r}")
    lists = {ours: tuple(options.pop(name).split("|")) for name, ours in _LISTS.items()}
    return Offer(version=version[1], options=options, **lists)


def news(offer: Offer, known: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Say what a release offers that is not known, and what is known and gone."""
    for kind, names in (("brokerages", offer.brokerages), ("providers", offer.providers)):
        listed = known[kind]
        yield from (f"{kind}: {name} is new" for name in names if name not in listed)
        yield from (f"{kind}: {name} is gone" for name in listed if name not in names)
    options = known["options"]
    for name, kind in offer.options.items():
        if name not in options:
            yield f"options: --{name} is new, {kind or 'a switch'}"
        elif options[name] != kind:
            yield f"options: --{name} was {options[name] or 'a switch'}, is {kind or 'a switch'}"
    yield from (f"options: --{name} is gone" for name in options if name not in offer.options)


@click.command()
@click.argument("metadata", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def lean(metadata: Path) -> None:
    """Compare a release of the LEAN command line, by its METADATA file, with spec/lean.json."""
    try:
        offer = read(metadata.read_text("utf-8"))
    except ValueError as problem:
        click.echo(f"{metadata}: {problem}", err=True)
        sys.exit(2)
    known = json.loads(KNOWN.read_text("utf-8"))
    found = list(news(offer, known))
    click.echo(f"lean {offer.version} (known: {known['version']}): {len(found) or 'no'} differences")
    for line in found:
        click.echo(f"- {line}")
    if found:
        click.echo(
            "Write them in spec/quantconnect.yaml and spec/lean.json; what differs goes under `apart` there."
        )
    sys.exit(1 if found else 0)
