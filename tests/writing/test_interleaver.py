"""The order of chunks, and what is in them."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time
from reelwright.storage import spill as spill_module
from reelwright.storage.spill import Spill
from reelwright.writing.clock import MediaClock
from reelwright.writing.feed import CHUNK_BYTES, Sample, TrackFeed
from reelwright.writing.interleaver import Interleaver

FORMAT = FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg", width=2, height=2)
OTHER = FORMAT.with_(width=4)
PCM = FormatDescription(media_type=MediaType.AUDIO, media_subtype="sowt", sample_rate=100, channels=1)


class Track:
    """Stands for the engine's track: descriptions are numbered as they come."""

    def __init__(self) -> None:
        self.formats: list[FormatDescription] = []

    def describe(self, format: FormatDescription) -> int:
        if format not in self.formats:
            self.formats.append(format)
        return self.formats.index(format) + 1


class Scene:
    """An interleaver whose chunks end up in ``written`` as (track, chunk)."""

    def __init__(self, tracks: int = 2) -> None:
        self.written: list[tuple[int, Any]] = []
        self.spill = Spill(None, limit=None)
        self.interleaver = Interleaver(self._write, self.spill)  # type: ignore[arg-type]
        for _ in range(tracks):
            feed = TrackFeed(Track(), MediaClock())  # type: ignore[arg-type]
            self.interleaver.feeds.append(feed)

    def _write(self, track: Any, chunk: Any) -> None:
        number = [feed.track for feed in self.interleaver.feeds].index(track)
        self.written.append((number, chunk))

    def push(self, track: int, *samples: Sample) -> None:
        feed = self.interleaver.feeds[track]
        for sample in samples:
            feed.clock.admit(sample.presentation, sample.duration)
            if sample.decode is not None:
                feed.clock.admit(sample.decode)
        self.interleaver.push(feed, samples)

    def finish(self, track: int) -> None:
        self.interleaver.finish(self.interleaver.feeds[track])

    @property
    def order(self) -> list[tuple[int, Fraction]]:
        return [(number, Fraction(chunk.decode, chunk.timescale)) for number, chunk in self.written]


def sample(at: Any, length: Any = Fraction(1, 2), decode: Any = None, **more: Any) -> Sample:
    payload = more.pop("payload", [b"xxxx"])
    size = more.pop("size", 4)
    when = None if decode is None else Time.of(decode)
    return Sample(payload, size, Time.of(at), Time.of(length), more.pop("format", FORMAT), decode=when, **more)


def steady(count: int, length: Fraction = Fraction(1, 2), start: Fraction = Fraction(0)) -> list[Sample]:
    return [sample(start + n * length, length) for n in range(count)]


def test_tracks_take_turns_by_time() -> None:
    scene = Scene()
    for second in range(3):
        for track in (0, 1):
            scene.push(track, *steady(2, start=Fraction(second)))
    for track in (0, 1):
        scene.finish(track)
    assert scene.order == [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]


def test_what_runs_ahead_waits_for_the_others() -> None:
    scene = Scene()
    scene.push(0, *steady(20))
    assert scene.written == [], "the other track may still begin earlier"
    scene.push(1, sample(0), sample(Fraction(1, 2)), sample(1))
    assert scene.order == [(0, 0), (1, 0), (0, 1)]
    scene.finish(1)
    assert scene.order[3:] == [(1, 1), *((0, n) for n in range(2, 9))]
    scene.finish(0)
    assert scene.order[-1] == (0, 9)
    assert scene.interleaver.waiting_bytes == 0


def test_a_track_that_is_never_fed_holds_nobody_up_once_it_is_finished() -> None:
    scene = Scene()
    scene.push(0, *steady(5))
    scene.finish(1)
    assert [number for number, _ in scene.written] == [0, 0]


def test_one_track_alone_is_written_at_once() -> None:
    scene = Scene(1)
    scene.push(0, *steady(3))
    assert scene.order == [(0, 0)]


def test_a_chunk_holds_up_to_a_second() -> None:
    scene = Scene(1)
    scene.push(0, *steady(25, Fraction(1, 10)))
    scene.finish(0)
    assert [chunk.count for _, chunk in scene.written] == [10, 10, 5]


def test_a_longer_sample_is_a_chunk_of_its_own() -> None:
    scene = Scene(1)
    scene.push(0, sample(0, 10), sample(10, Fraction(1, 2)), sample(Fraction(21, 2), 5))
    scene.finish(0)
    assert [chunk.count for _, chunk in scene.written] == [1, 1, 1]


