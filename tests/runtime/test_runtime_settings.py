"""Settings: typed, strict, all problems at once; and docs/settings.md names each with its default."""

import re
from pathlib import Path
from typing import Any

import pytest
from attrs import Attribute, fields

from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.settings import Settings, read

SECRET = "sec-CANARY-3-0123456789abcdef0123456789abcdef"
SECRETS = ("JWT_SECRET_KEY", "QUANTCONNECT_API_TOKEN", "LEDGAI_TOKEN")


def problems(environment: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        read(environment)
    return caught.value.problems


def test_nothing_set_gives_the_safe_defaults() -> None:
    """case C59, C22"""
    settings = read({"PATH": "/bin", "QUANTCONNECT_OTHER": "1"})
    assert settings == Settings()
    assert (settings.transport, settings.enable_auth, settings.read_only) == ("stdio", True, False)
    assert settings.api_url == "https://www.quantconnect.com/api/v2"
    assert settings.timeout_seconds < 60


@pytest.mark.parametrize("name", ["LEDGAI_READ_ONLY", "ENABLE_AUTH"])
def test_a_boolean_is_read_as_it_is_meant(name: str) -> None:
    """case C59"""
    for word, meant in (("false", False), ("No", False), ("0", False), ("off", False), (" true ", True)):
        settings = read({name: word})
        assert {"LEDGAI_READ_ONLY": settings.read_only, "ENABLE_AUTH": settings.enable_auth}[name] is meant


@pytest.mark.parametrize("word", ["ture", "2", "-1", "null"])
def test_another_word_for_a_boolean_stops_the_start(word: str) -> None:
    """case C59"""
    assert problems({"ENABLE_AUTH": word}) == (f"ENABLE_AUTH: must be true or false, not {word!r}",)


@pytest.mark.parametrize("blank", ["", "  "])
def test_an_empty_value_is_an_unset_one(blank: str) -> None:
    """case C59"""
    names = ("ENABLE_AUTH", "LEDGAI_TIMEOUT_SECONDS", "LEDGAI_UNHEARD_OF")
    assert read(dict.fromkeys(names, blank)) == Settings()


@pytest.mark.parametrize("word", ["80a", "0", "nan", "inf", "-5"])
def test_a_number_out_of_range_stops_the_start(word: str) -> None:
    """case C59"""
    assert "LEDGAI_TIMEOUT_SECONDS" in problems({"LEDGAI_TIMEOUT_SECONDS": word})[0]


def test_all_problems_are_reported_at_once_and_the_nearest_name_with_them() -> None:
    """case C59"""
    assert problems(
        {"LEDGAI_READONLY": "x", "LEDGAI_API_URL": "ftp://x", "MCP_TRANSPORT": "tcp", "LEDGAI_FOO": "1"}
    ) == (
        "LEDGAI_API_URL: must be a URL such as https://www.quantconnect.com/api/v2, not 'ftp://x'",
        "LEDGAI_FOO: no such setting; remove it",
        "LEDGAI_READONLY: no such setting; did you mean LEDGAI_READ_ONLY?",
        "MCP_TRANSPORT: must be one of: stdio, http, not 'tcp'",
    )


def test_a_secret_can_come_from_a_file_and_shows_in_no_repr(tmp_path: Path) -> None:
    """case C40"""
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    for name in SECRETS:
        settings = read({f"{name}_FILE": str(file)})
        assert SECRET in (settings.jwt_secret_key, settings.api_token, settings.token)
        assert "CANARY" not in repr(settings)


def test_a_secret_given_twice_or_in_an_unusable_file_is_refused(tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty", tmp_path / "binary"
    empty.write_text(" \n")
    binary.write_bytes(b"\xff\xfe")
    assert "set twice" in problems({"LEDGAI_TOKEN": "a", "LEDGAI_TOKEN_FILE": str(empty)})[0]
    assert "is empty" in problems({"LEDGAI_TOKEN_FILE": str(empty)})[0]
    assert "not UTF-8" in problems({"LEDGAI_TOKEN_FILE": str(binary)})[0]
    assert "No such file" in problems({"LEDGAI_TOKEN_FILE": str(tmp_path / "absent")})[0]
    assert "no such setting" in problems({"LEDGAI_API_URL_FILE": "/x"})[0]


def test_a_short_signing_key_is_refused_without_repeating_it() -> None:
    """case C40"""
    assert problems({"JWT_SECRET_KEY": "sec-CANARY"}) == ("JWT_SECRET_KEY: must have at least 32 bytes",)


@pytest.mark.parametrize(
    "url",
    ["https://www.quantconnect.com/api/v2/", "http://127.0.0.1:1/", "http://[::1]:1", "http://sandbox:5612/"],
)
def test_a_base_url_is_accepted_without_its_last_slash(url: str) -> None:
    assert read({"LEDGAI_API_URL": url}).api_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "www.quantconnect.com",
        "http://quantconnect.com/api/v2",
        "https://me:pw@x.com",
        "https://x.com/?a=1",
        "https://[x",
    ],
)
def test_a_base_url_that_could_leak_a_signature_is_refused(url: str) -> None:
    """case C22"""
    assert "LEDGAI_API_URL" in problems({"LEDGAI_API_URL": url})[0]


