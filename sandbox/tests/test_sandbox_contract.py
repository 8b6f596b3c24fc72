"""The sandbox keeps to spec/quantconnect.yaml: its answers fit, and what that allows to ask is answered."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import httpx2
import pytest
import yaml
from contract_account import SUCCEEDING, Account
from contract_keys import undeclared
from contract_requests import requests, variants
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.transport.serving import running
from sandbox_calls import SPEC, fits

SCOPES = SPEC.parents[1] / "scopes.yaml"
DOCUMENT = yaml.safe_load(SPEC.read_text("utf-8"))
PATHS = sorted(DOCUMENT["paths"])
QUERIED = sorted(path for path, item in DOCUMENT["paths"].items() if "get" in item)
EXAMPLES = int(os.environ.get("TEST_CONTRACT_EXAMPLES", "6"))
"""Requests per endpoint."""
EFFECTS = {
    path: grant["effect"] for path, grant in yaml.safe_load(SCOPES.read_text("utf-8"))["endpoints"].items()
}
BODIES = {
    path: content["schema"]
    for path in PATHS
    for content in DOCUMENT["paths"][path]["post"].get("requestBody", {}).get("content", {}).values()
}


@pytest.fixture(scope="module")
def accounts() -> Iterator[Callable[[], Account]]:
    """Makes accounts, on a sandbox of their own: these tests turn its clock."""
    with running(Configuration(port=0, speed=0)) as url, httpx2.Client(timeout=30) as http:
        yield lambda: Account.seeded(url, http)


@pytest.fixture(scope="module")
def spare() -> list[Account]:
    """An account that nobody changed so far, if there is one."""
    return []


@pytest.fixture
def account(
    accounts: Callable[[], Account], spare: list[Account], path: str, request: pytest.FixtureRequest
) -> Iterator[Account]:
    account = spare.pop() if spare else accounts()
    yield account
    account.turn_clock(0)
    if EFFECTS.get(path, "read") == "read":
        spare.append(account)


def test_every_endpoint_of_the_specification_has_arguments_that_succeed() -> None:
    assert sorted(SUCCEEDING) == PATHS


@pytest.mark.parametrize("path", PATHS)
def test_a_success_fits_its_schema(account: Account, path: str) -> None:
    arguments = SUCCEEDING[path](account)
    if path in BODIES:
        # What succeeds is what the specification allows.
        _validator(path).validate(arguments)
    answer = _sent(account, path, arguments)
    if path == "/live/auth0/authorize":
        assert (answer.status_code, answer.content) == (302, b"")
        assert answer.headers["Location"].startswith("http")
        return
    assert answer.status_code == 200
    body = answer.json()
    assert body.get("success", True) is True, body
    fits(path, body)
    content = DOCUMENT["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]
    found = set(undeclared(content["schema"], body, DOCUMENT["components"]))
    assert found == set()


@pytest.mark.parametrize("path", QUERIED)
def test_a_query_is_answered_as_the_body_is(account: Account, path: str) -> None:
    arguments = SUCCEEDING[path](account)
    declared = {each["name"] for each in DOCUMENT["paths"][path]["get"].get("parameters", [])}
    assert set(arguments) <= declared
    answer = account.caller.get(path, **arguments)
    assert answer == _sent(account, path, arguments).json()


@pytest.mark.parametrize("path", sorted(BODIES))
def test_no_request_that_the_schema_allows_crashes_the_sandbox(account: Account, path: str) -> None:
    made = requests(BODIES[path], DOCUMENT["components"]["schemas"], account.known())
    near = variants(SUCCEEDING[path](account), made).filter(_validator(path).is_valid)

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(made, near))
    def answered(arguments: dict[str, Any]) -> None:
        answer = _sent(account, path, arguments)
        if path == "/live/auth0/authorize" and answer.status_code in (302, 404):
            return
        assert answer.status_code == 200, (arguments, answer.status_code, answer.text[:300])
        fits(path, answer.json())

    answered()


def _sent(account: Account, path: str, arguments: dict[str, Any]) -> httpx2.Response:
    caller = account.caller
    if path != "/object/set":
        # Escaped, so that halves of surrogate pairs can be sent too.
        headers = {**caller.headers(), "Content-Type": "application/json"}
        return caller.http.post(caller.url + path, content=json.dumps(arguments), headers=headers)
    texts = {key: str(value).encode("utf-8", "replace") for key, value in arguments.items()}
    content = texts.pop("objectData", b"content")
    return caller.http.post(
        caller.url + path,
        data={key: text.decode() for key, text in texts.items()},
        files={"objectData": ("object", content)},
        headers=caller.headers(),
    )


@cache
def _validator(path: str) -> Draft202012Validator:
    return Draft202012Validator({"components": DOCUMENT["components"], **BODIES[path]})
