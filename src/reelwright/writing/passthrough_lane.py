"""Storing samples as they are: packets from any source become a track, with times kept exactly.

Durations follow AVFoundation's rule: outside sound, a sample lasts until the next one's decode time; the last one
until a marker, else its own duration, else as long as the one before it. Sound keeps its own durations, and a hole
stays a hole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from reelwright.containers.movie import Buffer, SampleFlag, SampleFraming, flags_of
from reelwright.model.errors import FrameError, InvalidArgumentError, TimestampError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.sample import BufferAttachment, SampleBuffer, SampleTiming
from reelwright.model.time import Time
from reelwright.writing.clock import MediaClock
from reelwright.writing.interleaver import Sample
from reelwright.writing.lane import LaneFacts

__all__ = ["PassthroughLane"]

# Encoders of these formats put frames in front of the sound; without a trim the track would start late by them.
_DELAYED = frozenset({"aac ", "mp4a", "aach", "aacp", "Opus"})


@dataclass(frozen=True, slots=True)
class _Piece:
    """One sample, ready for the file but for its duration."""

    payload: list[Buffer]
    size: int
    timing: SampleTiming
    flags: int
    format: FormatDescription
    count: int


class _Batch(NamedTuple):
    pieces: list[_Piece]
    marker: Time | None
    weight: int
    time: Time


class PassthroughLane:
    """The lane of an input without output settings."""

    capacity: Fraction | int = 0

    def __init__(self, media_type: MediaType, hint: FormatDescription | None, clock: MediaClock) -> None:
        self.media_type = media_type
        self.clock = clock
        self.facts = LaneFacts()
        self._hint = hint
        self._framing: SampleFraming | None = None
        self._format: FormatDescription | None = None
        self._last: Time | None = None  # decode time of the last accepted sample
        self._expected: Time | None = None  # where the next sound should begin
        self._closed_at: Time | None = None  # where a marker ended the last sample
        self._held: _Piece | None = None
        self._before: Time | None = None  # duration of the sample before the held one

    def prepare(self, buffer: SampleBuffer, *, convert: bool) -> _Batch:
        """Check a buffer and split it into samples; nothing of it is taken when one of them is wrong."""
        marker = BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION in buffer.attachments
        if not buffer.num_samples:
            time = buffer.presentation_time
            if marker and (not time.is_numeric or (self._last is not None and time <= self._last)):
                raise TimestampError(f"a marker at {time} cannot end the sample at {self._last}.", time=time)
            if marker:
                self.clock.admit(time)
                self._closed_at = time
            return _Batch([], time if marker else None, 0, time)
        if buffer.data is None or buffer.format is None:
            raise FrameError(
                "an input without output settings stores packets as they are, but this buffer holds an image.",
                hint="Give the input output settings such as VideoSettings(…) to encode images.",
            )
        if buffer.format.media_type != self.media_type:
            raise FrameError(
                f"a {buffer.format.media_type.name.lower()} buffer was appended to a {self.media_type.name.lower()} "
                f"input."
            )
        pieces = self._admit(self._pieces(buffer, buffer.format), buffer)
        return _Batch(pieces, None, len(pieces), buffer.presentation_time)

    def _pieces(self, buffer: SampleBuffer, given: FormatDescription) -> list[_Piece]:
        if self._framing is None or given != self._framing.source:
            self._framing = SampleFraming(given)
        framing = self._framing
        if given.bytes_per_frame:
            payload: list[Buffer] = [buffer.data]
            size, count = given.bytes_per_frame, buffer.num_samples
            return [_Piece(payload, size, buffer.timing(0), int(SampleFlag.SYNC), framing.format, count)]
        pieces = []
        for data, timing, facts in buffer.samples():
            if not data.nbytes:
                raise InvalidArgumentError("a sample without any bytes cannot be stored.", time=timing.presentation)
            sample = framing.frame(data)
            pieces.append(_Piece(sample.payload, sample.size, timing, flags_of(facts), sample.format, 1))
        return pieces

    def _admit(self, pieces: list[_Piece], buffer: SampleBuffer) -> list[_Piece]:
        """Check the times of all samples before any of them is taken; sound comes back placed on its track."""
        last = self._last
        for piece in pieces:
            shown, decode = piece.timing.presentation, _decode(piece)
            if not shown.is_numeric:
                raise TimestampError(f"a sample needs a numeric presentation time, not {shown}.", time=shown)
            closed = self._closed_at is not None and decode < self._closed_at
            if closed or (last is not None and decode <= last):
                raise TimestampError(
                    f"decode time {decode} does not come after the one before it, "
                    f"{self._closed_at if closed else last}.",
                    hint="Append samples in decode order, each with a later decode time.",
                    time=shown,
                )
            last = decode
        if self.media_type is MediaType.AUDIO:
            pieces = self._place_sound(pieces, buffer)
        for piece in pieces:
            for time in (piece.timing.presentation, _decode(piece), piece.timing.duration):
                if time.is_numeric:
                    self.clock.admit(time)
        self._last = last
        return pieces

    def _place_sound(self, pieces: list[_Piece], buffer: SampleBuffer) -> list[_Piece]:
        """What follows within half a packet is continuous, what comes later leaves a hole, what overlaps is refused."""
        first = self._last is None
        if first:
            self.facts.trim_start = self._start_trim(pieces[0].format, buffer)
        expected, placed = self._expected, []
        for piece in pieces:
            at, each = piece.timing.presentation, piece.timing.duration
            if not each.is_numeric or each <= Time.ZERO:
                raise TimestampError("stored sound needs a duration for every packet.", time=at)
            half = each.fraction / 2
            late = at.fraction - expected.fraction if expected is not None else Fraction(0)
            if late < -half:
                raise TimestampError(
                    f"sound at {at} overlaps what was appended before it (which ends at {expected}).",
                    hint="Give each packet the time at which the one before it ends, or later.",
                    time=at,
                )
            if expected is not None and late <= half:
                at = expected
            placed.append(replace(piece, timing=SampleTiming(at, each)))
            expected = at + each * piece.count
        self._expected = expected
        self.facts.trim_end = buffer.trim_at_end
        return placed

    def _start_trim(self, first: FormatDescription, buffer: SampleBuffer) -> Time:
        if BufferAttachment.TRIM_DURATION_AT_START in buffer.attachments:
            return buffer.trim_at_start
        if first.priming:
            return Time(first.priming, first.sample_rate)
        if first.media_subtype in _DELAYED:
            raise InvalidArgumentError(
                f"the first buffer of {first.media_subtype!r} sound must say how much of it is encoder delay.",
                hint="Set attachments={BufferAttachment.TRIM_DURATION_AT_START: Time(1024, rate)} on it, Time(0) for "
                "none, "
                "or priming= in its format description.",
            )
        return Time.ZERO

    def feed(self, item: _Batch) -> Iterable[Sample]:
        if item.marker is not None and self._held is not None:
            yield self._release(item.marker - _decode(self._held))
        for piece in item.pieces:
            self.facts.appended += piece.count
            if self.media_type is MediaType.AUDIO:
                self.facts.encoded += piece.count
                at, each = piece.timing.presentation, piece.timing.duration
                yield Sample(
                    piece.payload, piece.size, at, each, piece.format, decode=at, flags=piece.flags, count=piece.count
                )
                continue
            if self._held is not None:
                yield self._release(_decode(piece) - _decode(self._held))
            self._held = piece

    def _release(self, duration: Time) -> Sample:
        piece, self._held = self._held, None
        assert piece is not None
        self._before = duration
        self.facts.encoded += 1
        shown, decode = piece.timing.presentation, _decode(piece)
        return Sample(piece.payload, piece.size, shown, duration, piece.format, decode=decode, flags=piece.flags)

    def finish(self) -> Iterable[Sample]:
        if self._held is None:
            return
        own = self._held.timing.duration
        if own.is_numeric and own > Time.ZERO:
            yield self._release(own)
            return
        if self._before is None:
            self.facts.notes.append("the only sample came without a duration; it lasts 1/30 s")
        duration = self._before or Time(1, 30)
        self.clock.admit(duration)
        yield self._release(duration)

    def close(self) -> None:
        self._held = None

    def empty_format(self) -> FormatDescription | None:
        return self._hint


def _decode(piece: _Piece) -> Time:
    timing = piece.timing
    return timing.decode if timing.decode.is_numeric else timing.presentation
