"""The LEAN command line as a second source of drift: what its package describes, against spec/lean.json."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from policy_pairs import ROOT

from codegen.__main__ import main
from codegen.drift import lean

METADATA = """\
Metadata-Version: 2.4
Name: lean
Version: 2.0.0

### `lean cloud live broadcast`
  --other TEXT  Of another command

### `lean cloud live deploy`

Options:
  --brokerage [Paper Trading|Piggy Bank]
                                  The brokerage, see --none
  --data-provider-live [QuantConnect]
                                  The provider
  --piggy-size [small|large]      How large
  --piggy-key TEXT                A key
  --node TEXT                     The node
  --push                          Push first

### `lean cloud live liquidate`
  --later TEXT  Of another command
"""
KNOWN = {
    "brokerages": {"Paper Trading": "QuantConnectBrokerage", "Old": "OldBrokerage"},
    "providers": {"QuantConnect": "QuantConnectBrokerage"},
    "options": {"piggy-size": "small", "node": "TEXT", "push": "", "old-key": "TEXT"},
}


def test_brokerages_options_and_choices_are_read_from_the_description_of_the_package() -> None:
    offer = lean.read(METADATA)
    assert (offer.version, offer.brokerages) == ("2.0.0", ("Paper Trading", "Piggy Bank"))
    assert offer.options == {"piggy-size": "small|large", "piggy-key": "TEXT", "node": "TEXT", "push": ""}


def test_what_a_release_adds_changes_and_drops_is_said() -> None:
    assert list(lean.news(lean.read(METADATA), KNOWN)) == [
        "brokerages: Piggy Bank is new",
        "brokerages: Old is gone",
        "options: --piggy-size was small, is small|large",
        "options: --piggy-key is new, TEXT",
        "options: --old-key is gone",
    ]


@pytest.mark.parametrize(("text", "code"), [(METADATA, 1), ("Version: 1\n", 2), (METADATA[60:], 2)])
def test_the_exit_code_says_whether_a_release_is_known_or_cannot_be_read(
    text: str, code: int, tmp_path: Path
) -> None:
    (tmp_path / "METADATA").write_text(text)
    assert CliRunner().invoke(main, ["lean", str(tmp_path / "METADATA")]).exit_code == code


@pytest.mark.lean
def test_the_newest_release_offers_what_is_known() -> None:
    packages = Path(os.environ["TEST_LEAN"]).absolute().parents[1] / "lib"
    metadata = next(packages.glob("python3*/site-packages/lean-*.dist-info/METADATA"))
    known = json.loads((ROOT / "spec" / "lean.json").read_text("utf-8"))
    assert list(lean.news(lean.read(metadata.read_text("utf-8")), known)) == []
