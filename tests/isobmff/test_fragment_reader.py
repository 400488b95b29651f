"""Movie fragments: where each value of a sample comes from, and runs that promise the impossible."""

from __future__ import annotations

import pytest
from tests.isobmff.movies import Track, moof, mvex, sdtp, sound_entry, source, tables, traf, trun

from reelwright.isobmff.box import Box, fourcc, full_box, i16, i32, u32, u64
from reelwright.isobmff.movie_reader import MovieReader, read_movie
from reelwright.model.sample_index import SampleIndex

HUGE = (1 << 32) - 1
NON_SYNC = 0x01010000
SYNC = 0x02000000


def reader(*boxes: Box, track: Track | None = None, defaults: Box | None = None) -> MovieReader:
    """A movie with a header without samples and some fragments."""
    return read_movie(source(track or Track(), defaults or mvex(1), after=boxes))


def index_of(*boxes: Box, track: Track | None = None, defaults: Box | None = None) -> SampleIndex:
    return reader(*boxes, track=track, defaults=defaults).index(1)


def start_of(*boxes: Box, defaults: Box | None = None) -> int:
    """Offset of the first box behind the header."""
    return read_movie(source(Track(), defaults or mvex(1), after=boxes))._source.size - sum(box.size for box in boxes)


def test_defaults_come_from_the_header() -> None:
    fragment = moof(traf(1, trun(3, i32(500), flags=1)))
    index = index_of(fragment)
    start = start_of(fragment)
    assert index.offsets.tolist() == [start + 500, start + 510, start + 520]
    assert index.sizes.tolist() == [10, 10, 10]
    assert index.decode.tolist() == [0, 100, 200]
    assert (index.sync, index.composition, index.dependencies) == (None, None, None)


def test_a_fragments_own_defaults_win() -> None:
    fields = u32(2, 7, 3, NON_SYNC)
    index = index_of(moof(traf(1, trun(2), flags=0x2003A, fields=fields)))
    assert index.sizes.tolist() == [3, 3]
    assert index.durations.tolist() == [7, 7]
    assert index.descriptions is not None
    assert index.descriptions.tolist() == [1, 1]
    assert index.sync is not None
    assert index.sync.tolist() == [False, False]
    assert index.dependencies is not None
    assert index.dependencies.tolist() == [0x10, 0x10]


def test_samples_own_values_win_over_all() -> None:
    rows = u32(5, 11, SYNC) + i32(-3) + u32(6, 12, NON_SYNC) + i32(4)
    index = index_of(moof(traf(1, trun(2, rows, flags=0xF00, version=1))))
    assert index.durations.tolist() == [5, 6]
    assert index.sizes.tolist() == [11, 12]
    assert index.sync is not None
    assert index.sync.tolist() == [True, False]
    assert index.composition is not None
    assert index.composition.tolist() == [-3, 4]


def test_flags_of_the_first_sample() -> None:
    index = index_of(moof(traf(1, trun(3, u32(SYNC), flags=4))), defaults=mvex(1, flags=NON_SYNC))
    assert index.sync is not None
    assert index.sync.tolist() == [True, False, False]


def test_a_sample_that_depends_on_others_is_no_sync_sample() -> None:
    index = index_of(moof(traf(1, trun(2, u32(SYNC, 0x01000000), flags=0x400))))
    assert index.sync is not None
    assert index.sync.tolist() == [True, False]


def test_sound_with_the_flags_of_pictures_can_begin_anywhere() -> None:
    track = Track(handler="soun", entries=[sound_entry("mp4a")])
    assert index_of(moof(traf(1, trun(3))), track=track, defaults=mvex(1, flags=NON_SYNC)).sync is None


def test_times_go_on_unless_they_are_stated() -> None:
    fragments = (moof(traf(1, trun(2), trun(1))), moof(traf(1, trun(1), time=5000)), moof(traf(1, trun(1))))
    assert index_of(*fragments).decode.tolist() == [0, 100, 200, 5000, 5100]


def test_fragments_go_on_behind_the_headers_own_samples() -> None:
    track = Track(tables([1, 2], delta=50), duration=100)
    index = index_of(moof(traf(1, trun(1))), track=track)
    assert index.decode.tolist() == [0, 50, 100]
    assert index.sizes.tolist() == [1, 2, 10]


