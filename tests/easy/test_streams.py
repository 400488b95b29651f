"""``write_hls``: renditions cut at the same pictures, every frame counted, sound in its place, nothing left behind."""

from __future__ import annotations

import os
import re
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.easy import made
from tests.interop import decoded, tools

from reelwright.easy.films import write_video
from reelwright.easy.sounds import write_audio
from reelwright.easy.streams import Rendition, write_hls
from reelwright.model.audio_settings import AudioSettings
from reelwright.model.color import ColorProperties
from reelwright.model.errors import (
    EncodeError,
    FrameError,
    InvalidArgumentError,
    InvalidMediaError,
    OperationCancelledError,
    OutputError,
    OutputExistsError,
)
from reelwright.model.format import PixelAspectRatio
from reelwright.model.kinds import AudioFormat, MediaType, VideoCodec
from reelwright.model.pixel import PixelBuffer, PixelFormat
from reelwright.model.sample import SampleBuffer
from reelwright.model.settings import VideoSettings
from reelwright.model.time import Time
from reelwright.streaming.output import FolderOutput
from reelwright.streaming.stream_report import StreamReport
from reelwright.writing.asset_writer import AssetWriter
from reelwright.writing.input import AssetWriterInput

FPS = 24
SIZE = (64, 48)
LADDER = [Rendition(encoder_options=made.FAST), Rendition(height=24, encoder_options=made.FAST)]


def film(count: int) -> Iterator[np.ndarray]:
    """Frames that tell their number by their grey."""
    for level in made.levels(count):
        yield made.gray(level, SIZE)


def lines(path: Path, tag: str) -> list[str]:
    return [line for line in path.read_text().splitlines() if line.startswith(tag)]


def durations(path: Path) -> list[Fraction]:
    return [Fraction(re.findall(r"[\d.]+", line)[0]) for line in lines(path, "#EXTINF")]


