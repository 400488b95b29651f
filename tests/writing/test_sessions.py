"""What a session does to a film (``startSession(atSourceTime:)``): edit lists, read by others than ourselves."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.interop import tools
from tests.writing import scene
from tests.writing.scene import audio_input, filming, picture, video_input

from reelwright import AudioFormat, BufferAttachment, MediaType, SampleBuffer, Time, WritingReport
from reelwright.model.errors import InvalidStateError

FPS = 25


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.mp4"


def film(
    path: Path, times: list[int], session: Any = 0, end: Any = None, fps: int = FPS, last: Any = None
) -> WritingReport:
    """Pictures numbered by their times, in frames; the last one's own duration, if given."""
    video = video_input()
    with filming(path, video, session=session) as writer:
        for time in times:
            own = {"duration": last} if last is not None and time == times[-1] else {}
            video.append(picture(time), Time(time, fps), **own)
        if end is not None:
            writer.end_session(end)
    assert writer.report is not None
    return writer.report


def elst(path: Path, track: int = 0) -> list[tuple[Fraction, Fraction | None]]:
    """The edit list in seconds: duration, and media time or None for an empty edit."""
    movie, media = scene.movie_scale(path), scene.media_scale(path, track)
    return [
        (Fraction(length, movie), None if at < 0 else Fraction(at, media)) for length, at in scene.edits(path, track)
    ]


def gst(path: Path) -> list[list[tuple[Fraction, Fraction, Fraction | None]]]:
    """Each track's edits as GStreamer reads them: (movie time, duration, media time) in seconds."""
    ns = Fraction(1, 10**9)
    return [
        [
            (
                segment["time"] * ns,
                segment["duration"] * ns,
                None if segment["media_start"] is None else Fraction(segment["media_start"], segment["timescale"]),
            )
            for segment in track
        ]
        for track in tools.gst_segments(path)
    ]


def test_a_film_that_begins_with_its_session(path: Path) -> None:
    report = film(path, list(range(10)))
    assert elst(path) == [(Fraction(10, FPS), 0)]
    assert gst(path) == [[(0, Fraction(10, FPS), 0)]]
    assert report.duration == report.tracks[0].duration == Fraction(10, FPS)
    assert report.tracks[0].start == 0


def test_a_session_anywhere_on_the_sources_time_line(path: Path) -> None:
    report = film(path, list(range(1000, 1010)), session=Time(1000, FPS))
    assert [(s.at, s.number) for s in scene.shown(path)] == [(Fraction(n, FPS), 1000 + n) for n in range(10)]
    assert report.duration == Fraction(10, FPS)


def test_a_session_before_zero(path: Path) -> None:
    film(path, list(range(-5, 5)), session=Time(-5, FPS))
    assert [s.at for s in scene.shown(path)] == [Fraction(n, FPS) for n in range(10)]


def test_what_comes_before_the_session_is_stored_and_not_shown(path: Path) -> None:
    """Samples from 0 to 5 s, session at 2 s: three seconds play, five are there."""
    report = film(path, list(range(125)), session=2)
    assert elst(path) == [(3, 2)]
    assert gst(path) == [[(0, 3, 2)]]
    found = [s for s in scene.shown(path) if s.at >= 0]
    assert [s.number for s in found][:3] == [50, 51, 52]
    assert found[0].at == 0
    assert report.duration == 3
    assert (report.tracks[0].written, report.tracks[0].appended) == (125, 125)
    assert len(scene.samples(path)) == 125


def test_a_picture_that_straddles_the_sessions_start_is_shown_from_there(path: Path) -> None:
    report = film(path, list(range(10)), session=Time(5, 2 * FPS))  # in the middle of picture 2
    assert elst(path) == [(Fraction(15, 2 * FPS), Fraction(5, 2 * FPS))]
    assert gst(path) == [[(0, Fraction(15, 2 * FPS), Fraction(5, 2 * FPS))]]
    assert report.duration == Fraction(15, 2 * FPS)


def test_everything_before_the_session_is_an_empty_film(path: Path) -> None:
    report = film(path, list(range(10)), session=5, end=6)
    assert report.tracks[0].start is None
    assert report.duration == 1
    assert elst(path) == [(1, None)]
    assert report.tracks[0].written == 10


def test_a_track_that_begins_later_than_the_session_begins_later(path: Path) -> None:
    """First sample a second after the session: an empty edit of a second."""
    report = film(path, list(range(25, 35)))
    assert elst(path) == [(1, None), (Fraction(10, FPS), 0)]
    assert gst(path) == [[(0, 1, None), (1, Fraction(10, FPS), 0)]]
    assert report.tracks[0].start == 1
    assert report.duration == 1 + Fraction(10, FPS)
    assert scene.shown(path)[0].at == 1


