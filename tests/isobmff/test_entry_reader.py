from __future__ import annotations

from pathlib import Path

import av
import pytest
from tests.isobmff.encoded import encode_video
from tests.isobmff.entry_cases import HEAD, picture_fields, read, read_picture, read_sound, sound_fields
from tests.isobmff.parameter_cases import AVC

from reelwright.isobmff.box import Box, full_box, u16, u32
from reelwright.isobmff.entry_boxes import MOST_BOXES, EntryBoxes, looks_like_boxes
from reelwright.isobmff.entry_reader import is_protected, protection_scheme, read_sample_entry
from reelwright.isobmff.parse import Parser, find, scan
from reelwright.isobmff.sample_entry import sample_entry
from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidMediaError, SettingsError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType
from reelwright.storage.source import open_source

MEDIA = Path(__file__).parents[2].parent / "shared" / "media"


def test_the_number_of_the_data_reference() -> None:
    assert read("jpeg", bytes(6) + u16(7) + picture_fields()[8:]).data_reference == 7


def test_entries_that_end_within_their_fixed_fields_are_refused() -> None:
    for size in range(len(picture_fields())):
        with pytest.raises(InvalidMediaError, match="ends too early"):
            read("jpeg", picture_fields()[:size])
    for size in range(len(sound_fields())):
        with pytest.raises(InvalidMediaError, match="ends too early"):
            read_sound("twos", sound_fields()[:size])


def test_an_entry_cut_anywhere_behind_its_fields_keeps_what_was_before() -> None:
    config = encode_video(AVC["plain"]).extradata
    format = FormatDescription(
        media_type=MediaType.VIDEO, media_subtype="avc1", codec_config=config, color=ColorProperties.HD
    )
    whole = sample_entry(format, FileType.MP4).render()[8:]
    for size in range(len(picture_fields()), len(whole)):
        found = read("avc1", whole[:size]).format
        assert (found.width, found.height) == (64, 48)
    assert read("avc1", whole).problems == ()


@pytest.mark.parametrize("code", [b"\0\0\0\0", b"\xff\xfe\x01\x02", b"ms\0\x11", b"\xa9abc"])
def test_types_that_cannot_be_printed_have_four_characters(code: bytes) -> None:
    ((kind, _),) = Parser(u32(8) + code, "a table").boxes()
    found = read(kind, sound_fields(), media_type=MediaType.METADATA).format
    assert len(found.media_subtype) == 4
    assert found.media_subtype.encode("mac_roman") == code


def test_writers_of_metadata_that_forget_the_head() -> None:
    found = read("mett", b"application/x\0text/plain\0", media_type=MediaType.METADATA)
    assert found.data_reference == 1
    assert found.format.extensions == {"ContentEncoding": "application/x", "MimeFormat": "text/plain"}
    assert found.problems == ("the box 'mett' lacks the reserved bytes and the data reference at its beginning.",)


def sinf(original: str, scheme: str = "") -> Box:
    named = [full_box("schm", 0, 0, scheme.encode(), u32(0x10000))] if scheme else []
    return Box("sinf", Box("frma", original.encode()), *named)


def test_encrypted_pictures_are_described_as_what_they_are_underneath() -> None:
    config = encode_video(AVC["ten bits"]).extradata
    clear = FormatDescription(media_type=MediaType.VIDEO, media_subtype="avc1", codec_config=config)
    entry = sample_entry(clear, FileType.MP4)
    content = entry.render()[8:] + sinf("avc1", "cbcs").render()
    found = read("encv", content).format
    assert (found.media_subtype, found.bits_per_component, protection_scheme(found)) == ("avc1", 10, "cbcs")
    assert is_protected(found)
    assert "sinf" in found.atoms
    with pytest.raises(SettingsError, match="encrypted"):
        sample_entry(found, FileType.MP4)


@pytest.mark.parametrize(
    ("kind", "boxes", "subtype", "scheme"),
    [
        ("enca", [sinf("ac-3", "cenc")], "ac-3", "cenc"),
        ("drms", [sinf("mp4a", "itun")], "mp4a", "itun"),
        ("drms", [sinf("alac")], "alac", "drms"),
        ("enca", [], "enca", "enca"),
        ("p608", [], "p608", "p608"),
        ("ac-3", [], "ac-3", None),
        ("ac-3", [sinf("mp4a", "cenc")], "ac-3", None),  # a leftover: the entry itself is in the clear
        ("enca", [Box("sinf", b"\0\0\0\3frma")], "enca", "enca"),
        ("resv", [Box("rinf", Box("frma", b"ac-3"))], "ac-3", None),
        ("resv", [Box("rinf", Box("frma", b"enca")), sinf("ac-3", "cenc")], "ac-3", "cenc"),
        ("enca", [Box("rinf", Box("frma", b"ac-3")), sinf("resv", "cbcs")], "ac-3", "cbcs"),
        ("resv", [Box("rinf", Box("frma", b"resv"))], "resv", None),
        ("resv", [], "resv", None),
    ],
)
def test_schemes(kind: str, boxes: list[Box], subtype: str, scheme: str | None) -> None:
    found = read_sound(kind, sound_fields(), *boxes).format
    assert (found.media_subtype, protection_scheme(found), is_protected(found)) == (subtype, scheme, scheme is not None)


