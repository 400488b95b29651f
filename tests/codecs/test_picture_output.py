"""Decoded frames as pixel buffers, held against H.273 in floating point; and which layouts become which formats."""

from __future__ import annotations

import gc
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from tests.acceptance import patches
from tests.codecs import colorimetry as book
from tests.codecs.decoding import decoded, film
from tests.codecs.test_convert import RGB, YUV, yuv_buffer

from reelwright.codecs import _av
from reelwright.codecs.frame_facts import assumed_matrix, facts_of, nearest_format
from reelwright.codecs.picture_output import PictureOutput
from reelwright.model.color import ColorMatrix, ColorProperties
from reelwright.model.errors import InvalidArgumentError, SettingsError
from reelwright.model.format import CleanAperture, FormatDescription, PixelAspectRatio
from reelwright.model.kinds import MediaType
from reelwright.model.pixel import PixelBuffer, PixelFormat

Array = book.Array
HD, SD, HDR10 = ColorProperties.HD, ColorProperties.SD, ColorProperties.HDR10


def described(**facts: Any) -> FormatDescription:
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype="avc1", **facts)


def as_rgb(buffer: PixelBuffer) -> Array:
    """The middle of each 16 × 16 block, 0…255."""
    plane = buffer.planes[0][8::16, 8::16].astype(np.float64)
    full = 1.0 if buffer.planes[0].dtype.kind == "f" else np.iinfo(buffer.planes[0].dtype).max
    return np.stack([plane[..., buffer.pixel_format.channels.index(letter)] for letter in "RGB"], -1) / full * 255