def test_what_comes_after_the_sessions_end_is_stored_and_not_shown(path: Path) -> None:
    report = film(path, list(range(125)), end=3)
    assert elst(path) == [(3, 0)]
    assert gst(path) == [[(0, 3, 0)]]
    assert report.duration == 3
    assert len(scene.samples(path)) == 125
    assert sum(s["duration"] for s in scene.samples(path)) == 125


def test_a_picture_that_straddles_the_sessions_end_is_cut_there(path: Path) -> None:
    report = film(path, list(range(10)), end=Time(11, 2 * FPS))
    assert report.duration == Fraction(11, 2 * FPS)
    assert elst(path) == [(Fraction(11, 2 * FPS), 0)]


def test_an_end_after_everything_stretches_nothing(path: Path) -> None:
    report = film(path, list(range(10)), end=100)
    assert report.duration == Fraction(10, FPS)


def test_without_an_end_nothing_is_cut(path: Path) -> None:
    assert film(path, list(range(10)), last=Time(2, 1)).duration == Fraction(9, FPS) + 2


def test_an_end_at_the_start_shows_nothing(path: Path) -> None:
    report = film(path, list(range(10)), session=1, end=1)
    assert report.tracks[0].start is None
    assert report.duration == 0


def test_edges_that_no_common_scale_holds_are_rounded_and_the_report_says_so(path: Path) -> None:
    video = video_input()
    with filming(path, video, session=Time(7, 1_000_003)) as writer:
        for number in range(10):
            video.append(picture(number), Time(number, 30_011))
        writer.end_session(Time(8, 30_011))
    assert writer.report is not None
    assert writer.report.movie_time_scale == 30_011
    exact = Fraction(8, 30_011) - Fraction(7, 1_000_003)
    assert 0 < abs(writer.report.duration - exact) <= 2 * writer.report.largest_rounding
    assert writer.report.largest_rounding <= Fraction(1, 2 * 30_011)


def test_edges_never_take_the_room_of_pictures(path: Path) -> None:
    """A session on a fine grid does not keep pictures on another fine grid out."""
    report = film(path, list(range(10)), session=Time(1, 65_537), fps=65_539)
    assert report.tracks[0].written == 10
    assert report.tracks[0].media_time_scale == 65_539


def test_a_fixed_media_time_scale_stays(path: Path) -> None:
    video = video_input()
    video.media_time_scale = 600
    with filming(path, video, session=Time(1, 7)) as writer:
        for number in range(10):
            video.append(picture(number), Time(number, FPS))
    assert writer.report is not None
    assert scene.media_scale(path) == 600
    assert scene.movie_scale(path) == 4200
    assert writer.report.largest_rounding > 0


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_a_session_of_nothing_is_a_film_of_nothing(path: Path, suffix: str) -> None:
    path = path.with_suffix(suffix)
    with filming(path, video_input(), audio_input(), session=1) as writer:
        writer.end_session(5)
    assert writer.report is not None
    assert writer.report.duration == 4
    assert elst(path, 0) == elst(path, 1) == [(4, None)]
    assert [track.start for track in writer.report.tracks] == [None, None]
    assert [track.codec for track in writer.report.tracks] == ["avc1.42c00a", "mp4a.40.2"]
    seen = tools.ffprobe(path)
    assert seen["errors"] == []
    assert [stream["codec_name"] for stream in seen["streams"]] == ["h264", "aac"]
    assert float(seen["format"]["duration"]) == 4
    assert tools.mp4box(path)["errors"] == []


def test_a_session_of_nothing_is_as_long_as_it_was_said_to_be(path: Path) -> None:
    with filming(path, video_input(), session=Time(1, 7)) as writer:
        writer.end_session(2)
    assert writer.report is not None
    assert writer.report.duration == Fraction(13, 7)


def test_a_session_of_nothing_needs_an_end(path: Path) -> None:
    writer = scene.begun(path, video_input())
    with pytest.raises(InvalidStateError, match="end_session"):
        writer.finish_writing()


def test_a_track_without_samples_is_empty_as_long_as_the_session(path: Path) -> None:
    video, audio = video_input(), audio_input()
    with filming(path, video, audio) as writer:
        for number in range(50):
            video.append(picture(number), Time(number, FPS))
        writer.end_session(Time(3, 2))
    assert elst(path, 0) == [(Fraction(3, 2), 0)]
    assert elst(path, 1) == [(Fraction(3, 2), None)]
    assert tools.ffprobe(path)["errors"] == []


def test_stored_samples_without_a_hint_that_never_come_leave_no_track(path: Path) -> None:
    """A track without a sample description would stop readers."""
    path = path.with_suffix(".mov")
    with filming(path, video_input(), scene.stored_input()) as writer:
        writer.inputs[0].append(picture(1), 0)
    assert writer.report is not None
    assert len(scene.tracks(path)) == 1
    assert writer.report.tracks[1].codec is None
    assert tools.ffprobe(path)["errors"] == []