def test_data_begins_where_the_run_before_ended() -> None:
    fragment = moof(traf(1, trun(2, i32(100), flags=1), trun(1)))
    start = start_of(fragment)
    assert index_of(fragment).offsets.tolist() == [start + 100, start + 110, start + 120]


def test_an_absolute_base() -> None:
    index = index_of(moof(traf(1, trun(1, i32(4), flags=1), flags=1, fields=u64(777))))
    assert index.offsets.tolist() == [781]


def test_without_a_base_a_second_track_begins_behind_the_data_of_the_first() -> None:
    fragment = moof(traf(1, trun(2, i32(100), flags=1), flags=0), traf(2, trun(1), flags=0))
    movie = read_movie(source(Track(), Track(track_id=2), mvex(1, 2), after=[fragment]))
    first = movie.index(1)
    assert movie.index(2).offsets.tolist() == [int(first.offsets[-1]) + 10]


def test_with_the_fragment_as_base_each_track_counts_from_there() -> None:
    fragment = moof(traf(1, trun(2, i32(100), flags=1)), traf(2, trun(1, i32(60), flags=1)))
    movie = read_movie(source(Track(), Track(track_id=2), mvex(1, 2), after=[fragment]))
    assert movie.index(2).offsets[0] == movie.index(1).offsets[0] - 40


def test_groups_and_dependencies_of_a_fragment() -> None:
    boxes = (
        full_box("sgpd", 1, 0, fourcc("roll"), u32(2, 1), i16(-2)),
        full_box("sbgp", 0, 0, fourcc("roll"), u32(1), u32(3, 1)),
        full_box("sbgp", 0, 0, fourcc("rap "), u32(2), u32(1, 0, 1, 1)),
        sdtp(0x20, 0x14, 0x18),
    )
    index = index_of(moof(traf(1, trun(1), trun(2), *boxes)), moof(traf(1, trun(1))))
    assert index.roll_distance == -2
    assert index.partial_sync is not None
    assert index.partial_sync.tolist() == [False, True, False, False]
    assert index.dependencies is not None
    assert index.dependencies.tolist() == [0x20, 0x14, 0x18, 0]


def test_sound_in_single_frames_stays_in_runs() -> None:
    track = Track(handler="soun", entries=[sound_entry()], scale=48000)
    media = Box("mdat", bytes(240_000))
    index = index_of(moof(traf(1, trun(60_000))), media, track=track, defaults=mvex(1, duration=1, size=4))
    assert index.counts is not None
    assert index.counts.tolist() == [48000, 12000]
    assert index.sizes.tolist() == [192000, 48000]
    assert index.decode.tolist() == [0, 48000]


def test_fragments_of_a_track_that_the_header_does_not_know_are_passed_over() -> None:
    assert len(index_of(moof(traf(5, trun(3)), traf(1, trun(1))))) == 1


def test_a_header_without_defaults() -> None:
    index = index_of(moof(traf(1, trun(2, u32(5, 6), flags=0x200))), defaults=Box("free"))
    assert index.sizes.tolist() == [5, 6]
    assert index.durations.tolist() == [0, 0]


@pytest.mark.parametrize("flags", [0, 0x100, 0x200, 0xF00])
@pytest.mark.parametrize("size", [0, 1, 4, HUGE])
@pytest.mark.parametrize("sound", [False, True])
def test_runs_that_promise_the_impossible(flags: int, size: int, sound: bool) -> None:
    track = Track(handler="soun", entries=[sound_entry()]) if sound else Track()
    index = index_of(moof(traf(1, trun(HUGE, flags=flags))), track=track, defaults=mvex(1, duration=HUGE, size=size))
    assert len(index) <= (1 << 14) + 2000  # and what the file itself, of less than two kilobytes, could hold
    assert index.problems


@pytest.mark.parametrize("time", [HUGE, (1 << 64) - 1])
def test_times_and_offsets_of_any_size(time: int) -> None:
    box = traf(1, trun(2, i32(-(1 << 31)), flags=1), flags=1, fields=u64((1 << 64) - 1), time=time)
    index = index_of(moof(box), moof(traf(1, trun(1))))
    assert len(index) == 3
    assert (index.decode >= 0).all()


