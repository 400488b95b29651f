"""Sample tables as columns: what each table says, and tables that disagree, end early or promise the impossible."""

from __future__ import annotations

import numpy as np
import pytest
from tests.isobmff.movies import (
    MEDIA,
    Track,
    co64,
    ctts,
    marks,
    sdtp,
    sound_entry,
    source,
    stco,
    stsc,
    stsz,
    stsz_fixed,
    stts,
    tables,
)

from reelwright.isobmff.box import Box, cstring, fourcc, full_box, i16, u32
from reelwright.isobmff.movie_reader import read_movie
from reelwright.model.sample_index import SampleIndex

HUGE = (1 << 32) - 1


def index_of(*boxes: Box, payload: bytes = bytes(1000), **options: object) -> SampleIndex:
    return read_movie(source(Track(boxes, **options), payload=payload)).index(1)  # type: ignore[arg-type]


def test_samples_of_one_chunk_lie_side_by_side() -> None:
    index = index_of(*tables([10, 20, 5]))
    assert index.offsets.tolist() == [MEDIA, MEDIA + 10, MEDIA + 30]
    assert index.sizes.tolist() == [10, 20, 5]
    assert index.decode.tolist() == [0, 100, 200]
    assert index.durations.tolist() == [100, 100, 100]
    assert (index.composition, index.sync, index.descriptions, index.counts) == (None, None, None, None)
    assert (index.end, index.problems) == (300, ())


def test_chunks_begin_where_they_are_said_to() -> None:
    index = index_of(stts((5, 1)), stsz([1, 2, 3, 4, 5]), stsc((1, 2, 1), (2, 1, 2), (4, 9, 1)), stco(100, 50, 200, 70))
    assert index.offsets.tolist() == [100, 101, 50, 200, 70]
    assert index.descriptions is not None
    assert index.descriptions.tolist() == [0, 0, 1, 1, 0]


def test_offsets_of_64_bits_win_and_may_be_anywhere() -> None:
    index = index_of(stts((1, 1)), stsz([7]), stsc((1, 1, 1)), stco(5), co64(1 << 40))
    assert index.offsets.tolist() == [1 << 40]
    assert any("behind the end of the file" in problem for problem in index.problems)


def test_durations_are_run_lengths() -> None:
    index = index_of(stts((2, 10), (1, 30)), stsz([1, 1, 1]), stsc((1, 3, 1)), stco(MEDIA))
    assert index.decode.tolist() == [0, 10, 20]
    assert index.durations.tolist() == [10, 10, 30]


def test_too_few_durations_repeat_the_last() -> None:
    index = index_of(stts((1, 10), (1, 30)), stsz([1] * 4), stsc((1, 4, 1)), stco(MEDIA))
    assert index.durations.tolist() == [10, 30, 30, 30]
    assert "'stts'" in index.problems[0]


def test_no_durations_at_all() -> None:
    index = index_of(stsz([1, 1]), stsc((1, 2, 1)), stco(MEDIA))
    assert index.durations.tolist() == [0, 0]


def test_negative_durations_keep_decode_times_apart() -> None:
    index = index_of(stts((1, 10), (1, HUGE - 99), (1, 10)), stsz([1] * 3), stsc((1, 3, 1)), stco(MEDIA))
    assert index.decode.tolist() == [0, 10, 11]
    assert "negative" in index.problems[0]


@pytest.mark.parametrize("version", [0, 1])
def test_composition_offsets_are_signed_in_both_versions(version: int) -> None:
    index = index_of(*tables([1] * 3, ctts((1, 200), (2, -50), version=version)))
    assert index.composition is not None
    assert index.composition.tolist() == [200, -50, -50]
    assert index.presentation.tolist() == [200, 50, 150]
    assert index.presentation_order.tolist() == [1, 2, 0]


def test_offsets_of_zero_are_none() -> None:
    assert index_of(*tables([1] * 3, ctts((3, 0)))).composition is None


def test_too_few_offsets() -> None:
    index = index_of(*tables([1] * 3, ctts((1, 7))))
    assert index.composition is not None
    assert index.composition.tolist() == [7, 0, 0]
    assert "'ctts'" in index.problems[0]


def test_sync_samples() -> None:
    index = index_of(*tables([1] * 4, marks("stss", 1, 3), marks("stps", 4)))
    assert index.sync is not None
    assert index.partial_sync is not None
    assert index.sync.tolist() == [True, False, True, False]
    assert index.partial_sync.tolist() == [False, False, False, True]
    assert index.sync_before(3) == 2


