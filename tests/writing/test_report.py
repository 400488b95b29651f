"""The report of a finished film: every figure in it, and that the counts are really compared."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.writing import scene
from tests.writing.scene import audio_input, filming, picture, stored_input, stream, video_input

from reelwright import FileType, MediaType, Time, TrackReport, WritingReport
from reelwright.model.errors import WritingIncompleteError
from reelwright.writing.lane import LaneFacts
from reelwright.writing.report import _sound_trouble, _trouble


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, WritingReport]:
    """Ten pictures from 1/5 s on, a second of sound with a hole, and stored packets."""
    path = tmp_path_factory.mktemp("report") / "film.mp4"
    video, audio = (
        video_input(settings={"compression": {"max_key_frame_interval": 9}, "encoder_options": {"g": "3"}}),
        audio_input(),
    )
    stored = stored_input(hint=stream().format)
    with filming(path, video, audio, stored) as writer:
        for number in range(10):
            video.append(picture(number), Time(number + 5, 25))
        audio.append(scene.sound_buffer(24000))
        audio.append(scene.sound_buffer(24000, Time(30000, scene.RATE)))
        for buffer in stream().buffers():
            stored.append(buffer)
    assert writer.report is not None
    return path, writer.report


def test_the_film(film: tuple[Path, WritingReport]) -> None:
    path, report = film
    assert report.path == str(path)
    assert report.file_type is FileType.MP4
    assert report.bytes == path.stat().st_size
    assert report.duration == 1
    assert report.movie_time_scale == scene.movie_scale(path) == 48000
    assert report.largest_rounding == 0
    assert report.header_method == "last"
    assert report.av_offset == Fraction(1, 5)
    assert [track.track for track in report.tracks] == [1, 2, 3]
    assert set(report.plays_on) == {"Safari/QuickTime", "Chrome", "Firefox", "Android", "VLC"}


def test_its_tracks(film: tuple[Path, WritingReport]) -> None:
    path, report = film
    video, audio, stored = report.tracks
    assert (video.media_type, audio.media_type) == (MediaType.VIDEO, MediaType.AUDIO)
    assert (video.appended, video.encoded, video.written, video.dropped) == (10, 10, 10, ())
    assert (audio.appended, audio.encoded) == (48000, audio.written)
    assert audio.written == len(scene.samples(path, 1))
    assert (stored.appended, stored.encoded, stored.written) == (12, 12, 12)
    assert (video.start, audio.start, stored.start) == (Fraction(1, 5), 0, 0)
    assert (video.duration, audio.duration, stored.duration) == (Fraction(10, 25), 1, Fraction(12, 25))
    assert [track.bytes for track in report.tracks] == [
        sum(len(row["data"]) for row in scene.samples(path, n)) for n in range(3)
    ]
    assert [track.media_time_scale for track in report.tracks] == [25, 48000, 25]
    assert (video.codec, audio.codec) == ("avc1.42c00a", "mp4a.40.2")
    assert video.format is not None
    assert (video.format.width, video.format.height) == (64, 64)
    assert audio.audio_gaps == ((Time(30000, scene.RATE), Time(6000, scene.RATE)),)
    assert any("MaxKeyFrameInterval" in text for text in video.overridden)
    assert video.notes == ()


def test_it_reads_well(film: tuple[Path, WritingReport]) -> None:
    path, report = film
    lines = str(report).splitlines()
    assert str(path) in lines[0]
    assert "1.000 s" in lines[0]
    assert f"{report.bytes:,} bytes" in lines[0]
    assert "track 1 video avc1.42c00a: 10 appended, 10 encoded, 10 written, 0.400 s" in lines[1]
    assert "Chrome plays" in str(report)
    noted = replace(
        report, path=None, tracks=(replace(report.tracks[0], notes=("a note",), dropped=(Time(1),), codec=None),)
    )
    assert "film:" in str(noted)
    assert "1 dropped" in str(noted)
    assert "    a note" in str(noted)
    assert "video ?" in str(noted)


def test_finding_a_track(film: tuple[Path, WritingReport]) -> None:
    _, report = film
    assert report.track(MediaType.VIDEO) is report.tracks[0]
    assert report.track(MediaType.TEXT) is None


@pytest.mark.parametrize("kinds", [(MediaType.VIDEO,), (MediaType.AUDIO,)])
def test_no_offset_without_both(tmp_path: Path, kinds: tuple[MediaType, ...]) -> None:
    input: Any = video_input() if MediaType.VIDEO in kinds else audio_input()
    with filming(tmp_path / "film.mp4", input) as writer:
        if MediaType.VIDEO in kinds:
            input.append(picture(0), 0)
        else:
            input.append(scene.sound_buffer(100))
    assert writer.report is not None
    assert writer.report.av_offset is None


# The counts ----------------------------------------------------------------------------------------------------------


class Counts:
    """An input, its feed and what the engine says, as far as the comparison looks at them."""

    def __init__(self, **more: Any) -> None:
        figures = {"appended": 10, "encoded": 10, "written": 10, "samples": 10, "dropped": 0, "settings": object()}
        figures |= more
        self.facts = LaneFacts(appended=figures["appended"], encoded=figures["encoded"])
        self._lane = self
        self._dropped = [Time(n) for n in range(figures["dropped"])]
        self.media_type, self.output_settings = MediaType.VIDEO, figures["settings"]
        self.written, self.samples = figures["written"], figures["samples"]

    @property
    def trouble(self) -> str | None:
        return _trouble(self, self, self)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("figures", "word"),
    [
        ({}, None),
        ({"appended": 12, "dropped": 2}, None),
        ({"encoded": 9}, "9 samples were encoded"),
        ({"written": 9}, "9 written"),
        ({"samples": 9}, "9 are in the tables"),
        ({"appended": 11}, "11 samples were appended and 0 dropped, but 10 encoded"),
        ({"appended": 11, "settings": None}, "11 samples were appended"),
        ({"dropped": 1}, "1 dropped"),
    ],
)
def test_counts_of_pictures_and_packets(figures: dict[str, Any], word: str | None) -> None:
    trouble = Counts(**figures).trouble
    assert trouble is None if word is None else word in str(trouble)


class Found:
    media_duration = Fraction(3072, 48000)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({}, None),
        ({"frames_heard": 999}, "1000 frames of sound were appended, 999 reached the encoder"),
        ({"frames_out": 1001}, "1001 frames of sound must be presented, 1000 are"),
        ({"trim_start": Time(1023, 48000)}, "1001 are"),
        ({"trim_end": Time(0)}, "2048 are"),
        ({"frames_in": 0, "frames_heard": 0, "frames_out": 0}, None),
    ],
)
def test_counts_of_frames_of_sound(changed: dict[str, Any], word: str | None) -> None:
    facts = LaneFacts(
        frames_in=1000,
        frames_heard=1000,
        frames_out=1000,
        trim_start=Time(1024, 48000),
        trim_end=Time(1048, 48000),
    )
    for name, value in changed.items():
        setattr(facts, name, value)
    trouble = _sound_trouble(facts, Found(), 48000)  # type: ignore[arg-type]
    assert trouble is None if word is None else word in str(trouble)


def test_a_film_that_is_not_whole_says_so(film: tuple[Path, WritingReport]) -> None:
    _, report = film
    report.verify()
    broken = replace(report, tracks=(report.tracks[0], replace(report.tracks[1], _trouble="one is missing")))
    with pytest.raises(WritingIncompleteError, match="track 2: one is missing") as caught:
        broken.verify()
    assert caught.value.report is broken
    assert caught.value.hint


@pytest.mark.parametrize("what", ["picture", "packet"])
def test_what_never_came_out_of_a_lane_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    from reelwright.writing.passthrough_lane import PassthroughLane
    from reelwright.writing.video_lane import VideoLane

    kind: Any = VideoLane if what == "picture" else PassthroughLane
    feed, seen = kind.feed, []

    def forgetful(lane: Any, item: Any) -> Any:
        seen.append(item)
        return () if len(seen) == 4 else feed(lane, item)

    monkeypatch.setattr(kind, "feed", forgetful)
    input = video_input() if what == "picture" else stored_input(hint=stream().format)
    writer = scene.begun(tmp_path / "film.mp4", input)
    for number, buffer in enumerate(stream().buffers()):
        if what == "picture":
            input.append(picture(number), number)
        else:
            input.append(buffer)
    with pytest.raises(WritingIncompleteError, match="12 samples were appended and 0 dropped, but 11 encoded"):
        writer.finish_writing()
    assert scene.left(tmp_path) == []


def test_reports_are_plain_values(film: tuple[Path, WritingReport]) -> None:
    import pickle

    _, report = film
    assert pickle.loads(pickle.dumps(report)) == report
    assert "_trouble" not in repr(report.tracks[0])
    assert isinstance(report.tracks[0], TrackReport)
