"""Decoded sound on its way: what it should be like (``SoundFormat``), and pieces of it that know where they belong.

A ``PcmBlock``'s position counts frames from the media's (or the asset's) time zero at the block's own rate, so that
blocks from any decoder, started anywhere, lie on one grid.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import SettingsError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.keys import whole
from reelwright.model.kinds import AudioFormat, MediaType
from reelwright.model.layout import ChannelLayout

__all__ = ["FLOATS", "PcmBlock", "SoundFormat"]

FLOATS = PcmLayout(bits=32, is_float=True, is_big_endian=sys.byteorder == "big")
"""Native single precision: what lossy decoders make, and what mixing is done in."""


@dataclass(frozen=True, slots=True)
class PcmBlock:
    """Frames of linear PCM that follow one another.

    Attributes:
        position: of the first frame, in frames since time zero; negative before it.
        data: the values, interleaved; read-only where they are the source's own memory. frames: how many.
    """

    position: int
    data: memoryview
    frames: int

    @property
    def end(self) -> int:
        """The position after the last frame."""
        return self.position + self.frames

    def cut(self, start: int, end: int) -> PcmBlock:
        """The part of it between two positions, without a copy; of no frames where it has none there."""
        first = min(max(start, self.position), self.end)
        last = max(min(end, self.end), first)
        if (first, last) == (self.position, self.end):
            return self
        size = self.data.nbytes // self.frames
        view = self.data[(first - self.position) * size : (last - self.position) * size]
        return PcmBlock(first, view, last - first)


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """Linear PCM as somebody wants it, complete.

    Args:
        rate: frames a second. channels: 1 to 64. layout: FFmpeg's name; None for the usual one of that many channels.
        pcm: how values are stored; interleaved.

    Raises:
        SettingsError: a rate or a number of channels out of range, a layout of another number of channels.
    """

    rate: int
    channels: int
    layout: str | None = None
    pcm: PcmLayout = FLOATS

    def __post_init__(self) -> None:
        whole("sample rate", self.rate, 1, (1 << 31) - 1, "(Hz)", hint="For example 48000.")
        whole("channels", self.channels, 1, 64)
        if self.layout is not None and ChannelLayout.of(self.layout).channels != self.channels:
            raise SettingsError(
                f"the channel layout {self.layout!r} does not have {self.channels} channels.",
                hint=f"Use {ChannelLayout.default(self.channels).name!r}, or leave it out.",
            )

    @classmethod
    def resolved(cls, asked: SoundFormat | AudioSettings | None, native: FormatDescription) -> SoundFormat:
        """What is asked for, with what it leaves open taken from the sound as the decoder makes it.

        Rate, channels and layout are the decoder's unless asked for otherwise; so is the kind of values, if no
        ``AVLinearPCM…`` key is given at all (else 16 bits, or 32 for floats).

        Raises:
            SettingsError: settings for anything but linear PCM.
        """
        assert native.pcm is not None
        if isinstance(asked, SoundFormat):
            return asked
        if asked is None:
            return cls(native.sample_rate, native.channels, native.channel_layout, interleaved(native.pcm))
        if asked.format is not AudioFormat.LINEAR_PCM or asked.pcm is None:
            raise SettingsError(
                f"sound is decoded to linear PCM, not to {asked.format.name}.",
                hint="Ask for AudioFormat.LINEAR_PCM, or read the stored packets.",
            )
        layout = asked.layout
        channels = native.channels if layout is None else layout.channels
        name = native.channel_layout if layout is None else layout.name
        if asked.channel_layout is None and channels == native.channels and native.channel_layout:
            name = native.channel_layout
        kinds = (asked.linear_pcm_bit_depth, asked.linear_pcm_is_float, asked.linear_pcm_is_big_endian)
        pcm = interleaved(native.pcm) if kinds == (None, None, None) else asked.pcm
        return cls(asked.sample_rate or native.sample_rate, channels, name, pcm)

    @property
    def description(self) -> FormatDescription:
        """What buffers of such sound are."""
        return FormatDescription(
            media_type=MediaType.AUDIO,
            media_subtype="lpcm",
            sample_rate=self.rate,
            channels=self.channels,
            channel_layout=self.layout,
            pcm=self.pcm,
            frames_per_packet=1,
        )

    @property
    def bytes_per_frame(self) -> int:
        return self.channels * self.pcm.bytes_per_value


def interleaved(pcm: PcmLayout) -> PcmLayout:
    """The same values, the channels of each moment side by side."""
    return PcmLayout(pcm.bits, pcm.is_float, pcm.is_big_endian, True, pcm.is_signed)
