from __future__ import annotations

from fractions import Fraction

import pytest
from tests.isobmff.encoded import Recipe, configuration, encode_video
from tests.isobmff.parameter_cases import AVC, HEVC
from tests.isobmff.synthetic import avc_with_everything, hevc_with_everything

from reelwright.isobmff.avc import avc_configuration
from reelwright.isobmff.codec_config import (
    codec_string,
    complete_format,
    configuration_box,
    describe_parameters,
    is_aac,
    is_pcm,
    media_subtype,
    nal_framing,
)
from reelwright.isobmff.esds import elementary_stream_descriptor
from reelwright.isobmff.hevc import hevc_configuration
from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription, PcmLayout, PixelAspectRatio
from reelwright.model.kinds import MediaType

ASC = bytes.fromhex("1190")


def video(subtype: str, config: bytes = b"", **rest: object) -> FormatDescription:
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype=subtype, codec_config=config, **rest)  # type: ignore[arg-type]


def audio(subtype: str, config: bytes = b"", **rest: object) -> FormatDescription:
    return FormatDescription(media_type=MediaType.AUDIO, media_subtype=subtype, codec_config=config, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["mp4a", "aac ", "aach", "aacp", "aacl", "aace", "usac"])
def test_every_name_of_aac_is_mp4a(name: str) -> None:
    assert media_subtype(audio(name)) == "mp4a"
    assert is_aac(audio(name))
    assert not is_pcm(audio(name))


@pytest.mark.parametrize("name", ["lpcm", "sowt", "twos", "raw ", "in24", "in32", "fl32", "fl64", "ipcm", "fpcm"])
def test_every_name_of_pcm_is_lpcm(name: str) -> None:
    assert media_subtype(audio(name)) == "lpcm"
    assert is_pcm(audio(name))
    assert not is_aac(audio(name))


def test_a_layout_of_values_makes_pcm_of_any_name() -> None:
    assert is_pcm(audio("????", pcm=PcmLayout(16)))


@pytest.mark.parametrize("format", [video("avc1"), video("raw "), audio("alac"), audio(".mp3")])
def test_other_encodings_keep_their_names(format: FormatDescription) -> None:
    assert media_subtype(format) == format.media_subtype
    assert not is_pcm(format)
    assert not is_aac(format)


# RFC 6381 and ISO/IEC 14496-15, annex E, whose own examples are the first of each kind.
@pytest.mark.parametrize(
    ("record", "string"),
    [
        ("42e01e", "avc1.42e01e"),
        ("64001f", "avc1.64001f"),
        ("f40029", "avc1.f40029"),
    ],
)
def test_strings_of_h264(record: str, string: str) -> None:
    source = avc_configuration(encode_video(AVC["plain" if record[0] != "4" else "baseline"]).extradata)
    marked = source[1:4], bytes.fromhex(record)
    assert codec_string(video("avc1", source.replace(*marked))) == string
    assert codec_string(video("avc3", source.replace(*marked))) == string.replace("avc1", "avc3")


@pytest.mark.parametrize(
    ("name", "string"),
    [
        ("plain", "hvc1.1.6.L30.90"),
        ("ten bits", "hvc1.2.4.L30.90"),
        ("high tier", "hvc1.1.6.H153.90"),
        ("4:2:2", "hvc1.4.10.L30.9D.8"),
        ("fields", "hvc1.1.6.L30.40"),
    ],
)
def test_strings_of_hevc(name: str, string: str) -> None:
    assert codec_string(video("hvc1", encode_video(HEVC[name]).extradata)) == string


def test_a_string_of_hevc_with_a_profile_space() -> None:
    unit = bytearray(hevc_with_everything())
    unit[3] |= 0x40  # general_profile_space 1
    assert codec_string(video("hvc1", b"\0\0\1" + bytes(unit))) == "hvc1.A4.10.H123.8C.20"


@pytest.mark.parametrize(
    ("config", "string"), [("1190", "mp4a.40.2"), ("2b920800", "mp4a.40.5"), ("eb8a0800", "mp4a.40.29")]
)
def test_strings_of_aac(config: str, string: str) -> None:
    assert codec_string(audio("aac ", bytes.fromhex(config))) == string
    esds = elementary_stream_descriptor(bytes.fromhex(config))
    assert codec_string(audio("mp4a", atoms={"esds": esds})) == string


