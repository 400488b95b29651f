"""Every picture is shown exactly when it was said to be, for exactly as long, and not one is lost or repeated.

Times are compared as fractions with what readers of their own make of sample tables and edit lists: MP4Box.js ticks,
FFmpeg's frames, and to the nanosecond and the float GStreamer's buffers and Mediabunny's packets.
"""

from __future__ import annotations

import random
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any

import pytest

import reelwright as rw
from tests.acceptance.films import HEIGHT, WIDTH, number_of, numbered, write_film
from tests.interop import decoded, tools

LARGEST = 2**31 - 1
NANOSECOND = Fraction(1, 10**9)
Timing = tuple[Fraction, Fraction]  # when a picture is shown, and for how long
# Steps on many grids that have one scale in common: 735 134 400 ticks a second, or 600 600.
FINE = (64, 100, 119, 187, 221, 300, 600, 1001, 2431, 2700)
COARSE = (24, 25, 30, 600, 1001)


def steady(step: Fraction, count: int) -> list[Timing]:
    return [(number * step, step) for number in range(count)]


def irregular(seed: int, grids: tuple[int, ...], longest: Fraction, count: int = 60) -> list[Timing]:
    """Times a random step apart, each step on another grid; the last picture has a random duration too."""
    dice = random.Random(seed)
    steps = []
    for number in range(count):
        grid = grids[number] if number < len(grids) else dice.choice(grids)
        steps.append(Fraction(dice.randint(1, max(1, int(longest * grid))), grid))
    return [(sum(steps[:number], Fraction(0)), step) for number, step in enumerate(steps)]


