from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from tests.isobmff.carried import decoded, encode_sound, opened, with_entry
from tests.isobmff.encoded import boxes, configuration, encode_video, entry
from tests.isobmff.parameter_cases import AVC, HEVC

from reelwright.isobmff.sample_entry import sample_entry
from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidMediaError, SettingsError
from reelwright.model.format import CleanAperture, FormatDescription, PixelAspectRatio
from reelwright.model.kinds import FileType, MediaType

FIXED = 86  # bytes of a picture entry before its boxes, header included


def picture(name: str = "plain", **rest: object) -> FormatDescription:
    config = encode_video(AVC[name]).extradata
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype="avc1", codec_config=config, **rest)  # type: ignore[arg-type]


def sound(subtype: str = "aac ", config: bytes = b"\x11\x90", **rest: object) -> FormatDescription:
    return FormatDescription(media_type=MediaType.AUDIO, media_subtype=subtype, codec_config=config, **rest)  # type: ignore[arg-type]


def kinds(payload: bytes, fixed: int = FIXED) -> list[str]:
    found, position = [], fixed
    while position < len(payload):
        found.append(payload[position + 4 : position + 8].decode())
        position += int.from_bytes(payload[position : position + 4], "big")
    return found


def test_a_quicktime_picture_entry_byte_by_byte() -> None:
    box = sample_entry(picture("HDR"), FileType.MOV)
    record = configuration(encode_video(AVC["HDR"]).file, "avcC")
    assert box.render() == bytes.fromhex(
        f"{86 + 8 + len(record) + 18:08x} 61766331 000000000000 0001"
        "0000 0000 6170706c 00000200 00000200"  # version, revision, vendor, qualities
        "0040 0030 00480000 00480000 00000000 0001"
        "05 482e323634 0000000000000000000000000000000000000000000000000000 0018 ffff"  # "H.264", 24 bits, no table
    ) + (8 + len(record)).to_bytes(4, "big") + b"avcC" + record + bytes.fromhex(
        "00000012 636f6c72 6e636c63 0009 0010 0009"
    )  # fmt: skip


def test_an_iso_picture_entry_has_no_quicktime_in_it() -> None:
    payload = sample_entry(picture("HDR", bit_rate=1_000_000), FileType.MP4).render()
    assert payload[16:32] == bytes(16)
    assert payload[50:82] == b"\x0aAVC Coding".ljust(32, b"\0")
    assert kinds(payload) == ["avcC", "colr", "btrt"]
    assert boxes(payload[FIXED:], "colr") == [b"nclx" + bytes.fromhex("0009 0010 0009 00")]
    assert boxes(payload[FIXED:], "btrt") == [bytes.fromhex("00000000 000f4240 000f4240")]


def test_hevc_entries() -> None:
    config = encode_video(HEVC["HDR10"]).extradata
    format = FormatDescription(media_type=MediaType.VIDEO, media_subtype="hvc1", codec_config=config)
    box = sample_entry(format, FileType.MOV)
    assert box.kind == "hvc1"
    assert kinds(box.render()) == ["hvcC", "colr"]
    assert boxes(box.render()[FIXED:], "hvcC") == [configuration(encode_video(HEVC["HDR10"]).file, "hvcC")]
    assert box.render()[50:55] == b"\x04HEVC"
    assert sample_entry(format, FileType.MP4).render()[50:62] == b"\x0bHEVC Coding"


@pytest.mark.parametrize("file_type", [FileType.MOV, FileType.MP4])
@pytest.mark.parametrize(("cases", "name"), [(AVC, "HDR"), (AVC, "anamorphic"), (AVC, "odd size"), (HEVC, "HDR10")])
def test_ffmpeg_decodes_the_same_pictures_through_our_entries(
    cases: dict[str, object], name: str, file_type: FileType
) -> None:
    film = encode_video(cases[name])  # type: ignore[arg-type]
    subtype = "avc1" if cases is AVC else "hvc1"
    format = FormatDescription(media_type=MediaType.VIDEO, media_subtype=subtype, codec_config=film.extradata)
    ours = with_entry(film.file, sample_entry(format, file_type))
    assert _pictures(ours) == _pictures(film.file)


