"""Files of many makes: their facts, and their sound against what an independent ffmpeg hears."""

from __future__ import annotations

import errno
import os
import pickle
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.codecs.sound import Array, clicks, heard, tone

from reelwright.codecs import pcm as linear
from reelwright.containers.ffmpeg import SoundSource, open_sound, probe
from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidArgumentError, InvalidMediaError, MediaNotFoundError
from reelwright.model.format import PcmLayout
from reelwright.model.time import Time

RATE = 44100
PLACES = np.array([700, 5000, 20_000, 31_000])


def music(frames: int = 33_333, channels: int = 2) -> Array:
    samples = clicks(frames, PLACES[frames > PLACES], channels, 0.7)
    for channel in range(channels):
        samples[:, channel] += tone(300 * (channel + 1), frames, RATE, 0.1)
    return samples


def add_sound(
    output: Any, codec: str, samples: Array, rate: int = RATE, layout: str | None = None, **options: str
) -> Any:
    stream = output.add_stream(codec, rate=rate, options=options)
    stream.layout = layout or {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}[samples.shape[1]]
    return stream


def feed(stream: Any, samples: Array, start: int = 0) -> list[Any]:
    """Packets of all the sound, by way of interleaved floats."""
    packets = []
    for at in range(0, len(samples), 10_000):
        part = np.ascontiguousarray(samples[at : at + 10_000], np.float32)
        frame = av.AudioFrame(format="flt", layout=stream.layout.name, samples=len(part))
        frame.planes[0].update(part.data)
        frame.sample_rate, frame.time_base, frame.pts = stream.rate, Fraction(1, stream.rate), start + at
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def write_sound(path: Path, codec: str, samples: Array, **options: str) -> Path:
    with av.open(str(path), "w") as output:
        stream = add_sound(output, codec, samples, **options)
        for packet in feed(stream, samples):
            output.mux(packet)
    return path


def film_packets(stream: Any, count: int, width: int = 64, height: int = 48) -> list[Any]:
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.thread_count = 1
    packets = []
    for index in range(count):
        frame = av.VideoFrame.from_ndarray(np.full((height, width, 3), index * 9 % 256, np.uint8), "rgb24")
        frame.pts, frame.time_base = index, 1 / Fraction(stream.codec_context.framerate)
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def as_floats(source: SoundSource) -> Array:
    assert source.format.pcm is not None
    blocks = [
        linear.to_float(
            linear.values(linear.stored_frames(buffer.data, source.format.pcm, source.channels), source.format.pcm),
            np.float64,
        )
        for buffer in source
    ]
    return np.concatenate(blocks)


FILES: dict[str, tuple[str, str, int]] = {
    "wav 8": ("wav", "pcm_u8", 2),
    "wav 16": ("wav", "pcm_s16le", 1),
    "wav 24": ("wav", "pcm_s24le", 2),
    "wav float": ("wav", "pcm_f32le", 2),
    "wav double": ("wav", "pcm_f64le", 8),
    "aiff": ("aiff", "pcm_s16be", 2),
    "flac": ("flac", "flac", 2),
    "mp3": ("mp3", "libmp3lame", 2),
    "vorbis": ("ogg", "vorbis", 2),
    "opus": ("opus", "libopus", 2),
    "m4a": ("m4a", "aac", 1),
    "m4a 7.1": ("m4a", "aac", 8),
    "alac": ("m4a", "alac", 2),
    "ac-3": ("ac3", "ac3", 6),
    "mkv": ("mkv", "flac", 2),
    "ts": ("ts", "mp2", 2),
}


# FFmpegs as old as Debian 12's leave AAC's padding in, and get FFmpeg's own Vorbis wrong.
NEWER_ONLY = {"m4a", "m4a 7.1", "vorbis"}


@pytest.mark.parametrize(
    ("name", "build"),
    [(name, build) for name in FILES for build in ("system", "wheel") if build == "wheel" or name not in NEWER_ONLY],
)
def test_sound_is_what_ffmpeg_decodes(tmp_path: Path, name: str, build: str) -> None:
    suffix, codec, channels = FILES[name]
    path = tmp_path / f"sound.{suffix}"
    rate = 48000 if codec in ("libopus", "ac3") else RATE
    with av.open(str(path), "w") as output:
        stream = add_sound(output, codec, music(channels=channels), rate, strict="experimental")
        for packet in feed(stream, music(channels=channels)):
            output.mux(packet)
    source = open_sound(path)
    assert (source.rate, source.channels) == (rate, channels)
    expected = heard(path, channels, build=build)
    found = as_floats(source)
    assert found.shape == expected.shape
    # The decoders are of other versions; their arithmetic differs in the last places of a float.
    assert np.abs(found - expected).max() < 1e-4


