"""Films in fragments: when a fragment ends, and how it gets to the disk without anybody waiting for that.

A fragment's header must not reach the disk before its media, or a power failure could leave a film that promises what
is not there. So headers wait: one thread has the media brought to the disk, and then puts the header where the engine
believes it to be. What the file shows is a film at every moment.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from reelwright.containers.fragmented import FragmentedMovieWriter, FragmentStep
from reelwright.containers.movie import Chunk
from reelwright.model.errors import OutputError, ReelwrightError
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time
from reelwright.storage.destination import Destination, open_destination
from reelwright.storage.spill import Spill, spill_folder
from reelwright.writing.feed import Divider, Period
from reelwright.writing.interleaver import Division, Interleaver
from reelwright.writing.output import FilePlan
from reelwright.writing.periods import Cadence, Crossing, GridDivider
from reelwright.writing.stall import StallWatch

if TYPE_CHECKING:
    from reelwright.writing.asset_writer import AssetWriter

__all__ = ["FragmentPlan", "FragmentedFile", "Heads"]

_PATIENCE = Fraction(1, 10)  # of an interval, and
_LONGEST_PATIENCE = Fraction(1)  # second: how long stored pictures may go on past an interval's end, to a sync sample
_UNASKED = Time(2, 1)  # the interval where a film is in fragments because nothing else can be written
_BEHIND = 1  # whole intervals that a track may be behind before the others go on without it
_MOST_BYTES = 48 << 20  # of media in a fragment: more would have to wait on the disk, and be written twice


@dataclass(frozen=True, slots=True, kw_only=True)
class FragmentPlan:
    """What the fragments are to be, as the writer was configured.

    Attributes:
        interval, first: seconds. sequence_number: of the first fragment.
        is_combinable, is_sealed, duration_hint: as of the engine. is_append_only: nothing written can be replaced.
    """

    interval: Fraction
    first: Fraction
    sequence_number: int = 1
    is_combinable: bool = False
    is_sealed: bool = True
    duration_hint: Time = Time.INVALID
    is_append_only: bool = False

    @classmethod
    def of(cls, writer: AssetWriter, *, is_append_only: bool) -> FragmentPlan:
        """The plan that a writer's settings make."""
        given, first = writer.movie_fragment_interval, writer.initial_movie_fragment_interval
        interval = given if given.is_valid else _UNASKED
        return cls(
            interval=interval.fraction,
            first=(first if first.is_valid and given.is_valid else interval).fraction,
            sequence_number=writer.initial_movie_fragment_sequence_number,
            is_combinable=writer.produces_combinable_fragments,
            is_sealed=writer.seals_fragments and not writer.produces_combinable_fragments and not is_append_only,
            duration_hint=writer.overall_duration_hint,
            is_append_only=is_append_only,
        )


@dataclass(slots=True)
class _Head:
    """A fragment's header that waits for its media: ``wait`` returns when that is on the disk; ``end`` is where it
    ends in the file."""

    wait: Callable[[], None]
    offset: int
    data: bytes
    end: int


class Heads:
    """The destination as the engine sees it, and the thread behind it.

    Args:
        lock: guards the destination. fail: told of what the disk reports, from the thread.
        watch: ends waits for a disk that hangs.
    """

    def __init__(
        self, destination: Destination, lock: threading.RLock, fail: Callable[[BaseException], None], watch: StallWatch
    ) -> None:
        self._destination = destination
        self._lock = lock
        self._fail = fail
        self._watch = watch
        self._changed = threading.Condition()
        self._heads: deque[_Head] = deque()
        self._wait: Callable[[], None] | None = None  # for the media of the fragment being written
        self._is_syncing = False
        self._is_ending = False
        self._failure: BaseException | None = None
        self._is_through = threading.Event()  # with the files; a failure may be to be reported still
        self._is_through.set()
        self._thread: threading.Thread | None = None

    # ------------------------------------------------------------------ for the engine

    @property
    def size(self) -> int:
        return self._destination.size

    def write(self, *buffers: Any) -> int:
        return self._destination.write(*buffers)

    def overwrite(self, offset: int, data: Any) -> None:
        """A fragment's header waits for its media; anything else waits for all headers, and is done at once."""
        wait, self._wait = self._wait, None
        if wait is None:
            self.drain()
            self._destination.overwrite(offset, data)
            return
        with self._changed:
            self._heads.append(_Head(wait, offset, bytes(data), self.size))
            self._changed.notify_all()
        self._start()

    def at_step(self, step: FragmentStep) -> None:
        if step is FragmentStep.MEDIA:
            self._wait = self._destination.sync_point()
        elif step is FragmentStep.HEADER:
            self.drain()
            self._destination.sync()
        elif step is FragmentStep.SEALED:
            self._destination.publish(self.size)

    # ------------------------------------------------------------------ headers

    def drain(self) -> None:
        """Have all headers where they belong; the caller holds the lock.

        Raises:
            OSError: what the disk reported.
        """
        with self._changed:
            while self._is_syncing:
                self._changed.wait()
            if self._failure is not None:
                raise self._failure
            heads = list(self._heads)
        if heads:
            heads[-1].wait()
            self._put(heads)

    def rescue(self) -> None:
        """After a failure, once the thread has ended: what is whole is still promised, if the disk takes that."""
        if self._failure is not None or not self._heads:
            return
        with contextlib.suppress(OSError):
            self._heads[-1].wait()
            for head in self._heads:
                self._destination.mend(head.offset, head.data, head.end)

    def _put(self, heads: list[_Head]) -> None:
        for head in heads:
            self._destination.overwrite(head.offset, head.data)
            with self._changed:
                self._heads.popleft()
        self._destination.publish(heads[-1].end)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="reelwright-fragments", daemon=True)
            self._is_through.clear()
            self._thread.start()

    def _run(self) -> None:
        try:
            while heads := self._next():
                self._sync(heads[-1])
                if self._take_lock():
                    try:
                        with self._changed:
                            heads = heads if self._heads and self._heads[0] is heads[0] else []
                        if heads:
                            self._put(heads)
                    finally:
                        self._lock.release()
        except BaseException as error:
            with self._changed:
                self._failure = error
        # Whoever waits for this thread may hold the lock, or be reporting a failure of its own.
        self._is_through.set()
        if self._failure is not None and not self._is_ending:
            self._fail(self._failure)

    def _next(self) -> list[_Head]:
        """Headers to be put in place, once there are some; none at the end."""
        with self._changed:
            while not self._heads and not self._is_ending:
                self._changed.wait()
            self._is_syncing = not self._is_ending
            return [] if self._is_ending else list(self._heads)

    def _sync(self, head: _Head) -> None:
        try:
            head.wait()
        except BaseException as error:
            with self._changed:
                self._failure = error
            raise
        finally:
            with self._changed:
                self._is_syncing = False
                self._changed.notify_all()

    def _take_lock(self) -> bool:
        """Take the destination's lock, unless its owner waits for this thread's end."""
        while not self._is_ending:
            if self._lock.acquire(timeout=0.05):
                return True
        return False

    def close(self) -> None:
        """Have the thread end, and wait until it is through with the files; headers that are not in place are left out.

        Raises:
            OutputError: the disk hangs.
        """
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
        if not self._watch.wait(self._is_through.wait):
            raise OutputError("the disk does not answer, and a thread that waits for it is left behind.")

    def join(self) -> None:
        """Wait for the thread's end. The caller does not hold the lock.

        Raises:
            Stalled: it hangs.
        """
        self._watch.join(self._thread)


