"""Bit rates, groups of pictures and interleaving against numbers worked out by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from tests.reading.fakes import index_of

from reelwright.model.errors import InvalidArgumentError
from reelwright.model.sample_index import SampleIndex
from reelwright.reading.sample_statistics import (
    PictureKind,
    bit_rates,
    groups_of_pictures,
    interleave,
    picture_kinds,
)


def samples(sizes: list[int], *, each: int = 100, scale: int = 100, offsets: list[int] | None = None) -> SampleIndex:
    """Samples of one length that follow one another, from byte 0 of the file on unless told otherwise."""
    count = len(sizes)
    column = np.array(sizes, np.int64)
    return SampleIndex(
        time_scale=scale,
        offsets=np.cumsum(column) - column if offsets is None else np.array(offsets, np.int64),
        sizes=column,
        decode=np.arange(count, dtype=np.int64) * each,
        durations=np.full(count, each, np.int64),
    )


# ---------------------------------------------------------------------- bit rates


def test_a_rate_for_each_second() -> None:
    found = bit_rates(samples([100, 200, 50]))
    assert found.rates.tolist() == [800, 1600, 400]
    assert found.edges.tolist() == [0, 1, 2, 3]
    assert (found.peak, found.average) == (1600, pytest.approx(350 * 8 / 3))


def test_a_sample_spreads_over_the_time_it_lasts() -> None:
    found = bit_rates(samples([100, 300], each=200))
    assert found.rates.tolist() == [400, 400, 1200, 1200]


def test_presentation_order_decides() -> None:
    index = index_of([600, 600, 600], offsets=[0, 600, -600])  # shown: first, third, second
    assert bit_rates(index).rates.tolist() == [80, 96, 88]


def test_a_short_rest_belongs_to_the_stretch_before() -> None:
    found = bit_rates(samples([10] * 24, each=10))  # 2.4 seconds
    assert found.edges.tolist() == [0, 1, 2.4]
    assert found.rates.tolist() == pytest.approx([800, 800])
    assert bit_rates(samples([10] * 26, each=10)).edges.tolist() == [0, 1, 2, 2.6]


def test_less_than_an_interval_is_one_stretch() -> None:
    found = bit_rates(samples([10, 10], each=10))
    assert found.edges.tolist() == [0, 0.2]
    assert found.rates.tolist() == pytest.approx([800])


def test_gaps_have_no_bits() -> None:
    index = samples([100, 100])
    index.decode[1] = 300
    assert bit_rates(index).rates.tolist() == [800, 0, 0, 800]


def test_all_bytes_are_counted_whatever_the_interval() -> None:
    rng = np.random.default_rng(5)
    index = samples(rng.integers(1, 5000, 500).tolist(), each=7)
    for interval in (Fraction(1, 10), Fraction(1, 3), 1, 7, 100):
        found = bit_rates(index, interval)
        assert (found.rates * np.diff(found.edges)).sum() == pytest.approx(index.total_bytes * 8)
        assert (found.rates >= 0).all()


def test_start_moves_the_edges_only() -> None:
    moved = bit_rates(samples([100, 200]), start=Fraction(-1, 2))
    assert moved.edges.tolist() == [-0.5, 0.5, 1.5]
    assert moved.rates.tolist() == [800, 1600]


def test_samples_that_last_no_time_and_none_at_all() -> None:
    assert bit_rates(samples([])).peak == 0
    assert bit_rates(samples([5, 5], each=0)).rates.size == 0
    index = samples([100, 100, 100])
    index.durations[2] = 0
    found = bit_rates(index)
    assert (found.rates * np.diff(found.edges)).sum() == 300 * 8


def test_ages_become_longer_stretches() -> None:
    found = bit_rates(samples([1, 1], each=1 << 40, scale=1))
    assert found.rates.size <= 1 << 20
    assert found.interval > 1


def test_an_interval_must_be_positive() -> None:
    with pytest.raises(InvalidArgumentError, match="positive"):
        bit_rates(samples([1]), 0)


def test_pooling_keeps_bits_and_peaks() -> None:
    found = bit_rates(samples([100, 300, 200, 400, 50]))
    pooled, peaks = found.pooled(3)
    assert pooled.edges.tolist() == [0, 2, 4, 5]
    assert pooled.rates.tolist() == [1600, 2400, 400]
    assert peaks.tolist() == [2400, 3200, 400]
    assert pooled.interval == 2
    assert found.pooled(5)[0] is found
    with pytest.raises(InvalidArgumentError, match="one or more"):
        found.pooled(0)


# ---------------------------------------------------------------------- pictures


def test_groups_reach_from_key_frame_to_key_frame() -> None:
    index = index_of([20] * 7, sync=np.array([1, 0, 0, 1, 0, 1, 0], bool))
    found = groups_of_pictures(index, start=Fraction(1))
    assert found.rows.tolist() == [0, 3, 5]
    assert found.lengths.tolist() == [3, 2, 2]
    assert found.sizes.tolist() == [10 + 11 + 12, 13 + 14, 15 + 16]
    assert found.times.tolist() == pytest.approx([1, 1.1, 1 + 100 / 600])
    assert found.durations.tolist() == pytest.approx([0.1, 40 / 600, 40 / 600])
    assert found.key_share == pytest.approx((10 + 13 + 15) / index.total_bytes)
    assert len(found) == len(found.key_times) == 3


def test_a_first_group_without_its_key_frame() -> None:
    found = groups_of_pictures(index_of([20] * 4, sync=np.array([0, 0, 1, 0], bool)))
    assert (found.lengths.tolist(), found.begins_with_key) == ([2, 2], False)
    assert found.key_times.tolist() == pytest.approx([40 / 600])


def test_every_picture_a_key_frame_no_key_frame_no_picture() -> None:
    assert groups_of_pictures(index_of([20] * 3)).lengths.tolist() == [1, 1, 1]
    none = groups_of_pictures(index_of([20] * 3, sync=np.zeros(3, bool)))
    assert (none.lengths.tolist(), none.key_times.size, none.key_share) == ([3], 0, 0)
    assert len(groups_of_pictures(index_of([]))) == 0


def test_kinds_follow_from_the_order() -> None:
    index = index_of([20] * 5, offsets=[40, 100, 40, 0, 20], sync=np.array([1, 0, 0, 0, 0], bool))
    assert index.presentation.tolist() == [40, 120, 80, 60, 100]
    key, forward, reordered = PictureKind.KEY, PictureKind.FORWARD, PictureKind.REORDERED
    assert picture_kinds(index).tolist() == [key, forward, reordered, reordered, reordered]
    assert picture_kinds(index_of([20, 20], sync=np.array([1, 0], bool))).tolist() == [key, forward]


# ---------------------------------------------------------------------- interleaving


def test_runs_are_samples_side_by_side() -> None:
    places = [row * 10 + (777 if row >= 1003 else 0) for row in range(4096)]
    (runs,) = interleave({1: samples([10] * 4096, each=1, offsets=places)}).runs.values()
    gap = runs.offsets.tolist().index(1003 * 10 + 777)
    assert runs.offsets[gap - 1] + runs.sizes[gap - 1] == 1003 * 10
    assert runs.ends[gap - 1] == runs.begins[gap] == 10.03
    assert (runs.offsets[1:] >= runs.offsets[:-1] + runs.sizes[:-1]).all()
    assert runs.sizes.sum() == 40960


def test_many_short_samples_make_few_runs() -> None:
    (runs,) = interleave({1: samples([10] * 100_000, each=1)}).runs.values()
    assert 500 <= len(runs) <= 520
    assert runs.sizes.sum() == 1_000_000
    assert (np.diff(runs.begins) > 0).all()


def test_tracks_in_step_and_tracks_one_behind_the_other() -> None:
    even = {1: samples([10] * 4, offsets=[0, 20, 40, 60]), 2: samples([10] * 4, offsets=[10, 30, 50, 70])}
    assert interleave(even).furthest == 1
    apart = {1: samples([10] * 4, offsets=[0, 10, 20, 30]), 2: samples([10] * 4, offsets=[40, 50, 60, 70])}
    found = interleave(apart)
    assert found.furthest == 4
    assert 30 <= found.furthest_at <= 40


def test_a_track_that_has_ended_is_waited_for_by_nobody() -> None:
    short = {1: samples([10] * 2, offsets=[0, 20]), 2: samples([10] * 6, offsets=[10, 30, 40, 50, 60, 70])}
    assert interleave(short).furthest == 1


def test_only_some_tracks_are_compared() -> None:
    tracks = {1: samples([10] * 4), 2: samples([10] * 4, offsets=[40, 50, 60, 70])}
    assert interleave(tracks, compared={1}).furthest == 0
    assert set(interleave(tracks, compared={1}).runs) == {1, 2}


def test_starts_count_and_unknown_places_do_not() -> None:
    index = samples([10, 10, 10], offsets=[-1, 100, 200])
    found = interleave({1: index, 2: samples([10], offsets=[150])}, {2: Fraction(5)})
    assert found.runs[1].offsets.tolist() == [100, 200]
    assert found.runs[2].begins.tolist() == [5]
    assert len(interleave({1: samples([10], offsets=[-1])}).runs[1]) == 0
    assert interleave({}).furthest == 0
