"""``AssetReaderTrackOutput``: the media of one track, as stored or decoded (``AVAssetReaderTrackOutput``).

Without settings the track's samples come as they lie in the file; with settings, pictures and sound come decoded, cut
to exactly what the track's edits show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import ProtectedMediaError
from reelwright.model.kinds import AudioTimePitchAlgorithm, MediaType
from reelwright.model.pixel import PixelBufferAttributes
from reelwright.model.sample import SampleBuffer
from reelwright.model.time_range import TimeRange
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.buffers import picture_buffers, sound_buffers, stored_buffers
from reelwright.reading.output_settings import PICTURES, OutputSettings, read_settings
from reelwright.reading.outputs import AssetReaderOutput, foreign
from reelwright.reading.pictures import PictureReader
from reelwright.reading.sound import SoundReader
from reelwright.reading.stored import check_described

__all__ = ["AssetReaderTrackOutput"]


class AssetReaderTrackOutput(AssetReaderOutput):
    """Reads one track (``AVAssetReaderTrackOutput``).

    Args:
        track: of the reader's asset.
        output_settings: None for samples as they are stored. Video: a ``PixelFormat``, ``PixelBufferAttributes``, or a
            mapping with Core Video's keys (``"PixelFormatType"``, ``"Width"``, ``"Height"``); an empty mapping gives
            pictures as they are decoded. Sound: ``AudioSettings`` for linear PCM or a mapping with AVFoundation's keys;
            an empty mapping gives sound as it is decoded.

    >>> output = AssetReaderTrackOutput(track, PixelFormat.RGB24)

    Decoded pictures come in the order they are shown, as ``buffer.image`` with read-only planes; each is shown for
    ``buffer.duration``. Decoded sound comes in blocks of frames × channels (``buffer.array``), without the encoder's
    priming. Stored samples come in decode order; those needed only for decoding say so (``do_not_display``, and trims).
    All times are the asset's. Where the track shows nothing there are no decoded buffers; stored ones have a marker
    there (``BufferAttachment.EMPTY_MEDIA``).

    Raises:
        InvalidArgumentError: no track. SettingsError: settings that a reader refuses.
    """

    def __init__(self, track: AssetTrack, output_settings: Any = None) -> None:
        if not isinstance(track, AssetTrack):
            raise foreign(track)
        super().__init__([track], track.media_type)
        self._settings = _read(output_settings, track.media_type)
        self._decodes = output_settings is not None
        self._algorithm = AudioTimePitchAlgorithm.SPECTRAL
        if self._decodes and track.media_type in PICTURES:
            self._ahead_items = 4

    @property
    def track(self) -> AssetTrack:
        return self.tracks[0]

    @property
    def output_settings(self) -> OutputSettings | None:
        """What decoded media is converted to; None where it comes as stored, or as decoded."""
        return self._settings

    @property
    def audio_time_pitch_algorithm(self) -> AudioTimePitchAlgorithm:
        """How sound is played at another speed where an edit asks for one; set before reading starts."""
        return self._algorithm

    @audio_time_pitch_algorithm.setter
    def audio_time_pitch_algorithm(self, value: AudioTimePitchAlgorithm | str) -> None:
        self._check_unstarted("audio_time_pitch_algorithm")
        self._algorithm = AudioTimePitchAlgorithm(value)

    # ------------------------------------------------------------------ reading

    def _check(self) -> None:
        track = self.track
        check_described(track.facts)
        if not self._decodes:
            return
        if track.facts.is_protected:
            raise ProtectedMediaError(
                f"track {track.track_id} is protected; its samples cannot be decoded.",
                track=track.track_id,
                hint="Read it as stored (no output settings), or decrypt the file first.",
            )
        if track.media_type in PICTURES:
            PictureReader(track.asset.media, track.facts).check()
        else:
            self._sound_reader().check()

    def _read(self, ranges: Sequence[TimeRange]) -> Iterator[SampleBuffer]:
        if not self._decodes:
            return stored_buffers(self.track, ranges)
        if self.track.media_type in PICTURES:
            return picture_buffers(self.track, ranges, self._asked, copies=self.always_copies_sample_data)
        return sound_buffers(self._sound_reader(), self.track, ranges)

    @property
    def _asked(self) -> PixelBufferAttributes:
        return self._settings if isinstance(self._settings, PixelBufferAttributes) else PixelBufferAttributes()

    def _sound_reader(self) -> SoundReader:
        settings = self._settings if isinstance(self._settings, AudioSettings) else None
        return SoundReader(self.track.asset.media, self.track.facts, settings, self._algorithm)


def _read(settings: Any, media_type: MediaType) -> OutputSettings | None:
    decodes = media_type in (*PICTURES, MediaType.AUDIO)
    if decodes and isinstance(settings, Mapping) and not settings:
        return None
    return read_settings(settings, media_type)
