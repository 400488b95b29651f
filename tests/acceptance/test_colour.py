"""What is shown is what was given: colours within 2/255 of the pictures appended, and tags that are true.

Planes come from independent ffmpeg programs and are turned back into RGB here, by the film's *own* tags as ffprobe,
MediaInfo and MP4Box.js read them. The theory for 8 bits (rounding three code values) allows 1.63/255; the rest is the
encoder's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

import reelwright as rw
from tests.acceptance import patches
from tests.acceptance.films import write_film
from tests.interop import decoded, tools

LIMIT = 2.0
SIZES = [(640, 480), (1280, 720), (3840, 2160)]
CODECS = [rw.VideoCodec.H264, rw.VideoCodec.HEVC]
PROFILES = {
    (rw.VideoCodec.H264, 8): "H264_High_AutoLevel",
    (rw.VideoCodec.H264, 10): "H264_High10_AutoLevel",
    (rw.VideoCodec.HEVC, 8): "HEVC_Main_AutoLevel",
    (rw.VideoCodec.HEVC, 10): "HEVC_Main10_AutoLevel",
}
MEDIAINFO = {
    1: ("BT.709", "BT.709", "BT.709"),
    6: ("BT.601 NTSC", "BT.709", "BT.601"),
}  # names of primaries, curve and matrix


class Tags(NamedTuple):
    """What a film says of its own colours; code points of H.273, None where it says nothing."""

    codes: tuple[int, int, int] | None
    full_range: bool


def settings(codec: rw.VideoCodec, size: tuple[int, int], bits: int = 8, **more: Any) -> rw.VideoSettings:
    fast = {"preset": "ultrafast"} if size[0] > 2000 else {}
    compression = {"profile_level": PROFILES[codec, bits]} if not fast else {"output_bit_depth": bits}
    return rw.VideoSettings(codec, *size, compression=compression, encoder_options=fast, **more)


def write(path: Path, video: rw.VideoSettings, picture: Any, count: int = 2) -> rw.WritingReport:
    return write_film(path, video=video, pictures=[(picture, rw.Time(number, 25)) for number in range(count)])


FFMPEG_NAMES = {1: ("bt709", "bt709", "bt709"), 6: ("smpte170m", "bt709", "smpte170m")}
VUI = ("colour_primaries", "transfer_characteristics", "matrix_coefficients", "video_full_range_flag")


def bitstream_tags(path: Path) -> tuple[tuple[int, int, int] | None, bool]:
    """What the coded pictures themselves say: the fields of their sequence parameter set, as FFmpeg spells them out."""
    words = ("-i", path, "-map", "0:v", "-c", "copy", "-bsf:v", "trace_headers", "-f", "null", "-")
    text = tools.run(tools.ffmpeg(), "-nostdin", *words).err
    fields = {name: re.findall(rf" {name} +[01]+ = (\d+)", text) for name in VUI}
    for name, values in fields.items():
        assert len(set(values)) <= 1, f"{name} changes in mid-film: {values}"
    primaries, curve, matrix, full = (int(values[0]) if values else None for values in fields.values())
    if primaries is None or curve is None or matrix is None:
        return None, bool(full)
    return (primaries, curve, matrix), bool(full)


def container_tags(path: Path) -> tuple[bytes, tuple[int, int, int], int] | None:
    """The colour box: its kind, the three code points, and the byte with the range flag; None if there is none."""
    boxes = tools.boxes_of(tools.mp4box(path), "colr")
    if not boxes:
        return None
    ((start, size),) = ((box["start"], box["size"]) for box in boxes)
    body = path.read_bytes()[start + 8 : start + size]
    primaries, curve, matrix = (int.from_bytes(body[at : at + 2], "big") for at in (4, 6, 8))
    return body[:4], (primaries, curve, matrix), int.from_bytes(body[10:], "big")


def tags_of(path: Path) -> Tags:
    """The film's tags; container and bitstream, and every reader of them, must agree."""
    box, (coded, full) = container_tags(path), bitstream_tags(path)
    stream, media = tools.ffprobe(path, packets=False)["streams"][0], tools.mediainfo(path)["tracks"][0]
    seen = tuple(stream.get(key) for key in ("color_primaries", "color_transfer", "color_space"))
    assert not [key for key in media if key.endswith("_Original") and key.startswith(("col", "tra", "mat"))]
    if box is None:
        assert (coded, seen) == (None, (None, None, None))
        assert "matrix_coefficients" not in media
        return Tags(None, full)
    kind, codes, flags = box
    assert codes == coded, "container and bitstream contradict each other"
    assert (kind, flags) == ((b"nclc", 0) if path.suffix == ".mov" and not full else (b"nclx", full << 7))
    assert (seen, stream["color_range"]) == (FFMPEG_NAMES[codes[2]], "pc" if full else "tv")
    said = (media["colour_primaries"], media["transfer_characteristics"], media["matrix_coefficients"])
    assert (said, media["colour_range"]) == (MEDIAINFO[codes[2]], "Full" if full else "Limited")
    assert media["matrix_coefficients_Source"] == "Container / Stream"
    return Tags(codes, full)


