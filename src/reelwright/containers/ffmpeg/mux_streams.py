"""The streams of a file that FFmpeg's muxer writes: from format descriptions to FFmpeg's codec parameters.

PyAV can make a stream for stored packets, but not tell it the encoding's configuration, colours, light levels or
channels. All of these are facts of a stream that was read; so a movie of one sample a track, made in memory by our own
engine, is opened by FFmpeg, and its streams are the patterns for those that are written.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer, OutputContainer

from reelwright.codecs._av import FFmpegError, reason
from reelwright.containers.alpha_apart import brings_alpha
from reelwright.containers.movie import Chunk, MovieWriter, TrackOptions
from reelwright.isobmff.codec_config import media_subtype
from reelwright.isobmff.language import language_letters
from reelwright.model.errors import SettingsError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time
from reelwright.storage.destination import open_destination

__all__ = ["Described", "add_streams"]

_DEFAULT, _NONE = 1, 0  # FFmpeg's dispositions
_ENCODERS = {"mp4a": "aac", "ac-3": "ac3", "ec-3": "eac3"}
_PRIMING = {"aac": 1024, "ac3": 256, "eac3": 256}  # of FFmpeg's own encoders
_ROUGH = 1000  # parts of a second
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
_PATTERN = bytes(64)
_ONLY_QUICKTIME = ("apco", "apcs", "apcn", "apch", "ap4h", "ap4x", "jpeg", "lpcm")


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a track before its first packet is written.

    Attributes:
        format, options: as everywhere. rate: pictures a second where they are constant, else None.
        priming: frames of sound before the sound proper.
    """

    format: FormatDescription
    options: TrackOptions
    rate: Fraction | None = None
    priming: int = 0


def add_streams(output: OutputContainer, tracks: Sequence[Described]) -> list[Any]:
    """Add a stream for each track, in order.

    Raises:
        SettingsError: FFmpeg's muxer cannot carry an encoding, or cannot tell its priming.
    """
    streams = []
    for track in tracks:
        pattern = _pattern(track)
        try:
            streams.append(_added(output, pattern, track))
        except SettingsError:
            raise
        except ValueError as error:
            raise SettingsError(f"{reason(error)}.", hint="Choose another encoding, or write .mov.") from None
        finally:
            pattern.close()
    seen: set[MediaType] = set()
    for stream, track in zip(streams, tracks, strict=True):
        kind, options = track.options.media_type, track.options
        stream.disposition = _DEFAULT if options.enabled and kind not in seen else _NONE
        if options.enabled:
            seen.add(kind)
        language = language_letters(options.language_code, options.extended_language_tag)
        stream.metadata.update({"language": language} | ({"title": options.name} if options.name else {}))
        if brings_alpha(track.format):
            stream.metadata["alpha_mode"] = "1"
    return streams


def _added(output: OutputContainer, pattern: InputContainer, track: Described) -> Any:
    encoder = _ENCODERS.get(media_subtype(track.format))
    if encoder is not None and track.priming:
        return _of_encoder(output, encoder, track)
    stream: Any = output.add_stream_from_template(pattern.streams[0], opaque=True)
    if track.rate is not None:
        stream.codec_context.framerate = track.rate
    return stream


def _of_encoder(output: OutputContainer, encoder: str, track: Described) -> Any:
    """A stream of one of FFmpeg's own encoders: of these encodings, they alone say how much is priming.

    Raises:
        SettingsError: sound from elsewhere, with another priming or configuration: nothing could say so.
    """
    format = track.format
    stream: Any = output.add_stream(encoder, rate=format.sample_rate)
    context = stream.codec_context
    context.layout = format.channel_layout or _LAYOUTS.get(format.channels, format.channels)
    context.format = "fltp"
    context.open()
    extradata = bytes(context.extradata or b"")
    same = encoder != "aac" or extradata == bytes(format.codec_config)
    # Other containers tell it in milliseconds: what is that near is the encoder's own.
    is_own = abs(track.priming - _PRIMING[encoder]) * _ROUGH <= format.sample_rate
    if not is_own or not same:
        raise SettingsError(
            f"FFmpeg's Matroska muxer cannot be told that {track.priming} frames of this {encoder.upper()} are encoder "
            "delay.",
            hint="Decode and encode it (as Opus, FLAC or AAC), or write .mov or .mp4, which keep it as it is.",
        )
    return stream


def _pattern(track: Described) -> InputContainer:
    """A movie of one sample in the track's format, as FFmpeg reads it.

    Raises:
        SettingsError: it does not.
    """
    format = track.format
    is_quicktime = format.media_subtype in _ONLY_QUICKTIME or format.pcm is not None
    film = io.BytesIO()
    destination = open_destination(film)
    destination.open()
    movie = MovieWriter(destination, FileType.MOV if is_quicktime else FileType.MP4)
    made = movie.add_track(replace(track.options, language_code=None, extended_language_tag=None, name=None))
    number = made.describe(format)
    movie.begin()
    size = format.bytes_per_frame or len(_PATTERN)
    rate = format.sample_rate or 25
    payload = _PATTERN * (-(-size // len(_PATTERN)))
    movie.write_chunk(made, Chunk(number, rate, [payload[:size]], 1, size, decode=0, durations=1))
    movie.finish(session_start=Time.ZERO, session_end=None, header_first=True)
    destination.commit()
    film.seek(0)
    words = ""
    try:
        return av.open(film, "r")
    except FFmpegError as error:
        words = reason(error)
    raise SettingsError(
        f"FFmpeg does not understand the description of {format.media_subtype!r}: {words}.",
        hint="See that codec_config and atoms are whole, or write .mov, which keeps them as they are.",
    )
