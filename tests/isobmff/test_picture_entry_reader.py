from __future__ import annotations

import pytest
from tests.isobmff.encoded import configuration, encode_video
from tests.isobmff.entry_cases import picture_fields, read, read_picture
from tests.isobmff.parameter_cases import AVC, HEVC

from reelwright.isobmff.box import Box, full_box, u16, u32
from reelwright.isobmff.sample_entry import sample_entry
from reelwright.model.color import ColorProperties
from reelwright.model.format import FormatDescription, PixelAspectRatio
from reelwright.model.kinds import FileType, MediaType


def avc_record(name: str = "plain") -> bytes:
    return configuration(encode_video(AVC[name]).file, "avcC")


def test_size_name_and_depth() -> None:
    found = read("apcn", picture_fields(1920, 1080, 24, name="Apple ProRes 422")).format
    assert (found.media_type, found.media_subtype, found.width, found.height) == (MediaType.VIDEO, "apcn", 1920, 1080)
    assert found.extensions == {"FormatName": "Apple ProRes 422", "Depth": 24}
    assert (found.bits_per_component, found.chroma, found.codec_config, dict(found.atoms)) == (10, "4:2:2", b"", {})


def test_origin_is_told_by_quicktime_only() -> None:
    fields = bytearray(picture_fields())
    fields[8:24] = u16(1, 2) + b"appl" + u32(512, 1023)
    known = {"Version": 1, "RevisionLevel": 2, "Vendor": "appl", "TemporalQuality": 512, "SpatialQuality": 1023}
    assert read("jpeg", bytes(fields)).format.extensions == {**known, "Depth": 24}
    assert read("jpeg", bytes(fields), quicktime=False).format.extensions == {"Depth": 24}


def test_names_that_are_longer_than_their_field() -> None:
    fields = bytearray(picture_fields())
    fields[42:74] = b"\xff" + b"x" * 31
    assert read("jpeg", bytes(fields)).format.extensions["FormatName"] == "x" * 31


def test_names_of_old_macintoshes() -> None:
    fields = bytearray(picture_fields())
    fields[42:46] = b"\x03\x8a\x9a\x80"
    assert read("jpeg", bytes(fields)).format.extensions["FormatName"] == "äöÄ"


@pytest.mark.parametrize("name", ["ten bits", "4:2:2", "4:4:4", "grey", "HDR", "anamorphic", "full range"])
def test_h264_says_the_rest_by_its_parameter_sets(name: str) -> None:
    record = avc_record(name)
    found = read_picture("avc1", Box("avcC", record)).format
    assert found.codec_config == record
    assert found.atoms == {"avcC": record}
    film = AVC[name]
    depth = 10 if "10le" in film.pixels else 8
    chroma = {"422": "4:2:2", "444": "4:4:4", "gra": "4:0:0"}.get(film.pixels[:4].removeprefix("yuv")[:3])
    chroma = next(
        (text for key, text in (("422", "4:2:2"), ("444", "4:4:4"), ("gray", "4:0:0")) if key in film.pixels), "4:2:0"
    )
    assert (found.bits_per_component, found.chroma) == (depth, chroma)
    if film.color:
        assert found.color == ColorProperties(*film.color[:3])
        assert found.full_range == (film.color[3] == 2)
    assert found.pixel_aspect_ratio == (PixelAspectRatio(4, 3) if name == "anamorphic" else None)


def test_the_container_stands_before_the_parameter_sets() -> None:
    boxes = Box("colr", b"nclc", u16(1, 1, 1)), Box("pasp", u32(5, 4)), Box("avcC", avc_record("HDR"))
    found = read_picture("avc1", *boxes).format
    assert (found.color, found.pixel_aspect_ratio) == (ColorProperties.HD, PixelAspectRatio(5, 4))
    assert (found.width, found.height, found.bits_per_component) == (64, 48, 10)


@pytest.mark.parametrize("kind", ["hvc1", "hev1"])
def test_hevc(kind: str) -> None:
    record = configuration(encode_video(HEVC["HDR10"]).file, "hvcC")
    found = read_picture(kind, Box("hvcC", record), Box("lhvC", b"layer")).format
    assert (found.codec_config, found.atoms) == (record, {"hvcC": record, "lhvC": b"layer"})
    assert (found.bits_per_component, found.chroma, found.color) == (10, "4:2:0", ColorProperties.HDR10)


@pytest.mark.parametrize(("kind", "base"), [("dvh1", "hvcC"), ("dvhe", "hvcC"), ("dva1", "avcC"), ("dvav", "avcC")])
def test_dolby_vision_is_described_by_its_base_layer(kind: str, base: str) -> None:
    record = avc_record("HDR") if base == "avcC" else configuration(encode_video(HEVC["HDR10"]).file, "hvcC")
    found = read_picture(kind, Box(base, record), Box("dvcC", bytes(24))).format
    assert (found.media_subtype, found.codec_config, set(found.atoms)) == (kind, record, {base, "dvcC"})
    assert (found.bits_per_component, found.color) == (10, ColorProperties.HDR10)


