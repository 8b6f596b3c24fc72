"""Every operation of the typed client against the sandbox: refused to others, then typed in and typed out."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from client_answers import departures, same, undescribed
from client_operations import answers, endpoint, names, operation, typed
from furnished_account import Account
from good_calls import calls_of
from quantconnect_client import Client, File, QuantConnectAuth, Response, models
from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.transport.serving import running

EVERY_BYTE = bytes(range(256))
AUTHORIZATION = "live.start_authorization"
"""Answers with a redirect."""
NAMING = {"projectId", "organizationId", "optimizationId"}
"""Arguments that name something of somebody; each other call is about the caller's own."""
UNKNOWN = ("Project not found", "Organization not found", "Optimization not found")
BESIDE = {
    "backtest.runtime_statistics.Sandbox",
    "backtests[].note",
    "count",
    "projectId",
    "projects[].live_form.brokerage_data.id",
    *(f"optimization.{name}" for name in ("cloneId", "created", "psr", "sharpeRatio", "trades")),
}
"""Names that the sandbox sends though the specification does not have them."""


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with running(Configuration(port=0, speed=0)) as url, httpx2.Client(timeout=30) as http:
        yield Account.new(url, http)


def signed(account: Account, token: str = "") -> Client:
    caller = account.caller
    return Client(caller.url, auth=QuantConnectAuth(str(caller.user), token or caller.token))


@pytest.fixture(scope="module")
def client(account: Account) -> Iterator[Client]:
    with signed(account) as client:
        yield client


@pytest.fixture(scope="module")
def forger(account: Account) -> Iterator[Client]:
    """The account's user with a wrong token."""
    with signed(account, "wrong") as client:
        yield client


@pytest.fixture(scope="module")
def stranger(account: Account) -> Iterator[Client]:
    """Somebody of another organization, with an account of their own."""
    with signed(Account.new(account.caller.url, account.caller.http)) as client:
        yield client


def held(account: Account) -> list[Any]:
    """What the account has, as the API tells it: projects with their people and times, objects."""
    asked = {"/projects/read": {}, "/object/list": account.in_organization()}
    return [account.caller.send(path, arguments).json() for path, arguments in asked.items()]


def check(name: str, answer: Response[Any]) -> Any:
    """Return an answer that is decoded as promised, and whole."""
    found = answer.parsed
    assert answer.status_code == 200
    assert type(found).__name__ in answers(operation(name))
    assert list(departures(found, type(found))) == []
    assert set(undescribed(found)) <= BESIDE
    assert same(json.loads(answer.content), found.to_dict())
    return found


def refusal(name: str, answer: Response[Any]) -> str:
    found = check(name, answer)
    assert found.success is False
    (error,) = found.errors
    return str(error)


@pytest.mark.parametrize("name", sorted({*names()} - {AUTHORIZATION}))
def test_a_call_is_refused_to_others_and_then_succeeds_as_if_they_had_not_asked(
    name: str, account: Account, client: Client, forger: Client, stranger: Client
) -> None:
    module = operation(name)
    mine = {account.caller.organization, account.deployment, str(account.project), str(account.trading)}
    called = 0
    for call in calls_of(endpoint(module)[1]):
        try:
            arguments = call(account)
            if (request := typed(module, arguments)) is None:
                continue
            called += 1
            before = held(account)
            error = refusal(name, module.sync_detailed(client=forger, **request))
            assert error.startswith("Hash doesn't match. Check the API token")
            theirs = module.sync_detailed(client=stranger, **request)
            if NAMING & set(arguments):
                assert refusal(name, theirs).startswith(UNKNOWN)
            assert [each for each in mine if each in theirs.content.decode()] == []
            assert held(account) == before
            found = check(name, module.sync_detailed(client=client, **request))
            assert found.success is True or name.startswith("ai.")
        finally:
            account.turn_clock(0)
    assert called, f"good_calls.py has no call that fits {name}"


def test_an_authorization_is_a_redirect_for_somebody_who_can_sign(
    account: Account, client: Client, forger: Client
) -> None:
    module = operation(AUTHORIZATION)
    request = typed(module, {"brokerage": "alpaca"})
    refused = module.sync_detailed(client=forger, **request)
    assert (refused.status_code, json.loads(refused.content)["success"]) == (200, False)
    answer = module.sync_detailed(client=client, **request)
    assert (answer.status_code, answer.parsed) == (302, None)
    assert answer.headers["Location"].startswith("http")


def test_an_unknown_user_is_told(account: Account) -> None:
    with Client(account.caller.url, auth=QuantConnectAuth("1", "wrong")) as client:
        answer = operation("account.authenticate").sync(client=client)
    assert answer.success is False
    assert answer.errors[0].startswith("UserID not valid")


def test_every_byte_is_uploaded_from_memory_and_from_an_open_file_and_comes_back(
    account: Account, client: Client, tmp_path: Path
) -> None:
    path = tmp_path / "bytes.bin"
    path.write_bytes(EVERY_BYTE)
    organization = account.caller.organization
    with path.open("rb") as file:
        for key, content in (("bytes/a.bin", File(EVERY_BYTE)), ("bytes/b.bin", File(file))):
            body = models.ObjectStoreBinaryFile(organization, key, content)
            assert operation("objects.upload_object").sync(client=client, body=body).success is True
    get = operation("objects.get_objects")
    asked = models.GetObjectStoreJobIdRequest(organization, ["bytes"])
    job = get.sync(client=client, body=asked).job_id
    url = get.sync(client=client, body=models.GetObjectStoreURLRequest(organization, job)).url
    with zipfile.ZipFile(io.BytesIO(account.caller.http.get(url).content)) as downloaded:
        contents = {name: downloaded.read(name) for name in downloaded.namelist()}
    assert contents == {"bytes/a.bin": EVERY_BYTE, "bytes/b.bin": EVERY_BYTE}