def _pictures(file: bytes) -> list[object]:
    with av.open(io.BytesIO(file)) as container:
        context = container.streams.video[0].codec_context
        frames = [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]
        tags = context.color_primaries, context.color_trc, context.colorspace, context.color_range
        return [context.name, context.width, context.height, context.sample_aspect_ratio, tags, frames]


# QuickTime's colr has no place for the range: nclx then, and always in ISO files; no tags, no box.
@pytest.mark.parametrize(
    ("file_type", "full_range", "payload"),
    [
        (FileType.MOV, None, b"nclc" + bytes.fromhex("000100010001")),
        (FileType.MOV, False, b"nclc" + bytes.fromhex("000100010001")),
        (FileType.MOV, True, b"nclx" + bytes.fromhex("00010001000180")),
        (FileType.MP4, None, b"nclx" + bytes.fromhex("00010001000100")),
        (FileType.MP4, False, b"nclx" + bytes.fromhex("00010001000100")),
        (FileType.M4V, True, b"nclx" + bytes.fromhex("00010001000180")),
    ],
)
def test_colour(file_type: FileType, full_range: bool | None, payload: bytes) -> None:
    format = picture(color=ColorProperties.HD, full_range=full_range)
    assert boxes(sample_entry(format, file_type).render()[FIXED:], "colr") == [payload]


@pytest.mark.parametrize("color", [None, ColorProperties(2, 2, 2)])
@pytest.mark.parametrize("file_type", [FileType.MOV, FileType.MP4])
def test_pictures_without_colour_tags_have_no_colour_box(file_type: FileType, color: ColorProperties | None) -> None:
    assert kinds(sample_entry(picture(color=color, full_range=True), file_type).render()) == ["avcC"]


def test_geometry() -> None:
    clean = CleanAperture(Fraction(118, 2), Fraction(93, 2), Fraction(-1, 2), Fraction(3, 4))
    payload = sample_entry(
        picture(clean_aperture=clean, pixel_aspect_ratio=PixelAspectRatio(4, 3)), FileType.MOV
    ).render()
    assert kinds(payload) == ["avcC", "clap", "pasp"]
    assert boxes(payload[FIXED:], "clap") == [
        bytes.fromhex("0000003b 00000001 0000005d 00000002 ffffffff 00000002 00000003 00000004")
    ]
    assert boxes(payload[FIXED:], "pasp") == [bytes.fromhex("00000004 00000003")]


def test_square_pixels_are_said_to_be_square_within_a_clean_aperture() -> None:
    """FFmpeg would derive a pixel aspect from the difference between the track's size and the pictures'."""
    clean = CleanAperture(Fraction(63), Fraction(47), Fraction(-1, 2), Fraction(-1, 2))
    payload = sample_entry(picture(clean_aperture=clean), FileType.MP4).render()
    assert boxes(payload[FIXED:], "pasp") == [bytes.fromhex("00000001 00000001")]
    assert "pasp" not in kinds(sample_entry(picture(), FileType.MP4).render())


def test_a_clean_aperture_beyond_the_picture_is_refused() -> None:
    clean = CleanAperture(Fraction(64), Fraction(48), Fraction(1))
    with pytest.raises(SettingsError, match=r"64×48 at offset \(1, 0\) reaches beyond the picture of 64×48"):
        sample_entry(picture(clean_aperture=clean), FileType.MOV)


