"""H.264: what its parameter sets say, and the configuration record ``avcC`` (ISO/IEC 14496-15, 5.3.3).

A configuration comes as a record or as an Annex B byte stream of parameter sets; ``parameter_sets`` reads both. Records
are always written anew, with lengths of four bytes, because samples are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from reelwright.isobmff.bits import BitReader
from reelwright.isobmff.box import Buffer, u8, u16
from reelwright.isobmff.nal import begins_with_start_code, unescape, units
from reelwright.isobmff.parameter_facts import CHROMA, ParameterFacts, cropped, usability_head
from reelwright.model.errors import InvalidMediaError

__all__ = ["AvcSets", "avc_configuration", "avc_record", "describe_avc", "parameter_set_id", "parameter_sets"]

SPS, PPS, DELIMITER, SPS_EXTENSION = 7, 8, 9, 13

# Profiles whose SPS carries chroma format and bit depths (ITU-T H.264, 7.3.2.1.1).
_CHROMA_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
# Profiles whose record ends behind the picture parameter sets (ISO/IEC 14496-15, 5.3.3.1.2).
_SHORT_RECORDS = frozenset({66, 77, 88})
_MAX_SIDE_IN_MACROBLOCKS = 4096
_WHAT = "the sequence parameter set"


@dataclass(frozen=True, slots=True)
class AvcSets:
    """The parameter sets of a stream, in order and without repetition, and how its packets are framed.

    ``length_size`` is 1, 2 or 4; 0 when they came as an Annex B byte stream.
    """

    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    extensions: tuple[bytes, ...] = ()
    length_size: int = 0

    @property
    def all(self) -> tuple[bytes, ...]:
        return (*self.sps, *self.pps, *self.extensions)


def parameter_sets(config: Buffer) -> AvcSets:
    """Read an ``avcC`` record or an Annex B byte stream; units other than parameter sets are passed over.

    Raises:
        InvalidMediaError: it is neither, or broken.
    """
    config = bytes(config)
    if begins_with_start_code(config):
        return sorted_sets(units(config), 0)
    if config[:1] == b"\x01":
        return _record_sets(config)
    raise InvalidMediaError(
        f"{len(config)} bytes beginning {config[:4].hex(' ')!r} are no H.264 configuration.",
        hint="Give codec_config as an avcC record (first byte 01) or as parameter sets behind start codes (00 00 01).",
    )


def sorted_sets(found: Iterable[bytes], length_size: int) -> AvcSets:
    by_type: dict[int, dict[bytes, None]] = {SPS: {}, PPS: {}, SPS_EXTENSION: {}}
    for unit in found:
        unit = unit.rstrip(b"\0")
        kind = unit[0] & 31 if unit else 0
        if kind in by_type:
            by_type[kind][unit] = None
    return AvcSets(tuple(by_type[SPS]), tuple(by_type[PPS]), tuple(by_type[SPS_EXTENSION]), length_size)


def _record_sets(config: bytes) -> AvcSets:
    bits = BitReader(config, "the avcC record")
    bits.skip(8 + 24 + 6)
    length_size = bits.bits(2) + 1
    if length_size == 3:
        raise InvalidMediaError("the avcC record asks for lengths of 3 bytes; the standard allows 1, 2 and 4.")
    bits.skip(3)
    found = _read_units(bits, bits.bits(5))
    found += _read_units(bits, bits.bits(8))
    if bits.left >= 32 and config[1] not in _SHORT_RECORDS:
        bits.skip(24)
        found += _read_units(bits, bits.bits(8))
    return sorted_sets(found, length_size)


def _read_units(bits: BitReader, count: int) -> list[bytes]:
    found = []
    for _ in range(count):
        size = bits.bits(16)
        found.append(bits.bits(size * 8).to_bytes(size, "big"))
    return found


def avc_configuration(config: Buffer) -> bytes:
    """The payload of ``avcC`` for a record or an Annex B byte stream, with lengths of four bytes.

    Raises:
        InvalidMediaError: a parameter set is missing or broken, or there are too many.
    """
    sets = parameter_sets(config)
    if not sets.sps or not sets.pps:
        missing = "sequence" if not sets.sps else "picture"
        raise InvalidMediaError(
            f"the H.264 configuration holds no {missing} parameter set.",
            hint="Take it from the encoder's extradata, or from the first packet of a stream that repeats it.",
        )
    return avc_record(sets)


def avc_record(sets: AvcSets) -> bytes:
    """The payload of ``avcC`` for these parameter sets (ISO/IEC 14496-15, 5.3.3.1.2)."""
    if not 0 < len(sets.sps) < 32 or len(sets.pps) > 255 or len(sets.extensions) > 255:
        raise InvalidMediaError(
            f"{len(sets.sps)} sequence and {len(sets.pps)} picture parameter sets do not fit an avcC record (31, 255)."
        )
    first = sets.sps[0]
    facts = _facts(first)
    parts = [u8(1), first[1:4], u8(0xFC | 3, 0xE0 | len(sets.sps)), _framed(sets.sps)]
    parts += [u8(len(sets.pps)), _framed(sets.pps)]
    if facts.profile not in _SHORT_RECORDS:
        chroma, luma_depth, chroma_depth = CHROMA.index(facts.chroma), facts.bit_depth - 8, facts.bit_depth_chroma - 8
        parts.append(u8(0xFC | chroma, 0xF8 | luma_depth, 0xF8 | chroma_depth, len(sets.extensions)))
        parts.append(_framed(sets.extensions))
    return b"".join(parts)


def _framed(sets: Iterable[bytes]) -> bytes:
    framed = []
    for unit in sets:
        if len(unit) > 0xFFFF:
            raise InvalidMediaError(
                f"a parameter set of {len(unit)} bytes does not fit a configuration record (65535)."
            )
        framed += [u16(len(unit)), unit]
    return b"".join(framed)


def describe_avc(config: Buffer) -> ParameterFacts:
    """What the first sequence parameter set of a configuration says (ITU-T H.264, 7.4.2.1 and E.2).

    Raises:
        InvalidMediaError: there is none, or it is broken.
    """
    sets = parameter_sets(config)
    if not sets.sps:
        raise InvalidMediaError("the H.264 configuration holds no sequence parameter set.")
    return _facts(sets.sps[0])


def parameter_set_id(unit: bytes) -> tuple[int, ...]:
    """(type, identifier) of a parameter set: a later one with the same pair takes its place.

    Raises:
        InvalidMediaError: it ends too early.
    """
    if not unit:
        raise InvalidMediaError("a parameter set of H.264 has no bytes.")
    kind = unit[0] & 31
    bits = BitReader(unescape(unit[1:]), "the parameter set")
    if kind == SPS:
        bits.skip(24)
    return kind, bits.ue(255)


@lru_cache(maxsize=16)
def _facts(unit: bytes) -> ParameterFacts:
    bits = BitReader(unescape(unit[1:]), _WHAT)
    profile = bits.bits(8)
    bits.skip(8)
    facts: dict[str, Any] = {"profile": profile, "level": bits.bits(8)}
    bits.ue(31)
    chroma = 1
    if profile in _CHROMA_PROFILES:
        chroma = _chroma(bits, facts)
    bits.ue(12)
    output_is_decode_order = _picture_order(bits)
    bits.ue(255)
    bits.skip(1)
    facts |= _size(bits, chroma)
    if output_is_decode_order:
        facts["reorder_frames"] = 0
    if bits.flag():
        facts |= _usability(bits)
    return ParameterFacts(**facts)


def _chroma(bits: BitReader, facts: dict[str, Any]) -> int:
    """Chroma format, depths and scaling lists; returns ChromaArrayType (0 when the three colours are coded apart)."""
    chroma = bits.ue(3)
    facts["chroma"] = CHROMA[chroma]
    separate = chroma == 3 and bits.flag()
    facts["bit_depth"] = 8 + bits.ue(6)
    facts["bit_depth_chroma"] = 8 + bits.ue(6)
    bits.skip(1)
    if bits.flag():
        for index in range(12 if chroma == 3 else 8):
            if bits.flag():
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return 0 if separate else chroma


def _skip_scaling_list(bits: BitReader, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _picture_order(bits: BitReader) -> bool:
    """Pass over the picture order count's parameters; True when pictures are shown in the order of decoding."""
    kind = bits.ue(2)
    if kind == 0:
        bits.ue(12)
    elif kind == 1:
        bits.skip(1)
        bits.se()
        bits.se()
        for _ in range(bits.ue(255)):
            bits.se()
    return kind == 2


