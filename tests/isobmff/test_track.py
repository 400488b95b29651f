"""A track's options, descriptions and the structure of its ``trak``."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from tests.isobmff.fakes import RATE, aac, jpeg, pcm, pictures, sound
from tests.isobmff.reading import Atom, atoms

from reelwright.isobmff.edits import Edit, EditPlan
from reelwright.isobmff.track import MovieTrack, TrackOptions
from reelwright.model.errors import FrameError, InvalidArgumentError, SettingsError
from reelwright.model.format import CleanAperture, FormatDescription, PixelAspectRatio
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time


def track(media_type: MediaType = MediaType.VIDEO, file_type: FileType = FileType.MOV, **options: Any) -> MovieTrack:
    return MovieTrack(1, TrackOptions(media_type=media_type, **options), file_type)


def film(file_type: FileType = FileType.MOV, **options: Any) -> MovieTrack:
    made = track(MediaType.VIDEO, file_type, **options)
    made.append(pictures([1, 1], description=made.describe(jpeg())), 100)
    return made


PLAN = EditPlan((Edit(2, 0),))


def trak(made: MovieTrack, present: frozenset[int] = frozenset({1, 2, 3})) -> Atom:
    return next(atoms(made.box(PLAN, 0, 0, present).render()))


# Structure


def test_the_boxes_of_a_quicktime_track() -> None:
    made = track(name="Main", extended_language_tag="en-GB", references={"tmcd": [2]})
    made.append(
        pictures(
            [1, 1],
            offsets=[1, 0],
            flags=[0x101, 0x102],
            description=made.describe(jpeg(clean_aperture=CleanAperture(Fraction(300), Fraction(200)))),
        ),
        100,
    )
    atom = trak(made)
    assert atom.kinds == ["tkhd", "tapt", "edts", "tref", "mdia", "udta"]
    assert atom.one("mdia").kinds == ["mdhd", "hdlr", "elng", "minf"]
    assert atom.one("mdia", "minf").kinds == ["vmhd", "hdlr", "dinf", "stbl"]
    assert atom.one("mdia", "minf", "stbl").kinds == [
        "stsd", "stts", "ctts", "cslg", "stss", "stps", "sdtp", "stsc", "stsz", "stco"
    ]  # fmt: skip
    assert atom.one("mdia", "hdlr").body[24:] == b"\x04Main"
    assert atom.one("udta", "name").body == b"Main"


def test_the_boxes_of_an_iso_track() -> None:
    made = track(MediaType.AUDIO, FileType.MP4, name="Main", language_code="deu")
    made.append(sound(1024, description=made.describe(aac()), size=1), 100)
    atom = trak(made)
    assert atom.kinds == ["tkhd", "edts", "mdia"]
    assert atom.one("mdia").kinds == ["mdhd", "hdlr", "minf"]
    assert atom.one("mdia", "minf").kinds == ["smhd", "dinf", "stbl"]
    assert atom.one("mdia", "minf", "stbl").kinds == ["stsd", "stts", "stsc", "stsz", "stco", "sgpd", "sbgp"]
    assert atom.one("mdia", "hdlr").body[24:] == b"Main\0"


def test_iso_tracks_have_no_apertures() -> None:
    made = track(MediaType.VIDEO, FileType.MP4)
    made.append(pictures([1], description=made.describe(jpeg(pixel_aspect_ratio=PixelAspectRatio(2, 1)))), 0)
    assert "tapt" not in trak(made).kinds


def test_chunks_move_up() -> None:
    made = film()
    box = made.box(PLAN, 0, 1000, frozenset())
    assert next(atoms(box.render())).one("mdia", "minf", "stbl", "stco").table("I") == [(1100,)]


def test_references_to_tracks_that_are_not_written_are_left_out() -> None:
    made = film(references={"tmcd": [2], "chap": [2, 3]})
    assert [(atom.kind, atom.numbers("I", 0)) for atom in trak(made, frozenset({1, 3})).one("tref").children] == [
        ("chap", (3,))
    ]
    assert "tref" not in trak(made, frozenset({1})).kinds


# Header fields


def tkhd(made: MovieTrack) -> tuple[Any, ...]:
    atom = trak(made).one("tkhd")
    flags = int.from_bytes(atom.body[1:4], "big")
    group, volume = atom.numbers("hh", 34)
    width, height = atom.numbers("II", 76)
    return flags, group, volume / 256, width / 65536, height / 65536


def test_defaults_of_the_track_header() -> None:
    assert tkhd(film()) == (3, 0, 0.0, 320.0, 240.0)
    spoken = track(MediaType.AUDIO)
    spoken.append(sound(10, description=spoken.describe(pcm())), 0)
    assert tkhd(spoken) == (3, 0, 1.0, 0.0, 0.0)


def test_options_of_the_track_header() -> None:
    made = film(enabled=False, alternate_group=2, volume=Fraction(1, 4), natural_size=(640, Fraction(961, 2)))
    assert tkhd(made) == (2, 2, 0.25, 640.0, 480.5)


def test_the_size_to_show_comes_from_the_first_format() -> None:
    made = track(natural_size=(0, 0))
    clean = CleanAperture(Fraction(300), Fraction(200))
    number = made.describe(jpeg(clean_aperture=clean, pixel_aspect_ratio=PixelAspectRatio(3, 2)))
    made.append(pictures([1], description=number), 0)
    assert tkhd(made)[3:] == (450.0, 200.0)


def test_language_and_time_scale_of_the_media() -> None:
    mdhd = trak(film(extended_language_tag="es-MX")).one("mdia", "mdhd")
    assert mdhd.numbers("IIIIHH") == (0, 0, 24, 2, 0x4E01, 0)


@pytest.mark.parametrize(("media_type", "scale"), [(MediaType.VIDEO, 600), (MediaType.AUDIO, RATE)])
def test_a_track_without_samples_has_a_time_scale_all_the_same(media_type: MediaType, scale: int) -> None:
    made = track(media_type)
    made.describe(jpeg() if media_type is MediaType.VIDEO else aac())
    atom = trak(made)
    assert atom.one("mdia", "mdhd").numbers("IIII") == (0, 0, scale, 0)
    assert atom.one("mdia", "minf", "stbl").kinds == ["stsd", "stts", "stsc", "stsz", "stco"]


# Descriptions


def test_equal_formats_share_a_description() -> None:
    made = track()
    assert [made.describe(jpeg()), made.describe(jpeg(width=640)), made.describe(jpeg())] == [1, 2, 1]
    assert trak(made).one("mdia", "minf", "stbl", "stsd").numbers("I") == (2,)


def test_high_rates_need_another_table_of_descriptions_in_iso_files() -> None:
    for file_type, rate, version in [(FileType.MP4, 96000, 1), (FileType.MP4, 48000, 0), (FileType.MOV, 96000, 0)]:
        made = track(MediaType.AUDIO, file_type)
        made.describe(pcm(rate=rate))
        assert trak(made).one("mdia", "minf", "stbl", "stsd").version == version


def test_a_format_of_another_kind_is_refused() -> None:
    with pytest.raises(FrameError, match=r"audio samples \('lpcm'\) do not belong into a track of video"):
        track().describe(pcm())


def test_a_format_that_the_file_type_cannot_hold_is_refused_at_once() -> None:
    made = track(MediaType.AUDIO, FileType.MP4)
    with pytest.raises(SettingsError):
        made.describe(
            FormatDescription(media_type=MediaType.AUDIO, media_subtype="Opus", sample_rate=48000, channels=2)
        )
    assert not made.is_described


@pytest.mark.parametrize("number", [0, 2])
def test_unknown_descriptions_are_refused(number: int) -> None:
    made = track()
    made.describe(jpeg())
    with pytest.raises(FrameError, match=f"sample description {number} is not known") as raised:
        made.check(pictures([1], description=number))
    assert raised.value.track == 1


# Groups


def test_roll_groups_only_when_every_description_needs_them() -> None:
    made = track(MediaType.AUDIO)
    made.append(sound(1, description=made.describe(aac())), 0)
    assert trak(made).one("mdia", "minf", "stbl", "sbgp").numbers("4sIII") == (b"roll", 1, 1, 1)
    made.describe(pcm())
    assert not trak(made).all("mdia", "minf", "stbl", "sbgp")


# Options that cannot be written


@pytest.mark.parametrize(
    "options",
    [
        {"language_code": "en"},
        {"transform": (1, 0, 0)},
        {"transform": (1, 0, 0, 1, 1 << 15, 0)},
        {"natural_size": (-1, 5)},
        {"natural_size": (65536, 5)},
        {"volume": 128},
        {"alternate_group": 1 << 15},
        {"references": {"timecode": [1]}},
        {"extended_language_tag": "en\0"},
        {"name": "\0"},
        {"chunk_alignment": -1},
    ],
)
def test_options_that_cannot_be_written_are_refused_at_once(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError):
        track(**options)


@pytest.mark.parametrize("scale", [-1, 1 << 31])
def test_time_scales_that_cannot_be_written_are_refused(scale: int) -> None:
    with pytest.raises(InvalidArgumentError, match="media time scale"):
        MovieTrack(1, TrackOptions(media_type=MediaType.VIDEO), FileType.MOV, scale)


# Facts


def test_what_a_track_tells_of_itself() -> None:
    made = film()
    assert (made.sample_count, made.chunk_count, made.total_bytes, made.media_time_scale) == (2, 1, 7, 24)
    assert made.media_duration == Fraction(1, 12)
    assert made.bounds() == (0, Fraction(1, 12))
    made.trim_start, made.trim_end = Time(1, 48), Time(1, 24)
    assert made.bounds() == (Fraction(1, 48), Fraction(1, 24))
    assert track().media_duration == 0
    assert track().bounds() is None