@pytest.mark.parametrize(
    ("count", "detail", "payload"),
    [
        (1, None, "0100"),
        (2, None, "0200"),
        (2, "TemporalTopFirst", "0201"),
        (2, "TemporalBottomFirst", "0206"),
        (2, "SpatialFirstLineEarly", "0209"),
        (2, "SpatialFirstLineLate", "020e"),
    ],
)
def test_fields_are_told_when_asked_for(count: int, detail: str | None, payload: str) -> None:
    extensions = {"CVFieldCount": count, **({"CVFieldDetail": detail} if detail else {})}
    format = picture(extensions=extensions)
    assert boxes(sample_entry(format, FileType.MOV).render()[FIXED:], "fiel") == [bytes.fromhex(payload)]
    assert "fiel" not in kinds(sample_entry(format, FileType.MP4).render())


@pytest.mark.parametrize("extensions", [{"CVFieldCount": 3}, {"CVFieldCount": 2, "CVFieldDetail": "Sideways"}])
def test_fields_that_quicktime_does_not_know_are_refused(extensions: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="have no representation"):
        sample_entry(picture(extensions=extensions), FileType.MOV)


def test_name_and_depth_may_be_given() -> None:
    payload = sample_entry(picture(extensions={"FormatName": "Überfilm", "Depth": 32}), FileType.MP4).render()
    assert payload[50:60] == b"\x09" + "Überfilm".encode()
    assert payload[82:84] == b"\0\x20"


@pytest.mark.parametrize("size", [(0, 48), (64, 65536), (-1, 5)])
def test_sizes_that_no_entry_holds_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(SettingsError, match="have no sample entry"):
        sample_entry(picture(width=size[0], height=size[1]), FileType.MOV)


def test_atoms_are_written_as_they_are_and_in_place_of_ours() -> None:
    atoms = {"colr": b"prof....", "mdcv": bytes(24), "clli": bytes(4)}
    payload = sample_entry(picture("HDR", atoms=atoms), FileType.MOV).render()
    assert kinds(payload) == ["avcC", "colr", "mdcv", "clli"]
    assert boxes(payload[FIXED:], "colr") == [b"prof...."]


@pytest.mark.parametrize("file_type", [FileType.MOV, FileType.MP4])
def test_light_levels_have_boxes_of_their_own(file_type: FileType) -> None:
    light = {"MasteringDisplayColorVolume": bytes(range(24)), "ContentLightLevelInfo": bytes((3, 232, 1, 144))}
    payload = sample_entry(picture("HDR", extensions=light), file_type).render()
    assert boxes(payload[FIXED:], "mdcv") == [bytes(range(24))]
    assert boxes(payload[FIXED:], "clli") == [bytes((3, 232, 1, 144))]
    both = sample_entry(picture("HDR", extensions=light, atoms={"clli": bytes(4)}), file_type).render()
    assert boxes(both[FIXED:], "clli") == [bytes(4)]
    with pytest.raises(SettingsError, match="23 bytes, and the box 'mdcv' has 24"):
        sample_entry(picture(extensions={"MasteringDisplayColorVolume": bytes(23)}), file_type)


def test_a_configuration_given_as_an_atom_is_written_once_and_with_lengths_of_four_bytes() -> None:
    record = bytearray(configuration(encode_video(AVC["plain"]).file, "avcC"))
    right = bytes(record)
    record[4] = 0xFD
    format = FormatDescription(media_type=MediaType.VIDEO, media_subtype="avc1", atoms={"avcC": bytes(record)})
    payload = sample_entry(format, FileType.MOV).render()
    assert boxes(payload[FIXED:], "avcC") == [right]
    assert payload[32:36] == bytes.fromhex("0040 0030")


def test_pictures_without_parameter_sets_are_refused() -> None:
    format = FormatDescription(media_type=MediaType.VIDEO, media_subtype="avc1", width=64, height=48)
    with pytest.raises(InvalidMediaError, match="no parameter sets"):
        sample_entry(format, FileType.MOV)


