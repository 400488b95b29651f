"""Sample entries as readers with parsers of their own see them: codec strings, rates, layouts, geometry."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from reelwright.isobmff.codec_config import codec_string
from reelwright.isobmff.sample_entry import needs_stsd_version_1, sample_entry
from reelwright.model.format import CleanAperture, FormatDescription, PcmLayout, PixelAspectRatio
from reelwright.model.kinds import FileType, MediaType
from tests.interop import tools
from tests.isobmff.carried import encode_sound, with_entry
from tests.isobmff.encoded import Recipe, encode_video
from tests.isobmff.parameter_cases import AVC, HEVC

PICTURES = [
    ("avc1", AVC["plain"]),
    ("avc1", AVC["4:4:4"]),
    ("hvc1", HEVC["ten bits"]),
    ("hvc1", HEVC["4:2:2"]),
    ("hvc1", HEVC["high tier"]),
]
FLOATS = PcmLayout(32, is_float=True)


def written(folder: Path, theirs: bytes, format: FormatDescription, file_type: FileType) -> Path:
    version = int(needs_stsd_version_1(format, file_type))
    path = folder / f"film{file_type.suffixes[0]}"
    path.write_bytes(with_entry(theirs, sample_entry(format, file_type), stsd_version=version))
    return path


def picture(subtype: str, recipe: Recipe, **rest: object) -> FormatDescription:
    config = encode_video(recipe).extradata
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype=subtype, codec_config=config, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(("subtype", "recipe"), PICTURES)
def test_codec_strings_of_pictures(subtype: str, recipe: Recipe, tmp_path: Path) -> None:
    format = picture(subtype, recipe)
    film = written(tmp_path, encode_video(recipe).file, format, FileType.MP4)
    ours = codec_string(format).lower()
    assert tools.mp4box(film)["info"]["tracks"][0]["codec"].lower() == ours
    theirs = tools.mediabunny(film)["tracks"][0]["codec_string"].lower()
    assert theirs.partition(".")[2] == ours.partition(".")[2]  # it calls every HEVC "hev1"


@pytest.mark.parametrize("rate", [48000, 96000])
@pytest.mark.parametrize("file_type", [FileType.MP4, FileType.MOV])
def test_sound_in_aac(rate: int, file_type: FileType, tmp_path: Path) -> None:
    theirs = encode_sound("aac", rate, "stereo", "mov" if file_type is FileType.MOV else "mp4")
    format = FormatDescription(media_type=MediaType.AUDIO, media_subtype="aac ", codec_config=theirs.extradata)
    film = written(tmp_path, theirs.file, format, file_type)
    track = tools.mediabunny(film)["tracks"][0]
    assert (track["codec"], track["codec_string"], track["channels"]) == ("aac", codec_string(format), 2)
    assert track["rate"] == rate
    assert tools.gst_decode_errors(film) == []
    assert tools.mediainfo(film)["tracks"][0]["SamplingRate"] == str(rate)
    assert tools.ffmpeg_decode_errors(film) == ""


@pytest.mark.parametrize(
    ("codec", "layout", "rate", "channels", "count", "file_type"),
    [
        ("pcm_s24le", PcmLayout(24), 48000, "stereo", 2, FileType.MOV),
        ("pcm_f32le", FLOATS, 48000, "5.1", 6, FileType.MOV),
        ("pcm_s16le", PcmLayout(16), 96000, "stereo", 2, FileType.MOV),
        ("pcm_s16le", PcmLayout(16), 48000, "5.1", 6, FileType.MP4),
        ("pcm_f32le", FLOATS, 48000, "stereo", 2, FileType.MP4),
    ],
)
def test_linear_pcm(
    codec: str, layout: PcmLayout, rate: int, channels: str, count: int, file_type: FileType, tmp_path: Path
) -> None:
    theirs = encode_sound(codec, rate, channels, "mov" if file_type is FileType.MOV else "mp4")
    format = FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype="lpcm",
        sample_rate=rate,
        channels=count,
        channel_layout=channels,
        pcm=layout,
    )
    film = written(tmp_path, theirs.file, format, file_type)
    track = tools.mediabunny(film)["tracks"][0]
    names = {16: "pcm-s16", 24: "pcm-s24", 32: "pcm-f32"}
    assert (track["codec"], track["rate"], track["channels"]) == (names[layout.bits], rate, count)


def test_geometry(tmp_path: Path) -> None:
    clean = CleanAperture(Fraction(60), Fraction(40), Fraction(1), Fraction(-2))
    format = picture("avc1", AVC["plain"], clean_aperture=clean, pixel_aspect_ratio=PixelAspectRatio(4, 3))
    film = written(tmp_path, encode_video(AVC["plain"]).file, format, FileType.MOV)
    tags = tools.exiftool(film)["tags"]
    names = [f"Track1:CleanAperture{name}" for name in ("Width", "Height", "OffsetX", "OffsetY")]
    assert [tags[name] for name in names] == [60, 40, 1, -2]
    assert tags["Track1:PixelAspectRatio"] == "4:3"
    assert tools.mediainfo(film)["tracks"][0]["PixelAspectRatio"] == "1.333"
    assert tools.boxes_of(tools.mp4box(film), "pasp")[0]["fields"] == {"hSpacing": 4, "vSpacing": 3}
