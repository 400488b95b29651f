"""One track of a movie header: every small box that may be missing, odd, broken or there twice."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tests.isobmff.movies import Track, elst, picture_entry, sound_entry, tables

from reelwright.isobmff.box import Box, cstring, full_box, u16, u32
from reelwright.isobmff.parse import scan
from reelwright.isobmff.track_reader import TrackReader, media_type_of, read_track
from reelwright.model.facts import EditEntry
from reelwright.model.kinds import MediaType
from reelwright.storage.source import open_source


def read(box: Box, *, quicktime: bool = False, extent: int = 1 << 20) -> TrackReader | None:
    source = open_source(box.render())
    (place,) = scan(source)
    return read_track(source, place, quicktime=quicktime, movie_scale=600, extent=extent)


def known(track: Track, *, extent: int = 1 << 20) -> TrackReader:
    found = read(track.box(), extent=extent)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        *((kind.value, kind) for kind in MediaType),
        ("subt", MediaType.SUBTITLE),
        ("subp", MediaType.SUBTITLE),
        ("pict", MediaType.VIDEO),
        ("MPEG", MediaType.MUXED),
        ("hint", MediaType.OTHER),
        ("", MediaType.OTHER),
    ],
)
def test_kinds_by_handler(handler: str, kind: MediaType) -> None:
    assert media_type_of(handler) is kind


def test_a_track_without_a_header_is_none() -> None:
    assert read(Box("trak")) is None
    assert read(Box("trak", full_box("tkhd", 0, 0, bytes(20)))) is None


def test_a_track_with_nothing_but_a_header() -> None:
    header, *_ = Track(duration=300).box().parts
    found = read(Box("trak", header))
    assert found is not None
    facts = found.facts
    assert (facts.track_id, facts.media_type, facts.handler, facts.formats) == (1, MediaType.OTHER, "", ())
    assert (facts.time_scale, facts.media_duration, facts.sample_count) == (1, 0, None)
    assert facts.duration.fraction == Fraction(3, 10)
    assert (facts.language_code, facts.extended_language_tag) == (None, None)
    assert any("has no media" in problem for problem in facts.problems)
    assert any("no sample description" in problem for problem in facts.problems)
    assert found.tables.places == {}


@pytest.mark.parametrize("scale", [0, 1 << 31, (1 << 32) - 1])
def test_clocks_that_cannot_be(scale: int) -> None:
    box = Track().box().render()
    whole = box.replace(u32(0, 0, 1000, 0), u32(0, 0, scale, 0), 1)
    assert whole != box
    source = open_source(whole)
    found = read_track(source, next(scan(source)), quicktime=False, movie_scale=600, extent=0)
    assert found is not None
    assert found.facts.time_scale == 1
    assert "ticks a second" in found.facts.problems[0]


def test_tables_are_found_and_not_read() -> None:
    found = known(Track(tables([4, 5, 6]), duration=300))
    assert set(found.tables.places) == {"stts", "stsz", "stsc", "stco"}
    assert (found.facts.sample_count, found.tables.time_scale, found.tables.extent) == (3, 1000, 1 << 20)
    assert not found.tables.is_sound


def test_a_length_that_only_the_media_says() -> None:
    track = Track(duration=1)  # rounds to no tick of the movie
    assert known(track).facts.duration.fraction == Fraction(1, 1000)
    edited = Track(duration=1, children=[elst((0, 0))])
    assert known(edited).facts.duration.fraction == 0


def test_edits_damaged_and_whole() -> None:
    assert known(Track(children=[elst((9, -1), (5, 3))])).facts.edits == (EditEntry(9, None), EditEntry(5, 3))
    cut = Box("edts", full_box("elst", 0, 0, u32(2), u32(5, 0), u32(1 << 16), bytes(7)))
    facts = known(Track(children=[cut])).facts
    assert facts.edits == (EditEntry(5, 0),)
    assert "promises 2 edits but holds 1" in facts.problems[0]


def test_the_tag_of_a_language_stands_before_its_letters() -> None:
    tag = full_box("elng", 0, 0, cstring("pt-BR"))
    facts = known(Track(language="por", media_children=[tag])).facts
    assert (facts.language_code, facts.extended_language_tag) == ("por", "pt-BR")
    empty = full_box("elng", 0, 0, cstring(""))
    assert known(Track(media_children=[empty])).facts.extended_language_tag is None


def test_names_and_characteristics() -> None:
    notes = Box(
        "udta",
        Box("name", b"Commentary\0"),
        Box("tagc", b"public.easy-to-read"),
        Box("tagc", b"public.easy-to-read"),
        full_box("kind", 0, 0, cstring("urn:mpeg:dash:role:2011"), cstring("main")),
        full_box("kind", 0, 0, cstring("about:html-kind")),
        Box("kind", b"\0"),
    )
    facts = known(Track(children=[notes])).facts
    assert facts.name == "Commentary"
    assert facts.characteristics == ("public.easy-to-read", "main", "about:html-kind")


def test_where_samples_lie() -> None:
    away = full_box("url ", 0, 0, cstring("other.bin"))
    here = full_box("url ", 0, 1)
    assert known(Track(references=[here])).tables.extent == 1 << 20
    assert known(Track(references=[away])).tables.extent is None
    mixed = Track(references=[here, away], entries=[picture_entry(), picture_entry(reference=2)])
    assert known(mixed).tables.extent is None
    assert known(mixed).facts.format_references == (0, 1)
    unused = Track(references=[here, away], entries=[picture_entry()])
    assert known(unused).tables.extent == 1 << 20
    unknown = Track(references=[here], entries=[picture_entry(reference=9)])
    assert known(unknown).tables.extent == 1 << 20


def test_a_track_without_data_references_lies_in_the_file() -> None:
    (reference,) = known(Track(references=[])).facts.data_references
    assert reference.is_self_contained


def test_descriptions_that_are_broken_keep_their_numbers() -> None:
    broken = Box("avc1", bytes(6), u16(1), bytes(4))
    facts = known(Track(entries=[broken, picture_entry("jpeg")])).facts
    assert [format_.media_subtype for format_ in facts.formats] == ["avc1", "jpeg"]
    assert facts.problems


def test_how_sound_is_packed() -> None:
    found = known(Track(handler="soun", entries=[sound_entry("sowt", 2, 16), sound_entry("mp4a")]))
    assert found.tables.is_sound
    assert found.tables.packing is not None
    assert (found.tables.packing.bytes, found.tables.packing.is_pcm) == (4, True)
    swapped = known(Track(handler="soun", entries=[sound_entry("mp4a"), sound_entry("sowt", 2, 16)]))
    assert swapped.tables.packing is None


def test_descriptions_without_end_are_not_all_read() -> None:
    found = known(Track(entries=[picture_entry()] * 1030))
    assert len(found.facts.formats) == 1024


def test_a_count_of_descriptions_is_kept_to() -> None:
    track = Track(entries=[picture_entry("jpeg"), picture_entry("png ")]).box().render()
    two = b"stsd" + u32(0, 2)
    found = read_track(
        open_source(track.replace(two, b"stsd" + u32(0, 1))),
        next(scan(open_source(track))),
        quicktime=False,
        movie_scale=600,
        extent=0,
    )
    assert found is not None
    assert [format_.media_subtype for format_ in found.facts.formats] == ["jpeg"]