def test_other_pictures_pass_through() -> None:
    format = FormatDescription(media_type=MediaType.VIDEO, media_subtype="apcn", width=1920, height=1080)
    payload = sample_entry(format, FileType.MOV).render()
    assert payload[4:8] == b"apcn"
    assert len(payload) == FIXED
    with pytest.raises(SettingsError, match="'apcn' needs its configuration box in an ISO file"):
        sample_entry(format, FileType.MP4)
    with pytest.raises(SettingsError, match="'av01' needs its configuration box 'av1C'"):
        sample_entry(format.with_(media_subtype="av01", atoms={"abcd": b""}), FileType.MP4)
    av1 = format.with_(media_subtype="av01", atoms={"av1C": b"\x81\0\0\0"})
    assert kinds(sample_entry(av1, FileType.MP4).render()) == ["av1C"]
    other = format.with_(media_subtype="xxxx", atoms={"yyyy": b"1"})
    assert kinds(sample_entry(other, FileType.MP4).render()) == ["yyyy"]


def test_quicktime_sound_in_aac_byte_by_byte() -> None:
    assert sample_entry(sound(bit_rate=128000), FileType.MOV).render() == bytes.fromhex(
        "000000a7 6d703461 000000000000 0001"
        "0001 0000 00000000 0002 0010 fffe 0000 bb800000"  # version 1, packets of varying size
        "00000400 00000000 00000000 00000002"
        "0000005b 77617665 0000000c 66726d61 6d703461 0000000c 6d703461 00000000"
        "00000033 65736473 00000000 03 80808022 0000 00 04 80808014 40 15 000600 0001f400 0001f400"
        "05 80808002 1190 06 80808001 02"
        "00000008 00000000"
        "00000018 6368616e 00000000 00650002 00000000 00000000"
    )


def test_iso_sound_in_aac_byte_by_byte() -> None:
    assert sample_entry(sound("mp4a", bit_rate=128000), FileType.M4A).render() == bytes.fromhex(
        "0000006b 6d703461 000000000000 0001"
        "0000000000000000 0002 0010 0000 0000 bb800000"
        "00000033 65736473 00000000 03 80808022 0000 00 04 80808014 40 15 000600 0001f400 0001f400"
        "05 80808002 1190 06 80808001 02"
        "00000014 62747274 00000000 0001f400 0001f400"
    )


@pytest.mark.parametrize(
    ("rate", "layout"), [(48000, "stereo"), (44100, "mono"), (96000, "stereo"), (48000, "5.1"), (48000, "7.1")]
)
@pytest.mark.parametrize("file_type", [FileType.MOV, FileType.MP4])
def test_ffmpeg_decodes_the_same_sound_through_our_entries(rate: int, layout: str, file_type: FileType) -> None:
    theirs = encode_sound("aac", rate, layout, "mov" if file_type is FileType.MOV else "mp4")
    ours = with_entry(theirs.file, sample_entry(sound(config=theirs.extradata), file_type))
    assert opened(ours) == opened(theirs.file)
    assert np.array_equal(decoded(ours), decoded(theirs.file))


def test_an_iso_entry_differs_from_ffmpegs_in_its_descriptor_only() -> None:
    theirs = entry(encode_sound("aac", 96000, "stereo", "mp4").file)
    ours = sample_entry(sound(config=bytes.fromhex("101056e500"), bit_rate=128000), FileType.MP4).render()
    assert ours[:36] == theirs[:36]  # a rate that does not fit is halved
    assert kinds(ours, 36) == kinds(theirs, 36) == ["esds", "btrt"]


def test_a_quicktime_entry_of_a_high_rate_is_of_version_2() -> None:
    theirs = entry(encode_sound("aac", 96000, "stereo", "mov").file)
    ours = sample_entry(sound(config=bytes.fromhex("101056e500")), FileType.MOV).render()
    assert ours[:68] == theirs[:68]
    assert ours[68:72] == (1024).to_bytes(4, "big")
    assert kinds(ours, 72) == ["wave", "chan"]


