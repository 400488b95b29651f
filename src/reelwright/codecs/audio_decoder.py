"""Packets of any sound encoding as sample buffers of linear PCM.

FFmpeg decodes and cuts priming and padding off (the demuxer says where); a small filter graph interleaves the channels
and gathers the frames into blocks of about a second. Values stay as the decoder makes them: nothing is mixed or scaled.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

import av

from reelwright.codecs._av import FFmpegError, reason
from reelwright.codecs.sound_graph import SoundGraph, frame_bytes
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import MediaType
from reelwright.model.layout import ChannelLayout
from reelwright.model.sample import SampleBuffer, SampleTiming
from reelwright.model.time import Time

__all__ = ["decode_frames", "decode_sound", "format_of", "interleaver", "without_tail"]

_logger = logging.getLogger(__name__)

_BIG = sys.byteorder == "big"
# FFmpeg's sample formats by the interleaved one they become. 64-bit integers come out of no codec in use; as floats
# they keep 53 bits.
_STORED = {
    "u8": ("u8", PcmLayout(bits=8, is_signed=False)),
    "s16": ("s16", PcmLayout(bits=16, is_big_endian=_BIG)),
    "s32": ("s32", PcmLayout(bits=32, is_big_endian=_BIG)),
    "s64": ("dbl", PcmLayout(bits=64, is_float=True, is_big_endian=_BIG)),
    "flt": ("flt", PcmLayout(bits=32, is_float=True, is_big_endian=_BIG)),
    "dbl": ("dbl", PcmLayout(bits=64, is_float=True, is_big_endian=_BIG)),
}


def format_of(frame: av.AudioFrame) -> FormatDescription:
    """What the buffers made of such frames are."""
    return FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype="lpcm",
        sample_rate=frame.sample_rate,
        channels=frame.layout.nb_channels,
        channel_layout=_layout(frame.layout),
        pcm=_STORED[frame.format.packed.name][1],
        frames_per_packet=1,
    )


def _layout(layout: av.AudioLayout) -> str | None:
    """FFmpeg's name; mono and stereo where a file only counts channels, None where it counts more of them."""
    if any(channel.name == "NONE" for channel in layout.channels):
        return ChannelLayout.default(layout.nb_channels).name if layout.nb_channels <= 2 else None
    return layout.name


def decode_frames(packets: Iterable[av.Packet[Any]]) -> Iterator[av.AudioFrame]:
    """The frames that packets of one stream decode to; the last packet is the demuxer's empty one, which drains.

    What cannot be decoded at the very end (tags that a player skips) is left out and logged.

    Raises:
        InvalidMediaError: sound that cannot be decoded, with sound after it.
    """
    trouble: InvalidMediaError | None = None
    for packet in packets:
        try:
            frames = packet.decode()
        except FFmpegError as error:
            trouble = trouble or _damage(packet, error)
            continue
        if frames and trouble is not None:
            raise trouble
        yield from frames  # type: ignore[misc]
    if trouble is not None:
        _logger.warning("left out at the end: %s", trouble)


def _damage(packet: av.Packet[Any], error: FFmpegError) -> InvalidMediaError:
    where = (
        "" if packet.pts is None or packet.time_base is None else f" at {float(packet.pts * packet.time_base):.3f} s"
    )
    return InvalidMediaError(
        f"the sound{where} cannot be decoded: {reason(error)}.",
        hint="Repair or convert the file first; `ffmpeg -i FILE sound.wav` shows what can be saved.",
    )


def decode_sound(packets: Iterable[av.Packet[Any]], start: Time) -> Iterator[SampleBuffer]:
    """Buffers of about a second that follow one another without a gap, the first at ``start``.

    Args:
        packets: one stream's, in order, ending with the demuxer's empty packet.

    Raises:
        InvalidMediaError: sound that cannot be decoded, or that changes its rate or channels on the way.
    """
    description: FormatDescription | None = None
    graph: SoundGraph | None = None
    position = 0
    for frame in decode_frames(packets):
        found = format_of(frame)
        if description is None or graph is None:
            description, graph = found, interleaver(frame, found.sample_rate)
        elif found != description:
            raise _changed(description, found, position)
        frame.pts, frame.time_base = position, Fraction(1, found.sample_rate)
        position += frame.samples
        yield from (_buffer(block, description, start) for block in graph.run(frame))
    if graph is not None and description is not None:
        yield from (_buffer(block, description, start) for block in graph.run(None))


def _changed(before: FormatDescription, after: FormatDescription, position: int) -> InvalidMediaError:
    def text(one: FormatDescription) -> str:
        return f"{one.sample_rate} Hz {one.channel_layout or one.channels}"

    return InvalidMediaError(
        f"the sound changes from {text(before)} to {text(after)} after {position} frames.",
        hint="Cut the file there, or convert it to one format first.",
    )


def interleaver(frame: av.AudioFrame, frame_size: int = 0) -> SoundGraph:
    """Filters that put the channels of frames like this one side by side, values unchanged."""
    interleaved = f"sample_fmts={_STORED[frame.format.packed.name][0]}"
    rate = frame.sample_rate
    return SoundGraph(frame.format.name, frame.layout.name, rate, [("aformat", interleaved)], frame_size)


def _buffer(block: av.AudioFrame, description: FormatDescription, start: Time) -> SampleBuffer:
    assert block.pts is not None
    rate = description.sample_rate
    return SampleBuffer(
        frame_bytes(block),
        format=description,
        timings=[SampleTiming(start + Time(block.pts, rate), Time(1, rate))],
        num_samples=block.samples,
    )


def without_tail(buffers: Iterable[SampleBuffer], surplus: Callable[[int], int]) -> Iterator[SampleBuffer]:
    """The same buffers, with what is too much cut off the end.

    Args:
        surplus: asked once all is decoded, with the number of frames there were: how many of the last ones to drop.
    """
    held: list[SampleBuffer] = []
    total = 0
    for buffer in buffers:
        total += buffer.num_samples
        held.append(buffer)
        while len(held) > 2:
            yield held.pop(0)
    excess = surplus(total)
    while held and excess >= held[-1].num_samples:
        excess -= held.pop().num_samples
    if held and excess:
        held.append(_shortened(held.pop(), excess))
    yield from held


def _shortened(buffer: SampleBuffer, excess: int) -> SampleBuffer:
    assert buffer.format is not None
    kept = buffer.num_samples - excess
    data = buffer.data[: kept * buffer.format.bytes_per_frame]
    return SampleBuffer(data, format=buffer.format, timings=buffer.timings, num_samples=kept)
