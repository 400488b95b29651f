"""AAC-LC packets from blocks of floats, through FFmpeg's own encoder.

The encoder starts a packet early: what a decoder delivers before the first frame proper is the priming, read off the
packets' own timestamps. Channel layouts become MPEG's channel configurations wherever there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np

from reelwright.codecs._av import FFmpegError, reason
from reelwright.codecs.sound_graph import sound_frame
from reelwright.model.errors import EncodeError, SettingsError

__all__ = ["FRAMES_PER_PACKET", "AacPackets", "Packet"]

FRAMES_PER_PACKET = 1024

# One surround pair is MPEG's, whether called back or side.
_SAME = {"5.0(side)": "5.0", "5.1(side)": "5.1"}
# FFmpeg codes 7.1 in the order of configuration 12, front, side and back pair, but writes configuration 7, which by
# ISO/IEC 14496-3 table 1.19 has its third pair in front.
_CONFIGURATIONS = {"7.1": 12}


@dataclass(frozen=True, slots=True)
class Packet:
    """One encoded packet and its place in frames; the first is at ``-priming``."""

    data: bytes
    position: int


class AacPackets:
    """The encoder, open and ready.

    Args:
        rate: one that AAC has (ISO/IEC 14496-3, table 1.18). layout: FFmpeg's name.
        options: FFmpeg's, by name (``{"b": "128000"}``).

    Attributes:
        config: the AudioSpecificConfig. priming: frames a decoder delivers before the first real one.
        layout: the layout as coded; FFmpeg's name.
        bit_rate: what the encoder aims at, bits a second; 0 when it aims at a quality.

    Raises:
        EncodeError: the encoder refuses; FFmpeg's reason is in the message.
        SettingsError: an option that it does not know.
    """

    def __init__(self, rate: int, layout: str, options: Mapping[str, str], threads: int = 1) -> None:
        self._rate = rate
        self.layout = _SAME.get(layout, layout)
        self._context = _open(rate, self.layout, options, threads)
        self._channels = self._context.layout.nb_channels
        self.priming = self._measure_priming(_open(rate, self.layout, options, threads))
        self.config = self._configuration()
        self.bit_rate = 0 if "global_quality" in options else int(self._context.bit_rate or 0)
        self._fed = 0

    def _configuration(self) -> bytes:
        config = self._context.extradata
        if not config:
            raise EncodeError("FFmpeg's AAC encoder gives no AudioSpecificConfig.", hint="Use another build of PyAV.")
        if self.layout not in _CONFIGURATIONS:
            return bytes(config)
        # 5 bits object type, 4 bits rate, 4 bits channel configuration: bits 6 to 3 of the second byte.
        return bytes([config[0], config[1] & 0x87 | _CONFIGURATIONS[self.layout] << 3, *config[2:]])

    def _measure_priming(self, twin: av.AudioCodecContext) -> int:
        """Ask a second encoder, fed one packet's worth of silence, when its first packet begins."""
        silence = self._frame(np.zeros(FRAMES_PER_PACKET * self._channels, np.float32).data, 0)
        first = min(packet.pts for packet in _run(twin, silence) + _run(twin, None) if packet.pts is not None)
        return max(0, -first)

    def encode(self, block: memoryview) -> list[Packet]:
        """Interleaved float32 values, native byte order; any number of frames, but all of them are copied at once."""
        frame = self._frame(block, self._fed)
        self._fed += frame.samples
        return self._packets(_run(self._context, frame))

    def flush(self) -> list[Packet]:
        """The last packets, padded with silence to whole ones. Nothing may follow."""
        if not self._fed:
            return []
        return self._packets(_run(self._context, None))

    def _frame(self, block: Any, position: int) -> av.AudioFrame:
        samples = memoryview(block).nbytes // (4 * self._channels)
        return sound_frame(block, samples, ("flt", self.layout, self._rate), position)

    def _packets(self, packets: list[av.Packet[Any]]) -> list[Packet]:
        found = []
        for packet in packets:
            if packet.pts is None or (packet.pts + self.priming) % FRAMES_PER_PACKET:
                raise EncodeError(
                    f"FFmpeg's AAC encoder put a packet at frame {packet.pts}, off the grid of {FRAMES_PER_PACKET}.",
                    hint="Use another build of PyAV.",
                )
            found.append(Packet(bytes(packet), packet.pts))
        return found


def _open(rate: int, layout: str, options: Mapping[str, str], threads: int) -> av.AudioCodecContext:
    trouble = ""
    try:
        context = av.CodecContext.create("aac", "w")
        context.sample_rate = rate
        context.layout = layout
        context.format = "fltp"
        context.time_base = Fraction(1, rate)
        context.thread_count = threads
        context.options = {str(name): str(value) for name, value in options.items()}
        context.open()
    except (FFmpegError, ValueError) as error:
        trouble = reason(error)
    if trouble:
        said = ", ".join(f"{name}={value}" for name, value in options.items()) or "no options"
        raise EncodeError(
            f"FFmpeg's AAC encoder does not open for {rate} Hz {layout} with {said}: {trouble}.",
            hint="Choose another rate, layout, bit rate or other encoder options, or linear PCM.",
        )
    unknown = ", ".join(context.options)  # FFmpeg leaves those that it has no use for
    if unknown:
        raise SettingsError(
            f"FFmpeg's AAC encoder does not know the option {unknown}.",
            hint="`ffmpeg -h encoder=aac` lists what it knows.",
        )
    return context


def _run(context: av.AudioCodecContext, frame: av.AudioFrame | None) -> list[av.Packet[Any]]:
    trouble = ""
    try:
        return list(context.encode(frame))
    except FFmpegError as error:
        trouble = reason(error)
    # Raised out here: an error that is kept must not keep the encoder's call, and with it its memory, alive.
    raise EncodeError(
        f"FFmpeg's AAC encoder failed: {trouble}.", hint="Check that the sound is finite and not too loud."
    )
