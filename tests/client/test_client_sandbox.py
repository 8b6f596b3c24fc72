"""Every operation of the typed client, called against the sandbox: typed in, typed out, blocking and not."""

from __future__ import annotations

import asyncio
import io
import json
import types
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from client_account import EVERY_BYTE, KEY, Account, opened, tag_and_name
from client_answers import answers, departures, operation, operations, same, undescribed
from client_requests import REQUESTS
from quantconnect_client import Client, Response, models

AUTHORIZATION = "live.start_authorization"
BESIDE = {
    "backtests.list_backtests": {"backtests[].note"},
    "live.read_live_algorithm": {"projectId"},
    "live.read_live_algorithm_by_get": {"projectId"},
    "optimizations.create_optimization": {"count"},
    "optimizations.list_optimizations": {"count"},
    "optimizations.read_optimization": {
        f"optimization.{name}" for name in ("cloneId", "created", "psr", "sharpeRatio", "trades")
    },
    "projects.read_projects_by_get": {"projects[].live_form.brokerage_data.id"},
}
"""Names that the sandbox sends though the specification does not have them."""


@pytest.fixture(scope="module")
def account(sandbox: str) -> Iterator[Account]:
    with opened(sandbox) as account:
        yield account


def test_every_operation_has_a_request() -> None:
    assert {tag_and_name(module) for module in operations()} == {*REQUESTS, AUTHORIZATION}
    assert len(REQUESTS) + 1 == 76


@pytest.mark.parametrize("name", REQUESTS)
def test_a_call_is_answered_by_the_promised_model(name: str, account: Account) -> None:
    module = operation(name)
    arguments = REQUESTS[name].arguments(account)
    try:
        answer = module.sync_detailed(client=account.client, **arguments)
    finally:
        account.turn_clock(0)
    judge(name, module, answer)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_call_that_does_not_block_is_answered_alike(name: str, account: Account) -> None:
    module = operation(name)
    arguments = REQUESTS[name].arguments(account)

    async def call() -> Response[Any]:
        async with Client(account.client.base_url, auth=account.client.auth) as client:
            return await module.asyncio_detailed(client=client, **arguments)

    try:
        answer = asyncio.run(call())
    finally:
        account.turn_clock(0)
    judge(name, module, answer)


def judge(name: str, module: types.ModuleType, answer: Response[Any]) -> None:
    """Fails unless the answer is a success, decoded as promised, and whole."""
    found = answer.parsed
    assert answer.status_code == 200
    assert type(found).__name__ == REQUESTS[name].answers
    assert REQUESTS[name].answers in answers(module)
    assert found.success is True or name.startswith("ai.")
    assert list(departures(found, type(found))) == []
    assert set(undescribed(found)) <= BESIDE.get(name, set())
    assert same(json.loads(answer.content), found.to_dict())


def test_starting_an_authorization_is_a_redirect(account: Account) -> None:
    module = operation(AUTHORIZATION)
    answer = module.sync_detailed(client=account.client, body=account.consenting())
    assert (answer.status_code, answer.parsed) == (302, None)
    assert answer.headers["Location"].startswith("http")


def test_every_byte_is_uploaded_and_comes_back_in_the_zip(account: Account) -> None:
    account.ask("objects.upload_object", body=account.uploading("bytes.bin", EVERY_BYTE * 3))
    job = models.GetObjectStoreURLRequest(account.organization, account.download(KEY, "bytes.bin"))
    url = account.ask("objects.get_objects", body=job).url
    with zipfile.ZipFile(io.BytesIO(httpx2.get(url).content)) as downloaded:
        held = {name: downloaded.read(name) for name in downloaded.namelist()}
    assert held == {KEY: EVERY_BYTE, "bytes.bin": EVERY_BYTE * 3}


def test_an_upload_from_an_open_file_is_the_same(account: Account, tmp_path: Path) -> None:
    path = tmp_path / "bytes.bin"
    path.write_bytes(EVERY_BYTE)
    with path.open("rb") as file:
        body = account.uploading("from file.bin")
        body.object_data.payload = file
        account.ask("objects.upload_object", body=body)
    properties = {}
    for key in (KEY, "from file.bin"):
        asked = models.GetObjectStorePropertiesRequest(account.organization, key)
        properties[key] = account.ask("objects.read_object_properties", body=asked).metadata
    assert properties["from file.bin"].md5 == properties[KEY].md5
    assert properties["from file.bin"].size == 256


def test_a_get_and_a_post_answer_alike(account: Account) -> None:
    asked = {"project_id": account.project, "backtest_id": account.backtest}
    by_get = account.ask("backtests.read_backtest_by_get", **asked)
    by_post = account.ask("backtests.read_backtest", body=models.ReadBacktestRequest(**asked))
    assert by_get == by_post
    assert by_get.backtest.status is models.BacktestStatus("Completed.")
