"""What is no message gets the same answer over HTTP and over stdio, and serving goes on."""

import json

from http_site import Site, call, message, mint
from quantconnect_tools import GROUPS
from refused_messages import REFUSED
from runtime_stage import Stub
from stdio_peer import serving

from ledgai_mcp.messages import INVALID_PARAMS, INVALID_REQUEST, PARSE_ERROR

HALF = json.dumps(call("create_file", {"projectId": 1, "name": "a.py", "content": "\ud83d"}, 7)).encode()
DAMAGED = HALF.replace(b"\\ud83d", b"caf\xe9")
TOO_LARGE = b"9" * 4_000_000


def test_what_is_no_message_is_answered_the_same_over_stdio_and_http_and_serving_goes_on(
    site: Site, stub: Stub
) -> None:
    """`{nope`, a batch, `null`, an id of 1.5: a client on stdio waited for ever; over HTTP seconds passed."""
    refused = [*REFUSED, HALF, DAMAGED]
    token, headers = mint(scopes=GROUPS["trader"]), {"Content-Type": "application/json"}
    over_http = [site.request("POST", token=token, content=raw, headers=headers) for raw in refused]
    assert {answer.status_code for answer in over_http} == {400, 413}
    over_stdio = []
    with serving(stub, LEDGAI_MAX_BODY_BYTES="3000000", LEDGAI_MAX_UPLOAD_BYTES="1000") as peer:
        peer.handshake()
        for raw in refused:
            peer.send(raw + b"\r\n", b" \n")
            over_stdio.append(peer.line())
        peer.send(TOO_LARGE + b"\n", message("ping"))
        too_large, pong = peer.line(), peer.line()
        peer.stdin.close()
        assert peer.rest()[:2] == (0, b"")
    assert over_stdio == [answer.json() for answer in over_http]
    assert [(answer["id"], answer["error"]["code"]) for answer in [*over_stdio[-2:], too_large]] == [
        (7, INVALID_PARAMS),
        (None, PARSE_ERROR),
        (None, INVALID_REQUEST),
    ]
    assert "params.arguments.content" in over_stdio[-2]["error"]["message"]
    assert "LEDGAI_MAX_BODY_BYTES" in too_large["error"]["message"]
    assert pong["result"] == {}
    assert stub.seen == []
