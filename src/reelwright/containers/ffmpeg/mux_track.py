"""One track on its way into FFmpeg's muxer: from chunks of samples to packets that wait for their turn.

The muxer counts milliseconds. Every time is rounded to the nearest one by itself, so that nothing drifts, and the
largest error is remembered for the report.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any

from av.packet import Packet, PacketSideData

from reelwright.containers.alpha_apart import brings_alpha, parted
from reelwright.containers.ffmpeg.mux_losses import check_format, check_options, untold
from reelwright.containers.ffmpeg.mux_streams import Described
from reelwright.containers.movie import Buffer, Chunk, SampleFlag, TrackOptions, TrackSummary
from reelwright.model.errors import FrameError, SettingsError, TimestampError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time

__all__ = ["TICKS", "MuxTrack"]

TICKS = 1000
"""Ticks a second of all times in the file: FFmpeg's Matroska muxer knows no other."""

_TICK = Fraction(1, TICKS)
_PCM_PACKETS = 25  # a second
_MOST_REORDERED = 16  # pictures that an encoder may put off (H.264, A.3.1: max_num_reorder_frames)
_REORDERED = ("avc1", "avc3", "hvc1", "hev1")  # all others come out as they are shown
_ALPHA, _SKIP = 15, 11  # FFmpeg's numbers of packet side data: AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL, …_SKIP_SAMPLES
_ALPHA_ID = (1).to_bytes(8, "big")  # of the block addition that is alpha (WebM)


@dataclass(slots=True)
class Waiting:
    """A packet's contents. ``order``: when it is decoded, in nanoseconds of the source; other times are ticks."""

    order: int
    data: Buffer
    pts: int
    dts: int
    duration: int
    is_key: bool
    alpha: Buffer | None = None


