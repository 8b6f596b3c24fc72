"""The sandbox keeps to spec/quantconnect.yaml: its answers fit, and what that allows to ask is answered."""

import json
import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx2
import pytest
import yaml
from contract_keys import composed, undeclared
from contract_requests import variants
from furnished_account import Account
from good_calls import GOOD_CALLS, calls_of
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from quantconnect_sandbox.configuration import Configuration
from quantconnect_sandbox.endpoints import ENDPOINTS
from quantconnect_sandbox.transport.serving import running
from sandbox_calls import SPEC, fits

DOCUMENT = yaml.load(SPEC.read_text("utf-8"), Loader=yaml.CSafeLoader)
PATHS = sorted(DOCUMENT["paths"])
QUERIED = sorted(path for path, item in DOCUMENT["paths"].items() if "get" in item)
AUTHORIZE = "/live/auth0/authorize"
"""Answers with a redirect."""
EXAMPLES = int(os.environ.get("TEST_CONTRACT_EXAMPLES", "1"))
"""Requests per endpoint."""
IDS = {"projectId", "compileId", "backtestId", "optimizationId", "libraryId", "jobId", "organizationId"}
IDS |= {"collaboratorUserId", "collaboratorId", "algorithmId", "nodeId"}
OPTIONAL = {
    ("/projects/read", "projectId"),
    ("/projects/create", "organizationId"),
    ("/optimizations/estimate", "compileId"),
}
BODIES = {
    path: content["schema"]
    for path in PATHS
    for content in DOCUMENT["paths"][path]["post"].get("requestBody", {}).get("content", {}).values()
}


@pytest.fixture(scope="module")
def furnished() -> Iterator[Account]:
    """On a sandbox of its own: these tests turn the clock."""
    with running(Configuration(port=0, speed=0)) as url, httpx2.Client(timeout=30) as http:
        yield Account.new(url, http)


@pytest.fixture
def account(furnished: Account) -> Iterator[Account]:
    yield furnished
    furnished.turn_clock(0)


def test_the_sandbox_answers_every_endpoint_of_the_specification() -> None:
    missing = sorted(set(PATHS) - set(ENDPOINTS))
    assert missing == [], "write them in sandbox/quantconnect_sandbox/endpoints/, with their lines in ROUTES"
    assert sorted(set(GOOD_CALLS) - set(PATHS)) == [], "remove them from sandbox/tests/good_calls.py"


@pytest.mark.parametrize("path", PATHS)
def test_a_success_fits_its_schema(account: Account, path: str) -> None:
    for call in calls_of(path):
        arguments = call(account)
        if path in BODIES:
            # What succeeds is what the specification allows.
            _validator(path).validate(arguments)
        answer = account.send(path, arguments)
        if path == AUTHORIZE:
            assert (answer.status_code, answer.content) == (302, b"")
            assert answer.headers["Location"].startswith("http")
            continue
        assert answer.status_code == 200
        body = answer.json()
        assert body.get("success", True) is True, body
        fits(path, body)
        content = DOCUMENT["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]
        assert set(undeclared(content["schema"], body, DOCUMENT["components"])) == set()


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_id_is_refused(account: Account, path: str) -> None:
    for call in calls_of(path):
        arguments = call(account)
        for name in IDS & set(arguments):
            blanks = () if (path, name) in OPTIONAL else ("", None)
            for unknown in (-1, "0" * 32, *blanks):
                body = account.caller(path, **{**arguments, name: unknown})
                assert body["success"] is False, (arguments, name, unknown)


@pytest.mark.parametrize("path", QUERIED)
def test_a_query_is_answered_as_the_body_is(account: Account, path: str) -> None:
    declared = {each["name"] for each in DOCUMENT["paths"][path]["get"].get("parameters", [])}
    for call in calls_of(path):
        arguments = call(account)
        assert set(arguments) <= declared
        assert account.caller.get(path, **arguments) == account.send(path, arguments).json()


@pytest.mark.parametrize("path", sorted(BODIES))
def test_no_request_that_the_schema_allows_crashes_the_sandbox(account: Account, path: str) -> None:
    bases = [call(account) for call in calls_of(path)]
    account.turn_clock(0)
    whole = composed(BODIES[path], bases[0], DOCUMENT["components"])
    names = sorted({name for part in whole for name in part.get("properties", {})})
    near = st.one_of(*(variants(base, names) for base in bases)).filter(_validator(path).is_valid)

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(near)
    def answered(arguments: dict[str, Any]) -> None:
        answer = _sent(account, path, arguments)
        if path == AUTHORIZE and answer.status_code in (302, 404):
            return
        assert answer.status_code == 200, (arguments, answer.status_code, answer.text[:300])
        fits(path, answer.json())

    answered()


def _sent(account: Account, path: str, arguments: dict[str, Any]) -> httpx2.Response:
    if path == "/object/set":
        return account.send(path, arguments)
    caller = account.caller
    # Escaped, so that halves of surrogate pairs can be sent too.
    headers = {**caller.headers(), "Content-Type": "application/json"}
    return caller.http.post(caller.url + path, content=json.dumps(arguments), headers=headers)


@cache
def _validator(path: str) -> Draft202012Validator:
    return Draft202012Validator({"components": DOCUMENT["components"], **BODIES[path]})
