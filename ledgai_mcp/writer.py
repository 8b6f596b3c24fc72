"""A thread of its own for what may be slow: a disk, a lock, a reader of standard error.

Knows: order, a bound, how long the thread is at it. Must not know: what is written, and where.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Item = TypeVar("Item")
Kind = TypeVar("Kind", bound=Hashable)
_BATCH = 256
_MINUTE = 60.0


class Writer(Generic[Item]):
    """Hands items on in their order. Whoever puts one in never waits for the writing."""

    def __init__(self, write: Callable[[list[Item]], None], name: str, most: int) -> None:
        """`write` gets all that has gathered, in the thread, and must not raise; `most` may gather."""
        self.most = most
        self._write = write
        self._items: queue.Queue[Item | None] = queue.Queue()
        self._since: float | None = None
        self._thread = threading.Thread(target=self._work, name=f"ledgai-{name}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many items have gathered."""
        return self._items.qsize()

    @property
    def busy(self) -> float:
        """For how many seconds what was taken last is being written."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since

    def put(self, item: Item, most: int | None = None) -> bool:
        """Take an item, unless too many have gathered; return whether it was taken."""
        if self._items.qsize() >= (most or self.most):
            return False
        self._items.put(item)
        return True

    def settle(self, seconds: float) -> bool:
        """Wait until all is written; return whether it is."""
        with self._items.all_tasks_done:
            return self._items.all_tasks_done.wait_for(lambda: not self._items.unfinished_tasks, seconds)

    def close(self, seconds: float) -> bool:
        """Write what is left and end; return whether that is done. The process never waits for the thread."""
        self._items.put(None)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        is_over = False
        while not is_over:
            batch = [self._items.get()]
            while len(batch) < _BATCH and not self._items.empty():
                batch.append(self._items.get())
            is_over = None in batch
            self._since = time.monotonic()
            self._write([item for item in batch if item is not None])
            self._since = None
            for _ in batch:
                self._items.task_done()


class Sampling(Generic[Kind]):
    """Of lines that anybody can cause: the first few of each kind in a minute, and of the rest the number."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._began = clock()
        self._seen: Counter[Kind] = Counter()

    def admits(self, kind: Kind) -> bool:
        """Count one, and return whether it is among the first."""
        self._seen[kind] += 1
        return self._seen[kind] <= self._most

    def omitted(self, *, at_once: bool = False) -> dict[Kind, int]:
        """Return how many were left out of each kind once the minute is over; the next one begins."""
        if not at_once and self._clock() - self._began < _MINUTE:
            return {}
        found = {kind: count - self._most for kind, count in [*self._seen.items()] if count > self._most}
        self._seen.clear()
        self._began = self._clock()
        return found