# Channels of AAC stand in the order of the bitstream (ISO/IEC 14496-3, table 1.19), which Core Audio's tags name.
@pytest.mark.parametrize(
    ("config", "channels", "tag"),
    [
        ("1188", 1, "00640001"),
        ("1190", 2, "00650002"),
        ("1198", 3, "00720003"),
        ("11a0", 4, "00740004"),
        ("11a8", 5, "00780005"),
        ("11b0", 6, "007c0006"),
        ("11b8", 8, "007f0008"),
        ("11d8", 7, "008e0007"),
        ("11e0", 8, "00b70008"),
        ("11f0", 8, "00b80008"),
    ],
)
def test_layouts_of_aac(config: str, channels: int, tag: str) -> None:
    payload = sample_entry(sound(config=bytes.fromhex(config)), FileType.MOV).render()
    assert payload[24:26] == channels.to_bytes(2, "big")
    assert payload.endswith(b"chan" + bytes(4) + bytes.fromhex(tag) + bytes(8))


def test_a_layout_that_the_configuration_leaves_open_is_the_callers() -> None:
    # HE-AAC v2: one coded channel becomes two.
    payload = sample_entry(sound(config=bytes.fromhex("eb8a0800")), FileType.MOV).render()
    assert payload.endswith(b"chan" + bytes(4) + bytes.fromhex("00650002") + bytes(8))


def test_a_ready_descriptor_is_written_as_it_is() -> None:
    made = sample_entry(sound(bit_rate=64000), FileType.MP4).render()
    ready = boxes(made[36:], "esds")[0]
    again = sample_entry(sound(config=b"", atoms={"esds": ready}), FileType.MP4).render()
    assert boxes(again[36:], "esds") == [ready]
    assert again[24:26] + again[32:36] == bytes.fromhex("0002 bb800000")
    in_wave = sample_entry(sound(config=b"", atoms={"esds": ready}), FileType.MOV).render()
    assert in_wave.count(b"esds") == 1
    assert kinds(in_wave, 52) == ["wave", "chan"]


def test_sound_without_a_configuration_is_refused() -> None:
    with pytest.raises(InvalidMediaError, match="no AudioSpecificConfig"):
        sample_entry(sound(config=b"", sample_rate=48000, channels=2), FileType.MP4)


def test_other_sound_passes_through() -> None:
    ac3 = sound("ac-3", b"", sample_rate=48000, channels=6, frames_per_packet=1536, atoms={"dac3": b"\x10\x3d\xc0"})
    for file_type in (FileType.MOV, FileType.MP4):
        payload = sample_entry(ac3, file_type).render()
        assert payload[16:18] == bytes(2)
        assert kinds(payload, 36) == ["dac3"]
    with pytest.raises(SettingsError, match="'ac-3' needs its configuration box 'dac3'"):
        sample_entry(ac3.with_(atoms={}), FileType.MP4)
    mp3 = sound(".mp3", b"", sample_rate=44100, channels=2, frames_per_packet=1152)
    payload = sample_entry(mp3, FileType.MOV).render()
    assert payload[16:52] == bytes.fromhex(
        "0001 0000 00000000 0002 0010 fffe 0000 ac440000 00000480 00000000 00000000 00000002"
    )
    high = sample_entry(mp3.with_(sample_rate=96000), FileType.MOV).render()
    assert high[16:18] == b"\0\2"
    flac = sound("fLaC", b"", sample_rate=96000, channels=2, frames_per_packet=4096, atoms={"dfLa": bytes(4)})
    assert sample_entry(flac, FileType.MP4).render()[16:36] == bytes.fromhex("00" * 8 + "0002 0010 0000 0000 bb800000")


def test_a_data_reference_is_named() -> None:
    for format in (picture(), sound(), sound("ulaw", b"", sample_rate=8000, channels=1)):
        assert sample_entry(format, FileType.MOV, data_reference=3).render()[8:16] == bytes.fromhex("000000000000 0003")


