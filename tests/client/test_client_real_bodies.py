"""The typed client decodes a body of every kind that the API really sends, and loses nothing of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from client_answers import departures, same, undescribed
from client_operations import least, operation
from client_stub import Stub
from quantconnect_client import Client, models

FILES = sorted((Path(__file__).parent / "real_bodies").glob("*.yaml"))
BODIES: list[dict[str, Any]] = [
    body for path in FILES for body in yaml.safe_load(path.read_text(encoding="utf-8"))["bodies"]
]


@pytest.fixture(scope="module")
def client(stub: Stub) -> Iterator[Client]:
    with Client(stub.url) as client:
        yield client


@pytest.mark.parametrize("real", BODIES, ids=lambda real: f"{real['operation']}: {real['kind']}")
def test_a_real_body_is_decoded_as_annotated_and_nothing_is_lost(
    real: dict[str, Any], client: Client, stub: Stub
) -> None:
    raw = real["body"] if isinstance(real["body"], str) else json.dumps(real["body"])
    stub.says(raw.encode())
    module = operation(real["operation"])
    found = module.sync(client=client, **least(module))
    assert type(found).__name__ == real.get("is", type(found).__name__)
    assert {problem.partition(":")[0] for problem in departures(found, type(found))} == set(
        real.get("drifts", ())
    )
    assert set(undescribed(found)) == set(real.get("beside", ()))
    assert same(json.loads(raw), found.to_dict())


def test_only_the_format_of_dates_and_of_empty_maps_changes_on_the_way_back() -> None:
    received = {"created": "2024-03-31 10:00:05", "parameterSet": [], "status": "Running: 42%"}
    back = models.BacktestResult.from_dict(received).to_dict()
    assert back == {"created": "2024-03-31T10:00:05", "parameterSet": {}, "status": "Running: 42%"}
    assert same(received, back)
    assert not same({**received, "created": "2024-03-31T10:00:06"}, back)
    assert not same({"open": 1}, {"open": True})
    assert not same({"open": 1}, {})
    assert not same({"values": [1]}, {"values": [1, 2]})


def test_a_value_that_was_kept_though_it_could_be_decoded_is_found() -> None:
    kept = models.BacktestResult.from_dict({"status": "?"})
    kept.status, kept.created = "Completed.", "2024-03-31 10:00:05"
    assert [problem.partition(":")[0] for problem in departures(kept, models.BacktestResult)] == [
        "/created",
        "/status",
    ]
