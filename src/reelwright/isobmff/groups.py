"""Sample groups: facts that many samples of a track share (ISO/IEC 14496-12, 8.9).

Only roll recovery is written so far: how many packets of sound a decoder has to run through before its output is right,
as with AAC and Opus. Without it QuickTime takes an edit that begins inside AAC for one that leaves the encoder's delay
out of account (QuickTime File Format, "Audio Priming").
"""

from __future__ import annotations

from reelwright.isobmff.box import Box, fourcc, full_box, i16, u32
from reelwright.isobmff.codec_config import is_aac
from reelwright.isobmff.opus import opus_roll_distance
from reelwright.model.format import FormatDescription

__all__ = ["roll_distance", "roll_groups"]

_AAC_ROLL_DISTANCE = -1  # each packet overlaps with the one before
_USAC = "usac"  # not every packet is a sync sample: it needs ``prol`` groups with distances of its own


def roll_distance(format: FormatDescription) -> int | None:
    """Packets to decode before the one that is wanted, as a negative number; None for a codec that needs none."""
    if format.media_subtype == "Opus":
        return opus_roll_distance(format.frames_per_packet)
    return _AAC_ROLL_DISTANCE if is_aac(format) and format.media_subtype != _USAC else None


def roll_groups(distance: int, sample_count: int) -> tuple[Box, Box]:
    """``sgpd`` and ``sbgp`` that put all samples of a track into one ``roll`` group (ISO/IEC 14496-12, 8.9, 10.1)."""
    roll = fourcc("roll")
    description = full_box("sgpd", 1, 0, roll, u32(2, 1), i16(distance))  # length of an entry, number of entries
    members = full_box("sbgp", 0, 0, roll, u32(1), u32(sample_count, 1))
    return description, members
