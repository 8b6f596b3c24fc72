"""Who sees and changes a shared project: collaborators, rights and the lock (api-facts 3.1 to 3.3)."""

from sandbox_calls import ALGORITHM, Caller


def invite(alice: Caller, guest: Caller, number: int, write: bool = True) -> None:
    rights = {"collaborationLiveControl": False, "collaborationWrite": write}
    asked = {"projectId": number, "collaboratorUserId": guest.public_id}
    answer = alice.ok("/projects/collaboration/create", **asked, **rights)
    assert [each["owner"] for each in answer["collaborators"]] == [True, False]


def test_a_guest_who_may_only_read_does_not_change_a_backtest(alice: Caller, carol: Caller) -> None:
    number = alice.project(main=ALGORITHM)
    run = {"projectId": number, "backtestId": alice.backtest(number)}
    invite(alice, carol, number, write=False)
    before = carol.ok("/backtests/read", **run)["backtest"]
    for path, more in (("update", {"name": "x"}), ("tags/update", {"tags": ["x"]}), ("delete", {})):
        assert "write permission" in carol.no(f"/backtests/{path}", **run, **more)
    assert alice.ok("/backtests/read", **run)["backtest"] == before


def test_a_collaborator_is_added_changed_and_removed(alice: Caller, carol: Caller) -> None:
    number = alice.project()
    carol.no("/projects/read", projectId=number)
    id_ = carol.public_id
    invite(alice, carol, number, write=False)
    assert carol.ok("/projects/read", projectId=number)["projects"][0]["owner"] is False
    seen = carol.ok("/projects/collaboration/read", projectId=number)
    assert (seen["userPermissions"], seen["userLiveControl"]) == ("read", False)
    assert [each["email"] is None for each in seen["collaborators"]] == [True, False]
    carol.no("/files/create", projectId=number, name="a.py", content="a = 1")
    rights = {"collaboratorUserId": id_, "liveControl": True, "write": True}
    changed = alice.ok("/projects/collaboration/update", projectId=number, **rights)
    assert changed["collaborators"][1]["permission"] == "write"
    carol.ok("/files/create", projectId=number, name="a.py", content="a = 1")
    left = alice.ok("/projects/collaboration/delete", projectId=number, collaboratorId=id_)
    assert len(left["collaborators"]) == 1
    carol.no("/projects/read", projectId=number)


def test_the_owner_cannot_be_removed_nor_strangers_invited(alice: Caller, carol: Caller, bob: Caller) -> None:
    number = alice.project()
    invite(alice, carol, number)
    owner = alice.ok("/projects/collaboration/read", projectId=number)["collaborators"][0]["publicId"]
    alice.no("/projects/collaboration/delete", projectId=number, collaboratorId=owner)
    carol.no("/projects/collaboration/delete", projectId=number, collaboratorId=carol.public_id)
    rights = {"collaborationLiveControl": True, "collaborationWrite": True}
    alice.no("/projects/collaboration/create", projectId=number, collaboratorUserId=bob.public_id, **rights)


def test_a_guest_leaves_a_project_by_deleting_it(alice: Caller, carol: Caller) -> None:
    number = alice.project()
    invite(alice, carol, number)
    carol.ok("/projects/delete", projectId=number)
    carol.no("/projects/read", projectId=number)
    assert alice.ok("/projects/read", projectId=number)["projects"][0]["name"] == "Alpha"


def test_who_edits_a_shared_project_needs_its_lock(alice: Caller, carol: Caller) -> None:
    number = alice.project()
    edit = {"projectId": number, "name": "main.py", "content": "a = 1"}
    alice.ok("/files/update", **edit, codeSourceId="agent")
    invite(alice, carol, number)
    assert "write permission" in alice.no("/files/update", **edit, codeSourceId="agent")
    alice.ok("/projects/collaboration/lock/acquire", projectId=number, codeSourceId="agent")
    alice.ok("/files/update", **edit, codeSourceId="agent")
    carol.ok("/projects/collaboration/lock/acquire", projectId=number, codeSourceId="agent")
    assert "write permission" in alice.no("/files/update", **edit, codeSourceId="agent")
    alice.ok("/files/update", **edit)
    alice.no("/projects/collaboration/lock/acquire", projectId=number, codeSourceId="")
