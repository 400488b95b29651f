from __future__ import annotations

from typing import Any

import pytest
from tests.isobmff.entry_cases import read_picture

from reelwright.isobmff.box import Box, full_box, u8, u16, u24, u32
from reelwright.isobmff.codec_config import codec_string
from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType


def video(kind: str, **atoms: str) -> FormatDescription:
    payloads = {name: bytes.fromhex(payload) for name, payload in atoms.items()}
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype=kind, atoms=payloads)


@pytest.mark.parametrize(
    ("record", "facts", "string"),
    [
        ("81 04 0c 00", {}, "av01.0.04M.08"),
        ("81 04 0c 00", {"color": ColorProperties.HD, "full_range": False}, "av01.0.04M.08"),
        ("81 08 4e 00", {"color": ColorProperties.HDR10}, "av01.0.08M.10.0.112.09.16.09.0"),
        ("81 0d cc 00", {"full_range": True}, "av01.0.13H.10.0.110.01.01.01.1"),
        ("81 28 40 00", {"color": ColorProperties.SRGB}, "av01.1.08M.10.0.000.01.13.00.0"),
        ("81 48 6a 00", {}, "av01.2.08M.12.0.100.01.01.01.0"),
        ("81 08 1c 00", {}, "av01.0.08M.08.1.110.01.01.01.0"),
    ],
)
def test_av1(record: str, facts: dict[str, Any], string: str) -> None:
    assert codec_string(video("av01", av1C=record).with_(**facts)) == string


@pytest.mark.parametrize(
    ("kind", "record", "string"),
    [
        ("vp09", "01000000 00 1f 80 02 02 02 0000", "vp09.00.31.08"),
        ("vp09", "01000000 00 1f 82 01 01 01 0000", "vp09.00.31.08"),
        ("vp09", "01000000 00 1f 83 01 01 01 0000", "vp09.00.31.08.01.01.01.01.01"),
        ("vp09", "01000000 02 0a a2 09 10 09 0000", "vp09.02.10.10.01.09.16.09.00"),
        ("vp09", "01000000 01 29 87 01 01 01 0000", "vp09.01.41.08.03.01.01.01.01"),
        ("vp08", "01000000 00 29 80 02 02 02 0000", "vp08.00.41.08"),
    ],
)
def test_vp9(kind: str, record: str, string: str) -> None:
    assert codec_string(video(kind, vpcC=record)) == string


@pytest.mark.parametrize(
    ("record", "string"),
    [
        ("00000000 ff 0011 5f 01 02 33 00", "vvc1.1.L51"),
        ("00000000 ff 0011 5f 01 03 60 00", "vvc1.1.H96"),
        ("00000000 fe", "vvc1"),
    ],
)
def test_vvc(record: str, string: str) -> None:
    assert codec_string(video("vvc1", vvcC=record)) == string


@pytest.mark.parametrize(
    ("kind", "atom", "record", "string"),
    [
        ("dvh1", "dvcC", "0100 0a35" + "00" * 20, "dvh1.05.06"),
        ("dvhe", "dvvC", "0100 1045" + "00" * 20, "dvhe.08.08"),
        ("dav1", "dvvC", "0100 144d" + "00" * 20, "dav1.10.09"),
        ("dva1", "dvcC", "0100 1225" + "00" * 20, "dva1.09.04"),
    ],
)
def test_dolby_vision(kind: str, atom: str, record: str, string: str) -> None:
    assert codec_string(video(kind, **{atom: record})) == string


def descriptor(kind: int, specific: bytes = b"") -> bytes:
    decoder = u8(kind, 0x11) + u24(0) + u32(0, 0) + u8(5, len(specific)) + specific
    return full_box("esds", 0, 0, u8(3, 5 + len(decoder)), u16(0), u8(0, 4, len(decoder)), decoder).render()[8:]


