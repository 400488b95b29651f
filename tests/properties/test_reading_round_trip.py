"""Whatever the writer writes reads back equal: random tracks, times, edits, sessions; stored, decoded, and copied."""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.properties.test_writing_round_trip import JPEG, PCM, pcm, running, starts, steps
from tests.writing import scene
from tests.writing.scene import RATE, audio_input, filming, picture, stored_input, video_input

from reelwright import (
    Asset,
    AssetReader,
    AssetReaderAudioMixOutput,
    AssetReaderTrackOutput,
    AssetTrack,
    AudioFormat,
    BufferAttachment,
    CleanAperture,
    ColorProperties,
    FileType,
    MediaType,
    PixelAspectRatio,
    PixelFormat,
    SampleAttachments,
    SampleBuffer,
    SampleTiming,
    Time,
    TimestampError,
)
from reelwright.isobmff.codec_config import avc_configuration

pytestmark = pytest.mark.skipif(
    os.environ.get("REELWRIGHT_PLAIN_STORAGE") == "1", reason="films in memory are the same either way"
)
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
file_types = st.sampled_from([FileType.MOV, FileType.MP4])


def read(asset: Asset, track: AssetTrack, output_settings: Any = None) -> list[SampleBuffer]:
    with AssetReader(asset) as reader:
        output = AssetReaderTrackOutput(track, output_settings)
        reader.add(output)
        reader.start_reading()
        return list(output)


def samples(film: io.BytesIO, number: int = 0) -> list[SampleBuffer]:
    """Stored samples of a track, markers of empty edits left out."""
    asset = Asset(film.getvalue())
    return [buffer for buffer in read(asset, asset.tracks[number]) if buffer.num_samples]


def wave(buffers: Sequence[SampleBuffer], dtype: str) -> Any:
    """The frames of sound buffers that follow one another without a gap."""
    for before, after in itertools.pairwise(buffers):
        assert after.presentation_time == before.presentation_time + before.duration
    return np.concatenate([np.frombuffer(buffer.data, dtype).reshape(buffer.num_samples, -1) for buffer in buffers])


@few
@given(start=starts, lengths=st.lists(steps, min_size=1, max_size=12), file_type=file_types)
def test_decoded_pictures(start: Fraction, lengths: list[Fraction], file_type: FileType) -> None:
    """Every picture at its time, for its duration, through reordering."""
    times = running(start, lengths)
    film = io.BytesIO()
    video = video_input(settings={"encoder_options": {"preset": "veryfast"}})
    with filming(film, video, session=Time.of(start), file_type=file_type):
        for number, time in enumerate(times):
            video.append(picture(number), Time.of(time), Time.of(lengths[number]) if time == times[-1] else None)
    asset = Asset(film.getvalue())
    (track,) = asset.tracks
    found = read(asset, track, PixelFormat.GRAY8)
    assert [scene.number_of(buffer.image.planes[0]) for buffer in found if buffer.image] == list(range(len(times)))
    assert [buffer.presentation_time for buffer in found] == [time - start for time in times]
    assert [buffer.duration for buffer in found] == lengths
    assert asset.duration == sum(lengths)
    assert track.time_range.duration == sum(lengths)


@few
@given(
    start=starts,
    lengths=st.lists(steps, min_size=1, max_size=12),
    leads=st.lists(st.integers(-2, 6), min_size=12, max_size=12),
    sizes=st.lists(st.integers(1, 40), min_size=12, max_size=12),
    syncs=st.lists(st.booleans(), min_size=12, max_size=12),
    dependencies=st.lists(st.tuples(*[st.sampled_from([None, True, False])] * 3), min_size=12, max_size=12),
)
def test_stored_samples(
    start: Fraction,
    lengths: list[Fraction],
    leads: list[int],
    sizes: list[int],
    syncs: list[bool],
    dependencies: list[tuple[bool | None, bool | None, bool | None]],
) -> None:
    """Bytes, decode and presentation times, durations, and what is said of each sample."""
    decode = running(start, lengths)
    shown = [time + lead * lengths[0] for time, lead in zip(decode, leads, strict=False)]
    data = [bytes([n]) * size for n, size in enumerate(sizes[: len(lengths)])]
    facts = [
        SampleAttachments(not_sync=not sync, depends_on_others=a, is_depended_on_by_others=b, has_redundant_coding=c)
        for sync, (a, b, c) in zip(syncs, dependencies, strict=True)
    ][: len(lengths)]
    film = io.BytesIO()
    input = stored_input()
    with filming(film, input, session=None, file_type=FileType.MOV) as writer:
        writer.start_session(Time.of(min(shown)))
        for at, when, length, each, fact in zip(shown, decode, lengths, data, facts, strict=True):
            timing = SampleTiming(Time.of(at), Time.of(length), Time.of(when))
            input.append(SampleBuffer(each, JPEG, [timing], sample_attachments=[fact]))
    found = samples(film)
    assert [bytes(buffer.data) for buffer in found] == data
    assert [buffer.presentation_time for buffer in found] == [time - min(shown) for time in shown]
    assert [buffer.duration for buffer in found] == lengths
    origin = found[0].decode_time.fraction - decode[0]
    assert [buffer.decode_time.fraction - origin for buffer in found] == decode
    assert [buffer.attachment(0) for buffer in found] == facts


