"""The fixed fields of sound sample entries: three versions of QuickTime's sound description, two of MPEG's.

Fields of one version lie behind those of the one before only in QuickTime's version 1; version 2 fills the old places
with constants and starts anew (QuickTime File Format, Sound Sample Descriptions; ISO/IEC 14496-12, 12.2.3).
"""

from __future__ import annotations

from reelwright.isobmff.box import Box, f64, full_box, i16, u16, u32
from reelwright.model.errors import SettingsError
from reelwright.model.format import FormatDescription
from reelwright.model.layout import ChannelLayout

__all__ = [
    "MAX_PLAIN_RATE",
    "channel_layout_box",
    "head",
    "iso_sound",
    "layout_box",
    "sound_v0",
    "sound_v1",
    "sound_v2",
]

MAX_PLAIN_RATE = 65535
"""The highest sample rate that 16.16 fixed point can hold."""

_COMPRESSED = -2


def head(data_reference: int) -> bytes:
    """Six reserved bytes and the number of the data reference: the head of every sample entry."""
    return bytes(6) + u16(data_reference)


def _check_channels(format: FormatDescription) -> None:
    if not 0 < format.channels < 1 << 16 or not 0 < format.sample_rate < 1 << 32:
        raise SettingsError(
            f"sound of {format.channels} channels at {format.sample_rate} frames a second has no sample entry.",
            hint="Give channels and sample_rate in the format description.",
        )


def _fixed_rate(format: FormatDescription) -> bytes:
    if format.sample_rate > MAX_PLAIN_RATE:
        raise SettingsError(f"{format.sample_rate} frames a second do not fit 16.16 fixed point.")
    return u32(format.sample_rate << 16)


def sound_v0(format: FormatDescription, data_reference: int, bits: int = 16) -> bytes:
    """QuickTime's version 0, which is also MPEG's AudioSampleEntry."""
    _check_channels(format)
    return head(data_reference) + bytes(8) + u16(format.channels, bits, 0, 0) + _fixed_rate(format)


def sound_v1(
    format: FormatDescription, data_reference: int, frames: int, packet: int, frame: int, compression: int = _COMPRESSED
) -> bytes:
    """QuickTime's version 1: frames of a packet, bytes of a packet of one channel, bytes of a frame of all channels."""
    _check_channels(format)
    fixed = u16(1, 0) + u32(0) + u16(format.channels, 16) + i16(compression) + u16(0) + _fixed_rate(format)
    return head(data_reference) + fixed + u32(frames, packet, frame, 2)


def sound_v2(format: FormatDescription, data_reference: int, bits: int, flags: int, packet: int, frames: int) -> bytes:
    """QuickTime's version 2: any rate and channel count; bits, flags and packet bytes are 0 for compressed sound."""
    _check_channels(format)
    old = u16(2, 0) + u32(0) + u16(3, 16) + i16(_COMPRESSED) + u16(0) + u32(0x10000, 72)
    new = f64(format.sample_rate) + u32(format.channels, 0x7F000000, bits, flags, packet, frames)
    return head(data_reference) + old + new


def iso_sound(format: FormatDescription, data_reference: int, bits: int = 16) -> tuple[bytes, Box | None]:
    """MPEG's AudioSampleEntry, or AudioSampleEntryV1 and ``srat`` for rates above 65535 (ISO/IEC 14496-12, 12.2.3.2).

    The old field then holds the rate divided by the smallest number that makes it fit, as readers of old expect.
    """
    if format.sample_rate <= MAX_PLAIN_RATE:
        return sound_v0(format, data_reference, bits), None
    _check_channels(format)
    rate = format.sample_rate
    divisor = next(
        (number for number in range(2, 1 << 17) if not rate % number and rate // number <= MAX_PLAIN_RATE), 0
    )
    plain = rate // divisor if divisor else 1
    fields = head(data_reference) + u16(1, 0, 0, 0, format.channels, bits, 0, 0) + u32(plain << 16)
    return fields, full_box("srat", 0, 0, u32(rate))


def channel_layout_box(format: FormatDescription) -> Box | None:
    """``chan``: Core Audio's layout of the format's channels; None when it is not known (QuickTime File Format)."""
    if format.channel_layout:
        layout = ChannelLayout.of(format.channel_layout)
    elif format.channels in (1, 2):
        layout = ChannelLayout.default(format.channels)
    else:
        return None
    if layout.channels != format.channels:
        raise SettingsError(
            f"the channel layout {format.channel_layout!r} has {layout.channels} channels, not {format.channels}.",
            hint="Give a layout of as many channels as the samples have.",
        )
    if layout.tag:
        return layout_box(layout.tag)
    described = [u32(label, 0, 0, 0, 0) for label in layout.labels]
    return full_box("chan", 0, 0, u32(0, 0, len(described)), *described)


def layout_box(tag: int) -> Box:
    """``chan`` for one of Core Audio's layout tags."""
    return full_box("chan", 0, 0, u32(tag, 0, 0))
