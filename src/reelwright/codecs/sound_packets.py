"""Packets of compressed sound from blocks of linear PCM, through FFmpeg's encoders.

Lossy encoders start early: what a decoder delivers before the first frame proper is the priming, read off the packets'
own timestamps. Their packets are all of one length; lossless ones have no priming, and end with a shorter packet.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np

from reelwright.codecs import pcm
from reelwright.codecs._av import FFmpegError, reason
from reelwright.codecs.sound_family import SoundFamily
from reelwright.codecs.sound_graph import sound_frame
from reelwright.model.errors import EncodeError, SettingsError
from reelwright.model.format import PcmLayout

__all__ = ["Packet", "PcmKind", "SoundPackets", "kind_of_values"]

_NATIVE_BIG = sys.byteorder == "big"


@dataclass(frozen=True, slots=True)
class Packet:
    """One encoded packet, and its place and length in frames; the first is at ``-priming``."""

    data: bytes
    position: int
    frames: int


@dataclass(frozen=True, slots=True)
class PcmKind:
    """The values an encoder is given: as they come here, interleaved, and FFmpeg's name for what it takes."""

    pcm: PcmLayout
    ffmpeg: str


def kind_of_values(depth: int | None) -> PcmKind:
    """Integers of 16 or 24 bits for a lossless encoding of that depth, single precision for all others."""
    if depth is None:
        return PcmKind(PcmLayout(32, is_float=True, is_big_endian=_NATIVE_BIG), "flt")
    return PcmKind(PcmLayout(depth, is_big_endian=_NATIVE_BIG), "s16" if depth == 16 else "s32")


class SoundPackets:
    """An encoder, open and ready.

    Args:
        family: which. rate: one that it has. layout: FFmpeg's name.
        depth: bits of the integers that a lossless encoding keeps, None for a lossy one.
        options: FFmpeg's, by name (``{"b": "128000"}``).

    Attributes:
        config: what decoders need; empty where the packets tell it all. frames_per_packet: of all but a shorter last.
        priming: frames a decoder delivers before the first real one. layout: the layout as coded; FFmpeg's name.
        bit_rate: what the encoder aims at, bits a second; 0 when it aims at a quality, or at nothing lost.

    Raises:
        EncodeError: the encoder refuses; FFmpeg's reason is in the message.
        SettingsError: an option that it does not know, or that changes the rate.
    """

    def __init__(
        self,
        family: SoundFamily,
        rate: int,
        layout: str,
        depth: int | None,
        options: Mapping[str, str],
        threads: int = 1,
    ) -> None:
        self._family = family
        self._rate = rate
        self._depth = depth
        self._kind = kind_of_values(depth)
        self.layout = family.layouts.get(layout, layout)
        self._context = _open(family.encoder, self._kind.ffmpeg, rate, self.layout, options, threads)
        self._channels = self._context.layout.nb_channels
        self.frames_per_packet = int(self._context.frame_size)
        twin = _open(family.encoder, self._kind.ffmpeg, rate, self.layout, options, threads)
        self.priming = self._measure_priming(twin)
        self.config = family.config(bytes(self._context.extradata or b""), self.layout)
        aims = depth is None and "global_quality" not in options
        self.bit_rate = int(self._context.bit_rate or 0) if aims else 0
        self._fed = 0
        self._next = -self.priming

    def _measure_priming(self, twin: av.AudioCodecContext) -> int:
        """Ask a second encoder, fed one packet's worth of silence, when its first packet begins."""
        silence = self._frame(self._silence(self.frames_per_packet), 0)
        packets = self._run(twin, silence) + self._run(twin, None)
        return max(0, -min(packet.pts for packet in packets if packet.pts is not None))

    def encode(self, block: memoryview) -> list[Packet]:
        """Interleaved values of the kind that ``kind_of_values`` tells; any number of frames, all copied at once."""
        frame = self._frame(block, self._fed)
        self._fed += frame.samples
        return self._packets(self._run(self._context, frame))

    def flush(self) -> list[Packet]:
        """The last packets, padded with silence to whole ones unless the encoding is lossless. Nothing may follow."""
        if not self._fed:
            return []
        packets = []
        behind = 0 if self._family.delivers_all else -(self._fed + self.priming) % self.frames_per_packet
        if behind:
            packets = self._run(self._context, self._frame(self._silence(behind), self._fed))
        found = self._packets(packets + self._run(self._context, None))
        if self._next < self._fed:
            raise EncodeError(
                f"FFmpeg's encoder {self._family.encoder!r} kept the last {self._fed - self._next} frames to itself.",
                hint="Use another build of PyAV.",
            )
        return found

    def _silence(self, frames: int) -> memoryview:
        return memoryview(bytes(frames * self._channels * self._kind.pcm.bytes_per_value))

    def _frame(self, block: memoryview, position: int) -> av.AudioFrame:
        layout = self._kind.pcm
        samples = block.nbytes // (layout.bytes_per_value * self._channels)
        values: Any = block
        if layout.bits == 24:
            # FFmpeg has them in 32 bits, on top.
            values = np.ascontiguousarray(pcm.values(pcm.stored_frames(block, layout, self._channels), layout)).data
        return sound_frame(values, samples, (self._kind.ffmpeg, self.layout, self._rate), position)

    def _packets(self, packets: list[av.Packet[Any]]) -> list[Packet]:
        found = []
        for packet in packets:
            if not packet.size:
                continue  # FLAC's last word is about the stream as a whole, which needs it not
            if packet.pts != self._next:
                raise EncodeError(
                    f"FFmpeg's encoder {self._family.encoder!r} put a packet at frame {packet.pts}, not {self._next}.",
                    hint="Use another build of PyAV.",
                )
            frames = self.frames_per_packet if self._depth is None else int(packet.duration or 0)
            found.append(Packet(bytes(packet), self._next, frames))
            self._next += frames
        return found

    def _run(self, context: av.AudioCodecContext, frame: av.AudioFrame | None) -> list[av.Packet[Any]]:
        trouble = ""
        try:
            return list(context.encode(frame))
        except FFmpegError as error:
            trouble = reason(error)
        # Raised out here: an error that is kept must not keep the encoder's call, and with it its memory, alive.
        raise EncodeError(
            f"FFmpeg's encoder {self._family.encoder!r} failed: {trouble}.",
            hint="Check that the sound is finite and not too loud.",
        )


