"""Faults that real users of such servers met: what a client gives, and calls it does not want any more."""

from __future__ import annotations

import base64
import json
import threading
from typing import Any

import pytest
from case_calls import EVERYTHING, FILE
from quantconnect_tools import CATALOG
from runtime_stage import Stage, Stub, tool
from stdio_peer import serving
from stub_answers import watched


@pytest.mark.parametrize("name", ["baseUrl", "base_url", "url", "server", "host", "apiUrl"])
def test_no_argument_names_the_host(real: Stage, name: str) -> None:
    """C22"""
    assert not [made.name for made in CATALOG.values() if name in made.schema["properties"]]
    reply = real.call("list_projects", {name: "http://evil.test"}, EVERYTHING)
    assert f"{name}: unknown argument" in reply.text
    assert real.stub.seen == []


@pytest.mark.parametrize("name", ["read_object_store_file_job_id", "read_object_store_file_download_url"])
def test_an_endpoint_of_two_forms_is_two_tools_that_each_insist_on_their_own(real: Stage, name: str) -> None:
    """C12"""
    assert not {"oneOf", "anyOf", "allOf", "not"} & set(CATALOG[name].wire["inputSchema"])
    reply = real.call(name, {"organizationId": "o"}, EVERYTHING)
    key = "keys" if name.endswith("job_id") else "jobId"
    assert f"{key}: required, and missing" in reply.text
    assert real.stub.seen == []


def test_a_call_with_the_keys_of_neither_alternative_is_refused_before_anything_is_sent(stage: Stage) -> None:
    """C12: alternatives that are checked, though the root that a client sees has none."""
    keys, job = {"keys": {"type": "array", "items": {"type": "string"}}}, {"jobId": {"type": "string"}}
    organization = {"organizationId": {"type": "string"}}

    def branch(own: dict[str, Any]) -> dict[str, Any]:
        properties = {**organization, **own}
        return {
            "type": "object",
            "properties": properties,
            "required": [*properties],
            "additionalProperties": False,
        }

    full = {
        "type": "object",
        "properties": {**organization, **keys, **job},
        "oneOf": [branch(keys), branch(job)],
    }
    stage.tools = {"get": tool("get", "/object/get", arguments={**organization, **keys, **job}, full=full)}
    reply = stage.call("get", {"organizationId": "o"})
    assert reply.failed
    assert "keys: required, and missing" in reply.text
    assert stage.stub.seen == []
    assert not stage.call("get", {"organizationId": "o", "jobId": "j"}).failed


def test_a_list_that_comes_as_text_is_a_list_and_a_source_that_looks_like_one_is_text(real: Stage) -> None:
    """C19"""
    files = [{"name": "a.py", "content": '{"a":1}'}]
    given = {"language": "Py", "files": json.dumps(files)}
    assert not real.call("check_syntax", given, EVERYTHING).failed
    assert real.stub.seen[-1].json["files"] == files
    for content in ('{"a":1}', '[{"name":"a.py"}]', "null", "123", "true", '"x"'):
        for name in ("create_file", "update_file_contents"):
            assert not real.call(name, {**FILE, "projectId": "12", "content": content}, EVERYTHING).failed
            assert (real.stub.seen[-1].json["content"], real.stub.seen[-1].json["projectId"]) == (content, 12)


@pytest.mark.parametrize("text", ["twelve", "12.5", "1e3", " 12", ""])
def test_a_text_that_is_no_integer_is_refused_by_the_name_of_its_argument(real: Stage, text: str) -> None:
    """C19"""
    reply = real.call("read_project", {"projectId": text}, EVERYTHING)
    assert "projectId: must be integer, not string" in reply.text
    assert real.stub.seen == []


def _part(stub: Stub, name: bytes) -> bytes:
    """The content of one part of the last multipart request."""
    seen = stub.seen[-1]
    boundary = seen.headers["Content-Type"].partition("boundary=")[2].encode()
    (part,) = (part for part in seen.body.split(b"--" + boundary) if b'name="' + name + b'"' in part)
    return part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")


def test_twenty_megabytes_are_refused_with_the_limit_and_sent_where_it_is_higher(real: Stage) -> None:
    """C25"""
    content = bytes(range(256)) * (20_000_000 // 256)
    given = {"key": "a/b.bin", "objectData": base64.b64encode(content).decode()}
    reply = real.call("upload_object", given, EVERYTHING)
    assert f"objectData: {len(content)} bytes are too many; at most 16000000" in reply.text
    assert "LEDGAI_MAX_UPLOAD_BYTES" in reply.text
    assert len(reply.text) < 400
    assert real.stub.seen == []
    real.more["LEDGAI_MAX_UPLOAD_BYTES"] = "20000000"
    assert not real.call("upload_object", given, EVERYTHING).failed
    assert _part(real.stub, b"objectData") == content
    assert _part(real.stub, b"key") == b"a/b.bin"


def test_the_path_of_a_file_is_never_opened(real: Stage) -> None:
    """C25: this one is valid base64, and is nothing but that."""
    path = "/proc/uptime"
    given = {"key": "k", "objectData": path}
    assert not real.call("upload_object", given, EVERYTHING).failed
    assert _part(real.stub, b"objectData") == base64.b64decode(path)


# What becomes of a call whose client does not want it any more.


def test_a_cancelled_call_ends_its_request_and_is_recorded(stub: Stub) -> None:
    """C54"""
    gone = threading.Event()
    stub.act("/projects/read", watched(gone))
    with serving(stub) as peer:
        peer.handshake()
        peer.call(1, "list_projects", {})
        assert stub.arrived.wait(20)
        peer.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})
        assert gone.wait(20)
        peer.call(2, "read_mcp_server_version", {})
        assert peer.line()["id"] == 2
        peer.stdin.close()
        code = peer.gone()
        out, err = peer.rest()
    assert (code, out) == (0, b"")
    records = [json.loads(line) for line in err.splitlines()]
    calls = [(one["tool"], one["outcome"]) for one in records if one["event"] == "call"]
    assert calls == [("list_projects", "cancelled"), ("read_mcp_server_version", "answered")]
