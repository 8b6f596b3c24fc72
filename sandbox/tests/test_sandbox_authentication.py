"""Who may call: signatures as the API checks them (api-facts 2.1)."""

import base64
import time

import httpx2
import pytest
from attrs import evolve
from sandbox_calls import Caller


def test_a_wrong_token_is_told_that_the_hash_does_not_match(alice: Caller) -> None:
    assert evolve(alice, token="other").no("/authenticate").startswith("Hash doesn't match.")


@pytest.mark.parametrize("user", [999_999_999, 0])
def test_an_unknown_user_is_told_so(alice: Caller, user: int) -> None:
    assert evolve(alice, user=user).no("/authenticate").startswith("UserID not valid")


def test_somebody_without_a_token_cannot_sign_with_an_empty_one(sandbox: str) -> None:
    colleague = Caller(sandbox, 10002, "")
    assert colleague.no("/authenticate").startswith("Hash doesn't match.")
    colleague.http.close()


@pytest.mark.parametrize(
    "header", ["", "Bearer abc", "Basic ???", "Basic " + base64.b64encode(b"no colon").decode()]
)
def test_malformed_signature_is_refused(caller: Caller, header: str) -> None:
    headers = {"Authorization": header, "Timestamp": str(int(time.time()))}
    assert httpx2.post(caller.url + "/authenticate", headers=headers, json={}).json()["success"] is False


@pytest.mark.parametrize("stamp", ["", "0", "soon", "-5", "1e9"])
def test_a_missing_or_zero_timestamp_is_received_as_0(alice: Caller, stamp: str) -> None:
    headers = {"Authorization": "Basic " + alice.basic(stamp), "Timestamp": stamp}
    answer = httpx2.post(alice.url + "/authenticate", headers=headers, json={})
    assert "received: 0" in answer.json()["errors"][0]


@pytest.mark.parametrize(("off", "good"), [(-7300, False), (-7100, True), (7100, True), (7300, False)])
def test_a_timestamp_holds_for_two_hours_in_both_directions(caller: Caller, off: int, good: bool) -> None:
    at = int(time.time()) + off
    answer = httpx2.post(caller.url + "/authenticate", headers=caller.headers(at), json={}).json()
    assert answer["success"] is good
    assert good or "timestamp" in answer["errors"][0]


def test_a_link_can_carry_the_signature_in_its_query(alice: Caller) -> None:
    number = alice.project()
    stamp = str(int(time.time()))
    query = {"authorization": alice.basic(stamp), "timestamp": stamp, "projectId": number}
    answer = httpx2.get(alice.url + "/projects/read", params=query)
    assert answer.json()["projects"][0]["projectId"] == number


def test_an_unsigned_request_does_not_learn_what_is_wrong_with_its_body(sandbox: str) -> None:
    answer = httpx2.post(sandbox + "/projects/read", content=b"{broken")
    assert "JSON" not in answer.json()["errors"][0]