class FragmentedFile:
    """A film in fragments, in a file or in an object that takes bytes."""

    outlives_programs = True

    def __init__(
        self,
        plan: FilePlan,
        fragments: FragmentPlan,
        *,
        lock: threading.RLock,
        fail: Callable[[BaseException], None],
        watch: StallWatch,
    ) -> None:
        self._plan = plan
        self._fragments = fragments
        self._cadence = Cadence(fragments.interval, fragments.first)
        self._destination = open_destination(
            plan.target,
            overwrite=plan.overwrite,
            temporary_directory=plan.temporary,
            durable=plan.durable,
            growing=True,
        )
        self._heads = Heads(self._destination, lock, fail, watch)
        self._spill = Spill(spill_folder(plan.target, plan.temporary), limit=None)
        self._collected = 0  # bytes of the fragment
        self.division = Division(self._end_period, patience=_BEHIND)
        self.engine: FragmentedMovieWriter

    def key_moment(self) -> Callable[[Time], bool]:
        return Crossing(self._cadence)

    def divider(self, media_type: MediaType) -> Divider:
        patience = min(_LONGEST_PATIENCE, self._cadence.interval * _PATIENCE)
        return GridDivider(self._cadence, patience=patience)

    def open(self) -> None:
        self._destination.open()
        plan, fragments = self._plan, self._fragments
        self.engine = FragmentedMovieWriter(
            self._heads,
            plan.file_type,
            self._spill.queue(),
            session_start=plan.session_start,
            is_through=plan.is_through,
            movie_time_scale=plan.movie_time_scale,
            created=plan.created,
            first_sequence_number=fragments.sequence_number,
            is_combinable=fragments.is_combinable,
            duration_hint=fragments.duration_hint,
            is_sealed=fragments.is_sealed,
            is_append_only=fragments.is_append_only,
            at_step=self._sent if fragments.is_append_only else self._heads.at_step,
        )

    def begin_session(self, start: Fraction) -> Time | None:
        self._cadence.start = start
        return Time.of(self._cadence.end(0))

    def _sent(self, step: FragmentStep) -> None:
        self._destination.publish(self._destination.size)

    def _end_period(self, ended: Period, following: Period) -> None:
        self.engine.end_fragment()
        self._collected = 0

    def write_chunk(self, track: Any, chunk: Chunk) -> None:
        size = chunk.payload_size
        is_full = self._collected + size > _MOST_BYTES
        if is_full and all(known.is_described or self._plan.is_through(known) for known in self.engine.tracks):
            self.engine.end_fragment()
            self._collected = 0
        self.engine.write_chunk(track, chunk)
        self._collected += size

    def end_segment(self, interleaver: Interleaver, appended: Sequence[int]) -> None:
        """There are none."""

    def settle(self) -> None:
        """Nobody else has anything to do with it."""

    def join(self) -> None:
        self._heads.join()

    def commit(self) -> None:
        try:
            self._heads.drain()
        finally:
            self._heads.close()
            self._heads.join()  # it is too late for it to report anything
            self._spill.close()
        self._destination.commit()

    def keep(self, error: ReelwrightError) -> None:
        try:
            self._close()
            self._heads.rescue()
        finally:
            kept = self._destination.keep()
        if kept is not None:
            before = f"{error.hint} " if error.hint else ""
            error.hint = f"{before}What was written before is kept and can be played: {kept!r}."

    def discard(self) -> None:
        try:
            self._close()
        finally:
            self._destination.discard()

    def _close(self) -> None:
        try:
            self._heads.close()
        finally:
            self._spill.close()
