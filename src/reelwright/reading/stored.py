"""Stored samples as sample buffers: times moved to the asset's time line, what is only decoded marked as such.

A buffer carries one sample, or one run of PCM frames cut to exactly what is shown. What an edit hides of a compressed
sample is told by its trims, as CoreMedia does; the bytes are never touched.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from reelwright.containers.media import Media, StoredSample
from reelwright.model.errors import InvalidMediaError
from reelwright.model.facts import TrackFacts
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.sample import BufferAttachment, SampleAttachments, SampleBuffer, SampleTiming
from reelwright.model.time import Time
from reelwright.reading.passage import Passage, PassageClock, as_time, nearest

__all__ = ["StoredReader", "attachments_of", "check_described", "description_of", "samples_of"]

_YES_NO = {1: True, 2: False}


def description_of(facts: TrackFacts, sample: StoredSample) -> FormatDescription:
    """The format of a stored sample; the last one known where the file names one that is not there.

    Raises:
        InvalidMediaError: the track has no sample description at all.
    """
    check_described(facts)
    return facts.formats[min(sample.description, len(facts.formats) - 1)]


def check_described(facts: TrackFacts) -> None:
    """See that it is known what the samples of a track are.

    Raises:
        InvalidMediaError: it has no sample description.
    """
    if not facts.formats:
        raise InvalidMediaError(
            f"track {facts.track_id} has no sample description: nobody can tell what its samples are.",
            track=facts.track_id,
            hint="The file is damaged, or was not finished; its other tracks may be whole.",
        )


def samples_of(
    media: Media, facts: TrackFacts, start: Fraction, end: Fraction | None, *, with_data: bool = True
) -> Iterator[StoredSample]:
    """Samples in decode order from which a stretch of the media can be decoded.

    Args:
        start, end: seconds on the media's time line; ``end`` None goes to the last sample.
    """
    first: int | None = math.floor(start * facts.time_scale)
    last = None if end is None else math.ceil(end * facts.time_scale)
    index = media.index(facts.track_id)
    # Where offsets are signed, a sample may be shown before its decode time.
    early = 0 if index is None or index.composition is None or not len(index) else min(0, int(index.composition.min()))
    if index is not None and len(index) and first is not None and first <= int(index.presentation.min()):
        first = None  # from the very first sample, whatever order several at one time come in
    stream = media.stream(facts.track_id, first, with_data=with_data)
    try:
        for sample in stream:
            if last is not None and sample.decode + early >= last:
                return
            yield sample
    finally:
        stream.close()


def attachments_of(sample: StoredSample, *, hidden: bool = False) -> SampleAttachments:
    """What the sample tables say about a sample (``stss``, ``stps``, ``sdtp``), as attachments."""
    known = sample.dependencies
    return SampleAttachments(
        not_sync=not sample.is_sync and not sample.partial_sync,
        partial_sync=sample.partial_sync,
        depends_on_others=_YES_NO.get(known >> 4 & 3),
        is_depended_on_by_others=_YES_NO.get(known >> 2 & 3),
        has_redundant_coding=_YES_NO.get(known & 3),
        earlier_display_times_allowed=True if known >> 6 in (1, 3) else None,
        do_not_display=hidden,
    )


class StoredReader:
    """The stored samples of a track's passages."""

    def __init__(self, media: Media, facts: TrackFacts) -> None:
        self._media = media
        self._facts = facts

    def buffers(self, passages: Sequence[Passage]) -> Iterator[SampleBuffer]:
        """Buffers in decode order, passage by passage; an empty edit is a buffer that says so."""
        says_trim = self._facts.media_type is MediaType.AUDIO
        for passage in passages:
            if passage.media_start is None:
                yield self._empty(passage)
                continue
            for sample, clock, played in self._samples(passage, with_data=True):
                format = description_of(self._facts, sample)
                cut = sample
                if format.bytes_per_frame:
                    frames = _frames_within(sample, played, self._facts.time_scale, format.bytes_per_frame)
                    if frames is None:
                        continue
                    cut = frames
                described = self._described(cut, format, played, clock)
                if says_trim:  # whoever stores encoded sound must know of its priming, even that there is none
                    described["attachments"].setdefault(BufferAttachment.TRIM_DURATION_AT_START, Time.ZERO)
                    says_trim = False
                yield SampleBuffer(cut.data, **described)

    def references(self, passages: Sequence[Passage]) -> Iterator[tuple[SampleBuffer, int | None]]:
        """The same without data, each with the offset of its first byte in the file that holds it."""
        for passage in passages:
            if passage.media_start is None:
                yield self._empty(passage), None
                continue
            for sample, clock, played in self._samples(passage, with_data=False):
                format = description_of(self._facts, sample)
                size = self._size(sample)
                sizes = [size // sample.count]
                yield SampleBuffer(sizes=sizes, **self._described(sample, format, played, clock)), sample.offset

    def _size(self, sample: StoredSample) -> int:
        index = self._media.index(self._facts.track_id)
        assert index is not None
        return int(index.sizes[sample.row])

    def _samples(self, passage: Passage, *, with_data: bool) -> Iterator[tuple[StoredSample, PassageClock, Passage]]:
        played = passage if passage.rate else self._held(passage)
        assert played.media_start is not None
        clock = PassageClock(played, self._facts.time_scale)
        found = samples_of(self._media, self._facts, played.media_start, played.media_end, with_data=with_data)
        for sample in found:
            yield sample, clock, played

    def _empty(self, passage: Passage) -> SampleBuffer:
        scale = self._facts.time_scale
        timing = SampleTiming(as_time(passage.start, scale), as_time(passage.duration, scale))
        return SampleBuffer(timings=[timing], num_samples=0, attachments={str(BufferAttachment.EMPTY_MEDIA): True})

    def _held(self, passage: Passage) -> Passage:
        """A dwell as the playing of one tick of the media, slowed down until it fills the passage."""
        return Passage(passage.start, passage.end, passage.media_start, 1 / (passage.duration * self._facts.time_scale))

    def _described(
        self, sample: StoredSample, format: FormatDescription, passage: Passage, clock: PassageClock
    ) -> dict[str, Any]:
        """Everything about a sample but its bytes, as arguments of its buffer."""
        extra: dict[str, Any] = {} if passage.rate == 1 else {BufferAttachment.SPEED_MULTIPLIER: passage.rate}
        timing, hidden = self._timing(sample, clock), False
        if not clock.holds(sample.presentation, sample.presentation + sample.duration):
            trims, hidden = self._trims(sample, passage)
            extra |= trims
            begun = trims.get(BufferAttachment.TRIM_DURATION_AT_START)
            if begun is not None and not hidden and passage.rate != 1:
                # CoreMedia adds the trim, in the media's own time, to this time: that must give the beginning.
                start = as_time(passage.start, self._facts.time_scale)
                timing = replace(timing, presentation=start - begun)
        if sample.frames and format.sample_rate:
            timing = replace(timing, duration=Time(sample.frames // sample.count, format.sample_rate))
            if passage.rate == 1 and not format.bytes_per_frame:
                exact = self._exact_trims(sample, format.sample_rate, extra)
                moved = _trim_at_start(extra) - _trim_at_start(exact)  # what is heard begins when it did
                timing = replace(timing, presentation=timing.presentation + moved, decode=timing.decode + moved)
                extra |= exact
        return {
            "format": format,
            "timings": [timing],
            "num_samples": sample.count,
            "sample_attachments": [attachments_of(sample, hidden=hidden)],
            "attachments": extra,
        }

    def _trims(self, sample: StoredSample, passage: Passage) -> tuple[dict[str, Any], bool]:
        """What of a sample the passage does not show, at both ends, and whether that is all of it."""
        assert passage.media_start is not None
        scale = self._facts.time_scale
        length = Fraction(sample.duration, scale)
        first = Fraction(sample.presentation, scale)
        before = min(max(passage.media_start - first, Fraction(0)), length)
        after = min(max(first + length - passage.media_end, Fraction(0)), length - before)
        hidden = sample.duration > 0 and before + after == length
        if hidden:  # CoreMedia's form for a buffer of which nothing is shown
            before, after = length, Fraction(0)
        trims = {BufferAttachment.TRIM_DURATION_AT_START: before, BufferAttachment.TRIM_DURATION_AT_END: after}
        return {key: as_time(trim, scale) for key, trim in trims.items() if trim}, hidden

    def _exact_trims(self, sample: StoredSample, rate: int, found: Mapping[str, Any]) -> dict[str, Any]:
        """The trims of encoded sound in whole frames, where its container's ticks only come near.

        What FFmpeg drops at the end may or may not be part of the duration that it tells.
        """
        start, end = BufferAttachment.TRIM_DURATION_AT_START, BufferAttachment.TRIM_DURATION_AT_END
        tick, length = Fraction(1, self._facts.time_scale), Fraction(sample.frames, rate)
        before, after = (found[key].fraction if key in found else Fraction(0) for key in (start, end))
        told, shown = Fraction(sample.skip_start, rate), sample.duration * tick
        if before and before == shown:  # nothing of it is heard
            before = length
        before = min(told if abs(before - told) < tick else max(before, told), length)
        if after < tick:
            after = Fraction(sample.skip_end, rate)
        else:
            after += max(Fraction(0), length - shown)
        trims = {start: before, end: min(after, length - before)}
        return {key: as_time(trim, rate) for key, trim in trims.items() if trim or key in found}

    def _timing(self, sample: StoredSample, clock: PassageClock) -> SampleTiming:
        # With a speed other than one, CoreMedia keeps durations in the media's own time and says the speed beside them.
        duration = Time(sample.duration, self._facts.time_scale)
        if sample.count > 1:
            duration = Time(1, self._facts.time_scale) if sample.count == sample.duration else duration / sample.count
        return SampleTiming(clock.time(sample.presentation), duration, clock.time(sample.decode))


def _trim_at_start(attachments: Mapping[str, Any]) -> Time:
    trim = attachments.get(BufferAttachment.TRIM_DURATION_AT_START, Time.ZERO)
    assert isinstance(trim, Time)
    return trim


def _frames_within(sample: StoredSample, passage: Passage, scale: int, unit: int) -> StoredSample | None:
    """A run of PCM frames without those that the passage does not show; None when it shows none of them."""
    assert passage.media_start is not None
    assert sample.data is not None
    if not sample.count or not sample.duration:
        return None
    step = Fraction(sample.duration, sample.count)
    first = nearest((passage.media_start * scale - sample.presentation) / step)
    last = nearest((passage.media_end * scale - sample.presentation) / step)
    first, last = max(first, 0), min(last, sample.count)
    if first >= last:
        return None
    if (first, last) == (0, sample.count):
        return sample
    moved = int(first * step)
    return StoredSample(
        data=sample.data[first * unit : last * unit],
        decode=sample.decode + moved,
        presentation=sample.presentation + moved,
        duration=int((last - first) * step),
        description=sample.description,
        count=last - first,
        row=sample.row,
        frames=last - first if sample.frames else 0,
        offset=-1 if sample.offset < 0 else sample.offset + first * unit,
    )
