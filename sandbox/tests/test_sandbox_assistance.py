"""ai/tools/*, account, organisations, and what the LEAN CLI asks besides."""

from __future__ import annotations

import httpx2
import pytest
from quantconnect_sandbox.endpoints.templates import CSHARP
from sandbox_calls import ALGORITHM, FAILING, Caller

GOOD = [{"name": "main.py", "content": ALGORITHM}]
SHARP = [{"name": "Main.cs", "content": CSHARP}]


def file(content: str, name: str = "main.py") -> list[dict[str, str]]:
    return [{"name": name, "content": content}]


def test_good_code_has_no_syntax_errors_and_initializes(alice: Caller) -> None:
    for language, files in (("Py", GOOD), ("C#", SHARP)):
        checked = alice.ok("/ai/tools/syntax-check", language=language, files=files)
        assert (checked["state"], checked["payload"]) == ("End", [])
        assert "success" not in checked
        ready = alice.ok("/ai/tools/backtest-init", language=language, files=files)
        assert ready["state"] == "End"
        assert isinstance(ready["payload"], str)


def test_broken_code_is_told_with_its_line(alice: Caller) -> None:
    for language, files in (
        ("Py", file("x = (\n")),
        ("C#", file(CSHARP.replace("SetCash(100000);", "SetCash(100000"), "Main.cs")),
    ):
        checked = alice.ok("/ai/tools/syntax-check", language=language, files=files)
        assert checked["state"] == "Error"
        assert "Line:" in checked["payload"][0]
        assert alice.ok("/ai/tools/backtest-init", language=language, files=files)["state"] == "Error"


@pytest.mark.parametrize(
    ("language", "files", "why"),
    [
        ("Py", file("x = 1\n"), "QCAlgorithm"),
        ("Py", file("from AlgorithmImports import *\nclass A(QCAlgorithm):\n    pass\n"), "initialize"),
        ("Py", file(FAILING), "ZeroDivisionError"),
        ("C#", file("class A { }", "Main.cs"), "QCAlgorithm"),
        ("C#", file("class A : QCAlgorithm { }", "Main.cs"), "Initialize"),
    ],
)
def test_what_would_fail_at_initialization_is_said(alice: Caller, language, files, why) -> None:
    answer = alice.ok("/ai/tools/backtest-init", language=language, files=files)
    assert answer["state"] == "Error"
    assert why in answer["payload"]


def test_the_other_tools_answer_from_what_they_are_given(alice: Caller) -> None:
    done = alice.ok("/ai/tools/complete", language="Py", sentence="self.set_ca", responseSizeLimit=100)
    assert done["payload"] == ["self.set_cash"]
    error = {"message": "KeyError: 'SPY'", "stacktrace": 'File "main.py", line 9'}
    assert "line 9" in alice.ok("/ai/tools/error-enhance", language="Py", error=error)["payload"]
    converted = alice.ok("/ai/tools/pep8-convert", files=file("self.SetCash(1)\n"))["payload"]
    assert converted == {"main.py": "self.set_cash(1)\n"}


def test_a_search_finds_articles_that_can_be_opened(alice: Caller) -> None:
    criteria = [
        {"input": "moving average crossover", "type": kind, "count": 2} for kind in ("Docs", "Examples")
    ]
    found = alice.ok("/ai/tools/search", language="Py", criteria=criteria)
    assert found["state"] == "End"
    assert {each["type"] for each in found["retrivals"]} == {2, 3}
    first = found["retrivals"][0]
    assert httpx2.get(first["url"]).text == first["content"]
    nothing = [{"input": "zzzz", "type": "Forum", "count": 5}]
    assert alice.ok("/ai/tools/search", language="Py", criteria=nothing)["retrivals"] == []


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("/ai/tools/syntax-check", {"language": "Rust", "files": GOOD}),
        ("/ai/tools/syntax-check", {"language": "Py", "files": []}),
        ("/ai/tools/syntax-check", {"language": "Py", "files": [{"name": "main.py"}]}),
        ("/ai/tools/syntax-check", {"language": "Py", "files": ["x"]}),
        ("/ai/tools/backtest-init", {"files": GOOD}),
        ("/ai/tools/complete", {"language": "Py", "sentence": ""}),
        ("/ai/tools/complete", {"language": "Py", "sentence": "x", "responseSizeLimit": 0}),
        ("/ai/tools/error-enhance", {"language": "Py", "error": {}}),
        ("/ai/tools/error-enhance", {"language": "Py", "error": "boom"}),
        ("/ai/tools/pep8-convert", {}),
        ("/ai/tools/search", {"language": "Py", "criteria": []}),
        ("/ai/tools/search", {"language": "Py", "criteria": [{"input": "x", "type": "Blog", "count": 1}]}),
        ("/ai/tools/search", {"language": "Py", "criteria": [{"input": "x", "type": "Docs", "count": 0}]}),
    ],
)
def test_a_question_that_is_none_is_refused(alice: Caller, path, arguments) -> None:
    alice.no(path, **arguments)


def test_the_account_is_that_of_the_named_organization(alice: Caller, carol: Caller, bob: Caller) -> None:
    own = alice.ok("/account/read")
    assert own["organizationId"] == alice.organization
    assert own["card"]["last4"].isdecimal()
    assert alice.ok("/account/read", organizationId=alice.organization) == own
    assert carol.ok("/account/read")["card"] is None
    alice.no("/account/read", organizationId=bob.organization)
    alice.no("/account/read", organizationId="")


def test_organizations_are_those_of_the_caller(alice: Caller, carol: Caller) -> None:
    (own,) = alice.ok("/organizations/list")["organizations"]
    assert (own["ownerName"], own["preferred"]) == ("You", True)
    (same,) = carol.ok("/organizations/list")["organizations"]
    assert (same["id"], same["ownerName"]) == (own["id"], "Alice")
    whole = alice.ok("/organizations/read", organizationId=alice.organization)["organization"]
    assert [member["isAdmin"] for member in whole["members"]] == [True, False]
    alice.no("/organizations/read", organizationId="unknown")


def test_versions_of_lean_are_newest_first(alice: Caller) -> None:
    versions = alice.ok("/lean/versions/read")["versions"]
    assert [each["id"] for each in versions] == sorted((each["id"] for each in versions), reverse=True)
    assert all(each["public"] == 1 for each in versions)


@pytest.mark.parametrize(
    ("path", "arguments", "key", "empty"),
    [
        ("/user/read", {}, "user", {"name": "Alice", "profile": "", "badge": None}),
        ("/services/terminal-news", {}, "news", []),
        ("/market/data/list", {}, "list", []),
        ("/data/list", {"filePath": "equity/usa"}, "objects", []),
        ("/data/prices", {}, "prices", []),
        ("/modules/list", {"productId": 1}, "files", []),
        ("/organizations/encryption/keys/list", {}, "keys", []),
    ],
)
def test_what_the_lean_cli_asks_besides_is_answered(alice: Caller, path, arguments, key, empty) -> None:
    assert alice.ok(path, **arguments)[key] == empty


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("/data/read", {"filePath": "x"}),
        ("/modules/read", {"fileName": "x"}),
    ],
)
def test_what_the_sandbox_does_not_hold_is_refused(alice: Caller, path, arguments) -> None:
    alice.no(path, **arguments)
