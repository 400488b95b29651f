"""The sound of any file that FFmpeg's demuxers read, sample by sample as a player would play it: ``open_sound``.

Edit lists, priming and padding are honoured by the demuxer; what it leaves to the player is cut off here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer

from reelwright.codecs._av import FFmpegError, reason
from reelwright.codecs.audio_decoder import decode_frames, decode_sound, format_of, without_tail
from reelwright.containers.ffmpeg.local import Path, opened, unreadable
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.sample import SampleBuffer
from reelwright.model.time import Time

__all__ = ["SoundSource", "open_sound"]

_MICROSECOND = Fraction(1, 1_000_000)


def open_sound(path: Path, stream: int = 0) -> SoundSource:
    """The sound of a file: WAV, MP3, M4A, FLAC, Ogg, a film …

    Args:
        path: a local file. stream: which of its sound streams, from 0.

    Raises:
        MediaNotFoundError: no such file. InvalidMediaError: no media, no such stream, or sound that cannot be decoded.
        OSError: it cannot be read.
    """
    with opened(path) as container:
        track = _sound_stream(container, stream, path)
        first = next(decode_frames(container.demux(track)), None)
        if first is None:
            raise InvalidMediaError(f"the sound of {os.fspath(path)!r} holds not one frame.", path=path)
        description = format_of(first)
        ticks = track.duration
        length = None if ticks is None or track.time_base is None else ticks * track.time_base * description.sample_rate
        return SoundSource(
            path=os.fspath(path),
            stream=stream,
            format=description,
            start=_start(container, first),
            duration_frames=None if length is None else round(length),
        )


@dataclass(frozen=True, slots=True)
class SoundSource:
    """Sound in a file, to be gone through as often as wanted: each ``iter`` opens the file anew.

    >>> for buffer in open_sound("voice.m4a"):
    ...     audio_input.append(buffer)

    Attributes:
        format: linear PCM as the decoder gives it. rate, channels, layout: its own.
        start: when the sound begins on the file's time line: later than zero in a film whose sound comes late.
        duration_frames: as the file states it, None when it does not. MP3 and raw AAC state estimates; what the
            iteration delivers is exact.

    Raises (iterating):
        InvalidMediaError: sound that cannot be decoded, or that changes its rate or channels.
    """

    path: str
    stream: int
    format: FormatDescription
    start: Time
    duration_frames: int | None

    @property
    def rate(self) -> int:
        return self.format.sample_rate

    @property
    def channels(self) -> int:
        return self.format.channels

    @property
    def layout(self) -> str | None:
        return self.format.channel_layout

    def __iter__(self) -> Iterator[SampleBuffer]:
        """Buffers of about a second (the last is shorter), one after the other without a gap, from ``start`` on."""
        with opened(self.path) as container:
            track = _sound_stream(container, self.stream, self.path)
            packets = _Packets(container, track)
            try:
                yield from without_tail(decode_sound(packets, self.start), packets.surplus)
            except FFmpegError as error:
                raise unreadable(self.path, reason(error)) from None


class _Packets:
    """A stream's packets, and where its sound ends.

    A movie file says by its edit list, or by the last packet's duration, how much of that packet counts; the demuxer
    leaves it to the player. (Other containers' padding is cut off by the decoder; their times are too coarse for it.)
    """

    def __init__(self, container: InputContainer, track: Any) -> None:
        self._container = container
        self._track = track
        self._last: int | None = None

    def __iter__(self) -> Iterator[av.Packet[Any]]:
        for packet in self._container.demux(self._track):
            if packet.pts is not None:
                self._last = packet.pts + (packet.duration or 0)
            yield packet

    def surplus(self, frames: int) -> int:
        """How many of the last of that many frames lie after the end."""
        track = self._track
        exact = track.time_base == Fraction(1, track.codec_context.sample_rate)
        if "mov" not in self._container.format.name or not exact or self._last is None:
            return 0
        start = track.start_time or 0
        length = self._last - start
        if track.duration is not None:
            length = min(length, track.duration)
        excess = frames - length
        return excess if 0 < excess <= 2 * track.codec_context.frame_size else 0


def _sound_stream(container: InputContainer, number: int, path: Path) -> Any:
    streams = container.streams.audio
    if not streams:
        raise InvalidMediaError(
            f"{os.fspath(path)!r} holds no sound.", path=path, hint="Choose a file with a sound track."
        )
    if not 0 <= number < len(streams):
        raise InvalidMediaError(
            f"{os.fspath(path)!r} holds {len(streams)} sound streams; number {number} is not among them.",
            path=path,
            hint="Numbers start at 0.",
        )
    return streams[number]


def _start(container: InputContainer, first: av.AudioFrame) -> Time:
    """The first frame's time, counted from where the file's presentation starts."""
    if first.pts is None or first.time_base is None:
        return Time.ZERO
    origin = (container.start_time or 0) * _MICROSECOND
    seconds = max(Fraction(0), first.pts * first.time_base - origin)
    return Time(round(seconds * first.sample_rate), first.sample_rate)
