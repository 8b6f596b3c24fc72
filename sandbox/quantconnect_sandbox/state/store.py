"""All state of a sandbox, as JSON documents by kind, parent and id; in memory and, if wanted, in a file.

Knows: collections, staged changes. Must not know: what a document means, SQL.
"""

import json
from collections.abc import Iterator
from typing import Any

from attrs import define, field

from quantconnect_sandbox.state.database import Database, Row

Document = dict[str, Any]


@define
class Store:
    """Documents are read live and changed in place; `put` makes a change count, `settled` makes it durable.

    All of it happens in the event loop's thread, without an await between reading and `put`, so no two
    requests interleave.
    """

    database: Database | None = None
    _collections: dict[tuple[str, str], dict[str, Document]] = field(factory=dict, init=False)
    _parents: dict[str, dict[str, str]] = field(factory=dict, init=False)
    _blobs: dict[tuple[str, str, str], bytes] = field(factory=dict, init=False)
    _staged: list[Row] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        for kind, parent, id_, body, blob in self.database.documents() if self.database else ():
            self._keep(kind, parent, id_, body, blob)

    def get(self, kind: str, parent: str | int, id_: str | int) -> Document | None:
        """One document, None when there is none."""
        return self._collections.get((kind, str(parent)), {}).get(str(id_))

    def find(self, kind: str, id_: str | int) -> Document | None:
        """One document by its id alone, for kinds whose ids are unique."""
        parent = self._parents.get(kind, {}).get(str(id_))
        return None if parent is None else self.get(kind, parent, id_)

    def all(self, kind: str, parent: str | int) -> list[Document]:
        """The documents of one parent, oldest first."""
        return list(self._collections.get((kind, str(parent)), {}).values())

    def every(self, kind: str) -> Iterator[Document]:
        """The documents of a kind under all parents; for kinds whose ids are unique."""
        for id_, parent in list(self._parents.get(kind, {}).items()):
            document = self.get(kind, parent, id_)
            if document is not None:
                yield document

    def count(self, kind: str, parent: str | int) -> int:
        """How many documents one parent has."""
        return len(self._collections.get((kind, str(parent)), {}))

    def put(
        self, kind: str, parent: str | int, id_: str | int, body: Document, blob: bytes | None = None
    ) -> None:
        """Writes a document. `blob` stays as it was when none is given."""
        kept = blob if blob is not None else self._blobs.get((kind, str(parent), str(id_)))
        self._keep(kind, str(parent), str(id_), body, kept)
        if self.database is not None:
            self._staged.append(Row(kind, str(parent), str(id_), json.dumps(body), kept))

    def blob(self, kind: str, parent: str | int, id_: str | int) -> bytes:
        """The bytes beside a document."""
        return self._blobs.get((kind, str(parent), str(id_)), b"")

    def remove(self, kind: str, parent: str | int, id_: str | int) -> None:
        """Removes a document, if it is there."""
        if self._collections.get((kind, str(parent)), {}).pop(str(id_), None) is None:
            return
        self._parents.get(kind, {}).pop(str(id_), None)
        self._blobs.pop((kind, str(parent), str(id_)), None)
        if self.database is not None:
            self._staged.append(Row(kind, str(parent), str(id_), None))

    def expire(self, kind: str, parent: str | int, kept: int) -> None:
        """Removes the oldest documents of one parent beyond a number."""
        for id_ in list(self._collections.get((kind, str(parent)), {}))[:-kept]:
            self.remove(kind, parent, id_)

    def clear(self, kind: str, parent: str | int) -> None:
        """Removes every document of one parent."""
        for id_ in list(self._collections.get((kind, str(parent)), {})):
            self.remove(kind, parent, id_)
        self._collections.pop((kind, str(parent)), None)

    def next(self, name: str, first: int) -> int:
        """The next number of a sequence; numbers are never given twice, also not after a restart."""
        held = self.get("sequence", "", name)
        number = first if held is None else held["last"] + 1
        self.put("sequence", "", name, {"last": number})
        return number

    def settled(self) -> None:
        """Returns once every change made so far is on disk. Changes that fail to be written stay staged."""
        if self.database is not None and self._staged:
            self.database.commit(self._staged)
            self._staged = []

    def close(self) -> None:
        """Writes what is left and lets go of the file."""
        if self.database is not None:
            self.settled()
            self.database.close()

    def _keep(self, kind: str, parent: str, id_: str, body: Document, blob: bytes | None) -> None:
        self._collections.setdefault((kind, parent), {})[id_] = body
        self._parents.setdefault(kind, {})[id_] = parent
        if blob is not None:
            self._blobs[kind, parent, id_] = blob
