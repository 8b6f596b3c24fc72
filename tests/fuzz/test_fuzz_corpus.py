"""Inputs that a fuzzer found to reach all that it reached, played again: nothing escapes from a target."""

import base64

import pytest
from fuzz_targets import FOLDER, TARGETS


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_what_was_once_reached_is_refused_in_words_or_accepted(name: str) -> None:
    lines = (FOLDER / "corpus" / f"{name}.txt").read_text().split()
    assert lines
    for line in lines:
        TARGETS[name](base64.b64decode(line))
