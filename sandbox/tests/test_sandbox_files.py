"""files/* and compile/* (api-facts 3.4 and 3.5)."""

from sandbox_calls import ALGORITHM, Caller, backtest


def content(caller: Caller, number: int, name: str) -> str:
    return caller.ok("/files/read", projectId=number, name=name)["files"][0]["content"]


def test_a_file_is_created_read_renamed_changed_and_deleted(alice: Caller) -> None:
    number = alice.project()
    assert alice.ok("/files/create", projectId=number, name="a/b.py", content="a = 1") == {"success": True}
    assert content(alice, number, "a/b.py") == "a = 1"
    renamed = alice.ok("/files/update", projectId=number, name="a/b.py", newName="c.py")
    assert renamed["files"][0]["name"] == "c.py"
    alice.ok("/files/update", projectId=number, name="c.py", content="a = 2")
    assert content(alice, number, "c.py") == "a = 2"
    alice.ok("/files/delete", projectId=number, name="c.py")
    alice.no("/files/read", projectId=number, name="c.py")


def test_blank_large_and_existing_files_are_refused_and_a_new_one_needs_no_content(alice: Caller) -> None:
    """Case C06: an empty source file, and the text names it."""
    number = alice.project()
    alice.ok("/files/create", projectId=number, name="later.py")
    assert content(alice, number, "later.py") == ""
    assert "new.py" in alice.no("/files/create", projectId=number, name="new.py", content="")
    assert "main.py" in alice.no("/files/update", projectId=number, name="main.py", content="")
    largest = alice.ok("/projects/read", projectId=number)["projects"][0]["maxFileSize"]
    alice.ok("/files/create", projectId=number, name="a.py", content="#" * largest)
    alice.no("/files/create", projectId=number, name="b.py", content="#" * (largest + 1))
    assert "already exists" in alice.no("/files/create", projectId=number, name="main.py", content="a = 1")
    alice.no("/files/update", projectId=number, name="main.py", newName="research.ipynb")


def test_bad_file_name_is_refused_and_a_good_one_kept_as_it_is(alice: Caller) -> None:
    number = alice.project()
    for name in ("", "  ", "../x.py", "a//b.py", "a/../b.py", "a\x00b", "a\x1fb", ".", "x" * 256, 5, []):
        alice.no("/files/create", projectId=number, name=name, content="a = 1")
        alice.no("/files/update", projectId=number, name="main.py", newName=name)
    for name in ("x" * 255, "with a blank.py", "deep/er/file.py", "ünïcode.py", "Main.py"):
        alice.ok("/files/create", projectId=number, name=name, content="a = 1")
        assert content(alice, number, name) == "a = 1"


def test_unknown_file_cannot_be_changed(caller: Caller) -> None:
    project = caller.project()
    for path, more in (
        ("read", {"name": "no.py"}),
        ("update", {"name": "no.py", "content": "a = 1"}),
        ("update", {"name": "main.py"}),
        ("delete", {"name": "no.py"}),
        ("patch", {"patch": "--- a/no.py\n+++ b/no.py\n@@ -1 +1 @@\n-a\n+b\n"}),
    ):
        caller.no(f"/files/{path}", projectId=project, **more)


def test_a_patch_of_two_files_changes_both_or_none(alice: Caller) -> None:
    number = alice.project(main="a = 1\n")
    alice.ok("/files/create", projectId=number, name="b.py", content="b = 1\n")
    good = "--- a/main.py\n+++ b/main.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n"
    bad = "--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-b = 9\n+b = 2\n"
    alice.no("/files/patch", projectId=number, patch=good + bad)
    assert content(alice, number, "main.py") == "a = 1\n"
    alice.ok("/files/patch", projectId=number, patch=good + bad.replace("9", "1"))
    assert (content(alice, number, "main.py"), content(alice, number, "b.py")) == ("a = 2\n", "b = 2\n")


def test_a_build_tells_file_and_line_of_an_error(alice: Caller) -> None:
    number = alice.project(main=ALGORITHM.replace("def initialize(self):", "def initialize(self:"))
    id_ = alice.ok("/compile/create", projectId=number)["compileId"]
    build = alice.ok("/compile/read", projectId=number, compileId=id_)
    assert build["state"] == "BuildError"
    assert any("main.py Line:5" in line for line in build["logs"])
    assert "errors" in alice.no("/backtests/create", projectId=number, compileId=id_, backtestName="x")


def test_a_build_warns_without_failing_and_fails_without_sources(alice: Caller) -> None:
    number = alice.project(main=ALGORITHM + "\nassert (1, 'always true')\n")
    id_ = alice.ok("/compile/create", projectId=number)["compileId"]
    build = alice.ok("/compile/read", projectId=number, compileId=id_)
    assert build["state"] == "BuildSuccess"
    assert any("Build Warning" in line for line in build["logs"])
    assert any("Sandbox" in line and "Nothing was run" in line for line in build["logs"])
    for file in alice.ok("/files/read", projectId=number)["files"]:
        alice.ok("/files/delete", projectId=number, name=file["name"])
    assert alice.ok("/files/read", projectId=number)["files"] == []
    id_ = alice.ok("/compile/create", projectId=number)["compileId"]
    assert alice.ok("/compile/read", projectId=number, compileId=id_)["state"] == "BuildError"


def test_a_build_keeps_the_files_as_they_were_and_is_of_one_project(alice: Caller) -> None:
    number, other = alice.project(main=ALGORITHM), alice.project("Other")
    build = {"compileId": alice.compiled(number), "backtestName": "old"}
    alice.ok("/files/update", projectId=number, name="main.py", content="broken (")
    id_ = alice.ok("/backtests/create", projectId=number, **build)["backtest"]["backtestId"]
    assert backtest(alice, number, id_)["status"] == "Completed."
    for path in ("/compile/read", "/backtests/create"):
        alice.no(path, projectId=other, **build)