def test_a_chunk_holds_up_to_a_mebibyte() -> None:
    half = bytes(CHUNK_BYTES // 2)
    scene = Scene(1)
    scene.push(0, *(sample(n * Fraction(1, 10), Fraction(1, 10), payload=[half], size=len(half)) for n in range(5)))
    scene.finish(0)
    assert [chunk.count for _, chunk in scene.written] == [2, 2, 1]


def test_a_chunk_has_one_description() -> None:
    scene = Scene(1)
    formats = (FORMAT, FORMAT, OTHER, FORMAT)
    scene.push(0, *(sample(n * Fraction(1, 10), Fraction(1, 10), format=f) for n, f in enumerate(formats)))
    scene.finish(0)
    assert [(chunk.count, chunk.description) for _, chunk in scene.written] == [(2, 1), (1, 2), (1, 1)]
    assert scene.interleaver.feeds[0].formats == [FORMAT, OTHER]


def test_a_hole_ends_a_chunk() -> None:
    scene = Scene(1)
    scene.push(0, sample(0, decode=0), sample(Fraction(3, 4), decode=Fraction(3, 4)))
    scene.finish(0)
    assert scene.order == [(0, 0), (0, Fraction(3, 4))]


def test_given_decode_times_are_kept() -> None:
    scene = Scene(1)
    step = Fraction(1, 25)
    order = [(0, -1), (2, 0), (1, 1)]  # shown, decoded
    scene.push(0, *(sample(shown * step, step, decode=decoded * step) for shown, decoded in order))
    scene.finish(0)
    ((_, chunk),) = scene.written
    assert (chunk.decode, chunk.timescale, chunk.durations, list(chunk.offsets)) == (-1, 25, 1, [1, 2, 0])


def test_decode_times_of_our_own_encoders_are_the_sum_of_durations() -> None:
    scene = Scene(1)
    shown = [(0, 2), (6, 1), (2, 3), (5, 1), (7, 4)]  # decode order: start and duration in tenths
    scene.push(0, *(sample(Fraction(at, 10), Fraction(length, 10)) for at, length in shown))
    scene.push(0, sample(Fraction(11, 10), Fraction(1, 10)))
    scene.finish(0)
    first, second = (chunk for _, chunk in scene.written)
    assert first.timescale == 10
    assert (first.decode, list(first.durations), list(first.offsets)) == (0, [2, 1, 3, 1], [0, 4, -1, -1])
    assert (second.decode, list(second.durations), second.offsets) == (7, [4, 1], 0)


def test_decode_times_survive_a_growing_scale() -> None:
    scene = Scene(1)
    scene.push(0, *steady(3))
    scene.push(0, *steady(2, Fraction(1, 3), Fraction(3, 2)))
    scene.finish(0)
    assert [Fraction(c.decode, c.timescale) for _, c in scene.written] == [0, 1, Fraction(11, 6)]
    assert [c.timescale for _, c in scene.written] == [2, 6, 6]


def test_what_is_collected_follows_a_growing_scale() -> None:
    scene = Scene(1)
    scene.push(
        0,
        sample(Fraction(1, 2), Fraction(1, 2), decode=0),
        sample(Fraction(5, 6), Fraction(1, 3), decode=Fraction(1, 2)),
    )
    scene.push(0, sample(1, Fraction(1, 6), decode=Fraction(5, 6)))
    scene.finish(0)
    ((_, chunk),) = scene.written
    assert (chunk.timescale, chunk.decode, list(chunk.durations), list(chunk.offsets)) == (6, 0, [3, 2, 1], [3, 2, 1])
    scene = Scene(1)
    scene.push(0, sample(Fraction(1, 2), Fraction(1, 2), decode=0))
    scene.push(0, sample(Fraction(5, 6), Fraction(1, 6), decode=Fraction(1, 2)))
    scene.finish(0)
    ((_, chunk),) = scene.written
    assert (chunk.timescale, list(chunk.durations), list(chunk.offsets)) == (6, [3, 1], [3, 2])


def test_pcm_frames_are_counted_one_by_one() -> None:
    scene = Scene(1)
    run = sample(0, Fraction(1, 100), decode=0, payload=[bytes(100)], size=2, count=50, format=PCM)
    scene.push(0, run)
    scene.finish(0)
    ((_, chunk),) = scene.written
    assert (chunk.count, chunk.sizes, chunk.durations, chunk.offsets) == (50, 2, 1, 0)
    assert scene.interleaver.feeds[0].written == 50


def test_a_long_run_of_pcm_is_divided_into_chunks() -> None:
    scene = Scene(1)
    data = bytes(n % 251 for n in range(2 * 250))
    scene.push(0, sample(3, Fraction(1, 100), decode=3, payload=[data], size=2, count=250, format=PCM))
    scene.finish(0)
    assert [(c.count, Fraction(c.decode, c.timescale)) for _, c in scene.written] == [(100, 3), (100, 4), (50, 5)]
    assert b"".join(bytes(piece) for _, chunk in scene.written for piece in chunk.payload) == data


def test_columns_that_repeat_are_one_number() -> None:
    scene = Scene(1)
    scene.push(0, *steady(2))
    scene.finish(0)
    ((_, chunk),) = scene.written
    assert (chunk.sizes, chunk.durations, chunk.offsets, chunk.flags) == (4, 1, 0, 1)


def test_waiting_bytes() -> None:
    scene = Scene()
    scene.push(0, *steady(5))
    assert scene.interleaver.waiting_bytes == 20


def test_finishing_twice_is_once() -> None:
    scene = Scene(1)
    scene.push(0, *steady(1))
    scene.finish(0)
    scene.finish(0)
    assert len(scene.written) == 1


def test_an_error_of_the_file_comes_out() -> None:
    def broken(*_: object) -> None:
        raise OSError("disk")

    scene = Scene(1)
    scene.interleaver._write = broken
    with pytest.raises(OSError, match="disk"):
        scene.push(0, *steady(3))


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 40)), max_size=60),
)
def test_chunks_always_lie_in_order_of_time(feeding: list[tuple[int, int]]) -> None:
    """Whatever the order of arrival, and however long the samples are."""
    scene, ends = Scene(3), [Fraction(0)] * 3
    for track, tenths in feeding:
        length = Fraction(tenths, 10)
        scene.push(track, sample(ends[track], length))
        ends[track] += length
    for track in range(3):
        scene.finish(track)
    starts = [at for _, at in scene.order]
    assert starts == sorted(starts)
    assert sum(chunk.count for _, chunk in scene.written) == len(feeding)
    for track in range(3):
        assert sum(chunk.count for number, chunk in scene.written if number == track) == sum(
            1 for number, _ in feeding if number == track
        )