def state() -> tuple[int, int]:
    """Threads and descriptors of this process."""
    return threading.active_count(), len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("stream")
    seen: list[tuple[int, int | None]] = []
    before = state()
    report = write_hls(
        film(60),
        folder,
        LADDER,
        fps=FPS,
        audio=(made.tone(4), 48000),
        segment_duration=1,
        dash=True,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert state() == before
    assert seen == [(number, None) for number in range(1, 61)]
    return folder, report


def test_every_frame_of_every_rendition_is_there(stream: tuple[Path, Any]) -> None:
    folder, report = stream
    for rendition in report.renditions[:2]:
        levels = made.seen_levels(folder / rendition.playlist)
        assert len(levels) == 60
        assert all(abs(seen - level) <= 6 for seen, level in zip(levels, made.levels(60), strict=True))


def test_segments_of_all_renditions_begin_at_the_same_pictures(stream: tuple[Path, Any]) -> None:
    folder, report = stream
    pictures, sound = report.renditions[:2], report.renditions[2]
    assert [durations(folder / each.playlist) for each in pictures] == [[1, 1, Fraction(1, 2)]] * 2
    assert sum(durations(folder / sound.playlist)) == pytest.approx(2.5, abs=0.05)
    for rendition in pictures:
        times = frame_times(folder / rendition.playlist, "-skip_frame", "nokey")
        assert {0, 1, 2} <= set(times), "every segment begins with a key frame"


def frame_times(playlist: Path, *options: str) -> list[float]:
    """When ffprobe shows pictures, counted from the first."""
    answer = tools.run(
        tools.find("ffprobe", "ffmpeg"),
        *("-v", "error", "-select_streams", "v:0", *options),
        *("-show_entries", "frame=pts_time", "-of", "csv=p=0", playlist),
    )
    assert answer.err == ""
    times = [float(line.split(",")[0]) for line in answer.out.decode().split()]
    return [round(time - times[0], 3) for time in times]


def test_sound_is_in_its_place(stream: tuple[Path, Any]) -> None:
    """It begins with the pictures, priming apart, and was cut with them."""
    folder, report = stream
    picture = tools.ffprobe(folder / report.renditions[0].playlist)["streams"][0]
    sound = tools.ffprobe(folder / report.renditions[2].playlist)["streams"][0]
    assert float(picture["start_time"]) == 10
    priming = Fraction(10) - Fraction(sound["start_time"])
    assert priming == pytest.approx(Fraction(1024, 48000), abs=1e-5)
    writing = report.renditions[2].writing
    assert writing.tracks[0].appended == 48000 * 60 // FPS


def test_the_multivariant_playlist_says_what_was_measured(stream: tuple[Path, Any]) -> None:
    folder, report = stream
    big, _, sound = report.renditions
    assert [each.name for each in report.renditions] == ["48p", "24p", "audio"]
    variants = lines(folder / "index.m3u8", "#EXT-X-STREAM-INF")
    assert len(variants) == 2
    assert f"BANDWIDTH={big.bit_rates.peak + sound.bit_rates.peak}," in variants[0]
    assert f'CODECS="{big.codec},mp4a.40.2",RESOLUTION=64x48' in variants[0]
    assert "FRAME-RATE=24.000" in variants[1]
    assert len(lines(folder / "index.m3u8", "#EXT-X-I-FRAME-STREAM-INF")) == 2
    assert 'CHANNELS="2"' in lines(folder / "index.m3u8", "#EXT-X-MEDIA")[0]
    for rendition in report.renditions:
        stored = list((folder / rendition.name).glob("*.m4s"))
        assert sum(path.stat().st_size for path in stored) == rendition.bytes
        assert len(stored) == rendition.segments
    assert report.problems == ()
    assert report.duration >= Fraction(5, 2)


def test_the_manifest_names_the_same_segments(stream: tuple[Path, Any]) -> None:
    folder, report = stream
    space = {"": "urn:mpeg:dash:schema:mpd:2011"}
    root = ElementTree.parse(folder / report.manifest).getroot()
    sets = root.findall(".//AdaptationSet", space)
    assert [each.get("segmentAlignment") for each in sets] == ["true", "true"]
    for representation in root.findall(".//Representation", space):
        template = representation.find("SegmentTemplate", space)
        assert template is not None
        count = sum(1 + int(each.get("r", 0)) for each in template.findall(".//S", space))
        media = template.get("media", "")
        assert all((folder / media.replace("$Number%05d$", f"{1 + each:05d}")).exists() for each in range(count))


@pytest.mark.parametrize("secret", [False, True])
def test_a_film_is_streamed_with_its_own_sound_and_times(tmp_path: Path, secret: bool) -> None:
    """Once in files of their own that are encrypted, once as byte ranges of one file."""
    path, out = tmp_path / "film.mp4", tmp_path / "out"
    write_video(film(45), path, fps="29.97", audio=(made.tone(1.5), 48000), encoder_options=made.FAST)
    before = state()
    done: list[tuple[int, int | None]] = []
    report = write_hls(
        path,
        out,
        [{"encoder_options": made.FAST}],
        segment_duration=0.5,
        one_file=not secret,
        encrypt=secret and bytes(range(16)),
        progress=lambda *counts: done.append(counts),
    )
    assert state() == before
    assert done[-1] == (45, 45)
    playlist = out / report.renditions[0].playlist
    assert durations(playlist) == [Fraction(5005, 10000)] * 3
    shown = frame_times(playlist, "-allowed_extensions", "ALL")
    assert shown == pytest.approx([index * 1001 / 30000 for index in range(45)], abs=1e-3)
    assert len(lines(playlist, "#EXT-X-BYTERANGE")) == (0 if secret else 3)
    assert len(list(out.rglob("i-frames.m3u8"))) == (0 if secret else 1)
    if secret:
        assert report.key == (out / "stream.key").read_bytes() == bytes(range(16))
        vectors = {line.partition("IV=")[2] for each in report.renditions for line in keys(out, each)}
        assert len(vectors) == sum(each.segments for each in report.renditions), "a vector is never used twice"


def keys(folder: Path, rendition: Any) -> list[str]:
    return lines(folder / rendition.playlist, "#EXT-X-KEY")


def test_sound_of_every_language_can_be_chosen(tmp_path: Path) -> None:
    """The film's own sound is mono and French; a second is stereo and has no language, a third French again."""
    path, out = tmp_path / "film.mov", tmp_path / "out"
    sounds = [made.tone(0.5, channels=1), made.tone(1, channels=2), made.tone(0.25, channels=1)]
    video = AssetWriterInput(MediaType.VIDEO, VideoSettings(VideoCodec.H264, *SIZE, encoder_options=made.FAST))
    kinds = [AudioSettings(AudioFormat.LINEAR_PCM, 48000, samples.shape[1]) for samples in sounds]
    inputs = [AssetWriterInput(MediaType.AUDIO, kind) for kind in kinds]
    with AssetWriter(tmp_path / "und.mov") as writer:
        for each in (video, *inputs):
            writer.add(each)
        writer.start_writing()
        writer.start_session(0)
        for index in range(8):
            video.append(made.gray(90, SIZE), Time(index, 8), Time(1, 8))
        for each, samples in zip(inputs, sounds, strict=True):
            each.append(SampleBuffer.from_audio(samples, 48000))
    options = ["-map", "0", "-c", "copy"]
    for number in (0, 2):
        options += [f"-metadata:s:a:{number}", "language=fra"]
    tools.run(tools.find("ffmpeg", "ffmpeg"), "-i", tmp_path / "und.mov", *options, path)
    report = write_hls(path, out, LADDER[:1], segment_duration=1, dash=True)
    assert [each.name for each in report.renditions] == ["48p", "audio", "audio-2"]
    choices = lines(out / "index.m3u8", "#EXT-X-MEDIA")
    assert 'LANGUAGE="fr",NAME="fr",DEFAULT=YES' in choices[0]
    assert 'NAME="Audio 2",DEFAULT=NO' in choices[1]
    assert [re.findall('CHANNELS="(.)"', each) for each in choices] == [["1"], ["2"]]
    assert ElementTree.parse(out / "index.mpd").getroot()[0][1].get("lang") == "fr"
    lengths = [float(sum(durations(out / each.playlist))) for each in report.renditions]
    assert lengths == pytest.approx([1, 1, 1], abs=0.05), "shorter sound is followed by silence"


def test_a_film_that_is_turned_is_streamed_upright(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    write_turned(path)
    report = write_hls(path, tmp_path / "out", [Rendition(encoder_options=made.FAST)], segment_duration=1)
    assert report.renditions[0].size == (48, 64)
    luma = decoded.ffmpeg_raw_video(tmp_path / "out" / report.playlist).frames[0][0]
    assert luma.shape == (64, 48)
    assert luma[4, 40] > 200, "the left upper corner lies at the right"
    assert luma[4, 4] < 50
    assert luma[60, 40] < 50


def write_turned(path: Path) -> None:
    picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    picture[:16, :16] = 255
    with AssetWriter(path) as writer:
        settings = VideoSettings(VideoCodec.H264, *SIZE, encoder_options=made.FAST)
        video = AssetWriterInput(MediaType.VIDEO, settings)
        video.transform = (0, 1, -1, 0, SIZE[1], 0)
        writer.add(video)
        writer.start_writing()
        writer.start_session(0)
        for index in range(4):
            video.append(picture, Time(index, 8), Time(1, 8))


def test_hdr_is_kept_where_it_is_played_and_mapped_where_it_is_not(tmp_path: Path) -> None:
    """The white of PQ's paper (203 nits, code 573 of 10 bits) is nearly SDR's white."""
    luma, chroma = np.full((48, 64), 573, np.uint16), np.full((24, 32), 512, np.uint16)
    bright = PixelBuffer([luma, chroma, chroma], PixelFormat.YUV420P10, color=ColorProperties(9, 16, 9))
    ladder = [
        Rendition(name="hdr", codec="hvc1", encoder_options=made.FAST),
        Rendition(name="sdr", encoder_options=made.FAST),
    ]
    report = write_hls([bright] * 4, tmp_path, ladder, fps=4, segment_duration=1, dash=True)
    variants = lines(tmp_path / "index.m3u8", "#EXT-X-STREAM-INF")
    assert [re.findall("VIDEO-RANGE=([A-Z]+)", each) for each in variants] == [["PQ"], ["SDR"]]
    assert (tmp_path / report.manifest).read_text().count("<AdaptationSet ") == 2, "players do not switch between them"
    kept, mapped = (decoded.ffmpeg_raw_video(tmp_path / each / "index.m3u8").frames[0][0] for each in ("hdr", "sdr"))
    assert abs(int(kept[20, 20]) - 573) <= 8
    assert 190 <= mapped[20, 20] <= 236
    stream = tools.ffprobe(tmp_path / "sdr" / "index.m3u8")["streams"][0]
    assert (stream["pix_fmt"], stream["color_transfer"]) == ("yuv420p", "bt709")


@pytest.mark.parametrize("kind", ["event", "live"])
def test_a_stream_can_be_seen_while_it_grows(tmp_path: Path, kind: str) -> None:
    """Playlists are whole whenever they are read; what they name is there."""
    seen: list[int] = []

    def look() -> Iterator[np.ndarray]:
        for number, frame in enumerate(film(10 * 8)):
            if number % 8 == 7:
                wait_for(tmp_path / "index.m3u8", number >= 8 * 8)
                seen.append(check_growing(tmp_path))
            yield frame

    report = write_hls(
        look(),
        tmp_path,
        LADDER[1:],
        fps=8,
        audio=(made.tone(10, 16000, 1), 16000),
        segment_duration=1,
        playlist=kind,
        window=3 if kind == "live" else None,
        dash=True,
    )
    assert seen[-1] >= 1, "segments were listed while frames were still coming"
    playlist = tmp_path / report.renditions[0].playlist
    assert playlist.read_text().endswith("#EXT-X-ENDLIST\n")
    assert lines(playlist, "#EXT-X-PROGRAM-DATE-TIME")
    listed = len(durations(playlist))
    assert (listed, lines(playlist, "#EXT-X-MEDIA-SEQUENCE")) == (
        (3, ["#EXT-X-MEDIA-SEQUENCE:7"]) if kind == "live" else (10, ["#EXT-X-MEDIA-SEQUENCE:0"])
    )
    if kind == "live":
        assert not (tmp_path / "24p" / "00001.m4s").exists()
    assert 'type="static"' in (tmp_path / "index.mpd").read_text()


def wait_for(path: Path, is_due: bool) -> None:
    """Encoders hold back a few pictures, and the disk takes its time."""
    for _ in range(500 if is_due else 0):
        if path.exists():
            return
        time.sleep(0.01)
    assert not is_due, "nothing was listed"


def check_growing(folder: Path) -> int:
    """See that every segment that is listed exists; returns how many are, of the pictures."""
    playlist = folder / "24p" / "index.m3u8"
    if not playlist.exists():
        return 0
    text = playlist.read_text()
    assert text.startswith("#EXTM3U\n")
    assert text.endswith("\n")
    names = [line for line in text.splitlines() if not line.startswith("#")]
    assert all((folder / "24p" / name).exists() for name in names)
    if (folder / "index.mpd").exists():
        ElementTree.parse(folder / "index.mpd")
    return len(names)


def test_parts_come_before_their_segment(tmp_path: Path) -> None:
    names: list[str] = []

    class Watching(FolderOutput):
        def write(self, name: str, buffers: Any) -> int:
            names.append(name)
            return super().write(name, buffers)

    write_hls(
        film(FPS * 2),
        Watching(tmp_path),
        LADDER[1:],
        fps=FPS,
        segment_duration=1,
        part_duration=0.25,
        playlist="event",
        can_block_reload=True,
    )
    stored = [name for name in names if name.endswith(".m4s")]
    assert stored == [f"24p/{segment:05d}{part}.m4s" for segment in (1, 2) for part in (".0", ".1", ".2", ".3", "")]
    assert "CAN-BLOCK-RELOAD=YES" in (tmp_path / "24p" / "index.m3u8").read_text()
    whole = b"".join((tmp_path / "24p" / f"00001.{part}.m4s").read_bytes() for part in range(4))
    assert whole == (tmp_path / "24p" / "00001.m4s").read_bytes()


# ---------------------------------------------------------------------- what goes wrong


class Boom(Exception):
    pass


def test_whatever_ends_it_early_is_raised_once_and_nothing_stays_open(tmp_path: Path) -> None:
    def breaks() -> Iterator[np.ndarray]:
        yield from film(40)
        raise Boom

    before = state()
    with pytest.raises(Boom):
        write_hls(breaks(), tmp_path / "1", LADDER, fps=FPS, audio=(made.tone(2), 48000), segment_duration=1)
    cancel = threading.Event()
    with pytest.raises(OperationCancelledError):
        write_hls(
            film(4000),
            tmp_path / "2",
            LADDER,
            fps=FPS,
            segment_duration=1,
            cancel=cancel,
            progress=lambda done, _: done == 30 and cancel.set(),
        )

    def stops(done: int, total: int | None) -> None:
        if done == 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_hls(film(4000), tmp_path / "3", LADDER, fps=FPS, segment_duration=1, progress=stops)
    assert state() == before


def test_a_disk_that_fails_ends_all_renditions(tmp_path: Path) -> None:
    class Full(FolderOutput):
        def write(self, name: str, buffers: Any) -> int:
            if name == "24p/00002.m4s":
                raise OutputError("no space left.", path=name)
            return super().write(name, buffers)

    before = state()
    with pytest.raises(OutputError, match="no space left"):
        write_hls(film(4000), Full(tmp_path), LADDER, fps=FPS, segment_duration=1)
    assert state() == before
    assert not (tmp_path / "index.m3u8").exists()


@pytest.mark.parametrize("kind", ["event", "vod"])
def test_who_watches_a_stream_that_fails_sees_its_end(tmp_path: Path, kind: str) -> None:
    def breaks() -> Iterator[np.ndarray]:
        yield from film(10 * 8)
        wait_for(tmp_path / "24p" / "00007.m4s", True)
        raise Boom

    with pytest.raises(Boom):
        write_hls(breaks(), tmp_path, LADDER[1:], fps=8, segment_duration=1, playlist=kind, dash=True)
    playlist = tmp_path / "24p" / "index.m3u8"
    if kind == "vod":
        assert not playlist.exists()
        assert not (tmp_path / "index.mpd").exists()
    else:
        manifest = ElementTree.parse(tmp_path / "index.mpd").getroot()
        assert manifest.get("type") == "static"
        length = manifest.get("mediaPresentationDuration", "")[2:-1]
        assert Fraction(length) == sum(durations(playlist))
        assert playlist.read_text().endswith("#EXT-X-ENDLIST\n")
        assert len(durations(playlist)) >= 6
        assert len(frame_times(playlist)) >= 6 * 8


def test_frames_are_of_one_size_and_seen_in_their_shape(tmp_path: Path) -> None:
    frames = [made.gray(10, SIZE), made.gray(20, (64, 50))]
    with pytest.raises(FrameError, match=r"frame 1: the picture is 64×50 pixels but the first was 64×48"):
        write_hls(frames, tmp_path / "1", LADDER, fps=FPS)
    wide = PixelBuffer.from_array(made.gray(10, SIZE))
    wide.pixel_aspect_ratio = PixelAspectRatio(4, 3)
    report = write_hls([wide] * 2, tmp_path / "2", LADDER, fps=FPS)
    assert [each.size for each in report.renditions] == [(84, 48), (42, 24)]


def test_an_encoder_that_cannot_work_ends_all_renditions(tmp_path: Path) -> None:
    before = state()
    broken = [LADDER[0], Rendition(height=24, encoder_options={"profile": "nonsense"})]
    with pytest.raises((EncodeError, InvalidArgumentError)):
        write_hls(film(200), tmp_path, broken, fps=FPS, segment_duration=1)
    assert state() == before


def test_a_stream_is_not_written_over_unasked(tmp_path: Path) -> None:
    (tmp_path / "index.m3u8").write_text("#EXTM3U\n")
    with pytest.raises(OutputExistsError, match="there is a stream in the folder"):
        write_hls(film(8), tmp_path, LADDER, fps=FPS)
    assert [path.name for path in tmp_path.iterdir()] == ["index.m3u8"]
    write_hls(film(8), tmp_path, LADDER[1:], fps=FPS, overwrite=True)
    assert "24p/index.m3u8" in (tmp_path / "index.m3u8").read_text()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"playlist": "later"}, "'later' is unknown"),
        ({"segment_duration": 0}, "segment_duration=0 is no duration"),
        ({"part_duration": 7, "playlist": "live"}, "do not fit"),
        ({"part_duration": 1, "playlist": "live", "one_file": True}, "files of their own"),
        ({"encrypt": True, "dash": True}, "not for DASH"),
        ({"encrypt": b"short"}, "16 bytes"),
        ({"encrypt": b""}, "16 bytes"),
        ({"ladder": []}, "without renditions"),
        ({"fps": None}, "either fps or times"),
        ({"audio_beyond": "fade"}, "'fade' is unknown"),
        ({"one_file": True, "playlist": "live"}, "grow for ever"),
        ({"window": 9}, "no window"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        write_hls(film(8), tmp_path, **{"ladder": LADDER, "fps": FPS, **options})
    assert not (tmp_path / "index.m3u8").exists()


def test_sound_alone_is_a_stream_too(tmp_path: Path) -> None:
    sound, out = tmp_path / "sound.m4a", tmp_path / "out"
    write_audio(made.tone(2.5), sound, 48000)
    report = write_hls(sound, out, segment_duration=1, dash=True)
    assert [each.name for each in report.renditions] == ["audio"]
    assert sum(durations(out / "audio" / "index.m3u8")) == pytest.approx(2.5, abs=0.05)
    variant = lines(out / "index.m3u8", "#EXT-X-STREAM-INF")[0]
    assert 'CODECS="mp4a.40.2"' in variant
    assert "RESOLUTION" not in variant
    assert lines(out / "index.m3u8", "#EXT-X-MEDIA") == []
    assert tools.ffprobe(out / "index.m3u8")["streams"][0]["codec_name"] == "aac"
    assert [each.get("contentType") for each in ElementTree.parse(out / "index.mpd").getroot()[0]] == ["audio"]
    with pytest.raises(InvalidArgumentError, match="no ladder"):
        write_hls(sound, tmp_path / "other", [720])


def test_films_bring_their_own_times_and_media(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    write_video(film(2), path, fps=8, encoder_options=made.FAST)
    with pytest.raises(InvalidArgumentError, match="fps= is for frames"):
        write_hls(path, tmp_path / "out", fps=30)
    with pytest.raises(InvalidArgumentError, match="audio= is for frames"):
        write_hls(path, tmp_path / "out", audio=(made.tone(1), 48000))
    subtitles = tmp_path / "words.srt"
    subtitles.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    with pytest.raises(InvalidMediaError):
        write_hls(subtitles, tmp_path / "out")


def test_a_report_says_in_words_what_was_written(stream: tuple[Path, StreamReport]) -> None:
    _, report = stream
    first, *lines = str(report).splitlines()
    assert first.startswith(f"{report.folder}: {report.playlist}, {report.manifest}, ")
    assert [line.split()[0] for line in lines] == ["48p", "24p", "audio"]
    assert "avc1." in lines[0]
    assert f"×48, {report.renditions[0].segments} segments, " in lines[0]