@pytest.mark.parametrize(
    ("codec", "suffix", "pcm"),
    [
        ("pcm_u8", "wav", PcmLayout(8, is_signed=False)),
        ("pcm_s16le", "wav", PcmLayout(16)),
        ("pcm_s24be", "aiff", PcmLayout(32)),
        ("pcm_f32le", "wav", PcmLayout(32, is_float=True)),
        ("pcm_f64be", "mov", PcmLayout(64, is_float=True)),
        ("flac", "flac", PcmLayout(16)),
        ("aac", "m4a", PcmLayout(32, is_float=True)),
    ],
)
def test_values_stay_as_the_decoder_makes_them(tmp_path: Path, codec: str, suffix: str, pcm: PcmLayout) -> None:
    source = open_sound(write_sound(tmp_path / f"sound.{suffix}", codec, music()))
    assert source.format.pcm == pcm
    assert source.format.media_subtype == "lpcm"
    assert source.layout == "stereo"


@pytest.mark.parametrize(
    ("codec", "suffix"), [("pcm_s16le", "wav"), ("flac", "flac"), ("aac", "m4a"), ("libmp3lame", "mp3")]
)
def test_clicks_are_where_they_were_put(tmp_path: Path, codec: str, suffix: str) -> None:
    found = as_floats(open_sound(write_sound(tmp_path / f"sound.{suffix}", codec, music(channels=1), b="256k")))
    for place in PLACES:
        around = np.abs(found[place - 300 : place + 300, 0])
        assert abs(int(around.argmax()) - 300) <= 1


def test_blocks_follow_one_another_without_a_gap(tmp_path: Path) -> None:
    source = open_sound(write_sound(tmp_path / "sound.flac", "flac", music(3 * RATE + 5)))
    buffers = list(source)
    assert [buffer.num_samples for buffer in buffers[:-1]] == [RATE] * 3
    assert buffers[-1].num_samples <= RATE
    assert [buffer.presentation_time for buffer in buffers] == [Time(second, 1) for second in range(4)]
    assert {buffer.format for buffer in buffers} == {source.format}
    assert source.duration_frames == sum(buffer.num_samples for buffer in buffers) == 3 * RATE + 5
    again = [bytes(buffer.data) for buffer in source]
    assert again == [bytes(buffer.data) for buffer in buffers]