def test_a_fragment_cut_off_anywhere_keeps_what_came_before() -> None:
    whole = moof(traf(1, trun(3, u32(1, 2, 3), flags=0x200), time=9)).render()
    for size in range(8, len(whole)):
        cut = Box("moof", whole[8:size])
        index = index_of(moof(traf(1, trun(1))), cut)
        assert index.sizes[0] == 10
        assert len(index) <= 4


def test_a_track_fragment_without_a_header_is_noted() -> None:
    index = index_of(Box("moof", Box("traf", trun(1))))
    assert len(index) == 0
    assert "has no header" in index.problems[0]


def test_groups_that_the_movie_header_describes() -> None:
    described = full_box("sgpd", 1, 0, fourcc("roll"), u32(2, 2), i16(-1, -3))
    used = full_box("sbgp", 0, 0, fourcc("roll"), u32(1), u32(2, 2))
    own = full_box("sgpd", 1, 0, fourcc("roll"), u32(2, 1), i16(-9))
    track = Track(tables=[described])
    assert index_of(moof(traf(1, trun(2), used)), track=track).roll_distance == -3
    assert index_of(moof(traf(1, trun(2), own, used)), track=track).roll_distance == -3
    assert index_of(moof(traf(1, trun(2))), track=track).roll_distance == 0
    local = full_box("sbgp", 0, 0, fourcc("roll"), u32(1), u32(2, 0x10001))
    assert index_of(moof(traf(1, trun(2), own, local)), track=track).roll_distance == -9


def test_many_runs_that_promise_the_impossible_share_one_allowance() -> None:
    runs = [trun(HUGE) for _ in range(200)]
    index = index_of(moof(traf(1, *runs)), moof(traf(1, *runs)), defaults=mvex(1, size=0))
    assert len(index) == 1 << 14
    assert 1 < len(index.problems) < 200


def test_many_runs_of_frames_share_one_allowance_too() -> None:
    track = Track(handler="soun", entries=[sound_entry("raw ", 1, 8)], scale=1)
    runs = [trun(HUGE) for _ in range(200)]
    index = index_of(moof(traf(1, *runs)), track=track, defaults=mvex(1, size=1, duration=1))
    assert index.sample_count <= (1 << 14) + 10_000
    assert 1 < len(index.problems) < 200


def test_runs_of_different_sizes_have_the_files_bytes_together() -> None:
    """Many small samples leave the large ones behind them room, as long as there are bytes for all."""
    few, many = trun(1), trun(70_000)
    small = traf(1, many, flags=0x20010, fields=u32(1))
    large = traf(1, few, flags=0x20010, fields=u32(50_000))
    index = index_of(moof(small), moof(large), Box("mdat", bytes(120_000)))
    assert (len(index), index.problems) == (70_001, ())


def test_broken_fragments_without_end_are_not_all_told() -> None:
    index = index_of(*(moof(Box("traf")) for _ in range(1000)))
    assert len(index.problems) == 101
    assert "not listed" in index.problems[-1]


def test_an_empty_run_does_not_take_the_fragments_time() -> None:
    index = index_of(moof(traf(1, trun(0), trun(2), trun(0), time=700)), moof(traf(1, trun(0))))
    assert index.decode.tolist() == [700, 800]


def test_several_track_fragments_of_one_track_in_a_fragment() -> None:
    first, second = traf(1, trun(2), time=500), traf(1, trun(1, u32(7), flags=0x200), time=900)
    index = index_of(moof(first, second), moof(traf(1, trun(1))))
    assert index.decode.tolist() == [500, 600, 900, 1000]
    assert index.sizes.tolist() == [10, 10, 7, 10]


def test_times_that_go_back_are_taken_as_they_are() -> None:
    index = index_of(moof(traf(1, trun(2), time=1000)), moof(traf(1, trun(2), time=0)))
    assert index.decode.tolist() == [1000, 1100, 0, 100]
    assert index.presentation_order.tolist() == [2, 3, 0, 1]


def test_the_description_may_change_from_fragment_to_fragment() -> None:
    changed = traf(1, trun(1), flags=0x20002, fields=u32(2))
    index = index_of(moof(traf(1, trun(1))), moof(changed), moof(traf(1, trun(1))))
    assert index.descriptions is not None
    assert index.descriptions.tolist() == [0, 1, 0]
