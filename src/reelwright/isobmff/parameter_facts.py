"""What a video codec's parameter sets say about its pictures, in one form for every codec.

``ParameterFacts`` is filled by the codecs' own modules; the head of the video usability information, which H.264 and
HEVC share bit for bit, is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from reelwright.isobmff.bits import BitReader
from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidMediaError, SettingsError
from reelwright.model.format import PixelAspectRatio

__all__ = ["CHROMA", "ParameterFacts", "cropped", "usability_head"]

CHROMA = ("4:0:0", "4:2:0", "4:2:2", "4:4:4")
"""Names by chroma_format_idc (ITU-T H.264, table 6-1)."""

# ITU-T H.264 and H.265, tables E-1: sample aspect ratios by aspect_ratio_idc; 0 is unspecified, 255 extended.
_ASPECT_RATIOS = (
    (0, 0), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11), (80, 33), (18, 11), (15, 11),
    (64, 33), (160, 99), (4, 3), (3, 2), (2, 1),
)  # fmt: skip
_EXTENDED = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterFacts:
    """What the pictures of a stream are, read from its first sequence parameter set.

    Attributes:
        width, height: pixels to show, cropping applied: the size that a sample entry states.
        coded_width, coded_height: pixels in whole macroblocks or coding blocks.
        profile, level: ``profile_idc`` and ``level_idc``. high_tier: True for HEVC's High tier.
        chroma: ``"4:2:0"`` … ``"4:0:0"``. bit_depth: bits of a luma sample; bit_depth_chroma: of the others.
        color_codes: H.273 code points (primaries, transfer, matrix), None when untagged.
        full_range: None when the stream does not say.
        pixel_aspect_ratio: None when the stream does not say.
        chroma_location: H.273 chroma sample position (0 left, 1 centre, 2 top left …), None when not given.
        frame_rate: pictures a second the stream announces, None when it does not.
        interlaced: True when pictures may be coded as fields.
        reorder_frames: how many pictures may be decoded before and shown after another, None when not given.
        temporal_layers: HEVC's count of sub-layers, 1 otherwise.
    """

    width: int
    height: int
    coded_width: int
    coded_height: int
    profile: int
    level: int
    high_tier: bool = False
    chroma: str = "4:2:0"
    bit_depth: int = 8
    bit_depth_chroma: int = 8
    color_codes: tuple[int, int, int] | None = None
    full_range: bool | None = None
    pixel_aspect_ratio: PixelAspectRatio | None = None
    chroma_location: int | None = None
    frame_rate: Fraction | None = None
    interlaced: bool = False
    reorder_frames: int | None = None
    temporal_layers: int = 1

    @property
    def color(self) -> ColorProperties | None:
        """The colour tags; None when there are none or when one of them is a code point without a name here."""
        if self.color_codes is None:
            return None
        try:
            return ColorProperties(*self.color_codes)
        except SettingsError:
            return None


def cropped(what: str, size: tuple[int, int], horizontal: int, vertical: int) -> tuple[int, int]:
    """A coded size less what is cropped from it, or an error when nothing is left."""
    width, height = size[0] - horizontal, size[1] - vertical
    if width <= 0 or height <= 0:
        raise InvalidMediaError(f"{what} crops {horizontal}×{vertical} pixels from {size[0]}×{size[1]}.")
    return width, height


def usability_head(bits: BitReader) -> dict[str, Any]:
    """Aspect ratio, range, colour, chroma position, as fields of ``ParameterFacts`` (ITU-T H.264 and H.265, E.2.1)."""
    facts: dict[str, Any] = {}
    if bits.flag():
        facts["pixel_aspect_ratio"] = _aspect_ratio(bits)
    if bits.flag():
        bits.skip(1)
    if bits.flag():
        bits.skip(3)
        facts["full_range"] = bits.flag()
        if bits.flag():
            codes = bits.bits(8), bits.bits(8), bits.bits(8)
            facts["color_codes"] = None if codes == (2, 2, 2) else codes
    if bits.flag():
        facts["chroma_location"] = bits.ue(5)
        bits.ue(5)
    return facts


def _aspect_ratio(bits: BitReader) -> PixelAspectRatio | None:
    index = bits.bits(8)
    if index == _EXTENDED:
        width, height = bits.bits(16), bits.bits(16)
    else:
        width, height = _ASPECT_RATIOS[index] if index < len(_ASPECT_RATIOS) else (0, 0)
    return PixelAspectRatio(width, height) if width and height else None