def test_names_are_separated_by_commas_or_blanks() -> None:
    assert read({"LEDGAI_SCOPES": "a, b c,,d"}).scopes == ("a", "b", "c", "d")


PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
ROW = re.compile(r"\| `([A-Z_]+)`( \(secret\))? \| (.{1,299}) \| (?:unset|`([^`]+)`) \|")


def test_the_page_tells_each_setting_with_its_default_and_nothing_else() -> None:
    told: dict[str, Attribute[Any]] = {a.metadata["setting"].name: a for a in fields(Settings)}
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    for row in rows:
        match = ROW.fullmatch(row)
        assert match, row
        name, secret, _, default = match.groups()
        attribute = told.pop(name)
        assert attribute.metadata["setting"].secret == bool(secret), name
        if default is None:
            assert attribute.default in (None, ()), name
        else:
            assert getattr(read({name: default}), attribute.name) == attribute.default, name
    assert not told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEDGAI_API_URL", "http://u:CANARY@127.0.0.1:1/api"),
        ("LEDGAI_API_URL", "https://u:CAN/ARY@x"),
        ("LEDGAI_RELEASES_URL", "https://u:CANARY@example.com/"),
        ("LEDGAI_PUBLIC_URL", "ftp://u:CANARY@example.com/"),
        ("LEDGAI_AUTHORIZATION_SERVERS", "https://good.test https://u:CANARY@example.com/"),
        ("LEDGAI_ALLOWED_ORIGINS", "https://u:CANARY@example.com"),
        ("LEDGAI_ALLOWED_HOSTS", "u:CANARY@example.com"),
    ],
)
def test_a_password_in_an_address_is_not_repeated(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read({name: value})
    assert str(refused.value).startswith(f"{name}: must ")
    assert "ARY" not in str(refused.value)


@pytest.mark.parametrize("value", ["1:2", "1\n2", "1 2", "-1", "x", "\u0661", "1" * 20])
def test_a_user_id_that_is_no_number_stops_the_start(value: str) -> None:
    (problem,) = problems({"QUANTCONNECT_USER_ID": value})
    assert problem.startswith("QUANTCONNECT_USER_ID: must be the number of your account")


@pytest.mark.parametrize("value", ["CANARY\r\nx", "CANARY x", "CANARY\x00", "CANARY\u00e9", "CANARY" * 50])
def test_an_api_token_with_anything_but_visible_characters_stops_the_start(value: str) -> None:
    for name in ("QUANTCONNECT_API_TOKEN", "QUANTCONNECT_ORGANIZATION_ID"):
        (problem,) = problems({name: value})
        assert problem.startswith(f"{name}: must be at most 256 visible")
        assert "CANARY" not in problem or name == "QUANTCONNECT_ORGANIZATION_ID"
