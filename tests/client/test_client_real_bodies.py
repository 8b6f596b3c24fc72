"""The typed client decodes a body of every kind that the API really sends, and loses nothing of it.

The kinds are those of api_facts 3 to 8.5; all values are invented.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest
import real_backtests
import real_backtests_charts
import real_backtests_completed
import real_backtests_orders
import real_live
import real_optimizations
import real_project_contents
import real_projects
import real_services
from client_answers import answers, arguments, at, departures, operation, operations, same, undescribed
from client_stub import Stub
from quantconnect_client import Client, models
from real_answer import Real

OPERATIONS = operations()
KINDS: list[Real] = [
    kind
    for bodies in (
        real_projects,
        real_project_contents,
        real_backtests,
        real_backtests_completed,
        real_backtests_orders,
        real_backtests_charts,
        real_optimizations,
        real_live,
        real_services,
    )
    for kind in bodies.ANSWERS
]


@pytest.fixture(scope="module")
def client(stub: Stub) -> Iterator[Client]:
    with Client(stub.url) as client:
        yield client


def decoded(real: Real, client: Client, stub: Stub) -> Any:
    """What the operation returns for the body."""
    stub.says(real.body)
    module = operation(real.operation)
    return module.sync(client=client, **arguments(module))


@pytest.mark.parametrize("real", KINDS, ids=lambda real: f"{real.operation}: {real.kind}")
def test_a_real_body_is_decoded_and_nothing_is_lost(real: Real, client: Client, stub: Stub) -> None:
    found = decoded(real, client, stub)
    expected = {path: value for path, value in real.finds.items() if path}
    assert {path: at(found, path) for path in expected} == expected
    assert {path: type(at(found, path)) for path in expected} == {
        path: type(value) for path, value in expected.items()
    }
    assert type(found).__name__ == real.finds.get("", type(found).__name__)
    received = json.loads(real.body) if isinstance(real.body, bytes) else real.body
    assert same(received, found.to_dict())


@pytest.mark.parametrize("real", KINDS, ids=lambda real: f"{real.operation}: {real.kind}")
def test_every_value_is_of_the_type_that_its_annotation_promises(
    real: Real, client: Client, stub: Stub
) -> None:
    found = decoded(real, client, stub)
    assert {problem.partition(":")[0] for problem in departures(found, type(found))} == real.drifts
    assert set(undescribed(found)) == real.beside


def test_every_answer_that_the_client_knows_was_received(client: Client, stub: Stub) -> None:
    received = {type(decoded(real, client, stub)).__name__ for real in KINDS}
    assert {name for module in OPERATIONS for name in answers(module)} - received == set()
    assert {operation(real.operation) for real in KINDS} <= set(OPERATIONS)


def test_what_does_not_go_back_as_it_came_is_the_spelling_of_dates_and_of_empty_maps() -> None:
    received = {"created": "2024-03-31 10:00:05", "parameterSet": [], "status": "Running: 42%"}
    back = models.BacktestResult.from_dict(received).to_dict()
    assert back == {"created": "2024-03-31T10:00:05", "parameterSet": {}, "status": "Running: 42%"}
    assert same(received, back)
    moved = {**received, "created": datetime.datetime(2024, 3, 31, 10, 0, 6).isoformat()}
    assert not same(received, moved)
    assert not same({"open": 1}, {"open": True})
    assert not same({"open": 1}, {})
    assert not same({"values": [1]}, {"values": [1, 2]})
