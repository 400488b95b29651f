"""From packets to samples: NAL units framed by lengths, without what belongs to the sample description.

``NalFraming`` knows one stream's configuration. Each packet becomes an ``AccessUnit``: buffers to be written one after
the other and the facts that tables of samples need. Sets of parameters that repeat the configuration are left out;
those that differ are handed back: ``avc1`` and ``hvc1`` samples may not carry them (ISO/IEC 14496-15, 5.3.3, 8.3.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from reelwright.isobmff import avc, hevc
from reelwright.isobmff.box import Buffer
from reelwright.isobmff.nal import Range, nal_ranges, rejoin
from reelwright.model.errors import InvalidArgumentError, InvalidMediaError

__all__ = ["NAL_CODECS", "AccessUnit", "NalFraming", "found_configuration", "updated_configuration"]

NAL_CODECS = ("avc1", "avc3", "hvc1", "hev1")
"""Sample entries whose samples are NAL units; in ``avc3`` and ``hev1`` parameter sets stay in the samples."""


class AccessUnit(NamedTuple):
    """One sample, ready to be written.

    Attributes:
        buffers: lengths and payloads in turn, to be written one after the other; payloads are views of the packet.
        size: bytes of all buffers together.
        nal_types: the types of all units of the packet, in order, those left out included.
        nal_type: the type of the first coded slice; None when the packet holds none.
        is_sync: decoding can start here: an IDR picture, or an HEVC picture of types 16 to 21.
        is_disposable: no other picture is predicted from this one.
        parameter_sets: sets in the packet, all of them, when any is not in the configuration; otherwise none.
    """

    buffers: list[Buffer]
    size: int
    nal_types: tuple[int, ...]
    nal_type: int | None
    is_sync: bool
    is_disposable: bool
    parameter_sets: tuple[bytes, ...] = ()


class NalFraming:
    """How the packets of one H.264 or HEVC stream become samples.

    >>> framing = NalFraming("avc1", encoder_extradata)
    >>> sample = framing.access_unit(packet)
    >>> file.writelines(sample.buffers)

    Args:
        codec: ``"avc1"``, ``"hvc1"``, or ``"avc3"``/``"hev1"`` to leave parameter sets in the samples.
        config: the stream's configuration record, or its parameter sets as an Annex B byte stream. A record says that
            packets are framed by lengths, a byte stream that they are byte streams; each packet is checked.

    Raises:
        InvalidArgumentError: another codec.
        InvalidMediaError: a configuration that cannot be understood.
    """

    def __init__(self, codec: str, config: Buffer) -> None:
        if codec not in NAL_CODECS:
            raise InvalidArgumentError(
                f"samples of {codec!r} are not NAL units.", hint=f"Known: {', '.join(NAL_CODECS)}."
            )
        sets: avc.AvcSets | hevc.HevcSets
        if codec.startswith("avc"):
            self._rules, sets = _AVC, avc.parameter_sets(config)
            self._sub_layers = 1
        else:
            self._rules, sets = _HEVC, hevc.parameter_sets(config)
            self._sub_layers = hevc.max_sub_layers(sets)
        self._keeps_sets = codec in ("avc3", "hev1")
        self._known = frozenset(sets.all)
        self._length_size = sets.length_size or 4

    def access_unit(self, packet: Buffer) -> AccessUnit:
        """The sample for one packet, which must hold one access unit and stay unchanged until it is written.

        Raises:
            InvalidMediaError: the packet is framed neither by start codes nor by lengths that add up, a unit is
                forbidden, or nothing is left without the parameter sets.
        """
        data = memoryview(packet).cast("B")
        rules = self._rules
        ranges, length_size = nal_ranges(data, self._length_size, rules.may_begin)
        types, nal_type, is_sync, is_disposable = rules.facts(data, ranges, self._sub_layers)
        changed: tuple[bytes, ...] = ()
        if not self._keeps_sets and not rules.left_out.isdisjoint(types):
            changed = self._changed(data, ranges, types)
            ranges = [place for place, kind in zip(ranges, types, strict=True) if kind not in rules.left_out]
        if not ranges:
            raise InvalidMediaError(
                f"a packet of {len(data)} bytes holds no picture, only units of types {list(types)}.",
                hint="Give parameter sets with the format description and pass whole pictures as packets.",
            )
        size = sum(stop - start for start, stop in ranges) + 4 * len(ranges)
        return AccessUnit(rejoin(data, ranges, length_size), size, types, nal_type, is_sync, is_disposable, changed)

    def _changed(self, data: memoryview, ranges: list[Range], types: tuple[int, ...]) -> tuple[bytes, ...]:
        places = zip(ranges, types, strict=True)
        found = [bytes(data[start:stop]).rstrip(b"\0") for (start, stop), kind in places if kind in self._rules.sets]
        return () if self._known.issuperset(found) else tuple(found)


_Facts = tuple[tuple[int, ...], int | None, bool, bool]
"""Types of all units, type of the first slice, sync, disposable."""


def _avc_facts(data: memoryview, ranges: list[Range], _: int) -> _Facts:
    headers = [data[start] for start, _ in ranges]
    if headers and max(headers) > 127:
        raise _forbidden("H.264")
    types = tuple(header & 31 for header in headers)
    slices = [header for header in headers if 1 <= header & 31 <= 5]
    if not slices:
        return types, None, False, False
    return types, slices[0] & 31, 5 in types, not any(header & 0x60 for header in slices)


def _hevc_facts(data: memoryview, ranges: list[Range], sub_layers: int) -> _Facts:
    if any(data[start] > 127 or stop - start < 2 or not data[start + 1] & 7 for start, stop in ranges):
        raise _forbidden("HEVC")
    types = tuple(data[start] >> 1 & 63 for start, _ in ranges)
    for (start, _), kind in zip(ranges, types, strict=True):
        if kind < 32:
            unreferenced = kind < 16 and kind % 2 == 0 and data[start + 1] & 7 == sub_layers
            return types, kind, 16 <= kind <= 21, unreferenced
    return types, None, False, False


def _avc_may_begin(data: Buffer, start: int) -> bool:
    """A header; a picture's first slice goes on with a one bit, so its second byte is never mistaken for one."""
    return data[start] < 128 and data[start] & 31 != 0


