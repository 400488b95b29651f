"""Whole movie headers: what becomes a fact, what is lived with, what is refused."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from tests.isobmff.movies import FTYP, Track, elst, film, moov, picture_entry, sound_entry, source, tables

from reelwright.isobmff.box import Box, cstring, fourcc, full_box, u16, u32
from reelwright.isobmff.movie_reader import MovieReader, read_movie
from reelwright.model.errors import InvalidMediaError
from reelwright.model.facts import DataReference, EditEntry, TrackFacts
from reelwright.model.kinds import MediaType
from reelwright.storage.source import open_source


def reader(*boxes: Box) -> MovieReader:
    return read_movie(open_source(b"".join(box.render() for box in boxes)))


def facts_of(track: Track) -> TrackFacts:
    return read_movie(source(track)).facts.tracks[0]


def test_what_a_file_says_of_itself() -> None:
    facts = read_movie(source(Track(), duration=1200)).facts
    assert (facts.container, facts.major_brand, facts.minor_version) == ("mov", "isom", 512)
    assert facts.compatible_brands == ("isom", "mp42")
    assert (facts.time_scale, facts.duration.fraction, facts.rate) == (600, 2, 1)
    assert (facts.can_contain_fragments, facts.contains_fragments, facts.has_precise_timing) == (False, False, True)
    assert facts.problems == ()


def test_what_a_track_says_of_itself() -> None:
    references = Box("tref", Box("tmcd", u32(2)))
    notes = Box("udta", Box("name", b"A name"), Box("tagc", b"public.easy-to-read"), full_box("kind", 0, 0, b"a\0b\0"))
    track = facts_of(
        Track(
            tables([1, 2, 3]),
            track_id=7,
            duration=300,
            children=[elst((180, 0)), references, notes],
            media_children=[full_box("elng", 0, 0, cstring("de-CH"))],
            language="deu",
        )
    )
    assert (track.track_id, track.handler, track.media_type) == (7, "vide", MediaType.VIDEO)
    assert (track.time_scale, track.media_duration, track.duration.fraction) == (1000, 300, Fraction(3, 10))
    assert track.edits == (EditEntry(180, 0),)
    assert track.references == {"tmcd": (2,)}
    assert track.characteristics == ("public.easy-to-read", "b")
    assert (track.name, track.language_code, track.extended_language_tag) == ("A name", "deu", "de-CH")
    assert (track.size, track.enabled, track.sample_count) == ((64, 48), True, 3)
    assert [format_.media_subtype for format_ in track.formats] == ["jpeg"]
    assert track.data_references == (DataReference("url "),)
    assert (track.format_references, track.is_protected, track.problems) == ((0,), False, ())


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        ("soun", MediaType.AUDIO),
        ("subt", MediaType.SUBTITLE),
        ("pict", MediaType.VIDEO),
        ("tmcd", MediaType.TIMECODE),
        ("hint", MediaType.OTHER),
        ("\0\0\0\0", MediaType.OTHER),
    ],
)
def test_kinds_of_tracks(handler: str, kind: MediaType) -> None:
    entry = sound_entry() if handler == "soun" else Box("abcd", bytes(6), u16(1), bytes(8))
    track = facts_of(Track(handler=handler, entries=[entry]))
    assert (track.handler, track.media_type) == (handler, kind)


def test_several_descriptions_keep_their_places_though_one_is_broken() -> None:
    entries = [picture_entry("jpeg", 2), Box("mjpa", bytes(5)), picture_entry("png ")]
    track = facts_of(Track(entries=entries, references=[full_box("url ", 0, 1), full_box("url ", 0, 0, b"x\0")]))
    assert [format_.media_subtype for format_ in track.formats] == ["jpeg", "mjpa", "png "]
    assert track.format_references[0] == 1
    assert track.problems


def test_a_track_without_descriptions() -> None:
    track = facts_of(Track(entries=[]))
    assert track.formats == ()
    assert "no sample description" in track.problems[0]


@pytest.mark.parametrize("scale", [0, 1 << 31])
def test_clocks_that_cannot_be(scale: int) -> None:
    mdhd = full_box("mdhd", 0, 0, u32(0, 0, scale, 5), u16(0x55C4, 0))
    trak = Track().box()
    parts = tuple(mdhd if isinstance(part, Box) and part.kind == "mdhd" else part for part in trak.parts[-1].parts)  # type: ignore[union-attr]
    track = read_movie(source(Box("trak", *trak.parts[:-1], Box("mdia", *parts)))).facts.tracks[0]
    assert track.time_scale == 1
    assert "clock" in track.problems[0]


def test_a_second_track_of_the_same_number_is_left_out() -> None:
    facts = read_movie(source(Track(scale=10), Track(scale=20))).facts
    assert [track.time_scale for track in facts.tracks] == [10]
    assert "second track" in facts.problems[0]


def test_a_track_without_header_or_media() -> None:
    header = Track().box().parts[0]
    facts = read_movie(source(Box("trak", Box("free")), Box("trak", header))).facts
    assert len(facts.tracks) == 1
    assert facts.tracks[0].media_type is MediaType.OTHER
    assert "left out" in facts.problems[0]


def test_of_two_headers_the_first_counts() -> None:
    """As FFmpeg has it."""
    found = reader(FTYP, moov(Track(scale=10)), moov(Track(scale=20))).facts
    assert found.tracks[0].time_scale == 10
    assert "2 movie headers" in found.problems[0]


def test_a_file_without_a_file_type_is_of_quicktimes_kind() -> None:
    facts = reader(moov(Track())).facts
    assert (facts.major_brand, len(facts.tracks)) == ("", 1)


def test_boxes_that_lie() -> None:
    """A ``free`` shorter than its header, media that claims to be longer than the file."""
    short = u32(3) + b"free"
    long = u32(1 << 20) + b"mdat" + bytes(9)
    found = read_movie(open_source(FTYP.render() + short + moov(Track()).render() + long))
    assert len(found.facts.tracks) == 1
    assert "behind the end of the file" in found.facts.problems[0]


@pytest.mark.parametrize(
    ("boxes", "hint"),
    [
        ([FTYP], "no movie file"),
        ([FTYP, Box("mdat", bytes(9))], "not finished"),
        ([Box("styp", b"msdh", u32(0)), Box("moof"), Box("mdat")], "initialization segment"),
    ],
)
def test_files_without_a_header(boxes: list[Box], hint: str) -> None:
    with pytest.raises(InvalidMediaError, match="no movie header") as caught:
        reader(*boxes)
    assert hint in (caught.value.hint or "")


def test_a_header_that_says_nothing() -> None:
    with pytest.raises(InvalidMediaError, match="without 'mvhd'"):
        reader(FTYP, Box("moov"))


def test_opening_reads_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """The header of a long film is passed over, not read."""
    data = film(Track(tables([1] * 500_000)))
    opened = open_source(data)
    read: list[int] = []
    plain = opened.read

    def noted(offset: int, size: int) -> bytes:
        read.append(size)
        return plain(offset, size)

    monkeypatch.setattr(opened, "read", noted)
    assert read_movie(opened).facts.tracks[0].sample_count == 500_000
    assert sum(read) < 100_000


def test_headers_that_leave_out_how_long_they_are() -> None:
    """Then the media tells."""
    trak = Track(tables([1] * 3), duration=300).box()
    header = Track(duration=0).box().parts[0]
    facts = read_movie(source(Box("trak", header, *trak.parts[1:]))).facts
    assert facts.tracks[0].duration.fraction == Fraction(3, 10)
    assert facts.duration.fraction == Fraction(3, 10)


def test_chapters_and_metadata() -> None:
    chapters = full_box("chpl", 1, 0, bytes(1), u32(1), bytes(8), b"\5First")
    title = Box("©nam", u16(5, 0), b"Title")
    facts = read_movie(source(Track(), Box("udta", chapters, title), duration=600)).facts
    assert [(chapter.title, chapter.end.fraction) for chapter in facts.chapters] == [("First", 1)]
    assert [item.value for item in facts.metadata] == ["Title"]


def test_sound_whose_trims_stand_in_itunes_words() -> None:
    words = b" 00000000 00000840 000001C0 0000000000001000 00000000"
    item = Box(
        "----",
        full_box("mean", 0, 0, b"com.apple.iTunes"),
        full_box("name", 0, 0, b"iTunSMPB"),
        Box("data", u32(1, 0), words),
    )
    handler = full_box("hdlr", 0, 0, bytes(4), fourcc("mdir"), bytes(13))
    notes = Box("udta", full_box("meta", 0, 0, handler, Box("ilst", item)))
    track = Track(handler="soun", entries=[sound_entry("mp4a")], scale=48000, duration=8000)
    facts = read_movie(source(track, notes, duration=100)).facts
    assert facts.tracks[0].edits == (EditEntry(51, 0x840),)
    assert facts.duration == facts.tracks[0].duration
    edited = Track(handler="soun", entries=[sound_entry("mp4a")], scale=48000, duration=8000, children=[elst((9, 0))])
    assert read_movie(source(edited, notes)).facts.tracks[0].edits == (EditEntry(9, 0),)
    assert read_movie(source(track, Track(track_id=2), notes)).facts.tracks[0].edits == ()


def test_headers_with_random_damage_give_our_errors_or_facts() -> None:
    random_ = random.Random(5)
    whole = film(
        Track(tables([1, 2, 3]), children=[elst((180, 0))]),
        Track(track_id=2, handler="soun", entries=[sound_entry()]),
        payload=bytes(50),
        duration=99,
    )
    start = whole.index(b"moov")
    for _ in range(1500):
        data = bytearray(whole)
        for _ in range(random_.choice((1, 2, 8))):
            place = random_.randrange(start - 4, len(data))
            data[place] = random_.choice((0, 1, 127, 128, 255, random_.randrange(256)))
        try:
            found = read_movie(open_source(bytes(data)))
            for number in found.tracks:
                assert len(found.index(number)) <= 1 << 16
        except InvalidMediaError:
            continue


def test_headers_cut_off_anywhere() -> None:
    whole = film(Track(tables([1, 2, 3])))
    for size in range(1, len(whole), 3):
        try:
            found = read_movie(open_source(whole[:size]))
            for number in found.tracks:
                found.index(number)
        except InvalidMediaError:
            continue
    assert len(read_movie(open_source(whole[:-1])).tracks) == 1


def test_fragments_without_a_movie_are_passed_in_one_go() -> None:
    with pytest.raises(InvalidMediaError, match="media segment"):
        reader(FTYP, Box("free", Box("moof").render() * 3), *[Box("moof")] * 50_000)


def test_a_damaged_description_of_encrypted_samples_is_still_one() -> None:
    facts = facts_of(Track(entries=[Box("encv", bytes(6), u16(1), bytes(20))]))
    assert facts.is_protected
    assert facts.formats[0].media_subtype == "encv"
    assert facts.problems


def test_descriptions_without_a_data_reference_number_have_the_first() -> None:
    facts = facts_of(Track(handler="meta", entries=[Box("mett", b"text\0image/x\0\0")]))
    assert facts.format_references == (0,)
