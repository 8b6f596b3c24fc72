"""projects/*: names, lists, changes, nodes, libraries (api-facts 3.1 to 3.3)."""

from sandbox_calls import Caller


def names(caller: Caller) -> list[str]:
    return [each["name"] for each in caller.ok("/projects/read")["projects"]]


def test_a_new_project_has_the_default_files_of_its_language(alice: Caller) -> None:
    for language, files in (("Py", ["main.py", "research.ipynb"]), ("C#", ["Main.cs", "Research.ipynb"])):
        number = alice.project(language=language)
        assert [each["name"] for each in alice.ok("/files/read", projectId=number)["files"]] == files
        alice.compiled(number)


def test_existing_name_gets_a_number_and_leading_slashes_go(alice: Caller) -> None:
    for name in ("Alpha", "/Alpha", "Alpha", "/Folder/Alpha"):
        alice.project(name)
    assert sorted(names(alice)) == ["Alpha", "Alpha 1", "Alpha 2", "Folder/Alpha"]


def test_project_with_a_bad_name_or_language_is_refused(alice: Caller) -> None:
    for arguments in (
        {"name": "", "language": "Py"},
        {"name": "///", "language": "Py"},
        {"name": "a\nb", "language": "Py"},
        {"name": "x" * 300, "language": "Py"},
        {"name": "Alpha"},
        {"name": "Alpha", "language": "Rust"},
    ):
        alice.no("/projects/create", **arguments)
    assert names(alice) == []


def test_projects_are_listed_by_change_newest_first_in_pages(alice: Caller) -> None:
    first, second, _ = (alice.project(name) for name in ("First", "Second", "Third"))
    assert names(alice) == ["Third", "Second", "First"]
    alice.ok("/projects/update", projectId=first, description="changed")
    assert names(alice) == ["First", "Third", "Second"]
    alice.ok("/files/create", projectId=second, name="a.py", content="a = 1")
    for window, wanted in (({"end": 2}, ["Second", "First"]), ({"start": 2, "end": 9}, ["Third"])):
        page = alice.ok("/projects/read", **window)
        assert ([each["name"] for each in page["projects"]], page["count"]) == (wanted, 3)
    for start, end in ((1, 1), (1, 0), (-1, 2)):
        alice.no("/projects/read", start=start, end=end)


def test_an_update_changes_only_what_is_passed(alice: Caller) -> None:
    number = alice.project()
    alice.ok("/projects/update", projectId=number, description="about")
    alice.ok("/projects/update", projectId=number, name="Beta")
    project = alice.ok("/projects/read", projectId=number)["projects"][0]
    assert (project["name"], project["description"]) == ("Beta", "about")
    alice.project("Alpha")
    alice.no("/projects/update", projectId=number, name="Alpha")
    assert alice.ok("/projects/update", projectId=number, description="") == {"success": True}
    assert alice.ok("/projects/read", projectId=number)["projects"][0]["description"] == ""


def test_an_update_with_one_bad_part_changes_nothing(alice: Caller) -> None:
    number = alice.project()
    files = [{"name": "main.py", "content": "a = 1"}, {"name": "empty.py", "content": ""}]
    text = alice.no("/projects/update", projectId=number, name="Beta", files=files)
    assert "empty.py" in text
    assert names(alice) == ["Alpha"]
    assert len(alice.ok("/files/read", projectId=number)["files"]) == 2


def test_versions_and_environments_can_be_pinned(alice: Caller) -> None:
    number = alice.project()
    version = alice.ok("/lean/versions/read")["versions"][1]["id"]
    environment = alice.ok("/lean/environments/read")["environments"][1]["id"]
    alice.ok("/projects/update", projectId=number, versionId=version, leanEnvironment=environment)
    project = alice.ok("/projects/read", projectId=number)["projects"][0]
    assert (project["leanVersionId"], project["leanPinnedToMaster"]) == (version, False)
    assert project["leanEnvironment"] == environment
    alice.ok("/projects/update", projectId=number, versionId=-1)
    assert alice.ok("/projects/read", projectId=number)["projects"][0]["leanPinnedToMaster"] is True
    alice.no("/projects/update", projectId=number, versionId=3)


def test_a_deleted_project_lies_in_the_recycle_bin_and_is_gone_after_a_second_delete(alice: Caller) -> None:
    number = alice.project("Alpha")
    alice.ok("/projects/delete", projectId=number)
    assert names(alice) == ["Recycle Bin/Alpha"]
    alice.project("Alpha")
    assert sorted(names(alice)) == ["Alpha", "Recycle Bin/Alpha"]
    alice.ok("/projects/delete", projectId=number)
    assert names(alice) == ["Alpha"]
    alice.no("/projects/read", projectId=number)


def test_a_project_id_that_is_no_number_of_a_project_is_refused(caller: Caller) -> None:
    for project in (0, 2**70, "abc", 1.5, True, [], {}):
        caller.no("/projects/read", projectId=project)


def test_nodes_are_selected_exactly_and_none_means_automatic(alice: Caller) -> None:
    number = alice.project()
    fresh = alice.ok("/projects/nodes/read", projectId=number)
    assert fresh["autoSelectNode"] is True
    everything = [node for kind in fresh["nodes"].values() for node in kind]
    assert not any(node["active"] for node in everything)
    wanted = [fresh["nodes"]["backtest"][0]["id"], fresh["nodes"]["live"][1]["id"], "BN-unknown"]
    chosen = alice.ok("/projects/nodes/update", projectId=number, nodes=wanted)
    assert chosen["autoSelectNode"] is False
    active = {node["id"] for kind in chosen["nodes"].values() for node in kind if node["active"]}
    assert active == set(wanted[:2])
    for arguments in ({"nodes": []}, {}):
        alice.ok("/projects/nodes/update", projectId=number, nodes=wanted)
        assert alice.ok("/projects/nodes/update", projectId=number, **arguments)["autoSelectNode"] is True


def test_libraries_are_linked_unlinked_and_built_with_the_project(alice: Caller, bob: Caller) -> None:
    number, library = alice.project("Alpha"), alice.project("Library/Tools")
    alice.ok("/files/update", projectId=library, name="main.py", content="def broken(:\n")
    alice.ok("/projects/library/create", projectId=number, libraryId=library)
    linked = alice.ok("/projects/read", projectId=number)["projects"][0]["libraries"]
    assert [(each["projectId"], each["ownerName"]) for each in linked] == [(library, "Alice")]
    build = alice.ok("/compile/create", projectId=number)["compileId"]
    logs = alice.ok("/compile/read", projectId=number, compileId=build)["logs"]
    assert any("Tools/main.py" in line for line in logs)
    alice.ok("/projects/library/delete", projectId=number, libraryId=library)
    assert alice.ok("/projects/read", projectId=number)["projects"][0]["libraries"] == []
    alice.no("/projects/library/delete", projectId=number, libraryId=library)
    for other in (number, alice.project("Sharp", language="C#"), bob.project()):
        alice.no("/projects/library/create", projectId=number, libraryId=other)