def test_strings_of_other_mpeg_sound_and_of_other_encodings() -> None:
    mp3 = bytes(4) + bytes.fromhex("03 12 0000 00 04 0d 6b 15 000000 00000000 00000000")
    assert codec_string(audio("mp4a", atoms={"esds": mp3})) == "mp4a.6B"
    assert codec_string(audio("lpcm", pcm=PcmLayout(16))) == "lpcm"
    assert codec_string(audio("ac-3")) == "ac-3"
    assert codec_string(video("jpeg")) == "jpeg"


@pytest.mark.parametrize("format", [video("avc1"), video("hvc1"), audio("mp4a")])
def test_what_is_missing_is_named_with_a_way_out(format: FormatDescription) -> None:
    missing = {"avc1": "SPS and PPS", "hvc1": "VPS, SPS and PPS", "mp4a": "AudioSpecificConfig"}
    for question in (codec_string, configuration_box):
        with pytest.raises(InvalidMediaError, match=missing[format.media_subtype]) as caught:
            question(format)
        assert caught.value.hint is not None
        assert "codec_config" in caught.value.hint


def test_boxes_hold_the_configuration_of_either_source() -> None:
    avc_film, hevc_film = encode_video(AVC["plain"]), encode_video(HEVC["plain"])
    avc, hevc = configuration(avc_film.file, "avcC"), configuration(hevc_film.file, "hvcC")
    assert configuration_box(video("avc1", avc_film.extradata)) == ("avcC", avc)
    assert configuration_box(video("avc3", avc)) == ("avcC", avc)
    assert configuration_box(video("hvc1", hevc_film.extradata)) == ("hvcC", hevc)
    assert configuration_box(video("avc1", atoms={"avcC": avc})) == ("avcC", avc)
    in_band = configuration(encode_video(Recipe("libx265", tag="hev1")).file, "hvcC")
    assert configuration_box(video("hev1", hevc)) == ("hvcC", in_band)
    assert configuration_box(video("jpeg")) is None
    assert configuration_box(audio("aac ", ASC, bit_rate=1)) == ("esds", elementary_stream_descriptor(ASC, 1))


def test_a_ready_descriptor_is_kept_as_it_is_and_checked() -> None:
    esds = elementary_stream_descriptor(ASC, 1, 2, 3)
    assert configuration_box(audio("mp4a", atoms={"esds": esds}, bit_rate=99)) == ("esds", esds)
    with pytest.raises(InvalidMediaError, match="esds"):
        configuration_box(audio("mp4a", atoms={"esds": esds[:20]}))


def test_completing_takes_all_from_the_parameter_sets() -> None:
    config = encode_video(HEVC["anamorphic"]).extradata
    whole = complete_format(video("hvc1", config))
    assert (whole.width, whole.height, whole.chroma, whole.bits_per_component) == (64, 48, "4:2:0", 8)
    assert (whole.pixel_aspect_ratio, whole.full_range, whole.color) == (PixelAspectRatio(4, 3), False, None)
    assert complete_format(whole) == whole


def test_completing_takes_the_colour() -> None:
    whole = complete_format(video("avc1", encode_video(AVC["HDR"]).extradata))
    assert (whole.color, whole.full_range, whole.bits_per_component) == (ColorProperties.HDR10, False, 10)
    full = complete_format(video("avc1", atoms={"avcC": configuration(encode_video(AVC["full range"]).file, "avcC")}))
    assert (full.color, full.full_range) == (ColorProperties.HD, True)


def test_completing_changes_nothing_that_is_there() -> None:
    given = video(
        "avc1",
        encode_video(AVC["anamorphic"]).extradata,
        width=10,
        height=20,
        color=ColorProperties.HLG,
        full_range=True,
        pixel_aspect_ratio=PixelAspectRatio(1, 1),
        bits_per_component=10,
        chroma="4:4:4",
    )
    assert complete_format(given) == given


def test_square_pixels_are_not_worth_a_word() -> None:
    square = Recipe("libx264", options=(("x264-params", "sar=1/1"),))
    assert complete_format(video("avc1", encode_video(square).extradata)).pixel_aspect_ratio is None


def test_a_reserved_code_point_leaves_the_colour_open() -> None:
    format = video("avc1", b"\0\0\1" + avc_with_everything(color=(9, 3, 9)))
    facts = describe_parameters(format)
    assert facts is not None
    assert (facts.color_codes, facts.color) == ((9, 3, 9), None)
    assert complete_format(format).color is None