# Sound ----------------------------------------------------------------------------------------------------------------


def sound_film(path: Path, starts: list[Any], session: Any = 0, end: Any = None, **options: Any) -> WritingReport:
    audio = audio_input(**options)
    with filming(path, audio, session=session) as writer:
        for start in starts:
            audio.append(scene.sound_buffer(4800, start))
        if end is not None:
            writer.end_session(end)
    assert writer.report is not None
    return writer.report


def test_priming_is_trimmed_by_the_edit_list(path: Path) -> None:
    report = sound_film(path, [0])
    (edit,) = elst(path)
    priming = edit[1]
    assert priming is not None
    assert priming > 0
    assert edit[0] == Fraction(4800, scene.RATE)
    assert report.duration == Fraction(4800, scene.RATE)
    assert gst(path)[0][0][1:] == edit


def test_sound_is_cut_by_the_session_at_both_ends(path: Path) -> None:
    path = path.with_suffix(".mov")
    audio = audio_input(AudioFormat.LINEAR_PCM)
    with filming(path, audio, session=Time(1000, scene.RATE)) as writer:
        audio.append(scene.sound_buffer(4800, 0))
        writer.end_session(Time(3000, scene.RATE))
    assert elst(path) == [(Fraction(2000, scene.RATE), Fraction(1000, scene.RATE))]
    wave, _ = scene.heard(path)
    assert writer.report is not None
    assert writer.report.duration == Fraction(2000, scene.RATE)
    assert abs(wave[0, 0] - 1000 / 32768) < 1e-6


def test_sound_that_begins_later(path: Path) -> None:
    report = sound_film(path, [Time(1, 2)])
    assert report.tracks[0].start == Fraction(1, 2)
    first, second = elst(path)
    assert first == (Fraction(1, 2), None)
    assert second[0] == Fraction(4800, scene.RATE)


def test_sound_that_begins_off_the_grid_goes_to_the_nearest_frame(path: Path) -> None:
    report = sound_film(path, [Time(1, 7)])
    start = report.tracks[0].start
    assert start is not None
    assert abs(start - Fraction(1, 7)) <= Fraction(1, 2 * scene.RATE)
    assert (start * scene.RATE).denominator == 1
    assert report.largest_rounding == abs(start - Fraction(1, 7)), "the report says by how much"


def test_picture_and_sound_keep_their_distance(path: Path) -> None:
    video, audio = video_input(), audio_input()
    with filming(path, video, audio, session=10) as writer:
        for number in range(10):
            video.append(picture(number), Time(261 + number, 25))
        audio.append(scene.sound_buffer(4800, Time(101, 10)))
    assert writer.report is not None
    assert writer.report.av_offset == Fraction(261, 25) - Fraction(101, 10)
    assert [track.start for track in writer.report.tracks] == [Fraction(11, 25), Fraction(1, 10)]
    assert elst(path, 0) == [(Fraction(11, 25), None), (Fraction(10, 25), 0)]
    assert elst(path, 1)[0] == (Fraction(1, 10), None)
    assert scene.shown(path)[0].at == Fraction(11, 25)


def test_a_click_is_heard_where_it_was_put(path: Path) -> None:
    """Through encoder, priming and edit list: within one sample."""
    audio = audio_input()
    wave = np.zeros((48000, 1), np.float32)
    wave[30000] = 0.9
    with filming(path, audio, session=Time(1, 2)):
        for start in range(0, 48000, 4800):
            audio.append(SampleBuffer.from_audio(wave[start : start + 4800], scene.RATE, Time(start, scene.RATE)))
    found, begin = scene.heard(path)
    peak = int(np.abs(found[:, 0]).argmax()) + int(begin * scene.RATE)
    assert abs(peak - (30000 - 24000)) <= 1


def test_everything_together(path: Path) -> None:
    """Early sound, late pictures, a marker and an end: every judge reads the same film."""
    video, audio = video_input(), audio_input()
    with filming(path, video, audio, session=1) as writer:
        for start in range(0, 96000, 4800):
            audio.append(scene.sound_buffer(4800, Time(start, scene.RATE), start))
        for number in range(30, 45):
            video.append(picture(number), Time(number, 25))
        video.append(SampleBuffer.marker(Time(48, 25), BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION))
        writer.end_session(Time(47, 25))
    assert writer.report is not None
    assert elst(path, 0) == [(Fraction(5, 25), None), (Fraction(17, 25), 0)]
    assert writer.report.duration == Fraction(22, 25)
    assert writer.report.tracks[1].duration == Fraction(22, 25)
    assert tools.complaints(path) == {}
    assert writer.report.track(MediaType.VIDEO) is writer.report.tracks[0]