def test_an_empty_table_of_sync_samples_means_none() -> None:
    index = index_of(*tables([1] * 2, marks("stss")))
    assert index.sync is not None
    assert not index.sync.any()


def test_sync_samples_that_do_not_exist_are_left_out() -> None:
    index = index_of(*tables([1] * 2, marks("stss", 0, 2, 3, HUGE)))
    assert index.sync is not None
    assert index.sync.tolist() == [False, True]
    assert "3 samples that do not exist" in index.problems[0]


def test_dependencies() -> None:
    index = index_of(*tables([1] * 3, sdtp(0x20, 0x14)))
    assert index.dependencies is not None
    assert index.dependencies.tolist() == [0x20, 0x14, 0]


def test_random_access_points_are_partial_sync_samples() -> None:
    group = full_box("sbgp", 0, 0, fourcc("rap "), u32(2), u32(1, 0, 1, 1))
    index = index_of(*tables([1] * 3, marks("stss", 1), group))
    assert index.partial_sync is not None
    assert index.partial_sync.tolist() == [False, True, False]


def test_roll_distance() -> None:
    groups = (
        full_box("sgpd", 1, 0, fourcc("roll"), u32(2, 2), i16(-1, -3)),
        full_box("sbgp", 0, 0, fourcc("roll"), u32(1), u32(3, 2)),
    )
    assert index_of(*tables([1] * 3, *groups)).roll_distance == -3


@pytest.mark.parametrize(
    ("bits", "field", "sizes"),
    [(4, b"\x12\x30", [1, 2, 3]), (8, b"\x05\x06\xff", [5, 6, 255]), (16, b"\x01\x00\x00\x02\x00\x03", [256, 2, 3])],
)
def test_compact_sizes(bits: int, field: bytes, sizes: list[int]) -> None:
    table = full_box("stz2", 0, 0, u32(bits, 3), field)
    index = index_of(stts((3, 1)), table, stsc((1, 3, 1)), stco(MEDIA))
    assert index.sizes.tolist() == sizes


def test_compact_sizes_of_a_width_that_is_not_defined() -> None:
    index = index_of(stts((3, 1)), full_box("stz2", 0, 0, u32(5, 3), bytes(8)), stsc((1, 3, 1)), stco(MEDIA))
    assert len(index) == 0
    assert "5 bits" in index.problems[0]


def test_more_sizes_than_places() -> None:
    index = index_of(stts((5, 1)), stsz([1] * 5), stsc((1, 2, 1)), stco(MEDIA, MEDIA + 2))
    assert len(index) == 4
    assert "places of 4" in index.problems[0]


def test_a_table_of_chunks_that_runs_backwards_keeps_its_beginning() -> None:
    index = index_of(stts((4, 1)), stsz([1] * 4), stsc((1, 1, 1), (3, 2, 1), (2, 9, 1)), stco(10, 20, 30))
    assert index.offsets.tolist() == [10, 20, 30, 31]
    assert "'stsc' goes wrong at entry 3" in index.problems[0]


def test_a_chunk_without_samples() -> None:
    index = index_of(stts((2, 1)), stsz([1] * 2), stsc((1, 1, 1), (2, 0, 1), (3, 1, 1)), stco(10, 20, 30))
    assert index.offsets.tolist() == [10, 30]


def test_a_track_without_tables() -> None:
    index = index_of()
    assert len(index) == 0
    assert index.end == 0


def test_samples_behind_the_end_of_the_file_are_listed_and_noted() -> None:
    index = index_of(*tables([10, 20], start=1_000_000))
    assert len(index) == 2
    assert "2 of 2 samples lie behind the end" in index.problems[0]


@pytest.mark.parametrize("kind", ["stts", "ctts", "stss", "stsc", "stsz", "stco", "co64", "stz2", "sbgp"])
def test_tables_that_promise_more_than_they_hold(kind: str) -> None:
    """Every table claims 2³²-1 entries; none holds more than two."""
    made = {box.kind: box for box in tables([1, 1], ctts((2, 5)), marks("stss", 1))}
    head = {"stsz": u32(0, HUGE), "stz2": u32(8, HUGE), "sbgp": fourcc("rap ") + u32(HUGE)}.get(kind, u32(HUGE))
    tail = {"stsc": u32(1, 2, 1), "sbgp": u32(HUGE, 1)}.get(kind, u32(1, 1, 1, 1))
    made[kind] = full_box(kind, 0, 0, head, tail)
    if kind == "stz2":
        del made["stsz"]
    index = index_of(*made.values())
    assert len(index) <= 16
    assert index.problems or kind == "sbgp"


