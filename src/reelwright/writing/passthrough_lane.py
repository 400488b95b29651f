"""Storing samples as they are: packets from any source become a track, with times kept exactly.

Durations follow AVFoundation's rule: outside sound, a sample lasts until the next one's decode time; the last one
until a marker, else its own duration, else as long as the one before it. Sound keeps its own durations, and a hole
stays a hole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from reelwright.containers.movie import Buffer, SampleFlag, SampleFraming, flags_of
from reelwright.model.errors import FrameError, InvalidArgumentError, TimestampError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.sample import BufferAttachment, SampleAttachments, SampleBuffer, SampleTiming
from reelwright.model.time import Time
from reelwright.writing.clock import MediaClock, Scale
from reelwright.writing.feed import Sample
from reelwright.writing.lane import LaneFacts
from reelwright.writing.live import likely_rate
from reelwright.writing.runs import Piece, even_timing, piece_of_run, without_last

__all__ = ["PassthroughLane"]

# Encoders of these formats put frames in front of the sound; without a trim the track would start late by them.
_DELAYED = frozenset({"aac ", "mp4a", "aach", "aacp", "Opus"})
_ROUGHNESS = Fraction(1, 1000)  # of times that went through another container's scale, in seconds
_FALLBACK = Time(1, 30)  # how long a track's only sample lasts when nobody says


class _Progress(NamedTuple):
    """Where the track stands behind a sample.

    Attributes:
        last: decode time of the last sample. closed_at: where a marker ended it.
        expected: where the next sound should begin. trim_start, trim_end: sound at the ends that is not presented.
        is_trimmed: whether all sound so far is trimmed away.
        rounding: seconds by which the farthest time was rounded.
    """

    framing: SampleFraming | None = None
    last: Time | None = None
    closed_at: Time | None = None
    expected: Time | None = None
    trim_start: Time = Time.ZERO
    trim_end: Time = Time.ZERO
    is_trimmed: bool = True
    rounding: Fraction = Fraction(0)


@dataclass(slots=True)
class _Batch:
    """A checked buffer: its samples, or the time of a marker, and where the track stands behind it."""

    pieces: list[Piece]
    time: Time
    scale: Scale
    after: _Progress
    marker: Time | None = None

    @property
    def weight(self) -> int:
        return sum(1 if piece.format.pcm is not None else piece.count for piece in self.pieces)


class PassthroughLane:
    """The lane of an input without output settings.

    Args:
        describe: takes each new format to the track, and raises when the file cannot hold it.
    """

    capacity: Fraction | int = 0

    def __init__(
        self,
        media_type: MediaType,
        hint: FormatDescription | None,
        clock: MediaClock,
        describe: Callable[[FormatDescription], object] = lambda _: None,
    ) -> None:
        self.media_type = media_type
        self._describe = describe
        self.clock = clock
        self.facts = LaneFacts()
        self._hint = hint
        self._progress = _Progress()
        self._held: Piece | None = None
        self._before: Time | None = None  # duration of the sample before the held one
        self._known_flags: dict[SampleAttachments, int] = {}

    # ------------------------------------------------------------------ checking

    def prepare(self, buffer: SampleBuffer, *, convert: bool) -> _Batch:
        """Check a buffer and split it into samples. Memory that the caller could change is copied."""
        if not buffer.num_samples:
            return self._prepare_marker(buffer)
        if buffer.data is None or buffer.format is None:
            raise FrameError(
                "an input without output settings stores packets as they are, but this buffer holds an image.",
                hint="Give the input output settings such as VideoSettings(…) to encode images.",
            )
        if buffer.format.media_type is not self.media_type:
            raise FrameError(
                f"a {buffer.format.media_type.name.lower()} buffer was appended to a {self.media_type.name.lower()} "
                f"input.",
                hint="Each kind of media has an input of its own.",
            )
        before = self._progress
        framing = _framing(before.framing, buffer.format, buffer)
        if not buffer.data.readonly:
            buffer = replace(buffer, data=bytes(buffer.data))
        after = before._replace(framing=framing, closed_at=None)
        pieces = self._pieces(buffer, framing)
        if self.media_type is MediaType.AUDIO:
            pieces, after = self._place_sound(pieces, buffer, after)
        pieces, after = self._checked(pieces, before, after)
        scale = self._scale_for(pieces, before.last)
        known = before.framing.format if before.framing is not None else None
        for piece in pieces:
            if piece.format is not known:
                self._describe(piece.format)
                self._note_losses(piece.format)
                known = piece.format
        return _Batch(pieces, buffer.presentation_time, scale, after)

    def _note_losses(self, format: FormatDescription) -> None:
        note = "the alpha that the source keeps beside its pictures is not stored with them"
        if format.extensions.get("FFmpegAlphaMode") and note not in self.facts.notes:
            self.facts.notes.append(note)

    def _prepare_marker(self, buffer: SampleBuffer) -> _Batch:
        if BufferAttachment.EMPTY_MEDIA in buffer.attachments:
            return self._prepare_hole(buffer.presentation_time)
        if (
            BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION not in buffer.attachments
            or self.media_type is MediaType.AUDIO
        ):
            raise FrameError(
                "a buffer without samples says nothing to this input.",
                hint="Only SampleBuffer.marker(time, BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION) does, outside "
                "sound, whose packets have their own durations.",
            )
        time, before = buffer.presentation_time, self._progress
        at = self.clock.snap(time, self.clock.grid_for(time)) if time.is_numeric else time
        if not time.is_numeric or before.last is None or at <= before.last or before.closed_at is not None:
            ended = f" (a marker at {before.closed_at} ended it already)" if before.closed_at is not None else ""
            what = f"the sample at {before.last}{ended}" if before.last is not None else "a sample: there is none yet"
            raise TimestampError(
                f"a marker at {time} cannot end {what}.",
                hint="Append it after the sample, with a later time.",
                time=time,
            )
        scale = self.clock.scale_for(at, lasts=_distance(at, before.last))
        return _Batch([], time, scale, before._replace(closed_at=at), marker=at)

    def _prepare_hole(self, time: Time) -> _Batch:
        """Nothing is shown from a time on, as readers say it of empty edits: the sample before it ends there.

        Sound needs no telling, for its packets have their own durations; nor does a hole before the first sample.
        """
        before = self._progress
        if not time.is_numeric:
            raise TimestampError(f"a marker at {time} says nothing: it has no numeric time.", time=time)
        at = self.clock.snap(time, self.clock.grid_for(time))
        if self.media_type is MediaType.AUDIO or before.last is None or before.closed_at or at <= before.last:
            return _Batch([], time, self.clock.scale_for(), before)
        scale = self.clock.scale_for(at, lasts=_distance(at, before.last))
        return _Batch([], time, scale, before._replace(closed_at=at), marker=at)

    def _pieces(self, buffer: SampleBuffer, framing: SampleFraming) -> list[Piece]:
        given = framing.source
        if given.pcm is not None:
            timing = buffer.timing(0)
            payload: list[Buffer] = [buffer.data]
            each = _pcm_duration(timing, given.sample_rate)
            at = timing.presentation
            sync = int(SampleFlag.SYNC)
            return [Piece(payload, given.bytes_per_frame, at, at, each, sync, framing.format, buffer.num_samples)]
        if framing.keeps_packets and (even := self._even_timing(buffer)) is not None and buffer.data.nbytes:
            return [piece_of_run(buffer, even, framing.format, self._known_flags)]
        pieces = []
        for data, timing, facts in buffer.samples():
            if not data.nbytes:
                raise InvalidArgumentError("a sample without any bytes cannot be stored.", time=timing.presentation)
            sample = framing.frame(data)
            flags = flags_of(facts)
            if not buffer.sample_attachments and sample.is_sync is False:
                flags = 0  # nobody said anything, but the bitstream does
            shown, decode = timing.presentation, _decode(timing)
            pieces.append(Piece(sample.payload, sample.size, shown, decode, timing.duration, flags, sample.format))
        return pieces

    def _even_timing(self, buffer: SampleBuffer) -> SampleTiming | None:
        """The timing that all samples follow from, where they remain even when their times are put on a grid."""
        even = even_timing(buffer)
        if even is None or buffer.num_samples == 1:
            return even
        times = (even.duration, even.presentation, _decode(even))
        grid = self.clock.grid_for(*times)
        if grid and any(grid % time.timescale for time in times):
            return None
        if self.media_type is MediaType.AUDIO and buffer.format is not None:
            return even if _whole_frames(even.duration, buffer.format) == even.duration else None
        return even

    def _checked(self, pieces: list[Piece], before: _Progress, after: _Progress) -> tuple[list[Piece], _Progress]:
        """See that times move forward; they come back as they will be written, which a fixed scale may round."""
        last, rounding, snap, grid = before.last, after.rounding, self.clock.snap, self._grid(pieces)
        checked = []
        for piece in pieces:
            shown, decode = piece.presentation, piece.decode
            if not shown.is_numeric or not decode.is_numeric:
                raise TimestampError(
                    f"a sample needs numeric times, not {shown} (decoded at {decode}).",
                    hint="Give each sample a SampleTiming with its presentation time.",
                    time=shown,
                )
            at = snap(decode, grid)
            self._check_order(shown, decode, at, last, before.closed_at)
            last = at if piece.count == 1 else piece.last_decode
            if grid:
                rounding = max(rounding, _distance(at, decode), _distance(snap(shown, grid), shown))
                snapped = self._snapped(piece, at, grid)
                piece = replace(piece, presentation=snap(shown, grid), decode=at, duration=snapped)
            checked.append(piece)
        return checked, after._replace(last=last, rounding=rounding)

    def _grid(self, pieces: list[Piece]) -> int:
        """The scale that these samples' times are rounded to, or 0; sound lies on the grid of its frames."""
        if self.media_type is MediaType.AUDIO:
            return self.clock.fixed
        times = (time for piece in pieces for time in (piece.duration, piece.decode, piece.presentation))
        return self.clock.grid_for(*times)

    def _scale_for(self, pieces: list[Piece], last: Time | None) -> Scale:
        """The time scale that holds all these samples, their distances and their reordering."""
        if len(pieces) == 1 and (known := self._known_scale(pieces[0], last)) is not None:
            return known
        times = [time for piece in pieces for time in (piece.duration, piece.decode, piece.presentation)]
        decoded = [time.fraction for time in (last, *(piece.decode for piece in pieces)) if time is not None]
        steps = [after - before for before, after in pairwise(decoded)]
        steps += [piece.duration.fraction for piece in pieces if piece.duration.is_numeric]
        leads = max(_distance(piece.presentation, piece.decode) for piece in pieces)
        if self.media_type is MediaType.AUDIO:
            steps = []  # sound has holes where its packets are apart
            times += [Time(1, piece.format.sample_rate) for piece in pieces if piece.format.sample_rate]
        numeric = (time for time in times if time.is_numeric)
        return self.clock.scale_for(*numeric, lasts=max(steps, default=Fraction(0)), leads=leads)

    def _known_scale(self, piece: Piece, last: Time | None) -> Scale | None:
        """The present time scale, where it is seen at once that it holds all that."""
        scale, each = self.clock.timescale, piece.duration
        times = [piece.presentation, piece.decode, *([each] if each.is_numeric else ())]
        times += [last] if last is not None else []
        if any(scale % time.timescale for time in times) or scale % (piece.format.sample_rate or 1):
            return None
        shown, at, *steps = [time.value * (scale // time.timescale) for time in times]
        if self.media_type is MediaType.AUDIO:
            steps = []  # sound has holes where its packets are apart
        elif last is not None:
            steps[-1] = at - steps[-1]
        return self.clock.present_scale(max(steps, default=0), abs(shown - at))

    def _check_order(self, shown: Time, decode: Time, at: Time, last: Time | None, closed_at: Time | None) -> None:
        if closed_at is not None and at < closed_at:
            raise TimestampError(
                f"decode time {decode} comes before the marker at {closed_at} that ended the sample before it.",
                hint="Append samples in decode order.",
                time=shown,
            )
        if last is not None and at <= last:
            same = f" in 1/{self.clock.fixed} s" if self.clock.fixed else ""
            raise TimestampError(
                f"decode time {decode} does not come after the one before it, {last}{same}.",
                hint="Append samples in decode order, each with a later decode time.",
                time=shown,
            )

    def _snapped(self, piece: Piece, at: Time, grid: int) -> Time:
        """A sample's own duration where times are rounded: up to the rounded end, a tick at least."""
        if not piece.duration.is_numeric or piece.duration <= Time.ZERO:
            return piece.duration
        return self.clock.at_least_a_tick(self.clock.snap(piece.decode + piece.duration, grid) - at, grid)

    def _place_sound(
        self, pieces: list[Piece], buffer: SampleBuffer, after: _Progress
    ) -> tuple[list[Piece], _Progress]:
        """Put sound on the grid of its samples: what follows within half a packet (of PCM: a millisecond) is
        continuous, what comes later leaves a hole, what overlaps is refused."""
        expected, rounding, placed = after.expected, after.rounding, []
        for piece in pieces:
            given, each = piece.presentation, _sound_duration(piece)
            at = given
            if given.is_numeric:
                at, late = self._placed(piece, each, expected)
                rounding = max(rounding, late)
            placed.append(replace(piece, presentation=at, decode=at, duration=each))
            expected = at + each * piece.count
        after = after._replace(expected=expected, rounding=rounding)
        return placed, self._trimmed(after, placed, buffer)

    @staticmethod
    def _placed(piece: Piece, each: Time, expected: Time | None) -> tuple[Time, Fraction]:
        """Where a packet goes, and by how much a start of sound was rounded to get there."""
        at = piece.presentation
        if expected is not None:
            rough = _ROUGHNESS if piece.format.pcm is not None else each.fraction / 2
            late = at.fraction - expected.fraction
            if late < -rough:
                raise TimestampError(
                    f"sound at {at} overlaps what was appended before it (which ends at {expected}).",
                    hint="Give each packet the time at which the one before it ends, or later.",
                    time=at,
                )
            if late <= rough:
                return expected, Fraction(0)
        rate = piece.format.sample_rate
        frame = Time(at.ticks_rounded(rate), rate) if rate else at
        return frame, _distance(frame, at)

    def _trimmed(self, after: _Progress, pieces: list[Piece], buffer: SampleBuffer) -> _Progress:
        """Sum up what is trimmed from the start: the first buffer's trim, and the next one's where all before it is
        trimmed away."""
        start, is_trimmed = after.trim_start, after.is_trimmed
        if is_trimmed:
            own = self._start_trim(pieces[0].format, buffer) if after.last is None else buffer.trim_at_start
            start = start + own
            is_trimmed = own >= sum((piece.duration * piece.count for piece in pieces), start=Time.ZERO)
        end = buffer.trim_at_end
        for trim in (start, end):
            if not trim.is_numeric or trim < Time.ZERO:
                raise InvalidArgumentError(f"a trim of {trim} is no length of sound.", hint="Give a Time of 0 or more.")
        return after._replace(trim_start=start, trim_end=end, is_trimmed=is_trimmed)

    @staticmethod
    def _start_trim(first: FormatDescription, buffer: SampleBuffer) -> Time:
        if BufferAttachment.TRIM_DURATION_AT_START in buffer.attachments:
            return buffer.trim_at_start
        if first.priming:
            return Time(first.priming, first.sample_rate)
        if first.media_subtype in _DELAYED:
            raise InvalidArgumentError(
                f"the first buffer of {first.media_subtype!r} sound must say how much of it is encoder delay.",
                hint="Set attachments={BufferAttachment.TRIM_DURATION_AT_START: Time(1024, rate)} on it, Time(0) for "
                "none, or priming= in its format description.",
            )
        return Time.ZERO

    # ------------------------------------------------------------------ taking and storing

    def take(self, item: _Batch) -> None:
        self.clock.adopt(item.scale)
        self.clock.note_rounding(item.after.rounding)
        self._progress = item.after
        self.facts.appended += sum(piece.count for piece in item.pieces)
        self.facts.trim_start, self.facts.trim_end = item.after.trim_start, item.after.trim_end

    def drop(self, items: Sequence[_Batch]) -> None:
        """Never asked for: later samples need earlier ones."""
        raise AssertionError("stored samples were dropped")

    def feed(self, item: _Batch) -> Iterable[Sample]:
        if item.marker is not None and self._held is not None:
            yield self._release(item.marker - self._held.decode)
        for piece in item.pieces:
            if self.media_type is MediaType.AUDIO:
                yield self._sample(piece, piece.duration)
                continue
            if self._held is not None:
                yield self._release(piece.decode - self._held.decode)
            last = piece
            if piece.count > 1:
                all_before, last = without_last(piece)
                self._before = piece.duration
                yield self._sample(all_before, piece.duration)
            self._held = last

    def _release(self, duration: Time) -> Sample:
        piece, self._held = self._held, None
        assert piece is not None
        self._before = duration
        return self._sample(piece, duration)

    def _sample(self, piece: Piece, duration: Time) -> Sample:
        self.facts.encoded += piece.count
        shown, decode = piece.presentation, piece.decode
        return Sample(
            piece.payload,
            piece.size,
            shown,
            duration,
            piece.format,
            decode=decode,
            flags=piece.flags,
            count=piece.count,
        )

    def finish(self) -> Iterable[Sample]:
        if self._held is None:
            return
        own = self._held.duration
        if own.is_numeric and own > Time.ZERO:
            yield self._release(own)
        elif self._before is not None:
            yield self._release(self._before)
        else:
            duration = self.clock.fitted(_FALLBACK)
            self.facts.notes.append(f"the only sample came without a duration; it lasts {duration}")
            yield self._release(duration)

    def close(self) -> None:
        self._held = None

    def empty_format(self) -> FormatDescription | None:
        return self._hint


def _framing(known: SampleFraming | None, given: FormatDescription, first: SampleBuffer) -> SampleFraming:
    """How packets of a format become samples; a copy, because parameter sets found in packets change it."""
    if known is not None and (given is known.source or given == known.source):
        return known if known.keeps_packets else copy(known)
    lasts = first.timing(0).duration
    is_told = lasts.is_numeric and lasts > Time.ZERO
    return SampleFraming(given, frame_rate=likely_rate(lasts.fraction) if is_told else None)


def _decode(timing: SampleTiming) -> Time:
    return timing.decode if timing.decode.is_valid else timing.presentation


def _pcm_duration(timing: SampleTiming, rate: int) -> Time:
    """How long a frame of linear PCM lasts: what its rate says; a timing that says otherwise is a mistake."""
    frame = Time(1, rate)
    if timing.duration.is_numeric and timing.duration != frame:
        raise TimestampError(
            f"a frame of linear PCM at {rate} Hz lasts {frame}, not {timing.duration}.",
            hint=f"Give SampleTiming(time, Time(1, {rate})) for all frames of the buffer.",
            time=timing.presentation,
        )
    return frame


def _sound_duration(piece: Piece) -> Time:
    """How long a packet of sound lasts, in whole frames; what it says itself may be rough, its format is exact."""
    each = piece.duration
    if not each.is_numeric or each <= Time.ZERO:
        raise TimestampError(
            "stored sound needs a duration for every packet.",
            hint="SampleTiming(time, Time(1024, rate)) for AAC.",
            time=piece.presentation,
        )
    return _whole_frames(each, piece.format)


def _whole_frames(each: Time, format: FormatDescription) -> Time:
    rate = format.sample_rate
    if not rate:
        return each
    usual = Time(format.frames_per_packet, rate)
    if usual > Time.ZERO and (each == usual or _distance(each, usual) <= _ROUGHNESS):
        return usual
    return Time(max(1, each.ticks_rounded(rate)), rate)


def _distance(one: Time, other: Time) -> Fraction:
    return abs(one.fraction - other.fraction)
