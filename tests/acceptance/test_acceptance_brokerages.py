"""create_live_algorithm: what a brokerage or data provider needs is said exactly, and accepted if complete.

The wire schema only names the variants; spec/quantconnect.yaml says what each needs, and these tests read it
there.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from acceptance_server import Server
from attrs import frozen
from furnished_account import PAPER, Account

LEAN: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "spec" / "lean.json").read_text("utf-8")
)
SPEC = Path(__file__).resolve().parents[2] / "spec" / "quantconnect.yaml"
SCHEMAS: dict[str, Any] = yaml.load(SPEC.read_text("utf-8"), Loader=yaml.CSafeLoader)["components"]["schemas"]
REQUEST = SCHEMAS["CreateLiveAlgorithmRequest"]["properties"]
TEXTS = {"string": "something", "integer": 7, "number": 1.5, "array": [], "object": {}}
KINDS = {"string": 7, "integer": "seven", "array": "none"}
"""For each type a value of another."""


@frozen
class Variant:
    """Settings of one brokerage or data provider."""

    name: str
    schema: dict[str, Any]
    place: str
    """`brokerage`, or `dataProviders.` with a provider's name."""

    def __str__(self) -> str:
        return f"{self.place}-{self.name}"

    def given(self, value: dict[str, Any]) -> dict[str, Any]:
        """Arguments of the tool, with the value at its place."""
        _, _, key = self.place.partition(".")
        return {"brokerage": PAPER, "dataProviders": {key: value}} if key else {"brokerage": value}

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

    @property
    def full(self) -> dict[str, Any]:
        """With every setting that there is, as the LEAN command line sends them: all as text."""
        names = [name for name in self.schema["properties"] if name not in self.told_by]
        return {**self.told_by, **{name: self._value(name) for name in names}}

    def told(self, name: str) -> str:
        """What a call without a field is told: also which values there are, so that the next call fits."""
        values = self.schema["properties"][name].get("enum")
        return f"- {self.place}.{name}: required, and missing" + (
            f"; one of: {', '.join(values)}" if values else ""
        )

    def _value(self, name: str) -> Any:
        part = self.schema["properties"][name]
        kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
        return part["enum"][-1] if "enum" in part else TEXTS[kinds[-1]]


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


BROKERAGES = [Variant(named(each), joined(each), "brokerage") for each in REQUEST["brokerage"]["oneOf"]]
PROVIDERS = [
    Variant(named(each), joined(each), f"dataProviders.{key}")
    for key, reference in REQUEST["dataProviders"]["properties"].items()
    for each in reference.get("oneOf", [reference])
]
VARIANTS = [*BROKERAGES, *PROVIDERS]
NEEDY = [each for each in VARIANTS if each.missing]
KNOWN = ", ".join(dict.fromkeys(each.told_by["id"] for each in BROKERAGES))


def test_each_brokerage_and_provider_of_the_lean_command_line_is_a_variant_that_is_tested() -> None:
    assert set(LEAN["brokerages"].values()) <= {each.told_by["id"] for each in BROKERAGES}
    assert set(LEAN["providers"].values()) <= set(REQUEST["dataProviders"]["properties"])


@pytest.mark.parametrize("option", sorted(set(LEAN["options"]) - set(LEAN["sent"]) - set(LEAN["apart"])))
def test_each_option_of_the_lean_command_line_is_a_setting_with_its_choices(option: str) -> None:
    kind = LEAN["options"][option]
    parts = [each.schema["properties"][option] for each in VARIANTS if option in each.schema["properties"]]
    choices = {value for part in parts for value in part.get("enum", ())}
    wanted = {"TEXT": set(), "INTEGER": set(), "BOOLEAN": {"True", "False"}}
    assert choices == wanted.get(kind, set(kind.split("|")))
    assert all("string" in part["type"] for part in parts), "it sends text"


