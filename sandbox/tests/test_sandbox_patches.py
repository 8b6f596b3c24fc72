"""Unified diffs, applied: exact ones, and the ones that models write."""

import contextlib
import difflib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from quantconnect_sandbox.endpoints.patches import PatchError, applied, parsed

LINES = st.lists(st.text("ab -+@\\", max_size=4), max_size=30)


def text_of(lines: list[str], final: bool) -> str:
    return "\n".join(lines) + ("\n" if final and lines else "")


def diff(old: str, new: str, context: int = 3) -> str:
    """What `diff -u` would write, with its marker for a missing newline."""
    lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), "a/x.py", "b/x.py", n=context)
    return "".join(
        line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines
    )


def patched(patch: str, content: str) -> str:
    for change in parsed(patch):
        content = applied(change, content)
    return content


@example(["-- like a header", "x"], ["++ like another", "x"], True, True, 3)
@given(LINES, LINES, st.booleans(), st.booleans(), st.integers(0, 3))
def test_an_exact_patch_makes_the_new_text(old, new, old_final, new_final, context) -> None:
    before, after = text_of(old, old_final), text_of(new, new_final)
    patch = diff(before, after, context)
    if patch:
        assert patched(patch, before) == after


@given(st.text(max_size=300), st.text(max_size=100))
def test_any_text_is_applied_or_refused(patch, content) -> None:
    with contextlib.suppress(PatchError):
        assert isinstance(patched("--- a/x\n+++ b/x\n@@ -1 +1 @@\n" + patch, content), str)


OLD = "import x\n\n\ndef f():\n    return 1\n\n\ndef g():\n    return 1\n"


@pytest.mark.parametrize(
    "header",
    ["@@ -8,2 +8,2 @@ def g():", "@@ -8,99 +1,5 @@", "@@ ... @@", "@@", "@@ -8 +8 @@"],
)
def test_headers_are_hints(header: str) -> None:
    patch = f"--- a/x.py\n+++ b/x.py\n{header}\n def g():\n-    return 1\n+    return 2\n"
    assert patched(patch, OLD) == OLD.replace("g():\n    return 1", "g():\n    return 2")


@pytest.mark.parametrize(
    "patch",
    [
        "```diff\n--- a/x.py\n+++ b/x.py\n@@ -1,1 +1,1 @@\n-import x\n+import y\n```\n",
        "So:\n\n--- a/x.py\t2026\n+++ b/x.py\t2026\n@@ -1,7 +1,9 @@\n-import x\n+import y\n",
        "--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,3 @@\n-import x\n+import y\n\n\n\n\n\n\n",
        '--- "a/x.py"\n+++ "b/x.py"\n@@ -1,1 +1,1 @@\n-import x\n+import y',
    ],
)
def test_what_surrounds_a_patch_is_passed_over(patch: str) -> None:
    assert [change.path for change in parsed(patch)] == ["x.py"]
    assert patched(patch, OLD) == OLD.replace("import x", "import y")


@pytest.mark.parametrize(
    "patch",
    [
        "",
        "@@ -1 +1 @@\n-a\n+b\n",
        "--- a/x.py\n+++ b/x.py\n",
        "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n",
        "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\nno mark\n",
        "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-not there\n+b\n",
        "--- a/x.py\n+++ b/x.py\n@@\n+without a place\n",
    ],
)
def test_a_patch_that_cannot_be_read_or_applied_says_why(patch: str) -> None:
    with pytest.raises(PatchError, match=r"\w{4}"):
        patched(patch, OLD)


def test_line_ends_of_windows_stay_and_the_nearest_place_is_changed() -> None:
    windows = OLD.replace("\n", "\r\n")
    for line, name in ((5, "f"), (9, "g"), (6, "f"), (8, "g")):
        patch = f"--- x.py\n+++ x.py\n@@ -{line},1 +{line},1 @@\n-    return 1\n+    return 2\n"
        changed = OLD.replace(f"{name}():\n    return 1", f"{name}():\n    return 2")
        assert patched(patch, OLD) == changed
        assert patched(patch, windows) == patched(patch.replace("\n", "\r\n"), windows)
        assert patched(patch, windows) == changed.replace("\n", "\r\n")


BLANKS = "--- a/a\n+++ b/a\n@@ -1,1 +1,1 @@\n" + " \n" * 20_000 + "-b\n+c\n" + " \n" * 3_000


def test_a_patch_that_nearly_fits_everywhere_is_answered() -> None:
    """Compared place by place this took minutes, and nobody else was answered meanwhile."""
    with pytest.raises(PatchError, match="does not fit"):
        applied(parsed(BLANKS)[0], "\n" * 100_000 + "b\n" * 10_000)


def test_many_hunks_with_wrong_line_numbers_are_applied_up_to_a_bound() -> None:
    hunks = "@@ -1,1 +1,1 @@\n-a\n+b\n"
    few = parsed("--- a/a\n+++ b/a\n" + hunks * 1_000)[0]
    assert applied(few, "a\n" * 20_000) == "b\n" * 1_000 + "a\n" * 19_000
    with pytest.raises(PatchError, match="more than 1000 hunks"):
        parsed("--- a/a\n+++ b/a\n" + hunks * 1_001)