@few
@given(
    start=st.integers(-RATE, RATE),
    sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=8),
    holes=st.lists(st.one_of(st.just(0), st.integers(2, 2000)), min_size=8, max_size=8),
    file_type=file_types,
)
def test_linear_pcm(start: int, sizes: list[int], holes: list[int], file_type: FileType) -> None:
    """Every frame, to the bit, decoded and stored."""
    assume(any(sizes))
    film = io.BytesIO()
    audio = audio_input(AudioFormat.LINEAR_PCM)
    more: dict[str, Any] = {BufferAttachment.FILL_DISCONTINUITIES_WITH_SILENCE: True}
    expected, place, taken = [], start, 0
    with filming(film, audio, session=None, file_type=file_type) as writer:
        writer.start_session(Time(start, RATE))
        for size, hole in zip(sizes, holes, strict=False):
            gap = hole if taken and size else 0
            place += gap
            audio.append(scene.sound_buffer(size, Time(place, RATE), taken, **more))
            expected += [np.zeros((gap, 1), np.float32), scene.sound(size, taken)]
            place, taken = place + size, taken + size
    values = np.round(np.concatenate(expected) * 32768).astype(np.int16)
    asset = Asset(film.getvalue())
    decoded = read(asset, asset.tracks[0], {})
    assert decoded[0].presentation_time == Time.ZERO
    assert np.array_equal(wave(decoded, "<i2"), values)
    assert np.array_equal(wave(samples(film), "<i2"), values)
    assert asset.duration == Fraction(len(values), RATE)


@few
@given(frames=st.integers(1, 9000), start=st.integers(-RATE, RATE))
def test_aac(frames: int, start: int) -> None:
    """As many frames as went in, from the first on: priming and padding are cut off."""
    film = io.BytesIO()
    audio = audio_input()
    tone = (np.sin(np.arange(frames) * 0.05) * 0.5).astype(np.float32)
    with filming(film, audio, session=Time(start, RATE), file_type=FileType.MP4):
        audio.append(SampleBuffer.from_audio(tone, RATE, Time(start, RATE)))
    asset = Asset(film.getvalue())
    (track,) = asset.tracks
    decoded = read(asset, track, {})
    found = wave(decoded, "<f4")
    assert found.shape == (frames, 1)
    assert decoded[0].presentation_time == Time.ZERO
    film.seek(0)
    heard, begin = scene.heard(film)  # FFmpeg's demuxer takes the priming off too, and leaves the padding on
    assert begin == 0
    assert np.abs(found - heard[:frames]).max() < 1e-5
    trims = [buffer.trim_at_start for buffer in samples(film)]
    assert sum((trim.fraction for trim in trims), Fraction(0)) >= Fraction(1024, RATE)


@few
@given(
    start=starts,
    lengths=st.lists(steps, min_size=2, max_size=12),
    session=st.tuples(st.fractions(0, 1, max_denominator=50), st.fractions(0, 1, max_denominator=50)),
)
def test_sessions(start: Fraction, lengths: list[Fraction], session: tuple[Fraction, Fraction]) -> None:
    """The part that the session shows: each sample's visible stretch is exactly what of it lies in the session."""
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
    with filming(film, input, session=begin, file_type=FileType.MOV) as writer:
        for number, (time, length) in enumerate(zip(times, lengths, strict=True)):
            input.append(SampleBuffer(b"picture %d" % number, JPEG, [SampleTiming(Time.of(time), Time.of(length))]))
        writer.end_session(end)
    assert writer.report is not None
    assume(not writer.report.largest_rounding)
    seen = {
        bytes(buffer.data): (buffer.output_presentation_time.fraction, buffer.output_duration.fraction)
        for buffer in samples(film)
        if not buffer.attachment(0).do_not_display
    }
    expected = {}
    for number, (time, length) in enumerate(zip(times, lengths, strict=True)):
        first, last = max(time, low), min(time + length, high)
        if first < last:
            expected[b"picture %d" % number] = (first - low, last - first)
    assert seen == expected


@few
@given(
    offset=st.integers(0, 3000),
    counts=st.lists(st.integers(1, 4000), min_size=2, max_size=3),
)
def test_mixed_sound(offset: int, counts: list[int]) -> None:
    """Several tracks as one: every frame is the sum of theirs, silence where there is none."""
    film = io.BytesIO()
    inputs: list[Any] = [stored_input(MediaType.AUDIO) for _ in counts]
    with filming(film, *inputs, file_type=FileType.MOV):
        for number, (input, count) in enumerate(zip(inputs, counts, strict=True)):
            input.append(pcm(0, count) if not number else _moved(pcm(0, count), offset * number))
    asset = Asset(film.getvalue())
    with AssetReader(asset) as reader:
        output = AssetReaderAudioMixOutput(asset.tracks)
        reader.add(output)
        reader.start_reading()
        found = wave(list(output), "<f4")[:, 0]
    expected = np.zeros(max(offset * number + count for number, count in enumerate(counts)))
    for number, count in enumerate(counts):
        expected[offset * number : offset * number + count] += scene.sound(count)[:, 0]
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-6