@pytest.mark.parametrize("size", [1, 7, HUGE])
def test_a_fixed_size_cannot_promise_more_samples_than_the_file_holds(size: int) -> None:
    index = index_of(stts((HUGE, 1)), stsz_fixed(size, HUGE), stsc((1, HUGE, 1)), stco(MEDIA))
    assert len(index) == 1 << 16
    assert "more than the file could hold" in " ".join(index.problems)


def test_a_fixed_size_says_little_of_samples_in_another_file() -> None:
    boxes = stts((HUGE, 1)), stsz_fixed(1, HUGE), stsc((1, HUGE, 1)), stco(0)
    track = Track(boxes, references=[full_box("url ", 0, 0, cstring("file:///elsewhere.mov"))])
    index = read_movie(source(track)).index(1)
    assert len(index) == 1 << 20
    assert "more than the file could hold" in " ".join(index.problems)


def test_run_lengths_of_any_number_cost_nothing() -> None:
    index = index_of(*tables([1] * 2, ctts((HUGE, 3), (HUGE, 4)))[1:], stts((HUGE, HUGE >> 1), (HUGE, 1)))
    assert index.durations.tolist() == [HUGE >> 1] * 2
    assert index.composition is not None
    assert index.composition.tolist() == [3, 3]


@pytest.mark.parametrize("keep", range(0, 40, 4))
def test_tables_cut_off_anywhere(keep: int) -> None:
    whole = [box.render() for box in tables([1, 2, 3], ctts((3, 1)), marks("stss", 1), sdtp(1, 2, 3))]
    cut = [Box(data[4:8].decode(), data[8 : 8 + keep]) for data in whole]
    index = index_of(*cut)
    assert len(index) <= 3


def test_tables_of_random_bytes_never_do_worse_than_be_wrong() -> None:
    random = np.random.default_rng(7)
    kinds = ["stts", "ctts", "stss", "stps", "sdtp", "stsc", "stsz", "stz2", "stco", "co64", "sgpd", "sbgp"]
    for _ in range(300):
        boxes = []
        for kind in kinds:
            words = random.choice([0, 1, 2, 3, 5, 100, HUGE, 1 << 31], int(random.integers(0, 12)))
            boxes.append(Box(kind, u32(*map(int, words))))
        track = Track(boxes, handler="soun", entries=[sound_entry()])
        index = read_movie(source(track, payload=bytes(100))).index(1)
        for column in (index.sizes, index.decode, index.durations, index.composition, index.sync, index.counts):
            assert column is None or column.size == len(index)
        assert len(index) <= 1 << 22


@pytest.mark.parametrize(
    ("runs", "count", "duration"),
    [
        ([(4, 512)], 4, 512),
        ([(3, 512), (1, 100)], 4, 512),  # writers often cut the last one short
        ([(3, 512), (1, 0)], 4, 512),
        ([(2, 512), (2, 100)], 4, 0),
        ([(1, 100), (3, 512)], 4, 0),
        ([(3, 512)], 4, 0),  # says too little
        ([(5, 512)], 4, 0),
        ([(2, 512), (1, 512), (1, 512)], 4, 0),
        ([(4, 0)], 4, 0),
        ([(4, HUGE - 5)], 4, 0),  # negative
        ([], 4, 0),
        ([(1, 40)], 1, 40),
    ],
)
def test_one_duration_of_all_samples_is_known_from_the_header(
    runs: list[tuple[int, int]], count: int, duration: int
) -> None:
    boxes = (stts(*runs), stsz([1] * count), stsc((1, count, 1)), stco(MEDIA))
    reader = read_movie(source(Track(boxes), payload=bytes(100)))
    assert reader.facts.tracks[0].sample_duration == duration
    if duration:
        assert set(reader.index(1).durations[: max(1, count - 1)].tolist()) == {duration}


def test_a_table_of_durations_that_is_cut_off_tells_none() -> None:
    table = Box("stts", u32(0, 2, 3, 512))
    boxes = (table, stsz([1] * 4), stsc((1, 4, 1)), stco(MEDIA))
    assert read_movie(source(Track(boxes), payload=bytes(100))).facts.tracks[0].sample_duration == 0
