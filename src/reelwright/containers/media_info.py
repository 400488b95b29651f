"""What a media file holds, as facts to print or to check: ``MediaInfo`` with its streams and chapters.

These are plain records. A fact that the file does not state, or that only reading all of it would tell, is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from reelwright.model.color import ColorProperties
from reelwright.model.time import Time

__all__ = ["ChapterInfo", "MediaInfo", "StreamInfo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamInfo:
    """One stream of a file.

    Attributes:
        index: its number in the file, from 0.
        kind: ``"video"``, ``"audio"``, ``"subtitle"``, ``"data"`` or ``"attachment"``.
        codec: FFmpeg's name of the encoding (``"h264"``); None when it is not known.
        tag: the four-character code in the file, empty where the container has none.
        codec_string: RFC 6381's, as browsers want it (``"avc1.640028"``); None where it cannot be told.
        profile, level: as the codec's standard writes them (``"High"``, ``"4.1"``).
        start_time: presentation time of the first sample. duration: from there to the end.
        time_base: seconds in one tick of its timestamps.
        bit_rate: bits a second. frame_count: samples in the file, as the file states it.
        language: ISO 639-2, None when undetermined. metadata: the stream's own tags.
        is_default: played unless told otherwise. is_cover: a still picture that stands for the whole.

    Attributes of video:
        width, height: coded pixels. display_width, display_height: as shown: pixel aspect and rotation applied.
        rotation: degrees clockwise that a player turns the picture before showing it: 0, 90, 180 or 270 as a rule.
        pixel_format: FFmpeg's name. pixel_aspect_ratio: width of a pixel by its height.
        average_frame_rate: frames by duration. nominal_frame_rate: the lowest rate whose grid holds all times
            (FFmpeg's ``r_frame_rate``, a guess from the first seconds).
        color: tags with names here. color_codes: H.273 primaries, transfer, matrix; both None when untagged.
        full_range: True full, False video range, None when untagged.

    Attributes of sound:
        sample_rate, channels. channel_layout: FFmpeg's name, None for channels without speakers.
        sample_format: FFmpeg's name of what the decoder delivers.
    """

    index: int
    kind: str
    codec: str | None = None
    tag: str = ""
    codec_string: str | None = None
    profile: str | None = None
    level: str | None = None
    start_time: Time | None = None
    duration: Time | None = None
    time_base: Fraction | None = None
    bit_rate: int | None = None
    frame_count: int | None = None
    language: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    is_default: bool = False
    is_cover: bool = False
    width: int | None = None
    height: int | None = None
    display_width: Fraction | None = None
    display_height: Fraction | None = None
    rotation: Fraction | None = None
    pixel_format: str | None = None
    pixel_aspect_ratio: Fraction | None = None
    average_frame_rate: Fraction | None = None
    nominal_frame_rate: Fraction | None = None
    color: ColorProperties | None = None
    color_codes: tuple[int, int, int] | None = None
    full_range: bool | None = None
    sample_rate: int | None = None
    channels: int | None = None
    channel_layout: str | None = None
    sample_format: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterInfo:
    """A named part of the file: from ``start`` up to ``end``."""

    start: Time
    end: Time
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """What a file holds.

    Attributes:
        path: as given. size: bytes.
        container: FFmpeg's short names of the format (``"mov,mp4,m4a,3gp,3g2,mj2"``). container_name: in words.
        start_time, duration: of the whole presentation. bit_rate: bits a second over all.
        metadata: the file's own tags, as FFmpeg names them.
    """

    path: str
    size: int
    container: str
    container_name: str
    start_time: Time | None = None
    duration: Time | None = None
    bit_rate: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    streams: tuple[StreamInfo, ...] = ()
    chapters: tuple[ChapterInfo, ...] = ()

    def of_kind(self, kind: str) -> tuple[StreamInfo, ...]:
        """The streams of one kind, ``"video"``, ``"audio"`` …; cover pictures are not counted as video."""
        return tuple(stream for stream in self.streams if stream.kind == kind and not stream.is_cover)