def test_encrypted_text() -> None:
    found = read("enct", HEAD, Box("vttC", b"WEBVTT"), sinf("wvtt", "cenc"), media_type=MediaType.TEXT).format
    assert (found.media_subtype, protection_scheme(found), found.atoms["vttC"]) == ("wvtt", "cenc", b"WEBVTT")


def test_boxes_by_type() -> None:
    problems: list[str] = []
    boxes = EntryBoxes(Parser(Box("aaaa", b"1").render() + Box("aaaa", b"2").render() + b"rest", "it"), problems)
    assert (boxes.payload("aaaa"), boxes.all("aaaa"), boxes.payload("none"), boxes.parser("none")) == (
        b"1",
        [b"1", b"2"],
        None,
        None,
    )
    assert boxes.atoms() == {"aaaa": b"1"}
    assert boxes.add(Parser(Box("bbbb", b"3").render(), "it")) == {"bbbb"}
    assert "bbbb" in boxes
    assert problems == []


def test_more_boxes_than_make_sense_are_given_up() -> None:
    problems: list[str] = []
    EntryBoxes(Parser(Box("aaaa").render() * (MOST_BOXES + 5), "it"), problems)
    assert problems == [f"it holds more than {MOST_BOXES} boxes."]


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (Box("avcC", b"1").render(), True),
        (u32(100) + b"avcC", False),
        (u32(1024, 0) + bytes(2000), False),
        (u32(7) + b"avcC", False),
        (b"short", False),
        (Box("©nam").render(), True),
    ],
)
def test_what_looks_like_boxes(data: bytes, answer: bool) -> None:
    content = Parser(data, "it")
    assert looks_like_boxes(content) is answer
    assert content.position == 0


def test_a_box_of_impossible_size_ends_the_entry_and_is_noted() -> None:
    found = read_picture("jpeg", Box("gama", u32(0x23333)), Box("evil"))
    content = picture_fields() + Box("gama", u32(0x18000)).render() + b"\0\0\0\5evil"
    found = read("jpeg", content)
    assert found.format.extensions["GammaLevel"] == 1.5
    assert found.problems == ("the box 'jpeg' holds a box 'evil' of 5 bytes, less than its own header.",)


def _entries(path: Path) -> list[tuple[int, str, FormatDescription]]:
    """Number, handler and format of each track, by nothing but the boxes' places."""
    source = open_source(path)
    found = []
    moov = find(list(scan(source)), "moov")
    for trak in scan(source, moov.content, moov.end) if moov else []:
        if trak.kind != "trak":
            continue
        inside = {box.kind: box for box in scan(source, trak.content, trak.end)}
        number = inside["tkhd"].read(source, 1000)
        number.skip(20 if number.full_header()[0] else 8)
        media = {box.kind: box for box in scan(source, inside["mdia"].content, inside["mdia"].end)}
        handler = media["hdlr"].read(source, 1000).bytes(12)[8:].decode()
        if handler not in ("vide", "soun"):
            continue
        place = media["minf"]
        for kind in ("stbl", "stsd"):
            place = next(box for box in scan(source, place.content, place.end) if box.kind == kind)
        table = place.read(source, 1 << 20)
        table.skip(8)
        kind, content = next(table.boxes())
        read = read_sample_entry(kind, content, MediaType(handler), quicktime=path.suffix == ".mov")
        assert read.problems == ()
        found.append((number.u32(), handler, read.format))
    source.close()
    return found


@pytest.mark.parametrize(
    "name",
    [
        "media3/bt601.mov",
        "media3/sample_ac3.mp4",
        "media3/sample_alac.mp4",
        "media3/sample_eac3joc.mp4",
        "media3/sample_fpcm_32le.mp4",
        "media3/sample_ipcm_16be.mp4",
        "media3/sample_opus.mp4",
        "media3/sample_twos_pcm.mp4",
        "media3/dolbyVision-hdr.MOV",
        "media3/hlg10-color-test.mp4",
        "media3/sample_with_colr_mdcv_and_clli.mp4",
        "media3/bbb_800x640_768kbps_30fps_vp9.mp4",
        "lofty/mp4_codec_flac.mp4",
        "torchcodec/nasa_13013.mp4",
        "torchcodec/testsrc2_444_10bit_hevc.mp4",
        "torchcodec/testsrc2_av1_10bit.mp4",
        "osxphotos/EC19EA1A-FC91-449C-8925-B13D863E2EDB_3.mov",
    ],
)
def test_real_files_say_what_ffmpeg_finds_in_them(name: str) -> None:
    path = MEDIA / name
    if not path.exists():
        pytest.skip("the collection of real files is not here")
    entries = _entries(path)
    assert entries
    with av.open(str(path)) as container:
        streams = {stream.id: stream for stream in container.streams}
        for number, handler, format in entries:
            context = streams[number].codec_context
            if handler == "vide":
                assert (format.width, format.height) == (context.width, context.height)
                assert format.bits_per_component == context.format.components[0].bits
                codes = context.color_primaries, context.color_trc, context.colorspace
                assert (format.color.codes if format.color else (2, 2, 2)) == codes
            else:
                assert (format.sample_rate, format.channels) == (context.sample_rate, context.channels)
                if "channels" not in context.layout.name:  # FFmpeg takes no layout for granted
                    assert format.channel_layout == context.layout.name
