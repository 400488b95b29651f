"""Edit lists: sessions, late tracks, holes, sound's priming and tail, pictures out of order; and their bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction as F

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.isobmff.reading import atoms

from reelwright.isobmff.edits import EMPTY, Edit, EditPlan, Window, edit_list, plan_edits, presented_bounds
from reelwright.isobmff.sample_table import Extent
from reelwright.isobmff.timeline import round_half_away


@dataclass
class Case:
    """Extents in media ticks of the source, a session in seconds, and the edits they must become."""

    extents: list[tuple[int, int, int]]
    edits: list[tuple[int, int]]
    start: F = F(0)
    end: F | None = None
    media: int = 24
    movie: int = 24
    trim_start: F = F(0)
    trim_end: F = F(0)
    empty_until: F = F(0)
    off: F = field(default=F(0))  # the largest rounding


E = EMPTY
CASES = {
    # The table of the session's semantics, row by row.
    "begins with the session": Case([(0, 48, 0)], [(48, 0)]),
    "session and media begin late together": Case([(240, 288, 0)], [(48, 0)], start=F(10)),
    "samples before the start are kept and not shown": Case([(0, 48, 0)], [(36, 12)], start=F(1, 2)),
    "a sample across the start is shown from there": Case([(0, 48, 0)], [(47, 1)], start=F(1, 24)),
    "a late track begins with an empty edit": Case([(12, 60, 0)], [(12, E), (48, 0)]),
    "samples after the end are kept and not shown": Case([(0, 48, 0)], [(36, 0)], end=F(3, 2)),
    "a sample across the end is cut": Case([(0, 100, 0)], [(60, 0)], end=F(3, 5), media=100, movie=100),
    "both ends": Case([(0, 48, 0)], [(24, 12)], start=F(1, 2), end=F(3, 2)),
    "the end of the session does not stretch the media": Case([(0, 48, 0)], [(48, 0)], end=F(5)),
    "late media and an early end": Case([(12, 60, 0)], [(12, E), (24, 0)], end=F(3, 2)),
    "nothing in the session": Case([], [(48, E)], end=F(2), empty_until=F(2)),
    "nothing at all": Case([], []),
    "everything before the session": Case([(0, 24, 0)], [(24, E)], start=F(1), empty_until=F(2)),
    "everything after it": Case([(48, 72, 0)], [(24, E)], end=F(1), empty_until=F(1)),
    # Pictures decoded out of order: the media time is where the earliest is shown.
    "reordered pictures": Case([(0, 48, 2)], [(48, 2)]),
    "reordered pictures cut at the start": Case([(0, 48, 2)], [(36, 14)], start=F(1, 2)),
    "reordered pictures of a late track": Case([(12, 60, 2)], [(12, E), (48, 2)]),
    # Sound: five seconds at 48 kHz with 2112 frames of priming and 576 of padding (QuickTime's own example).
    "priming and tail": Case(
        [(-2112, 240576, 0)], [(240000, 2112)], media=48000, movie=48000,
        trim_start=F(2112, 48000), trim_end=F(576, 48000),
    ),
    "priming that was not announced is silence before the start": Case(
        [(-2112, 240576, 0)], [(240576, 2112)], media=48000, movie=48000
    ),
    "priming before a late start": Case(
        [(46976, 96000, 0)], [(48000, E), (48000, 1024)], media=48000, movie=48000, trim_start=F(1024, 48000)
    ),
    "a session that cuts sound": Case(
        [(-1024, 96256, 0)], [(48000, 25024)], start=F(1, 2), end=F(3, 2), media=48000, movie=48000,
        trim_start=F(1024, 48000), trim_end=F(256, 48000),
    ),
    "an end of the session within the tail": Case(
        [(-1024, 96256, 0)], [(95000, 1024)], end=F(95000, 48000), media=48000, movie=48000,
        trim_start=F(1024, 48000), trim_end=F(256, 48000),
    ),
    "trims of more than there is": Case([(0, 10, 0)], [], trim_start=F(1)),
    "priming of more than one stretch": Case(
        [(0, 12, 0), (24, 48, 12)], [(30, E), (18, 18)], trim_start=F(30, 24)
    ),
    # Holes.
    "a hole between two stretches": Case([(0, 24, 0), (36, 60, 24)], [(24, 0), (12, E), (24, 24)]),
    "a session that begins in a hole": Case(
        [(0, 24, 0), (36, 60, 24)], [(6, E), (24, 24)], start=F(30, 24)
    ),
    "a session that ends in a hole": Case([(0, 24, 0), (36, 60, 24)], [(24, 0)], end=F(30, 24)),
    "a session within the second stretch": Case(
        [(0, 24, 0), (36, 60, 24)], [(6, 30)], start=F(42, 24), end=F(48, 24)
    ),
    "a hole too short for a movie tick": Case(
        [(0, 2400, 0), (2401, 4800, 2400)], [(48, 0)], media=2400, off=F(1, 2400)
    ),
    "stretches that overlap where they are shown": Case(
        [(0, 26, 1), (24, 48, 27)], [(26, 1), (22, 29)]
    ),
    "a stretch hidden by the one before": Case([(0, 48, 0), (24, 40, 50)], [(48, 0)]),
    # Rounding: positions are rounded, durations are their differences.
    "coarse movie ticks": Case(
        [(1001, 3003, 0)], [(1, E), (2, 0)], media=30000, movie=30, off=F(1, 10000)
    ),
    "a session between media ticks": Case(
        [(0, 48, 0)], [(1000, 12)], start=F(501, 1000), end=F(1501, 1000), movie=1000, off=F(1, 1000)
    ),
    "less than half a movie tick": Case([(0, 4, 0)], [], media=1000, movie=100, off=F(1, 250)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_situations(name: str) -> None:
    case = CASES[name]
    extents = [Extent(*numbers) for numbers in case.extents]
    plan = plan_edits(
        extents,
        media_time_scale=case.media,
        movie_time_scale=case.movie,
        session=Window(case.start, case.end),
        bounds=presented_bounds(extents, case.media, case.trim_start, case.trim_end),
        empty_until=case.empty_until,
    )
    assert [(edit.duration, edit.media_time) for edit in plan.edits] == case.edits
    assert plan.largest_rounding == case.off
    assert plan.duration == sum(duration for duration, _ in case.edits)
    assert plan.presented == sum(duration for duration, media_time in case.edits if media_time != EMPTY)
    assert plan.lead == (case.edits[0][0] if case.edits and case.edits[0][1] == EMPTY else 0)


@st.composite
def timelines(draw: st.DrawFn) -> list[Extent]:
    extents, at, media = [], draw(st.integers(-100, 100)), draw(st.integers(0, 5))
    for _ in range(draw(st.integers(1, 4))):
        length = draw(st.integers(1, 100))
        extents.append(Extent(at, at + length, media))
        at += length + draw(st.integers(1, 50))
        media += length
    return extents


@given(timelines(), st.integers(-120, 300), st.integers(0, 400), st.integers(0, 30), st.integers(0, 30))
def test_every_tick_of_the_movie_shows_its_tick_of_the_source(
    extents: list[Extent], start: int, length: int, trim_start: int, trim_end: int
) -> None:
    """Against a movie laid out tick by tick, where the two scales are one."""
    plan = plan_edits(
        extents,
        media_time_scale=24,
        movie_time_scale=24,
        session=Window(F(start, 24), F(start + length, 24)),
        bounds=presented_bounds(extents, 24, F(trim_start, 24), F(trim_end, 24)),
        empty_until=F(start + length, 24),
    )
    media_of = {tick: e.media + tick - e.first for e in extents for tick in range(e.first, e.last)}
    shown = range(extents[0].first + trim_start, extents[-1].last - trim_end)
    expected = [media_of.get(tick) if tick in shown else None for tick in range(start, start + length)]
    laid_out: list[int | None] = []
    for edit in plan.edits:
        empty = edit.media_time == EMPTY
        laid_out += [None if empty else edit.media_time + n for n in range(edit.duration)]
    while any(tick is not None for tick in expected) and expected[-1] is None:
        expected.pop()  # a movie ends with its media
    assert laid_out == expected
    assert plan.largest_rounding == 0
    assert all(edit.duration > 0 for edit in plan.edits)


@given(
    timelines(),
    st.integers(1, 1000),
    st.fractions(-5, 5, max_denominator=999),
    st.fractions(0, 20, max_denominator=999),
)
@example([Extent(0, 1, 0), Extent(2, 3, 1), Extent(9, 13, 2)], 4, F(0), F(1))
def test_rounding_never_adds_up(extents: list[Extent], movie: int, start: F, length: F) -> None:
    session = Window(start, start + length)
    bounds = presented_bounds(extents, 24, F(0), F(0))
    plan = plan_edits(
        extents, media_time_scale=24, movie_time_scale=movie, session=session, bounds=bounds, empty_until=start + length
    )
    assert plan.largest_rounding <= max(F(1, 2 * movie), F(1, 48))
    assert bounds is not None
    if plan.presented:
        end = min(bounds[1], session.end or bounds[1])
        parts = [(max(F(e.first, 24), start), min(F(e.last, 24), end)) for e in extents]
        # A part that begins and ends on one movie tick cannot be shown, and a movie ends with what it shows.
        ticks = [[round_half_away(*((at - start) * movie).as_integer_ratio()) for at in part] for part in parts]
        shown = max(end for (begin, end), (at, until) in zip(parts, ticks, strict=True) if begin < end and at < until)
        assert abs(F(plan.duration, movie) - (shown - start)) <= F(1, movie)


def test_bounds_without_samples_or_without_anything_left() -> None:
    assert presented_bounds([], 24, F(0), F(0)) is None
    assert presented_bounds([Extent(0, 24, 0)], 24, F(1, 2), F(1, 2)) is None
    assert presented_bounds([Extent(6, 24, 0), Extent(30, 48, 18)], 24, F(1, 4), F(1)) == (F(1, 2), F(1))


# Bytes


def test_an_edit_list() -> None:
    box = edit_list([Edit(600, EMPTY), Edit(1200, 1024)])
    assert box is not None
    assert box.render() == bytes.fromhex(
        "00000030 65647473 00000028 656c7374 00000000 0000000200000258 ffffffff 00010000 000004b0 00000400 00010000"
    )


@pytest.mark.parametrize("edit", [Edit(1 << 32, 5), Edit(5, 1 << 31)])
def test_large_numbers_take_the_long_form(edit: Edit) -> None:
    box = edit_list([Edit(7, EMPTY), edit])
    assert box is not None
    elst = next(atoms(box.render())).one("elst")
    assert elst.version == 1
    assert elst.table("QqI") == [(7, EMPTY, 0x10000), (edit.duration, edit.media_time, 0x10000)]


def test_the_short_form_holds_what_fits() -> None:
    box = edit_list([Edit((1 << 32) - 1, (1 << 31) - 1)])
    assert box is not None
    assert next(atoms(box.render())).one("elst").version == 0


def test_no_edits_no_box() -> None:
    assert edit_list([]) is None
    assert EditPlan().duration == EditPlan().lead == EditPlan().presented == 0