def codes_of(buffer: PixelBuffer) -> Array:
    """Y'CbCr in the middle of each 16 × 16 block."""
    kind, planes = buffer.pixel_format, buffer.planes
    if kind.planes[0].values == 4:
        step = 16 // kind.planes[0].narrower
        values = planes[0][8::16, step // 2 :: step]
        return np.stack([values[:, :, kind.name.index(letter)] for letter in "YUV"], -1).astype(np.float64)
    across, down = kind.subsampling
    chroma = [planes[1][..., 0], planes[1][..., 1]] if len(planes) == 2 else planes[1:3]
    found = [
        planes[0][8::16, 8::16],
        *(plane[8 // down :: 16 // down, 8 // across :: 16 // across] for plane in chroma),
    ]
    return np.stack(found, -1) / (64.0 if kind.name in ("P010", "P210", "P410") else 1.0)


# ---------------------------------------------------------------------------------------------------- as decoded


@pytest.mark.parametrize("kind", YUV)
def test_as_decoded_is_a_view_that_nobody_can_write(kind: PixelFormat) -> None:
    codes = np.rint(book.encode(book.blocks(64, 48, 1)[8::16, 8::16] / 255, 1, kind.bits))
    frame = _av.copied(yuv_buffer(codes, kind))
    made = PictureOutput().buffer(frame, described(color=HD))
    assert made.pixel_format is kind
    assert made.color == HD
    memory = [np.frombuffer(memoryview(plane), np.uint8) for plane in frame.planes]
    for plane, own in zip(made.planes, memory, strict=True):
        assert np.shares_memory(plane, own)
        assert not plane.flags.writeable
        with pytest.raises(ValueError, match="WRITEABLE"):
            plane.flags.writeable = True
    np.testing.assert_array_equal(codes_of(made), codes)


def test_planes_outlive_frame_and_decoder() -> None:
    made = film("ffv1", "FFV1", count=3)
    buffers = [PictureOutput().buffer(frame, made.format) for frame, _ in decoded(made)]
    gc.collect()
    for buffer, tag in zip(buffers, sorted(made.pictures), strict=True):
        for plane, expected in zip(buffer.planes, made.pictures[tag], strict=True):
            np.testing.assert_array_equal(plane, expected)


@pytest.mark.parametrize(
    ("layout", "kind"),
    [
        ("yuvj420p", "YUV420P"),
        ("yuv411p", "YUV422P"),
        ("yuv410p", "YUV420P"),
        ("yuv440p", "YUV444P"),
        ("pal8", "RGBA32"),
        ("gbrp", "RGB24"),
        ("gbrp10le", "RGB48"),
        ("gbrap12le", "RGBA64"),
        ("gbrpf32le", "RGB_FLOAT"),
        ("bgr0", "RGB24"),
        ("rgb555le", "RGB24"),
        ("rgb48be", "RGB48"),
        ("xyz12le", "RGB48"),
        ("bayer_rggb16le", "RGB48"),
        ("gray16be", "GRAY16"),
        ("gray10be", "GRAY10"),
        ("monow", "GRAY8"),
        ("ya8", "RGBA32"),
        ("yuv422p10be", "YUV422P10"),
        ("yuv444p16le", "YUV444P12"),
        ("yuv420p9le", "YUV420P10"),
        ("yuva422p", "YUVA444P"),
        ("yuva444p16le", "YUVA444P12"),
        ("nv21", "YUV420P"),
    ],
)
def test_layouts_without_a_name_become_the_nearest(layout: str, kind: str) -> None:
    frame = _av.empty_frame(layout, 33, 17)
    for plane in frame.planes:
        memoryview(plane).cast("B")[:] = bytes(plane.buffer_size)
    assert nearest_format(frame) is PixelFormat[kind]
    made = PictureOutput().buffer(frame, described())
    assert (made.pixel_format, made.size) == (PixelFormat[kind], (33, 17))


def test_full_range_by_name_tag_and_container() -> None:
    plain, named = _av.empty_frame("yuv420p", 16, 16), _av.empty_frame("yuvj420p", 16, 16)
    assert not facts_of(plain, described()).full_range
    assert facts_of(named, described()).full_range
    assert facts_of(plain, described(full_range=True)).full_range
    assert not facts_of(named, described(full_range=False)).full_range
    plain.color_range = _av.FULL
    assert facts_of(plain, described()).full_range


def test_colour_of_the_container_before_the_bitstreams() -> None:
    frame = _av.tag(_av.empty_frame("yuv420p", 16, 16), SD.codes, False)
    if _av.VERSION >= (18, 0):
        assert facts_of(frame, described()).color == SD
    assert facts_of(frame, described(color=HD)).color == HD
    assert facts_of(_av.empty_frame("yuv420p", 16, 16), described()).color is None
    odd = _av.tag(_av.empty_frame("yuv420p", 16, 16), (2, 2, 3), False)  # reserved
    assert facts_of(odd, described()).color is None


# ---------------------------------------------------------------------------------------------------- converted


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", [1, 6, 7, 9])
@pytest.mark.parametrize("source", YUV)
def test_yuv_becomes_rgb(source: PixelFormat, matrix: int, full: bool) -> None:
    color = ColorProperties(1, 1, matrix)
    codes = np.rint(book.encode(book.blocks(64, 48, 3)[8::16, 8::16] / 255, matrix, source.bits, full))
    frame = _av.copied(yuv_buffer(codes, source))
    exact = np.clip(book.decode(codes, matrix, source.bits, full), 0, 1) * 255
    for target in RGB:
        made = PictureOutput(pixel_format=target, threads=1).buffer(frame, described(color=color, full_range=full))
        # Rounding costs 0.5; FFmpeg shifts deep full range where it should scale by 255/256.
        deep = 0.08 if target is PixelFormat.RGBA_HALF else 0.02
        limit = 1.3 if full else 0.52 if target.bits == 8 else deep
        assert np.abs(as_rgb(made) - exact).max() < limit
        assert made.alpha_is_opaque()
        assert made.color == color


@pytest.mark.parametrize("to_full", [False, True])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(
    "source", [PixelFormat.YUV420P, PixelFormat.NV12, PixelFormat.YUV422P10, PixelFormat.YUVA444P12]
)
def test_yuv_becomes_other_yuv(source: PixelFormat, full: bool, to_full: bool) -> None:
    codes = np.rint(book.encode(book.blocks(64, 48, 4)[8::16, 8::16] / 255, 1, source.bits, full))
    frame = _av.copied(yuv_buffer(codes, source))
    for target in YUV:
        made = PictureOutput(pixel_format=target, full_range=to_full).buffer(
            frame, described(color=HD, full_range=full)
        )
        exact = book.encode(book.decode(codes, 1, source.bits, full), 1, target.bits, to_full)
        assert np.abs(codes_of(made) - exact).max() / (1 << (target.bits - 8)) < (1.3 if full or to_full else 0.7)
        assert made.full_range is to_full


def test_deep_values_are_rounded_and_not_dithered() -> None:
    given = PixelBuffer.empty(PixelFormat.YUV420P10, 1024, 16)
    given.planes[0][...] = np.arange(1024)
    for plane in given.planes[1:]:
        plane[...] = 512
    made = PictureOutput(pixel_format=PixelFormat.NV12).buffer(_av.copied(given), described())
    expected = np.minimum((np.arange(1024) + 2) // 4, 255)
    np.testing.assert_array_equal(made.planes[0], np.broadcast_to(expected, (16, 1024)))


def test_chroma_lies_left_between_two_rows() -> None:
    given = PixelBuffer.empty(PixelFormat.YUV420P, 64, 64)
    given.planes[0][...] = 126
    given.planes[1][...] = np.arange(32) * 4 + 64
    given.planes[2][...] = np.arange(32)[:, None] * 4 + 64
    made = PictureOutput(pixel_format=PixelFormat.YUV444P).buffer(_av.copied(given), described())
    columns, rows = np.arange(4, 60), np.arange(4, 60)
    assert np.abs(made.planes[1][30, 4:60] - (columns * 2 + 64)).max() <= 0.5
    assert np.abs(made.planes[2][4:60, 30] - (rows * 2 + 63)).max() <= 0.51


def test_chroma_of_jpeg_lies_in_the_middle() -> None:
    given = PixelBuffer.empty(PixelFormat.YUV420P, 64, 64)
    given.planes[0][...] = 126
    given.planes[1][...] = np.arange(32) * 4 + 64
    given.planes[2][...] = 128
    jpeg = FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg")
    made = PictureOutput(pixel_format=PixelFormat.YUV444P).buffer(_av.copied(given), jpeg)
    assert np.abs(made.planes[1][30, 4:60] - (np.arange(4, 60) * 2 + 63)).max() <= 0.5


@pytest.mark.parametrize(
    ("color", "size", "matrix"),
    [
        (None, (720, 576), ColorMatrix.ITU_R_601),
        (None, (1280, 540), ColorMatrix.ITU_R_709),
        (None, (960, 720), ColorMatrix.ITU_R_709),
        (ColorProperties(2, 1, 2), (720, 576), ColorMatrix.ITU_R_601),
        (ColorProperties(9, 16, 2), (720, 576), ColorMatrix.ITU_R_2020),
        (ColorProperties(1, 1, 2), (720, 576), ColorMatrix.ITU_R_709),
        (ColorProperties(1, 1, 6), (1920, 1080), ColorMatrix.ITU_R_601),
    ],
)
def test_the_matrix_assumed(color: ColorProperties | None, size: tuple[int, int], matrix: ColorMatrix) -> None:
    assert assumed_matrix(color, *size) is matrix


def test_untagged_pictures_become_rgb_by_their_size() -> None:
    for size, matrix in (((64, 48), 6), ((1280, 48), 1)):
        rgb = book.blocks(*size, seed=5)
        codes = np.rint(book.encode(rgb[8::16, 8::16] / 255, matrix, 8))
        frame = _av.copied(yuv_buffer(codes, PixelFormat.YUV420P))
        made = PictureOutput(pixel_format=PixelFormat.RGB24).buffer(frame, described())
        assert np.abs(as_rgb(made) - np.clip(book.decode(codes, matrix, 8), 0, 1) * 255).max() < 0.52
        assert made.color is None


def test_matrices_that_cannot_be_computed_with_are_refused() -> None:
    frame = _av.empty_frame("yuv420p", 64, 48)
    odd = described(color=ColorProperties(9, 16, 14))
    assert PictureOutput().buffer(frame, odd).color == odd.color
    with pytest.raises(SettingsError, match="ICTCP"):
        PictureOutput(pixel_format=PixelFormat.RGB24).buffer(frame, odd)


def test_layouts_that_end_ffmpegs_process_are_refused() -> None:
    with pytest.raises(SettingsError, match="yaf32"):
        PictureOutput().buffer(_av.empty_frame("yaf32le", 16, 16), described())


@pytest.mark.parametrize(
    "kind", [PixelFormat.RGBA32, PixelFormat.ARGB32, PixelFormat.RGBA64, PixelFormat.RGBA_FLOAT, PixelFormat.YUVA444P]
)
@pytest.mark.parametrize("deep", [PixelFormat.YUVA444P10, PixelFormat.YUVA444P12])
def test_alpha_is_kept(deep: PixelFormat, kind: PixelFormat) -> None:
    """Every value of the depth, in the other's scale and rounded to nearest."""
    codes = np.rint(book.encode(book.blocks(64, 64, 6)[8::16, 8::16] / 255, 1, deep.bits))
    given = yuv_buffer(codes, deep)
    most = (1 << deep.bits) - 1
    given.planes[3][...] = np.arange(64 * 64).reshape(64, 64) % (most + 1)
    made = PictureOutput(pixel_format=kind).buffer(_av.copied(given), described(color=HD))
    last = made.planes[-1]
    found = last if kind.has_alpha_plane else last[:, :, kind.channels.index("A")]
    if kind is PixelFormat.RGBA_FLOAT:
        assert np.array_equal(found, (given.planes[3] / most).astype(np.float32))
    else:
        exact = [divmod(int(value) * ((1 << kind.bits) - 1) * 2 + most, 2 * most)[0] for value in range(most + 1)]
        assert np.array_equal(found, np.array(exact)[given.planes[3]])
    assert not found.flags.writeable


@pytest.mark.parametrize("kind", [PixelFormat.GRAY8, PixelFormat.GRAY16])
def test_colour_becomes_grey(kind: PixelFormat) -> None:
    codes = np.rint(book.encode(np.linspace(0, 1, 12).reshape(3, 4, 1).repeat(3, 2), 1, 8))
    frame = _av.copied(yuv_buffer(codes, PixelFormat.YUV420P))
    made = PictureOutput(pixel_format=kind).buffer(frame, described(color=HD))
    grey = made.planes[0][8::16, 8::16] / ((1 << kind.bits) - 1)
    assert made.full_range
    assert np.abs(grey - (codes[..., 0] - 16) / 219).max() < 1.3 / 255


def test_hdr_stays_hdr_as_rgb() -> None:
    frame = _av.empty_frame("yuv420p10le", 64, 48)
    made = PictureOutput(pixel_format=PixelFormat.RGB48).buffer(frame, described(color=HDR10))
    assert made.color == HDR10


def test_frames_are_left_as_they_were() -> None:
    frame = _av.tag(_av.empty_frame("yuv420p", 64, 48), SD.codes, False)
    frame.pts = 77
    before = frame.colorspace, frame.color_range, frame.pts
    for target in (PixelFormat.RGB24, PixelFormat.NV12):
        PictureOutput(pixel_format=target).buffer(frame, described(color=HD, full_range=True))
    assert (frame.colorspace, frame.color_range, frame.pts) == before


# ---------------------------------------------------------------------------------------------------------- sizes


@pytest.mark.parametrize("kind", [None, PixelFormat.RGB24, PixelFormat.YUV420P10])
@pytest.mark.parametrize("size", [(32, 24), (100, 31), (128, 96)])
def test_sizes(kind: PixelFormat | None, size: tuple[int, int]) -> None:
    codes = np.rint(book.encode(np.full((3, 4, 3), 0.5), 1, 8))
    frame = _av.copied(yuv_buffer(codes, PixelFormat.YUV420P))
    made = PictureOutput(pixel_format=kind, width=size[0], height=size[1]).buffer(frame, described(color=HD))
    assert made.size == size
    assert np.ptp(made.planes[0]) == 0


def test_one_side_keeps_the_shape() -> None:
    frame = _av.empty_frame("yuv420p", 64, 48)
    assert PictureOutput(width=32).buffer(frame, described()).size == (32, 24)
    assert PictureOutput(height=96).buffer(frame, described()).size == (128, 96)


def test_geometry_follows_the_size() -> None:
    frame = _av.empty_frame("yuv420p", 64, 48)
    aperture = CleanAperture(Fraction(60), Fraction(40), Fraction(2), Fraction(-2))
    format = described(pixel_aspect_ratio=PixelAspectRatio(4, 3), clean_aperture=aperture)
    plain = PictureOutput().buffer(frame, format)
    assert (plain.pixel_aspect_ratio, plain.clean_aperture) == (PixelAspectRatio(4, 3), aperture)
    made = PictureOutput(width=32, height=48).buffer(frame, format)
    assert made.pixel_aspect_ratio == PixelAspectRatio(8, 3)
    assert made.clean_aperture == CleanAperture(Fraction(30), Fraction(40), Fraction(1), Fraction(-2))
    square = PictureOutput(width=256, height=144).buffer(frame, format)
    assert square.pixel_aspect_ratio is None


@pytest.mark.parametrize(
    "settings", [{"width": 0}, {"height": -2}, {"displayable": True, "pixel_format": PixelFormat.NV12}]
)
def test_what_cannot_be_asked_for(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError):
        PictureOutput(**settings)


# ----------------------------------------------------------------------------------------------------- round trip


@pytest.mark.parametrize("color", [HD, SD], ids=["709", "601"])
def test_patches_survive_encoder_and_decoder(color: ColorProperties) -> None:
    picture = patches.picture(640, 480)
    made = film("libx264", "avc1", size=(640, 480), count=1, options={"crf": "1"})
    codes = patches.planes_of(picture, int(color.matrix))
    frame = _av.copied(PixelBuffer(list(codes), PixelFormat.YUV420P))
    context: Any = _av.encoder_context("libx264")
    context.width, context.height, context.pix_fmt = 640, 480, "yuv420p"
    context.time_base, context.options = Fraction(1, 30), {"crf": "1"}
    frame.pts, frame.time_base = 0, Fraction(1, 30)
    packets = [*context.encode(frame), *context.encode(None)]
    samples = [(bytes(packet), packet.pts) for packet in packets]
    ((back, _),) = decoded(made, samples)
    shown = PictureOutput(pixel_format=PixelFormat.RGB24).buffer(back, described(color=color)).planes[0].astype(int)
    error = np.abs(shown - picture)[60:100, 40:120]
    assert error.max() <= 2
    for index, expected in enumerate(patches.COLOURS.values()):
        row, column = divmod(index, patches.COLUMNS)
        middle = shown[row * 160 + 80, column * 160 + 80]
        assert np.abs(middle - expected).max() <= 2
