"""Property tests: whatever killed writers leave is whole and stays; whatever else is done shows."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from chain_writers import append, six_lines
from hypothesis import given
from hypothesis import strategies as st

from ledgai_mcp.audit import heads
from ledgai_mcp.audit.chain import _unknown
from ledgai_mcp.audit.heads import head_path
from ledgai_mcp.audit.links import cut_short, link
from ledgai_mcp.audit.verification import verify

CONTENTS = st.dictionaries(
    st.sampled_from(["who", "event"]), st.one_of(st.integers(), st.text(max_size=20)), max_size=2
)
KILLS = st.lists(st.tuples(CONTENTS, st.floats(0, 1), st.booleans()), max_size=4)
"""Each: what was to be written, how much of it was, and whether somebody wrote afterwards."""


def leave(path: Path, content: dict[str, object], share: float) -> None:
    """Write a part of what the next writer would write, and nothing of the head: it is killed."""
    raw = path.read_bytes()
    with head_path(path).open("rb") as kept, path.open("rb+", buffering=0) as log:
        known = heads.read(kept.fileno())
        assert known is not None
        head, cut = _unknown(log.fileno(), known)
        end = b"" if raw.endswith(b"\n") else b"\n"
        planned = end + link(cut_short(cut) if cut else content, head)
        log.seek(0, os.SEEK_END)
        log.write(planned[: int(share * len(planned))])


@given(KILLS)
def test_what_killed_writers_leave_is_whole(kills: list[tuple[dict[str, object], float, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = six_lines(Path(folder))
        for content, share, goes_on in kills:
            before = path.read_bytes()
            leave(path, content, share)
            assert verify(path)[0] == []
            if goes_on:
                append(path, 1)
                assert verify(path)[0] == []
            assert path.read_bytes().startswith(before)
        append(path, 1)
        assert verify(path)[0] == []


@given(st.data())
def test_no_byte_of_a_chain_can_be_changed_removed_or_added_unseen(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = six_lines(Path(folder))
        with path.open("ab") as file:
            file.write(link({"event": "call", "who": "alice"}, verify(path)[1])[:-4])
        append(path, 2)
        raw = path.read_bytes()
        place = data.draw(st.integers(0, len(raw) - 1))
        removed = data.draw(st.integers(0, min(40, len(raw) - place)))
        added = data.draw(st.binary(min_size=0 if removed else 1, max_size=3))
        changed = raw[:place] + added + raw[place + removed :]
        path.write_bytes(changed)
        assert bool(verify(path)[0]) == (changed != raw)
        append(path, 1)
        mended = changed if changed.endswith(b"\n") else changed + b"\n"  # so the last end of line comes back
        assert bool(verify(path)[0]) == (mended != raw)
