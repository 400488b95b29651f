"""Boxes of fragments from runs: joined, split, compact, and read back by our own reader of fragments."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.isobmff import movies
from tests.isobmff.test_fragment_writer import inside

from reelwright.containers.movie_media import MovieMedia
from reelwright.isobmff.fragment_boxes import (
    FragmentRun,
    RandomAccess,
    Subsegment,
    first_sync_sample,
    joined_runs,
    movie_extends,
    movie_fragment,
    producer_time,
    random_access,
    segment_index,
    segment_type,
    stretches,
    track_fragment,
    without_holes,
)
from reelwright.model.errors import InvalidArgumentError
from reelwright.storage.source import open_source

SYNC = 1


def run(count: int = 2, decode: int = 0, place: int = 0, **columns: Any) -> FragmentRun:
    values: dict[str, Any] = {"sizes": 5, "durations": 1, "offsets": 0, "flags": SYNC, "description": 1} | columns
    values = {key: np.array(value) if isinstance(value, list) else value for key, value in values.items()}
    length, duration = (int(np.broadcast_to(values[name], count).sum()) for name in ("sizes", "durations"))
    return FragmentRun(count=count, decode=decode, place=place, length=length, duration=duration, **values)


def trun(*runs: FragmentRun) -> list[bytes]:
    """What each ``trun`` holds behind its version, flags and data offset are cut away: flags, and the rest."""
    data = track_fragment(1, runs, base=None, start=100).render()
    return [box.body for box in inside(data, "traf", "trun")]


def test_runs_that_touch_become_one() -> None:
    runs = [run(2), run(2, 2, 10), run(2, 4, 20, sizes=[6, 7]), run(1, 6, 40)]
    first, second = joined_runs(runs)
    assert (first.count, first.length, first.duration, first.durations, first.place) == (6, 33, 6, 1, 0)
    assert np.asarray(first.sizes).tolist() == [5, 5, 5, 5, 6, 7]
    assert second is runs[3]  # it follows in time, but lies elsewhere
    assert [len(group) for group in stretches([first, second])] == [2]


@pytest.mark.parametrize("other", [run(2, 3, 10), run(2, 2, 10, description=2)])
def test_a_hole_and_another_description_divide_runs(other: FragmentRun) -> None:
    assert joined_runs([run(2), other]) == [run(2), other]
    assert [len(group) for group in stretches([run(2), other])] == [1, 1]


def test_holes_are_closed_by_the_sample_before() -> None:
    first, second = without_holes([run(3), run(2, 5)])
    assert np.asarray(first.durations).tolist() == [1, 1, 3]
    assert (first.end, second.decode, second.durations) == (5, 5, 1)


def test_what_all_samples_share_is_said_once() -> None:
    data = track_fragment(7, [run(1000)], base=None, start=100).render()
    (tfhd,) = inside(data, "traf", "tfhd")
    assert tfhd.numbers("IIIII", 0) == (0x020038, 7, 1, 5, 0x02000000)
    assert trun(run(1000)) == [bytes.fromhex("00000001 000003e8 00000064")]


def test_an_absolute_base_and_a_second_description() -> None:
    data = track_fragment(7, [run(1, description=2)], base=1 << 33, start=0).render()
    (tfhd,) = inside(data, "traf", "tfhd")
    assert tfhd.numbers("IIQIIII", 0) == (0x3B, 7, 1 << 33, 2, 1, 5, 0x02000000)


def test_only_columns_that_vary_are_tables() -> None:
    (body,) = trun(run(3, offsets=[0, -1, 2], flags=[SYNC, 0, 0]))
    assert body.hex(" ", 4) == "01000805 00000003 00000064 02000000 00000000 ffffffff 00000002"
    (body,) = trun(run(3, durations=[2, 1, 1], flags=[0, 0, SYNC]))
    assert body.hex(" ", 4) == ("00000501 00000003 00000064 00000002 01010000 00000001 01010000 00000001 02000000")


def test_a_later_run_differs_from_what_the_first_shares() -> None:
    _, second, third = trun(run(2), run(3, 2, 10, durations=4, flags=0), run(1, 14, 25, flags=0))
    assert second.hex(" ", 4) == ("00000501 00000003 0000006e 00000004 01010000 00000004 01010000 00000004 01010000")
    assert third.hex(" ", 4) == "00000005 00000001 0000007d 01010000"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 9), st.integers(0, 1 << 31), st.integers(-(1 << 31), (1 << 31) - 1), st.sampled_from([0, 1])
        ),
        min_size=1,
        max_size=8,
    )
)
def test_our_reader_finds_what_was_written(rows: list[tuple[int, int, int, int]]) -> None:
    sizes, durations, offsets, flags = (list(column) for column in zip(*rows, strict=True))
    made = run(len(rows), 50, sizes=sizes, durations=durations, offsets=offsets, flags=flags)
    moof = movie_fragment(3, [track_fragment(1, [made], base=None, start=0)])
    header = movies.moov(movies.Track(movies.tables([])))
    film = movies.FTYP.render() + _with_extends(header.render()) + moof.render()
    media = MovieMedia(open_source(film))
    index = media.index(1)
    media.close()
    assert index.sizes.tolist() == sizes
    assert index.durations.tolist() == durations
    assert (index.presentation - index.decode).tolist() == offsets
    assert int(index.decode[0]) == 50
    assert (index.sync.tolist() if index.sync is not None else [True] * len(rows)) == [flag == 1 for flag in flags]


def _with_extends(moov: bytes) -> bytes:
    content = moov[8:] + movie_extends([1], None).render()
    return (len(content) + 8).to_bytes(4, "big") + b"moov" + content


def test_the_movies_extends() -> None:
    data = movie_extends([1, 2], 77).render()
    assert [atom.body.hex() for atom in inside(data, "mvex", "mehd")] == ["01000000" + f"{77:016x}"]
    assert [atom.numbers("5I") for atom in inside(data, "mvex", "trex")] == [(1, 1, 0, 0, 0), (2, 1, 0, 0, 0)]
    assert len(movie_extends([1, 2], None).render()) == len(data)  # the place is kept free


def test_the_first_start_of_a_fragment() -> None:
    groups = [
        [run(2, flags=0), run(2, 2, 10, flags=0)],
        [run(2, 9, flags=0), run(3, 11, flags=[0, 0, 1], offsets=[0, 0, 4], durations=[2, 3, 1])],
    ]
    assert first_sync_sample(groups, 1234, 3) == RandomAccess(11 + 5 + 4, 1234, traf=4, run=2, sample=3)
    assert first_sync_sample(groups[:1], 1234, 3) is None


def test_random_access() -> None:
    rows = array("Q", [*RandomAccess(1 << 40, 1 << 33, 1, 2, 3), *RandomAccess(5, 6, 7, 8, 9)])
    data = random_access({4: rows}).render()
    (table,) = inside(data, "mfra", "tfra")
    assert table.numbers("III QQIII QQIII") == (4, 0b111111, 2, 1 << 40, 1 << 33, 1, 2, 3, 5, 6, 7, 8, 9)
    assert inside(data, "mfra", "mfro")[0].numbers("I") == (len(data),)


def test_when_a_run_is_presented() -> None:
    assert run(3, 10).presentation() == (10, 13)
    assert run(3, 10, offsets=2).presentation() == (12, 15)
    assert run(3, 10, offsets=[2, -2, 0], durations=[1, 1, 5]).presentation() == (9, 17)


def test_boxes_of_segments() -> None:
    index = segment_index(3, 90000, 1 << 35, [Subsegment(100, 7, True), Subsegment(200, 8, False)]).render()
    (sidx,) = inside(index, "sidx")
    assert sidx.numbers("IIQQHH III III") == (3, 90000, 1 << 35, 0, 0, 2, 100, 7, 0x90000000, 200, 8, 0)
    assert segment_type(["msdh", "msix"]).render() == b"\0\0\0\x18stypmsdh\0\0\0\0msdhmsix"
    made = producer_time(2, datetime(1970, 1, 1, 0, 0, 1, 250_000, UTC), 99).render()
    (prft,) = inside(made, "prft")
    assert prft.numbers("IIIIQ", 0) == (0x01000018, 2, 2_208_988_801, 1 << 30, 99)
    with pytest.raises(InvalidArgumentError, match="time zone"):
        producer_time(2, datetime(1970, 1, 1), 99)