def test_an_alpha_layer_is_announced_by_a_message() -> None:
    config = encode_video(HEVC["plain"]).extradata
    message = bytes([39 << 1, 1, 165, 4, 0, 0x7F, 0x90, 0x80, 0x80])
    format = FormatDescription(media_type=MediaType.VIDEO, media_subtype="hvc1", codec_config=config)
    other = format.with_(codec_config=config + b"\0\0\1" + message)
    for described, has_alpha in ((format, None), (other, True)):
        content = sample_entry(described, FileType.MOV).render()[8:]
        assert read("hvc1", content).format.extensions.get("ContainsAlphaChannel") is has_alpha


@pytest.mark.parametrize(
    ("kind", "depth", "alpha"), [("ap4h", 32, True), ("ap4h", 24, None), ("apcn", 32, None), ("rle ", 32, True)]
)
def test_alpha_by_depth(kind: str, depth: int, alpha: bool | None) -> None:
    found = read(kind, picture_fields(depth=depth)).format
    assert found.extensions.get("ContainsAlphaChannel") is alpha


@pytest.mark.parametrize("kind", ["avc1", "hvc1"])
@pytest.mark.parametrize("record", [b"", b"\1", b"\1\x64\0\x1f\xff\xe1\0\x40broken", bytes(40)])
def test_broken_parameter_sets_cost_nothing_else(kind: str, record: bytes) -> None:
    atom = {"avc1": "avcC", "hvc1": "hvcC"}[kind]
    read = read_picture(kind, Box(atom, record), Box("pasp", u32(4, 3)))
    assert (read.format.width, read.format.pixel_aspect_ratio) == (64, PixelAspectRatio(4, 3))
    assert read.format.codec_config == record
    assert (read.format.bits_per_component, bool(read.problems)) == (None, bool(record))


def test_a_size_of_zero_is_the_parameter_sets() -> None:
    found = read("avc1", picture_fields(0, 0), Box("avcC", avc_record("odd size"))).format
    assert (found.width, found.height) == (66, 50)


def esds(kind: int, specific: bytes) -> Box:
    decoder = bytes([kind, 0x11]) + bytes(11) + bytes([5, len(specific)]) + specific
    return full_box("esds", 0, 0, bytes([3, 5 + len(decoder), 0, 1, 0, 4, len(decoder)]) + decoder)


@pytest.mark.parametrize(("kind", "depth"), [(0x20, 8), (0x6C, None), (0x61, None)])
def test_mpeg4_pictures(kind: int, depth: int | None) -> None:
    found = read_picture("mp4v", esds(kind, b"\0\0\1\xb0\x03")).format
    assert (found.codec_config, found.extensions["ObjectTypeIndication"]) == (b"\0\0\1\xb0\x03", kind)
    assert found.bits_per_component == depth
    assert "esds" in found.atoms


def test_a_broken_descriptor_is_noted() -> None:
    read = read_picture("mp4v", full_box("esds", 0, 0, b"\x03\x7f"))
    assert read.format.codec_config == b""
    assert "longer than what holds it" in read.problems[0]


def test_general_configurations() -> None:
    assert read_picture("AVdn", Box("glbl", b"extra")).format.codec_config == b"extra"


def test_palettes() -> None:
    colors = [(0xFFFF, 0, 0), (0, 0x8000, 0xFFFF)]
    table = u32(0) + u16(0x8000, 1) + b"".join(u16(at, *color) for at, color in enumerate(colors))
    found = read("rle ", picture_fields(depth=1, table=0) + table, Box("pasp", u32(4, 3))).format
    assert found.extensions["ColorTable"] == tuple(colors)
    assert found.pixel_aspect_ratio == PixelAspectRatio(4, 3)


def test_palettes_of_impossible_length_are_left_out() -> None:
    read_ = read("rle ", picture_fields(depth=8, table=0) + u32(0) + u16(0x8000, 0xFFFF))
    assert "ColorTable" not in read_.format.extensions
    assert "65536 colours" in read_.problems[0]


def test_a_palette_that_is_cut() -> None:
    read_ = read("rle ", picture_fields(depth=8, table=0) + u32(0) + u16(0x8000, 255) + bytes(80))
    assert (read_.format.width, "ColorTable" in read_.format.extensions) == (64, False)
    assert "ends too early" in read_.problems[0]


@pytest.mark.parametrize(
    ("film", "bit", "expected"),
    [("full range", 0x00, True), ("full range", 0x80, True), ("plain", 0x00, False), ("plain", 0x80, True)],
)
def test_streams_that_say_full_range_mean_it_whatever_the_container_says(film: str, bit: int, expected: bool) -> None:
    """Writers leave the bit unset over pictures in full range; nobody says full range of pictures that are not."""
    tags = Box("colr", b"nclx", u16(1, 1, 1), bytes([bit]))
    found = read_picture("avc1", tags, Box("avcC", avc_record(film)), quicktime=False).format
    assert found.full_range is expected
    assert found.color == ColorProperties.HD
