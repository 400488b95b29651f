"""A film of reordered pictures and primed sound for tests of fragments and segments: written whole, or in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from tests.isobmff import encoded
from tests.isobmff.fakes import RATE, Memory

from reelwright.containers.movie_media import MovieMedia
from reelwright.isobmff.codec_config import nal_framing
from reelwright.isobmff.fragment_writer import FragmentedMovieWriter
from reelwright.isobmff.movie_writer import Chunk, MovieSummary, MovieWriter, SampleFlag, TrackOptions
from reelwright.isobmff.segment_writer import MediaSegment, SegmentWriter
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, FileTypeProfile, MediaType
from reelwright.model.time import Time
from reelwright.storage.source import open_source
from reelwright.storage.spill import Spill

FPS = 24
SECONDS = 4
START = 10  # second of the source at which the session begins
SIZE = (64, 48)
GROUP = 12  # pictures, half a second


@dataclass(frozen=True)
class Packet:
    payload: list[Any]
    size: int
    pts: int
    dts: int
    sync: bool


class Material(NamedTuple):
    """What the encoders made; the times of packets begin at 0."""

    picture: FormatDescription
    pictures: tuple[Packet, ...]
    sound: FormatDescription
    packets: tuple[Packet, ...]
    priming: int


@cache
def material() -> Material:
    picture, pictures = _pictures()
    sound, packets = _sound()
    return Material(picture, pictures, sound, packets, -packets[0].pts)


def _pictures() -> tuple[FormatDescription, tuple[Packet, ...]]:
    codec: Any = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = *SIZE, "yuv420p", Fraction(1, FPS)
    codec.framerate, codec.thread_count = Fraction(FPS), 1
    codec.options = {"preset": "medium", "bf": "2", "x264-params": f"keyint={GROUP}:b-adapt=0:scenecut=0:open-gop=0"}
    codec.flags |= 1 << 22  # parameter sets in the extradata
    packets = []
    for number in [*range(FPS * SECONDS), None]:
        frame = None
        if number is not None:
            grey = np.full(SIZE[::-1], 20 + 2 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="gray").reformat(format="yuv420p")
            frame.pts = number
        packets += codec.encode(frame)
    made = FormatDescription(
        media_type=MediaType.VIDEO, media_subtype="avc1", width=64, height=48, codec_config=bytes(codec.extradata)
    )
    framing = nal_framing(made)
    assert framing is not None
    units = [(framing.access_unit(bytes(packet)), packet) for packet in packets]
    return made, tuple(
        Packet(unit.buffers, sum(map(len, unit.buffers)), packet.pts, packet.dts, unit.is_sync)
        for unit, packet in units
    )


def _sound() -> tuple[FormatDescription, tuple[Packet, ...]]:
    wave = (0.4 * np.sin(np.arange(RATE * SECONDS) * (2 * np.pi * 440 / RATE))).astype(np.float32)
    made, packets = encoded.aac(wave, RATE, 96000)
    return made, tuple(Packet([bytes(packet)], packet.size, packet.pts, packet.pts, True) for packet in packets)


def chunk(packets: Sequence[Packet], timescale: int, duration: int, start: int) -> Chunk:
    """Packets as a chunk whose times begin ``start`` ticks later."""
    return Chunk(
        1,
        timescale,
        [piece for packet in packets for piece in packet.payload],
        len(packets),
        [packet.size for packet in packets],
        packets[0].dts + start,
        duration,
        [packet.pts - packet.dts for packet in packets],
        [int(SampleFlag.SYNC) if packet.sync else 0 for packet in packets],
    )


def chunks(start: int = START) -> Iterator[tuple[MediaType, Chunk]]:
    """The film in chunks of half a second, pictures and sound in turn."""
    made = material()
    done = 0
    for number in range(2 * SECONDS):
        half = made.pictures[number * GROUP : (number + 1) * GROUP]
        yield MediaType.VIDEO, chunk(half, FPS, 1, start * FPS)
        upto = len(made.packets) if number == 2 * SECONDS - 1 else (number + 1) * RATE // 2 // 1024
        yield MediaType.AUDIO, chunk(made.packets[done:upto], RATE, 1024, start * RATE)
        done = upto


Hook = Callable[[], object]


class Film:
    """A film in the making: pictures are track 1, sound is track 2."""

    def __init__(self, writer: Any, *, media: Sequence[MediaType] = (MediaType.VIDEO, MediaType.AUDIO)) -> None:
        made = material()
        self.writer = writer
        self.tracks = {kind: writer.add_track(TrackOptions(media_type=kind)) for kind in media}
        for kind, track in self.tracks.items():
            track.describe(made.picture if kind is MediaType.VIDEO else made.sound)
            if kind is MediaType.AUDIO:
                track.trim_start = Time(made.priming, RATE)

    def fill(self, *, start: int = START, every: int = 0, after: Hook = lambda: None) -> None:
        """Write all chunks; ``after`` is called behind each ``every`` halves of a second but the last."""
        for number, (kind, made) in enumerate(chunks(start), 1):
            if kind in self.tracks:
                self.writer.write_chunk(self.tracks[kind], made)
            if every and not number % (2 * every) and number < 4 * SECONDS:
                after()
        if MediaType.AUDIO in self.tracks:
            made_sound = material()
            length = 1024 * len(made_sound.packets) - made_sound.priming - RATE * SECONDS
            self.tracks[MediaType.AUDIO].trim_end = Time(length, RATE)

    def finish(self, start: Time | None = None) -> MovieSummary:
        summary: MovieSummary = self.writer.finish(
            session_start=Time(START) if start is None else start, session_end=None, header_first=False
        )
        return summary


def plain(file_type: FileType = FileType.MP4) -> bytes:
    """The film as an ordinary movie."""
    memory = Memory()
    film = Film(MovieWriter(memory, file_type))
    film.writer.begin()
    film.fill()
    film.finish()
    return bytes(memory.data)


class Fragmented:
    """The film in fragments of one second, in memory.

    Attributes:
        states: bytes of the file after each step, with the step's name.
    """

    def __init__(self, file_type: FileType, *, every: int = 2, finish: bool = True, **settings: Any) -> None:
        self.memory = Memory()
        self.states: list[tuple[str, bytes]] = []
        with Spill(None, limit=None) as spill:
            options: dict[str, Any] = {"session_start": lambda: Time(START), "at_step": self._note}
            writer = FragmentedMovieWriter(self.memory, file_type, spill.queue(), **(options | settings))
            film = Film(writer)
            writer.begin()
            film.fill(every=every, after=writer.end_fragment)
            if finish:
                self.summary = film.finish()
            else:
                writer.end_fragment()

    def _note(self, step: str) -> None:
        self.states.append((str(step), self.data))

    @property
    def data(self) -> bytes:
        return bytes(self.memory.data)


class Seen(NamedTuple):
    """A sample as our reader finds it: seconds on the asset's time line before edits, and its bytes."""

    presentation: Fraction
    duration: Fraction
    sync: bool
    data: bytes


