"""Real streams for tests: pictures in several sizes and sound, encoded once, cut by the segment writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from tests.isobmff import encoded

from reelwright.isobmff.codec_config import codec_string, nal_framing
from reelwright.isobmff.movie_writer import Chunk, SampleFlag, TrackOptions
from reelwright.isobmff.segment_writer import MediaSegment, SegmentTrack, SegmentWriter
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileTypeProfile, MediaType
from reelwright.model.time import Time
from reelwright.streaming.dash import AdaptationSet, ContentType, Representation, TextFile, dash_manifest
from reelwright.streaming.encryption import SegmentCipher
from reelwright.streaming.hls import MediaPlaylist, PlaylistType
from reelwright.streaming.multivariant import IFrameVariant, Rendition, RenditionType, Variant, multivariant_playlist
from reelwright.streaming.output import FolderOutput, StreamOutput
from reelwright.streaming.rendition import PICTURES, PLAYLIST, SegmentFacts, StreamRendition

FPS = 24
RATE = 48000
SECONDS = 4
START = 10  # second of the time line at which the stream begins
GREYS = {"low": 60, "high": 180}
CREATED = datetime(2026, 1, 2, tzinfo=UTC)  # not the present moment: two cutters give the same bytes
SIZES = {"low": (64, 48), "high": (128, 96)}


@dataclass(frozen=True)
class Track:
    """An encoded track, one chunk a second."""

    media_type: MediaType
    format: FormatDescription
    chunks: tuple[Chunk, ...]
    priming: int

    @property
    def codec(self) -> str:
        name = codec_string(self.format)
        assert name is not None
        return name


@cache
def pictures(name: str) -> Track:
    """Grey pictures with B-frames, a sync sample a second; the shade tells which rendition it is."""
    width, height = SIZES[name]
    codec: Any = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = width, height, "yuv420p", Fraction(1, FPS)
    codec.framerate, codec.thread_count = Fraction(FPS), 1
    codec.options = {"preset": "ultrafast", "bf": "2", "x264-params": f"keyint={FPS}:scenecut=0:open-gop=0"}
    codec.flags |= 1 << 22  # parameter sets in the extradata
    packets = []
    for number in [*range(FPS * SECONDS), None]:
        frame = None
        if number is not None:
            grey = np.full((height, width), GREYS[name] + number % 8, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="gray").reformat(format="yuv420p")
            frame.pts = number
        packets += codec.encode(frame)
    made = FormatDescription(
        media_type=MediaType.VIDEO,
        media_subtype="avc1",
        width=width,
        height=height,
        codec_config=bytes(codec.extradata),
    )
    framing = nal_framing(made)
    assert framing is not None
    samples = [(framing.access_unit(bytes(packet)), packet) for packet in packets]
    chunks = [_chunk([(b"".join(map(bytes, unit.buffers)), packet, unit.is_sync) for unit, packet in samples[first : first + FPS]], FPS, 1) for first in range(0, len(samples), FPS)]  # fmt: skip  # noqa: E501
    return Track(MediaType.VIDEO, made, tuple(chunks), 0)


@cache
def sound() -> Track:
    wave = (0.4 * np.sin(np.arange(RATE * SECONDS) * (2 * np.pi * 440 / RATE))).astype(np.float32)
    made, packets = encoded.aac(wave, RATE, 64000)
    chunks = []
    for second in range(SECONDS):
        end = (second + 1) * RATE if second < SECONDS - 1 else RATE * SECONDS * 2
        within = [packet for packet in packets if (second * RATE if second else -RATE) <= packet.pts < end]
        chunks.append(_chunk([(bytes(packet), packet, True) for packet in within], RATE, 1024))
    return Track(MediaType.AUDIO, made, tuple(chunks), -packets[0].pts)


def _chunk(samples: Sequence[tuple[bytes, Any, bool]], scale: int, duration: int) -> Chunk:
    return Chunk(
        1,
        scale,
        [data for data, _, _ in samples],
        len(samples),
        [len(data) for data, _, _ in samples],
        samples[0][1].dts + START * scale,
        duration,
        [packet.pts - packet.dts for _, packet, _ in samples],
        [int(SampleFlag.SYNC) if sync else 0 for _, _, sync in samples],
    )


def facts(tracks: Sequence[SegmentTrack]) -> SegmentFacts:
    """What ``segment_facts`` makes of a report, from the segment writer's own."""
    leading = next((each for each in tracks if each.media_type is MediaType.VIDEO), tracks[0])
    first = leading.first_sample
    return SegmentFacts(
        leading.earliest_presentation.fraction,
        leading.duration.fraction,
        first is None or first.is_sync,
        first.offset + first.length if first is not None else None,
    )


