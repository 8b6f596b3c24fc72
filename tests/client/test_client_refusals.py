"""Every operation of the typed client, refused by the sandbox: a refusal is the promised model too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from client_account import Account, opened
from client_answers import answers, departures, operation, same
from client_requests import REQUESTS
from quantconnect_client import Client, QuantConnectAuth, Response, models

OWN = {
    name
    for name in REQUESTS
    if name.startswith(("account.", "server.", "ai."))
    or name in ("projects.read_projects_by_get", "live.list_live_algorithms", "live.read_authorization")
}
"""Operations that name nothing of anybody: each caller is answered with what is his own."""


@pytest.fixture(scope="module")
def account(sandbox: str) -> Iterator[Account]:
    with opened(sandbox) as account:
        yield account


@pytest.fixture(scope="module")
def stranger(sandbox: str) -> Iterator[Account]:
    """Somebody of another organization, with an account of his own."""
    with opened(sandbox) as account:
        yield account


def called(
    name: str, account: Account, auth: QuantConnectAuth, arguments: Mapping[str, Any]
) -> Response[Any]:
    """Make a call to the account's sandbox, signed by somebody."""
    with Client(account.client.base_url, auth=auth) as client:
        return operation(name).sync_detailed(client=client, **arguments)


def held(account: Account) -> list[bytes]:
    """Return what an account has, as the API tells it: projects with their people and times, objects."""
    objects = models.ListObjectStoreRequest(account.organization)
    return [
        operation("projects.read_projects_by_get").sync_detailed(client=account.client).content,
        operation("objects.list_object_store_files")
        .sync_detailed(client=account.client, body=objects)
        .content,
    ]


def refusal(name: str, answer: Response[Any]) -> str:
    """Return the one error of a refusal that is decoded as promised, and whole."""
    found = answer.parsed
    assert answer.status_code == 200
    assert type(found).__name__ == REQUESTS[name].answers
    assert REQUESTS[name].answers in answers(operation(name))
    assert found.success is False
    assert list(departures(found, type(found))) == []
    assert same(json.loads(answer.content), found.to_dict())
    (error,) = found.errors
    return str(error)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_call_is_refused_to_others_and_then_succeeds_as_if_they_had_not_asked(
    name: str, account: Account, stranger: Account
) -> None:
    arguments = REQUESTS[name].arguments(account)
    before = held(account)
    try:
        wrong = called(name, account, QuantConnectAuth(account.user, "wrong"), arguments)
        assert refusal(name, wrong).startswith("Hash doesn't match. Check the API token")
        if name not in OWN:
            error = refusal(name, called(name, account, stranger.client.auth, arguments))
            assert error.startswith(("Project not found", "Organization not found", "Optimization not found"))
        assert held(account) == before
        found = called(name, account, account.client.auth, arguments).parsed
        assert found.success is True or name.startswith("ai.")
    finally:
        account.turn_clock(0)


def test_what_names_nothing_shows_a_stranger_nothing_of_the_account(
    account: Account, stranger: Account
) -> None:
    mine = {account.organization, account.deployment, str(account.project), str(account.trading)}
    for name in sorted(OWN):
        arguments = REQUESTS[name].arguments(account)
        shown = called(name, account, stranger.client.auth, arguments).content.decode()
        assert [each for each in mine if each in shown] == [], name


def test_an_authorization_is_started_only_by_somebody_who_can_sign(account: Account) -> None:
    module = operation("live.start_authorization")
    with Client(account.client.base_url, auth=QuantConnectAuth(account.user, "wrong")) as client:
        answer = module.sync_detailed(client=client, body=account.consenting())
    assert answer.status_code == 200
    assert json.loads(answer.content)["success"] is False


def test_a_user_that_there_is_not_is_told(account: Account) -> None:
    with Client(account.client.base_url, auth=QuantConnectAuth("1", "wrong")) as client:
        answer = operation("account.authenticate").sync(client=client)
    assert answer.success is False
    assert answer.errors[0].startswith("UserID not valid")


def test_a_refusal_is_an_answer_that_needs_no_handling_of_its_own(account: Account) -> None:
    answer = operation("projects.read_projects").sync(
        client=account.client, body=models.ReadProjectRequest(project_id=-1)
    )
    assert isinstance(answer, models.ProjectListResponse)
    assert (answer.success, len(answer.errors)) == (False, 1)
