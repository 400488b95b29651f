"""Sound counted in single frames: rows of runs, cut to a second, bounded by the file."""

from __future__ import annotations

import numpy as np
import pytest
from tests.isobmff.movies import MEDIA, Track, sound_entry, source, stco, stsc, stsz, stsz_fixed, stts

from reelwright.isobmff.box import Box, u32
from reelwright.isobmff.movie_reader import read_movie
from reelwright.isobmff.sample_runs import split_runs
from reelwright.model.sample_index import SampleIndex

HUGE = (1 << 32) - 1


def index_of(*boxes: Box, entry: Box | None = None, size: int = 1000, scale: int = 48000) -> SampleIndex:
    track = Track(boxes, handler="soun", entries=[entry or sound_entry()], scale=scale)
    return read_movie(source(track, payload=bytes(size))).index(1)


def test_a_row_is_a_chunk() -> None:
    index = index_of(stts((30, 1)), stsz_fixed(4, 30), stsc((1, 10, 1), (2, 20, 1)), stco(MEDIA, MEDIA + 60))
    assert index.counts is not None
    assert index.counts.tolist() == [10, 20]
    assert index.offsets.tolist() == [MEDIA, MEDIA + 60]
    assert index.sizes.tolist() == [40, 80]
    assert index.decode.tolist() == [0, 10]
    assert index.durations.tolist() == [10, 20]
    assert (index.sample_count, index.problems) == (30, ())


@pytest.mark.parametrize("stated", [1, 4, 16])
def test_the_description_knows_the_size_of_a_frame_better_than_the_table(stated: int) -> None:
    """QuickTime writes 1 there."""
    index = index_of(stts((10, 1)), stsz_fixed(stated, 10), stsc((1, 10, 1)), stco(MEDIA))
    assert index.sizes.tolist() == [40]


def test_a_chunk_of_many_seconds_is_cut_at_seconds() -> None:
    index = index_of(stts((25, 1)), stsz_fixed(4, 25), stsc((1, 25, 1)), stco(MEDIA), scale=10)
    assert index.counts is not None
    assert index.counts.tolist() == [10, 10, 5]
    assert index.offsets.tolist() == [MEDIA, MEDIA + 40, MEDIA + 80]
    assert index.decode.tolist() == [0, 10, 20]


def test_the_last_chunk_may_be_short() -> None:
    index = index_of(stts((15, 1)), stsz_fixed(4, 15), stsc((1, 10, 1)), stco(MEDIA, MEDIA + 40))
    assert index.counts is not None
    assert index.counts.tolist() == [10, 5]


def test_sizes_that_are_listed_one_by_one_but_all_the_same() -> None:
    index = index_of(stts((10, 1)), stsz([4] * 10), stsc((1, 10, 1)), stco(MEDIA))
    assert len(index) == 1


def test_frames_of_several_ticks() -> None:
    index = index_of(stts((10, 2)), stsz_fixed(4, 10), stsc((1, 10, 1)), stco(MEDIA), scale=96000)
    assert index.durations.tolist() == [20]


def test_packets_of_frames_keep_their_rows_and_count_frames() -> None:
    index = index_of(stts((3, 5)), stsz_fixed(20, 3), stsc((1, 3, 1)), stco(MEDIA))
    assert len(index) == 3
    assert index.counts is not None
    assert index.counts.tolist() == [5, 5, 5]


def test_old_compressed_sound_counts_frames_but_lies_in_packets() -> None:
    entry = sound_entry("ima4", 2)
    index = index_of(stts((640, 1)), stsz_fixed(1, 640), stsc((1, 320, 1)), stco(MEDIA, MEDIA + 340), entry=entry)
    assert index.sizes.tolist() == [340, 340]
    assert index.durations.tolist() == [320, 320]


def test_ten_hours_of_sound_stay_small() -> None:
    frames, chunk = 10 * 3600 * 48000, 24000
    count = frames // chunk
    offsets = np.arange(count, dtype=np.int64) * 100_000
    box = Box("co64", u32(0, count), offsets.astype(">u8").tobytes())
    track = Track((stts((frames, 1)), stsz_fixed(4, frames), stsc((1, chunk, 1)), box), handler="soun", scale=48000)
    track.entries = [sound_entry()]
    index = read_movie(source(track)).index(1)
    assert (len(index), index.sample_count) == (count, frames)
    assert index.end == frames


@pytest.mark.parametrize("size", [1, HUGE])
@pytest.mark.parametrize("delta", [1, 7, HUGE])
def test_a_count_cannot_promise_more_than_the_file_holds(size: int, delta: int) -> None:
    index = index_of(stts((HUGE, delta)), stsz_fixed(size, HUGE), stsc((1, HUGE, 1)), stco(MEDIA), scale=1)
    assert len(index) <= 1 << 19
    assert index.problems


def test_frames_behind_the_end_are_noted() -> None:
    index = index_of(stts((600, 1)), stsz_fixed(4, 600), stsc((1, 300, 1)), stco(MEDIA, MEDIA + 5000))
    assert index.sample_count == 600
    assert "behind the end" in index.problems[0]


def test_places_for_fewer_frames_than_promised() -> None:
    index = index_of(stts((50, 1)), stsz_fixed(4, 50), stsc((1, 10, 1)), stco(MEDIA))
    assert index.sample_count == 10
    assert "50 frames" in index.problems[0]


def test_runs_are_cut_into_pieces() -> None:
    rows, counts, inside = split_runs(np.array([5, 0, 10, 11]), 5)
    assert rows.tolist() == [0, 2, 2, 3, 3, 3]
    assert counts.tolist() == [5, 5, 5, 5, 5, 1]
    assert inside.tolist() == [0, 0, 5, 0, 5, 10]


def test_pieces_grow_where_there_would_be_too_many() -> None:
    rows, counts, _ = split_runs(np.array([1 << 40]), 1)
    assert rows.size <= 1 << 19
    assert int(counts.sum()) == 1 << 40