def test_media_that_is_neither_picture_nor_sound_has_no_entry_here() -> None:
    text = FormatDescription(media_type=MediaType.TEXT, media_subtype="text")
    with pytest.raises(SettingsError, match="a track of kind TEXT"):
        sample_entry(text, FileType.MOV)


def test_a_colour_profile_stands_in_a_box_of_its_own() -> None:
    format = picture(color=ColorProperties.HD, extensions={"ICCProfile": b"an ICC profile"})
    payloads = boxes(sample_entry(format, FileType.MOV).render()[FIXED:], "colr")
    assert payloads == [b"nclc" + bytes.fromhex("000100010001"), b"profan ICC profile"]


def test_alac_is_wrapped_for_quicktime() -> None:
    record = bytes.fromhex("00000000 00001000 00 10 28 0a 0e 02 00ff 00000000 00000000 0000bb80")
    format = sound("alac", b"", sample_rate=48000, channels=2, frames_per_packet=4096, atoms={"alac": record})
    entry = sample_entry(format, FileType.MOV)
    wave = entry.child("wave")
    assert wave is not None
    assert wave.render()[8:] == b"\0\0\0\x0cfrmaalac\0\0\0\x24alac" + record + b"\0\0\0\x08\0\0\0\0"
    assert entry.child("alac") is None
    plain = sample_entry(format, FileType.MP4)
    assert (plain.child("wave"), plain.child("alac") is not None) == (None, True)


# kAudioChannelLayoutTag_Mono, Stereo, MPEG_3_0_B, MPEG_4_0_B, MPEG_5_0_D, MPEG_5_1_D, AAC_6_1, MPEG_7_1_B.
ALAC_TAGS = [(100, 1), (101, 2), (114, 3), (116, 4), (120, 5), (124, 6), (142, 7), (127, 8)]


@pytest.mark.parametrize(("number", "channels"), ALAC_TAGS)
def test_layouts_of_alac(number: int, channels: int) -> None:
    record = bytes(9) + bytes([16, 40, 10, 14, channels]) + bytes(14)
    format = sound("alac", b"", sample_rate=48000, channels=channels, frames_per_packet=4096, atoms={"alac": record})
    chan = sample_entry(format, FileType.MOV).child("chan")
    assert chan is not None
    assert chan.render()[8:] == bytes(5) + bytes([number, 0, channels]) + bytes(8)
    assert sample_entry(format, FileType.MP4).child("chan") is None


@pytest.mark.parametrize(
    ("subtype", "atom", "bits"), [("fLaC", "dfLa", 24), ("alac", "alac", 24), ("Opus", "dOps", None)]
)
def test_lossless_sound_tells_its_bits(subtype: str, atom: str, bits: int | None) -> None:
    format = sound(subtype, b"", sample_rate=48000, channels=2, bits_per_component=bits, atoms={atom: bytes(42)})
    entry = sample_entry(format, FileType.MP4)
    assert entry.render()[8 + 16 : 8 + 20] == bytes([0, 2, 0, bits or 16])


@pytest.mark.parametrize("file_type", [FileType.MOV, FileType.MP4])
def test_ffmpeg_decodes_alac_through_our_entries(file_type: FileType) -> None:
    film = encode_sound("alac", 48000, "stereo", "mov" if file_type.is_quicktime else "mp4", "s16p")
    record = film.file[film.file.rindex(b"alac") + 4 :][:28]
    format = sound("alac", b"", sample_rate=48000, channels=2, frames_per_packet=4096, atoms={"alac": record})
    ours = with_entry(film.file, sample_entry(format, file_type))
    assert np.array_equal(decoded(ours), decoded(film.file))


def test_encrypted_samples_are_refused() -> None:
    with pytest.raises(SettingsError, match="samples are encrypted"):
        sample_entry(picture(extensions={"ProtectionScheme": "cenc"}), FileType.MP4)
