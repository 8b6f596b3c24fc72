"""ai/tools/*, account, organizations, and what the LEAN CLI asks besides."""

import httpx2
import pytest
from quantconnect_sandbox.endpoints.templates import CSHARP
from sandbox_calls import ALGORITHM, FAILING, Caller

GOOD = [{"name": "main.py", "content": ALGORITHM}]
SHARP = [{"name": "Main.cs", "content": CSHARP}]


def file(content: str, name: str = "main.py") -> list[dict[str, str]]:
    return [{"name": name, "content": content}]


def test_good_code_initializes_and_a_syntax_error_is_told_with_its_line(alice: Caller) -> None:
    for language, files in (("Py", GOOD), ("C#", SHARP)):
        checked = alice.ok("/ai/tools/syntax-check", language=language, files=files)
        assert (checked["state"], checked["payload"]) == ("End", [])
        assert "success" not in checked
        ready = alice.ok("/ai/tools/backtest-init", language=language, files=files)
        assert ready["state"] == "End"
        assert "invented" in ready["payload"]
        assert "Nothing was" in ready["payload"]
        broken = [{**each, "content": each["content"] + "x = (\n"} for each in files]
        checked = alice.ok("/ai/tools/syntax-check", language=language, files=broken)
        assert checked["state"] == "Error"
        assert "Line:" in checked["payload"][0]


def test_a_misspelt_method_is_not_said_to_initialize(alice: Caller) -> None:
    misspelt = file(ALGORITHM.replace("self.set_cash", "self.set_csah"))
    ready = alice.ok("/ai/tools/backtest-init", language="Py", files=misspelt)["payload"]
    assert "misspelt names and methods go unnoticed" in ready
    assert "without errors" not in ready


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
    error = {"message": "ZeroDivisionError: division by zero", "stacktrace": 'File "main.py", line 9'}
    explained = alice.ok("/ai/tools/error-enhance", language="Py", error=error)["payload"]
    assert "main.py, line 9" in explained
    assert "divisor" in explained
    converted = alice.ok("/ai/tools/pep8-convert", files=file("self.SetCash(1)\n"))["payload"]
    assert converted == {"main.py": "self.set_cash(1)\n"}


def test_a_search_finds_as_many_articles_as_asked_and_they_can_be_opened(alice: Caller) -> None:
    criteria = [
        {"input": "moving average crossover", "type": kind, "count": 2} for kind in ("Docs", "Examples")
    ]
    found = alice.ok("/ai/tools/search", language="Py", criteria=criteria)
    assert found["state"] == "End"
    assert {each["type"] for each in found["retrivals"]} == {2, 3}
    first = found["retrivals"][0]
    assert httpx2.get(first["url"]).text == first["content"]
    for count in (1, 7):
        asked = [{"input": "zzzz", "type": "Forum", "count": count}]
        assert len(alice.ok("/ai/tools/search", language="Py", criteria=asked)["retrivals"]) == count


def test_bad_question_is_refused(caller: Caller) -> None:
    for path, arguments in (
        ("syntax-check", {"language": "Rust", "files": GOOD}),
        ("syntax-check", {"language": "Py", "files": []}),
        ("syntax-check", {"language": "Py", "files": ["x"]}),
        ("complete", {"language": "Py", "sentence": ""}),
        ("complete", {"language": "Py", "sentence": "x", "responseSizeLimit": 0}),
        ("error-enhance", {"language": "Py", "error": {}}),
        ("pep8-convert", {}),
        ("search", {"language": "Py", "criteria": []}),
        ("search", {"language": "Py", "criteria": [{"input": "x", "type": "Blog", "count": 1}]}),
    ):
        caller.no(f"/ai/tools/{path}", **arguments)


def test_account_and_organizations_are_those_of_the_caller(alice: Caller, carol: Caller) -> None:
    own = alice.ok("/account/read")
    assert own["organizationId"] == alice.organization
    assert alice.ok("/account/read", organizationId=alice.organization) == own
    assert carol.ok("/account/read")["card"] is None
    alice.no("/account/read", organizationId="")
    for caller, owner in ((alice, "You"), (carol, "Alice")):
        (only,) = caller.ok("/organizations/list")["organizations"]
        assert (only["id"], only["ownerName"]) == (alice.organization, owner)
    whole = alice.ok("/organizations/read", organizationId=alice.organization)["organization"]
    assert [member["isAdmin"] for member in whole["members"]] == [True, False]


def test_what_the_lean_cli_asks_besides_is_answered(caller: Caller) -> None:
    assert caller.ok("/user/read")["user"]["name"] == "Sam Sandbox"
    for path, key in (
        ("/services/terminal-news", "news"),
        ("/market/data/list", "list"),
        ("/data/list", "objects"),
        ("/data/prices", "prices"),
        ("/modules/list", "files"),
        ("/organizations/encryption/keys/list", "keys"),
    ):
        assert caller.ok(path)[key] == []
    caller.no("/data/read", filePath="x")
    caller.no("/modules/read", fileName="x")