CASES: dict[str, list[Timing]] = {
    "24000/1001": steady(Fraction(1001, 24000), 50),
    "30000/1001": steady(Fraction(1001, 30000), 50),
    "60": steady(Fraction(1, 60), 50),
    "0.06": steady(Fraction(50, 3), 12),
    "irregular": irregular(1, FINE, Fraction(1, 40)),
    "irregular with pauses": irregular(2, COARSE, Fraction(3)),
    "largest scale": steady(Fraction(LARGEST // 60, LARGEST), 40),
}
KINDS = {"H264.mp4": rw.VideoCodec.H264, "HEVC.mov": rw.VideoCodec.HEVC}


def write(path: Path, codec: rw.VideoCodec, timings: list[Timing]) -> rw.WritingReport:
    """A film of numbered pictures; only the last is told its duration, the others end where the next begins."""
    pictures: list[tuple[Any, ...]] = [(numbered(n), rw.Time.of(time)) for n, (time, _) in enumerate(timings)]
    pictures[-1] = (*pictures[-1], rw.Time.of(timings[-1][1]))
    return write_film(path, video=rw.VideoSettings(codec, WIDTH, HEIGHT), pictures=pictures)


def shown_by_tables(movie: dict[str, Any]) -> list[Timing]:
    """What the sample tables and the edit list say, as MP4Box.js reads them: ticks, so nothing is rounded."""
    samples = movie["samples"]["1"]
    (edit,) = tools.boxes_of(movie, "elst")[0]["fields"]["entries"]
    scale = samples[0]["timescale"]
    times = [(Fraction(s["cts"] - edit["media_time"], scale), Fraction(s["duration"], scale)) for s in samples]
    return sorted(times)


def assert_close(found: list[Timing], wanted: list[Timing], tolerance: Fraction) -> None:
    assert len(found) == len(wanted)
    for got, given in zip(found, wanted, strict=True):
        assert abs(got[0] - given[0]) <= tolerance, (got, given)
        assert abs(got[1] - given[1]) <= tolerance, (got, given)


@pytest.fixture(scope="module", params=[(case, kind) for case in CASES for kind in KINDS], ids=" ".join)
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(path, report, timings) of one case as one kind of file."""
    case, kind = request.param
    path = tmp_path_factory.mktemp("times") / f"film{Path(kind).suffix}"
    return path, write(path, KINDS[kind], CASES[case]), CASES[case]


def test_tables_hold_every_time_and_duration(film: Any) -> None:
    path, report, timings = film
    movie = tools.mp4box(path)
    assert shown_by_tables(movie) == timings
    total = timings[-1][0] + timings[-1][1]
    assert Fraction(movie["info"]["duration"], movie["info"]["timescale"]) == total == report.duration
    assert report.largest_rounding == 0
    if len(timings) > 12:
        assert any(sample["cts"] != sample["dts"] for sample in movie["samples"]["1"]), "no B-frames: nothing is proved"


def test_ffmpeg_decodes_every_picture_at_its_time(film: Any) -> None:
    path, _, timings = film
    report = tools.ffprobe(path, packets=False, frames=True)
    base = Fraction(report["streams"][0]["time_base"])
    assert [frame["pts"] * base for frame in report["frames"]] == [time for time, _ in timings]
    assert float(report["format"]["duration"]) == pytest.approx(sum(timings[-1]), abs=1e-6)


def test_no_picture_is_lost_repeated_or_out_of_order(film: Any) -> None:
    path, _, timings = film
    video = decoded.ffmpeg_raw_video(path)
    assert [number_of(frame[0]) for frame in video.frames] == list(range(len(timings)))


def test_gstreamer_agrees(film: Any) -> None:
    path, report, timings = film
    ((segment,),) = tools.gst_segments(path)
    shift = Fraction(segment["media_start"], segment["timescale"])
    buffers = tools.gst_buffers(path)
    found = sorted((b["pts"] * NANOSECOND - shift, b["duration"] * NANOSECOND) for b in buffers)
    assert_close(found, timings, NANOSECOND)
    assert abs(segment["duration"] * NANOSECOND - report.duration) <= NANOSECOND


def test_mediabunny_agrees(film: Any) -> None:
    path, report, timings = film
    answer = tools.mediabunny(path)
    found = sorted((Fraction(p["time"]), Fraction(p["duration"])) for p in answer["tracks"][0]["packets"])
    assert_close(found, timings, Fraction(1, 10**12))
    assert answer["duration"] == pytest.approx(float(report.duration), abs=1e-9)


def test_the_irregular_times_have_no_small_scale_in_common() -> None:
    scales = {case: lcm(*(value.denominator for pair in timings for value in pair)) for case, timings in CASES.items()}
    assert scales["irregular"] == 735_134_400
    assert scales["irregular with pauses"] == 600_600
    assert scales["largest scale"] == LARGEST


def test_offsets_of_many_ticks(tmp_path: Path) -> None:
    """Pictures a twelfth of a second apart on the finest grid: offsets beyond 2²⁸ ticks, which older readers refuse."""
    path, timings = tmp_path / "film.mp4", steady(Fraction(LARGEST // 12, LARGEST), 24)
    write(path, rw.VideoCodec.H264, timings)
    movie = tools.mp4box(path)
    assert max(sample["cts"] - sample["dts"] for sample in movie["samples"]["1"]) > 2**28
    assert shown_by_tables(movie) == timings
    video = decoded.ffmpeg_raw_video(path, build="wheel")
    assert [number_of(frame[0]) for frame in video.frames] == list(range(24))


def test_pictures_as_long_as_they_say_rather_than_as_the_one_before(tmp_path: Path) -> None:
    """Without a duration the last picture is shown as long as the one before it; a marker ends it anywhere."""
    settings = rw.VideoSettings(rw.VideoCodec.H264, WIDTH, HEIGHT)
    times = [rw.Time(0, 30), rw.Time(1, 30), rw.Time(4, 30)]
    pictures: list[tuple[Any, ...]] = [(numbered(n), time) for n, time in enumerate(times)]
    plain = write_film(tmp_path / "plain.mp4", video=settings, pictures=pictures)
    assert plain.duration == Fraction(7, 30)
    ends = rw.BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION
    pictures.append((rw.SampleBuffer.marker(rw.Time(9, 60), ends),))
    marked = write_film(tmp_path / "marked.mp4", video=settings, pictures=pictures)
    assert marked.duration == Fraction(9, 60)
    for name, last in (("plain", Fraction(3, 30)), ("marked", Fraction(1, 60))):
        timings = shown_by_tables(tools.mp4box(tmp_path / f"{name}.mp4"))
        assert timings[-1] == (Fraction(4, 30), last)


@pytest.mark.parametrize("bad", ["time", "duration"])
def test_a_time_that_fits_no_scale_is_refused_and_the_film_goes_on(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "film.mp4"
    with rw.AssetWriter(path) as writer:
        video = rw.AssetWriterInput(rw.MediaType.VIDEO, rw.VideoSettings(rw.VideoCodec.H264, WIDTH, HEIGHT))
        writer.add(video)
        writer.start_writing()
        writer.start_session(0)
        video.append(numbered(0), rw.Time(0, 30))
        video.append(numbered(1), rw.Time(1, 30))
        odd = rw.Time(LARGEST // 10, LARGEST)  # 2³¹−1 is a prime: nothing but itself goes with it
        given = (odd, None) if bad == "time" else (rw.Time(2, 30), odd)
        with pytest.raises(rw.TimestampError, match="2147483647") as refused:
            video.append(numbered(99), *given)
        assert refused.value.time == given[0 if bad == "time" else 1]
        assert "media_time_scale" in str(refused.value)
        video.append(numbered(2), rw.Time(2, 30), rw.Time(1, 30))
    assert writer.report is not None
    assert shown_by_tables(tools.mp4box(path)) == [(Fraction(n, 30), Fraction(1, 30)) for n in range(3)]
    assert [number_of(frame[0]) for frame in decoded.ffmpeg_raw_video(path).frames] == [0, 1, 2]


def test_a_picture_too_long_for_the_tables_is_refused_and_the_film_goes_on(tmp_path: Path) -> None:
    """On the finest grid a sample table's 32 bits hold two seconds; a longer pause is said at its append."""
    path = tmp_path / "film.mp4"
    step = LARGEST // 30
    with rw.AssetWriter(path) as writer:
        video = rw.AssetWriterInput(rw.MediaType.VIDEO, rw.VideoSettings(rw.VideoCodec.H264, WIDTH, HEIGHT))
        writer.add(video)
        writer.start_writing()
        writer.start_session(0)
        for number in range(3):
            video.append(numbered(number), rw.Time(number * step, LARGEST))
        with pytest.raises(rw.TimestampError, match="media_time_scale"):
            video.append(numbered(99), rw.Time(10 * LARGEST, LARGEST))
        video.append(numbered(3), rw.Time(3 * step, LARGEST))
    assert shown_by_tables(tools.mp4box(path)) == steady(Fraction(step, LARGEST), 4)


def test_a_fixed_scale_rounds_and_says_by_how_much(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with rw.AssetWriter(path) as writer:
        video = rw.AssetWriterInput(rw.MediaType.VIDEO, rw.VideoSettings(rw.VideoCodec.H264, WIDTH, HEIGHT))
        video.media_time_scale = 600
        writer.add(video)
        writer.start_writing()
        writer.start_session(0)
        for number in range(10):
            video.append(numbered(number), rw.Time(number * 1001, 24000))
    wanted = [Fraction(round(Fraction(number * 1001, 40)), 600) for number in range(10)]
    assert [time for time, _ in shown_by_tables(tools.mp4box(path))] == wanted
    assert writer.report is not None
    off = max(abs(time - Fraction(number * 1001, 24000)) for number, time in enumerate(wanted))
    assert writer.report.largest_rounding >= off > 0
    assert writer.report.largest_rounding <= Fraction(1, 1200)