class Cutter:
    """One track, or several together, as segments of one second.

    Attributes:
        initialization: the initialization segment.
    """

    def __init__(self, *tracks: Track, profile: FileTypeProfile = FileTypeProfile.MPEG4_CMAF_COMPLIANT) -> None:
        self._writer = SegmentWriter(profile, created=CREATED)
        self._tracks = []
        for each in tracks:
            track = self._writer.add_track(TrackOptions(media_type=each.media_type))
            track.describe(each.format)
            if each.priming:
                track.trim_start = Time(each.priming, RATE)
            self._tracks.append((each, track))
        self.initialization = b"".join(self._writer.initialization())

    def __iter__(self) -> Iterator[MediaSegment]:
        for number in range(SECONDS):
            for each, track in self._tracks:
                self._writer.write_chunk(track, each.chunks[number])
            made = self._writer.end_segment(is_last=number == SECONDS - 1)
            assert made is not None
            yield made


Step = Callable[[int], object]


@dataclass(frozen=True)
class Ladder:
    """A stream of two sizes of pictures and sound apart, written to a folder: HLS, and DASH unless it is encrypted."""

    folder: Path
    renditions: dict[str, StreamRendition]


def write_ladder(
    folder: Path,
    *,
    playlist_type: PlaylistType = PlaylistType.VOD,
    in_one_file: bool = False,
    key: bytes | None = None,
    after: Step = lambda number: None,
) -> Ladder:
    output = FolderOutput(folder)
    if key is not None:
        output.write("key.bin", [key])
    tracks = {"low": pictures("low"), "high": pictures("high"), "sound": sound()}
    renditions, cutters = {}, {}
    for name, track in tracks.items():
        playlist = MediaPlaylist(playlist_type, target_duration=1)
        # A key for all playlists: sequence numbers alone would use each vector three times.
        cipher = SegmentCipher(key, "../key.bin", random_vectors=True) if key is not None else None
        is_picture = track.media_type is MediaType.VIDEO
        renditions[name] = StreamRendition(
            output, name, playlist, in_one_file=in_one_file, cipher=cipher, has_pictures=is_picture and key is None
        )
        cutter = Cutter(track)
        renditions[name].initialize([cutter.initialization])
        cutters[name] = iter(cutter)
    for number in range(SECONDS):
        for name, cut in cutters.items():
            segment = next(cut)
            renditions[name].add(segment.buffers, facts(segment.tracks))
        write_tops(output, tracks, renditions, has_pictures=key is None)
        after(number)
    for rendition in renditions.values():
        rendition.finish()
    if key is None:
        output.write("stream.mpd", [manifest(tracks, renditions).encode()])
    output.write("text/en.vtt", [b"WEBVTT\n\n00:00:00.500 --> 00:00:02.000\nHello\n"])
    return Ladder(folder, renditions)


def write_tops(
    output: StreamOutput, tracks: dict[str, Track], renditions: dict[str, StreamRendition], *, has_pictures: bool
) -> None:
    """The multivariant playlist."""
    variants, i_frames = [], []
    for name in ("low", "high"):
        rates = renditions[name].playlist.bit_rates
        own = renditions[name].playlist.picture_bit_rates
        assert rates is not None
        codecs = [tracks[name].codec]
        variants.append(Variant(f"{name}/{PLAYLIST}", rates, codecs, SIZES[name], Fraction(FPS), audio="sound"))
        if has_pictures:
            assert own is not None
            i_frames.append(IFrameVariant(f"{name}/{PICTURES}", own, codecs, SIZES[name]))
    rates = renditions["sound"].playlist.bit_rates
    english = Rendition(
        RenditionType.AUDIO, "sound", "English", f"sound/{PLAYLIST}", language="en", is_default=True, channels="1",
        codec=tracks["sound"].codec, bit_rates=rates,
    )  # fmt: skip
    output.write("main.m3u8", [multivariant_playlist(variants, [english], i_frames).encode()])


def manifest(tracks: dict[str, Track], renditions: dict[str, StreamRendition]) -> str:
    made = {}
    for name, rendition in renditions.items():
        rates = rendition.playlist.bit_rates
        assert rates is not None
        is_picture = tracks[name].media_type is MediaType.VIDEO
        made[name] = Representation(
            name,
            tracks[name].codec,
            rates,
            rendition.segments(),
            FPS * 10000 if is_picture else RATE,
            template=rendition.template,
            first_number=rendition.first_number,
            resolution=SIZES[name] if is_picture else None,
            frame_rate=Fraction(FPS) if is_picture else None,
            sample_rate=None if is_picture else RATE,
            channels=None if is_picture else 1,
        )
    return dash_manifest(
        [
            AdaptationSet(ContentType.VIDEO, [made["low"], made["high"]]),
            AdaptationSet(ContentType.AUDIO, [made["sound"]], language="en"),
            AdaptationSet(ContentType.TEXT, [TextFile("text", "text/en.vtt")], language="en"),
        ]
    )
