"""What is no message, and how it is answered, over every transport."""

import json

from ledgai_mcp.messages import INVALID_PARAMS, INVALID_REQUEST, PARSE_ERROR


def call(arguments: str, request_id: str = "7") -> bytes:
    params = f'{{"name": "save", "arguments": {arguments}}}'
    return f'{{"jsonrpc": "2.0", "id": {request_id}, "method": "tools/call", "params": {params}}}'.encode()


def wide(values: str) -> bytes:
    return call(f'{{"a": [{values}]}}')


REFUSED: dict[bytes, tuple[int, int | str | None, str]] = {
    b"{nope": (PARSE_ERROR, None, "character 1"),
    b"\xef\xbb\xbf{}": (PARSE_ERROR, None, "character 0"),
    call('{"a": NaN}'): (PARSE_ERROR, None, "NaN"),
    call('{"a": -Infinity}'): (PARSE_ERROR, None, "Infinity"),
    call(f'{{"a": {"1" * 5000}}}'): (PARSE_ERROR, None, "digits"),
    call('{"a": "caf\\u00e9"}').replace(b"\\u00e9", b"\xe9"): (PARSE_ERROR, None, "not UTF-8"),
    b"[1]": (INVALID_REQUEST, None, "Batches"),
    b"null": (INVALID_REQUEST, None, "no object"),
    b"[" * 100_000: (INVALID_REQUEST, None, "Batches"),
    b'{"a":' * 50_000: (INVALID_REQUEST, None, "100 levels"),
    call(f'{{"a": {"[" * 99}{"]" * 99}}}'): (INVALID_REQUEST, 7, "100 levels"),
    b'{"a": [' + b"1.5," * 490_000 + b"1]}": (INVALID_REQUEST, None, "100000 values"),
    wide("0," * 100_000 + "0"): (INVALID_REQUEST, None, "100000 values"),
    b'{"id": 7, "method": "ping"}': (INVALID_REQUEST, 7, "`jsonrpc`"),
    b'{"jsonrpc": 2.0, "id": "x", "method": "ping"}': (INVALID_REQUEST, "x", "`jsonrpc`"),
    b'{"jsonrpc": "2.0", "id": 7}': (INVALID_REQUEST, 7, "One of `method`"),
    b'{"jsonrpc": "2.0", "id": 7, "method": 1}': (INVALID_REQUEST, 7, "`method` must"),
    b'{"jsonrpc": "2.0", "id": 7, "method": "ping", "result": {}}': (INVALID_REQUEST, 7, "One of `method`"),
    b'{"jsonrpc": "2.0", "id": null, "result": {}, "error": {}}': (INVALID_REQUEST, None, "One of `method`"),
    b'{"jsonrpc": "2.0", "id": null, "result": {}}': (INVALID_REQUEST, None, "`id`"),
    b'{"jsonrpc": "2.0", "result": {}}': (INVALID_REQUEST, None, "`id`"),
    b'{"jsonrpc": "2.0", "id": 7, "error": {"code": true, "message": ""}}': (INVALID_REQUEST, 7, "`code`"),
    b'{"jsonrpc": "2.0", "id": 7, "method": "ping", "params": [1]}': (INVALID_REQUEST, 7, "`params`"),
    b'{"jsonrpc": "2.0", "id": 7, "id": 8, "method": "ping"}': (INVALID_REQUEST, None, "'id' is given twice"),
    call('{"a": {"b": 1, "b": 2}}'): (INVALID_REQUEST, 7, "'b' is given twice"),
    call('{"a": [{"b": "x\\uD83D"}]}'): (INVALID_PARAMS, 7, "params.arguments.a[0].b has half"),
    call('{"a\\ude00": 1}'): (INVALID_PARAMS, 7, "a name in params.arguments has half"),
    call("{}", '"\\ud83d"'): (INVALID_REQUEST, None, "`id`"),
    **{call("{}", bad): (INVALID_REQUEST, None, "`id`") for bad in ("1.5", "true", "null", "[]", str(2**63))},
    call("{}", json.dumps("x" * 257)): (INVALID_REQUEST, None, "`id`"),
    call(f"[{'1.5,' * 2_000}1]"): (INVALID_REQUEST, 7, "beside the arguments"),
    call('{}, "_meta": {"a": "' + "\\u200b" * 64_000 + '"}'): (INVALID_REQUEST, 7, "beside the arguments"),
    b'{"jsonrpc": "2.0", "method": "' + b"x" * 64_000 + b'"}': (INVALID_REQUEST, None, "beside the argum"),
    b'{"jsonrpc": "2.0", "id": 1, "result": {"a": [' + b"1," * 1_000 + b"1]}}": (
        INVALID_REQUEST,
        1,
        "beside",
    ),
}
"""Message -> code and id of its answer, and what the text says."""