# Runs -----------------------------------------------------------------------------------------------------------------


def test_a_run_fills_chunks_to_the_brim() -> None:
    scene = Scene(1)
    scene.push(0, sample(0, Fraction(1, 10), decode=0))
    sizes = array("q", [n % 5 + 1 for n in range(25)])
    data = bytes(n % 251 for n in range(sum(sizes)))
    flags = array("q", [n % 2 for n in range(25)])
    run = sample(
        Fraction(3, 10), Fraction(1, 10), decode=Fraction(1, 10), payload=[data], size=sizes, flags=flags, count=25
    )
    scene.push(0, run)
    scene.push(0, sample(3, Fraction(1, 10), decode=Fraction(26, 10)))
    scene.finish(0)
    chunks = [chunk for _, chunk in scene.written]
    assert [(c.count, Fraction(c.decode, c.timescale)) for c in chunks] == [(10, 0), (10, 1), (7, 2)]
    assert list(chunks[0].sizes) == [4, *sizes[:9]]
    assert list(chunks[1].sizes) == list(sizes[9:19])
    assert list(chunks[2].flags) == [*flags[19:], 1]
    assert list(chunks[0].offsets) == [0, *[2] * 9]
    assert [c.payload_size for c in chunks] == [4 + sum(sizes[:9]), sum(sizes[9:19]), sum(sizes[19:]) + 4]
    assert {c.durations for c in chunks} == {1}
    assert b"".join(b"".join(c.payload) for c in chunks) == b"xxxx" + data + b"xxxx"
    assert scene.interleaver.waiting_bytes == 0


@pytest.mark.parametrize("uneven", [False, True])
def test_a_run_of_large_samples_is_divided_by_bytes(uneven: bool) -> None:
    size = CHUNK_BYTES * 2 // 5
    sizes: Any = array("q", [size, size, CHUNK_BYTES + 9, size, size, size]) if uneven else size
    scene = Scene(1)
    payload = bytes(sum(sizes) if uneven else size * 6)
    scene.push(0, sample(0, Fraction(1, 50), decode=0, payload=[payload], size=sizes, count=6))
    scene.finish(0)
    assert [chunk.count for _, chunk in scene.written] == ([2, 1, 2, 1] if uneven else [2, 2, 2])


def test_a_run_that_lasts_nothing_is_kept() -> None:
    scene = Scene(1)
    scene.push(0, sample(0, 0, decode=0, payload=[bytes(20)], size=4, count=5))
    scene.finish(0)
    assert [(chunk.count, chunk.durations) for _, chunk in scene.written] == [(5, 0)]


