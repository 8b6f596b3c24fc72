"""`ledgai-mcp token inspect`, `keys` and `audit` as a person uses them."""

import json
from pathlib import Path

from attrs import evolve
from quantconnect_tools import CATALOG, GROUPS
from token_commands import CREDENTIALS, call
from token_forge import claims, forge

from ledgai_mcp.commands import Context
from ledgai_mcp.commands.audit import audit
from ledgai_mcp.commands.keys import keys
from ledgai_mcp.commands.token import token


def test_inspect_shows_verified_content_with_secrets_masked(context: Context) -> None:
    for extra in ((), ("--plain-credentials",)):
        raw = call(token, context, "mint", "--sub", "alice", "-g", "readonly", *extra).stdout
        result = call(token, context, "inspect", input=raw)
        assert "CANARY" not in result.output
        assert raw.strip() not in result.output
        assert "user 4711, API token ****" in result.output
        shown = json.loads(call(token, context, "inspect", "--json", input=raw).stdout)
        assert shown["subject"] == "alice"
        assert set(shown["scopes"]) == set(GROUPS["readonly"])
        assert shown["tools"] == sorted(
            tool.name for tool in CATALOG.values() if set(tool.scopes) <= set(GROUPS["readonly"])
        )


def test_inspect_shows_which_tools_limits_close(context: Context) -> None:
    raw = call(token, context, "mint", "--sub", "a", "-g", "readonly", "--limits", '{"projects": [1]}').stdout
    shown = json.loads(call(token, context, "inspect", "--json", input=raw).stdout)
    assert "read_file" in shown["tools"]
    assert "list_projects" not in shown["tools"]
    assert shown["limits"] == {"projects": [1]}


def test_inspect_says_nothing_of_a_token_that_is_not_accepted(context: Context, tmp_path: Path) -> None:
    forged = forge({"alg": "HS256"}, claims(sub="mallory"), b"another secret of thirty-two bytes!")
    file = tmp_path / "token.txt"
    file.write_text(forged + "\n")
    for result in (
        call(token, context, "inspect", input=forged, code=1),
        call(token, context, "inspect", str(file), code=1),
        call(token, context, "inspect", input="rubbish", code=1),
        call(token, context, "inspect", input="", code=1),
    ):
        assert "mallory" not in result.output
        assert result.stdout == ""
        assert result.stderr.startswith("Error: ")


def test_inspect_tells_that_a_seal_was_moved(context: Context) -> None:
    seal = context.key_chain().seal(CREDENTIALS, "alice", "other").jwe
    raw = forge({"alg": "HS256"}, claims(qc_credentials=seal))
    assert "made for another token" in call(token, context, "inspect", input=raw).output


def test_keys_are_made_listed_and_rotated_without_showing_them(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    context = evolve(context, keys_file=path)
    assert str(path) in call(keys, context, "new").output
    secrets = [key["k"] for key in json.loads(path.read_text())["keys"]]
    assert "exists" in call(keys, context, "new", code=1).stderr
    before = call(keys, context, "list").output
    assert before.count("in use") == 2
    call(keys, context, "rotate")
    after = call(keys, context, "list").output
    assert (after.count("in use"), after.count("retired")) == (2, 2)
    secrets += [key["k"] for key in json.loads(path.read_text())["keys"]]
    assert not any(secret in before + after for secret in secrets)
    call(keys, context, "rotate", "--at-once")
    assert call(keys, context, "list", "--file", str(path)).output.count("retired") == 0
    path.chmod(0o644)
    assert "chmod 600" in call(keys, context, "list", code=1).stderr


def test_a_public_sealing_key_can_be_handed_out(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    call(keys, context, "new", "--file", str(path), "--public-sealing")
    (public,) = json.loads(call(keys, context, "list", "--file", str(path), "--public").output)["keys"]
    assert public["alg"] == "ECDH-ES"
    assert set(public) == {"kid", "use", "alg", "kty", "crv", "x", "y"}


def test_keys_without_a_file_say_what_to_set(context: Context) -> None:
    for command in ("new", "list", "rotate"):
        assert "LEDGAI_JWT_KEYS_FILE" in call(keys, context, command, code=2).stderr


def test_an_audit_file_is_verified(context: Context, path: Path) -> None:
    assert "6 lines, whole" in call(audit, context, "verify", str(path)).output
    whole = evolve(context, audit_file=path)
    assert "Last hash" in call(audit, whole, "verify").output
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:1] + lines[2:]))
    result = call(audit, whole, "verify", code=1)
    assert "line 2" in result.stderr
    assert "not whole" in result.stderr
    call(audit, context, "verify", "/no/such/file", code=1)
    call(audit, context, "verify", code=2)
