from __future__ import annotations

import pytest
from tests.isobmff.entry_cases import HEAD, read

from reelwright.isobmff.box import Box, Buffer, cstring, full_box, i16, i32, pstring, u8, u16, u32
from reelwright.isobmff.entry_reader import EntryRead
from reelwright.isobmff.text_entry import TextDefaults
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time


def other(kind: str, *parts: Buffer | Box, media_type: MediaType = MediaType.OTHER) -> EntryRead:
    content = b"".join(part.render() if isinstance(part, Box) else bytes(part) for part in parts)
    return read(kind, HEAD + content, media_type=media_type)


@pytest.mark.parametrize("kind", ["tmcd", "tc64", "cn32", "cn64"])
def test_time_codes(kind: str) -> None:
    name = Box("name", u16(6, 0), b"TAPE01")
    read_ = other(kind, u32(0, 3, 30000, 1001), u8(30, 0), name, media_type=MediaType.TIMECODE)
    assert read_.problems == ()
    assert read_.format.media_subtype == kind
    assert read_.format.extensions == {
        "TimeCodeFlags": 3,
        "FrameQuanta": 30,
        "FrameDuration": Time(1001, 30000),
        "SourceReferenceName": {"Value": "TAPE01", "LangCode": 0},
    }


@pytest.mark.parametrize("scale", [0, 1 << 31])
def test_time_codes_of_impossible_scale(scale: int) -> None:
    found = other("tmcd", u32(0, 0, scale, 1001), u8(30, 0)).format
    assert found.extensions == {"TimeCodeFlags": 0, "FrameQuanta": 30}


@pytest.mark.parametrize("size", range(17))
def test_cut_time_codes_are_noted(size: int) -> None:
    read_ = other("tmcd", (u32(0, 3, 30000, 1001) + u8(30))[:size])
    assert (read_.format.media_subtype, dict(read_.format.extensions)) == ("tmcd", {})
    assert "ends too early" in read_.problems[0]


def test_quicktime_text() -> None:
    fields = u32(1) + i32(-1) + u16(1, 2, 3) + i16(10, 20, 30, 40) + bytes(8) + u16(5, 1) + bytes(3) + u16(7, 8, 9)
    read_ = other("text", fields, pstring("Geneva"), media_type=MediaType.TEXT)
    assert read_.problems == ()
    assert read_.format.extensions == {
        "displayFlags": 1,
        "textJustification": -1,
        "backgroundColor": (1, 2, 3),
        "defaultTextBox": (10, 20, 30, 40),
        "defaultStyle": {"font": 5, "face": 1, "color": (7, 8, 9)},
        "defaultFontName": "Geneva",
    }


TX3G = (
    u32(0x80000000) + u8(1, 0xFF) + u8(0, 0, 0, 128) + i16(0, 0, 60, 320)
    + u16(0, 0, 1) + u8(1, 18) + u8(255, 254, 253, 252)
)  # fmt: skip


@pytest.mark.parametrize("kind", ["tx3g", "text"])
def test_timed_text_under_both_names(kind: str) -> None:
    fonts = Box("ftab", u16(1, 1), pstring("Sans"))
    read_ = other(kind, TX3G, fonts, media_type=MediaType.SUBTITLE)
    assert read_.problems == ()
    assert read_.format.extensions["fontTable"] == {1: "Sans"}
    assert read_.format.atoms["ftab"] == fonts.render()[8:]
    defaults = TextDefaults.of(read_.format.extensions)
    assert defaults.all_forced
    assert defaults.style is not None
    assert (defaults.style.size, defaults.style.color) == (18, (255, 254, 253, 252))


def test_webvtt() -> None:
    found = other("wvtt", Box("vttC", b"WEBVTT"), Box("vlab", b"source"), media_type=MediaType.TEXT).format
    assert (found.media_type, found.media_subtype) == (MediaType.TEXT, "wvtt")
    assert found.atoms == {"vttC": b"WEBVTT", "vlab": b"source"}


def test_timed_text_markup() -> None:
    mime = full_box("mime", 0, 0, cstring("application/ttml+xml;codecs=im1t"))
    found = other(
        "stpp", cstring("http://www.w3.org/ns/ttml"), cstring("schema.xsd"), cstring("image/png"), mime
    ).format
    assert found.extensions == {
        "Namespace": "http://www.w3.org/ns/ttml",
        "SchemaLocation": "schema.xsd",
        "AuxiliaryMimeTypes": "image/png",
    }
    assert set(found.atoms) == {"mime"}


@pytest.mark.parametrize("kind", ["mett", "sbtt", "stxt"])
def test_streams_of_text(kind: str) -> None:
    found = other(kind, cstring(""), cstring("text/vtt"), Box("txtC", b"1")).format
    assert found.extensions == {"ContentEncoding": "", "MimeFormat": "text/vtt"}
    assert set(found.atoms) == {"txtC"}


def test_markup_metadata() -> None:
    found = other("metx", cstring("gzip"), cstring("urn:x"), cstring("x.xsd")).format
    assert found.extensions == {"ContentEncoding": "gzip", "Namespace": "urn:x", "SchemaLocation": "x.xsd"}


@pytest.mark.parametrize("kind", ["c608", "c708", "gpmd"])
def test_entries_without_fields(kind: str) -> None:
    read_ = other(kind, media_type=MediaType.CLOSED_CAPTION)
    assert (read_.format.media_subtype, read_.problems) == (kind, ())
    assert (dict(read_.format.extensions), dict(read_.format.atoms)) == ({}, {})


def test_key_tables_are_kept_for_who_reads_samples() -> None:
    keys = Box("keys", Box("\0\0\0\1", Box("keyd", b"mdtacom.example.key")))
    found = other("mebx", keys, media_type=MediaType.METADATA).format
    assert found.atoms == {"keys": keys.render()[8:]}


def test_hints() -> None:
    found = other("rtp ", u16(1, 1) + u32(1450), Box("tims", u32(90000))).format
    assert found.extensions == {"HintTrackVersion": 1, "HighestCompatibleVersion": 1, "MaxPacketSize": 1450}
    assert found.atoms == {"tims": u32(90000)}


@pytest.mark.parametrize("media_type", [MediaType.OTHER, MediaType.METADATA, MediaType.MUXED, MediaType.HAPTIC])
def test_what_is_not_known_keeps_its_boxes(media_type: MediaType) -> None:
    read_ = other("abcd", Box("conf", b"1"), media_type=media_type)
    assert (read_.format.media_type, dict(read_.format.atoms), read_.problems) == (media_type, {"conf": b"1"}, ())
    assert other("abcd", bytes(40), media_type=media_type).format.atoms == {}
    assert other("abcd", b"no boxes at all", media_type=media_type).problems == ()
