"""Whatever goes in comes back: random tracks, times and sessions, read by FFmpeg's demuxer and by the tests' own."""

from __future__ import annotations

import io
import os
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.isobmff import reading
from tests.writing import scene
from tests.writing.scene import RATE, audio_input, filming, picture, stored_input, video_input

from reelwright import (
    AudioFormat,
    BufferAttachment,
    FileType,
    FormatDescription,
    MediaType,
    PcmLayout,
    SampleBuffer,
    SampleTiming,
    Time,
)
from reelwright.model.errors import TimestampError

pytestmark = pytest.mark.skipif(
    os.environ.get("REELWRIGHT_PLAIN_STORAGE") == "1", reason="films in memory are the same either way"
)
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

scales = st.sampled_from([1, 24, 25, 30, 600, 1000, 1001, 30000, 90000])
starts = st.builds(lambda ticks, scale: Fraction(ticks, scale), st.integers(-5000, 5000), scales)
# In the common scale of all of these the sample tables count to 11 seconds between decoding and showing.
steps = scales.flatmap(lambda scale: st.integers(1, max(1, scale * 3 // 2)).map(lambda ticks: Fraction(ticks, scale)))
JPEG = FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg", width=8, height=8)


def running(start: Fraction, lengths: list[Fraction]) -> list[Fraction]:
    """Where stretches of these lengths begin when they lie edge to edge."""
    return [start + sum(lengths[:n], Fraction(0)) for n in range(len(lengths))]


@few
@given(
    start=starts,
    lengths=st.lists(steps, min_size=1, max_size=12),
    preset=st.sampled_from(["ultrafast", "veryfast"]),
    closing=st.sampled_from(["own", "marker"]),
)
def test_pictures(start: Fraction, lengths: list[Fraction], preset: str, closing: str) -> None:
    """Every time, duration and picture, the last one included, through reordering or without."""
    times = running(start, lengths)
    film = io.BytesIO()
    video = video_input(settings={"encoder_options": {"preset": preset}})
    with filming(film, video, session=Time.of(start), file_type=FileType.MP4) as writer:
        for number, time in enumerate(times):
            is_last = number == len(times) - 1 and closing == "own"
            video.append(picture(number), Time.of(time), Time.of(lengths[-1]) if is_last else None)
        if closing == "marker":
            end = Time.of(times[-1] + lengths[-1])
            video.append(SampleBuffer.marker(end, BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION))
    assert writer.report is not None
    assert writer.report.largest_rounding == 0
    film.seek(0)
    assert scene.timings(film) == [(time - start, length) for time, length in zip(times, lengths, strict=True)]
    film.seek(0)
    assert [(s.at, s.number) for s in scene.shown(film)] == [(time - start, n) for n, time in enumerate(times)]
    assert writer.report.duration == sum(lengths)


@few
@given(
    start=starts,
    lengths=st.lists(steps, min_size=1, max_size=20),
    leads=st.lists(st.integers(-2, 6), min_size=20, max_size=20),
    sizes=st.lists(st.integers(1, 40), min_size=20, max_size=20),
    pieces=st.integers(1, 5),
)
def test_stored_samples(
    start: Fraction, lengths: list[Fraction], leads: list[int], sizes: list[int], pieces: int
) -> None:
    """Decode times, presentation times, durations, sizes and bytes; many samples in a buffer, or one."""
    decode = running(start, lengths)
    shown = [time + lead * lengths[0] for time, lead in zip(decode, leads, strict=False)]
    data = [bytes([n]) * size for n, size in enumerate(sizes[: len(lengths)])]
    film = io.BytesIO()
    input = stored_input()
    with filming(film, input, session=None, file_type=FileType.MOV) as writer:
        writer.start_session(Time.of(min(shown)))
        for first in range(0, len(data), pieces):
            part = slice(first, first + pieces)
            timings = [
                SampleTiming(Time.of(at), Time.of(length), Time.of(when))
                for at, length, when in zip(shown[part], lengths[part], decode[part], strict=True)
            ]
            input.append(SampleBuffer(b"".join(data[part]), JPEG, timings, [len(each) for each in data[part]]))
    rows = scene.samples(film)
    scale = scene.media_scale(film)
    assert [row["data"] for row in rows] == data
    assert [Fraction(row["dts"], scale) + decode[0] for row in rows] == decode
    assert [Fraction(row["duration"], scale) for row in rows] == lengths
    earliest = min(row["cts"] for row in rows)
    assert [Fraction(row["cts"] - earliest, scale) + min(shown) for row in rows] == shown


@few
@given(
    start=st.integers(-RATE, RATE),
    sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=8),
    holes=st.lists(st.one_of(st.just(0), st.integers(2, 2000)), min_size=8, max_size=8),
    fill=st.booleans(),
)
def test_sound(start: int, sizes: list[int], holes: list[int], fill: bool) -> None:
    """Every frame in its place: edge to edge, or with silence where holes are filled."""
    assume(any(sizes))
    film = io.BytesIO()
    audio = audio_input(AudioFormat.LINEAR_PCM)
    more = {BufferAttachment.FILL_DISCONTINUITIES_WITH_SILENCE: True} if fill else {}
    expected, place, taken, gaps = [], start, 0, 0
    with filming(film, audio, session=None, file_type=FileType.MOV) as writer:
        writer.start_session(Time(start, RATE))
        for size, hole in zip(sizes, holes, strict=False):
            gap = hole if taken and size else 0
            place += gap
            audio.append(scene.sound_buffer(size, Time(place, RATE), taken, **more))
            if fill:
                expected.append(np.zeros((gap, 1), np.float32))
            gaps += bool(gap and not fill)
            expected.append(scene.sound(size, taken))
            place += size
            taken += size
    wave = np.concatenate(expected)
    film.seek(0)
    found, begin = scene.heard(film)
    assert begin == 0
    assert found.shape == wave.shape
    assert np.abs(found - wave).max() < 1.5 / 32768
    assert writer.report is not None
    assert writer.report.tracks[0].appended == sum(sizes)
    assert len(writer.report.tracks[0].audio_gaps) == gaps


@few
@given(
    start=starts,
    lengths=st.lists(steps, min_size=2, max_size=12),
    session=st.tuples(st.fractions(0, 1, max_denominator=50), st.fractions(0, 1, max_denominator=50)),
    scale=st.sampled_from([0, 90000]),
)
def test_sessions(start: Fraction, lengths: list[Fraction], session: tuple[Fraction, Fraction], scale: int) -> None:
    """Whatever part of the source the session shows: the edit list presents that part and nothing else."""
    times = running(start, lengths)
    total = sum(lengths)
    low, high = sorted(start - Fraction(1) + share * (total + 2) for share in session)
    try:
        begin, end = Time.of(low), Time.of(high)
    except TimestampError:
        assume(False)
    assume(begin < end)
    film = io.BytesIO()
    input = stored_input()
    input.media_time_scale = scale
    with filming(film, input, session=begin, file_type=FileType.MOV) as writer:
        for number, (time, length) in enumerate(zip(times, lengths, strict=True)):
            timing = SampleTiming(Time.of(time), Time.of(length))
            try:
                input.append(SampleBuffer(b"picture %d" % number, JPEG, [timing]))
            except TimestampError:
                assume(False)  # shorter than a tick of the fixed scale
        writer.end_session(end)
    assert writer.report is not None
    (trak,) = reading.movie(film.getvalue()).all("trak")
    movie, media = scene.movie_scale(film), scene.media_scale(film)
    rounding = Fraction(1, movie) + Fraction(2, media)
    from_, to = max(low, start), min(high, start + total)
    found = reading.edits(trak)
    presented = sum((Fraction(length, movie) for length, at in found if at >= 0), Fraction(0))
    exact = scale == 0 and not writer.report.largest_rounding
    slack = Fraction(0) if exact else rounding
    assert abs(presented - max(Fraction(0), to - from_)) <= slack
    if presented:
        lead = sum((Fraction(length, movie) for length, at in found[:1] if at < 0), Fraction(0))
        assert abs(lead - (from_ - low)) <= slack
        first = next(at for _, at in found if at >= 0)
        assert abs(Fraction(first, media) - (from_ - start)) <= slack
    assert [row["data"] for row in scene.samples(film)] == [b"picture %d" % n for n in range(len(times))]


@few
@given(
    order=st.lists(st.integers(0, 2), max_size=60),
    seconds=st.integers(1, 4),
    session=st.booleans(),
)
def test_any_order_of_arrival(order: list[int], seconds: int, session: bool) -> None:
    """Three tracks fed in any order: all samples arrive, in chunks that take turns by time."""
    film = io.BytesIO()
    inputs: list[Any] = [stored_input(), stored_input(), stored_input(MediaType.AUDIO)]
    fed = [0, 0, 0]

    def feed(track: int) -> None:
        number = fed[track]
        fed[track] += 1
        if track < 2:
            timing = SampleTiming(Time(number, 10 - track), Time(1, 10 - track))
            inputs[track].append(SampleBuffer(b"%d:%d" % (track, number), JPEG, [timing]))
        else:
            inputs[2].append(pcm(number * 800, 800))

    with filming(film, *inputs, file_type=FileType.MOV):
        for track in order:
            feed(track)
        for track, count in enumerate((10 * seconds, 9 * seconds, 10 * seconds)):
            while fed[track] < count:
                feed(track)
    for track in (0, 1):
        assert [row["data"] for row in scene.samples(film, track)] == [b"%d:%d" % (track, n) for n in range(fed[track])]
    film.seek(0)
    wave, _ = scene.heard(film)
    assert np.abs(wave - scene.sound(800 * fed[2])).max() < 1e-6
    starts = []
    for track in range(3):
        stbl = scene.tracks(film)[track].one("mdia", "minf", "stbl")
        rows, scale = scene.samples(film, track), scene.media_scale(film, track)
        runs, number = stbl.one("stsc").table("III"), 0
        for index, place in enumerate(reading.chunk_places(stbl), 1):
            starts.append((place, Fraction(rows[number]["dts"], scale)))
            number += [run for run in runs if run[0] <= index][-1][1]
    ordered = [time for _, time in sorted(starts)]
    assert ordered == sorted(ordered)


PCM = FormatDescription(
    media_type=MediaType.AUDIO,
    media_subtype="lpcm",
    sample_rate=8000,
    channels=1,
    pcm=PcmLayout(bits=16),
    frames_per_packet=1,
)


def pcm(start: int, frames: int) -> SampleBuffer:
    data = (scene.sound(frames, start) * 32768).astype("<i2").tobytes()
    return SampleBuffer(data, PCM, [SampleTiming(Time(start, 8000), Time(1, 8000))])