def _hevc_may_begin(data: Buffer, start: int) -> bool:
    """A header of the base layer; the second byte of such a header, taken for the first, would name a higher layer."""
    return data[start] < 128 and not data[start] & 1 and data[start + 1] >> 3 == 0 and data[start + 1] & 7 != 0


@dataclass(frozen=True, slots=True)
class _Rules:
    """What the framing of one codec needs to know about its units."""

    sets: frozenset[int]
    needed: frozenset[int]
    left_out: frozenset[int]
    may_begin: Callable[[Buffer, int], bool]
    facts: Callable[[memoryview, list[Range], int], _Facts]


_AVC_SETS = frozenset({avc.SPS, avc.PPS, avc.SPS_EXTENSION})
_HEVC_SETS = frozenset({hevc.VPS, hevc.SPS, hevc.PPS})
_AVC = _Rules(_AVC_SETS, frozenset({avc.SPS, avc.PPS}), _AVC_SETS | {avc.DELIMITER}, _avc_may_begin, _avc_facts)
_HEVC = _Rules(_HEVC_SETS, _HEVC_SETS, _HEVC_SETS | {hevc.DELIMITER}, _hevc_may_begin, _hevc_facts)


def _forbidden(name: str) -> InvalidMediaError:
    return InvalidMediaError(
        f"a packet holds a NAL unit whose header {name} forbids.",
        hint="The packet is damaged, encrypted, or of another codec than its format says.",
    )


def found_configuration(codec: str, packet: Buffer) -> bytes | None:
    """The configuration record that a packet brings along in its own parameter sets; None unless it holds all kinds.

    Cameras, hardware encoders and network protocols repeat the sets before each key frame instead of handing them over
    beside the stream.

    Args:
        codec: one of ``NAL_CODECS``.
        packet: an access unit, as a byte stream or framed by lengths of four bytes.

    Raises:
        InvalidMediaError: the packet is framed in neither way, or a set is broken.
    """
    data = memoryview(packet).cast("B")
    rules = _AVC if codec.startswith("avc") else _HEVC
    ranges, _ = nal_ranges(data, 4, rules.may_begin)
    types = rules.facts(data, ranges, 1)[0]
    places = zip(ranges, types, strict=True)
    units = [bytes(data[start:stop]) for (start, stop), kind in places if kind in rules.sets]
    if not rules.needed.issubset(types):
        return None
    if rules is _AVC:
        return avc.avc_record(avc.sorted_sets(units, 4))
    return hevc.hevc_record(hevc.sorted_sets(units, 4), complete=codec == "hvc1")


def updated_configuration(codec: str, config: Buffer, changed: Iterable[bytes]) -> bytes:
    """A configuration record with parameter sets replaced by later ones of the same identifier, or added.

    Args:
        codec, config: as for ``NalFraming``.
        changed: sets as ``AccessUnit.parameter_sets`` has them.

    Raises:
        InvalidMediaError: a set that is broken, or too many sets.
    """
    if codec.startswith("avc"):
        sets = avc.parameter_sets(config)
        merged = avc.sorted_sets(_replaced(sets.all, changed, avc.parameter_set_id), 4)
        return avc.avc_record(merged)
    old = hevc.parameter_sets(config)
    units = _replaced(old.all, changed, hevc.parameter_set_id)
    fresh = hevc.sorted_sets((*units, *old.sei), 4, old.frame_rate_fields)
    return hevc.hevc_record(fresh, complete=codec == "hvc1")


def _replaced(
    old: Iterable[bytes], changed: Iterable[bytes], identify: Callable[[bytes], tuple[int, ...]]
) -> list[bytes]:
    by_id = {identify(unit): unit for unit in old}
    by_id.update({identify(unit): unit for unit in changed})
    return list(by_id.values())