def _moved(buffer: SampleBuffer, frames: int) -> SampleBuffer:
    return SampleBuffer(buffer.data, PCM, [SampleTiming(Time(frames, 8000), Time(1, 8000))])


def _thirtieths(number: int) -> Fraction:
    """Of a second: on other grids a session may begin where no time scale holds all times of a copy."""
    return Fraction(number, 30)


@few
@given(
    start=starts,
    lengths=st.lists(steps, min_size=3, max_size=8),
    lead=st.integers(0, 60).map(_thirtieths),
    cut=st.integers(0, 15).map(_thirtieths),
)
def test_copies_of_copies(start: Fraction, lengths: list[Fraction], lead: Fraction, cut: Fraction) -> None:
    """Read as stored and appended to another writer, a track comes out as it was: bytes, times and what is shown."""
    times = running(start, lengths)
    film = io.BytesIO()
    input = stored_input()
    with filming(film, input, session=Time.of(start - lead + cut), file_type=FileType.MOV) as writer:
        for number, (time, length) in enumerate(zip(times, lengths, strict=True)):
            input.append(SampleBuffer(b"picture %d" % number, JPEG, [SampleTiming(Time.of(time), Time.of(length))]))
    assert writer.report is not None
    assume(not writer.report.largest_rounding)
    asset = Asset(film.getvalue())
    again = io.BytesIO()
    input = stored_input()
    with filming(again, input, file_type=FileType.MOV) as writer:
        for buffer in read(asset, asset.tracks[0]):
            input.append(buffer)
        writer.end_session(asset.duration)
    assert [_facts(buffer) for buffer in samples(again)] == [_facts(buffer) for buffer in samples(film)]


def _facts(buffer: SampleBuffer) -> Any:
    return (
        bytes(buffer.data),
        buffer.presentation_time,
        buffer.decode_time,
        buffer.duration,
        buffer.trim_at_start,
        buffer.trim_at_end,
        buffer.attachment(0),
    )


colors = st.sampled_from([None, ColorProperties.HD, ColorProperties.SD, ColorProperties.HDR10])


@few
@given(
    file_type=file_types,
    transform=st.sampled_from([None, (0, 1, -1, 0, 64, 0), (-1, 0, 0, -1, 64, 64), (1, 0, 0, -1, 0, 64)]),
    scale=st.sampled_from([0, 90_000]),
    color=colors,
    aspect=st.sampled_from([None, PixelAspectRatio(4, 3)]),
    clean=st.sampled_from([None, CleanAperture(Fraction(60), Fraction(50), Fraction(1), Fraction(-2))]),
)
def test_descriptions(
    file_type: FileType,
    transform: Any,
    scale: int,
    color: ColorProperties | None,
    aspect: PixelAspectRatio | None,
    clean: CleanAperture | None,
) -> None:
    """What is said of tracks and formats rather than of samples."""
    film = io.BytesIO()
    given_settings = {"color": color, "pixel_aspect_ratio": aspect, "clean_aperture": clean}
    video, sound = video_input(settings=given_settings), audio_input()
    video.media_time_scale = scale
    if transform is not None:
        video.transform = transform
    with filming(film, video, sound, file_type=file_type) as writer:
        for number in range(3):
            video.append(picture(number), Time(number, 25))
        sound.append(scene.sound_buffer(4800))
    assert writer.report is not None
    asset = Asset(film.getvalue())
    shown, heard = asset.tracks
    written, read_back = writer.report.tracks[0].format, shown.format_descriptions[0]
    assert written is not None
    for name in ("width", "height", "color", "full_range", "clean_aperture"):
        assert getattr(read_back, name) == getattr(written, name), name
    square = PixelAspectRatio(1, 1)
    assert (read_back.pixel_aspect_ratio or square) == (aspect or square)
    assert read_back.codec_config == avc_configuration(written.codec_config)
    depth = 10 if color is ColorProperties.HDR10 else 8  # PQ in 8 bits would show steps
    assert (read_back.media_subtype, read_back.bits_per_component, read_back.chroma) == ("avc1", depth, "4:2:0")
    assert tuple(shown.preferred_transform) == tuple(transform or (1, 0, 0, 1, 0, 0))
    assert tuple(shown.natural_size) == written.display_size
    assert shown.nominal_frame_rate == 25
    assert shown.natural_time_scale == (scale or 25)
    assert (heard.natural_time_scale, heard.preferred_volume) == (RATE, 1)
    assert heard.format_descriptions[0].codec_config == writer.report.tracks[1].format.codec_config  # type: ignore[union-attr]
    assert [track.track_id for track in asset.tracks] == [track.track for track in writer.report.tracks]
    assert asset.duration == writer.report.duration
