"""The client of this repository is complete, callable, and decodes what the API sends (api_facts 3 to 8)."""

from __future__ import annotations

import asyncio
import datetime
import importlib
import inspect
import pkgutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import pytest
import quantconnect_client
import yaml
from client_stub import Stub
from quantconnect_client import UNSET, Client, QuantConnectAuth, api, models

ROOT = Path(__file__).resolve().parents[2]
SPEC: dict[str, Any] = yaml.load(
    (ROOT / "spec" / "quantconnect.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)
DATE = datetime.datetime(2024, 3, 31, 10, 0, 5)
TEXT = "2024-03-31 10:00:05"


def operations() -> Iterator[ModuleType]:
    for tag in pkgutil.iter_modules(api.__path__):
        package = importlib.import_module(f"quantconnect_client.api.{tag.name}")
        for found in pkgutil.iter_modules(package.__path__):
            yield importlib.import_module(f"{package.__name__}.{found.name}")


OPERATIONS = list(operations())


def arguments(operation: ModuleType) -> dict[str, Any]:
    """What an operation insists on: an empty body, 1 for the rest."""
    hints = get_type_hints(operation.sync)
    found: dict[str, Any] = {}
    for name, parameter in inspect.signature(operation.sync).parameters.items():
        if name != "client" and parameter.default is inspect.Parameter.empty:
            kinds = [hints[name], *getattr(hints[name], "__args__", ())]
            model = next((kind for kind in kinds if hasattr(kind, "from_dict")), None)
            found[name] = model.from_dict({}) if model else 1
    return found


def test_every_operation_of_the_description_is_a_module() -> None:
    described = {
        f"{method.upper()} {path}"
        for path, item in SPEC["paths"].items()
        for method in item
        if method in ("get", "post", "put", "patch", "delete")
    }
    assert {str(operation.__doc__) for operation in OPERATIONS} == described
    assert len(OPERATIONS) == len(described)


def test_every_object_and_enumeration_of_the_description_is_a_model() -> None:
    schemas: dict[str, Any] = SPEC["components"]["schemas"]
    wanted = {name for name, one in schemas.items() if one.get("type") == "object" or "enum" in one}
    assert wanted - set(dir(models)) == set()
    for name in sorted(wanted):
        model = getattr(models, name)
        if "enum" in schemas[name]:
            assert {member.value for member in model} == set(schemas[name]["enum"]), name
        else:
            assert set(model._shape.names) == set(schemas[name].get("properties", {})), name


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.__name__.rpartition(".")[2])
def test_every_operation_can_be_called_and_its_answer_decoded(operation: ModuleType, stub: Stub) -> None:
    stub.says({"success": False, "errors": None})
    with Client(stub.url, auth=QuantConnectAuth("1", "token")) as client:
        answer = operation.sync_detailed(client=client, **arguments(operation))
    assert answer.status_code == 200
    assert hasattr(answer.parsed, "to_dict"), "the answer is a model"
    assert answer.parsed.to_dict() == {"success": False, "errors": None}

    async def call() -> Any:
        async with Client(stub.url, auth=QuantConnectAuth("1", "token")) as client:
            return await operation.asyncio(client=client, **arguments(operation))

    assert asyncio.run(call()) == answer.parsed
    first, second = stub.seen
    method, _, path = str(operation.__doc__).partition(" ")
    assert (first.method, first.path.partition("?")[0]) == (method, f"/api/v2{path}")
    assert (second.method, second.path) == (first.method, first.path)
    assert first.headers["Authorization"].startswith("Basic ")
    assert first.headers["Timestamp"].isdecimal()


PROJECT = {
    "projectId": 1,
    "modified": TEXT,
    "grid": '[{"row":0}]',
    "liveGrid": None,
    "paperEquity": None,
    "lastLiveDeployment": None,
    "liveForm": None,
    "parameters": [{"key": "fast", "value": "5", "min": None, "max": None, "step": None}],
    "builder": 0,
    "isAlphaStreamDeployment": 0,
    "collaborators": [{"id": 0, "uid": None, "email": None, "bio": None, "permission": "write"}],
    "unheard": {"of": 1},
}
BACKTEST = {
    "backtestId": "b",
    "organizationId": 99568,
    "status": "Running: 35%",
    "parameterSet": [],
    "charts": [],
    "statistics": [],
    "rollingWindow": None,
    "runtimeStatistics": None,
    "totalPerformance": None,
    "profitLoss": [],
    "outOfSampleMaxEndDate": None,
    "created": TEXT,
    "backtestStart": "0000-00-00 00:00:00",
    "debugging": False,
}
DECODED: list[tuple[str, Any, dict[str, Any]]] = [
    ("Project", PROJECT, {"modified": DATE, "grid": '[{"row":0}]', "live_grid": None, "live_form": None}),
    ("Project", {"parameters": [], "liveGrid": []}, {"parameters": [], "live_grid": models.ChartGrid()}),
    ("ProjectFile", {"open": 0, "isLibrary": None, "binary": 1}, {"open_": 0, "binary": 1}),
    ("Node", {"projectId": None, "host": None, "hasGpu": 0, "ram": 0.5}, {"project_id": None, "host": None}),
    (
        "BacktestResult",
        BACKTEST,
        {
            "organization_id": 99568,
            "status": "Running: 35%",
            "parameter_set": models.ParameterSet(),
            "charts": models.BacktestResultCharts(),
            "statistics": models.StatisticsResult(),
            "profit_loss": models.BacktestResultProfitLoss(),
            "rolling_window": None,
            "created": DATE,
            "backtest_start": "0000-00-00 00:00:00",
        },
    ),
    ("BacktestResult", {"status": "Completed."}, {"status": models.BacktestStatus("Completed.")}),
    ("BacktestSummaryResult", {"securityTypes": "1", "psr": None}, {"security_types": "1", "psr": None}),
    ("BacktestSummaryResult", {"status": "Runtime Error", "parameterSet": {"p": 1}}, {}),
    ("TradeStatistics", {"startDateTime": None, "totalFees": "3.5", "winRate": "0.5"}, {"total_fees": "3.5"}),
    (
        "Optimization",
        {"backtests": [], "runtimeStatistics": []},
        {"backtests": models.OptimizationBacktests()},
    ),
    ("OptimizationTarget", {"targetValue": None}, {"target_value": None}),
    ("OptimizationBacktest", {"statistics": [0.5, "1"]}, {"statistics": [0.5, "1"]}),
    (
        "OptimizationBacktest",
        {"statistics": {"Alpha": "1"}},
        {"statistics": models.OptimizationBacktestStatistics.from_dict({"Alpha": "1"})},
    ),
    ("LiveAlgorithmResults", {"charts": [], "status": "NewStatus"}, {"status": "NewStatus"}),
    ("Series", {"values": [[1, 2, None], {"x": 1, "y": 2}]}, {}),
    ("StatisticsResult", {"Drawdown Recovery": "3", "Total Orders": "1"}, {}),
    ("Collaborator", {"bio": None, "email": None}, {"bio": None}),
    ("RestResponse", {"success": True, "errors": []}, {"success": True, "errors": []}),
]


@pytest.mark.parametrize(("name", "body", "expected"), DECODED, ids=[name for name, *_ in DECODED])
def test_a_body_of_every_real_kind_is_decoded(name: str, body: Any, expected: dict[str, Any]) -> None:
    found = getattr(models, name).from_dict(body)
    assert {attribute: getattr(found, attribute) for attribute in expected} == expected
    assert set(found.to_dict()) == set(body)


def test_what_is_not_described_is_kept() -> None:
    found = models.Project.from_dict(PROJECT)
    assert found.additional_properties == {"unheard": {"of": 1}}
    assert found["unheard"] == {"of": 1}
    assert found.description is UNSET


@pytest.mark.parametrize(
    ("operation", "body", "model"),
    [
        ("backtests.read_backtest_chart", {"progress": 0.1, "status": "loading"}, "LoadingResponse"),
        ("backtests.read_backtest_chart", {"chart": {"name": "x"}, "success": True}, "ReadChartResponse"),
        ("backtests.read_backtest_orders", {"orders": [], "length": 0}, "BacktestOrdersResponse"),
        ("backtests.read_backtest_report", {"report": "<html>", "success": True}, "BacktestReport"),
        ("live.read_live_orders", {"status": "loading", "progress": 0}, "LoadingResponse"),
        ("live.read_live_orders", {"orders": [], "success": True}, "LiveOrdersResponse"),
        ("live.read_live_chart", {"success": False, "errors": ["no"]}, "ReadChartResponse"),
        ("files.update_file", {"files": [{"name": "a.py"}], "success": True}, "ProjectFilesResponse"),
    ],
)
def test_an_answer_of_two_kinds_is_told_by_its_marker(
    operation: str, body: Any, model: str, stub: Stub
) -> None:
    """api_facts 8.3."""
    module = importlib.import_module(f"quantconnect_client.api.{operation}")
    stub.says(body)
    with Client(stub.url) as client:
        found = module.sync(client=client, **arguments(module))
    assert type(found).__name__ == model
    assert set(found.to_dict()) == set(body)


def test_the_example_of_the_package_runs(stub: Stub) -> None:
    stub.says({"projects": [{"projectId": 1, "modified": TEXT}], "success": True})
    text = inspect.cleandoc(quantconnect_client.__doc__ or "").partition("\n\n")[2].partition("\n\nEvery ")[0]
    example = textwrap.dedent(text).replace("Client(auth=auth)", f"Client({stub.url!r}, auth=auth)")
    assert stub.url in example
    namespace: dict[str, Any] = {}
    exec(example, namespace)  # noqa: S102 - our own text
    assert namespace["answer"].projects[0].modified == DATE


def test_the_signature_is_imported_without_the_models() -> None:
    """The server signs with it and must start fast."""
    loaded = "[name for name in sys.modules if name.startswith('quantconnect_client.models')]"
    code = f"import sys, quantconnect_client.auth; print({loaded})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_nothing_that_was_generated_needs_more_than_attrs_and_httpx2() -> None:
    imported = set()
    for path in (ROOT / "generated" / "quantconnect_client").rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(("import ", "from ")) and not line.startswith("from ."):
                imported.add(line.split()[1].partition(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"attrs", "httpx2"}
