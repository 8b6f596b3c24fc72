"""Drift of the document that QuantConnect publishes: the verdict on changes of it, and accepting them."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from drift_clone import (
    DEFECT,
    Mutation,
    at,
    clone,
    drift,
    drifts,
    dropped,
    mutated,
    newly_required,
    renamed,
    reordered,
    reworded,
    said,
    updated,
    verdict,
)
from policy_pairs import ROOT

pytestmark = pytest.mark.published
LIVE = "paths./live/create.post.requestBody.content.application/json.schema"
NAMES = ("ReadProjectRequest", "PatchFileRequest", "OptimizationParameter", "inline_response_200_1", "Order")
MUTATIONS = {
    "nothing": Mutation(lambda _: None, 0),
    "new endpoint": drifts(
        lambda document: document["paths"].update(
            {"/backtests/compare": at(document, "paths./backtests/read")}
        ),
        "endpoint added : new endpoint",
    ),
    "removed endpoint": drifts(
        dropped("paths./backtests/read/report"), "endpoint removed : no longer published"
    ),
    "new required argument": drifts(
        newly_required("CreateBacktestRequest", "speed", "integer"),
        "argument added speed: new argument, integer, required",
    ),
    "renamed schema only": Mutation(renamed(**{name: f"{name}Renamed" for name in NAMES}), 0),
    "reordered only": Mutation(reordered, 0),
    "text only": Mutation(reworded, 0),
    DEFECT: Mutation(updated(LIVE, **{"$ref": "#/components/schemas/CreateLiveRequest"}), 2),
}


def _published() -> Path:
    return Path(os.environ["TEST_PUBLISHED"])


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_real_document_changed_gets_its_verdict(name: str, tmp_path: Path) -> None:
    mutation = MUTATIONS[name]
    code, found = verdict(mutated(_published(), mutation.change, tmp_path), ROOT)
    assert (code, said(found)) == (mutation.code, mutation.said), json.dumps(found, indent=1)[:3000]
    if name == DEFECT:
        assert "'#/components/schemas/CreateLiveAlgorithmRequest'" in found["defects"][0]["repair"]


def _ours(folder: Path) -> Path:
    repository = clone(folder)
    for name in ("scopes.yaml", *(f"spec/{file}" for file in os.listdir(ROOT / "spec"))):
        (repository / name).write_bytes((ROOT / name).read_bytes())
    return repository


def test_the_real_document_unrepaired_names_its_defects_with_repairs(tmp_path: Path) -> None:
    """Without repairs.yaml the finder derives what is in it: keywords, references, items, enums, a type."""
    repository = _ours(tmp_path)
    (repository / "spec" / "repairs.yaml").unlink()
    code, found = verdict(_published(), repository)
    kinds = Counter(each["kind"] for each in found["defects"])
    assert (code, kinds) == (2, {"D1": 3, "D2": 1, "D3": 1, "D4": 3, "D10": 1, "D11": 1})
    assert all(each["repair"] for each in found["defects"])


@pytest.mark.parametrize("name", [name for name, mutation in MUTATIONS.items() if mutation.code == 1])
def test_drift_of_the_real_document_is_accepted_whole(name: str, tmp_path: Path) -> None:
    repository = _ours(tmp_path)
    new = mutated(_published(), MUTATIONS[name].change, tmp_path)
    run = drift(new, repository, "--accept")
    assert run.exit_code == 0, run.stderr
    assert verdict(new, repository)[0] == 0
    old, ours = (
        Counter((side / "spec" / "quantconnect.yaml").read_text().splitlines()) for side in (ROOT, repository)
    )
    assert 0 < ((old - ours) + (ours - old)).total() < 120
