"""Pictures become what an encoder takes: right matrix, right range, right size, and as few copies as can be.

One ``PixelConverter`` serves one track. RGB and YUV go through FFmpeg's scaler, told both ends of everything it would
otherwise guess (matrix, range, chroma position, filter); grey goes through a table; what fits already is only wrapped.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from reelwright.codecs import _av, alpha, hdr, pixels
from reelwright.codecs.frame_facts import FrameFacts
from reelwright.codecs.frame_spec import FrameSpec
from reelwright.codecs.geometry import Placement, Rectangle, SourceShape, aspect_of, place
from reelwright.codecs.reformat import Reformatter
from reelwright.codecs.scaling import DEEP_RGB, Kind, conversion, delivered, film_matrix, filters, is_deep_rgb, resizing
from reelwright.codecs.tags import output_color
from reelwright.model.color import ColorMatrix, ColorPrimaries, ColorProperties, TransferFunction
from reelwright.model.errors import FrameError
from reelwright.model.kinds import ScalingMode
from reelwright.model.pixel import PixelBuffer, PixelFormat

__all__ = ["FrameSpec", "PixelConverter", "output_color"]

_RGB, _UNSPECIFIED = 0, 2  # colour space codes (H.273 table 4)
_CHAINS = 4  # filter chains, and plans, kept: pictures of several sizes may take turns


class _Plan(NamedTuple):
    """What pictures of one kind have in common: where they go, and the colour to convert from, if any."""

    placement: Placement
    color: ColorProperties | None


class PixelConverter:
    """Turns pictures of any format and size into an encoder's frames.

    Args:
        target: what the encoder takes.
        scaling_mode: how other sizes become the target's; None refuses them.
        background: what transparent pictures are laid over (see ``pixels.background_color``); None refuses them.
        assume: colour of pictures that carry no tags.
        premultiplied: whether colours of pictures with alpha have been multiplied by it (``AlphaChannelMode``).
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
        premultiplied: bool = False,
        threads: int = 1,
    ) -> None:
        self.target = target
        self.scaling_mode = scaling_mode
        self.background = None if background is None else pixels.background_color(background)
        self.assume = assume
        self.premultiplied = premultiplied
        self.threads = threads
        self._chains: dict[Kind, _av.FilterChain] = {}
        self._plans: dict[tuple[Any, ...], _Plan] = {}
        self._deep: _av.VideoFrame | None = None  # to spread deep RGB in, picture after picture
        self._codes = (_UNSPECIFIED,) * 3 if target.color is None else target.color.codes

    def check(self, buffer: PixelBuffer) -> None:
        """Raise what ``convert`` would raise, without converting."""
        picture = self._checked(buffer)
        if self.background is None and not self.target.has_alpha:
            alpha.opaque(picture, None)
        color = self._plan(picture).color
        if color is not None and not hdr.is_light_for(picture, color, self.target.color):
            conversion(picture.pixel_format, color, self.target)

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
        picture = self._checked(buffer)
        if self.background is not None or not spec.has_alpha:
            picture = self._opaque(picture)
        placement, color = self._plan(picture)
        picture = pixels.cropped(picture, placement.crop)
        shared = buffer.pooled if alias is None else alias
        frame = self._converted(picture, color, placement.area, shared and not placement.scales)
        if (frame.width, frame.height) != (spec.coded_width, spec.coded_height):
            frame = self._laid_out(frame, placement.area)
        return _av.tag(frame, self._codes, spec.full_range)

    def _checked(self, buffer: PixelBuffer) -> PixelBuffer:
        is_light = hdr.is_light_for(buffer, self._color_of(buffer), self.target.color)
        picture = pixels.checked(buffer, hdr.BRIGHTEST if is_light else None)
        return alpha.straight(picture) if self.premultiplied else picture

    def _opaque(self, picture: PixelBuffer) -> PixelBuffer:
        if self.background is not None and picture.pixel_format.is_yuv and not picture.alpha_is_opaque():
            picture = self._as_rgba(picture)
        return alpha.opaque(picture, self.background)

    def _as_rgba(self, picture: PixelBuffer) -> PixelBuffer:
        """YUV as RGB, of the matrix it is tagged with or will be written with."""
        kind, color = picture.pixel_format, self._color_of(picture)
        if color is None or color.matrix is ColorMatrix.UNSPECIFIED:
            color = ColorProperties(ColorPrimaries.UNSPECIFIED, TransferFunction.UNSPECIFIED, film_matrix(self.target))
        facts = FrameFacts(kind.ffmpeg_name, kind, True, color, picture.full_range, is_rgb=False)
        frame, size = _av.wrap(picture), (picture.width, picture.height)
        planes = Reformatter(self.threads).planes(frame, facts, PixelFormat.RGBA64, size, True)
        return PixelBuffer(
            planes,
            PixelFormat.RGBA64,
            color=picture.color,
            pixel_aspect_ratio=picture.pixel_aspect_ratio,
            clean_aperture=picture.clean_aperture,
        )

    def _plan(self, picture: PixelBuffer) -> _Plan:
        shape = picture.width, picture.height, picture.pixel_aspect_ratio, picture.clean_aperture
        kind = picture.pixel_format, picture.full_range, picture.color, *shape
        plan = self._plans.get(kind)
        if plan is None:
            plan = _Plan(self._place(picture), self._color_to_convert(picture))
            while len(self._plans) >= _CHAINS:
                self._plans.pop(next(iter(self._plans)))
            self._plans[kind] = plan
        return plan

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

    def _converted(
        self, picture: PixelBuffer, color: ColorProperties | None, area: Rectangle, shared: bool
    ) -> _av.VideoFrame:
        """The picture, of a colour unless none is to be converted, in the target's format, in the area's size."""
        if picture.pixel_format.is_gray:
            if color is None:
                return self._from_gray(picture, area)
            picture = pixels.gray_as_rgb(picture)
        same_size = (picture.width, picture.height) == (area.width, area.height)
        alike = (picture.pixel_format, picture.full_range) == (self.target.pixel_format, self.target.full_range)
        if same_size and alike and color is None:
            return _av.wrap(picture) if shared else _av.copied(picture)
        if color is not None and self.target.color is not None and hdr.is_light_for(picture, color, self.target.color):
            frame = self._scaled(hdr.from_light(picture, color, self.target.color), None, area)
        else:
            frame = self._scaled(alpha.without_plane(picture), color, area)
        if self.target.has_alpha:
            self._put_alpha(picture, area, _av.frame_planes(frame)[-1])
        return frame

    def _scaled(self, picture: PixelBuffer, color: ColorProperties | None, area: Rectangle) -> _av.VideoFrame:
        """The picture's colours in the target's format, its alpha aside."""
        spec = self.target
        full = picture.full_range
        kind = Kind(picture.pixel_format, picture.width, picture.height, full, color, area.width, area.height)
        frame = self._chain(kind).consume(self._scalable(picture))
        if delivered(kind, spec) == spec.pixel_format.ffmpeg_name:
            return frame
        narrow = _av.empty_frame(spec.pixel_format.ffmpeg_name, frame.width, frame.height)
        pixels.narrow(_av.frame_planes(frame), _av.frame_planes(narrow), spec.pixel_format, spec.full_range)
        return narrow

    def _scalable(self, picture: PixelBuffer) -> _av.VideoFrame:
        """The picture as FFmpeg's scaler reads it: its own memory, or for deep RGB planes of exactly scaled values.

        Those lie in the same memory each time, which nobody reads once the scaler is done: large memory that is new
        costs more to be had than to be filled.
        """
        if not is_deep_rgb(picture.pixel_format):
            return _av.wrap(picture)
        deep = self._deep
        if deep is None or (deep.width, deep.height) != (picture.width, picture.height):
            deep = self._deep = _av.empty_frame(DEEP_RGB, picture.width, picture.height)
        pixels.spread(picture, _av.frame_planes(deep))
        return deep

    def _put_alpha(self, picture: PixelBuffer, area: Rectangle, plane: pixels.Array) -> None:
        spec = self.target
        given = alpha.as_gray(picture)
        if given is None:
            plane[...] = (1 << spec.pixel_format.bits) - 1
            return
        if (given.width, given.height) != (area.width, area.height):
            given = self._resized_gray(given, area)
        table = pixels.luma_table(given.pixel_format, True, spec.pixel_format, True)
        table.take(given.planes[0], out=plane, mode="clip")

    def _color_of(self, picture: PixelBuffer) -> ColorProperties | None:
        return picture.color if picture.is_tagged else self.assume

    def _color_to_convert(self, picture: PixelBuffer) -> ColorProperties | None:
        """The picture's own colour when its code values must change beyond RGB's matrix, else None."""
        kind = picture.pixel_format
        color = self._color_of(picture)
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

    def _chain(self, kind: Kind) -> _av.FilterChain:
        chain = self._chains.pop(kind, None)
        if chain is None:
            while len(self._chains) >= _CHAINS:
                self._chains.pop(next(iter(self._chains)))
            name = DEEP_RGB if is_deep_rgb(kind.pixel_format) else kind.pixel_format.ffmpeg_name
            space = _RGB if kind.pixel_format.is_rgb else _UNSPECIFIED
            source = (name, kind.width, kind.height, space, _av.FULL if kind.full_range else _av.VIDEO)
            steps = resizing(kind) if kind.pixel_format.is_gray else filters(kind, self.target)
            chain = _av.FilterChain(source, steps, self.threads)
        self._chains[kind] = chain  # last used, last to go
        return chain

    def _from_gray(self, picture: PixelBuffer, area: Rectangle) -> _av.VideoFrame:
        """Luma from a table, chroma neutral. Resizing comes first, in grey."""
        spec = self.target
        if (picture.width, picture.height) != (area.width, area.height):
            picture = self._resized_gray(picture, area)
        table = pixels.luma_table(picture.pixel_format, picture.full_range, spec.pixel_format, spec.full_range)
        frame = _av.empty_frame(spec.pixel_format.ffmpeg_name, area.width, area.height)
        luma, *chroma = _av.frame_planes(frame)
        table.take(picture.planes[0], out=luma, mode="clip")
        for index, plane in enumerate(chroma, 1):
            plane[...] = pixels.neutral(spec.pixel_format, index, spec.full_range)
        return frame

    def _resized_gray(self, picture: PixelBuffer, area: Rectangle) -> PixelBuffer:
        kind = Kind(picture.pixel_format, picture.width, picture.height, True, None, area.width, area.height)
        frame = self._chain(kind).consume(_av.wrap(picture))
        return PixelBuffer(_av.frame_planes(frame), picture.pixel_format, full_range=picture.full_range)

    def _laid_out(self, frame: _av.VideoFrame, area: Rectangle) -> _av.VideoFrame:
        spec = self.target
        whole = _av.empty_frame(spec.pixel_format.ffmpeg_name, spec.coded_width, spec.coded_height)
        shown = spec.width, spec.height
        planes = _av.frame_planes(whole), _av.frame_planes(frame)
        pixels.put(*planes, spec.pixel_format, area, shown, spec.full_range)
        return whole
