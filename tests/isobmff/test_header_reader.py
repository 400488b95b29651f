"""The small boxes of a movie header, each read back from what our writer makes of it, or from bytes."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reelwright.isobmff import header_reader as headers
from reelwright.isobmff.box import Box, cstring, fourcc, full_box, i16, i32, i64, pstring, u16, u32, u64
from reelwright.isobmff.headers import handler, media_header, movie_header, track_header, track_references
from reelwright.isobmff.language import packed_language
from reelwright.isobmff.parse import Parser
from reelwright.model.facts import IDENTITY, DataReference, EditEntry
from reelwright.model.kinds import MediaType

EPOCH = 2_082_844_800


def content(box: Box) -> Parser:
    return Parser(box.render()[8:], f"the box {box.kind!r}")


@pytest.mark.parametrize(("created", "duration"), [(EPOCH + 7, 90), (EPOCH + (1 << 33), 1 << 40)])
def test_a_movie_header(created: int, duration: int) -> None:
    box = movie_header(created=created, time_scale=600, duration=duration, next_track_id=3)
    found = headers.read_movie_header(content(box))
    assert (found.created, found.time_scale, found.duration) == (created - EPOCH, 600, duration)
    assert (found.rate, found.volume, found.transform) == (1, 1, IDENTITY)


def test_a_track_header() -> None:
    transform = (0, 1, -1, 0, Fraction(1, 2), 640)
    box = track_header(
        track_id=4,
        created=0,
        duration=77,
        enabled=True,
        alternate_group=2,
        volume=Fraction(1, 2),
        transform=transform,
        size=(Fraction(41, 2), 10),
    )
    found = headers.read_track_header(content(box))
    assert (found.track_id, found.duration, found.alternate_group, found.volume) == (4, 77, 2, Fraction(1, 2))
    assert found.transform == transform
    assert found.size == (Fraction(41, 2), 10)
    assert found.created is None
    assert found.flags & 1


@pytest.mark.parametrize(("version", "unknown"), [(0, u32((1 << 32) - 1)), (1, u64((1 << 64) - 1))])
def test_unknown_durations(version: int, unknown: bytes) -> None:
    times = bytes(16 if version else 8)
    box = full_box("mdhd", version, 0, times, u32(10), unknown, u16(0x55C4, 0))
    assert headers.read_media_header(content(box)).duration is None


def test_a_media_header() -> None:
    found = headers.read_media_header(content(media_header(created=0, time_scale=48000, duration=9, language="deu")))
    assert (found.time_scale, found.duration, found.language) == (48000, 9, packed_language("deu"))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (packed_language("deu"), ("deu", None)),
        (packed_language("und"), (None, None)),
        (0, ("eng", "en")),
        (33, ("zho", "zh-Hans")),
        (0x3FF, (None, None)),
        (0x7FFF, (None, None)),
        (0x8000, (None, None)),
        (0xFFFF, (None, None)),
    ],
)
def test_languages_of_both_kinds(code: int, expected: tuple[str | None, str | None]) -> None:
    assert headers.language_of(code) == expected


@pytest.mark.parametrize("quicktime", [True, False])
@pytest.mark.parametrize("name", ["Core Media Video", "Straße", None])
def test_handlers_of_both_dialects(quicktime: bool, name: str | None) -> None:
    box = handler(MediaType.SUBTITLE, name, quicktime=quicktime)
    component, kind, text = headers.read_handler(content(box))
    assert (component, kind) == ("mhlr" if quicktime else "\0\0\0\0", "sbtl")
    assert text == (name or "Subtitles")


def test_handlers_that_end_early_or_have_no_name() -> None:
    assert headers.read_handler(content(full_box("hdlr", 0, 0, bytes(4), fourcc("vide"))))[1:] == ("vide", "")
    plain = full_box("hdlr", 0, 0, fourcc("mhlr"), fourcc("vide"), bytes(12), pstring("abc"), bytes(3))
    assert headers.read_handler(content(plain))[2] == "abc"


def test_edit_lists_of_both_versions() -> None:
    short = full_box("elst", 0, 0, u32(2), u32(10), i32(-1), u32(1 << 16), u32(20), i32(5), u32(1 << 15))
    long = full_box("elst", 1, 0, u32(1), u64(1 << 40), i64(1 << 35), u32(0))
    assert headers.read_edits(content(short), []) == (EditEntry(10, None), EditEntry(20, 5, Fraction(1, 2)))
    assert headers.read_edits(content(long), []) == (EditEntry(1 << 40, 1 << 35, Fraction(0)),)


@pytest.mark.parametrize(("time", "expected"), [(-1, None), (-2, -2), (-(1 << 31), -(1 << 31)), (0, 0)])
def test_only_minus_one_is_an_empty_edit(time: int, expected: int | None) -> None:
    short = full_box("elst", 0, 0, u32(1, 10), i32(time), u32(1 << 16))
    long = full_box("elst", 1, 0, u32(1), u64(10), i64(time), u32(1 << 16))
    for box in (short, long):
        assert headers.read_edits(content(box), []) == (EditEntry(10, expected),)


def test_edit_lists_that_promise_too_much() -> None:
    problems: list[str] = []
    box = full_box("elst", 0, 0, u32((1 << 32) - 1), u32(10), i32(0), u32(1 << 16), bytes(5))
    assert headers.read_edits(content(box), problems) == (EditEntry(10, 0),)
    assert len(problems) == 1


def test_edits_of_any_length_stay_times() -> None:
    box = full_box("elst", 1, 0, u32(1), u64((1 << 64) - 1), i64((1 << 63) - 1), u32(1 << 16))
    (edit,) = headers.read_edits(content(box), [])
    assert edit.duration < 1 << 62
    assert edit.media_time is not None
    assert edit.media_time < 1 << 62


def test_track_references() -> None:
    box = track_references({"cdsc": (1, 2), "tmcd": (3,)})
    assert box is not None
    assert headers.read_references(content(box)) == {"cdsc": (1, 2), "tmcd": (3,)}
    twice = Box("tref", Box("chap", u32(0, 7)), Box("chap", u32(8)))
    assert headers.read_references(content(twice)) == {"chap": (7, 8)}


def test_data_references() -> None:
    entries = (
        full_box("url ", 0, 1),
        full_box("url ", 0, 0, cstring("a.mov")),
        full_box("urn ", 0, 0, cstring("urn:x"), cstring("b.mov")),
        full_box("rsrc", 0, 0, bytes(9)),
        Box("odd "),
    )
    box = full_box("dref", 0, 0, u32(len(entries)), *entries)
    assert headers.read_data_references(content(box)) == (
        DataReference("url "),
        DataReference("url ", "a.mov", False),
        DataReference("urn ", "b.mov", False),
        DataReference("rsrc", None, False),
        DataReference("odd ", None, False),
    )


def alias(*tags: bytes, name: bytes = b"film.mov") -> bytes:
    return bytes(50) + bytes([len(name)]) + name.ljust(63, b"\0") + bytes(36) + b"".join(tags) + i16(-1) + u16(0)


def tag(number: int, text: bytes) -> bytes:
    return i16(number) + u16(len(text)) + text + bytes(len(text) % 2)


def test_alias_records() -> None:
    assert headers.alias_path(alias(tag(0, b"folder"), tag(18, b"/a/b.mov"), tag(19, b"/Volumes/x"))) == (
        "/Volumes/x/a/b.mov"
    )
    assert headers.alias_path(alias(tag(18, b"a/b.mov"))) == "/a/b.mov"
    assert headers.alias_path(alias()) == "film.mov"
    assert headers.alias_path(alias(name=b"")) is None
    assert headers.alias_path(bytes(149)) is None


def test_alias_records_cut_off_anywhere() -> None:
    whole = alias(tag(18, b"/a/b.mov"), tag(19, b"/"))
    for size in range(len(whole)):
        assert headers.alias_path(whole[:size]) in (None, "film.mov", "/a/b.mov")


def test_defaults_of_fragments() -> None:
    box = full_box("trex", 0, 0, u32(2, 1, 100, 5, 0x10000))
    assert headers.read_track_extends(content(box)) == headers.TrackExtends(2, 1, 100, 5, 0x10000)
    assert headers.read_extends_header(content(full_box("mehd", 1, 0, u64(1 << 40)))) == 1 << 40
