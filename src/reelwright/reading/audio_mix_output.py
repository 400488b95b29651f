"""``AssetReaderAudioMixOutput``: several tracks of sound as one stream (``AVAssetReaderAudioMixOutput``).

Every track is decoded to the same rate and layout and laid on the asset's time line, where they are added up at equal
levels; what no track fills is silence, so that the stream runs without a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.kinds import AudioTimePitchAlgorithm, MediaType
from reelwright.model.sample import SampleBuffer
from reelwright.model.time_range import TimeRange
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.output_settings import sound_settings
from reelwright.reading.outputs import AssetReaderOutput, foreign, shown_passages
from reelwright.reading.sound import MixPart, SoundReader, mixed

__all__ = ["AssetReaderAudioMixOutput"]


class AssetReaderAudioMixOutput(AssetReaderOutput):
    """Reads several tracks of sound as one (``AVAssetReaderAudioMixOutput``).

    Args:
        audio_tracks: one or more tracks of sound of one asset.
        audio_settings: ``AudioSettings`` for linear PCM or a mapping with AVFoundation's keys; None for floats at the
            highest rate and with the most channels of the tracks.

    >>> output = AssetReaderAudioMixOutput(asset.tracks_with_media_type(MediaType.AUDIO))

    Raises:
        InvalidArgumentError: no tracks, a track that is not sound, or tracks of several assets.
        SettingsError: settings that a reader refuses.
    """

    def __init__(self, audio_tracks: Sequence[AssetTrack], audio_settings: Any = None) -> None:
        if isinstance(audio_tracks, AssetTrack):
            raise InvalidArgumentError("one track is no list of tracks.", hint="Write [track].")
        tracks = list(audio_tracks)
        if not tracks:
            raise InvalidArgumentError("there are no tracks to mix.", hint="Give one or more tracks of sound.")
        for track in tracks:
            if not isinstance(track, AssetTrack):
                raise foreign(track)
            if track.media_type is not MediaType.AUDIO:
                raise InvalidArgumentError(
                    f"track {track.track_id} is {track.media_type.name.lower()}, not sound.",
                    hint="Take asset.tracks_with_media_type(MediaType.AUDIO).",
                )
            if track.asset is not tracks[0].asset:
                raise InvalidArgumentError("the tracks belong to several assets.", hint="Mix tracks of one asset.")
        super().__init__(tracks, MediaType.AUDIO)
        self._settings = None if audio_settings is None else sound_settings(audio_settings)
        self._algorithm = AudioTimePitchAlgorithm.SPECTRAL

    @property
    def audio_tracks(self) -> tuple[AssetTrack, ...]:
        return self.tracks

    @property
    def audio_settings(self) -> AudioSettings | None:
        """As given."""
        return self._settings

    @property
    def audio_time_pitch_algorithm(self) -> AudioTimePitchAlgorithm:
        """How sound is played at another speed where an edit asks for one; set before reading starts."""
        return self._algorithm

    @audio_time_pitch_algorithm.setter
    def audio_time_pitch_algorithm(self, value: AudioTimePitchAlgorithm | str) -> None:
        self._check_unstarted("audio_time_pitch_algorithm")
        self._algorithm = AudioTimePitchAlgorithm(value)

    def _check(self) -> None:
        for track in self.tracks:
            SoundReader(track.asset.media, track.facts, None, self._algorithm).check()

    def _read(self, ranges: Sequence[TimeRange]) -> Iterator[SampleBuffer]:
        return _mixed(self.tracks, ranges, self._settings, self._algorithm)


def _mixed(
    tracks: Sequence[AssetTrack],
    ranges: Sequence[TimeRange],
    settings: AudioSettings | None,
    algorithm: AudioTimePitchAlgorithm,
) -> Iterator[SampleBuffer]:
    for span in ranges:
        parts = [MixPart(track.asset.media, track.facts, shown_passages(track, [span])) for track in tracks]
        yield from mixed(parts, settings, algorithm, span.start.fraction, _end(tracks, span))


def _end(tracks: Sequence[AssetTrack], span: TimeRange) -> Fraction:
    """Where the stream ends: with the range, or with the last of the tracks."""
    last = max(_end_of(track) for track in tracks)
    return min(last, span.end.fraction) if span.duration.is_numeric else last


def _end_of(track: AssetTrack) -> Fraction:
    """Where a track's sound ends on the asset's time line; gone through where the file only estimates it."""
    stated = track.time_range.end.fraction
    if track.asset.facts.has_precise_timing or not track.segments or track.segments[-1].is_empty:
        return stated
    edit = track.segments[-1].time_mapping
    stream = track.asset.media.stream(track.track_id, with_data=False)
    try:
        end = max((sample.presentation + sample.duration for sample in stream), default=0)
    finally:
        stream.close()
    return edit.target.start.fraction + Fraction(end, track.facts.time_scale) - edit.source.start.fraction