def _open(
    name: str, values: str, rate: int, layout: str, options: Mapping[str, str], threads: int
) -> av.AudioCodecContext:
    trouble = ""
    try:
        created = av.CodecContext.create(name, "w")
        assert isinstance(created, av.AudioCodecContext)
        context = created
        context.sample_rate = rate
        context.layout = layout
        context.format = _taken(name, values)
        context.time_base = Fraction(1, rate)
        context.thread_count = threads
        context.options = {str(name): str(value) for name, value in options.items()}
        context.open()
    except (FFmpegError, ValueError) as error:
        trouble = reason(error)
    if trouble:
        said = ", ".join(f"{name}={value}" for name, value in options.items()) or "no options"
        raise EncodeError(
            f"FFmpeg's encoder {name!r} does not open for {rate} Hz {layout} with {said}: {trouble}.",
            hint="Choose another rate, layout, bit rate or other encoder options, or linear PCM.",
        )
    if context.sample_rate != rate:
        raise SettingsError(
            f"an encoder option makes sound of {rate} Hz one of {context.sample_rate} Hz, which no file would tell.",
            hint="Give the rate as AVSampleRateKey (sample_rate=); sound is resampled to it.",
        )
    unknown = ", ".join(context.options)  # FFmpeg leaves those that it has no use for
    if unknown:
        raise SettingsError(
            f"FFmpeg's encoder {name!r} does not know the option {unknown}.",
            hint=f"`ffmpeg -h encoder={name}` lists what it knows.",
        )
    return context


def _taken(name: str, values: str) -> str:
    """The values as the encoder takes them: many want a plane for each channel, which PyAV makes on the way."""
    taken = {kind.name for kind in av.Codec(name, "w").audio_formats or ()}
    return values if values in taken else f"{values}p"