def seen(data: bytes | Path, track_id: int) -> list[Seen]:
    """Every sample of a track in decode order; presentation times count from the first decode time."""
    source = open_source(data)
    media = MovieMedia(source)
    try:
        index = media.index(track_id)
        scale, first = index.time_scale, int(index.decode[0]) if len(index) else 0
        sync = [True] * len(index) if index.sync is None else index.sync.tolist()
        return [
            Seen(Fraction(shown - first, scale), Fraction(length, scale), bool(is_sync), source.read(place, size))
            for place, size, shown, length, is_sync in zip(
                index.offsets.tolist(),
                index.sizes.tolist(),
                index.presentation.tolist(),
                index.durations.tolist(),
                sync,
                strict=True,
            )
        ]
    finally:
        media.close()


class Segmented:
    """The film in segments of one second.

    Attributes:
        initialization, segments: the bytes. reports: what the writer tells of each segment.
    """

    def __init__(
        self,
        profile: FileTypeProfile,
        media: Sequence[MediaType] = (MediaType.VIDEO, MediaType.AUDIO),
        *,
        start: int = START,
        every: int = 2,
        **settings: Any,
    ) -> None:
        self.writer = SegmentWriter(profile, **settings)
        self.segments: list[bytes] = []
        self.reports: list[MediaSegment] = []
        self.initialization = b""
        film = Film(self.writer, media=media)
        film.fill(start=start, every=every, after=self.cut)
        self.cut(is_last=True)

    def cut(self, **how: Any) -> None:
        if not self.initialization:
            self.initialization = b"".join(self.writer.initialization())
        made = self.writer.end_segment(**how)
        assert made is not None
        self.reports.append(made)
        self.segments.append(b"".join(made.buffers))
        assert made.size == len(self.segments[-1])

    @property
    def data(self) -> bytes:
        return self.initialization + b"".join(self.segments)
