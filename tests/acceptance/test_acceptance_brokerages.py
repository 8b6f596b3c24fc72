"""create_live_algorithm: what each brokerage and data provider needs is said exactly, and taken if complete.

The wire schema only names the variants; spec/quantconnect.yaml says what each needs, and these tests read it
there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from acceptance_account import PAPER, Account
from acceptance_server import Server
from attrs import frozen

SPEC = Path(__file__).resolve().parents[2] / "spec" / "quantconnect.yaml"
SCHEMAS: dict[str, Any] = yaml.load(SPEC.read_text("utf-8"), Loader=yaml.CSafeLoader)["components"]["schemas"]
REQUEST = SCHEMAS["CreateLiveAlgorithmRequest"]["properties"]
TEXTS = {"string": "something", "integer": 7, "number": 1.5, "array": []}
KINDS = {"string": 7, "integer": "seven", "array": "none"}
"""For each type a value of another."""


@frozen
class Variant:
    """Settings of one brokerage or data provider."""

    name: str
    schema: dict[str, Any]
    key: str = ""
    """The data provider's name in `dataProviders`."""

    @property
    def told_by(self) -> dict[str, Any]:
        """What tells it from the others: its id, and the exchange of the four that share one."""
        marks = ("id", "binance-exchange-name")
        return {mark: self.schema["properties"][mark]["enum"][0] for mark in marks if mark in self.required}

    @property
    def required(self) -> list[str]:
        return self.schema["required"]

    @property
    def missing(self) -> list[str]:
        return sorted(set(self.required) - set(self.told_by))

    @property
    def complete(self) -> dict[str, Any]:
        return {**self.told_by, **{name: self._value(name) for name in self.missing}}

    def told(self, name: str) -> str:
        """What a call without a field is told: also which values there are, so that the next call fits."""
        values = self.schema["properties"][name].get("enum")
        return f"{name}: required, and missing" + (f"; one of: {', '.join(values)}" if values else "")

    def _value(self, name: str) -> Any:
        part = self.schema["properties"][name]
        return part["enum"][-1] if "enum" in part else TEXTS[part["type"]]


def joined(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with what it refers to and consists of."""
    if "$ref" in schema:
        return joined(SCHEMAS[schema["$ref"].rsplit("/", 1)[-1]])
    whole: dict[str, Any] = {"properties": {}, "required": []}
    for part in [*map(joined, schema.get("allOf", [])), schema]:
        whole["properties"].update(part.get("properties", {}))
        whole["required"] += part.get("required", [])
    return whole


def named(reference: dict[str, Any]) -> str:
    return str(reference["$ref"].rsplit("/", 1)[-1])


BROKERAGES = [Variant(named(each), joined(each)) for each in REQUEST["brokerage"]["oneOf"]]
PROVIDERS = [
    Variant(named(each), joined(each), key)
    for key, reference in REQUEST["dataProviders"]["properties"].items()
    for each in reference.get("oneOf", [reference])
]
NEEDY = [each for each in BROKERAGES if each.missing]
KNOWN = ", ".join(dict.fromkeys(each.told_by["id"] for each in BROKERAGES))


def refused(server: Server, account: Account, **settings: Any) -> list[str]:
    """The lines that a model reads of a call that is good but for these settings."""
    arguments = {
        "projectId": account.project,
        "compileId": account.build,
        "nodeId": "LN-1",
        "versionId": "-1",
    }
    before = server.requests()
    first, *lines = server.no("create_live_algorithm", **arguments, **settings).splitlines()
    assert first == "The arguments do not fit create_live_algorithm, so nothing was sent:"
    assert server.requests() == before
    return lines


def test_there_are_twenty_brokerages_and_all_but_paper_need_something() -> None:
    assert len(BROKERAGES) == 20
    assert [each.name for each in BROKERAGES if not each.missing] == ["QuantConnectBrokerageSettings"]
    assert len(PROVIDERS) == 17


@pytest.mark.parametrize("variant", NEEDY, ids=lambda variant: variant.name)
def test_a_brokerage_with_its_id_alone_is_told_exactly_what_is_missing(
    server: Server, account: Account, variant: Variant
) -> None:
    lines = refused(server, account, brokerage=variant.told_by)
    assert lines == [f"- brokerage.{variant.told(name)}" for name in variant.missing]


@pytest.mark.parametrize("variant", NEEDY, ids=lambda variant: variant.name)
def test_each_of_its_fields_is_insisted_on_by_itself(
    server: Server, account: Account, variant: Variant
) -> None:
    for name in variant.missing:
        rest = {key: value for key, value in variant.complete.items() if key != name}
        assert refused(server, account, brokerage=rest) == [f"- brokerage.{variant.told(name)}"]


@pytest.mark.parametrize("variant", BROKERAGES, ids=lambda variant: variant.name)
def test_a_complete_brokerage_is_taken_and_deployed(
    server: Server, account: Account, variant: Variant
) -> None:
    deploying = {**account.deploying(account.project), "brokerage": variant.complete}
    assert server.ok("create_live_algorithm", **deploying)["deployId"].startswith("L-")
    server.ok("stop_live_algorithm", projectId=account.project)


@pytest.mark.parametrize("variant", NEEDY, ids=lambda variant: variant.name)
def test_a_value_of_the_wrong_kind_is_named_with_its_place_and_not_repeated(
    server: Server, account: Account, variant: Variant
) -> None:
    name = variant.missing[0]
    part = variant.schema["properties"][name]
    wrong = {**variant.complete, name: KINDS[part["type"]]}
    lines = refused(server, account, brokerage=wrong)
    assert f"- brokerage.{name}: must be {part['type']}, not" in "\n".join(lines)
    assert "seven" not in "\n".join(lines)
    assert all(line.startswith(f"- brokerage.{name}: ") for line in lines)


def test_the_four_exchanges_of_one_brokerage_are_named(server: Server, account: Account) -> None:
    exchanges = [each.told_by["binance-exchange-name"] for each in BROKERAGES if len(each.told_by) > 1]
    assert len(exchanges) == 4
    assert refused(server, account, brokerage={"id": "BinanceBrokerage"}) == [
        "- brokerage.binance-exchange-name: required, and missing; one of: " + ", ".join(exchanges)
    ]
    assert refused(server, account, brokerage={"id": "BinanceBrokerage", "binance-exchange-name": "X"}) == [
        "- brokerage.binance-exchange-name: must be one of: " + ", ".join(exchanges)
    ]


@pytest.mark.parametrize(("id_", "state"), [({}, "required, and missing;"), ({"id": "Zerodha"}, "must be")])
def test_a_brokerage_that_there_is_not_is_answered_with_those_there_are(
    server: Server, account: Account, id_: dict[str, str], state: str
) -> None:
    assert refused(server, account, brokerage=id_) == [f"- brokerage.id: {state} one of: {KNOWN}"]


@pytest.mark.parametrize("variant", PROVIDERS, ids=lambda variant: f"{variant.key}-{variant.name}")
def test_a_data_provider_is_told_what_is_missing_and_taken_if_complete(
    server: Server, account: Account, variant: Variant
) -> None:
    incomplete = {variant.key: variant.told_by}
    if variant.missing:
        place = f"- dataProviders.{variant.key}."
        lines = refused(server, account, brokerage=PAPER, dataProviders=incomplete)
        assert lines == [f"{place}{variant.told(name)}" for name in variant.missing]
    deploying = {**account.deploying(account.project), "dataProviders": {variant.key: variant.complete}}
    server.ok("create_live_algorithm", **deploying)
    server.ok("stop_live_algorithm", projectId=account.project)
