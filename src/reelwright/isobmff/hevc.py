"""HEVC: what its parameter sets say, and the configuration record ``hvcC`` (ISO/IEC 14496-15, 8.3.3).

As for H.264, a configuration comes as a record or as an Annex B byte stream, and records are always written anew with
lengths of four bytes. Facts come from the base layer; sets of further layers travel along untouched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from reelwright.isobmff.bits import BitReader
from reelwright.isobmff.box import Buffer, u8, u16, u32
from reelwright.isobmff.nal import begins_with_start_code, unescape, units
from reelwright.isobmff.parameter_facts import CHROMA, ParameterFacts, cropped, usability_head
from reelwright.model.errors import InvalidMediaError

__all__ = ["HevcSets", "ProfileTierLevel", "describe_hevc", "hevc_configuration", "hevc_record"]

VPS, SPS, PPS, DELIMITER, SEI_PREFIX, SEI_SUFFIX = 32, 33, 34, 35, 39, 40
_SETS = (VPS, SPS, PPS)
_ARRAYS = (*_SETS, SEI_PREFIX, SEI_SUFFIX)
_RECORD_HEAD = 22
_MAX_SIDE = 1 << 16
_WHAT = "the sequence parameter set"


@dataclass(frozen=True, slots=True)
class HevcSets:
    """The parameter sets of a stream, in order and without repetition, and how its packets are framed.

    ``sei`` are messages about the whole stream that stand beside the sets. ``length_size`` is 1, 2 or 4; 0 when all
    came as an Annex B byte stream. ``frame_rate_fields`` are what a record said about the frame rate.
    """

    vps: tuple[bytes, ...]
    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    sei: tuple[bytes, ...] = ()
    length_size: int = 0
    frame_rate_fields: tuple[int, int] = (0, 0)

    @property
    def all(self) -> tuple[bytes, ...]:
        return (*self.vps, *self.sps, *self.pps)


@dataclass(frozen=True, slots=True)
class ProfileTierLevel:
    """general_… fields of profile_tier_level() (ITU-T H.265, 7.3.3): what a decoder must be able to do."""

    profile_space: int
    high_tier: bool
    profile: int
    compatibility: int
    constraints: int
    level: int

    def merged(self, other: ProfileTierLevel) -> ProfileTierLevel:
        """What a decoder of both needs (ISO/IEC 14496-15, 8.3.3.1.3)."""
        return ProfileTierLevel(
            self.profile_space,
            self.high_tier or other.high_tier,
            max(self.profile, other.profile),
            self.compatibility & other.compatibility,
            self.constraints & other.constraints,
            max(self.level, other.level),
        )


@dataclass(slots=True)
class _Sequence:
    """One sequence parameter set, as far as it matters here."""

    identifier: int
    tier: ProfileTierLevel
    sub_layers: int
    nested: bool
    chroma_idc: int = 1
    min_segmentation: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


def parameter_sets(config: Buffer) -> HevcSets:
    """Read an ``hvcC`` record or an Annex B byte stream; units other than parameter sets and SEI are passed over.

    Raises:
        InvalidMediaError: it is neither, or broken.
    """
    config = bytes(config)
    if begins_with_start_code(config):
        return sorted_sets(units(config))
    if config[:1] in (b"\x01", b"\x00") and len(config) > _RECORD_HEAD:
        return _record_sets(config)
    raise InvalidMediaError(
        f"{len(config)} bytes beginning {config[:4].hex(' ')!r} are no HEVC configuration.",
        hint="Give codec_config as an hvcC record (first byte 01) or as parameter sets behind start codes (00 00 01).",
    )


def nal_type(unit: Buffer) -> int:
    return unit[0] >> 1 & 63


def layer(unit: Buffer) -> int:
    """nuh_layer_id of a unit of at least two bytes."""
    return (unit[0] & 1) << 5 | unit[1] >> 3


def sorted_sets(found: Iterable[bytes], length_size: int = 0, rate: tuple[int, int] = (0, 0)) -> HevcSets:
    by_type: dict[int, dict[bytes, None]] = {kind: {} for kind in _ARRAYS}
    for unit in found:
        unit = unit.rstrip(b"\0")
        if len(unit) > 2 and nal_type(unit) in by_type:
            by_type[nal_type(unit)][unit] = None
    vps, sps, pps, prefix, suffix = (tuple(by_type[kind]) for kind in _ARRAYS)
    return HevcSets(vps, sps, pps, prefix + suffix, length_size, rate)


def _record_sets(config: bytes) -> HevcSets:
    bits = BitReader(config, "the hvcC record")
    bits.skip(19 * 8)
    average_rate, constant_rate = bits.bits(16), bits.bits(2)
    bits.skip(4)
    length_size = bits.bits(2) + 1
    if length_size == 3:
        raise InvalidMediaError("the hvcC record asks for lengths of 3 bytes; the standard allows 1, 2 and 4.")
    found = []
    for _ in range(bits.bits(8)):
        bits.skip(8)
        for _ in range(bits.bits(16)):
            size = bits.bits(16)
            found.append(bits.bits(size * 8).to_bytes(size, "big"))
    return sorted_sets(found, length_size, (average_rate, constant_rate))


def hevc_configuration(config: Buffer) -> bytes:
    """The payload of ``hvcC`` for a record or an Annex B byte stream: complete arrays, lengths of four bytes.

    Raises:
        InvalidMediaError: a parameter set is missing or broken, or there are too many.
    """
    sets = parameter_sets(config)
    for name, found in (("video", sets.vps), ("sequence", sets.sps), ("picture", sets.pps)):
        if not found:
            raise InvalidMediaError(
                f"the HEVC configuration holds no {name} parameter set.",
                hint="Take it from the encoder's extradata, or from the first packet of a stream that repeats it.",
            )
    return hevc_record(sets)


def hevc_record(sets: HevcSets, *, complete: bool = True) -> bytes:
    """The payload of ``hvcC`` for these parameter sets (ISO/IEC 14496-15, 8.3.3.1.2).

    ``complete`` says that samples bring no further sets (``hvc1``), False that they may (``hev1``).
    """
    base = [_sequence(unit) for unit in sets.sps if layer(unit) == 0]
    if not base:
        raise InvalidMediaError("the HEVC configuration holds no sequence parameter set of the base layer.")
    tier = base[0].tier
    for other in base[1:]:
        tier = tier.merged(other.tier)
    first = base[0]
    segmentation = min(sequence.min_segmentation for sequence in base)
    parallelism = _parallelism(sets.pps) if segmentation else 0
    layers = max(*(sequence.sub_layers for sequence in base), 1, *map(_video_sub_layers, sets.vps))
    nested = all(sequence.nested for sequence in base)
    facts = first.facts
    if max(facts["bit_depth"], facts["bit_depth_chroma"]) > 15:
        raise InvalidMediaError("HEVC of 16 bits a sample does not fit an hvcC record, whose depths end at 15.")
    average_rate, constant_rate = sets.frame_rate_fields
    parts = [
        u8(1, tier.profile_space << 6 | tier.high_tier << 5 | tier.profile),
        u32(tier.compatibility),
        tier.constraints.to_bytes(6, "big"),
        u8(tier.level),
        u16(0xF000 | segmentation),
        u8(0xFC | parallelism, 0xFC | first.chroma_idc),
        u8(0xF8 | facts["bit_depth"] - 8, 0xF8 | facts["bit_depth_chroma"] - 8),
        u16(average_rate),
        u8(constant_rate << 6 | layers << 3 | nested << 2 | 3),
        _arrays(sets, complete),
    ]
    return b"".join(parts)


def _arrays(sets: HevcSets, complete: bool) -> bytes:
    arrays = []
    for kind in _ARRAYS:
        found = [unit for unit in (*sets.all, *sets.sei) if nal_type(unit) == kind]
        if found:
            arrays.append(
                u8((complete and kind in _SETS) << 7 | kind) + u16(len(found)) + b"".join(map(_framed, found))
            )
    return u8(len(arrays)) + b"".join(arrays)


def _framed(unit: bytes) -> bytes:
    if len(unit) > 0xFFFF:
        raise InvalidMediaError(f"a parameter set of {len(unit)} bytes does not fit a configuration record (65535).")
    return u16(len(unit)) + unit


def profile_tier_level(config: Buffer) -> ProfileTierLevel:
    """What a decoder of this configuration needs, as an RFC 6381 codecs string tells it."""
    base = [_sequence(unit) for unit in parameter_sets(config).sps if layer(unit) == 0]
    if not base:
        raise InvalidMediaError("the HEVC configuration holds no sequence parameter set of the base layer.")
    return base[0].tier


def describe_hevc(config: Buffer) -> ParameterFacts:
    """What the base layer's first sequence parameter set says (ITU-T H.265, 7.4.3.2 and E.3).

    Raises:
        InvalidMediaError: there is none, or it is broken.
    """
    for unit in parameter_sets(config).sps:
        if layer(unit) == 0:
            return ParameterFacts(**_sequence(unit).facts)
    raise InvalidMediaError("the HEVC configuration holds no sequence parameter set of the base layer.")


def parameter_set_id(unit: bytes) -> tuple[int, ...]:
    """(type, layer, identifier) of a parameter set: a later one with the same three takes its place.

    Raises:
        InvalidMediaError: it ends too early.
    """
    if len(unit) < 2:
        raise InvalidMediaError("a parameter set of HEVC ends within its header.")
    kind, of_layer = nal_type(unit), layer(unit)
    if kind == SPS:
        return kind, of_layer, _sequence(unit).identifier if of_layer == 0 else 0
    bits = BitReader(unescape(unit[2:]), "the parameter set")
    return kind, of_layer, bits.bits(4) if kind == VPS else bits.ue(63)


def _video_sub_layers(unit: bytes) -> int:
    """vps_max_sub_layers_minus1 + 1 (ITU-T H.265, 7.3.2.1)."""
    bits = BitReader(unit[2:4], "the video parameter set")
    bits.skip(12)
    return min(bits.bits(3) + 1, 7)


def max_sub_layers(sets: HevcSets) -> int:
    """How many temporal sub-layers the base layer may have."""
    return max((_sequence(unit).sub_layers for unit in sets.sps if layer(unit) == 0), default=1)


def _sequence(unit: bytes) -> _Sequence:
    """Read seq_parameter_set_rbsp() of the base layer (ITU-T H.265, 7.3.2.2)."""
    bits = BitReader(unescape(unit[2:]), _WHAT)
    bits.skip(4)
    sub_layers, nested = bits.bits(3) + 1, bits.flag()
    if sub_layers > 7:
        raise InvalidMediaError(f"{_WHAT} announces {sub_layers} sub-layers where its standard allows 7.")
    tier = _tier(bits, sub_layers)
    sequence = _Sequence(bits.ue(15), tier, sub_layers, nested)
    facts = sequence.facts
    facts |= {"profile": tier.profile, "level": tier.level, "high_tier": tier.high_tier, "temporal_layers": sub_layers}
    sequence.chroma_idc = chroma = bits.ue(3)
    facts["chroma"] = CHROMA[chroma]
    separate = chroma == 3 and bits.flag()
    facts |= _size(bits, 0 if separate else chroma)
    facts["bit_depth"] = 8 + bits.ue(8)
    facts["bit_depth_chroma"] = 8 + bits.ue(8)
    order_bits = bits.ue(12) + 4
    for _ in range(sub_layers if bits.flag() else 1):
        bits.ue(16)
        facts["reorder_frames"] = bits.ue(16)
        bits.ue()
    _skip_coding_tools(bits, order_bits)
    if bits.flag():
        facts |= _usability(bits, sequence)
    return sequence


def _tier(bits: BitReader, sub_layers: int) -> ProfileTierLevel:
    space, high, profile = bits.bits(2), bits.flag(), bits.bits(5)
    compatibility, constraints, level = bits.bits(32), bits.bits(48), bits.bits(8)
    present = [(bits.flag(), bits.flag()) for _ in range(sub_layers - 1)]
    if present:
        bits.skip(2 * (8 - len(present)))
    for has_profile, has_level in present:
        bits.skip(88 * has_profile + 8 * has_level)
    return ProfileTierLevel(space, high, profile, compatibility, constraints, level)


def _size(bits: BitReader, chroma: int) -> dict[str, Any]:
    coded = bits.ue(_MAX_SIDE), bits.ue(_MAX_SIDE)
    horizontal = vertical = 0
    if bits.flag():
        left, right, top, bottom = (bits.ue(_MAX_SIDE) for _ in range(4))
        horizontal = (left + right) * (2 if chroma in (1, 2) else 1)
        vertical = (top + bottom) * (2 if chroma == 1 else 1)
    width, height = cropped(_WHAT, coded, horizontal, vertical)
    return {"width": width, "height": height, "coded_width": coded[0], "coded_height": coded[1]}


def _skip_coding_tools(bits: BitReader, order_bits: int) -> None:
    """Block sizes, scaling lists, PCM, reference picture sets: all that stands between size and usability."""
    for _ in range(6):
        bits.ue(32)
    if bits.flag() and bits.flag():
        _skip_scaling_lists(bits)
    bits.skip(2)
    if bits.flag():
        bits.skip(8)
        bits.ue(32)
        bits.ue(32)
        bits.skip(1)
    sizes: list[int] = []
    for index in range(bits.ue(64)):
        sizes.append(_reference_set(bits, index, sizes))
    if bits.flag():
        bits.skip(bits.ue(32) * (order_bits + 1))
    bits.skip(2)


def _skip_scaling_lists(bits: BitReader) -> None:
    """scaling_list_data() (ITU-T H.265, 7.3.4)."""
    for size in range(4):
        for _ in range(0, 6, 3 if size == 3 else 1):
            if not bits.flag():
                bits.ue(5)
                continue
            if size > 1:
                bits.se()
            for _ in range(min(64, 1 << 4 + (size << 1))):
                bits.se()


def _reference_set(bits: BitReader, index: int, sizes: list[int]) -> int:
    """st_ref_pic_set() (ITU-T H.265, 7.3.7); returns how many pictures it names."""
    if index and bits.flag():
        bits.skip(1)
        bits.ue((1 << 15) - 1)
        return sum(bits.flag() or bits.flag() for _ in range(sizes[-1] + 1))
    count = bits.ue(16) + bits.ue(16)
    for _ in range(count):
        bits.ue((1 << 15) - 1)
        bits.skip(1)
    return count


def _usability(bits: BitReader, sequence: _Sequence) -> dict[str, Any]:
    """vui_parameters() (ITU-T H.265, E.2.1)."""
    facts = usability_head(bits)
    bits.skip(1)
    facts["interlaced"] = bits.flag()
    bits.skip(1)
    if bits.flag():
        for _ in range(4):
            bits.ue()
    if bits.flag():
        units_in_tick, time_scale = bits.bits(32), bits.bits(32)
        if units_in_tick and time_scale:
            facts["frame_rate"] = Fraction(time_scale, units_in_tick)
        if bits.flag():
            bits.ue()
        if bits.flag():
            _skip_hypothetical_decoder(bits, sequence.sub_layers)
    if bits.flag():
        bits.skip(3)
        sequence.min_segmentation = bits.ue(4095)
    return facts


def _skip_hypothetical_decoder(bits: BitReader, sub_layers: int) -> None:
    """hrd_parameters(1, …) (ITU-T H.265, E.2.2)."""
    kinds = bits.bits(1) + bits.bits(1)
    finer = False
    if kinds:
        finer = bits.flag()
        bits.skip(19 * finer + 8 + 4 * finer + 15)
    for _ in range(sub_layers):
        fixed = bits.flag() or bits.flag()
        low_delay = False
        if fixed:
            bits.ue(2047)
        else:
            low_delay = bits.flag()
        count = 1 if low_delay else bits.ue(31) + 1
        for _ in range(kinds * count):
            for _ in range(4 if finer else 2):
                bits.ue()
            bits.skip(1)


def _parallelism(picture_sets: Iterable[bytes]) -> int:
    """parallelismType: 1 slices, 2 tiles, 3 wavefronts, 0 where they differ or mix (ISO/IEC 14496-15, 8.3.3.1.3)."""
    kinds = {_picture_parallelism(unit) for unit in picture_sets if layer(unit) == 0}
    return kinds.pop() if len(kinds) == 1 else 0


def _picture_parallelism(unit: bytes) -> int:
    """Read pic_parameter_set_rbsp() up to the two flags that matter (ITU-T H.265, 7.3.2.3)."""
    bits = BitReader(unescape(unit[2:]), "the picture parameter set")
    bits.ue(63)
    bits.ue(15)
    bits.skip(2 + 3 + 1 + 1)
    bits.ue(14)
    bits.ue(14)
    bits.se()
    bits.skip(2)
    if bits.flag():
        bits.ue(3)
    bits.se()
    bits.se()
    bits.skip(4)
    tiles, wavefronts = bits.flag(), bits.flag()
    return 0 if tiles and wavefronts else 3 if wavefronts else 2 if tiles else 1
