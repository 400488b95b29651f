"""What a file holds, as FFmpeg's demuxers see it, to print or to check: ``probe``.

Reads a file's head and the first picture of each video stream, for its rotation; plain records come out.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from av.container import InputContainer

from reelwright.codecs._av import FFmpegError
from reelwright.containers.ffmpeg.local import Path, opened
from reelwright.containers.media_info import ChapterInfo, MediaInfo, StreamInfo
from reelwright.isobmff.codec_config import codec_string, describe_parameters
from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidMediaError, SettingsError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time

__all__ = ["color_of", "probe", "tag_of"]

_MICROSECOND = Fraction(1, 1_000_000)
_FIRST_PACKETS = 250  # how far to look for the first picture
# Sample entries that say enough for a codecs string, by FFmpeg's name of the codec, where the container has no codes.
_ENTRIES = {"h264": ("avc1", "avc3"), "hevc": ("hvc1", "hev1"), "aac": ("mp4a",)}
# Units of the level numbers in H.264 (tenths) and HEVC (thirtieths).
_LEVEL_UNITS = {"h264": 10, "hevc": 30}
_COVER = "attached_pic"


def probe(path: Path) -> MediaInfo:
    """What a file holds: container, streams, chapters, tags. Reads its head and the first picture of each video stream.

    Raises:
        MediaNotFoundError: no such file. InvalidMediaError: no media that FFmpeg knows. OSError: it cannot be read.
    """
    with opened(path) as container:
        rotations = _rotations(container)
        streams = tuple(_stream(one, rotations.get(one.index)) for one in container.streams)
        return MediaInfo(
            path=os.fspath(path),
            size=os.path.getsize(path),
            container=container.format.name,
            container_name=container.format.long_name,
            start_time=_time(container.start_time, _MICROSECOND),
            duration=_time(container.duration, _MICROSECOND),
            bit_rate=container.bit_rate or None,
            metadata=dict(container.metadata),
            streams=streams,
            chapters=tuple(_chapter(one) for one in container.chapters()),
        )


def _time(ticks: int | None, base: Fraction | None) -> Time | None:
    return None if ticks is None or base is None else Time(ticks * base.numerator, base.denominator)


def _rotations(container: InputContainer) -> dict[int, Fraction]:
    """How far each video stream's pictures are to be turned; the file's matrix comes with its first picture."""
    waiting = {stream.index: stream for stream in container.streams.video if _COVER not in _roles(stream)}
    found: dict[int, Fraction] = {}
    if not waiting:
        return found
    for count, packet in enumerate(container.demux(*waiting.values())):
        if len(found) == len(waiting) or count > _FIRST_PACKETS * len(waiting):
            break
        if packet.stream.index in found:
            continue
        try:
            frames = packet.decode()
        except FFmpegError:
            continue  # a stream cut at its start; the next key frame will do
        for frame in frames[:1]:
            found[packet.stream.index] = Fraction(-frame.rotation % 360)  # type: ignore[union-attr]
    return found


def _roles(stream: Any) -> set[str]:
    return {role.name for role in type(stream.disposition) if role in stream.disposition and role.name}


def _stream(stream: Any, rotation: Fraction | None) -> StreamInfo:
    context = stream.codec_context
    roles = _roles(stream)
    facts: dict[str, Any] = {}
    if stream.type == "video":
        facts = _video(stream, rotation or Fraction(0))
    elif stream.type == "audio":
        facts = _audio(stream)
    language = stream.metadata.get("language")
    return StreamInfo(
        index=stream.index,
        kind=stream.type,
        codec=None if context is None else context.name,
        tag=tag_of(context),
        codec_string=None if context is None else _codec_string(stream),
        profile=None if context is None else stream.profile,
        level=None if context is None else _level(stream),
        start_time=_time(stream.start_time, stream.time_base),
        duration=_time(stream.duration, stream.time_base),
        time_base=stream.time_base,
        bit_rate=None if context is None else context.bit_rate or None,
        frame_count=stream.frames or None,
        language=None if language in (None, "und") else language,
        metadata={key: value for key, value in stream.metadata.items() if key != "language"},
        is_default="default" in roles,
        is_cover=_COVER in roles,
        **facts,
    )


def tag_of(context: Any) -> str:
    """The four-character code that stands in the file; empty where there is none that can be read."""
    try:
        tag = "" if context is None else str(context.codec_tag)
    except UnicodeDecodeError:  # not letters, and PyAV reads them as such
        return ""
    return tag if tag.isprintable() and "[" not in tag and "\\" not in tag else ""


def _description(stream: Any) -> FormatDescription | None:
    """What our own engine needs to read a codec's configuration; None for other codecs, or when there is none."""
    context = stream.codec_context
    entries = _ENTRIES.get(context.name)
    if entries is None or not context.extradata:
        return None
    return FormatDescription(
        media_type=MediaType.AUDIO if stream.type == "audio" else MediaType.VIDEO,
        media_subtype=tag if (tag := tag_of(context)) in entries else entries[0],
        codec_config=bytes(context.extradata),
    )


def _level(stream: Any) -> str | None:
    unit = _LEVEL_UNITS.get(stream.codec_context.name)
    description = _description(stream)
    if unit is None or description is None:
        return None
    try:
        facts = describe_parameters(description)
    except InvalidMediaError:
        return None
    return None if facts is None else f"{facts.level / unit:.1f}"


def _codec_string(stream: Any) -> str | None:
    """RFC 6381's name, for the codecs whose configuration is understood here."""
    description = _description(stream)
    try:
        return None if description is None else codec_string(description)
    except InvalidMediaError:
        return None


def _video(stream: Any, rotation: Fraction) -> dict[str, Any]:
    context = stream.codec_context
    aspect = context.sample_aspect_ratio or Fraction(1)
    size = (context.width * aspect, Fraction(context.height))
    turned = rotation % 180 == 90
    codes = (context.color_primaries, context.color_trc, context.colorspace)
    return {
        "width": context.width,
        "height": context.height,
        "display_width": size[1] if turned else size[0],
        "display_height": size[0] if turned else size[1],
        "rotation": rotation,
        "pixel_format": context.pix_fmt,
        "pixel_aspect_ratio": aspect,
        "average_frame_rate": stream.average_rate or None,
        "nominal_frame_rate": stream.base_rate or None,
        "color": color_of(codes),
        "color_codes": None if codes == (2, 2, 2) else codes,
        "full_range": {1: False, 2: True}.get(int(context.color_range)),
    }


def color_of(codes: tuple[int, int, int]) -> ColorProperties | None:
    try:
        color = ColorProperties(*(int(code) for code in codes))
    except SettingsError:
        return None
    return color if color.is_specified else None


def _audio(stream: Any) -> dict[str, Any]:
    layout = stream.codec_context.layout
    nameless = any(channel.name == "NONE" for channel in layout.channels)
    return {
        "sample_rate": stream.codec_context.sample_rate,
        "channels": layout.nb_channels,
        "channel_layout": None if nameless else layout.name,
        "sample_format": stream.codec_context.format.name if stream.codec_context.format else None,
    }


def _chapter(chapter: Mapping[str, Any]) -> ChapterInfo:
    base = chapter["time_base"] or _MICROSECOND
    start, end = _time(chapter["start"], base), _time(chapter["end"], base)
    assert start is not None
    assert end is not None
    return ChapterInfo(start=start, end=end, title=chapter["metadata"].get("title") or None)
