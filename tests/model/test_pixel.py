"""Pictures: every format's planes, arrays seen without a copy, and what is no picture refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.model.refusal import refused

from reelwright.model.color import ColorProperties
from reelwright.model.errors import FrameError, InvalidArgumentError
from reelwright.model.pixel import PixelBuffer, PixelBufferAttributes, PixelFormat

SHAPES = {
    PixelFormat.RGB24: [(5, 7, 3)],
    PixelFormat.BGR24: [(5, 7, 3)],
    PixelFormat.RGBA32: [(5, 7, 4)],
    PixelFormat.BGRA32: [(5, 7, 4)],
    PixelFormat.ARGB32: [(5, 7, 4)],
    PixelFormat.GRAY8: [(5, 7)],
    PixelFormat.GRAY16: [(5, 7)],
    PixelFormat.RGB48: [(5, 7, 3)],
    PixelFormat.RGBA64: [(5, 7, 4)],
    PixelFormat.RGB_FLOAT: [(5, 7, 3)],
    PixelFormat.RGBA_FLOAT: [(5, 7, 4)],
    PixelFormat.ABGR32: [(5, 7, 4)],
    PixelFormat.ARGB64: [(5, 7, 4)],
    PixelFormat.RGBA_HALF: [(5, 7, 4)],
    PixelFormat.AYUV64: [(5, 7, 4)],
    PixelFormat.NV12: [(5, 7), (3, 4, 2)],
    PixelFormat.P010: [(5, 7), (3, 4, 2)],
    PixelFormat.YUV420P: [(5, 7), (3, 4), (3, 4)],
    PixelFormat.YUV420P10: [(5, 7), (3, 4), (3, 4)],
    PixelFormat.GRAY10: [(5, 7)],
    PixelFormat.GRAY12: [(5, 7)],
    PixelFormat.NV16: [(5, 7), (5, 4, 2)],
    PixelFormat.NV24: [(5, 7), (5, 7, 2)],
    PixelFormat.P210: [(5, 7), (5, 4, 2)],
    PixelFormat.P410: [(5, 7), (5, 7, 2)],
    PixelFormat.UYVY422: [(5, 4, 4)],
    PixelFormat.YUYV422: [(5, 4, 4)],
    PixelFormat.YUV422P: [(5, 7), (5, 4), (5, 4)],
    PixelFormat.YUV422P10: [(5, 7), (5, 4), (5, 4)],
    PixelFormat.YUV422P12: [(5, 7), (5, 4), (5, 4)],
    PixelFormat.YUV444P: [(5, 7)] * 3,
    PixelFormat.YUV444P10: [(5, 7)] * 3,
    PixelFormat.YUV444P12: [(5, 7)] * 3,
    PixelFormat.YUV420P12: [(5, 7), (3, 4), (3, 4)],
    PixelFormat.YUVA420P: [(5, 7), (3, 4), (3, 4), (5, 7)],
    PixelFormat.YUVA422P10: [(5, 7), (5, 4), (5, 4), (5, 7)],
    PixelFormat.YUVA444P: [(5, 7)] * 4,
    PixelFormat.YUVA444P10: [(5, 7)] * 4,
    PixelFormat.YUVA444P12: [(5, 7)] * 4,
}


class TestPixelFormat:
    def test_every_format_is_here(self) -> None:
        assert set(SHAPES) == set(PixelFormat)

    @pytest.mark.parametrize(("kind", "shapes"), SHAPES.items(), ids=lambda item: getattr(item, "name", None))
    def test_planes(self, kind: PixelFormat, shapes: list[tuple[int, ...]]) -> None:
        assert [kind.plane_shape(index, 7, 5) for index in range(len(kind.planes))] == shapes
        assert [plane.shape for plane in PixelBuffer.empty(kind, 7, 5).planes] == shapes
        assert kind.bits <= kind.dtype.itemsize * 8

    @pytest.mark.parametrize("kind", PixelFormat)
    def test_ffmpeg_agrees(self, kind: PixelFormat) -> None:
        format_ = pytest.importorskip("av").VideoFormat(kind.ffmpeg_name, 16, 16)
        assert format_.is_rgb == kind.is_rgb
        assert format_.components[0].bits == kind.bits
        assert len(format_.components) == len(kind.channels)
        if kind.is_yuv:
            chroma = [(component.width, component.height) for component in format_.components[1:3]]
            assert chroma == [(16 // kind.subsampling[0], 16 // kind.subsampling[1])] * 2

    @pytest.mark.parametrize("kind", PixelFormat)
    def test_names_and_codes_lead_back(self, kind: PixelFormat) -> None:
        assert PixelFormat.of(kind) is PixelFormat.of(kind.name) is kind
        for code in kind.value.core_video:
            assert PixelFormat.of(code) is kind
            assert PixelFormat.of(int.from_bytes(code.encode(), "big")) is kind

    def test_codes_that_are_numbers_of_bits(self) -> None:
        assert PixelFormat.of(24) is PixelFormat.RGB24
        assert PixelFormat.of(32) is PixelFormat.ARGB32

    @pytest.mark.parametrize(("code", "nearest"), [("v210", "P210"), (0x76323136, "P210"), ("b16g", "GRAY16")])
    def test_formats_that_are_not_understood_name_the_nearest(self, code: Any, nearest: str) -> None:
        with refused(repr(code), kind=InvalidArgumentError, way_out=f"The nearest is {nearest}"):
            PixelFormat.of(code)

    def test_which_layouts_are_ffmpegs_own(self) -> None:
        assert not any(PixelFormat[name].is_ffmpegs for name in ("RGB_FLOAT", "RGBA_FLOAT", "RGBA_HALF", "ARGB64"))
        assert PixelFormat.AYUV64.is_ffmpegs
        assert PixelFormat.YUVA420P.has_alpha_plane
        assert not PixelFormat.AYUV64.has_alpha_plane

    @pytest.mark.parametrize("value", ["420x", 7, -1, 1 << 32, 1 << 40, None, ""])
    def test_what_is_no_format(self, value: Any) -> None:
        with refused(repr(value), kind=InvalidArgumentError, way_out="RGB24"):
            PixelFormat.of(value)

    @pytest.mark.parametrize(
        ("code", "full"), [("420v", False), ("420f", True), (0x34323066, True), ("x420", False), ("xf20", True)]
    )
    def test_codes_that_speak_of_range(self, code: Any, full: bool) -> None:
        assert PixelFormat.code_is_full_range(code) is full

    def test_codes_that_do_not(self) -> None:
        assert PixelFormat.code_is_full_range("BGRA") is None
        assert PixelFormat.code_is_full_range("????") is None

    def test_kinds(self) -> None:
        assert PixelFormat.BGRA32.has_alpha
        assert not PixelFormat.RGB24.has_alpha
        assert PixelFormat.GRAY8.is_gray
        assert not PixelFormat.NV12.is_rgb


INFERRED = [
    ((5, 7), np.uint8, PixelFormat.GRAY8),
    ((5, 7, 1), np.uint8, PixelFormat.GRAY8),
    ((5, 7, 3), np.uint8, PixelFormat.RGB24),
    ((5, 7, 4), np.uint8, PixelFormat.RGBA32),
    ((5, 7), np.uint16, PixelFormat.GRAY16),
    ((5, 7, 3), np.uint16, PixelFormat.RGB48),
    ((5, 7, 4), np.uint16, PixelFormat.RGBA64),
    ((5, 7, 3), np.float32, PixelFormat.RGB_FLOAT),
    ((5, 7, 4), np.float16, PixelFormat.RGBA_FLOAT),
    ((5, 7, 3), np.float64, PixelFormat.RGB_FLOAT),
    ((5, 7), np.bool_, PixelFormat.GRAY8),
    ((5, 7, 3), np.bool_, PixelFormat.RGB24),
]


class TestFromArray:
    @pytest.mark.parametrize(("shape", "dtype", "kind"), INFERRED)
    def test_formats_are_inferred(self, shape: tuple[int, ...], dtype: Any, kind: PixelFormat) -> None:
        made = PixelBuffer.from_array(np.ones(shape, dtype))
        assert made.pixel_format is kind
        assert made.size == (7, 5)
        assert made.planes[0].dtype == kind.dtype
        assert made.planes[0].flat[0] == (255 if dtype is np.bool_ else 1)

    def test_nothing_is_copied(self) -> None:
        array = np.zeros((5, 7, 3), np.uint8)
        assert np.shares_memory(PixelBuffer.from_array(array).planes[0], array)
        wide = np.zeros((5, 20, 3), np.uint8)[:, :7]
        assert np.shares_memory(PixelBuffer.from_array(wide).planes[0], wide)

    @pytest.mark.parametrize(
        "view",
        [
            lambda a: a[:, ::-1],
            lambda a: a[::-1],
            lambda a: a[:, ::2],
            lambda a: a[:, :, ::-1],
            lambda a: np.broadcast_to(a[:1], a.shape),
            lambda a: a[::-1][:1],
            lambda a: a[:, ::7],
            lambda a: a[::5, ::7],
            lambda a: a.transpose(1, 0, 2),
        ],
        ids=["mirrored", "flipped", "skipped", "bgr", "broadcast", "one row", "one column", "one pixel", "turned"],
    )
    def test_what_cannot_be_seen_as_it_lies_is_copied(self, view: Any) -> None:
        array = view(np.arange(105, dtype=np.uint8).reshape(5, 7, 3))
        plane = PixelBuffer.from_array(array).planes[0]
        np.testing.assert_array_equal(plane, array)
        assert plane.strides[1:] == (3, 1)
        assert plane.strides[0] >= plane.shape[1] * 3

    def test_channels_first(self) -> None:
        array = np.arange(105, dtype=np.uint8).reshape(3, 5, 7)
        made = PixelBuffer.from_array(array, layout="CHW")
        assert made.size == (7, 5)
        np.testing.assert_array_equal(made.planes[0], array.transpose(1, 2, 0))

    def test_the_format_may_be_named(self) -> None:
        made = PixelBuffer.from_array(np.zeros((5, 7, 4), np.uint8), "BGRA", color=ColorProperties.SRGB)
        assert made.pixel_format is PixelFormat.BGRA32
        assert made.is_tagged

    def test_foreign_byte_order(self) -> None:
        made = PixelBuffer.from_array(np.full((5, 7), 258, ">u2"))
        assert made.planes[0].dtype == np.dtype("=u2")
        assert made.planes[0][0, 0] == 258

    @pytest.mark.parametrize("kind", [PixelFormat.NV12, PixelFormat.YUV420P, PixelFormat.YUV420P10, PixelFormat.P010])
    def test_stacked_planes(self, kind: PixelFormat) -> None:
        array = np.arange(6 * 8, dtype=kind.dtype).reshape(6, 8)
        made = PixelBuffer.from_array(array, kind)
        assert made.size == (8, 4)
        assert all(np.shares_memory(plane, array) for plane in made.planes)
        np.testing.assert_array_equal(np.concatenate([plane.ravel() for plane in made.planes]), array.ravel())

    @pytest.mark.parametrize("shape", [(5, 8), (6, 7), (6, 8, 1)])
    def test_stacked_planes_of_odd_sizes(self, shape: tuple[int, ...]) -> None:
        with refused("NV12", str(shape), kind=FrameError, way_out="one by one"):
            PixelBuffer.from_array(np.zeros(shape, np.uint8), "NV12")

    @pytest.mark.parametrize(
        ("shape", "dtype", "way_out"),
        [
            ((5,), np.uint8, "one frame"),
            ((2, 5, 7, 3), np.uint8, "one frame"),
            ((5, 7, 2), np.uint8, "RGBA"),
            ((3, 5, 7), np.uint8, 'layout="CHW"'),
            ((5, 7), np.float32, "uint8"),
            ((5, 7, 3), np.int64, "uint8"),
            ((5, 7, 3), np.int8, "uint8"),
        ],
    )
    def test_what_is_no_picture(self, shape: tuple[int, ...], dtype: Any, way_out: str) -> None:
        named = np.dtype(dtype) if dtype in (np.int64, np.int8) else "floats" if dtype is np.float32 else shape
        with refused(named, kind=FrameError, way_out=way_out):
            PixelBuffer.from_array(np.zeros(shape, dtype))

    def test_an_unknown_order_of_axes(self) -> None:
        with refused("'WHC'", kind=InvalidArgumentError, way_out="HWC"):
            PixelBuffer.from_array(np.zeros((5, 7, 3), np.uint8), layout="WHC")

    def test_values_of_another_type_than_the_format(self) -> None:
        with refused("RGB24", "uint8", "uint16", kind=FrameError, way_out="Convert the values"):
            PixelBuffer.from_array(np.zeros((5, 7, 3), np.uint16), "RGB24")

    def test_another_number_of_values_than_the_format(self) -> None:
        with refused("(5, 7, 4)", "RGB24", kind=FrameError, way_out="3 values"):
            PixelBuffer.from_array(np.zeros((5, 7, 4), np.uint8), "RGB24")


class TestPlanes:
    def test_odd_sizes_need_to_be_said(self) -> None:
        planes = [np.zeros((5, 7), np.uint8), np.zeros((3, 4, 2), np.uint8)]
        made = PixelBuffer(planes, "NV12")
        assert made.size == (7, 5)
        assert made.nbytes == 35 + 24

    def test_another_number_of_planes(self) -> None:
        with refused("NV12", "2 planes", "1 were", kind=FrameError, way_out="from_array"):
            PixelBuffer([np.zeros((4, 4), np.uint8)], "NV12")

    def test_a_plane_of_another_shape_or_type(self) -> None:
        luma = np.zeros((4, 4), np.uint8)
        with refused("plane 1", "(2, 2, 2)", "(2, 2)", kind=FrameError, way_out="width"):
            PixelBuffer([luma, np.zeros((2, 2), np.uint8)], "NV12")
        with refused("plane 1", "uint8", "uint16", kind=FrameError):
            PixelBuffer([luma, np.zeros((2, 2, 2), np.uint16)], "NV12")

    def test_values_that_do_not_lie_side_by_side(self) -> None:
        with refused("plane 0", "(8, 2)", kind=FrameError, way_out="copy()"):
            PixelBuffer([np.zeros((4, 8), np.uint8)[:, ::2]], "GRAY8")

    @pytest.mark.parametrize("size", [(0, 4), (4, 0), (-1, 4)])
    def test_no_pixels(self, size: tuple[int, int]) -> None:
        with refused(f"{size[0]}×{size[1]}", kind=FrameError):
            PixelBuffer([np.zeros((4, 4), np.uint8)], "GRAY8", width=size[0], height=size[1])

    def test_no_planes(self) -> None:
        with refused("0×0", kind=FrameError):
            PixelBuffer([], "GRAY8")

    @pytest.mark.parametrize(
        ("kind", "full"), [("NV12", False), ("YUV420P10", False), ("RGB24", True), ("GRAY8", True)]
    )
    def test_the_usual_range(self, kind: str, full: bool) -> None:
        assert PixelBuffer.empty(kind, 4, 4).full_range is full
        assert PixelBuffer.empty(kind, 4, 4, full_range=not full).full_range is not full

    def test_tags(self) -> None:
        assert not PixelBuffer.empty("RGB24", 4, 4).is_tagged
        assert not PixelBuffer.empty("RGB24", 4, 4, color=ColorProperties(2, 2, 2)).is_tagged
        assert "(1, 1, 1)" in repr(PixelBuffer.empty("RGB24", 4, 4, color=ColorProperties.HD))

    @pytest.mark.parametrize("kind", [kind for kind in PixelFormat if kind.has_alpha])
    def test_opacity(self, kind: PixelFormat) -> None:
        made = PixelBuffer.empty(kind, 4, 4)
        full = 1.0 if kind.dtype.kind == "f" else (1 << kind.bits) - 1
        for plane in made.planes:
            plane[...] = full
        assert made.alpha_is_opaque()
        alpha = made.planes[-1] if kind.is_yuv else made.planes[0][:, :, kind.channels.index("A")]
        alpha[1, 2] = full // 2
        assert not made.alpha_is_opaque()

    def test_without_alpha_all_is_opaque(self) -> None:
        assert PixelBuffer.from_array(np.zeros((4, 4), np.uint8)).alpha_is_opaque()


class TestAttributes:
    @pytest.mark.parametrize("code", ["420f", 0x34323066, ["420f", "BGRA"]])
    @pytest.mark.parametrize("shape", ["{}", "kCVPixelBuffer{}Key"])
    def test_core_videos_keys(self, shape: str, code: Any) -> None:
        values = {"PixelFormatType": code, "Width": 640, "Height": 480, "IOSurfaceProperties": {}}
        made = PixelBufferAttributes.of({shape.format(key): value for key, value in values.items()})
        assert made is not None
        assert (made.pixel_format, made.full_range, made.width, made.height) == (PixelFormat.NV12, True, 640, 480)
        assert list(made.extensions) == [shape.format("IOSurfaceProperties")]
        assert made.is_complete

    def test_the_constructor_reads_codes_too(self) -> None:
        assert PixelBufferAttributes(pixel_format=0x34323076).full_range is False  # type: ignore[arg-type]
        assert PixelBufferAttributes(pixel_format="NV12").full_range is None  # type: ignore[arg-type]

    def test_none_and_itself(self) -> None:
        assert PixelBufferAttributes.of(None) is None
        made = PixelBufferAttributes(width=4)
        assert PixelBufferAttributes.of(made) is made
        assert not made.is_complete

    @pytest.mark.parametrize("name", ["width", "height", "bytes_per_row_alignment"])
    @pytest.mark.parametrize("bad", [0, -4, 1.5, True, "4"])
    def test_sizes_are_positive(self, name: str, bad: Any) -> None:
        with refused(name, repr(bad), kind=InvalidArgumentError):
            PixelBufferAttributes(**{name: bad})

    @pytest.mark.parametrize("value", [7, "420v", [1]])
    def test_what_is_no_mapping(self, value: Any) -> None:
        with refused(repr(value), kind=InvalidArgumentError):
            PixelBufferAttributes.of(value)

    def test_they_are_values(self) -> None:
        assert hash(PixelBufferAttributes(width=4)) == hash(PixelBufferAttributes(width=4))
