"""The judges judged: each sees FFmpeg's films as they are, and finds fault with those that were cut short."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.interop import chromium, decoded, tools

FILMS = ("film.mp4", "film.mov")
# What each judge answers with its complaints; every one of them must notice a film without a movie header.
JUDGES: dict[str, Callable[[Path], Any]] = {
    "ffprobe": lambda film: tools.ffprobe(film)["errors"],
    "ffmpeg": tools.ffmpeg_decode_errors,
    "ffmpeg of the wheel": lambda film: tools.ffmpeg_decode_errors(film, build="wheel"),
    "mediainfo": lambda film: tools.mediainfo(film)["errors"],
    "exiftool": lambda film: tools.exiftool(film)["errors"],
    "mp4box": lambda film: tools.mp4box(film)["errors"],
    "mediabunny": lambda film: tools.mediabunny(film)["errors"],
    "qtdump": lambda film: tools.qtdump(film)["errors"],
    "mkvmerge": lambda film: tools.mkvmerge(film)["errors"],
    "gst_discover": lambda film: tools.gst_discover(film)["errors"],
    "gst_decode": tools.gst_decode_errors,
}
# These do not look whether the samples are there.
BLIND_TO_LOST_SAMPLES = {"qtdump", "mkvmerge", "gst_discover", "gst_decode"}


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("name", FILMS)
def test_a_sound_film_is_not_faulted(references: Path, judge: str, name: str) -> None:
    assert not JUDGES[judge](references / name)


@pytest.mark.parametrize("judge", JUDGES)
def test_a_film_without_header_is_faulted(references: Path, judge: str) -> None:
    assert JUDGES[judge](references / "headless.mp4")


@pytest.mark.parametrize("judge", sorted(set(JUDGES) - BLIND_TO_LOST_SAMPLES))
def test_lost_samples_are_faulted(references: Path, judge: str) -> None:
    assert JUDGES[judge](references / "cut.mp4")


def test_complaints_asks_them_all(references: Path) -> None:
    assert tools.complaints(references / "film.mp4") == {}
    faulted = tools.complaints(references / "headless.mp4")
    assert len(faulted) == 10
    assert all(faulted.values())


@pytest.mark.parametrize("name", FILMS)
def test_ffprobe_sees_every_packet(references: Path, name: str) -> None:
    report = tools.ffprobe(references / name, frames=True)
    video, audio = report["streams"]
    assert (video["codec_name"], video["width"], video["height"]) == ("h264", 320, 240)
    assert (audio["codec_name"], audio["sample_rate"], audio["channels"]) == ("aac", "48000", 2)
    packets = [packet for packet in report["packets"] if packet["stream_index"] == 0]
    assert sorted(packet["pts"] for packet in packets) == [512 * n for n in range(50)]
    assert packets[0]["flags"].startswith("K")
    assert all(packet["duration"] == 512 for packet in packets)
    assert sum(frame["media_type"] == "video" for frame in report["frames"]) == 50


@pytest.mark.parametrize("name", FILMS)
def test_mediainfo_sees_formats_and_counts(references: Path, name: str) -> None:
    video, audio = tools.mediainfo(references / name)["tracks"]
    assert (video["@type"], video["Format"], video["Width"], video["FrameCount"]) == ("Video", "AVC", "320", "50")
    assert (audio["@type"], audio["Format"], audio["SamplingRate"]) == ("Audio", "AAC", "48000")


@pytest.mark.parametrize("name", FILMS)
def test_exiftool_sees_tags_by_track(references: Path, name: str) -> None:
    tags = tools.exiftool(references / name)["tags"]
    assert (tags["Track1:ImageWidth"], tags["Track1:MediaTimeScale"], tags["Track2:AudioSampleRate"]) == (
        320,
        12800,
        48000,
    )
    assert tags["QuickTime:Duration"] == 2


@pytest.mark.parametrize("name", FILMS)
def test_mp4box_sees_boxes_and_samples(references: Path, name: str) -> None:
    report = tools.mp4box(references / name)
    assert [len(samples) for samples in report["samples"].values()] == [50, 95]
    assert sum(sample["duration"] for sample in report["samples"]["1"]) == 50 * 512
    assert sorted(sample["cts"] for sample in report["samples"]["1"]) == [1024 + 512 * n for n in range(50)]
    edits = [box["fields"]["entries"] for box in tools.boxes_of(report, "elst")]
    assert [(edit["segment_duration"], edit["media_time"]) for (edit,) in edits] == [(2000, 1024), (2000, 1024)]
    assert [box["type"] for box in report["boxes"]][-1] == "moov"


@pytest.mark.parametrize("name", FILMS)
def test_mediabunny_sees_packets_at_their_times(references: Path, name: str) -> None:
    report = tools.mediabunny(references / name)
    video, audio = report["tracks"]
    assert (video["codec_string"], video["display_size"]) == ("avc1.64000d", [320, 240])
    assert sorted(packet["time"] for packet in video["packets"]) == pytest.approx([n / 25 for n in range(50)])
    assert (audio["codec"], audio["rate"], audio["channels"]) == ("aac", 48000, 2)
    assert audio["first"] == pytest.approx(-1024 / 48000)


def test_qtdump_sees_the_atoms(references: Path) -> None:
    found = tools.qtdump(references / "film.mov")["lines"]
    assert found.count("edit list (elst)") == 2
    assert "track_width 320.000000" in found


@pytest.mark.parametrize("name", FILMS)
def test_mkvmerge_sees_both_tracks(references: Path, name: str) -> None:
    report = tools.mkvmerge(references / name)
    assert [track["type"] for track in report["tracks"]] == ["video", "audio"]
    assert report["tracks"][0]["properties"]["pixel_dimensions"] == "320x240"


@pytest.mark.parametrize("name", FILMS)
def test_gstreamer_sees_streams_segments_and_buffers(references: Path, name: str) -> None:
    report = tools.gst_discover(references / name)
    assert report["duration"] == 2 * 10**9
    video, audio = report["streams"]
    assert (video["kind"], video["caps"]["width"], video["Frame rate"]) == ("video", "320", "25/1")
    assert (audio["kind"], audio["Sample rate"]) == ("audio", "48000")
    segments = tools.gst_segments(references / name)
    assert [[edit["media_start"] for edit in track] for track in segments] == [[1024], [1024]]
    buffers = tools.gst_buffers(references / name)
    assert sorted(buffer["pts"] for buffer in buffers) == [80_000_000 + 40_000_000 * n for n in range(50)]
    assert "delta-unit" not in buffers[0]["flags"]


def test_gstreamer_sees_an_empty_edit(references: Path, tmp_path: Path) -> None:
    late = tmp_path / "late.mov"
    film = references / "film.mov"
    silent = ["-map", "0:a", "-map", "1:v", "-c", "copy"]
    answer = tools.run(tools.ffmpeg(), "-v", "error", "-i", film, "-itsoffset", "0.5", "-i", film, *silent, late)
    assert answer.status == 0, answer.err
    _, (empty, edit) = tools.gst_segments(late)
    assert (empty["media_start"], empty["duration"]) == (None, 500_000_000)
    assert (edit["time"], edit["media_start"]) == (500_000_000, 1024)


@pytest.mark.parametrize("build", ["system", "wheel"])
def test_pictures_come_as_stored(references: Path, build: str) -> None:
    video = decoded.ffmpeg_raw_video(references / "film.mp4", build=build)
    assert video[:3] == ("yuv420p", 320, 240)
    assert len(video.frames) == 50
    assert [plane.shape for plane in video.frames[0]] == [(240, 320), (120, 160), (120, 160)]
    (rgb,) = decoded.ffmpeg_raw_video(references / "film.mp4", "rgb24", build=build).frames[0]
    assert rgb.shape == (240, 320, 3)


def test_planes_of_odd_sizes_round_up(tmp_path: Path) -> None:
    film = tmp_path / "odd.mkv"
    source = ["-f", "lavfi", "-i", "color=red:size=64x64:rate=1:duration=1,format=gbrp,scale=35:17,format=yuv420p"]
    assert tools.run(tools.ffmpeg(), "-v", "error", *source, "-c:v", "ffv1", film).status == 0
    (frame,) = decoded.ffmpeg_raw_video(film).frames
    assert [plane.shape for plane in frame] == [(17, 35), (9, 18), (9, 18)]


def test_a_lost_sample_is_no_picture(references: Path) -> None:
    with pytest.raises(tools.JudgeError, match="could not decode"):
        decoded.ffmpeg_raw_video(references / "cut.mp4")
    with pytest.raises(tools.JudgeError, match="could not decode"):
        decoded.ffmpeg_pcm(references / "cut.mp4")


def test_sound_honours_the_edit_list(references: Path) -> None:
    sound = decoded.ffmpeg_pcm(references / "film.mp4", build="wheel")
    assert (sound.samples.shape, sound.rate) == ((96000, 2), 48000)
    crossings = np.flatnonzero(np.diff(np.signbit(sound.samples[:, 0]))).size
    assert crossings == pytest.approx(2 * 440 * 2, abs=2)


def test_late_sound_begins_late(tmp_path: Path) -> None:
    film = tmp_path / "late.mov"
    source = ["-itsoffset", "0.25", "-f", "lavfi", "-i", "sine=sample_rate=48000:duration=1"]
    picture = ["-f", "lavfi", "-i", "color=black:size=64x64:duration=2"]
    coding = ["-c:a", "pcm_s16le", "-c:v", "libx264", "-preset", "ultrafast"]
    assert tools.run(tools.ffmpeg(), "-v", "error", *source, *picture, *coding, film).status == 0
    sound = decoded.ffmpeg_pcm(film, "s16le")
    assert sound.samples.dtype == np.int16
    assert len(sound.samples) == 12000 + 48000
    assert not sound.samples[:12000].any()
    assert sound.samples[12000:12100].any()


def test_chromium_plays_to_the_end(references: Path) -> None:
    report = chromium.play_in_chromium(references / "film.mov", rate=2)
    assert report["errors"] == []
    assert (report["videoWidth"], report["videoHeight"]) == (320, 240)
    assert report["duration"] == report["currentTime"] == pytest.approx(2, abs=0.001)
    assert report["audioBytes"] > 0
    assert all(60 < value < 190 for value in report["pixels"])


@pytest.mark.parametrize("name", ["headless.mp4", "cut.mp4"])
def test_chromium_refuses_a_broken_film(references: Path, name: str) -> None:
    report = chromium.play_in_chromium(references / name)
    assert report["why"] == "error"
    assert report["errors"]


SKIPPING = """
from pathlib import Path
import pytest
from tests import conftest
from tests.interop import tools

conftest.INTEROP = Path(__file__).parent

def test_asks_for_a_missing_judge():
    tools.find("no-such-judge", "no-such-package")

def test_skips_for_a_reason_of_its_own():
    pytest.skip("reasons")
"""


@pytest.mark.parametrize(("required", "outcome"), [("0", "2 skipped"), ("1", "2 failed")])
def test_a_missing_judge_skips_or_fails(
    required: str, outcome: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELWRIGHT_REQUIRE_TOOLS", required)
    probe = tmp_path / "test_probe.py"
    probe.write_text(SKIPPING, encoding="utf-8")
    root = Path(__file__).parents[2]
    options = ["-p", "no:cacheprovider", "-p", "tests.conftest", "-c", str(root / "pyproject.toml")]
    answer = tools.run(sys.executable, "-m", "pytest", *options, "--rootdir", tmp_path, probe)
    assert outcome in answer.text
    assert "no-such-judge is not installed" in answer.text
