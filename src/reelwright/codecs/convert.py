"""Pictures become what an encoder takes: right matrix, right range, right size, and as few copies as can be.

One ``PixelConverter`` serves one track. RGB and YUV go through FFmpeg's scaler, told both ends of everything it would
otherwise guess (matrix, range, chroma position, filter); grey goes through a table; what fits already is only wrapped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

from reelwright.codecs import _av, pixels
from reelwright.codecs.geometry import Placement, Rectangle, SourceShape, aspect_of, place
from reelwright.codecs.tags import SCALE_MATRIX, conversion_names, output_color
from reelwright.model.color import ColorMatrix, ColorProperties
from reelwright.model.errors import FrameError, SettingsError
from reelwright.model.format import CleanAperture, PixelAspectRatio
from reelwright.model.kinds import ScalingMode
from reelwright.model.pixel import PixelBuffer, PixelFormat

__all__ = ["FrameSpec", "PixelConverter", "output_color"]

_TARGETS = (PixelFormat.NV12, PixelFormat.P010, PixelFormat.YUV420P, PixelFormat.YUV420P10)
_TWINS = {PixelFormat.NV12: PixelFormat.P010, PixelFormat.YUV420P: PixelFormat.YUV420P10}
_PLANAR = {8: "yuv420p", 10: "yuv420p10le", 12: "yuv420p12le"}  # what FFmpeg's colorspace filter takes, by depth
_RGB, _UNSPECIFIED = 0, 2  # colour space codes (H.273 table 4)
# Chroma lies where H.264, HEVC and every player expect it when nothing is said: left, between two rows (type 0).
# It must not be said of RGB and 4:4:4, nor of 4:2:2 from row to row: chroma would be moved by it.
_CHROMA_OUT = "out_h_chr_pos=0:out_v_chr_pos=128"
_CHROMA_420 = "in_h_chr_pos=0:in_v_chr_pos=128:"
_CHROMA = f"{_CHROMA_420}{_CHROMA_OUT}"
_CHROMA_IN = {(2, 2): _CHROMA_420, (2, 1): "in_h_chr_pos=0:"}  # by subsampling
# Chroma is averaged from all pixels by a triangle (measured: faster than FFmpeg's default, and closer to the exact
# result); sizes change by bicubic, FFmpeg's own choice for quality.
_SAME_SIZE = "bilinear+full_chroma_inp"
_RESIZED = "bicubic+full_chroma_inp+accurate_rnd"
_DEEP = "gbrp16le"
_CHAINS = 4  # filter chains kept: pictures of several sizes may take turns


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSpec:
    """What frames an encoder takes.

    Attributes:
        pixel_format: NV12, P010, YUV420P or YUV420P10.
        width, height: the size asked for, in pixels; odd sizes are coded as the next even ones.
        color, full_range: tags of the film; None for an untagged one.
        pixel_aspect_ratio, clean_aperture: as asked for; None for square pixels and the whole picture.

    Raises:
        SettingsError: another pixel format, a size that is not positive.
    """

    pixel_format: PixelFormat
    width: int
    height: int
    color: ColorProperties | None = None
    full_range: bool = False
    pixel_aspect_ratio: PixelAspectRatio | None = None
    clean_aperture: CleanAperture | None = None

    def __post_init__(self) -> None:
        if self.pixel_format not in _TARGETS:
            names = ", ".join(kind.name for kind in _TARGETS)
            raise SettingsError(
                f"encoders do not take {self.pixel_format.name} pictures here.", hint=f"Use one of {names}."
            )
        if self.width <= 0 or self.height <= 0:
            raise SettingsError(f"a film of {self.width}×{self.height} pixels has no pixels.")

    @property
    def coded_width(self) -> int:
        return self.width + self.width % 2

    @property
    def coded_height(self) -> int:
        return self.height + self.height % 2

    @property
    def is_padded(self) -> bool:
        return (self.coded_width, self.coded_height) != (self.width, self.height)

    @property
    def coded_aperture(self) -> CleanAperture | None:
        """The part to show, relative to the coded picture: what was asked for, without the padding."""
        if not self.is_padded:
            return self.clean_aperture
        wanted = self.clean_aperture or CleanAperture(Fraction(self.width), Fraction(self.height))
        return replace(
            wanted,
            horizontal_offset=wanted.horizontal_offset - Fraction(self.width % 2, 2),
            vertical_offset=wanted.vertical_offset - Fraction(self.height % 2, 2),
        )


class _Kind(NamedTuple):
    """Everything that decides how a picture is converted; pictures of one kind share a filter chain."""

    pixel_format: PixelFormat
    width: int
    height: int
    full_range: bool
    color: ColorProperties | None  # only where a real conversion is due
    to_width: int
    to_height: int


class PixelConverter:
    """Turns pictures of any format and size into an encoder's frames.

    Args:
        target: what the encoder takes.
        scaling_mode: how other sizes become the target's; None refuses them.
        background: what transparent pictures are laid over (see ``pixels.background_color``); None refuses them.
        assume: colour of pictures that carry no tags.
        threads: for the conversion itself; 1 is right beside a busy encoder.

    A converter belongs to one thread at a time.

    >>> converter = PixelConverter(encoder.frame_spec, ScalingMode.RESIZE_ASPECT)
    >>> frame = converter.convert(PixelBuffer.from_array(picture))
    """

    def __init__(
        self,
        target: FrameSpec,
        scaling_mode: ScalingMode | None = None,
        *,
        background: Any = None,
        assume: ColorProperties | None = None,
        threads: int = 1,
    ) -> None:
        self.target = target
        self.scaling_mode = scaling_mode
        self.background = None if background is None else pixels.background_color(background)
        self.assume = assume
        self.threads = threads
        self._chains: dict[_Kind, _av.FilterChain] = {}

    def check(self, buffer: PixelBuffer) -> None:
        """Raise what ``convert`` would raise, without converting."""
        picture = pixels.checked(buffer)
        if self.background is None:
            pixels.opaque(picture, None)
        self._place(picture)
        color = self._color_to_convert(picture)
        if color is not None:
            self._conversion(picture.pixel_format, color)

    def convert(self, buffer: PixelBuffer, *, alias: bool | None = None) -> _av.VideoFrame:
        """One picture as the encoder's frame, tagged as the film is.

        A picture that the encoder takes as it is, is wrapped and not copied if ``alias`` is true; by default that is
        so for buffers from a pool, whose memory is not reused while anybody looks at it. Otherwise the frame owns its
        memory, and the picture's may be changed at once.

        Raises:
            FrameError: a size that differs without a scaling mode, transparency without a background, values that mean
                nothing. SettingsError: tags that cannot be converted to the film's.
        """
        spec = self.target
        picture = pixels.opaque(pixels.checked(buffer), self.background)
        placement = self._place(picture)
        picture = pixels.cropped(picture, placement.crop)
        shared = buffer.pooled if alias is None else alias
        frame = self._converted(picture, placement.area, shared and not placement.scales)
        if (frame.width, frame.height) != (spec.coded_width, spec.coded_height):
            frame = self._laid_out(frame, placement.area)
        return self._tagged(frame)

    def _place(self, picture: PixelBuffer) -> Placement:
        source = SourceShape(
            picture.width,
            picture.height,
            max(plane.narrower for plane in picture.pixel_format.planes),
            aspect_of(picture.pixel_aspect_ratio),
            picture.clean_aperture,
        )
        aspect = aspect_of(self.target.pixel_aspect_ratio)
        return place(source, self.target.width, self.target.height, aspect, self.scaling_mode)

    def _converted(self, picture: PixelBuffer, area: Rectangle, shared: bool) -> _av.VideoFrame:
        """The picture in the target's format and colour, in the area's size."""
        color = self._color_to_convert(picture)
        if picture.pixel_format.is_gray:
            if color is None:
                return self._from_gray(picture, area)
            picture = pixels.gray_as_rgb(picture)
        same_size = (picture.width, picture.height) == (area.width, area.height)
        alike = (picture.pixel_format, picture.full_range) == (self.target.pixel_format, self.target.full_range)
        if same_size and alike and color is None:
            return _av.wrap(picture) if shared else _av.copied(picture)
        kind = _Kind(
            picture.pixel_format, picture.width, picture.height, picture.full_range, color, area.width, area.height
        )
        frame = self._chain(kind).run(_scalable(picture))
        return frame if self._into(kind) is self.target.pixel_format else self._rounded(frame)

    def _color_to_convert(self, picture: PixelBuffer) -> ColorProperties | None:
        """The picture's own colour when its code values must change beyond RGB's matrix, else None."""
        kind = picture.pixel_format
        color = picture.color if picture.is_tagged else self.assume
        if kind.is_yuv and color is not None and color.matrix is ColorMatrix.RGB:
            raise FrameError(
                f"a {kind.name} picture is tagged with the RGB matrix, which YUV pictures cannot have.",
                hint="Tag it with the matrix it was made with, for example ITU_R_709_2.",
            )
        _, converts = output_color(self.target.color, color, not kind.is_yuv)
        if not converts and kind.is_yuv:
            # FFmpeg's scaler shifts full range from 8 to 10 bits, and is inexact from range to range.
            full, deeper = self.target.full_range, self.target.pixel_format.bits > kind.bits
            if picture.full_range != full or (full and deeper):
                return color or ColorProperties.HD
        return color if converts else None

    def _chain(self, kind: _Kind) -> _av.FilterChain:
        chain = self._chains.pop(kind, None)
        if chain is None:
            while len(self._chains) >= _CHAINS:
                self._chains.pop(next(iter(self._chains)))
            name = _DEEP if _is_deep(kind.pixel_format) else kind.pixel_format.ffmpeg_name
            space = _RGB if kind.pixel_format.is_rgb else _UNSPECIFIED
            source = (name, kind.width, kind.height, space, _av.FULL if kind.full_range else _av.VIDEO)
            filters = self._resizing(kind) if kind.pixel_format.is_gray else self._filters(kind)
            chain = _av.FilterChain(source, filters, self.threads)
        self._chains[kind] = chain  # last used, last to go
        return chain

    def _into(self, kind: _Kind) -> PixelFormat:
        """What the chain delivers: the target's format, or its 10-bit twin where FFmpeg would dither down to 8 bits."""
        deep = kind.pixel_format.bits > 8 or (kind.color is not None and kind.pixel_format.is_rgb)
        return _TWINS.get(self.target.pixel_format, self.target.pixel_format) if deep else self.target.pixel_format

    def _rounded(self, frame: _av.VideoFrame) -> _av.VideoFrame:
        narrow = _av.empty_frame(self.target.pixel_format.ffmpeg_name, frame.width, frame.height)
        pixels.round_to_bytes(_av.frame_planes(frame), _av.frame_planes(narrow), self.target.full_range)
        return narrow

    def _filters(self, kind: _Kind) -> list[tuple[str, str]]:
        if kind.color is not None:
            return self._recoloring(kind, kind.color)
        size = f"w={kind.to_width}:h={kind.to_height}"
        chroma = _chroma_in(kind.pixel_format) + _CHROMA_OUT
        colors = f"out_range={_span(self.target.full_range)}:in_range={_span(kind.full_range)}"
        if kind.pixel_format.is_rgb:
            colors += f":out_color_matrix={SCALE_MATRIX[self._matrix]}"
        return [
            ("scale", f"{size}:{colors}:{chroma}:flags={self._flags(kind)}{_undithered(kind.pixel_format)}"),
            ("format", f"pix_fmts={self._into(kind).ffmpeg_name}"),
        ]

    def _flags(self, kind: _Kind) -> str:
        if (kind.width, kind.height) != (kind.to_width, kind.to_height):
            return _RESIZED
        # Without it BGR to planar takes a short cut in FFmpeg that truncates and uses every second row's chroma only.
        short_cut = kind.pixel_format is PixelFormat.BGR24 and self._into(kind) is PixelFormat.YUV420P
        rounds = short_cut or kind.pixel_format in _TARGETS or self.target.full_range
        return f"{_SAME_SIZE}+accurate_rnd" if rounds else _SAME_SIZE

    def _recoloring(self, kind: _Kind, color: ColorProperties) -> list[tuple[str, str]]:
        """Filters that really convert primaries, curves and matrix; at 4:4:4 and 12 bits where the source is RGB."""
        scale = f"w={kind.to_width}:h={kind.to_height}:flags={_RESIZED}"
        if kind.pixel_format.is_rgb:
            planar, span, result = "yuv444p12le", False, "yuv444p10"
            scale += f":out_color_matrix={SCALE_MATRIX[self._matrix]}:out_range=tv"
            chroma = _CHROMA_OUT
        else:
            planar, span = _PLANAR[kind.pixel_format.bits], kind.full_range
            deeper = max(kind.pixel_format.bits, self._into(kind).bits)
            result = _PLANAR[deeper].removesuffix("le")
            scale += f":in_range={_span(span)}:out_range={_span(span)}:{_chroma_in(kind.pixel_format)}{_CHROMA_OUT}"
            chroma = _CHROMA
        names, to_names = self._conversion(kind.pixel_format, color)
        (primaries, curve, matrix), (to_primaries, to_curve, to_matrix) = names, to_names
        source = f"ispace={matrix}:iprimaries={primaries}:itrc={curve}:irange={_span(span)}"
        target = f"space={to_matrix}:primaries={to_primaries}:trc={to_curve}:range={_span(self.target.full_range)}"
        return [
            ("scale", scale),
            ("format", f"pix_fmts={planar}"),
            ("colorspace", f"{source}:{target}:format={result}"),
            ("scale", f"{chroma}:flags=bilinear+accurate_rnd{_undithered(kind.pixel_format)}"),
            ("format", f"pix_fmts={self._into(kind).ffmpeg_name}"),
        ]

    def _conversion(self, kind: PixelFormat, color: ColorProperties) -> tuple[list[str], list[str]]:
        """FFmpeg's names for both ends; RGB (and grey, as RGB) has been put through the film's matrix before."""
        target = self.target.color or color
        if not kind.is_yuv:
            color = ColorProperties(color.primaries, color.transfer_function, self._matrix)
            target = ColorProperties(target.primaries, target.transfer_function, self._matrix)
        return conversion_names(color, target)

    @property
    def _matrix(self) -> ColorMatrix:
        """What RGB is put through: the film's matrix, BT.709's in an untagged film."""
        color, _ = output_color(self.target.color, None, source_is_rgb=True)
        assert color is not None
        return color.matrix

    def _from_gray(self, picture: PixelBuffer, area: Rectangle) -> _av.VideoFrame:
        """Luma from a table, chroma neutral. Resizing comes first, in grey."""
        spec = self.target
        if (picture.width, picture.height) != (area.width, area.height):
            picture = self._resized_gray(picture, area)
        table = pixels.luma_table(picture.pixel_format, picture.full_range, spec.pixel_format, spec.full_range)
        frame = _av.empty_frame(spec.pixel_format.ffmpeg_name, area.width, area.height)
        luma, *chroma = _av.frame_planes(frame)
        table.take(picture.planes[0], out=luma, mode="clip")
        for plane in chroma:
            plane[...] = pixels.neutral(spec.pixel_format, 1, spec.full_range)
        return frame

    def _resized_gray(self, picture: PixelBuffer, area: Rectangle) -> PixelBuffer:
        kind = _Kind(picture.pixel_format, picture.width, picture.height, True, None, area.width, area.height)
        frame = self._chain(kind).run(_av.wrap(picture))
        return PixelBuffer(_av.frame_planes(frame), picture.pixel_format, full_range=picture.full_range)

    def _resizing(self, kind: _Kind) -> list[tuple[str, str]]:
        """Filters that only change the size of grey; called full range at both ends, its values stay what they are."""
        size = f"w={kind.to_width}:h={kind.to_height}"
        return [
            ("scale", f"{size}:in_range=pc:out_range=pc:flags={_RESIZED}"),
            ("format", f"pix_fmts={kind.pixel_format.ffmpeg_name}"),
        ]

    def _laid_out(self, frame: _av.VideoFrame, area: Rectangle) -> _av.VideoFrame:
        spec = self.target
        whole = _av.empty_frame(spec.pixel_format.ffmpeg_name, spec.coded_width, spec.coded_height)
        shown = spec.width, spec.height
        planes = _av.frame_planes(whole), _av.frame_planes(frame)
        pixels.put(*planes, spec.pixel_format, area, shown, spec.full_range)
        return whole

    def _tagged(self, frame: _av.VideoFrame) -> _av.VideoFrame:
        color = self.target.color
        codes = color.codes if color is not None else (_UNSPECIFIED, _UNSPECIFIED, _UNSPECIFIED)
        return _av.tag(frame, codes, self.target.full_range)


def _is_deep(kind: PixelFormat) -> bool:
    return kind.is_rgb and kind.bits > 8


def _scalable(picture: PixelBuffer) -> _av.VideoFrame:
    """The picture as FFmpeg's scaler reads it: its own memory, or for deep RGB planes of exactly scaled values."""
    if not _is_deep(picture.pixel_format):
        return _av.wrap(picture)
    frame = _av.empty_frame(_DEEP, picture.width, picture.height)
    pixels.spread(picture, _av.frame_planes(frame))
    return frame


def _undithered(kind: PixelFormat) -> str:
    """FFmpeg dithers from 12 bits to 10 too if not told otherwise."""
    return ":sws_dither=none" if kind.bits == 12 else ""


def _chroma_in(kind: PixelFormat) -> str:
    """Where a source's chroma lies, as arguments of the scale filter."""
    return _CHROMA_IN.get(kind.subsampling, "")


def _span(full_range: bool) -> str:
    """FFmpeg's name of a range."""
    return "pc" if full_range else "tv"