def test_the_sound_of_a_film_that_comes_late(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    with av.open(str(path), "w") as output:
        video = output.add_stream("mpeg4", rate=25)
        sound = add_sound(output, "pcm_s16le", music(10_000, 1))
        packets = film_packets(video, 25)
        packets += feed(sound, music(10_000, 1), start=RATE // 2)
        for packet in packets:
            output.mux(packet)
    source = open_sound(path)
    assert source.start == Time(1, 2)
    buffers = list(source)
    assert buffers[0].presentation_time == Time(1, 2)
    assert sum(buffer.num_samples for buffer in buffers) == 10_000


def test_the_second_sound_stream(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as output:
        streams = [add_sound(output, "pcm_s16le", music(channels=channels)) for channels in (1, 2)]
        for stream, channels in zip(streams, (1, 2), strict=True):
            for packet in feed(stream, music(channels=channels)):
                output.mux(packet)
    assert [open_sound(path, stream).channels for stream in (0, 1)] == [1, 2]
    with pytest.raises(InvalidMediaError, match="holds 2 sound streams; number 2 is not"):
        open_sound(path, 2)
    with pytest.raises(InvalidMediaError, match="number -1 is not"):
        open_sound(path, -1)


def write_film(path: Path, codec: str = "libx264", change: Callable[[Any], None] | None = None, **options: str) -> Path:
    with av.open(str(path), "w", options=options) as output:
        quiet = {"x265-params": "log-level=none:pools=1:frame-threads=1"} if codec == "libx265" else {}
        video = output.add_stream(codec, rate=Fraction(30000, 1001), options=quiet)
        if change is not None:
            change(video.codec_context)
        sound = add_sound(output, "aac", music(channels=1))
        output.metadata["title"] = "Herbst"
        sound.metadata["language"] = "deu"
        output.set_chapters(
            [
                {"id": 1, "start": 0, "end": 300, "time_base": Fraction(1, 1000), "metadata": {"title": "Anfang"}},
                {"id": 2, "start": 300, "end": 500, "time_base": Fraction(1, 1000), "metadata": {}},
            ]
        )
        for packet in film_packets(video, 15) + feed(sound, music(channels=1)):
            output.mux(packet)
    return path


def test_what_a_film_holds(tmp_path: Path) -> None:
    def hdtv(context: Any) -> None:
        context.color_primaries = context.color_trc = context.colorspace = 1
        context.color_range = 1
        context.profile = "High"
        context.options = {"level": "3.1"}

    path = write_film(tmp_path / "film.mp4", change=hdtv)
    info = probe(path)
    assert info.path == str(path)
    assert info.size == path.stat().st_size
    assert "mp4" in info.container
    assert info.container_name == "QuickTime / MOV"
    assert info.metadata["title"] == "Herbst"
    assert info.bit_rate is not None
    assert info.bit_rate > 0
    assert info.start_time == 0
    assert info.duration is not None
    assert info.duration.seconds == pytest.approx(33_333 / RATE, abs=0.03)
    assert [(one.title, one.start) for one in info.chapters] == [("Anfang", Time(0)), (None, Time(3, 10))]
    assert info.chapters[0].end == Time(3, 10)
    (video,) = info.of_kind("video")
    assert (video.index, video.codec, video.tag, video.profile, video.level) == (0, "h264", "avc1", "High", "3.1")
    assert video.codec_string == "avc1.64001f"
    assert (video.width, video.height, video.display_width, video.display_height) == (64, 48, 64, 48)
    assert (video.rotation, video.pixel_aspect_ratio, video.pixel_format) == (0, 1, "yuv420p")
    assert video.average_frame_rate == video.nominal_frame_rate == Fraction(30000, 1001)
    assert video.frame_count == 15
    assert video.duration == Time(15 * 1001, 30000)
    assert (video.color, video.color_codes, video.full_range) == (ColorProperties.HD, (1, 1, 1), False)
    assert video.sample_rate is None
    (sound,) = info.of_kind("audio")
    assert (sound.codec, sound.codec_string, sound.profile) == ("aac", "mp4a.40.2", "LC")
    assert (sound.sample_rate, sound.channels, sound.channel_layout) == (RATE, 1, "mono")
    assert (sound.sample_format, sound.language) == ("fltp", "deu")
    assert "language" not in sound.metadata
    assert sound.is_default
    assert sound.width is None


def test_an_untagged_hevc_film(tmp_path: Path) -> None:
    (video,) = probe(write_film(tmp_path / "film.mov", "libx265")).of_kind("video")
    assert (video.codec, video.tag) == ("hevc", "hev1")
    assert video.codec_string is not None
    assert video.codec_string.startswith("hev1.1.")
    assert (video.color, video.color_codes, video.language) == (None, None, None)
    assert not video.full_range


def test_a_container_without_codes(tmp_path: Path) -> None:
    (video,) = probe(write_film(tmp_path / "film.mkv")).of_kind("video")
    assert (video.codec, video.tag) == ("h264", "")
    assert video.codec_string is not None
    assert video.codec_string.startswith("avc1.")
    assert video.frame_count is None


@pytest.mark.parametrize(("matrix", "degrees"), [((0, 1, -1, 0), 90), ((-1, 0, 0, -1), 180), ((0, -1, 1, 0), 270)])
def test_a_film_that_is_to_be_turned(tmp_path: Path, matrix: tuple[int, ...], degrees: int) -> None:
    # A telephone held upright: tkhd's matrix turns the picture by 90 degrees clockwise (QTFF, "Matrices").
    data = bytearray(write_film(tmp_path / "film.mp4").read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    for place, value in zip((0, 4, 12, 16), matrix, strict=True):
        data[at + place : at + place + 4] = (value * 65536).to_bytes(4, "big", signed=True)
    path = tmp_path / "turned.mp4"
    path.write_bytes(data)
    (video,) = probe(path).of_kind("video")
    assert video.rotation == degrees
    sides = (48, 64) if degrees != 180 else (64, 48)
    assert (video.width, video.height, video.display_width, video.display_height) == (64, 48, *sides)


def test_pixels_that_are_not_square(tmp_path: Path) -> None:
    def wide(context: Any) -> None:
        context.sample_aspect_ratio = Fraction(4, 3)

    (video,) = probe(write_film(tmp_path / "film.mp4", change=wide)).of_kind("video")
    assert video.pixel_aspect_ratio == Fraction(4, 3)
    assert (video.display_width, video.display_height) == (Fraction(256, 3), 48)


def test_facts_travel_between_processes(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "sound.wav", "pcm_s16le", music())
    for fact in (probe(path), open_sound(path)):
        assert pickle.loads(pickle.dumps(fact)) == fact


@pytest.mark.parametrize("read", [probe, open_sound])
def test_what_is_not_there_is_not_found(tmp_path: Path, read: Callable[[Path], Any]) -> None:
    with pytest.raises(MediaNotFoundError, match=r"there is no file .*gone\.mp4") as caught:
        read(tmp_path / "gone.mp4")
    assert isinstance(caught.value, FileNotFoundError)
    assert caught.value.errno == errno.ENOENT
    assert caught.value.filename == caught.value.path == str(tmp_path / "gone.mp4")


@pytest.mark.parametrize("read", [probe, open_sound])
@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.mp4", b"", "is empty"),
        ("noise.mp4", bytes(range(7, 250)) * 40, "no media that can be read"),
        ("letter.txt", b"Sehr geehrte Damen und Herren,\n" * 20, "no media that can be read"),
        ("headless.mp4", b"\0\0\0\x18ftypisom\0\0\x02\0isommp42" + bytes(200), "no media that can be read"),
    ],
)
def test_what_is_no_media_is_refused(
    tmp_path: Path, read: Callable[[Path], Any], name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidMediaError, match=message) as caught:
        read(path)
    assert caught.value.path == str(path)


def test_a_folder_and_bytes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidMediaError, match="is a folder"):
        probe(tmp_path)
    with pytest.raises(InvalidArgumentError, match="a path must be text"):
        probe(os.fsencode(tmp_path))  # type: ignore[arg-type]


def test_a_silent_film_has_no_sound(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=25)
        for packet in film_packets(stream, 3):
            output.mux(packet)
    with pytest.raises(InvalidMediaError, match=r"film\.mp4' holds no sound\..*with a sound track"):
        open_sound(path)


@pytest.mark.parametrize("target", ["http://127.0.0.1:9/a.ts", "a.ts"])
def test_a_playlist_leads_nowhere(tmp_path: Path, target: str) -> None:
    write_sound(tmp_path / "a.ts", "aac", music(RATE))
    path = tmp_path / "list.m3u8"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n")
    for read in (open_sound, probe):
        with pytest.raises(InvalidMediaError, match="is an HLS playlist"):
            read(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_that_nobody_writes_into_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mov")
    with pytest.raises(InvalidMediaError, match="pipe"):
        probe(tmp_path / "pipe.mov")


def test_addresses_are_names_of_files_here() -> None:
    with pytest.raises(MediaNotFoundError):
        probe("http://127.0.0.1:9/film.mp4")


def test_damage_in_the_middle_is_told_not_skipped(tmp_path: Path) -> None:
    # A packet of AAC whose first element is none of the eight there are in this stream.
    path = write_sound(tmp_path / "sound.m4a", "aac", music(3 * RATE))
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux() if packet.size]
    for position, size in places[60:62]:
        assert position is not None
        data[position : position + size] = b"\x5a" * size
    path.write_bytes(data)
    with pytest.raises(InvalidMediaError, match=r"sound at 1\.\d+ s cannot be decoded"):
        list(open_sound(path))


def test_damage_at_the_end_is_left_out_and_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_sound(tmp_path / "sound.m4a", "aac", music(RATE))
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux() if packet.size]
    position, size = places[-1]
    assert position is not None
    data[position : position + size] = b"\x5a" * size
    path.write_bytes(data)
    assert sum(buffer.num_samples for buffer in open_sound(path)) > RATE - 2048
    assert "left out at the end" in caplog.text


def test_sound_that_changes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.aac"
    parts = []
    for channels in (1, 2):
        with av.open(str(tmp_path / "part.aac"), "w", format="adts") as output:
            stream = add_sound(output, "aac", music(channels=channels))
            for packet in feed(stream, music(channels=channels)):
                output.mux(packet)
        parts.append((tmp_path / "part.aac").read_bytes())
    path.write_bytes(b"".join(parts))
    with pytest.raises(InvalidMediaError, match="changes from 44100 Hz mono to 44100 Hz stereo after"):
        list(open_sound(path))


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_sound(tmp_path / "sound.mp3", "libmp3lame", music())
    path.write_bytes(path.read_bytes()[:-700] + b"TAG" + bytes(125))
    probe(path)
    list(open_sound(path))
    assert capfd.readouterr() == ("", "")


def test_files_are_closed(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "sound.wav", "pcm_s16le", music(3 * RATE))
    folder = "/proc/self/fd"
    if not os.path.isdir(folder):
        pytest.skip("open files are counted through /proc")
    before = len(os.listdir(folder))
    probe(path)
    source = open_sound(path)
    reading = iter(source)
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    list(source)
    assert len(os.listdir(folder)) == before
