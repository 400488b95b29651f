"""A header that gets tables and durations and stays what it was otherwise."""

from __future__ import annotations

import pytest
from tests.isobmff.fakes import pictures
from tests.isobmff.movies import picture_entry
from tests.isobmff.reading import Atom, atoms

from reelwright.isobmff.box import Box, full_box, u32
from reelwright.isobmff.edits import Edit, EditPlan
from reelwright.isobmff.headers import IDENTITY, media_header, movie_header, track_header
from reelwright.isobmff.recovered_header import RecoveredTrack, rebuilt_header
from reelwright.isobmff.sample_table import SampleTable
from reelwright.model.errors import InvalidMediaError

LATE = 1 << 32  # a date, and a duration, that need 64 bits


def trak(number: int, created: int, *inside: Box) -> Box:
    header = track_header(
        track_id=number, created=created, duration=7, enabled=True, alternate_group=3, volume=1, transform=IDENTITY,
        size=(64, 48),
    )  # fmt: skip
    table = inside or (full_box("stsd", 0, 0, u32(1), picture_entry()), full_box("stts", 0, 0, u32(0)))
    media = media_header(created=created, time_scale=24, duration=7, language="fra")
    edts = Box("edts", full_box("elst", 0, 0, u32(0)))
    return Box("trak", header, edts, Box("mdia", media, Box("minf", Box("odd ", b"kept"), Box("stbl", *table))))


def rebuilt(duration: int, created: int = 0, *tracks: Box) -> Atom:
    table = SampleTable()
    table.append(pictures([1, 1]), 100)
    header = movie_header(created=created, time_scale=600, duration=7, next_track_id=9)
    inside = tracks or (trak(1, created), trak(2, created), trak(1, created))
    moov = Box("moov", header, *inside, Box("mvex", b"gone"), Box("more", b"kept"))
    track = RecoveredTrack(table, EditPlan((Edit(duration, 0),)), 0)
    made = rebuilt_header(moov.render()[8:], {1: track}, quicktime=True)
    return next(iter(atoms(made.render())))


@pytest.mark.parametrize("created", [0, LATE])
@pytest.mark.parametrize("duration", [1000, LATE])
def test_durations_take_the_place_of_others(duration: int, created: int) -> None:
    moov = rebuilt(duration, created)
    assert moov.kinds == ["mvhd", "trak", "more"]
    header, track = moov.one("mvhd"), moov.one("trak")
    is_long = duration >= LATE or created >= LATE
    assert header.numbers("QQIQ" if is_long else "IIII") == (created, created, 600, duration)
    assert track.one("tkhd").numbers("QQIIQ" if is_long else "IIIII") == (created, created, 1, 0, duration)
    assert track.one("mdia", "mdhd").numbers("QQIQ" if created else "IIII") == (created, created, 24, 2)
    assert header.body[-4:] == u32(9)
    assert moov.one("trak", "mdia", "minf", "odd ").body == b"kept"
    assert track.kinds == ["tkhd", "edts", "mdia"]
    assert track.one("mdia", "minf", "stbl").kinds == ["stsd", "stts", "stsc", "stsz", "stco"]


def test_a_track_without_descriptions_is_refused() -> None:
    with pytest.raises(InvalidMediaError, match="no sample descriptions"):
        rebuilt(10, 0, trak(1, 0, full_box("stts", 0, 0, u32(0))))