def test_a_callers_memory_is_let_go_of_what_waits() -> None:
    scene = Scene()
    data = bytearray(1 << 20)
    for second in range(3):
        scene.push(0, sample(second, 1, decode=second, payload=[memoryview(data)[: 1 << 19]], size=1 << 19))
    scene.push(0, sample(3, 1, decode=3))
    data.extend(b"nobody looks at it any more")
    scene.finish(1)
    assert sum(chunk.payload_size for _, chunk in scene.written) == 3 << 19


def test_a_callers_memory_is_let_go_of_what_is_collected_from_a_run() -> None:
    scene = Scene(1)
    data = bytearray(10 << 12)
    scene.push(0, sample(0, Fraction(1, 20), decode=0, payload=[memoryview(data)], size=1 << 12, count=10))
    assert not scene.written
    data.extend(b"nobody looks at it any more")


# Waiting beside the film, and out of turn -----------------------------------------------------------------------------


@contextmanager
def tight(scene: Scene, limit: int | None) -> Iterator[None]:
    """Next to no memory to wait in."""
    with pytest.MonkeyPatch.context() as patch, Spill(None, limit=limit, budget=64) as spill:
        patch.setattr(spill_module, "BLOCK", 64)
        scene.interleaver._spill = spill
        yield


def numbered(track: int, number: int, length: Any = Fraction(1, 2)) -> Sample:
    data = bytes([track]) + number.to_bytes(2, "big") + bytes(number % 40)
    at = number * Fraction(length)
    return sample(at, length, decode=at, payload=[data], size=len(data))


def contents(scene: Scene, track: int) -> list[int]:
    """Numbers of a track's samples as they lie in the file."""
    found = []
    for number, chunk in scene.written:
        data, at = b"".join(bytes(piece) for piece in chunk.payload), 0
        sizes = [chunk.sizes] * chunk.count if isinstance(chunk.sizes, int) else chunk.sizes
        for size in sizes:
            if number == track:
                assert data[at] == track
                found.append(int.from_bytes(data[at + 1 : at + 3], "big"))
            at += size
    return found


def test_what_waits_beside_the_film_comes_back_in_its_turn() -> None:
    scene = Scene(3)
    with tight(scene, None):
        for track in range(3):
            scene.push(track, *(numbered(track, n) for n in range(100)))
            assert bool(scene.written) is (track == 2)
            scene.finish(track)
    assert scene.order == [(track, second) for second in range(50) for track in range(3)]
    assert all(contents(scene, track) == list(range(100)) for track in range(3))
    assert scene.interleaver.peak_spilled > 2000
    assert (scene.interleaver.out_of_turn, scene.interleaver.waiting_bytes) == (0, 0)


def test_beyond_the_limit_the_earliest_are_written_out_of_turn() -> None:
    scene = Scene()
    with tight(scene, 640):
        scene.push(0, *(numbered(0, n) for n in range(100)))
        early = len(scene.written)
        assert 20 < early < 50
        assert scene.order == [(0, second) for second in range(early)]
        assert scene.interleaver.out_of_turn == early
        assert scene.interleaver.peak_spilled <= 640
        scene.push(1, *(numbered(1, n) for n in range(100)))
        for track in range(2):
            scene.finish(track)
    assert all(contents(scene, track) == list(range(100)) for track in range(2))
    assert scene.order[-4:] == [(0, 48), (1, 48), (0, 49), (1, 49)], "then they take turns again"


def test_out_of_turn_tracks_still_take_turns_whatever_their_scales() -> None:
    scene = Scene(3)  # the first of which never brings anything
    with tight(scene, 0):
        for second in range(20):
            scene.push(1, *(numbered(1, 2 * second + n) for n in range(2)))
            scene.push(2, *(numbered(2, 3 * second + n, Fraction(1, 3)) for n in range(3)))
        assert len(scene.written) > 20
        assert scene.order == [(track, second) for second in range(20) for track in (1, 2)][: len(scene.written)]
        assert scene.interleaver.out_of_turn == len(scene.written)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9)), max_size=30),
    st.sampled_from([None, 0, 256, 4096]),
)
def test_nothing_is_lost_whatever_the_limit(feeding: list[tuple[int, int]], limit: int | None) -> None:
    scene, counts = Scene(3), [0] * 3
    with tight(scene, limit):
        for track, count in feeding:
            scene.push(track, *(numbered(track, counts[track] + n) for n in range(count)))
            counts[track] += count
        for track in range(3):
            scene.finish(track)
    assert [contents(scene, track) for track in range(3)] == [list(range(count)) for count in counts]
    starts = [at for _, at in scene.order]
    assert scene.interleaver.out_of_turn or starts == sorted(starts)
    assert limit is None or scene.interleaver.peak_spilled <= limit
