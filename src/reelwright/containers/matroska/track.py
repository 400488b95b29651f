"""One track on its way into a Matroska file: its description, its clock, and its blocks that wait for their turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import lcm

from reelwright.containers.matroska.alpha import brings_alpha, parted
from reelwright.containers.matroska.clusters import Block, TrimPlace
from reelwright.containers.matroska.codecs import Coding, coding
from reelwright.containers.matroska.tracks import check_options, track_entry
from reelwright.containers.movie import Buffer, Chunk, SampleFlag, TrackOptions, TrackSummary
from reelwright.model.errors import FrameError, InvalidStateError, SettingsError, TimestampError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time

__all__ = ["MatroskaTrack"]

_PCM_BLOCKS = 25  # a second
_NOT_DEPENDED_ON = 2 << 10  # of a sample's flags: ``is_depended_on`` says no


@dataclass(slots=True)
class _Waiting:
    """A block and when it is decoded, on the source's time line, in nanoseconds."""

    decode: int
    block: Block


class MatroskaTrack:
    """A track of a Matroska file being written; made by ``MatroskaWriter.add_track``.

    Attributes:
        track_id: its number in the file, from 1.
        trim_start, trim_end: sound at the ends that is not heard. The first must be set before the first chunk, where
            the format's ``priming`` does not say it.
    """

    def __init__(self, track_id: int, options: TrackOptions, file_type: FileType) -> None:
        check_options(options, file_type)
        self.track_id = track_id
        self.options = options
        self.trim_start = Time.ZERO
        self.trim_end = Time.ZERO
        self.format: FormatDescription | None = None
        self.is_open = False  # whether it stands in the header
        self.waiting: deque[_Waiting] = deque()
        self.last_trim: TrimPlace | None = None
        self.largest_rounding = Fraction(0)
        self._coding: Coding | None = None
        self._default_duration: Fraction | None = None
        self._has_alpha = False
        self._delay = Fraction(0)
        self._offset = Fraction(0)  # from the source's time line to the blocks', in seconds
        self._scale = 0
        self._previous = 0
        self._samples = self._chunks = self._bytes = 0
        self._media_duration = Fraction(0)
        self._first: int | None = None
        self._end = 0
        self._media_end = Fraction(0)  # of all blocks, on their time line, exactly

    def describe(self, format: FormatDescription) -> int:
        """The number of a format's description, which is 1: a track has one.

        Raises:
            SettingsError: the track has another description already, or the encoding cannot be written.
            FrameError: a format of another media type than the track's.
        """
        if self.format is None:
            if format.media_type is not self.options.media_type:
                raise FrameError(
                    f"{format.media_type.name.lower()} samples ({format.media_subtype!r}) do not belong into a track "
                    f"of {self.options.media_type.name.lower()}.",
                    track=self.track_id,
                )
            self._coding = coding(format)
            self.format, self._has_alpha = format, brings_alpha(format)
        elif format != self.format:
            raise SettingsError(
                "the samples' format changes in mid-track, and a Matroska track has one description.",
                hint="Write .mov or .mp4, or a new file from there on.",
                track=self.track_id,
            )
        return 1

    # ------------------------------------------------------------------ the header

    def open(self, first: Chunk | None, start: Fraction, scale: int) -> bytes:
        """Fix what the header says; returns the TrackEntry.

        Args:
            first: the chunk that the track begins with, where it is there. start: the source's moment that becomes 0.
        """
        assert self.format is not None
        assert self._coding is not None
        self.is_open, self._scale = True, scale
        self._delay = self._known_delay()
        self._offset = self._delay - start
        self._default_duration = self._constant_duration(first)
        return track_entry(
            self.track_id,
            self.format,
            self.options,
            self._coding,
            delay=round(self._delay * 1_000_000_000),
            default_duration=self._default_duration,
            has_alpha=self._has_alpha,
        )

    def _known_delay(self) -> Fraction:
        assert self.format is not None
        if self.trim_start > Time.ZERO or not self.format.priming:
            return self.trim_start.fraction
        return Fraction(self.format.priming, self.format.sample_rate)

    def _constant_duration(self, first: Chunk | None) -> Fraction | None:
        assert self.format is not None
        if self.options.media_type is MediaType.AUDIO:
            each = self.format.frames_per_packet
            return Fraction(each, self.format.sample_rate) if each > 1 and self.format.sample_rate else None
        if first is None or not isinstance(first.durations, int):
            return None
        return Fraction(first.durations, first.timescale)

    # ------------------------------------------------------------------ the media

    def append(self, chunk: Chunk) -> None:
        """Take a chunk; its blocks wait to be asked for.

        Raises:
            TimestampError: it is presented before the session starts.
            FrameError: its sizes contradict its payload. InvalidStateError: the header does not hold the track.
        """
        if not self.is_open:
            raise InvalidStateError("the file's header is written, and does not hold this track.", track=self.track_id)
        if self.format is not None and self.format.pcm is not None:
            blocks = self._pcm_blocks(chunk)
        else:
            blocks = self._blocks(chunk)
        made = list(blocks)
        self.waiting.extend(made)
        self._samples += chunk.count
        self._chunks += 1
        self._bytes += chunk.payload_size
        total = _total(chunk.durations, chunk.count)
        self._media_duration += Fraction(total, chunk.timescale)
        self._media_end = Fraction(chunk.decode + total, chunk.timescale) + self._offset

    def _blocks(self, chunk: Chunk) -> Iterator[_Waiting]:
        count, scale = chunk.count, chunk.timescale
        durations, flags = _each(chunk.durations, count), _each(chunk.flags, count)
        decoded = list(accumulate(durations[:-1], initial=chunk.decode))
        shown = [at + shift for at, shift in zip(decoded, _each(chunk.offsets, count), strict=True)]
        ticks = self._ticks(shown, scale)
        ends = self._ticks([at + length for at, length in zip(shown, durations, strict=True)], scale)
        payloads = _cut(chunk.payload, _each(chunk.sizes, count))
        is_video = self.options.media_type is MediaType.VIDEO
        for index, payload in enumerate(payloads):
            tick, end = ticks[index], ends[index]
            flag = flags[index]
            is_key = bool(flag & SampleFlag.SYNC)
            tells = is_video and Fraction(durations[index], scale) != self._default_duration
            payload, alpha = self._stored(payload)
            block = Block(
                self.track_id,
                tick,
                payload,
                is_key,
                is_cue=is_key and is_video,
                is_disposable=flag & 0xC00 == _NOT_DEPENDED_ON,
                duration=end - tick if tells else None,
                reference=self._previous,
                alpha=alpha,
            )
            self._previous = tick
            self._note(tick, end)
            yield _Waiting(decoded[index] * 1_000_000_000 // scale, block)

    def _stored(self, sample: list[Buffer]) -> tuple[list[Buffer], Buffer | None]:
        """What a block holds of a sample, and what is added to the block."""
        assert self._coding is not None
        if self._coding.stored is None and not self._has_alpha:
            return sample, None
        whole = sample[0] if len(sample) == 1 else b"".join(sample)
        if self._has_alpha:
            picture, alpha = parted(whole)
            return [picture], alpha
        assert self._coding.stored is not None
        return [self._coding.stored(whole)], None

    def _pcm_blocks(self, chunk: Chunk) -> Iterator[_Waiting]:
        """Linear PCM in blocks that each hold a run of frames."""
        assert self.format is not None
        scale, size = chunk.timescale, self.format.bytes_per_frame
        payload = memoryview(chunk.payload[0] if len(chunk.payload) == 1 else b"".join(chunk.payload)).cast("B")
        each = max(1, self.format.sample_rate // _PCM_BLOCKS)
        length = _total(chunk.durations, chunk.count)
        starts = range(0, chunk.count, each)
        moments = [chunk.decode + length * start // chunk.count for start in (*starts, chunk.count)]
        ticks = self._ticks(moments, scale)
        for place, start in enumerate(starts):
            piece = payload[start * size : (start + each) * size]
            self._note(ticks[place], ticks[place + 1])
            yield _Waiting(
                moments[place] * 1_000_000_000 // scale, Block(self.track_id, ticks[place], [piece], is_key=True)
            )

    def _ticks(self, moments: Sequence[int], timescale: int) -> list[int]:
        """Moments of the source as the file's ticks, rounded half up; how far that was off is remembered.

        Raises:
            TimestampError: a moment before the session's start.
        """
        common = lcm(timescale, self._offset.denominator)
        factor = common // timescale * self._scale
        shift = self._offset.numerator * (common // self._offset.denominator) * self._scale
        exact = [moment * factor + shift for moment in moments]
        if min(exact) < 0:
            raise TimestampError(
                f"track {self.track_id} is presented from {float(Fraction(min(exact), common * self._scale)):.6f} s, "
                "before the session starts, and Matroska has no edit lists to hide that.",
                hint="Start the session at the earliest sample, or write .mov or .mp4.",
            )
        ticks = [(2 * value + common) // (2 * common) for value in exact]
        off = max(abs(tick * common - value) for tick, value in zip(ticks, exact, strict=True))
        self.largest_rounding = max(self.largest_rounding, Fraction(off, common * self._scale))
        return ticks

    def _note(self, tick: int, end: int) -> None:
        self._first = tick if self._first is None else min(self._first, tick)
        self._end = max(self._end, end)

    def next_block(self) -> Block:
        """The block that is due; sound's last one, as far as is known, gets room for a trim."""
        block = self.waiting.popleft().block
        if self.options.media_type is MediaType.AUDIO and not self.waiting:
            block.trim = self.last_trim = TrimPlace()
        return block

    # ------------------------------------------------------------------ the end

    def check_end(self, last: Fraction | None) -> None:
        """See that the file can say where the track ends.

        Args:
            last: the moment of the blocks' time line after which nothing is to be shown; None for no such moment.

        Raises:
            TimestampError: the media reaches beyond. FrameError: its trims are not those that the header tells.
        """
        if not self.is_open or not self._samples:
            return
        if abs(self.trim_start.fraction - self._delay) > Fraction(1, 1_000_000_000):
            raise FrameError(
                f"{float(self.trim_start.fraction):g} s of the sound's start are trimmed, but the file's header says "
                f"{float(self._delay):g} s.",
                hint="Say with the first buffer how much of the sound is encoder delay.",
                track=self.track_id,
            )
        if last is not None and self.end > last + Fraction(1, self._scale):
            raise TimestampError(
                f"track {self.track_id} is presented until {float(self.end):.6f} s, beyond the session's end at "
                f"{float(last):.6f} s, and Matroska has no edit lists to hide that.",
                hint="End the session with the last sample, or write .mov or .mp4.",
            )

    @property
    def end(self) -> Fraction:
        """Second of the film at which it ends."""
        if self.options.media_type is MediaType.AUDIO:
            return max(self._start, self._media_end - self._delay - self.trim_end.fraction)
        return Fraction(self._end, self._scale or 1)

    @property
    def _start(self) -> Fraction:
        return Fraction(self._first or 0, self._scale or 1)

    def summary(self) -> TrackSummary:
        return TrackSummary(
            track_id=self.track_id,
            media_type=self.options.media_type,
            samples=self._samples,
            chunks=self._chunks,
            bytes=self._bytes,
            media_time_scale=self._scale,
            media_duration=self._media_duration,
            presented_start=None if self._first is None else self._start,
            presented_duration=Fraction(0) if self._first is None else self.end - self._start,
            largest_rounding=self.largest_rounding,
            edit_rounding=Fraction(0),
            edits=0,
            is_written=self.is_open,
        )


def _each(values: Sequence[int] | int, count: int) -> Sequence[int]:
    return [values] * count if isinstance(values, int) else values


def _total(values: Sequence[int] | int, count: int) -> int:
    return values * count if isinstance(values, int) else sum(values)


def _cut(pieces: list[Buffer], sizes: Sequence[int]) -> Iterator[list[Buffer]]:
    """A chunk's payload sample by sample.

    Raises:
        FrameError: the sizes are not the payload's.
    """
    views = iter(memoryview(piece).cast("B") for piece in pieces)
    rest = memoryview(b"")
    for size in sizes:
        sample: list[Buffer] = []
        missing = size
        while missing:
            if not rest:
                following = next(views, None)
                if following is None:
                    raise FrameError(f"samples of {sum(sizes)} bytes were announced, but fewer given.")
                rest = following
            sample.append(rest[:missing])
            missing, rest = missing - min(missing, len(rest)), rest[missing:]
        yield sample
    if rest or next(views, None) is not None:
        raise FrameError(f"samples of {sum(sizes)} bytes were announced, but more given.")