def test_completing_sound() -> None:
    whole = complete_format(audio("aac ", ASC))
    assert (whole.sample_rate, whole.channels, whole.frames_per_packet) == (48000, 2, 1024)
    high = complete_format(audio("mp4a", atoms={"esds": elementary_stream_descriptor(bytes.fromhex("2b920800"))}))
    assert (high.sample_rate, high.channels, high.frames_per_packet) == (44100, 2, 2048)
    given = audio("aac ", ASC, sample_rate=1, channels=1, frames_per_packet=1)
    assert complete_format(given) is given


def test_completing_finds_the_configuration_in_its_atom() -> None:
    record = configuration(encode_video(AVC["plain"]).file, "avcC")
    assert complete_format(video("avc1", atoms={"avcC": record})).codec_config == record
    esds = elementary_stream_descriptor(ASC)
    assert complete_format(audio("mp4a", atoms={"esds": esds})).codec_config == ASC
    assert complete_format(video("avc1", b"", atoms={"hvcC": record})).codec_config == b""


@pytest.mark.parametrize("format", [video("jpeg"), video("avc1"), audio("aac "), audio("lpcm", pcm=PcmLayout())])
def test_what_has_no_configuration_stays_as_it_is(format: FormatDescription) -> None:
    assert complete_format(format) is format


def test_completing_from_a_broken_configuration_is_refused() -> None:
    with pytest.raises(InvalidMediaError):
        complete_format(video("avc1", b"\0\0\1\x67\x64"))


def test_framing_of_a_format() -> None:
    film = encode_video(AVC["plain"])
    framing = nal_framing(video("avc1", film.extradata))
    assert framing is not None
    assert framing.access_unit(film.packets[0]).is_sync
    assert nal_framing(audio("mp4a")) is None
    with pytest.raises(InvalidMediaError, match="SPS and PPS"):
        nal_framing(video("avc1"))


def test_facts_of_a_format() -> None:
    facts = describe_parameters(video("hvc1", hevc_configuration(encode_video(HEVC["plain"]).extradata)))
    assert facts is not None
    assert facts.frame_rate == Fraction(25)
    assert describe_parameters(video("hvc1")) is None
    assert describe_parameters(audio("aac ", ASC)) is None


AV1_HEADER = bytes.fromhex("0a0b00000024cfffffc6080608")
AV1_RECORD = bytes.fromhex("81044c00") + AV1_HEADER
VP9_RECORD = bytes.fromhex("01000000 00 15 82 01 01 01 0000")


@pytest.mark.parametrize("config", [AV1_RECORD, AV1_HEADER, b"\x12\0" + AV1_HEADER + b"\x32\x01\x10"])
def test_av1_by_its_record_or_its_units(config: bytes) -> None:
    for given in (video("av01", config), video("av01", atoms={"av1C": AV1_RECORD})):
        assert configuration_box(given) == ("av1C", AV1_RECORD)
        found = complete_format(given)
        assert (found.codec_config, found.atoms["av1C"]) == (AV1_RECORD, AV1_RECORD)
        assert (found.width, found.height, found.bits_per_component, found.chroma) == (1024, 1024, 10, "4:2:0")
        assert codec_string(given) == "av01.0.04M.10"


def test_what_stands_in_an_av1_description_stays() -> None:
    given = video("av01", AV1_RECORD, width=320, height=240, color=ColorProperties.HDR10, full_range=True)
    found = complete_format(given)
    assert (found.width, found.height, found.color, found.full_range) == (320, 240, ColorProperties.HDR10, True)
    assert complete_format(video("av01")) == video("av01")
    assert configuration_box(video("av01")) is None


@pytest.mark.parametrize("config", [b"\x81", b"\x32\x01\x10", b"\xff" * 8])
def test_broken_av1_configurations(config: bytes) -> None:
    with pytest.raises(InvalidMediaError):
        complete_format(video("av01", config))


def test_vp9_by_its_record_or_its_description() -> None:
    found = complete_format(video("vp09", atoms={"vpcC": VP9_RECORD}))
    assert (found.bits_per_component, found.chroma, found.full_range) == (8, "4:2:0", False)
    assert found.color == ColorProperties.HD
    assert configuration_box(found) == ("vpcC", VP9_RECORD)
    assert codec_string(found) == "vp09.00.21.08"
    told = complete_format(
        video("vp09", width=640, height=360, bits_per_component=8, chroma="4:2:0", color=found.color)
    )
    assert told.atoms["vpcC"] == VP9_RECORD
    assert configuration_box(video("vp09")) is None
    assert complete_format(video("vp09")) == video("vp09")
