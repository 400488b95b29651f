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

__all__ = ["roll_description", "roll_distance", "roll_groups", "roll_members"]

_AAC_ROLL_DISTANCE = -1  # each packet overlaps with the one before
_USAC = "usac"  # not every packet is a sync sample: it needs ``prol`` groups with distances of its own


def roll_distance(format: FormatDescription) -> int | None:
    """Packets to decode before the one that is wanted, as a negative number; None for a codec that needs none."""
    if format.media_subtype == "Opus":
        return opus_roll_distance(format.frames_per_packet)
    return _AAC_ROLL_DISTANCE if is_aac(format) and format.media_subtype != _USAC else None


def roll_groups(distance: int, sample_count: int) -> tuple[Box, Box]:
    """``sgpd`` and ``sbgp`` that put all samples of a track into one ``roll`` group (ISO/IEC 14496-12, 8.9, 10.1)."""
    return roll_description(distance), roll_members(sample_count)


def roll_description(distance: int) -> Box:
    """``sgpd`` of the one ``roll`` group of a track."""
    return full_box("sgpd", 1, 0, fourcc("roll"), u32(2, 1), i16(distance))  # length of an entry, number of entries


def roll_members(sample_count: int, group: int = 1) -> Box:
    """``sbgp`` that puts samples into a ``roll`` group, by the number of its description."""
    return full_box("sbgp", 0, 0, fourcc("roll"), u32(1), u32(sample_count, group))
