"""Buffers of many samples make the film that the same samples make one by one, whatever is in them."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.writing.scene import filming, stored_input

from reelwright import FileType, FormatDescription, MediaType, SampleAttachments, SampleBuffer, SampleTiming, Time
from reelwright.model.errors import TimestampError
from reelwright.model.sample import BufferAttachment
from reelwright.writing.runs import even_timing, without_last

PHOTOS = FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg", width=4, height=4)
SPEECH = FormatDescription(
    media_type=MediaType.AUDIO, media_subtype="alaw", sample_rate=8000, channels=1, frames_per_packet=160
)
WHEN = datetime(2020, 1, 1, tzinfo=UTC)
COUNT = 40
STEP = Time(1, 10)
LATER = SampleAttachments(not_sync=True, depends_on_others=True)


def block(sizes: list[int], start: int = 0) -> bytes:
    return b"".join(bytes([(start + n) % 251]) * size for n, size in enumerate(sizes))


def many(first: int = 0, step: Time = STEP, offset: Time | None = None, **more: Any) -> SampleBuffer:
    """Samples whose sizes differ, with one timing for all, or (with an offset from decoding) one for each."""
    sizes = more.pop("sizes", [n % 7 + 1 for n in range(COUNT)])
    format = more.pop("format", PHOTOS)
    if offset is None:
        timings = [SampleTiming(step * first, step)]
    else:
        timings = [SampleTiming(step * n + offset, step, step * n) for n in range(first, first + COUNT)]
    return SampleBuffer(block(sizes, first), format, timings, sizes, num_samples=COUNT, **more)


def one_by_one(buffer: SampleBuffer) -> list[SampleBuffer]:
    parts = []
    for number, (data, timing, facts) in enumerate(buffer.samples()):
        attachments = dict(buffer.attachments) if number == 0 else {}
        if timing.decode.is_valid is False and buffer.timings[0].decode.is_valid:
            timing = SampleTiming(timing.presentation, timing.duration)
        given = [facts] if buffer.sample_attachments else []
        parts.append(
            SampleBuffer(bytes(data), buffer.format, [timing], sample_attachments=given, attachments=attachments)
        )
    return parts


def film(buffers: list[SampleBuffer], scale: int = 0) -> bytes:
    format = next(buffer.format for buffer in buffers if buffer.format is not None)
    target, track = io.BytesIO(), stored_input(format.media_type, format)
    if scale:
        track.media_time_scale = scale
    with filming(target, track, file_type=FileType.MOV, created=WHEN) as writer:
        for buffer in buffers:
            track.append(buffer)
    assert writer.report is not None
    assert writer.report.tracks[0].written == sum(buffer.num_samples for buffer in buffers)
    return target.getvalue()


CASES: dict[str, tuple[list[SampleBuffer], int]] = {
    "one timing": ([many(0), many(COUNT)], 0),
    "one size": ([many(0, sizes=[3] * COUNT)], 0),
    "a timing each, decoded before": ([many(0, offset=Time(3, 10)), many(COUNT, offset=Time(3, 10))], 0),
    "decoded after": ([many(5, offset=Time(-3, 10))], 0),
    "a hole": ([many(0), many(2 * COUNT)], 0),
    "facts of each": ([many(0, sample_attachments=[SampleAttachments(), *[LATER] * (COUNT - 1)])], 0),
    "facts of all": ([many(0, sample_attachments=[LATER])], 0),
    "a marker": (
        [many(0), SampleBuffer.marker(Time(399, 100), BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION), many(COUNT)],
        0,
    ),
    "a scale that holds them": ([many(0), many(COUNT)], 600),
    "a scale that rounds them": ([many(0), many(COUNT)], 24),
    "another rhythm": ([many(0), many(COUNT, step=STEP), many(COUNT * 7, step=Time(1, 25))], 0),
    "sound": ([many(0, Time(160, 8000), format=SPEECH, sizes=[160] * COUNT)], 0),
    "sound of another length": ([many(0, Time(1, 45), format=SPEECH, sizes=[160] * COUNT)], 0),
    "trimmed sound": (
        [
            many(0, Time(160, 8000), format=SPEECH, attachments={BufferAttachment.TRIM_DURATION_AT_START: Time(1, 8)}),
            many(COUNT, Time(160, 8000), format=SPEECH),
        ],
        0,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_film_is_the_same(case: str) -> None:
    buffers, scale = CASES[case]
    apart = [part for buffer in buffers for part in (one_by_one(buffer) if buffer.num_samples > 1 else [buffer])]
    assert film(buffers, scale) == film(apart, scale)


def test_what_goes_back_in_time_is_refused() -> None:
    target, track = io.BytesIO(), stored_input(MediaType.VIDEO, PHOTOS)
    with filming(target, track, file_type=FileType.MOV):
        track.append(many(0))
        with pytest.raises(TimestampError, match="does not come after the one before it"):
            track.append(many(COUNT - 1))
        track.append(many(COUNT))


def timed(*timings: SampleTiming) -> SampleBuffer:
    return SampleBuffer(bytes(len(timings)), PHOTOS, timings, [1])


def at(number: int, length: int = 1, decode: int | None = None, scale: int = 10) -> SampleTiming:
    return SampleTiming(
        Time(number, scale), Time(length, scale), Time.INVALID if decode is None else Time(decode, scale)
    )


@pytest.mark.parametrize(
    ("timings", "is_even"),
    [
        ([at(0), at(1), at(2)], True),
        ([at(3, 2, 1), at(5, 2, 3)], True),
        ([at(0), at(1), at(3)], False),
        ([at(0), at(1, 2), at(2)], False),
        ([at(0), at(2, scale=20)], False),
        ([at(0, decode=0), at(1)], False),
        ([at(0), at(1, decode=1)], False),
        ([at(0, decode=0), at(1, decode=2)], False),
        ([at(0, 0), at(0, 0)], False),
        ([SampleTiming(Time(0, 10)), SampleTiming(Time(1, 10))], False),
        ([SampleTiming(Time.INVALID, Time(1, 10)), SampleTiming(Time.INVALID, Time(1, 10))], False),
        ([at(0), SampleTiming(Time.POSITIVE_INFINITY, Time(1, 10))], False),
    ],
)
def test_evenness(timings: list[SampleTiming], is_even: bool) -> None:
    assert even_timing(timed(*timings)) == (timings[0] if is_even else None)


def test_a_buffer_without_times_is_not_even() -> None:
    assert even_timing(SampleBuffer(bytes(3), PHOTOS, (), [1], num_samples=3)) is None


def test_one_timing_with_a_decode_time_says_nothing_of_the_others() -> None:
    assert even_timing(SampleBuffer(bytes(3), PHOTOS, [at(0, decode=0)], [1], num_samples=3)) is None


def test_the_last_sample_is_kept_apart_with_bytes_of_its_own() -> None:
    from reelwright.writing.runs import piece_of_run

    buffer = many(2, offset=Time(1, 10), sample_attachments=[*[LATER] * (COUNT - 1), SampleAttachments()])
    timing = even_timing(buffer)
    assert timing is not None
    run, last = without_last(piece_of_run(buffer, timing, PHOTOS, {}))
    assert (run.count, last.count) == (COUNT - 1, 1)
    assert (last.decode, last.presentation) == (STEP * (COUNT + 1), STEP * (COUNT + 2))
    assert isinstance(last.payload[0], bytes)
    assert bytes(run.payload[0]) + last.payload[0] == bytes(buffer.data)
    assert last.size == len(last.payload[0])
    assert (last.flags, set(run.flags)) == (1, {run.flags[0]})  # type: ignore[arg-type, index]
