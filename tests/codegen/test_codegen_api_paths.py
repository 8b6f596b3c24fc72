"""A path of the API has one form: what a server may take for another is refused, wherever it stands."""

import re

import pytest
from codegen_inputs import GRANT, SPEC, Mini
from hypothesis import given
from hypothesis import strategies as st

from codegen.inputs import api_paths
from codegen.inputs.problems import Place, Problems
from codegen.inputs.yaml_document import Block
from codegen.tools.endpoints import METHODS

SAMPLE = "write `/word/word`, or `/word/{name}`, of letters, digits, - and _"
FORMS = {
    "/things/x/../delete": "write `/things/delete`",
    "/things/./delete": "write `/things/delete`",
    "//things/delete": "write `/things/delete`",
    "/things//delete": "write `/things/delete`",
    "/things/delete/": "write `/things/delete`",
    "/things/delete#x": "write `/things/delete`",
    "/things/delete?x=1": "write `/things/delete`",
    "/things/delete;x": "write `/things/delete`",
    "/things/%64elete": "write `/things/delete`",
    "/things/%2e%2e/%2e%2e/things/delete": "write `/things/delete`",
    "/things/delete ": "write `/things/delete`",
    "things/delete": "write `/things/delete`",
    "/things\\delete": SAMPLE,
    "/things/délete": SAMPLE,
    "/things/{id}.json": SAMPLE,
    "/things/{a}/{a}": SAMPLE,
    "/things/{}": SAMPLE,
    "/": SAMPLE,
}


def _noted(*paths: str) -> list[str]:
    section, problems = Block(Place("f.yaml", 1)), Problems()
    for line, path in enumerate(paths, 2):
        block = Block(Place("f.yaml", line))
        block.put("post", Block(block.place), block.place)
        section.put(path, block, block.place)
    api_paths.check(section, problems, METHODS)
    return [f"{found.line}: {found.what}; {found.fix}" for found in problems.found]


@pytest.mark.parametrize("path", FORMS)
def test_another_form_of_a_path_is_refused_with_the_one_to_write(path: str) -> None:
    assert _noted(path) == [f"2: {path!r} is not in the one form of a path; {FORMS[path]}"]


@pytest.mark.parametrize(
    ("path", "accepted"),
    [
        ("/Things/delete", False),
        ("/things/DELETE", False),
        ("/things/{verb}", False),
        ("/{kind}/delete", False),
        ("/things/delete/{id}", True),
        ("/things-delete", True),
    ],
)
def test_a_path_that_a_server_may_take_for_another_is_refused(path: str, accepted: bool) -> None:
    said = f"3: a server may take {path} for /things/delete (line 2); delete one of the two, or rename it"
    assert _noted("/things/delete", path) == ([] if accepted else [said])


def _liberally(path: str) -> str:
    """Read a path as the most liberal of servers does."""
    for _ in range(3):
        path = re.sub(r"%([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), path)
    parts: list[str] = []
    for part in re.split(r"[/\\]+", re.split("[?#;]", path.lower().strip())[0]):
        parts = parts[:-1] if part == ".." else parts if part in ("", ".") else [*parts, part]
    return "/" + "/".join(parts)


def _written(word: str) -> st.SearchStrategy[str]:
    letters = [st.sampled_from([one, one.upper(), f"%{ord(one):02x}", f"%25{ord(one):02x}"]) for one in word]
    between = st.lists(
        st.sampled_from(["/", "/./", "/x/../", "/x/%2e%2e/", "\\", "/%2F"]), min_size=1, max_size=2
    )
    return st.tuples(between.map("".join), st.just(word) | st.tuples(*letters).map("".join)).map("".join)


RESPELLED = st.tuples(
    _written("things"), _written("delete"), st.sampled_from(["", "/", "/.", "?x", "#x", ";x", " "])
).map("".join)


@given(path=RESPELLED)
def test_no_form_that_a_server_reads_as_another_path_is_accepted(path: str) -> None:
    assert _liberally(path) == "/things/delete"
    assert bool(_noted("/things/delete", path)) == (path != "/things/delete")


@given(path=st.text(st.sampled_from("aA1/.{}%?#;\\ -_\n"), max_size=8).map("/a{}".format))
def test_what_is_accepted_is_read_alike_by_every_server(path: str) -> None:
    if not _noted(path):
        assert _liberally(path) == path.lower()


@pytest.mark.parametrize("file", ["spec", "scopes", "withheld"])
def test_a_path_in_another_form_is_refused_in_each_file(mini: Mini, file: str) -> None:
    respelled = "/things/x/../read"
    if file == "spec":
        mini.spec = SPEC.replace("/things/read:", f"{respelled}:")
    elif file == "scopes":
        mini.scopes = mini.scopes.replace("/things/read:", f"{respelled}:")
    else:
        mini.scopes = mini.scopes.replace("withheld: {}", f"withheld: {{{respelled}: It deletes.}}")
    line = {"spec": 4, "scopes": 4, "withheld": 6}[file]
    name = "spec" if file == "spec" else "scopes"
    said = (
        f"{name}.yaml:{line}: {respelled!r} is not in the one form of a path\n    fix: write `/things/read`"
    )
    assert said in mini.refused()


def test_what_is_withheld_is_not_granted_under_another_form_of_its_path(mini: Mini) -> None:
    mini.scopes = mini.scopes.replace("withheld: {}", f"withheld: {{/things/Read: It deletes.}}  # {GRANT}")
    assert any("a server may take /things/Read for /things/read (line 4)" in said for said in mini.refused())
