"""Files that FFmpeg's demuxers read: what they hold (``probe``), and their sound (``open_sound``).

Only local files are opened: a playlist or a movie that points elsewhere by a network address leads nowhere. Edit lists,
priming and padding are honoured by the demuxer, so that sound comes out sample by sample as a player would play it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer

from reelwright.codecs._av import FFmpegError, reason
from reelwright.codecs.audio_decoder import decode_frames, decode_sound, format_of, without_tail
from reelwright.containers.media_info import ChapterInfo, MediaInfo, StreamInfo
from reelwright.isobmff.codec_config import codec_string, describe_parameters
from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidArgumentError, InvalidMediaError, MediaNotFoundError, SettingsError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.sample import SampleBuffer
from reelwright.model.time import Time

__all__ = ["SoundSource", "open_sound", "probe"]

Path = str | os.PathLike[str]

_LOCAL_ONLY = {"protocol_whitelist": "file"}
_TEXT_SCREENS = "tty"  # FFmpeg shows any text file as a film of a terminal
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
    with _opened(path) as container:
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


def open_sound(path: Path, stream: int = 0) -> SoundSource:
    """The sound of a file: WAV, MP3, M4A, FLAC, Ogg, a film …

    Args:
        path: a local file. stream: which of its sound streams, from 0.

    Raises:
        MediaNotFoundError: no such file. InvalidMediaError: no media, no such stream, or sound that cannot be decoded.
        OSError: it cannot be read.
    """
    with _opened(path) as container:
        track = _sound_stream(container, stream, path)
        first = next(decode_frames(container.demux(track)), None)
        if first is None:
            raise InvalidMediaError(f"the sound of {os.fspath(path)!r} holds not one frame.", path=path)
        description = format_of(first)
        ticks = track.duration
        length = None if ticks is None or track.time_base is None else ticks * track.time_base * description.sample_rate
        return SoundSource(
            path=os.fspath(path),
            stream=stream,
            format=description,
            start=_start(container, first),
            duration_frames=None if length is None else round(length),
        )


@dataclass(frozen=True, slots=True)
class SoundSource:
    """Sound in a file, to be gone through as often as wanted: each ``iter`` opens the file anew.

    >>> for buffer in open_sound("voice.m4a"):
    ...     audio_input.append(buffer)

    Attributes:
        format: linear PCM as the decoder gives it. rate, channels, layout: its own.
        start: when the sound begins on the file's time line: later than zero in a film whose sound comes late.
        duration_frames: as the file states it, None when it does not. MP3 and raw AAC state estimates; what the
            iteration delivers is exact.

    Raises (iterating):
        InvalidMediaError: sound that cannot be decoded, or that changes its rate or channels.
    """

    path: str
    stream: int
    format: FormatDescription
    start: Time
    duration_frames: int | None

    @property
    def rate(self) -> int:
        return self.format.sample_rate

    @property
    def channels(self) -> int:
        return self.format.channels

    @property
    def layout(self) -> str | None:
        return self.format.channel_layout

    def __iter__(self) -> Iterator[SampleBuffer]:
        """Buffers of about a second (the last is shorter), one after the other without a gap, from ``start`` on."""
        with _opened(self.path) as container:
            track = _sound_stream(container, self.stream, self.path)
            packets = _Packets(container, track)
            try:
                yield from without_tail(decode_sound(packets, self.start), packets.surplus)
            except FFmpegError as error:
                raise _unreadable(self.path, reason(error)) from None


class _Packets:
    """A stream's packets, and where its sound ends.

    A movie file says by its edit list, or by the last packet's duration, how much of that packet counts; the demuxer
    leaves it to the player. (Other containers' padding is cut off by the decoder; their times are too coarse for it.)
    """

    def __init__(self, container: InputContainer, track: Any) -> None:
        self._container = container
        self._track = track
        self._last: int | None = None

    def __iter__(self) -> Iterator[av.Packet[Any]]:
        for packet in self._container.demux(self._track):
            if packet.pts is not None:
                self._last = packet.pts + (packet.duration or 0)
            yield packet

    def surplus(self, frames: int) -> int:
        """How many of the last of that many frames lie after the end."""
        track = self._track
        exact = track.time_base == Fraction(1, track.codec_context.sample_rate)
        if "mov" not in self._container.format.name or not exact or self._last is None:
            return 0
        start = track.start_time or 0
        length = self._last - start
        if track.duration is not None:
            length = min(length, track.duration)
        excess = frames - length
        return excess if 0 < excess <= 2 * track.codec_context.frame_size else 0


def _opened(path: Path) -> InputContainer:
    name = os.fspath(path)
    if not isinstance(name, str):
        raise InvalidArgumentError(f"a path must be text, not {name!r}.", hint="Decode it with os.fsdecode.")
    try:
        with open(name, "rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        missing = MediaNotFoundError(f"there is no file {name!r}.", path=name, hint="Check the name and the folder.")
        missing.errno, missing.filename = error.errno, name
        raise missing from None
    except IsADirectoryError:
        raise InvalidMediaError(f"{name!r} is a folder, not a media file.", path=name) from None
    if empty:
        raise InvalidMediaError(f"{name!r} is empty.", path=name, hint="Was it written to the end?")
    return _demuxer(name)


def _demuxer(name: str) -> InputContainer:
    try:
        container = av.open(os.path.abspath(name), "r", options=dict(_LOCAL_ONLY), metadata_errors="replace")
    except (FFmpegError, ValueError) as error:
        trouble = reason(error)
    else:
        if len(container.streams) and container.format.name != _TEXT_SCREENS:
            return container
        container.close()
        trouble = "it holds no streams" if container.format.name != _TEXT_SCREENS else "it is text"
    raise _unreadable(name, trouble)


def _unreadable(path: str, trouble: str) -> InvalidMediaError:
    return InvalidMediaError(
        f"{path!r} is no media that can be read: {trouble}.",
        path=path,
        hint="Check that it is whole and that a player plays it.",
    )


def _sound_stream(container: InputContainer, number: int, path: Path) -> Any:
    streams = container.streams.audio
    if not streams:
        raise InvalidMediaError(
            f"{os.fspath(path)!r} holds no sound.", path=path, hint="Choose a file with a sound track."
        )
    if not 0 <= number < len(streams):
        raise InvalidMediaError(
            f"{os.fspath(path)!r} holds {len(streams)} sound streams; number {number} is not among them.",
            path=path,
            hint="Numbers start at 0.",
        )
    return streams[number]


def _start(container: InputContainer, first: av.AudioFrame) -> Time:
    """The first frame's time, counted from where the file's presentation starts."""
    if first.pts is None or first.time_base is None:
        return Time.ZERO
    origin = (container.start_time or 0) * _MICROSECOND
    seconds = max(Fraction(0), first.pts * first.time_base - origin)
    return Time(round(seconds * first.sample_rate), first.sample_rate)


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
    tag = stream.codec_tag if context is not None else ""
    return StreamInfo(
        index=stream.index,
        kind=stream.type,
        codec=None if context is None else context.name,
        tag=tag if tag.isprintable() and "[" not in tag and "\\" not in tag else "",
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


def _description(stream: Any) -> FormatDescription | None:
    """What our own engine needs to read a codec's configuration; None for other codecs, or when there is none."""
    context = stream.codec_context
    entries = _ENTRIES.get(context.name)
    if entries is None or not context.extradata:
        return None
    return FormatDescription(
        media_type=MediaType.AUDIO if stream.type == "audio" else MediaType.VIDEO,
        media_subtype=stream.codec_tag if stream.codec_tag in entries else entries[0],
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
        "color": _color(codes),
        "color_codes": None if codes == (2, 2, 2) else codes,
        "full_range": {1: False, 2: True}.get(int(context.color_range)),
    }


def _color(codes: tuple[int, int, int]) -> ColorProperties | None:
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