@pytest.mark.parametrize(
    ("kind", "specific", "string"),
    [
        (0x20, b"\0\0\1\xb0\x09rest", "mp4v.20.9"),
        (0x20, b"\0\0\1\xb0\xf5rest", "mp4v.20.245"),
        (0x20, b"\0\0\1\xb0", "mp4v.20"),
        (0x20, b"", "mp4v.20"),
        (0x6C, b"", "mp4v.6C"),
        (0x61, b"\0\0\1\xb0\x09", "mp4v.61"),
    ],
)
def test_mpeg4_visual(kind: int, specific: bytes, string: str) -> None:
    assert codec_string(video("mp4v", esds=descriptor(kind, specific).hex())) == string
    assert codec_string(read_picture("mp4v", Box("esds", descriptor(kind, specific))).format) == string


@pytest.mark.parametrize(
    ("kind", "atoms", "config", "string"),
    [
        ("mp4a", {"esds": descriptor(0x6B)}, b"", "mp4a.6B"),
        ("mp4a", {"esds": descriptor(0x67, b"\x11\x90")}, b"\x11\x90", "mp4a.67"),
        ("mp4a", {}, bytes.fromhex("f8 46 40"), "mp4a.40.34"),
        ("mp4a", {"esds": descriptor(0x40, b"\x11\x90")}, b"\x11\x90", "mp4a.40.2"),
        ("Opus", {}, b"", "Opus"),
        ("fLaC", {}, b"", "fLaC"),
        ("alac", {}, b"", "alac"),
        ("ac-3", {}, b"", "ac-3"),
        ("ec-3", {}, b"", "ec-3"),
        (".mp3", {}, b"", "mp3"),
        ("samr", {}, b"", "samr"),
        ("mhm1", {"mhaC": b"\1\x0d\x13"}, b"", "mhm1.0x0D"),
    ],
)
def test_sound(kind: str, atoms: dict[str, bytes], config: bytes, string: str) -> None:
    format = FormatDescription(media_type=MediaType.AUDIO, media_subtype=kind, atoms=atoms, codec_config=config)
    assert codec_string(format) == string


@pytest.mark.parametrize(
    ("kind", "mime", "namespace", "string"),
    [
        ("wvtt", "", "", "wvtt"),
        ("tx3g", "", "", "tx3g"),
        ("stpp", "", "", "stpp"),
        ("stpp", "", "http://www.w3.org/ns/ttml", "stpp.ttml"),
        ("stpp", "application/ttml+xml;codecs=im1t", "http://www.w3.org/ns/ttml", "stpp.ttml.im1t"),
        ("stpp", 'application/ttml+xml; codecs="im1i"', "", "stpp.ttml.im1i"),
        ("stpp", "application/ttml+xml", "http://www.w3.org/ns/ttml", "stpp.ttml"),
    ],
)
def test_text(kind: str, mime: str, namespace: str, string: str) -> None:
    format = FormatDescription(
        media_type=MediaType.SUBTITLE,
        media_subtype=kind,
        atoms={"mime": bytes(4) + mime.encode() + b"\0"} if mime else {},
        extensions={"Namespace": namespace},
    )
    assert codec_string(format) == string


@pytest.mark.parametrize("kind", ["apcn", "ap4h", "jpeg", "v210"])
def test_pictures_without_parameters_go_by_their_code(kind: str) -> None:
    assert codec_string(video(kind)) == kind


@pytest.mark.parametrize(
    ("kind", "atom"), [("av01", "av1C"), ("vp09", "vpcC"), ("vvc1", "vvcC"), ("dvh1", "dvcC"), ("mp4v", "esds")]
)
def test_what_is_missing_is_named(kind: str, atom: str) -> None:
    with pytest.raises(InvalidMediaError, match=f"lacks the box '{atom}'") as caught:
        codec_string(video(kind))
    assert caught.value.hint is not None
    with pytest.raises(InvalidMediaError):
        codec_string(video(kind, **{atom: "81"}))
