"""Decoded frames as pixel buffers: as they are, seen without a copy, or converted to what was asked for.

A decoder goes on looking at pictures that it has given out, so their planes are read-only; they live as long as
anybody holds them.
"""

from __future__ import annotations

from fractions import Fraction

from reelwright.codecs import _av
from reelwright.codecs.frame_facts import FrameFacts, facts_of
from reelwright.codecs.reformat import Reformatter
from reelwright.codecs.tone_map import is_displayable, peak_of
from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.format import CleanAperture, FormatDescription, PixelAspectRatio
from reelwright.model.pixel import PixelBuffer, PixelFormat

__all__ = ["PictureOutput"]


class PictureOutput:
    """Makes pixel buffers of decoded frames; belongs to one thread at a time.

    Args:
        pixel_format: None for pictures as they are decoded, or in the nearest format where FFmpeg's layout has no name
            here (see ``nearest_format``).
        width, height: None for the size as decoded. One alone keeps the shape. Pixel aspect and clean aperture follow.
        full_range: of YUV and grey; None for the range as decoded (grey made of colour is full range). RGB is always
            full range.
        threads: of conversions; 0 for as many as there are processors.
        displayable: for screens and picture files: HDR and wide-gamut pictures become sRGB (see ``tone_map``); all are
            RGB24 if no pixel format is asked for.

    Without that, colour is the file's: nothing but the matrix is converted, and what BT.2020 or an HDR curve encodes
    stays so, as RGB too. Untagged YUV becomes RGB by BT.709's matrix from 720 rows or 1280 columns on, else by
    BT.601's. Values are rounded, not dithered; sizes change by bicubic, and by areas where they halve at least.

    Raises:
        InvalidArgumentError: a size that is not positive; a format that is not 8-bit RGB for display.
    """

    def __init__(
        self,
        *,
        pixel_format: PixelFormat | None = None,
        width: int | None = None,
        height: int | None = None,
        full_range: bool | None = None,
        threads: int = 0,
        displayable: bool = False,
    ) -> None:
        for name, side in (("width", width), ("height", height)):
            if side is not None and side <= 0:
                raise InvalidArgumentError(f"{name} {side!r} of pictures is not positive.", hint="Leave it out.")
        if displayable and pixel_format is not None and not (pixel_format.is_rgb and pixel_format.bits == 8):
            raise InvalidArgumentError(
                f"pictures for display are 8-bit RGB, not {pixel_format.name}.", hint="Ask for RGB24 or RGBA32."
            )
        self._pixel_format = pixel_format or (PixelFormat.RGB24 if displayable else None)
        self._displayable = displayable
        self._width, self._height = width, height
        self._full_range = full_range
        self._reformatter = Reformatter(threads)

    def buffer(self, frame: _av.VideoFrame, format: FormatDescription) -> PixelBuffer:
        """One frame as a pixel buffer with read-only planes.

        Colour, range, pixel aspect and clean aperture are those of the description; what it does not say of colour and
        range the bitstream says.

        Raises:
            SettingsError: YUV with a matrix that cannot be converted to what was asked for.
        """
        facts = facts_of(frame, format)
        kind = self._pixel_format or facts.kind
        size = self._size(frame)
        full = self._range(facts, kind)
        as_it_is = kind is facts.kind and facts.is_exact and size == (frame.width, frame.height)
        peak = peak_of(format) if self._displayable and not is_displayable(facts.color) else None
        if as_it_is and full == facts.full_range and peak is None:
            planes = _av.read_only_planes(frame, kind)
        else:
            planes = self._reformatter.planes(frame, facts, kind, size, full, peak=peak)
        return PixelBuffer(
            planes,
            kind,
            width=size[0],
            height=size[1],
            color=facts.color if peak is None else ColorProperties.SRGB,
            full_range=full,
            pixel_aspect_ratio=_scaled_aspect(format, (frame.width, frame.height), size),
            clean_aperture=_scaled_aperture(format, (frame.width, frame.height), size),
        )

    def _size(self, frame: _av.VideoFrame) -> tuple[int, int]:
        width, height = self._width, self._height
        if width is None and height is None:
            return frame.width, frame.height
        if width is None:
            assert height is not None
            width = max(1, round(Fraction(frame.width * height, frame.height)))
        return width, height or max(1, round(Fraction(frame.height * width, frame.width)))

    def _range(self, facts: FrameFacts, kind: PixelFormat) -> bool:
        if kind.is_rgb:
            return True
        if self._full_range is not None:
            return self._full_range
        return facts.full_range if kind.is_yuv or facts.kind.is_gray else True


def _scaled_aspect(
    format: FormatDescription, size: tuple[int, int], new_size: tuple[int, int]
) -> PixelAspectRatio | None:
    """The shape of a pixel with which a picture of another size is shown in the same shape."""
    old = format.pixel_aspect_ratio
    if size == new_size:
        return old
    ratio = (old.ratio if old else 1) * Fraction(size[0] * new_size[1], size[1] * new_size[0])
    return None if ratio == 1 else PixelAspectRatio.of(ratio)


def _scaled_aperture(
    format: FormatDescription, size: tuple[int, int], new_size: tuple[int, int]
) -> CleanAperture | None:
    clean = format.clean_aperture
    if clean is None or size == new_size:
        return clean
    across, down = Fraction(new_size[0], size[0]), Fraction(new_size[1], size[1])
    return CleanAperture(
        clean.width * across, clean.height * down, clean.horizontal_offset * across, clean.vertical_offset * down
    )
