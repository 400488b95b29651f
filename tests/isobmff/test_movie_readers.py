"""What independent readers see of our movies: counts, times, edit lists, and every byte of the sound."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.interop import decoded, tools
from tests.isobmff import encoded
from tests.isobmff.fakes import RATE, pcm

from reelwright.isobmff.codec_config import nal_framing
from reelwright.isobmff.movie_writer import Chunk, MovieSummary, MovieTrack, MovieWriter, SampleFlag, TrackOptions
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time
from reelwright.storage.destination import open_destination

FRAMES = 24
SIZE = (64, 48)
START = 10  # second of the source at which the session begins


@dataclass(frozen=True)
class Packet:
    """A sample for a chunk: pieces of bytes, ticks, and whether decoding can start with it."""

    pieces: list[Any]
    pts: int
    duration: int
    sync: bool

    @property
    def size(self) -> int:
        return sum(memoryview(piece).nbytes for piece in self.pieces)


@pytest.fixture(scope="module")
def pictures() -> tuple[FormatDescription, list[Packet]]:
    """24 pictures, each a little brighter than the one before, with B pictures."""
    codec: Any = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = *SIZE, "yuv420p", Fraction(1, 24)
    codec.framerate, codec.thread_count = Fraction(24), 1
    codec.options = {"preset": "medium", "bf": "3", "g": "12", "x264-params": "b-adapt=0:scenecut=0"}
    codec.flags |= 1 << 22  # parameter sets in the extradata
    packets = []
    for number in [*range(FRAMES), None]:
        frame = (
            None
            if number is None
            else av.VideoFrame.from_ndarray(_grey(number), format="gray").reformat(format="yuv420p")
        )
        if frame is not None:
            frame.pts = number
        packets += codec.encode(frame)
    made = FormatDescription(
        media_type=MediaType.VIDEO, media_subtype="avc1", width=64, height=48, codec_config=bytes(codec.extradata)
    )
    framing = nal_framing(made)
    assert framing is not None
    units = [(framing.access_unit(bytes(packet)), packet.pts) for packet in packets]
    return made, [Packet(unit.buffers, pts, 1, unit.is_sync) for unit, pts in units]


def _grey(number: int) -> np.ndarray[Any, Any]:
    return np.full((SIZE[1], SIZE[0]), 20 + 8 * number, np.uint8)


def _wave(frames: int, start: int = 0) -> np.ndarray[Any, Any]:
    at = np.arange(start, start + frames)
    return np.round(12000 * np.sin(at * (2 * np.pi * 440 / RATE))).astype("<i2")


@pytest.fixture(scope="module")
def sound() -> tuple[FormatDescription, list[Packet], int]:
    """A second of a tone as AAC, and the frames of priming before it."""
    wave = (_wave(RATE) / 32768).astype(np.float32)
    made, packets = encoded.aac(wave, RATE, 96000)
    return made, [Packet([bytes(packet)], packet.pts, 1024, True) for packet in packets], -packets[0].pts


def chunk_of(packets: list[Packet], description: int, timescale: int, shift: int, decode: int) -> Chunk:
    """A chunk from encoder's packets: decode times follow one another by the samples' own durations."""
    durations = [packet.duration for packet in packets]
    decoded_at = [decode + sum(durations[:n]) for n in range(len(packets))]
    return Chunk(
        description,
        timescale,
        [piece for packet in packets for piece in packet.pieces],
        len(packets),
        [packet.size for packet in packets],
        decode,
        durations,
        [packet.pts + shift - at for packet, at in zip(packets, decoded_at, strict=True)],
        [int(SampleFlag.SYNC) if packet.sync else 0 for packet in packets],
    )


class Output:
    """A film in a file, from the real destination."""

    def __init__(self, path: Path, file_type: FileType) -> None:
        self.path = path
        self.destination = open_destination(path)
        self.destination.open()
        self.writer = MovieWriter(self.destination, file_type)

    def track(self, media_type: MediaType, **options: Any) -> MovieTrack:
        return self.writer.add_track(TrackOptions(media_type=media_type, **options))

    def finish(self, *, start: Time, end: Time | None = None, first: bool = False) -> MovieSummary:
        summary = self.writer.finish(session_start=start, session_end=end, header_first=first)
        self.destination.commit()
        return summary


@pytest.mark.parametrize(("suffix", "file_type", "first"), [("mov", FileType.MOV, False), ("mp4", FileType.MP4, True)])
def test_a_film_with_reordered_pictures_and_primed_sound(
    tmp_path: Path, suffix: str, file_type: FileType, first: bool,
    pictures: tuple[FormatDescription, list[Packet]], sound: tuple[FormatDescription, list[Packet], int],
) -> None:  # fmt: skip
    out = Output(tmp_path / f"film.{suffix}", file_type)
    video, audio = out.track(MediaType.VIDEO), out.track(MediaType.AUDIO, language_code="deu")
    picture, frames = pictures
    aac, packets, priming = sound
    numbers = video.describe(picture), audio.describe(aac)
    out.writer.begin()
    half, packed = FRAMES // 2, len(packets) // 2
    at, base = START * RATE - priming, START * 24
    out.writer.write_chunk(video, chunk_of(frames[:half], numbers[0], 24, base, base))
    out.writer.write_chunk(audio, chunk_of(packets[:packed], numbers[1], RATE, START * RATE, at))
    out.writer.write_chunk(video, chunk_of(frames[half:], numbers[0], 24, base, base + half))
    out.writer.write_chunk(audio, chunk_of(packets[packed:], numbers[1], RATE, START * RATE, at + 1024 * packed))
    audio.trim_start, audio.trim_end = Time(priming, RATE), Time(1024 * len(packets) - priming - RATE, RATE)
    summary = out.finish(start=Time(START), first=first)
    assert summary.duration == 1
    assert tools.complaints(out.path) == {}

    seen = tools.ffprobe(out.path)
    streams = seen["streams"]
    assert [stream["codec_name"] for stream in streams] == ["h264", "aac"]
    assert [stream["nb_frames"] for stream in streams] == [str(FRAMES), str(len(packets))]
    assert [float(stream["start_time"]) for stream in streams] == [0, 0]
    assert [float(stream["duration"]) for stream in streams] == [1, 1]
    assert streams[1]["tags"]["language"] == "deu"
    shown = sorted(int(packet["pts"]) for packet in seen["packets"] if packet["codec_type"] == "video")
    assert shown == [n * (int(streams[0]["time_base"].split("/")[1]) // 24) for n in range(FRAMES)]

    video_seen = decoded.ffmpeg_raw_video(out.path)
    levels = [float(planes[0].mean()) for planes in video_seen.frames]
    assert len(levels) == FRAMES
    assert levels == sorted(levels)
    heard = decoded.ffmpeg_pcm(out.path, "f32le", build="wheel").samples[:, 0]
    assert len(heard) == RATE
    expected = _wave(RATE) / 32768
    off = {shift: float(np.abs(heard - np.roll(expected, shift))[4000:-4000].mean()) for shift in range(-3, 4)}
    assert min(off, key=off.__getitem__) == 0  # the tone stands where it was put, to the frame


@pytest.mark.parametrize(
    ("suffix", "file_type", "big_endian", "codec"),
    [("mov", FileType.MOV, False, "sowt"), ("mov", FileType.MOV, True, "twos"), ("mp4", FileType.MP4, False, "ipcm")],
)
def test_linear_pcm_comes_back_bit_for_bit(
    tmp_path: Path, suffix: str, file_type: FileType, big_endian: bool, codec: str
) -> None:
    out = Output(tmp_path / f"tone.{suffix}", file_type)
    track = out.track(MediaType.AUDIO)
    number = track.describe(pcm(big_endian=big_endian))
    out.writer.begin()
    for start in range(0, RATE, 16000):
        piece = _wave(16000, start).astype(">i2" if big_endian else "<i2")
        out.writer.write_chunk(track, Chunk(number, RATE, [piece.data.cast("B")], 16000, 2, start, 1))
    out.finish(start=Time.ZERO, first=True)
    (stream,) = tools.ffprobe(out.path)["streams"]
    assert stream["codec_tag_string"] == codec
    assert stream["duration_ts"] == RATE
    build = "wheel" if codec == "ipcm" else "system"
    heard = decoded.ffmpeg_pcm(out.path, "s16le", build=build).samples[:, 0]
    assert np.array_equal(heard, _wave(RATE))
    assert tools.mp4box(out.path)["errors"] == []


def test_a_session_cuts_sound_to_the_frame(tmp_path: Path) -> None:
    out = Output(tmp_path / "cut.mov", FileType.MOV)
    track = out.track(MediaType.AUDIO)
    number = track.describe(pcm())
    out.writer.begin()
    out.writer.write_chunk(track, Chunk(number, RATE, [_wave(RATE).data.cast("B")], RATE, 2, 0, 1))
    out.finish(start=Time(12345, RATE), end=Time(40000, RATE))
    heard = decoded.ffmpeg_pcm(out.path, "s16le").samples[:, 0]
    # FFmpeg leaves out what comes before an edit, and plays out the block that holds its end.
    assert np.array_equal(heard[: 40000 - 12345], _wave(RATE)[12345:40000])
    (segment,) = tools.gst_segments(out.path)[0]
    assert (segment["media_start"], segment["duration"]) == (12345, (40000 - 12345) * 10**9 // RATE)


def test_a_late_track_a_hole_and_an_early_end(tmp_path: Path, pictures: tuple[FormatDescription, list[Packet]]) -> None:
    """GStreamer reads lists of several edits: half a second late, a hole of a second, cut a quarter second early."""
    out = Output(tmp_path / "holes.mov", FileType.MOV)
    video, audio = out.track(MediaType.VIDEO), out.track(MediaType.AUDIO)
    picture, frames = pictures
    numbers = video.describe(picture), audio.describe(pcm())
    out.writer.begin()
    out.writer.write_chunk(video, chunk_of(frames[:12], numbers[0], 24, 252, 252))
    out.writer.write_chunk(video, chunk_of(frames[12:], numbers[0], 24, 276, 288))
    out.writer.write_chunk(audio, Chunk(numbers[1], RATE, [bytes(6 * RATE)], 3 * RATE, 2, START * RATE, 1))
    summary = out.finish(start=Time(START), end=Time(49, 4))
    assert summary.tracks[0].presented_start == Fraction(1, 2)
    shift = video.table.composition_shift
    second = 10**9
    seen = [
        (segment["time"], segment["duration"], segment["media_start"]) for segment in tools.gst_segments(out.path)[0]
    ]
    assert seen == [
        (0, second // 2, None),
        (second // 2, second // 2, shift),
        (second, second, None),
        (2 * second, second // 4, 12 + shift),
    ]
    boxes = tools.boxes_of(tools.mp4box(out.path), "elst", "cslg")
    assert [box["type"] for box in boxes] == ["elst", "cslg", "elst"]
