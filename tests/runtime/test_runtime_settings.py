"""Settings: typed, strict, all problems at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgai_mcp.errors import ConfigurationError
from ledgai_mcp.settings import Settings, read

SECRET = "sec-CANARY-3-0123456789abcdef0123456789abcdef"


NAMES = ("LEDGAI_READ_ONLY", "LEDGAI_MAX_ANSWER_BYTES", "MCP_TRANSPORT", "LEDGAI_X", "JWT_SECRET_KEY_FILE")


def problems(environment: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        read(environment)
    return caught.value.problems


def test_nothing_set_gives_the_safe_defaults() -> None:
    """C59, C22"""
    assert read({}) == Settings()
    settings = read({"PATH": "/bin", "QUANTCONNECT_OTHER": "1"})
    assert (settings.transport, settings.enable_auth, settings.read_only) == ("stdio", True, False)
    assert settings.api_url == "https://www.quantconnect.com/api/v2"
    assert settings.timeout_seconds < 60


@pytest.mark.parametrize("name", ["LEDGAI_READ_ONLY", "ENABLE_AUTH"])
@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("false", False),
        ("False", False),
        ("0", False),
        ("no", False),
        ("off", False),
        (" true ", True),
        ("1", True),
    ],
)
def test_a_boolean_is_read_as_it_is_meant(name: str, word: str, meant: bool) -> None:
    """C59"""
    settings = read({name: word})
    assert {"LEDGAI_READ_ONLY": settings.read_only, "ENABLE_AUTH": settings.enable_auth}[name] is meant


@pytest.mark.parametrize("word", ["ture", "2", "maybe", "-1", "y", "null"])
def test_a_boolean_that_is_none_stops_the_start(word: str) -> None:
    """C59"""
    assert problems({"ENABLE_AUTH": word}) == (f"ENABLE_AUTH: must be true or false, not {word!r}",)


@pytest.mark.parametrize("blank", ["", "  "])
def test_an_empty_value_is_an_unset_one(blank: str) -> None:
    """C59"""
    assert (
        read({"ENABLE_AUTH": blank, "LEDGAI_TIMEOUT_SECONDS": blank, "LEDGAI_UNHEARD_OF": blank})
        == Settings()
    )


@pytest.mark.parametrize("word", ["80a", "0", "nan", "inf", "-5", "1e9"])
def test_a_number_out_of_place_stops_the_start(word: str) -> None:
    """C59"""
    assert "LEDGAI_TIMEOUT_SECONDS" in problems({"LEDGAI_TIMEOUT_SECONDS": word})[0]


def test_a_misspelt_setting_is_refused_with_the_nearest_name() -> None:
    """C59"""
    assert problems({"LEDGAI_READONLY": "true"}) == (
        "LEDGAI_READONLY: no such setting; did you mean LEDGAI_READ_ONLY?",
    )


def test_all_problems_are_reported_at_once() -> None:
    found = problems(
        {"LEDGAI_READ_ONLY": "x", "LEDGAI_API_URL": "ftp://x", "MCP_TRANSPORT": "tcp", "LEDGAI_FOO": "1"}
    )
    assert [problem.partition(":")[0] for problem in found] == [
        "LEDGAI_API_URL",
        "LEDGAI_FOO",
        "LEDGAI_READ_ONLY",
        "MCP_TRANSPORT",
    ]


def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    for name in ("JWT_SECRET_KEY", "QUANTCONNECT_API_TOKEN", "LEDGAI_TOKEN"):
        settings = read({f"{name}_FILE": str(file)})
        assert SECRET in (settings.jwt_secret_key, settings.api_token, settings.token)


def test_a_secret_given_twice_or_in_an_unusable_file_is_refused(tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty", tmp_path / "binary"
    empty.write_text(" \n")
    binary.write_bytes(b"\xff\xfe")
    assert "set twice" in problems({"LEDGAI_TOKEN": "a", "LEDGAI_TOKEN_FILE": str(empty)})[0]
    assert "is empty" in problems({"LEDGAI_TOKEN_FILE": str(empty)})[0]
    assert "not UTF-8" in problems({"LEDGAI_TOKEN_FILE": str(binary)})[0]
    assert "No such file" in problems({"LEDGAI_TOKEN_FILE": str(tmp_path / "absent")})[0]


def test_only_secrets_can_come_from_files() -> None:
    assert "no such setting" in problems({"LEDGAI_API_URL_FILE": "/x"})[0]


def test_a_short_signing_key_is_refused_without_repeating_it() -> None:
    """C40"""
    assert problems({"JWT_SECRET_KEY": "sec-CANARY"}) == ("JWT_SECRET_KEY: must have at least 32 bytes",)


def test_no_secret_shows_in_a_repr() -> None:
    """C40"""
    names = ("JWT_SECRET_KEY", "QUANTCONNECT_API_TOKEN", "LEDGAI_TOKEN")
    assert "CANARY" not in repr(read(dict.fromkeys(names, SECRET)))


@pytest.mark.parametrize(
    "url",
    [
        "https://www.quantconnect.com/api/v2/",
        "http://127.0.0.1:5612/api/v2",
        "http://localhost:1",
        "http://sandbox:5612/api/v2",
    ],
)
def test_a_base_url_is_taken_without_its_last_slash(url: str) -> None:
    assert read({"LEDGAI_API_URL": url}).api_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "www.quantconnect.com",
        "http://quantconnect.com/api/v2",
        "https://me:pw@x.com",
        "https://x.com/?a=1",
        "https://[x",
        "file:///etc/passwd",
        "http://10.0.0.1/api/v2",
    ],
)
def test_a_base_url_that_could_leak_a_signature_is_refused(url: str) -> None:
    """C22"""
    assert "LEDGAI_API_URL" in problems({"LEDGAI_API_URL": url})[0]


def test_names_are_separated_by_commas_or_blanks() -> None:
    assert read({"LEDGAI_SCOPES": "a, b c,,d"}).scopes == ("a", "b", "c", "d")


@given(st.dictionaries(st.sampled_from(NAMES), st.text()))
def test_any_text_is_read_or_refused_by_name(environment: dict[str, str]) -> None:
    problems_: tuple[str, ...] = ("LEDGAI: read",)
    try:
        read(environment)
    except ConfigurationError as error:
        problems_ = error.problems
    assert problems_
    assert all(problem.partition(":")[0].startswith(("LEDGAI", "MCP_", "JWT_")) for problem in problems_)
