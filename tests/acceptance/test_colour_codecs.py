"""Colours, alpha and light of ProRes, JPEG, AV1, VP9 and HDR films, as independent programs decode them.

The films' own tags say how their planes become RGB again; H.273's and BT.2100's equations are applied here in 64-bit
floats.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

import reelwright as rw
from tests.acceptance import patches
from tests.acceptance.films import write_film
from tests.interop import decoded, tools

Array = patches.Array
SIZE = 400, 300
PICTURE = patches.picture(*SIZE)
ALPHA = np.tile((np.arange(400) * 256 // 400).astype(np.uint8), (300, 1))
MARGIN = 32  # a transform block that contains an edge blurs it
C = rw.VideoCodec


class Case(NamedTuple):
    """What a codec's film is decoded to, and the largest error in 8-bit units: rounding, and the encoder."""

    layouts: tuple[str, ...]
    limit: float
    options: Mapping[str, str] = MappingProxyType({})


PRORES_422, PRORES_4444 = Case(("yuv422p10le",), 0.6), Case(("yuv444p10le", "yuv444p12le"), 0.6)
FILMS = {
    C.PRORES_422_PROXY: PRORES_422,
    C.PRORES_422_LT: PRORES_422,
    C.PRORES_422: PRORES_422,
    C.PRORES_422_HQ: PRORES_422,
    C.PRORES_4444: PRORES_4444,
    C.PRORES_4444_XQ: PRORES_4444,
    C.JPEG: Case(("yuvj420p",), 2.0),
    C.AV1: Case(("yuv420p",), 2.0, {"preset": "10", "crf": "20"}),
    C.VP9: Case(("yuv420p",), 2.0, {"deadline": "realtime", "cpu-used": "8"}),
}


def write(path: Path, video: rw.VideoSettings, picture: Any) -> None:
    write_film(path, video=video, pictures=[(picture, rw.Time(number, 25)) for number in range(2)])