class MuxTrack:
    """A track of a file being written; made by ``MatroskaWriter.add_track``.

    Attributes:
        track_id: its number in the file, from 1.
        trim_start, trim_end: sound at the ends that is not heard. The first must be set before the first chunk, where
            the format's ``priming`` does not say it; the second before the last packet is written.
    """

    def __init__(self, track_id: int, options: TrackOptions, file_type: FileType) -> None:
        check_options(options, file_type)
        self._file_type = file_type
        self.track_id = track_id
        self.options = options
        self.trim_start = Time.ZERO
        self.trim_end = Time.ZERO
        self.format: FormatDescription | None = None
        self.is_open = False
        self.waiting: deque[Waiting] = deque()
        self.largest_rounding = Fraction(0)
        self._start = Fraction(0)
        self._priming = 0
        self._lead: Fraction | None = None  # by which packets are decoded before the samples' own decode times
        self._last_dts: int | None = None
        self._samples = self._chunks = self._bytes = 0
        self._media_duration = Fraction(0)
        self._first: Fraction | None = None
        self._end = Fraction(0)

    @property
    def is_audio(self) -> bool:
        return self.options.media_type is MediaType.AUDIO

    @property
    def is_described(self) -> bool:
        """Whether its format is known."""
        return self.format is not None

    def describe(self, format: FormatDescription) -> int:
        """The number of a format's description, which is 1: a track has one.

        Raises:
            SettingsError: the track has another description already, or the file cannot say what it says.
            FrameError: a format of another media type than the track's.
        """
        if self.format is None:
            if format.media_type is not self.options.media_type:
                raise FrameError(
                    f"{format.media_type.name.lower()} samples ({format.media_subtype!r}) do not belong into a track "
                    f"of {self.options.media_type.name.lower()}.",
                    track=self.track_id,
                )
            check_format(format, self.options, self._file_type)
            self.format = format
        elif format != self.format:
            raise SettingsError(
                "the samples' format changes in mid-track, and a Matroska track has one description.",
                hint="Write .mov or .mp4, or a new file from there on.",
                track=self.track_id,
            )
        return 1

    def open(self, first: Chunk | None, start: Fraction) -> Described:
        """What the header has to say.

        Args:
            first: the chunk that the track begins with, where it is there. start: the source's moment that becomes 0.
        """
        assert self.format is not None
        self.is_open, self._start = True, start
        rate = self.format.sample_rate
        told = self.trim_start > Time.ZERO or not self.format.priming
        self._priming = self.trim_start.ticks_rounded(rate) if told and rate else self.format.priming
        constant = None
        if first is not None and isinstance(first.durations, int) and not self.is_audio and first.durations:
            constant = Fraction(first.timescale, first.durations)
        return Described(self.format, self.options, constant, self._priming)

    # ------------------------------------------------------------------ the media

    def append(self, chunk: Chunk) -> None:
        """Take a chunk; its packets wait to be asked for.

        Raises:
            TimestampError: it is presented before the session starts, or its pictures are reordered too far.
            FrameError: its sizes contradict its payload.
        """
        is_pcm = self.format is not None and self.format.pcm is not None
        self.waiting.extend(list(self._runs(chunk) if is_pcm else self._packets(chunk)))
        total = Fraction(_total(chunk.durations, chunk.count), chunk.timescale)
        begin = Fraction(chunk.decode, chunk.timescale) - self._start
        self._samples += chunk.count
        self._chunks += 1
        self._bytes += chunk.payload_size
        self._media_duration += total
        if self.is_audio:
            self._first = begin if self._first is None else self._first
            self._end = begin + total

    def _packets(self, chunk: Chunk) -> Iterator[Waiting]:
        assert self.format is not None
        count, scale = chunk.count, chunk.timescale
        durations, flags, offsets = (_each(values, count) for values in (chunk.durations, chunk.flags, chunk.offsets))
        decoded = list(accumulate(durations, initial=chunk.decode))[:count]
        has_alpha = brings_alpha(self.format)
        for data, at, offset, length, flag in zip(
            _cut(chunk.payload, _each(chunk.sizes, count)), decoded, offsets, durations, flags, strict=True
        ):
            picture, alpha = parted(data) if has_alpha else (data, None)
            shown = Fraction(at + offset, scale) - self._start
            pts = self._tick(shown)
            duration = _rounded(shown + Fraction(length, scale)) - pts
            if not self.is_audio:
                self._note(shown, Fraction(length, scale))
            yield Waiting(
                at * 1_000_000_000 // scale,
                picture,
                pts,
                self._decode_tick(Fraction(at, scale), pts, Fraction(max(durations), scale)),
                duration,
                bool(flag & SampleFlag.SYNC),
                alpha,
            )

    def _runs(self, chunk: Chunk) -> Iterator[Waiting]:
        """Linear PCM in packets that each hold a run of frames."""
        assert self.format is not None
        scale, size = chunk.timescale, self.format.bytes_per_frame
        payload = memoryview(_joined(chunk.payload)).cast("B")
        each = max(1, self.format.sample_rate // _PCM_PACKETS)
        length = _total(chunk.durations, chunk.count)
        for first in range(0, chunk.count, each):
            after = min(first + each, chunk.count)
            begin, end = (chunk.decode + length * frame // chunk.count for frame in (first, after))
            tick = self._tick(Fraction(begin, scale) - self._start)
            duration = _rounded(Fraction(end, scale) - self._start) - tick
            data = payload[first * size : after * size]
            yield Waiting(begin * 1_000_000_000 // scale, data, tick, tick, duration, is_key=True)

    def _tick(self, moment: Fraction) -> int:
        """A moment of the film as a tick; how far it was off is remembered.

        Raises:
            TimestampError: a moment before the session's start.
        """
        rate = self.format.sample_rate if self.format is not None else 0
        earliest = -Fraction(self._priming, rate) if self._priming else Fraction(0)
        if moment < earliest:
            raise TimestampError(
                f"track {self.track_id} is presented from {float(moment - earliest):.6f} s, before the session "
                "starts, and Matroska has no edit lists to hide that.",
                hint="Start the session at the earliest sample, or write .mov or .mp4.",
                track=self.track_id,
            )
        tick = _rounded(moment)
        self.largest_rounding = max(self.largest_rounding, abs(tick * _TICK - moment))
        return tick

    def _decode_tick(self, decode: Fraction, pts: int, longest: Fraction) -> int:
        """When FFmpeg is told that a packet is decoded: never after it is shown, and never before the one before.

        Only the order counts, for Matroska stores no decode times.

        Raises:
            TimestampError: pictures are reordered farther than encoders do.
        """
        if self.is_audio:
            return pts
        if self._lead is None:
            is_reordered = self.format is not None and self.format.media_subtype in _REORDERED
            self._lead = longest * _MOST_REORDERED if is_reordered else Fraction(0)
        dts = min(pts, _rounded(decode - self._start - self._lead))
        if self._last_dts is not None and dts < self._last_dts:
            dts = self._last_dts
            if pts < dts:
                raise TimestampError(
                    f"a picture at {float(pts * _TICK):.3f} s comes too long after others that are shown later.",
                    hint="Write .mov or .mp4, which keep decode times of their own.",
                    track=self.track_id,
                )
        self._last_dts = dts
        return dts

    def _note(self, shown: Fraction, duration: Fraction) -> None:
        self._first = shown if self._first is None else min(self._first, shown)
        self._end = max(self._end, shown + duration)

    def next_packet(self, *, is_last: bool) -> Packet[Any]:
        """The packet that is due, without a stream."""
        found = self.waiting.popleft()
        data: Any = found.data  # any buffer will do; FFmpeg counts references to it, and copies nothing
        packet: Packet[Any] = Packet(data)
        packet.pts, packet.dts, packet.duration = found.pts, found.dts, found.duration
        packet.time_base = _TICK
        packet.is_keyframe = found.is_key
        if found.alpha is not None:
            packet.set_sidedata(_side_data(_ALPHA, _ALPHA_ID + bytes(found.alpha)))
        if is_last and self.trim_end > Time.ZERO and self.format is not None:
            frames = self.trim_end.ticks_rounded(self.format.sample_rate)
            packet.set_sidedata(_side_data(_SKIP, bytes(4) + frames.to_bytes(4, "little") + bytes(2)))
            packet.duration = max(1, found.duration - _rounded(self.trim_end.fraction))
        return packet

    # ------------------------------------------------------------------ the end

    def check_end(self, last: Fraction | None) -> None:
        """See that the file can say where the track ends.

        Args:
            last: second of the film after which nothing is to be shown; None for no such moment.

        Raises:
            TimestampError: the media reaches beyond. SettingsError: its trims are not those that the header tells.
        """
        if not self.is_open or not self._samples:
            return
        if self.format is not None and self.format.sample_rate:
            priming = self.trim_start.ticks_rounded(self.format.sample_rate)
            if priming != self._priming:
                raise SettingsError(
                    f"{priming} frames of the sound's start are trimmed, but the header says {self._priming}.",
                    hint="Say with the first buffer how much of the sound is encoder delay.",
                    track=self.track_id,
                )
        if last is not None and self.end > last + _TICK:
            raise TimestampError(
                f"track {self.track_id} is presented until {float(self.end):.6f} s, beyond the session's end at "
                f"{float(last):.6f} s, and Matroska has no edit lists to hide that.",
                hint="End the session with the last sample, or write .mov or .mp4.",
                track=self.track_id,
            )

    @property
    def begin(self) -> Fraction:
        """Second of the film at which it begins."""
        first = self._first or Fraction(0)
        rate = self.format.sample_rate if self.format is not None else 0
        return first + Fraction(self._priming, rate) if self._priming and rate else first

    @property
    def end(self) -> Fraction:
        """Second of the film at which it ends."""
        return max(self.begin, self._end - self.trim_end.fraction)

    def summary(self) -> TrackSummary:
        return TrackSummary(
            track_id=self.track_id,
            media_type=self.options.media_type,
            samples=self._samples,
            chunks=self._chunks,
            bytes=self._bytes,
            media_time_scale=TICKS,
            media_duration=self._media_duration,
            presented_start=None if self._first is None else _rounded(self.begin) * _TICK,
            presented_duration=Fraction(0) if self._first is None else self.end - self.begin,
            largest_rounding=self.largest_rounding,
            edit_rounding=Fraction(0),
            edits=0,
            is_written=self.is_open,
            notes=() if self.format is None else untold(self.format),
        )


def _rounded(moment: Fraction) -> int:
    """The tick nearest to a moment, half up."""
    return (2 * moment.numerator * TICKS + moment.denominator) // (2 * moment.denominator)


def _side_data(kind: int, content: bytes) -> PacketSideData:
    made = PacketSideData(kind, len(content))  # type: ignore[call-arg]  # the stub hides how it is made
    made.update(content)
    return made


def _each(values: Sequence[int] | int, count: int) -> Sequence[int]:
    return [values] * count if isinstance(values, int) else values


def _total(values: Sequence[int] | int, count: int) -> int:
    return values * count if isinstance(values, int) else sum(values)


def _joined(pieces: Sequence[Buffer]) -> Buffer:
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _cut(pieces: Sequence[Buffer], sizes: Sequence[int]) -> Iterator[Buffer]:
    """A chunk's payload sample by sample.

    Raises:
        FrameError: the sizes are not the payload's.
    """
    whole = memoryview(_joined(pieces)).cast("B")
    if sum(sizes) != whole.nbytes:
        raise FrameError(f"samples of {sum(sizes)} bytes were announced, but {whole.nbytes} bytes given.")
    at = 0
    for size in sizes:
        yield whole[at : at + size]
        at += size
