"""Groups of pictures decoded side by side: each by a thread with a decoder of its own, results in the order given.

Pictures far apart have nothing in common, so decoding their groups at once uses all processors without the waiting that
threads within one decoder have. How many work at a time is bounded by processors and by the memory of decoders.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from reelwright.reading.picture_source import PictureSource
from reelwright.reading.pictures import PictureReader

__all__ = ["PictureWorkers", "processors"]

Work = TypeVar("Work")
Result = TypeVar("Result")

_MOST = 8
_DECODERS_BYTES = 1 << 30  # of all decoders together
_REFERENCES = 20  # pictures that a decoder may hold


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class PictureWorkers(Generic[Work, Result]):
    """Threads that go through groups of pictures; used by one thread at a time.

    Args:
        source: of the pictures.
        work: what is done with a reader and a group.
    """

    def __init__(self, source: PictureSource, work: Callable[[PictureReader, Work], Result]) -> None:
        self._source = source
        self._work = work
        width, height = source.track.natural_size
        decoder = int(width * height * 3 / 2) * _REFERENCES + 1
        self._count = max(1, min(processors(), _MOST, _DECODERS_BYTES // decoder))
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._readers: list[PictureReader] = []

    def results(self, groups: Sequence[Work]) -> Iterator[Result]:
        """The work's results, in the order of the groups; a little is done ahead of whoever takes them."""
        if len(groups) < 2 or self._count == 1:
            with self._source.reader() as reader:
                for group in groups:
                    yield self._work(reader, group)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._count, thread_name_prefix="reelwright images")
        pool, waiting = self._pool, deque[Future[Result]]()
        for group in groups:
            if len(waiting) > self._count:
                yield waiting.popleft().result()
            waiting.append(pool.submit(self._one, group))
        while waiting:
            yield waiting.popleft().result()

    def _one(self, group: Work) -> Result:
        with self._lock:
            reader = self._readers.pop() if self._readers else None
        if reader is None:
            threads = max(1, processors() // self._count)
            reader = PictureReader(self._source.track.asset.media, self._source.track.facts, threads=threads)
        try:
            return self._work(reader, group)
        finally:
            with self._lock:
                self._readers.append(reader)

    def close(self) -> None:
        """Let what is being decoded end, forget the rest, and let go of threads and decoders."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        for reader in self._readers:
            reader.close()
        self._readers.clear()
