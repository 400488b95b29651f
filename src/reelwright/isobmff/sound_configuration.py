"""The configuration boxes of Apple Lossless, Opus and FLAC, and of Dolby's codecs, which tell theirs in their packets.

An encoder's extradata, another container's codec data and a file's own box all come as ``codec_config``: each record's
function knows the forms of its own. A box that the format brings along as an atom stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable

from reelwright.isobmff.ac3 import ac3_record, enhanced_ac3_record
from reelwright.isobmff.alac import alac_record
from reelwright.isobmff.box import Buffer
from reelwright.isobmff.flac import flac_record
from reelwright.isobmff.opus import opus_record
from reelwright.model.format import FormatDescription

__all__ = ["configured_by_packet", "configured_sound", "waits_for_packet"]

_RECORDS: dict[str, tuple[str, Callable[[Buffer], bytes]]] = {
    "alac": ("alac", alac_record),
    "Opus": ("dOps", opus_record),
    "fLaC": ("dfLa", flac_record),
}
_BY_PACKET: dict[str, tuple[str, Callable[[Buffer, int], bytes]]] = {
    "ac-3": ("dac3", lambda packet, _: ac3_record(packet)),
    "ec-3": ("dec3", enhanced_ac3_record),
}


def configured_sound(format: FormatDescription) -> FormatDescription:
    """The description with its codec's box among the atoms, made of ``codec_config`` where it lacks it.

    Raises:
        InvalidMediaError: the configuration is broken.
    """
    kind, record = _RECORDS.get(format.media_subtype, ("", None))
    if record is None or not format.codec_config or kind in format.atoms:
        return format
    return format.with_(atoms={**format.atoms, kind: record(format.codec_config)})


def waits_for_packet(format: FormatDescription) -> bool:
    """Whether the box can only be made from a packet, and is not there."""
    return format.media_subtype in _BY_PACKET and _BY_PACKET[format.media_subtype][0] not in format.atoms


def configured_by_packet(format: FormatDescription, packet: Buffer) -> FormatDescription:
    """A description for which ``waits_for_packet`` holds, with the box that its first packet makes.

    Raises:
        InvalidMediaError: the packet is none of this encoding.
    """
    kind, record = _BY_PACKET[format.media_subtype]
    return format.with_(atoms={**format.atoms, kind: record(packet, format.bit_rate)})