def worst(path: Path, tags: Tags, build: str = "system") -> float:
    """The largest error of any patch in any picture, in 8-bit units."""
    assert tags.codes is not None
    video = decoded.ffmpeg_raw_video(path, build=build)
    how: dict[str, Any] = {"full_range": tags.full_range, "bits": 10 if "10" in video.pix_fmt else 8}
    return max(max(patches.errors(planes, tags.codes[2], **how).values()) for planes in video.frames)


def check(path: Path, matrix: int = 1, *, full_range: bool = False) -> Tags:
    tags = tags_of(path)
    assert tags.codes is not None
    assert (tags.codes[2], tags.full_range) == (matrix, full_range)
    for build in ("system", "wheel"):
        assert worst(path, tags, build) <= LIMIT
    return tags


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("codec", CODECS, ids="{0.name}".format)
def test_colours_of_every_size_codec_and_depth(
    codec: rw.VideoCodec, bits: int, size: tuple[int, int], tmp_path: Path
) -> None:
    path = tmp_path / ("film.mov" if bits == 10 else "film.mp4")
    write(path, settings(codec, size, bits), patches.picture(*size), count=1 if size[0] > 2000 else 2)
    tags = tags_of(path)
    assert tags == Tags((1, 1, 1), full_range=False)
    assert worst(path, tags) <= LIMIT
    stream = tools.ffprobe(path, packets=False)["streams"][0]
    assert stream["pix_fmt"] == ("yuv420p" if bits == 8 else "yuv420p10le")
    assert stream["profile"].endswith("10") == (bits == 10)


SD = patches.picture(640, 480)


def _bgra() -> rw.PixelBuffer:
    opaque = np.full((*SD.shape[:2], 1), 255, np.uint8)
    return rw.PixelBuffer.from_array(np.concatenate([SD[..., ::-1], opaque], 2), rw.PixelFormat.BGRA32)


def _nv12(full_range: bool = False, color: rw.ColorProperties | None = rw.ColorProperties.HD) -> rw.PixelBuffer:
    luma, blue, red = patches.planes_of(SD, 1, full_range=full_range)
    chroma = np.stack([blue, red], -1)
    return rw.PixelBuffer([luma, chroma], rw.PixelFormat.NV12, color=color, full_range=full_range)


SOURCES: dict[str, Callable[[], Any]] = {
    "uint8 RGB": lambda: SD,
    "BGRA buffer": _bgra,
    "uint16 RGB": lambda: SD.astype(np.uint16) * 257,
    "float RGB": lambda: SD.astype(np.float32) / 255,
    "double RGB": lambda: SD / 255.0,
    "NV12 in BT.709": _nv12,
    "Pillow image": lambda: Image.fromarray(SD),
}


@pytest.mark.parametrize(("codec", "bits"), [(rw.VideoCodec.H264, 8), (rw.VideoCodec.HEVC, 10)], ids=str)
@pytest.mark.parametrize("source", SOURCES)
def test_colours_of_every_kind_of_picture(source: str, codec: rw.VideoCodec, bits: int, tmp_path: Path) -> None:
    write(tmp_path / "film.mp4", settings(codec, (640, 480), bits), SOURCES[source]())
    check(tmp_path / "film.mp4")


@pytest.mark.parametrize("codec", CODECS, ids="{0.name}".format)
def test_pixels_follow_tags_that_settings_ask_for(codec: rw.VideoCodec, tmp_path: Path) -> None:
    """Small pictures are BT.709 like all others, unless BT.601 is asked for; then they really are BT.601."""
    asked = settings(codec, (640, 480), color=rw.ColorProperties.SD)
    write(tmp_path / "film.mov", asked, SD)
    tags = check(tmp_path / "film.mov", matrix=6)
    assert tags.codes == (6, 1, 6)
    assert worst(tmp_path / "film.mov", Tags((1, 1, 1), full_range=False)) > 20, "the test cannot tell matrices apart"


