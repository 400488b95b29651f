"""Sample entries of linear PCM: which of QuickTime's and MPEG's many forms fits a layout of values.

QuickTime has a name for each of the plain layouts, in sound descriptions of version 0 or 1, and ``lpcm`` in version 2
for everything else. MPEG has ``ipcm`` and ``fpcm`` (ISO/IEC 23003-5), which know neither 8 bits nor unsigned values.
"""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.isobmff.box import Box, children, full_box, u8, u16, u32, u64
from reelwright.isobmff.sound_entry import (
    MAX_PLAIN_RATE,
    channel_layout_box,
    iso_sound_v1,
    known_layout,
    sound_v0,
    sound_v1,
    sound_v2,
)
from reelwright.model.errors import SettingsError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.layout import ChannelLayout

__all__ = ["pcm_entry", "pcm_layout"]

# Flags of version 2 sound descriptions (CoreAudioBaseTypes.h, kAudioFormatFlag…).
_FLOAT, _BIG_ENDIAN, _SIGNED, _PACKED = 1, 2, 4, 8
_STEREO = 2
_V1_NAMES = {(24, False): "in24", (32, False): "in32", (32, True): "fl32", (64, True): "fl64"}
# Layouts that QuickTime's names fix by themselves; the others need FormatDescription.pcm.
_NAMED_LAYOUTS = {
    "sowt": PcmLayout(16),
    "twos": PcmLayout(16, is_big_endian=True),
    "raw ": PcmLayout(8, is_signed=False),
}


def pcm_layout(format: FormatDescription) -> PcmLayout:
    """How values lie in the file.

    Raises:
        SettingsError: the description does not say, or says what no movie file can hold.
    """
    layout = format.pcm or _NAMED_LAYOUTS.get(format.media_subtype)
    if layout is None:
        raise SettingsError(
            f"a format description of linear PCM ({format.media_subtype!r}) does not say how values lie.",
            hint="Give pcm=PcmLayout(bits=…, …).",
        )
    if not layout.is_interleaved and format.channels > 1:
        raise SettingsError("a movie file holds the channels of PCM interleaved.", hint="Set is_interleaved=True.")
    if layout.bits not in ((32, 64) if layout.is_float else (8, 16, 24, 32)):
        kind = "floating-point values are of 32 or 64" if layout.is_float else "integers are of 8, 16, 24 or 32"
        raise SettingsError(f"PCM of {layout.bits} bits has no representation: {kind} bits.")
    return layout


@dataclass(frozen=True, slots=True)
class _Form:
    """A sample entry's type and the version of its sound description."""

    kind: str
    version: int


def _quicktime_form(format: FormatDescription, layout: PcmLayout) -> _Form:
    if format.channels > _STEREO or format.sample_rate > MAX_PLAIN_RATE:
        return _Form("lpcm", 2)
    if layout.bits == 8:
        return _Form("twos" if layout.is_signed else "raw ", 0)
    if not layout.is_signed and not layout.is_float:
        return _Form("lpcm", 2)
    if layout.bits == 16:
        return _Form("twos" if layout.is_big_endian else "sowt", 0)
    return _Form(_V1_NAMES[layout.bits, layout.is_float], 1)


def pcm_entry(format: FormatDescription, quicktime: bool, data_reference: int) -> Box:
    """The sample entry of linear PCM in a QuickTime or an ISO file.

    Raises:
        SettingsError: the layout has no representation there.
    """
    layout = pcm_layout(format)
    if quicktime:
        return _quicktime_entry(format, layout, data_reference)
    return _iso_entry(format, layout, data_reference)


def _quicktime_entry(format: FormatDescription, layout: PcmLayout, data_reference: int) -> Box:
    form = _quicktime_form(format, layout)
    bytes_per_frame = layout.bytes_per_value * format.channels
    wave = None
    if form.version == 0:
        fields = sound_v0(format, data_reference, layout.bits)
    elif form.version == 1:
        fields = sound_v1(format, data_reference, 1, layout.bytes_per_value, bytes_per_frame, compression=0)
        endian = Box("enda", u16(not layout.is_big_endian))
        wave = Box("wave", Box("frma", form.kind.encode()), endian, u32(8, 0))
    else:
        flags = _PACKED | (_BIG_ENDIAN if layout.is_big_endian else 0)
        flags |= _FLOAT if layout.is_float else _SIGNED if layout.is_signed else 0
        fields = sound_v2(format, data_reference, layout.bits, flags, bytes_per_frame, 1)
    return Box(form.kind, fields, *children([wave, channel_layout_box(format)]))


def _iso_entry(format: FormatDescription, layout: PcmLayout, data_reference: int) -> Box:
    if layout.bits == 8 or not (layout.is_signed or layout.is_float):
        raise SettingsError(
            f"{'signed' if layout.is_signed else 'unsigned'} PCM of {layout.bits} bits has no representation in an ISO "
            "file, which knows signed integers of 16, 24 and 32 bits and floats of 32 and 64 (ISO/IEC 23003-5).",
            hint="Use 16 bits or more, or write a .mov file.",
        )
    kind = "fpcm" if layout.is_float else "ipcm"
    values = full_box("pcmC", 0, 0, u8(not layout.is_big_endian, layout.bits))
    if format.sample_rate > MAX_PLAIN_RATE:
        fields, rate = iso_sound_v1(format, data_reference)
        return Box(kind, fields, rate, _channels(format), values)
    return Box(kind, sound_v0(format, data_reference), _channels(format), values)


def _channels(format: FormatDescription) -> Box:
    """``chnl`` version 0 (ISO/IEC 14496-12, 12.2.4): channels by a known configuration, else the position of each."""
    layout = known_layout(format) or ChannelLayout((), format.channels)
    configuration = layout.chnl_configuration
    if configuration:
        return full_box("chnl", 0, 0, u8(1, configuration), u64(0))
    return full_box("chnl", 0, 0, u8(1, 0), u8(*layout.positions))
