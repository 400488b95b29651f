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
    "iso_sound_v1",
    "known_layout",
    "layout_box",
    "sound_v0",
    "sound_v1",
    "sound_v2",
]

MAX_PLAIN_RATE = 65535
"""The highest sample rate that 16.16 fixed point can hold."""

_COMPRESSED = -2
# Core Audio's tags from here on (kAudioChannelLayoutTag_WAVE_4_0_B …) are young, and readers other than Apple's do not
# know them. These layouts are WAVE's, which all can tell as a bitmap; a bitmap's order of channels is FFmpeg's.
_LATE_TAGS = 185
_BITMAP = 1 << 16


def head(data_reference: int) -> bytes:
    """Six reserved bytes and the number of the data reference: the head of every sample entry."""
    return bytes(6) + u16(data_reference)


def _check_channels(format: FormatDescription) -> None:
    if not 0 < format.channels < 1 << 16 or not 0 < format.sample_rate < 1 << 32:
        raise SettingsError(
            f"sound of {format.channels} channels at {format.sample_rate} frames a second has no sample entry.",
            hint="Give channels and sample_rate in the format description.",
        )


def _plain_rate(rate: int) -> bytes:
    """The rate as 16.16 fixed point; a higher one halved, else divided, until it fits, as readers of old expect."""
    divisors = (1, 2, 4, 8, 16, 32, 64, *range(3, 1 << 16, 2))
    fitting = (rate // number for number in divisors if not rate % number and rate // number <= MAX_PLAIN_RATE)
    return u32(next(fitting, 0) << 16)


def sound_v0(format: FormatDescription, data_reference: int, bits: int = 16) -> bytes:
    """QuickTime's version 0, which is also MPEG's AudioSampleEntry.

    A rate above 65535 is written divided: encodings that state their rate themselves live with that.
    """
    _check_channels(format)
    return head(data_reference) + bytes(8) + u16(format.channels, bits, 0, 0) + _plain_rate(format.sample_rate)


def sound_v1(
    format: FormatDescription, data_reference: int, frames: int, packet: int, frame: int, compression: int = _COMPRESSED
) -> bytes:
    """QuickTime's version 1: frames of a packet, bytes of a packet of one channel, bytes of a frame of all channels."""
    _check_channels(format)
    fixed = u16(1, 0) + u32(0) + u16(format.channels, 16) + i16(compression) + u16(0)
    return head(data_reference) + fixed + _plain_rate(format.sample_rate) + u32(frames, packet, frame, 2)


def sound_v2(format: FormatDescription, data_reference: int, bits: int, flags: int, packet: int, frames: int) -> bytes:
    """QuickTime's version 2: any rate and channel count; bits, flags and packet bytes are 0 for compressed sound."""
    _check_channels(format)
    old = u16(2, 0) + u32(0) + u16(3, 16) + i16(_COMPRESSED) + u16(0) + u32(0x10000, 72)
    new = f64(format.sample_rate) + u32(format.channels, 0x7F000000, bits, flags, packet, frames)
    return head(data_reference) + old + new


def iso_sound_v1(format: FormatDescription, data_reference: int) -> tuple[bytes, Box]:
    """MPEG's AudioSampleEntryV1 and the ``srat`` that holds its rate (ISO/IEC 14496-12, 12.2.3.2).

    Such an entry stands in an ``stsd`` of version 1. Some readers, Firefox's among them, take it for QuickTime's
    version 1, so that it is used only where nothing else would tell the rate.
    """
    _check_channels(format)
    fields = u16(1, 0, 0, 0, format.channels, 16, 0, 0) + _plain_rate(format.sample_rate)
    return head(data_reference) + fields, full_box("srat", 0, 0, u32(format.sample_rate))


def known_layout(format: FormatDescription) -> ChannelLayout | None:
    """The layout of a format's channels: the one it names, mono or stereo by their count, else None.

    Raises:
        SettingsError: a layout of another number of channels.
    """
    if not format.channel_layout:
        return ChannelLayout.default(format.channels) if format.channels in (1, 2) else None
    layout = ChannelLayout.of(format.channel_layout)
    if layout.channels != format.channels:
        raise SettingsError(
            f"the channel layout {format.channel_layout!r} has {layout.channels} channels, not {format.channels}.",
            hint="Give a layout of as many channels as the samples have.",
        )
    return layout


def channel_layout_box(format: FormatDescription) -> Box | None:
    """``chan``: Core Audio's layout of the format's channels; None when it is not known (QuickTime File Format)."""
    layout = known_layout(format)
    if layout is None:
        return None
    if layout.tag and layout.tag >> 16 < _LATE_TAGS:
        return layout_box(layout.tag)
    if layout == layout.native and layout.speakers:
        return full_box("chan", 0, 0, u32(_BITMAP, sum(1 << speaker.value for speaker in layout.speakers), 0))
    described = [u32(label, 0, 0, 0, 0) for label in layout.labels]
    return full_box("chan", 0, 0, u32(0, 0, len(described)), *described)


def layout_box(tag: int) -> Box:
    """``chan`` for one of Core Audio's layout tags."""
    return full_box("chan", 0, 0, u32(tag, 0, 0))
