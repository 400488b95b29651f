"""Decoding a track's pictures: from the key frame before a moment of the media up to another, in display order.

A picture lasts until the next one is shown; the last one as long as its sample says. One ``PictureReader`` keeps its
decoder from one stretch to the next, which is what makes single pictures cheap.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction

from reelwright.codecs.video_decoder import DecodedFrame, VideoDecoder
from reelwright.containers.media import Media, StoredSample
from reelwright.model.errors import ReelwrightError
from reelwright.model.facts import TrackFacts
from reelwright.model.format import FormatDescription
from reelwright.model.time import Time
from reelwright.reading.stored import check_described, description_of, samples_of

__all__ = ["MediaPicture", "PictureReader"]


@dataclass(slots=True)
class MediaPicture:
    """One decoded picture.

    Attributes:
        frame: what the decoder gave. format: the sample description it belongs to.
        presentation, duration: media ticks.
    """

    frame: DecodedFrame
    format: FormatDescription
    presentation: int
    duration: int


class PictureReader:
    """Decodes pictures of one track; used by one thread at a time.

    Args:
        threads: of the decoder; 0 for as many as the machine has processors.
    """

    def __init__(self, media: Media, facts: TrackFacts, *, threads: int = 0) -> None:
        self._media = media
        self._facts = facts
        self._threads = threads
        self._decoder: VideoDecoder | None = None
        self._format: FormatDescription | None = None
        self._is_clean = True  # nothing of an earlier stretch is left in the decoder
        self._durations: dict[int, int] = {}

    def check(self) -> None:
        """See that every encoding of the track has a decoder.

        Raises:
            DecoderNotFoundError, ProtectedMediaError, InvalidMediaError: as ``VideoDecoder``.
        """
        check_described(self._facts)
        for format in self._facts.formats:
            VideoDecoder(format, threads=1).close()

    def pictures(self, start: Fraction, end: Fraction | None) -> Iterator[MediaPicture]:
        """The pictures shown in a stretch of the media, the one on show at its start first.

        Args:
            start, end: seconds of the media; ``end`` None goes to the last picture.

        Raises (iterating):
            DecodeError: damaged samples. DecoderNotFoundError, ProtectedMediaError: nothing here decodes them.
        """
        held: MediaPicture | None = None
        first = start * self._facts.time_scale
        for picture in self._decoded(start, end):
            if held is not None:
                held.duration = max(picture.presentation - held.presentation, 0)
                if held.presentation >= first or picture.presentation > first:
                    yield held
            held = picture
            if end is not None and picture.presentation >= end * self._facts.time_scale:
                return
        if held is not None and (held.presentation >= first or held.presentation + held.duration > first):
            yield held

    def pictures_at(
        self, times: Collection[int], before_each: Callable[[], None] = lambda: None
    ) -> Iterator[MediaPicture]:
        """The pictures that begin to be shown at given times, each as soon as it is decoded.

        Args:
            times: ticks of the media at which pictures begin. All are decoded in one go, from the key frame before the
                first of them: they had better lie near each other.
            before_each: called before each sample that is decoded; what it raises ends the decoding.

        Raises (iterating):
            As ``pictures``.
        """
        self._restart()
        missing = set(times)
        for picture in self._run_for(times, before_each):
            if picture.presentation in missing:
                missing.discard(picture.presentation)
                yield picture
            if not missing:
                return

    def _run_for(self, wanted: Collection[int], before_each: Callable[[], None]) -> Iterator[MediaPicture]:
        scale = self._facts.time_scale
        start, end = Fraction(min(wanted), scale), Fraction(max(wanted) + 1, scale)
        to_come = set(wanted)
        for sample in samples_of(self._media, self._facts, start, end):
            before_each()
            decoder = yield from self._decoder_for(sample)
            # Pictures that nobody sees and nothing depends on need not be decoded.
            decoder.skip_non_reference(sample.presentation not in wanted)
            self._is_clean = False
            self._durations[sample.presentation] = sample.duration
            yield from self._wrapped(self._run(decoder, sample))
            to_come.discard(sample.presentation)
            if not to_come:
                break  # no picture needs samples that are decoded after its own
        if self._decoder is not None:
            yield from self._drained()

    def _decoded(self, start: Fraction, end: Fraction | None) -> Iterator[MediaPicture]:
        self._restart()
        on_show = self._on_show(start)
        for sample in samples_of(self._media, self._facts, start, end):
            decoder = yield from self._decoder_for(sample)
            if on_show is not None:
                # Pictures that nobody sees and nothing depends on need not be decoded.
                decoder.skip_non_reference(sample.presentation < on_show)
            self._is_clean = False
            self._durations[sample.presentation] = sample.duration
            yield from self._wrapped(self._run(decoder, sample))
        if self._decoder is not None:
            yield from self._drained()

    def _on_show(self, moment: Fraction) -> int | None:
        """When the picture on show at a moment begins; None where only decoding tells.

        How long samples last does not say it: in decode order their durations may be those of other pictures.
        """
        index = self._media.index(self._facts.track_id)
        row = None if index is None else index.row_shown_at(math.floor(moment * self._facts.time_scale))
        return None if index is None or row is None else int(index.presentation[row])

    def _run(self, decoder: VideoDecoder, sample: StoredSample) -> list[tuple[DecodedFrame, int]]:
        assert sample.data is not None
        try:
            return decoder.decode(sample.data, sample.presentation)
        except ReelwrightError as error:
            raise error.about(
                track=self._facts.track_id, time=Time(sample.presentation, self._facts.time_scale)
            ) from None

    def _decoder_for(self, sample: StoredSample) -> Generator[MediaPicture, None, VideoDecoder]:
        """The decoder of a sample's format; what another one still holds comes out first."""
        format = description_of(self._facts, sample)
        if self._decoder is None or format is not self._format:
            if self._decoder is not None:
                yield from self._drained()
                self._decoder.close()
            self._decoder, self._format = VideoDecoder(format, threads=self._threads), format
        return self._decoder

    def _drained(self) -> Iterator[MediaPicture]:
        assert self._decoder is not None
        while frames := self._rest(self._decoder):
            yield from self._wrapped(frames)
        self._is_clean = False

    def _rest(self, decoder: VideoDecoder) -> list[tuple[DecodedFrame, int]]:
        try:
            return decoder.drain()
        except ReelwrightError as error:
            raise error.about(track=self._facts.track_id) from None

    def _wrapped(self, frames: list[tuple[DecodedFrame, int]]) -> Iterator[MediaPicture]:
        assert self._format is not None
        for frame, tag in frames:
            yield MediaPicture(frame, self._format, tag, self._durations.pop(tag, 0))

    def _restart(self) -> None:
        self._durations.clear()
        if self._decoder is not None and not self._is_clean:
            self._decoder.reset()
            self._is_clean = True

    def close(self) -> None:
        """Let go of the decoder and its threads."""
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None
