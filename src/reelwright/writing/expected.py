"""What a film's tracks will hold, as far as its inputs and a hint of its duration tell before anything is appended.

Room for a header in front is left by it, so the numbers are rather too large than too small: what is too much becomes a
few unused bytes, what is too little costs moving the media when the film is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from reelwright.containers.movie import ExpectedTrack
from reelwright.model.codec_traits import traits
from reelwright.model.kinds import AudioFormat, MediaType
from reelwright.model.settings import VideoSettings

if TYPE_CHECKING:
    from reelwright.writing.input import AssetWriterInput

__all__ = ["expected_tracks"]

_PICTURES = Fraction(60)  # a second, where nothing is said
_CHUNKS = 4  # a second: the interleaver makes one, or one for a mebibyte
_RATE = 48000
_PACKET = 960  # frames: the shortest that encoders of sound usually make (20 ms of Opus)
_OTHER = 10  # texts or metadata a second


def expected_tracks(inputs: Iterable[AssetWriterInput], duration: Fraction) -> list[ExpectedTrack]:
    """One entry an input, for a film of so many seconds."""
    expect = {MediaType.VIDEO: _pictures, MediaType.AUDIO: _sound}
    return [expect.get(input.media_type, _others)(input, duration) for input in inputs]


def _pictures(input: AssetWriterInput, duration: Fraction) -> ExpectedTrack:
    settings = input.output_settings
    rate, is_intra, is_reordered = None, False, True
    if isinstance(settings, VideoSettings):
        rate = settings.compression.expected_source_frame_rate
        is_intra = traits(settings.codec).is_intra
        is_reordered = not is_intra and settings.compression.allow_frame_reordering is not False
    samples = ceil(duration * (rate or _PICTURES)) + 1
    return ExpectedTrack(
        samples=samples,
        chunks=samples if is_intra else min(samples, _chunks(duration)),  # their samples may be a mebibyte each
        is_reordered=is_reordered,
        has_sync_samples=not is_intra,
    )


def _sound(input: AssetWriterInput, duration: Fraction) -> ExpectedTrack:
    settings, hint = input.output_settings, input.source_format_hint
    rate, packet = (hint.sample_rate, hint.frames_per_packet) if hint is not None else (0, 0)
    if settings is not None and not isinstance(settings, VideoSettings):
        rate = settings.sample_rate or rate
        packet = 1 if settings.format is AudioFormat.LINEAR_PCM else _PACKET
    packets = 0 if packet == 1 else ceil(duration * (rate or _RATE) / (packet or _PACKET)) + 8
    return ExpectedTrack(
        samples=packets, chunks=_chunks(duration), is_reordered=False, is_steady=True, has_sync_samples=False
    )


def _others(input: AssetWriterInput, duration: Fraction) -> ExpectedTrack:
    samples = ceil(duration * _OTHER) + 1
    return ExpectedTrack(samples=samples, chunks=samples, is_reordered=False, has_sync_samples=False)


def _chunks(duration: Fraction) -> int:
    return ceil(duration * _CHUNKS) + 1