def test_the_other_options_of_the_lean_command_line_become_arguments_or_are_listed_with_a_reason() -> None:
    assert all(LEAN["apart"].values())
    sent = {name.split(".")[0] for name in LEAN["sent"].values() if name}
    assert sent <= set(REQUEST)
    assert set(LEAN["sent"]) | set(LEAN["apart"]) <= set(LEAN["options"])


def refused(server: Server, account: Account, **settings: Any) -> list[str]:
    """The lines that a model reads of a call that is good but for these settings."""
    arguments = {
        "projectId": account.project,
        "compileId": account.build,
        "nodeId": "LN-1",
        "versionId": "-1",
    }
    server.asked()
    first, *lines = server.no("create_live_algorithm", **arguments, **settings).splitlines()
    assert first == "The arguments do not fit create_live_algorithm, so nothing was sent:"
    assert server.asked() == []
    return lines


def test_all_brokerages_but_paper_need_something() -> None:
    assert [each.name for each in BROKERAGES if not each.missing] == ["QuantConnectBrokerageSettings"]


@pytest.mark.parametrize("variant", NEEDY, ids=str)
def test_a_model_is_told_exactly_what_is_missing(server: Server, account: Account, variant: Variant) -> None:
    lines = refused(server, account, **variant.given(variant.told_by))
    assert lines == [variant.told(name) for name in variant.missing]
    for name in variant.missing:
        rest = {key: value for key, value in variant.complete.items() if key != name}
        assert refused(server, account, **variant.given(rest)) == [variant.told(name)]


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_complete_settings_are_accepted_and_deployed(
    server: Server, account: Account, variant: Variant
) -> None:
    for settings in (variant.complete, variant.full):
        deploying = {**account.deploying(account.project), **variant.given(settings)}
        assert server.ok("create_live_algorithm", **deploying)["deployId"].startswith("L-")
        server.caller.ok("/live/update/stop", projectId=account.project)


@pytest.mark.parametrize("variant", NEEDY, ids=str)
def test_a_value_of_the_wrong_type_is_named_by_its_place_and_not_repeated(
    server: Server, account: Account, variant: Variant
) -> None:
    name = next(
        each for each in variant.missing if isinstance(variant.schema["properties"][each]["type"], str)
    )
    kind = variant.schema["properties"][name]["type"]
    lines = refused(server, account, **variant.given({**variant.complete, name: KINDS[kind]}))
    assert f"- {variant.place}.{name}: must be {kind}, not" in "\n".join(lines)
    assert "seven" not in "\n".join(lines)
    assert all(line.startswith(f"- {variant.place}.{name}: ") for line in lines)


def test_what_else_the_lean_command_line_sends_reaches_the_api(server: Server, account: Account) -> None:
    targets = [
        {"address": "sam@sandbox.invalid", "subject": "fills"},
        {"address": "https://sandbox.invalid/hook", "headers": {"X-Any": "value"}},
        {"phoneNumber": "+15550100"},
        {"id": "1234", "token": "bot"},
    ]
    notification = {"events": ["orderEvent"], "targets": targets}
    deploying = account.deploying(account.project)
    server.ok("create_live_algorithm", **deploying, automaticRedeploy=True, notification=notification)
    form = server.ok("read_project", projectId=account.project)["projects"][0]["liveForm"]
    assert (form["autoRestart"], form["notifyOrderEvents"], form["notifyInsights"]) == (
        "true",
        "true",
        "false",
    )
    lines = refused(server, account, brokerage=PAPER, notification={"events": ["fill"], "targets": [{}]})
    assert lines == ["- notification.events[0]: must be one of: orderEvent, insight"]
    answer = server.ok("authorize_connection", brokerage="charlesschwab", userId="sam")
    assert answer["authorization"]


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
def test_an_unknown_brokerage_is_answered_with_the_known_ones(
    server: Server, account: Account, id_: dict[str, str], state: str
) -> None:
    assert refused(server, account, brokerage=id_) == [f"- brokerage.id: {state} one of: {KNOWN}"]
