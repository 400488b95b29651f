"""Decoding a track's sound: exactly the frames that its edits show, from any moment on.

Positions are counted in frames of the media's own time line, so that priming and padding, which edits hide, fall away
by arithmetic. Before the first frame that counts a decoder is given as many packets as its encoding needs to settle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from reelwright.codecs.sound_decoder import SoundDecoder, wants_mastering
from reelwright.codecs.sound_decoders import preroll_packets
from reelwright.codecs.sound_format import PcmBlock, SoundFormat
from reelwright.codecs.sound_mix import mix, mixing_format
from reelwright.codecs.time_stretch import stretch
from reelwright.containers.media import Media, StoredSample
from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import ReelwrightError
from reelwright.model.facts import TrackFacts
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import AudioTimePitchAlgorithm
from reelwright.model.sample import SampleBuffer, SampleTiming
from reelwright.model.time import Time
from reelwright.reading.passage import Passage, as_time, nearest
from reelwright.reading.stored import check_described, description_of, samples_of

__all__ = ["MixPart", "SoundReader", "mixed"]

_PACKET = 2048  # frames of a packet where the format does not say: the most that encodings in use have
_GATHERED = 8192  # frames of a buffer at least, where there are as many: one packet each would be a flood


@dataclass(frozen=True, slots=True)
class MixPart:
    """One track of a mix: its media and what of it is shown."""

    media: Media
    facts: TrackFacts
    passages: Sequence[Passage]


class SoundReader:
    """Decodes the sound of one track; used by one thread at a time.

    Args:
        output: what it should become; None for what the decoder makes.
        algorithm: how sound is played at another speed.
        mastering: change rates with the mastering quality, whatever ``output`` says.
    """

    def __init__(
        self,
        media: Media,
        facts: TrackFacts,
        output: SoundFormat | AudioSettings | None,
        algorithm: AudioTimePitchAlgorithm,
        *,
        mastering: bool = False,
    ) -> None:
        self._media = media
        self._facts = facts
        self._output = output
        self._algorithm = algorithm
        self._mastering = mastering or wants_mastering(output)
        self._format: SoundFormat | None = None

    def check(self) -> None:
        """See that every encoding of the track has a decoder.

        Raises:
            DecoderNotFoundError, ProtectedMediaError, InvalidMediaError, SettingsError: as ``SoundDecoder``.
        """
        check_described(self._facts)
        for format in self._facts.formats:
            self._decoder(format).close()

    def buffers(self, passages: Sequence[Passage]) -> Iterator[SampleBuffer]:
        """Linear PCM with times of the asset, passage by passage; nothing while nothing is shown."""
        for passage in passages:
            blocks = _gathered(self.blocks(passage))
            for block in blocks:
                assert self._format is not None
                yield self._buffer(block, passage, self._format)

    def _buffer(self, block: PcmBlock, passage: Passage, format: SoundFormat) -> SampleBuffer:
        start = as_time(passage.start + Fraction(block.position, format.rate), format.rate)
        return SampleBuffer(
            block.data,
            format=format.description,
            timings=[SampleTiming(start, Time(1, format.rate))],
            num_samples=block.frames,
        )

    def blocks(self, passage: Passage) -> Iterator[PcmBlock]:
        """The frames of one passage, counted from its start at the rate of the output.

        Nothing comes for a passage that shows nothing or holds one moment: a moment has no sound.
        """
        if passage.media_start is None or not passage.rate:
            return
        if passage.rate == 1:
            yield from self._cut(passage.media_start, passage.media_end)
            return
        media = self._cut(passage.media_start, passage.media_end)
        first = next(media, None)
        if first is None:
            return
        assert self._format is not None
        yield from stretch(_chained(first, media), self._format, passage.rate, self._algorithm)

    def _cut(self, start: Fraction, end: Fraction) -> Iterator[PcmBlock]:
        """The frames from one moment of the media to another, counted from the first."""
        bounds: tuple[int, int] | None = None
        for block in self._decoded(start, end):
            assert self._format is not None
            if bounds is None:
                bounds = nearest(start * self._format.rate), nearest(end * self._format.rate)
            kept = block.cut(*bounds)
            if kept.frames:
                yield PcmBlock(kept.position - bounds[0], kept.data, kept.frames)

    def _decoded(self, start: Fraction, end: Fraction) -> Iterator[PcmBlock]:
        decoder: SoundDecoder | None = None
        known: FormatDescription | None = None
        try:
            for sample in samples_of(self._media, self._facts, start - self._lead, end):
                format = description_of(self._facts, sample)
                if decoder is None or format is not known:
                    if decoder is not None:
                        yield from self._noted(decoder, decoder.drain())
                        decoder.close()
                    decoder, known = self._decoder(format), format
                yield from self._noted(decoder, self._run(decoder, sample))
            if decoder is not None:
                yield from self._noted(decoder, decoder.drain())
        finally:
            if decoder is not None:
                decoder.close()

    def _run(self, decoder: SoundDecoder, sample: StoredSample) -> list[PcmBlock]:
        try:
            return decoder.decode(
                sample.data,
                sample.presentation,
                sample.count,
                skip_start=sample.skip_start,
                skip_end=sample.skip_end,
            )
        except ReelwrightError as error:
            raise error.about(track=self._facts.track_id) from None

    def _noted(self, decoder: SoundDecoder, blocks: list[PcmBlock]) -> Iterator[PcmBlock]:
        """The blocks, once it is noted what they are; a track whose sound changes goes on in the form it began in."""
        if self._format is None and decoder.output_format is not None:
            self._format = decoder.output_format
        yield from blocks

    def _decoder(self, format: FormatDescription) -> SoundDecoder:
        return SoundDecoder(
            format,
            output=self._format or self._output,
            timescale=self._facts.time_scale,
            mastering=self._mastering,
        )

    @property
    def _lead(self) -> Fraction:
        """Seconds of sound that a decoder is given before the first frame that counts."""
        leads = [
            Fraction(preroll_packets(format) * (format.frames_per_packet or _PACKET), format.sample_rate)
            for format in self._facts.formats
            if format.sample_rate
        ]
        return max(leads, default=Fraction(0))


def _chained(first: PcmBlock, rest: Iterator[PcmBlock]) -> Iterator[PcmBlock]:
    yield first
    yield from rest


def _gathered(blocks: Iterator[PcmBlock]) -> Iterator[PcmBlock]:
    """Blocks that follow one another made one, until they are large enough to be worth a buffer."""
    held: list[PcmBlock] = []
    frames = 0
    for block in blocks:
        if held and (held[-1].end != block.position or frames >= _GATHERED or block.frames >= _GATHERED):
            yield _joined(held)
            held, frames = [], 0
        held.append(block)
        frames += block.frames
    if held:
        yield _joined(held)


def _joined(blocks: list[PcmBlock]) -> PcmBlock:
    if len(blocks) == 1:
        return blocks[0]
    data = memoryview(b"".join(block.data for block in blocks))
    return PcmBlock(blocks[0].position, data, sum(block.frames for block in blocks))


def mixed(
    parts: Sequence[MixPart],
    settings: AudioSettings | None,
    algorithm: AudioTimePitchAlgorithm,
    start: Fraction,
    end: Fraction,
) -> Iterator[SampleBuffer]:
    """Tracks added up at equal levels, from one moment of the asset to another without a gap.

    Args:
        settings: linear PCM; None for floats at the highest rate of the tracks, with the channels of the one that has
            most.
    """
    output = SoundFormat.resolved(settings, _richest(parts))
    wanted = mixing_format(output)
    readers = [
        SoundReader(part.media, part.facts, wanted, algorithm, mastering=wants_mastering(settings)) for part in parts
    ]
    streams = [_on_asset(reader, part, wanted.rate) for reader, part in zip(readers, parts, strict=True)]
    for block in mix(streams, output, nearest(start * output.rate), nearest(end * output.rate)):
        yield SampleBuffer(
            block.data,
            format=output.description,
            timings=[SampleTiming(Time(block.position, output.rate), Time(1, output.rate))],
            num_samples=block.frames,
        )


def _richest(parts: Sequence[MixPart]) -> FormatDescription:
    """Floats of the highest rate and of the most channels among the tracks."""
    formats = [part.facts.formats[0] for part in parts]
    most = max(formats, key=lambda format: format.channels)
    return SoundFormat(max(format.sample_rate for format in formats), most.channels, most.channel_layout).description


def _on_asset(reader: SoundReader, part: MixPart, rate: int) -> Iterator[PcmBlock]:
    """A track's sound, counted from the asset's beginning."""
    for passage in part.passages:
        first = nearest(passage.start * rate)
        for block in reader.blocks(passage):
            yield PcmBlock(first + block.position, block.data, block.frames)
