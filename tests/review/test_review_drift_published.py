"""Drift of the document that QuantConnect publishes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from drift_clone import (
    clone,
    mutated,
    said,
    verdict,
)
from policy_pairs import ROOT
from published_mutations import REAL


def _published() -> Path:
    return Path(os.environ["TEST_PUBLISHED"])


@pytest.mark.published
@pytest.mark.parametrize("name", REAL)
def test_the_real_document_changed_gets_its_verdict(name: str, tmp_path: Path) -> None:
    mutation = REAL[name]
    code, found = verdict(mutated(_published(), mutation.change, tmp_path / "new.yaml"), ROOT)
    assert (code, said(found)) == (mutation.code, mutation.said), json.dumps(found, indent=1)[:3000]
    if name == "a new defect":
        assert "'#/components/schemas/CreateLiveAlgorithmRequest'" in found["defects"][0]["repair"]


@pytest.mark.published
def test_the_real_document_unrepaired_names_its_defects_with_repairs(tmp_path: Path) -> None:
    """Without repairs.yaml the finder derives what is in it: keywords, references, items, enums, a type."""
    repository = clone(tmp_path)
    for name in ("quantconnect.yaml", "overlay.yaml", "published.json"):
        (repository / "spec" / name).write_bytes((ROOT / "spec" / name).read_bytes())
    (repository / "spec" / "repairs.yaml").unlink()
    code, found = verdict(_published(), repository)
    kinds = [each["kind"] for each in found["defects"]]
    assert code == 2
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "D1": 3,
        "D2": 1,
        "D3": 1,
        "D4": 3,
        "D10": 1,
        "D11": 1,
    }
    assert all(each["repair"] for each in found["defects"])
