"""What a decoded frame is: its layout among FFmpeg's many, the nearest of ours, its colour and its range.

What the container says of colour stands before what the bitstream says, as for every player; what neither says is
unspecified, and only a conversion assumes something.
"""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.codecs import _av
from reelwright.codecs.tags import SCALE_MATRIX, matrix_of_primaries
from reelwright.model.color import ColorMatrix, ColorProperties
from reelwright.model.errors import SettingsError
from reelwright.model.format import FormatDescription
from reelwright.model.pixel import PixelFormat

__all__ = ["FrameFacts", "assumed_matrix", "facts_of", "nearest_format"]

_BY_NAME = {kind.ffmpeg_name: kind for kind in PixelFormat if kind.is_ffmpegs}
# FFmpeg's names for full range, which otherwise are the same layouts, and layouts that differ in their order only.
_FULL_RANGE = {"yuvj420p": "yuv420p", "yuvj422p": "yuv422p", "yuvj444p": "yuv444p"}
_SUBSAMPLED = {(2, 2): "420", (2, 1): "422", (1, 1): "444", (4, 1): "422", (4, 4): "420", (1, 2): "444"}
_DEEP_MOSAICS = ("bayer_bggr16", "bayer_rggb16", "bayer_gbrg16", "bayer_grbg16")
# Monochrome pictures of video codings are luma in video range where nothing is said; all other grey uses every value.
_VIDEO_GREY = ("avc", "dva", "hvc", "hev", "dvh", "av0", "vvc", "vvi")
_ALPHA_LAYOUTS = {("420", 8): "420P", ("422", 10): "422P10", ("444", 8): "444P", ("444", 10): "444P10"}
_JPEG = ("jpeg", "mjpg", "mjpa", "mjpb")
_HIGH_DEFINITION = 1280, 720


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What a frame's values mean.

    Attributes:
        layout: FFmpeg's name. kind: the nearest pixel format here. is_exact: whether it is the very layout.
        color: tags; None where neither container nor bitstream has any. full_range: of its values.
        is_rgb: whether it holds RGB (then there is no matrix).
        centered_chroma: whether 4:2:0 chroma lies in the middle of its pixels, as in JPEG; else left, between two rows.
    """

    layout: str
    kind: PixelFormat
    is_exact: bool
    color: ColorProperties | None
    full_range: bool
    is_rgb: bool
    centered_chroma: bool = False


def facts_of(frame: _av.VideoFrame, format: FormatDescription) -> FrameFacts:
    """Read a frame and its track's description."""
    layout = frame.format.name
    kind = nearest_format(frame)
    color = format.color if format.color is not None and format.color.is_specified else _frame_color(frame)
    full = format.full_range
    if kind.is_rgb:
        full = True
    elif layout in _FULL_RANGE:
        full = True if full is None else full
    elif full is None:
        is_picture = kind.is_gray and not format.media_subtype.startswith(_VIDEO_GREY)
        full = frame.color_range == _av.FULL or (is_picture and frame.color_range != _av.VIDEO)
    exact = kind.ffmpeg_name == _FULL_RANGE.get(layout, layout) and kind.is_ffmpegs
    is_rgb = frame.format.is_rgb or kind.is_rgb
    return FrameFacts(layout, kind, exact, color, full, is_rgb, format.media_subtype in _JPEG)


def nearest_format(frame: _av.VideoFrame) -> PixelFormat:
    """The pixel format that holds a frame's values, or loses the least of them.

    Planar RGB becomes RGB24 or RGB48, palettes RGBA32, 4:1:1 4:2:2, 4:1:0 4:2:0, 4:4:0 4:4:4; 9 bits become 10, and 14
    or 16 bits of YUV become 12.
    """
    layout = _av.frame_layout(frame)
    found = _BY_NAME.get(_FULL_RANGE.get(layout.name, layout.name))
    if found is not None:
        return found
    if layout.is_rgb or layout.is_palette or layout.name.startswith("xyz"):
        return _nearest_rgb(layout)
    if layout.components <= 2:
        if layout.has_alpha:
            return PixelFormat.RGBA32 if layout.bits <= 8 else PixelFormat.RGBA64
        if layout.bits > 12:
            return PixelFormat.GRAY16
        return {8: PixelFormat.GRAY8, 10: PixelFormat.GRAY10, 12: PixelFormat.GRAY12}[_depth(layout.bits)]
    chroma, bits = _SUBSAMPLED.get(layout.subsampling, "444"), _depth(layout.bits)
    if layout.has_alpha:
        return PixelFormat[f"YUVA{_ALPHA_LAYOUTS.get((chroma, bits), '444P12' if bits > 8 else '444P')}"]
    return PixelFormat[f"YUV{chroma}P{'' if bits == 8 else bits}"]


def _nearest_rgb(layout: _av.FrameLayout) -> PixelFormat:
    if layout.is_float:
        return PixelFormat.RGBA_FLOAT if layout.has_alpha else PixelFormat.RGB_FLOAT
    deep = layout.bits > 8 or layout.name.startswith(_DEEP_MOSAICS)
    if not deep:
        return PixelFormat.RGBA32 if layout.has_alpha or layout.is_palette else PixelFormat.RGB24
    return PixelFormat.RGBA64 if layout.has_alpha else PixelFormat.RGB48


def _depth(bits: int) -> int:
    return 8 if bits <= 8 else 10 if bits <= 10 else 12


def _frame_color(frame: _av.VideoFrame) -> ColorProperties | None:
    """The bitstream's tags; a code point that H.273 reserves counts as unspecified."""
    codes = [getattr(frame, name, 2) for name in ("color_primaries", "color_trc", "colorspace")]
    if frame.format.is_rgb and codes[2] == ColorMatrix.RGB and codes[:2] == [2, 2]:
        return None  # that RGB is RGB is no tag
    known = []
    for position, code in enumerate(codes):
        alone = [2, 2, 2]
        alone[position] = int(code)
        try:
            ColorProperties(*alone)
        except SettingsError:
            known.append(2)
        else:
            known.append(int(code))
    color = ColorProperties(*known)
    return color if color.is_specified else None


def assumed_matrix(color: ColorProperties | None, width: int, height: int) -> ColorMatrix:
    """The matrix of YUV that is to become RGB, or came from it.

    An unspecified one is that of the primaries where these are known; else BT.709's from 720 rows or 1280 columns on,
    and BT.601's below, as players assume.

    Raises:
        SettingsError: a matrix that is none of those FFmpeg's scaler computes with.
    """
    if color is not None and color.matrix is not ColorMatrix.UNSPECIFIED and color.matrix is not ColorMatrix.RGB:
        if color.matrix not in SCALE_MATRIX:
            raise SettingsError(
                f"pictures with the matrix {color.matrix.name} cannot be converted here.",
                hint="Ask for no pixel format, and convert the values as they are decoded.",
            )
        return color.matrix
    if color is not None and (matrix := matrix_of_primaries(color.primaries)) is not None:
        return matrix
    large = width >= _HIGH_DEFINITION[0] or height >= _HIGH_DEFINITION[1]
    return ColorMatrix.ITU_R_709 if large else ColorMatrix.ITU_R_601