def codes_of(video: decoded.Video) -> tuple[Array, int]:
    """Luma and colour differences of the first picture, chroma repeated for the pixels that share it; and the depth."""
    luma, *chroma = video.frames[0][:3]
    rows, columns = luma.shape
    wide = []
    for plane in chroma:
        down, across = -(-rows // plane.shape[0]), -(-columns // plane.shape[1])
        wide.append(plane.repeat(down, 0).repeat(across, 1)[:rows, :columns])
    bits = next((bits for bits in (10, 12) if str(bits) in video.pix_fmt), 8)
    return np.stack([luma, *wide], -1), bits


def inner(picture: Array) -> list[Array]:
    """The middle of each patch."""
    rows, columns = picture.shape[0] // patches.ROWS, picture.shape[1] // patches.COLUMNS
    return [
        picture[top + MARGIN : top + rows - MARGIN, left + MARGIN : left + columns - MARGIN]
        for top in range(0, patches.ROWS * rows, rows)
        for left in range(0, patches.COLUMNS * columns, columns)
    ]


def worst(picture: Array) -> float:
    """The largest error of RGB in 8-bit units, well inside the patches."""
    pairs = zip(inner(picture), patches.COLOURS.values(), strict=True)
    return max(float(np.abs(np.clip(part, 0, 255) - colour).max()) for part, colour in pairs)


@pytest.mark.parametrize("codec", FILMS, ids="{0.name}".format)
def test_colours_of_every_codec(codec: rw.VideoCodec, tmp_path: Path) -> None:
    path = tmp_path / ("film.mp4" if codec in (C.AV1, C.VP9) else "film.mov")
    layouts, limit, options = FILMS[codec]
    write(path, rw.VideoSettings(codec, *SIZE, encoder_options=options), PICTURE)
    stream = tools.ffprobe(path, packets=False)["streams"][0]
    is_jpeg = codec is C.JPEG
    assert patches.MATRICES[stream["color_space"]] in ((5, 6) if is_jpeg else (1,))
    assert (stream["color_range"] == "pc") == is_jpeg
    for build in ("system", "wheel"):
        video = decoded.ffmpeg_raw_video(path, build=build)
        assert video.pix_fmt in layouts
        codes, bits = codes_of(video)
        rgb = patches.decoded(codes, 6 if is_jpeg else 1, full_range=is_jpeg, bits=bits)
        assert worst(rgb) <= limit
    with rw.AssetReader(rw.Asset(path)) as reader:
        output = rw.AssetReaderTrackOutput(reader.asset.tracks[0], {"PixelFormatType": "24RG"})
        reader.add(output)
        reader.start_reading()
        shown = output.copy_next_sample_buffer().image.planes[0]
    assert worst(shown.astype(np.float64)) <= limit + 0.5


def test_chroma_of_jpeg_lies_where_libjpeg_looks_for_it(tmp_path: Path) -> None:
    """A ramp comes back in its place; chroma half a pixel off moves blue by more than a whole value on average."""
    path, columns = tmp_path / "film.mov", np.arange(96)
    ramp = np.zeros((64, 96, 3), np.uint8)
    ramp[:] = np.stack([20 + 2 * columns, np.full(96, 100), 230 - 2 * columns], -1)
    write(path, rw.VideoSettings(C.JPEG, 96, 64, compression={"Quality": 1.0}), ramp)
    with rw.AssetReader(rw.Asset(path)) as reader:
        output = rw.AssetReaderTrackOutput(reader.asset.tracks[0], None)
        reader.add(output)
        reader.start_reading()
        stored = output.copy_next_sample_buffer().data
    shown = np.asarray(Image.open(io.BytesIO(stored)).convert("RGB"), np.float64)
    assert np.abs((shown - ramp)[8:-8, 8:-8].mean((0, 1))).max() < 0.4


@pytest.mark.parametrize("codec", [C.PRORES_4444, C.PRORES_4444_XQ], ids="{0.name}".format)
def test_alpha_comes_back_to_the_bit(codec: rw.VideoCodec, tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    write(path, rw.VideoSettings(codec, *SIZE), np.dstack([PICTURE, ALPHA]))
    video = decoded.ffmpeg_raw_video(path)
    assert video.pix_fmt in ("yuva444p10le", "yuva444p12le")
    codes, bits = codes_of(video)
    for planes in video.frames:
        np.testing.assert_array_equal(np.rint(planes[3] * (255 / ((1 << bits) - 1))), ALPHA)
    assert worst(patches.decoded(codes, 1, full_range=False, bits=bits)) <= 0.6


def test_alpha_needs_a_codec_that_has_it(tmp_path: Path) -> None:
    with pytest.raises(rw.FrameError, match=r"transparent pixels.*background="):
        write(tmp_path / "film.mov", rw.VideoSettings(C.PRORES_422, *SIZE), np.dstack([PICTURE, ALPHA]))
    opaque = np.dstack([PICTURE, np.full_like(ALPHA, 255)])
    write(tmp_path / "opaque.mov", rw.VideoSettings(C.PRORES_422, *SIZE), opaque)
    assert decoded.ffmpeg_raw_video(tmp_path / "opaque.mov").pix_fmt == "yuv422p10le"


# ------------------------------------------------------------------------------------------------------------- HDR


def pq(nits: Array) -> Array:
    power = (nits / 10000) ** 0.1593017578125
    signal: Array = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    return signal


HDR = {C.HEVC: ".mov", C.PRORES_422_HQ: ".mov", C.AV1: ".mp4"}


@pytest.mark.parametrize("codec", HDR, ids="{0.name}".format)
@pytest.mark.parametrize("given", ["signal", "light"])
def test_hdr10_from_floats(given: str, codec: rw.VideoCodec, tmp_path: Path) -> None:
    """A picture of PQ's signal, and one of light that means the same, make the same film."""
    path = tmp_path / f"film{HDR[codec]}"
    nits = (PICTURE / 255.0) ** 3 * 1000
    if given == "signal":
        picture, color = pq(nits).astype(np.float32), rw.ColorProperties.HDR10
    else:
        picture, color = (nits / 203).astype(np.float32), rw.ColorProperties(9, 8, 0)
    source = rw.PixelBuffer.from_array(picture, color=color)
    write(path, rw.VideoSettings(codec, *SIZE, color=rw.ColorProperties.HDR10), source)
    stream = tools.ffprobe(path, packets=False)["streams"][0]
    names = stream["color_primaries"], stream["color_transfer"], stream["color_space"]
    assert names == ("bt2020", "smpte2084", "bt2020nc")
    codes, bits = codes_of(decoded.ffmpeg_raw_video(path))
    assert bits == 10
    signal = patches.decoded(codes, 9, full_range=False, bits=10) / 255
    for part, wanted in zip(inner(signal), inner(pq(nits)), strict=True):
        assert np.abs(part - wanted).max() < 3 / 1023


@pytest.mark.parametrize("codec", HDR, ids="{0.name}".format)
def test_mastering_display_and_light_level_are_read_by_others(codec: rw.VideoCodec, tmp_path: Path) -> None:
    """HEVC and AV1 have them in their streams too; ProRes has no place for them but the file."""
    path = tmp_path / f"film{HDR[codec]}"
    compression = {
        "mastering_display_color_volume": bytes.fromhex("33c286c41d4c0bb884d03e803d1340420098968000000001"),
        "content_light_level_info": bytes((3, 232, 1, 144)),
    }
    hdr = rw.ColorProperties.HDR10
    source = rw.PixelBuffer.from_array(pq((PICTURE / 255.0) ** 3 * 1000).astype(np.float32), color=hdr)
    write(path, rw.VideoSettings(codec, *SIZE, color=hdr, compression=compression), source)
    media = tools.mediainfo(path)["tracks"][0]
    assert media["MasteringDisplay_ColorPrimaries"] == "Display P3"
    assert media["MasteringDisplay_Luminance"] == "min: 0.0001 cd/m2, max: 1000 cd/m2"
    assert (media["MaxCLL"], media["MaxFALL"]) == ("1000 cd/m2", "400 cd/m2")
    probed = tools.ffprobe(path, packets=False, frames=True)
    told = probed["streams"] if codec.is_prores else probed["frames"]  # ffprobe tells it where it found it
    found: dict[str, Any] = {}
    for item in told[0]["side_data_list"]:
        found |= item
    fine = Fraction(1, 1 << 14) if codec is C.AV1 else 0  # AV1's own steps are binary (6.7.4)
    assert Fraction(found["max_luminance"]) == 1000
    assert abs(Fraction(found["min_luminance"]) - Fraction(1, 10000)) <= fine
    assert abs(Fraction(found["red_x"]) - Fraction(17, 25)) <= fine
    assert abs(Fraction(found["green_y"]) - Fraction(69, 100)) <= fine
    assert (found["max_content"], found["max_average"]) == (1000, 400)
