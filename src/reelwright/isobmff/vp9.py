"""VP9: the frame header, the record made from it, and levels.

A VP9 stream has no parameter sets: every key frame tells profile, depth, chroma, range and size by itself (VP9
Bitstream & Decoding Process Specification, 6.2). What it cannot tell, colour and level, comes from the format
description (VP Codec ISO Media File Format Binding, "VP Codec Configuration Box").
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from reelwright.isobmff.bits import BitReader
from reelwright.isobmff.box import Buffer, u8, u16, u32
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription

__all__ = [
    "USUAL_FRAME_RATE",
    "Vp9Facts",
    "described_vp9",
    "is_vp9_key_frame",
    "read_vp9_header",
    "vp9_atom",
    "vp9_level",
    "vp9_record",
]

USUAL_FRAME_RATE = Fraction(30)
"""Pictures a second that a level is computed for where nobody says how many there are."""

_WHAT = "the VP9 frame header"
_LONGEST_HEADER = 16
_SYNC_CODE = 0x498342
_SRGB = 7
_UNSPECIFIED = 2
_CHROMA_LOCATION = "ChromaLocationTopField"  # CoreMedia's key
# H.273's matrix by color_space: BT.601, BT.709, SMPTE 170M, SMPTE 240M, BT.2020, RGB.
_MATRICES = {1: 5, 2: 1, 3: 6, 4: 7, 5: 9, _SRGB: 0}
# Level, luma samples a second, luma samples of a picture, its longest side (webmproject.org/vp9/levels).
_LEVELS = (
    (10, 829440, 36864, 512),
    (11, 2764800, 73728, 768),
    (20, 4608000, 122880, 960),
    (21, 9216000, 245760, 1344),
    (30, 20736000, 552960, 2048),
    (31, 36864000, 983040, 2752),
    (40, 83558400, 2228224, 4160),
    (41, 160432128, 2228224, 4160),
    (50, 311951360, 8912896, 8384),
    (51, 588251136, 8912896, 8384),
    (52, 1176502272, 8912896, 8384),
    (60, 1176502272, 35651584, 16832),
    (61, 2353004544, 35651584, 16832),
    (62, 4706009088, 35651584, 16832),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vp9Facts:
    """What the uncompressed header of a key frame says.

    Attributes:
        profile: 0 to 3. bit_depth: 8, 10 or 12. chroma: ``"4:2:0"``, ``"4:2:2"``, ``"4:4:0"`` or ``"4:4:4"``.
        matrix: H.273's code point for the colour space, 2 when it is unknown. full_range: color_range.
        width, height: of the coded picture.
    """

    profile: int
    bit_depth: int
    chroma: str
    matrix: int
    full_range: bool
    width: int
    height: int


def is_vp9_key_frame(frame: Buffer) -> bool:
    """Whether a packet begins with a key frame, from which everything behind it can be decoded.

    In a superframe (Annex B) it is the first frame that counts, shown or not.

    Raises:
        InvalidMediaError: it is no VP9 frame.
    """
    bits, _ = _begun(frame)
    return not bits.flag() and not bits.flag()


def read_vp9_header(frame: Buffer) -> Vp9Facts:
    """Read uncompressed_header() of a key frame up to its size.

    Raises:
        InvalidMediaError: it is no key frame, or broken.
    """
    bits, profile = _begun(frame)
    if bits.flag() or bits.flag():
        raise InvalidMediaError(
            "a VP9 stream begins with a frame that is no key frame, so that nothing tells what its pictures are.",
            hint="Begin with a key frame, or give the file's 'vpcC' box in the format description's atoms.",
        )
    bits.skip(2)
    if bits.bits(24) != _SYNC_CODE:
        raise InvalidMediaError("a VP9 key frame lacks its synchronisation code.")
    depth = 8 if profile < 2 else 12 if bits.flag() else 10
    space = bits.bits(3)
    full_range = space == _SRGB or bits.flag()
    chroma = _chroma(bits, profile, space)
    width, height = bits.bits(16) + 1, bits.bits(16) + 1
    matrix = _MATRICES.get(space, _UNSPECIFIED)
    return Vp9Facts(
        profile=profile,
        bit_depth=depth,
        chroma=chroma,
        matrix=matrix,
        full_range=full_range,
        width=width,
        height=height,
    )


def _begun(frame: Buffer) -> tuple[BitReader, int]:
    """The header from behind the profile on, and the profile."""
    bits = BitReader(bytes(memoryview(frame).cast("B")[:_LONGEST_HEADER]), _WHAT)
    if bits.bits(2) != 2:
        raise InvalidMediaError("a packet is no VP9 frame: it does not begin with the frame marker.")
    profile = bits.bits(1) | bits.bits(1) << 1
    if profile == 3:
        bits.skip(1)
    return bits, profile


def _chroma(bits: BitReader, profile: int, space: int) -> str:
    if profile not in (1, 3):
        if space == _SRGB:
            raise InvalidMediaError(f"a VP9 frame of profile {profile} claims to be RGB.")
        return "4:2:0"
    across, down = (False, False) if space == _SRGB else (bits.flag(), bits.flag())
    bits.skip(1)
    return {(False, False): "4:4:4", (True, False): "4:2:2", (False, True): "4:4:0"}.get((across, down), "4:2:0")


def vp9_level(width: int, height: int, rate: Fraction) -> int:
    """The lowest level whose picture size and sample rate hold such pictures, ten times its number; 0 beyond all."""
    samples, side = width * height, max(width, height)
    for level, a_second, a_picture, longest in _LEVELS:
        if samples <= a_picture and samples * rate <= a_second and side <= longest:
            return level
    return 0


def vp9_record(
    facts: Vp9Facts,
    level: int,
    color_codes: tuple[int, int, int] | None = None,
    *,
    is_sited_left: bool = False,
) -> bytes:
    """A ``vpcC`` payload.

    Args:
        color_codes: H.273 code points; None: the header's matrix, and the rest unspecified.
        is_sited_left: 4:2:0 chroma lies halfway between luma rows; else it lies with luma samples, which the binding
            assumes where nothing is said.

    Raises:
        InvalidMediaError: 4:4:0, which the record has no number for.
    """
    subsampling = {"4:2:0": 0 if is_sited_left else 1, "4:2:2": 2, "4:4:4": 3}.get(facts.chroma)
    if subsampling is None:
        raise InvalidMediaError(f"VP9 of chroma {facts.chroma} has no representation in an ISO file.")
    codes = color_codes or (_UNSPECIFIED, _UNSPECIFIED, facts.matrix)
    bits = facts.bit_depth << 4 | subsampling << 1 | facts.full_range
    return u32(1 << 24) + u8(facts.profile, level, bits, *codes) + u16(0)


def described_vp9(format: FormatDescription) -> Vp9Facts | None:
    """What a description says of pictures that there are none of yet; None where it leaves something open."""
    bits, chroma = format.bits_per_component, format.chroma
    if bits is None or chroma is None or not format.width or not format.height:
        return None
    return Vp9Facts(
        profile=(bits > 8) << 1 | (chroma != "4:2:0"),
        bit_depth=bits,
        chroma=chroma,
        matrix=_UNSPECIFIED,
        full_range=bool(format.full_range),
        width=format.width,
        height=format.height,
    )


def vp9_atom(facts: Vp9Facts, format: FormatDescription, rate: Fraction | None = None) -> bytes:
    """A ``vpcC`` payload for such pictures, with the colour and the place of chroma that the description tells.

    Args:
        rate: pictures a second, None where nobody knows.

    Raises:
        InvalidMediaError: 4:4:0.
    """
    level = vp9_level(facts.width, facts.height, USUAL_FRAME_RATE if rate is None else rate)
    codes = format.color.codes if format.color is not None else None
    return vp9_record(facts, level, codes, is_sited_left=format.extensions.get(_CHROMA_LOCATION) == "Left")
