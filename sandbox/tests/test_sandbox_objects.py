"""object/*: keys, folders, downloads (api-facts 7)."""

import hashlib
import io
import zipfile

import httpx2
from quantconnect_sandbox.configuration import Configuration
from sandbox_calls import Caller, control, quant


def call(caller: Caller, path: str, /, **arguments):
    return caller.ok(path, organizationId=caller.organization, **arguments)


def test_an_object_is_stored_described_replaced_and_deleted(alice: Caller) -> None:
    assert alice.upload("a/b/c.txt", b"one") == {"success": True}
    first = call(alice, "/object/properties", key="a/b/c.txt")["metadata"]
    assert first["md5"] == hashlib.md5(b"one").hexdigest()  # noqa: S324 - it is what the API sends
    assert (first["size"], first["mime"], first["preview"]) == (3, "text/plain", "one")
    alice.upload("/a/b/c.txt", b"two two")
    second = call(alice, "/object/properties", key="a/b/c.txt")["metadata"]
    assert (second["preview"], second["created"]) == ("two two", first["created"])
    alice.upload("long", "äö".encode() * 500)
    assert call(alice, "/object/properties", key="long")["metadata"]["preview"] == "äö" * 100
    call(alice, "/object/delete", key="a/b/c.txt")
    alice.no("/object/properties", organizationId=alice.organization, key="a/b/c.txt")


def test_a_list_is_one_level_and_a_folder_is_deleted_with_all_below_it(alice: Caller) -> None:
    for key in ("a/b/c.txt", "a/d.txt", "ab.txt"):
        alice.upload(key, b"12345")
    root = call(alice, "/object/list")
    assert (root["path"], root["objectStorageUsed"], root["totalPages"]) == ("/", 15, 1)
    assert [(each["key"], each["folder"], each["mime"], each["size"]) for each in root["objects"]] == [
        ("a", True, "directory", 10),
        ("ab.txt", False, "text/plain", 5),
    ]
    for path in ("a", "/a", "a/", "/a/"):
        listed = call(alice, "/object/list", path=path)
        assert listed["path"] == path
        assert [each["key"] for each in listed["objects"]] == ["a/b", "a/d.txt"]
    call(alice, "/object/delete", key="a")
    assert [each["key"] for each in call(alice, "/object/list")["objects"]] == ["ab.txt"]
    assert call(alice, "/object/list", path="a")["objects"] == []


def test_a_download_is_a_job_then_a_zip_laid_out_by_key(alice: Caller, bob: Caller) -> None:
    """Case C25: the bytes 00 to FF, and none at all."""
    alice.upload("a/b.bin", bytes(range(256)))
    alice.upload("a/c/d.txt", b"")
    assert bob.upload("e.txt", b"bob", alice.organization)["success"] is False
    alice.upload("e.txt", b"else")
    job = call(alice, "/object/get", keys=["a", "missing"])["jobId"]
    bob.no("/object/get", organizationId=bob.organization, jobId=job)
    url = call(alice, "/object/get", jobId=job)["url"]
    with zipfile.ZipFile(io.BytesIO(httpx2.get(url).content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "a/b.bin": bytes(range(256)),
            "a/c/d.txt": b"",
        }
    assert httpx2.get(url[:-8] + "0000.zip").json()["success"] is False


def test_a_download_is_ready_after_a_while() -> None:
    with quant(Configuration(port=0, speed=1e-6)) as caller:
        caller.upload("k", b"v")
        job = call(caller, "/object/get", keys=["k"])
        assert job["url"] is None
        assert call(caller, "/object/get", jobId=job["jobId"])["url"] is None
        control(caller.url, "/__control/clock", {"advance": 3})
        assert call(caller, "/object/get", jobId=job["jobId"])["url"]


def test_bad_and_unknown_keys_are_refused_and_a_file_cannot_be_a_folder_too(alice: Caller) -> None:
    alice.upload("a/b", b"x")
    for key in ("a", "a/b/c", "", "/", "a/../b", "a//b", "a\\b", "x" * 600):
        assert alice.upload(key, b"x")["success"] is False
    for path in ("/object/properties", "/object/delete"):
        for key in ("missing", "", "../x"):
            alice.no(path, organizationId=alice.organization, key=key)
    for keys in ([], ["missing"], None):
        alice.no("/object/get", organizationId=alice.organization, keys=keys)