def _size(bits: BitReader, chroma: int) -> dict[str, Any]:
    across, units_down = bits.ue(_MAX_SIDE_IN_MACROBLOCKS - 1) + 1, bits.ue(_MAX_SIDE_IN_MACROBLOCKS - 1) + 1
    frames_only = bits.flag()
    if not frames_only:
        bits.skip(1)
    fields = 1 if frames_only else 2
    coded = across * 16, units_down * 16 * fields
    bits.skip(1)
    horizontal = vertical = 0
    if bits.flag():
        left, right, top, bottom = (bits.ue(1 << 16) for _ in range(4))
        horizontal = (left + right) * (2 if chroma in (1, 2) else 1)
        vertical = (top + bottom) * (2 if chroma == 1 else 1) * fields
    width, height = cropped(_WHAT, coded, horizontal, vertical)
    sizes = {"width": width, "height": height, "coded_width": coded[0], "coded_height": coded[1]}
    return {**sizes, "interlaced": not frames_only}


def _usability(bits: BitReader) -> dict[str, Any]:
    facts = usability_head(bits)
    if bits.flag():
        units_in_tick, time_scale = bits.bits(32), bits.bits(32)
        bits.skip(1)
        if units_in_tick and time_scale:
            facts["frame_rate"] = Fraction(time_scale, 2 * units_in_tick)
    buffered = False
    for _ in range(2):
        if bits.flag():
            _skip_hypothetical_decoder(bits)
            buffered = True
    bits.skip(2 if buffered else 1)
    if bits.flag():
        bits.skip(1)
        for _ in range(4):
            bits.ue()
        facts["reorder_frames"] = bits.ue(16)
        bits.ue(16)
    return facts


def _skip_hypothetical_decoder(bits: BitReader) -> None:
    """hrd_parameters() (ITU-T H.264, E.1.2)."""
    count = bits.ue(31) + 1
    bits.skip(8)
    for _ in range(count):
        bits.ue()
        bits.ue()
        bits.skip(1)
    bits.skip(20)