@pytest.mark.parametrize("codec", CODECS, ids="{0.name}".format)
@pytest.mark.parametrize("suffix", ["mov", "mp4"])
def test_full_range_stays_full_range(codec: rw.VideoCodec, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"film.{suffix}"
    write(path, settings(codec, (640, 480)), _nv12(full_range=True))
    check(path, full_range=True)


@pytest.mark.parametrize("codec", CODECS, ids="{0.name}".format)
def test_untagged_pictures_make_an_untagged_film(codec: rw.VideoCodec, tmp_path: Path) -> None:
    path, source = tmp_path / "film.mp4", _nv12(color=None)
    report = write(path, settings(codec, (640, 480)), source)
    (note,) = report.tracks[0].notes
    assert "no colour tags" in note
    assert "assume=" in note
    assert tags_of(path) == Tags(None, full_range=False)
    (luma, blue, red), *_ = decoded.ffmpeg_raw_video(path).frames
    given = (*source.planes[:1], source.planes[1][..., 0], source.planes[1][..., 1])
    for found, plane in zip((luma, blue, red), given, strict=True):
        assert abs(np.median(found.astype(int) - plane)) == 0, "code values were changed"


def test_assumed_tags_are_written(tmp_path: Path) -> None:
    pictures = [(_nv12(color=None), rw.Time(number, 25)) for number in range(2)]
    video = settings(rw.VideoCodec.H264, (640, 480))
    report = write_film(tmp_path / "film.mp4", video=video, pictures=pictures, assume=rw.ColorProperties.HD)
    assert not report.tracks[0].notes
    check(tmp_path / "film.mp4")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_is_grey(dtype: type, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    ramp = np.repeat(np.arange(0, 256, 17), 40)[None].repeat(480, 0)
    scaled = ramp.astype(dtype) * dtype(257 if dtype is np.uint16 else 1)
    write(path, settings(rw.VideoCodec.H264, (640, 480)), scaled)
    tags = tags_of(path)
    assert tags == Tags((1, 1, 1), full_range=False)
    (planes, *_) = decoded.ffmpeg_raw_video(path).frames
    rgb = patches.rgb_of(planes, 1, full_range=False, bits=8)
    middle = rgb[:, 20::40]
    assert np.abs(middle - ramp[:, 20::40, None]).max() <= LIMIT
    assert set(np.unique(planes[1])) == set(np.unique(planes[2])) == {128}


ART = [(255, 0, 0), (0, 0, 0), (255, 255, 255), (255, 0, 255), (0, 0, 255)]  # nothing green


@pytest.fixture(scope="module", params=["mp4", "mov"])
def odd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A film of 301x201 pixels without compression losses to speak of, and its picture: blocks of 8 x 8 pixels."""
    path = tmp_path_factory.mktemp("odd") / f"film.{request.param}"
    blocks = np.random.default_rng(7).choice(np.array(ART, np.uint8), (26, 38))
    art = np.ascontiguousarray(blocks.repeat(8, 0).repeat(8, 1)[:201, :301])
    write(path, rw.VideoSettings(rw.VideoCodec.H264, 301, 201, compression={"Quality": 1.0}), art, count=13)
    return path, art


def test_odd_sizes_are_shown_as_they_are(odd: tuple[Path, Any]) -> None:
    path, _ = odd
    movie = tools.mp4box(path)
    assert [movie["info"]["tracks"][0][key] for key in ("track_width", "track_height")] == [301, 201]
    (clap,) = (box["fields"] for box in tools.boxes_of(movie, "clap"))
    assert (clap["cleanApertureWidthN"], clap["cleanApertureHeightN"]) == (301, 201)
    assert tools.mediainfo(path)["tracks"][0]["Width_CleanAperture"] == "301"
    stream = tools.ffprobe(path)["streams"][0]
    # Before version 7.1 FFmpeg reads no clean aperture; later ones crop. None may stretch the pixels.
    assert (stream["width"], stream["height"], stream["sample_aspect_ratio"]) == (302, 202, "1:1")
    assert "Frame Cropping: 0/1/0/1" in tools.run(tools.ffmpeg("wheel"), "-i", path).err


def test_edges_of_odd_sizes_are_not_green(odd: tuple[Path, Any]) -> None:
    path, art = odd
    for build in ("system", "wheel"):
        for planes in decoded.ffmpeg_raw_video(path, build=build).frames:
            rgb = np.clip(patches.rgb_of(planes, 1, full_range=False, bits=8), 0, 255)
            assert rgb.shape == (202, 302, 3)
            red, green, blue = (rgb[..., channel] for channel in range(3))
            assert not ((green > red + 40) & (green > blue + 40)).any()
            # The last blocks are cut by the edge; inside them nothing but their colour may be seen, nor in the padding.
            assert np.abs(rgb[3:196, 300] - art[3:196, 299])[np.arange(193) % 8 < 2].max() <= LIMIT + 1
            assert np.abs(rgb[3:196, 301] - rgb[3:196, 300]).max() <= LIMIT + 1
