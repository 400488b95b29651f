"""One stream's packets as stored samples, from a moment on: an opening of the file of its own, nothing decoded.

FFmpeg looks for the moment; whether it landed well is checked here, for in a transport stream it may land among
pictures that cannot be decoded. Then the search begins again further back, at worst at the beginning.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from av.stream import Discard

from reelwright.codecs._av import FFmpegError
from reelwright.containers.ffmpeg.clock import Clock
from reelwright.containers.ffmpeg.demuxer import Demuxer
from reelwright.containers.ffmpeg.display_order import display_order, needs_order
from reelwright.containers.ffmpeg.formats import codec_name, describe, frame_rate
from reelwright.containers.ffmpeg.sample_times import Timed, decode_times, shown_durations
from reelwright.containers.ffmpeg.sound_lengths import packet_frames
from reelwright.containers.media import StoredSample
from reelwright.model.errors import InvalidMediaError
from reelwright.model.kinds import MediaType

__all__ = ["PacketStream"]

# How much earlier to look, in seconds, when no place to decode from was found: one after the other.
_STEPS_BACK = (0, 1, 4, 16, 64)
# Decoders of these give right sound from any packet; others need some before it (Opus 80 ms, MP3 its bit reservoir).
_NO_ROLL = ("pcm_", "flac", "alac", "wavpack", "tta", "ape")
_ROLL = Fraction(1, 8)
# Containers without an index, where a place found by its bytes lies within a picture or a block of sound as a rule, and
# FFmpeg counts on from there until the next time stamp comes by: what comes in this many seconds is passed over. (There
# is a time stamp every 0.7 s at least, ISO/IEC 13818-1, 2.7.4.)
_UNALIGNED = frozenset({"mpeg", "mpegts"})
_SETTLING = Fraction(1)
# Encodings whose time FFmpeg only estimates after it has looked for a place, from bytes a second.
_ESTIMATED = ("adpcm_",)
_RATE = 25  # FFmpeg's own assumption for pictures without times
_SKIP = "skip_samples"
_HEAD = 16  # bytes of a packet that tell how long it is
_TAG = b"ID3"
_TAGGED = frozenset({"ac3", "eac3"})


class PacketStream:
    """The samples of one stream, in the order of the file (``SampleStream``).

    Args:
        reopen: opens the file anew, for this alone. index: the stream's. start: ticks of the track.
        with_data: whether samples carry their bytes.
        is_open: asked before each sample; False ends the stream with an error.

    Raises:
        InvalidMediaError: damage, or the file was closed. OSError: it cannot be read.
    """

    def __init__(
        self,
        reopen: Callable[[], Demuxer],
        index: int,
        start: int | None,
        with_data: bool,
        is_open: Callable[[], bool],
    ) -> None:
        self._reopen = reopen
        self._index = index
        self._with_data = with_data
        self._is_open = is_open
        self._samples: Iterator[StoredSample] = iter(())
        self._open()
        try:
            with self._demuxer.watched():
                packets = self._from(start)
        except BaseException:
            self.close()
            raise
        self._samples = self._told(packets)

    def _open(self) -> None:
        self._demuxer = self._reopen()
        streams = self._demuxer.container.streams
        self._stream: Any = streams[self._index]
        self._clock = Clock.of(self._stream.time_base)
        for other in streams:
            other.discard = Discard.default if other.index == self._index else Discard.all

    def __iter__(self) -> Iterator[StoredSample]:
        while True:
            if not self._is_open():
                self.close()
                raise InvalidMediaError("the file was closed while its samples were being read.")
            with self._demuxer.watched():
                sample = next(self._samples, None)
            if sample is None:
                return
            yield sample

    def close(self) -> None:
        self._samples = iter(())
        self._stream = None
        self._demuxer.close()

    # -- finding the place ---------------------------------------------------------------------------------------------

    def _from(self, start: int | None) -> Iterator[Any]:
        if start is None:
            return self._demux()
        wanted = start - self._roll()
        packets = self._sought(wanted)
        return packets if self._stream.type != "audio" else self._shortened(packets, wanted)

    def _sought(self, wanted: int) -> Iterator[Any]:
        first = self._clock.ticks(self._stream.start_time) or 0
        settling = self._settling()
        for back in () if codec_name(self._stream).startswith(_ESTIMATED) else _STEPS_BACK:
            place = wanted - back * self._clock.scale
            if place - settling <= first:
                break
            packets = self._landed(place, wanted, settling)
            if packets is not None:
                return packets
        self._demuxer.close()
        self._open()
        return self._demux()

    def _shortened(self, packets: Iterator[Any], wanted: int) -> Iterator[Any]:
        """Sound from the last packet that begins at or before a moment, for any can be decoded from."""
        before = None
        for packet in packets:
            time = self._clock.ticks(packet.pts)
            if time is None or time > wanted:
                yield from () if before is None else (before,)
                yield packet
                break
            before = packet
        else:
            yield from () if before is None else (before,)
        yield from packets

    def _roll(self) -> int:
        if self._stream.type != "audio" or codec_name(self._stream).startswith(_NO_ROLL):
            return 0
        return self._clock.at(_ROLL)

    def _settling(self) -> int:
        unaligned = not _UNALIGNED.isdisjoint(self._demuxer.container.format.name.split(","))
        return self._clock.at(_SETTLING) if unaligned else 0

    def _landed(self, place: int, wanted: int, settling: int) -> Iterator[Any] | None:
        """Packets to decode from that lie early enough, looked for from ``place`` on; None when there are none."""
        before = place - settling
        try:
            self._demuxer.container.seek(self._clock.theirs(before), stream=self._stream, backward=True)
        except FFmpegError:
            return None
        packets = self._demux()
        settled: int | None = None
        for packet in packets:
            time = self._clock.ticks(packet.pts if packet.pts is not None else packet.dts)
            if time is None or time > wanted:
                return None
            settled = time + settling if settled is None else settled
            if packet.is_keyframe and time >= settled:
                return itertools.chain([packet], packets)
        return None

    def _demux(self) -> Iterator[Any]:
        packets = self._demuxer.container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except IndexError:  # PyAV's, behind the last packet, where streams were found on the way
                return
            if packet is None:
                return
            if packet.size or packet.pts is not None or packet.dts is not None:  # else it marks the end
                yield packet

    def _frames(self, packets: Iterator[Any]) -> Iterator[Any]:
        """Packets without the ID3 tags that FFmpeg's parser takes for frames of AC-3, and counts a frame's time for.

        HLS segments of packed audio begin with one. Times that were counted on from it move forward, until one of the
        container's own comes by. A raw stream has none, and is entered by times that count the tag: they stay.
        """
        late, due = 0, None
        is_raw = self._demuxer.container.format.name in _TAGGED
        for packet in packets:
            if packet.pts != due:
                late = 0
            due = None if packet.pts is None else packet.pts + (packet.duration or 0)
            if bytes(memoryview(packet)[: len(_TAG)]) == _TAG:
                late += 0 if is_raw else packet.duration or 0
                continue
            if late:
                packet.pts -= late
                packet.dts = None if packet.dts is None else packet.dts - late
            yield packet

    # -- what each packet says -----------------------------------------------------------------------------------------

    def _told(self, packets: Iterator[Any]) -> Iterator[StoredSample]:
        name, context = self._demuxer.container.format.name, self._stream.codec_context
        unordered = context is not None and needs_order(name, codec_name(self._stream), context)
        if codec_name(self._stream) in _TAGGED:
            packets = self._frames(packets)
        read = _PacketReader(self._stream, self._clock, self._with_data or unordered)
        samples = decode_times(map(read, packets), read.begin)
        if unordered:
            samples = display_order(samples, context, self._with_data)
        return shown_durations(samples) if self._stream.type == "video" else samples


class _PacketReader:
    """From FFmpeg's packet to a sample, its times as far as the packet has them."""

    def __init__(self, stream: Any, clock: Clock, with_data: bool) -> None:
        self._clock = clock
        self._with_data = with_data
        self._format = describe(stream)
        self._frame_bytes = self._format.bytes_per_frame
        self._usual = _usual_duration(stream, clock)
        self.begin = clock.ticks(stream.start_time) or 0

    def __call__(self, packet: Any) -> Timed:
        clock = self._clock
        duration = clock.ticks(packet.duration) or 0
        skip_start, skip_end = _skipped(packet)
        count = packet.size // self._frame_bytes if self._frame_bytes else 1
        sample = StoredSample(
            data=bytes(packet) if self._with_data else None,
            decode=0,
            presentation=0,
            duration=max(0, duration),
            is_sync=bool(packet.is_keyframe),
            count=count,
            skip_start=skip_start,
            skip_end=skip_end,
            offset=-1 if packet.pos is None else packet.pos,
        )
        sample.frames = self._frames(packet, sample)
        if not sample.duration:
            sample.duration = self._usual or (1 if sample.frames else 0)
        return Timed(sample, clock.ticks(packet.dts), clock.ticks(packet.pts), sample.duration)

    def _frames(self, packet: Any, sample: StoredSample) -> int:
        """What the encoding tells of the packet's length, where that is what the container says in its own ticks.

        FFmpeg's durations may or may not be without what is dropped at the end.
        """
        rate = self._format.sample_rate
        if self._format.media_type != MediaType.AUDIO or not rate:
            return 0
        is_pcm = bool(self._frame_bytes)
        frames = sample.count if is_pcm else packet_frames(self._format, bytes(memoryview(packet)[:_HEAD]))
        told = Fraction(sample.duration * rate, self._clock.scale)
        tick = Fraction(self._clock.step * rate, self._clock.scale)
        lengths = (frames, frames - sample.skip_end)
        is_same = not sample.duration or any(abs(length - told) <= tick for length in lengths)
        return frames if is_same and tick > 1 else 0


def _usual_duration(stream: Any, clock: Clock) -> int:
    """Ticks of a packet that does not say how long it lasts."""
    if stream.type == "video":
        return clock.at(1 / (frame_rate(stream) or Fraction(_RATE)))
    format_ = describe(stream)
    if format_.media_type == MediaType.AUDIO and format_.sample_rate:
        return clock.at(Fraction(format_.frames_per_packet, format_.sample_rate))
    return 0


def _skipped(packet: Any) -> tuple[int, int]:
    """Sound frames to drop at both ends: two little-endian numbers of 32 bits (``AV_PKT_DATA_SKIP_SAMPLES``)."""
    if not packet.has_sidedata(_SKIP):
        return 0, 0
    data = bytes(packet.get_sidedata(_SKIP))
    return int.from_bytes(data[:4], "little"), int.from_bytes(data[4:8], "little")
