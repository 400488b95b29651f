"""Films in segments: where they are cut, what their reports say, who gets them, and what the rules refuse."""

from __future__ import annotations

import asyncio
import gc
import io
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.isobmff import reading
from tests.writing import scene
from tests.writing.scene import Background, audio_input, begun, nothing_left, picture, sound_buffer, stored_input
from tests.writing.test_fragments import packets, sound_format, sound_packets, store

from reelwright import (
    AssetWriter,
    AssetWriterInput,
    BufferAttachment,
    FileType,
    FileTypeProfile,
    InvalidArgumentError,
    InvalidStateError,
    MediaType,
    OperationCancelledError,
    ReelwrightError,
    SampleBuffer,
    Segment,
    SegmentReport,
    SegmentType,
    Time,
    TimestampError,
    WriterStatus,
)
from reelwright.storage import spill as spill_module
from reelwright.writing.segment_queue import SegmentQueue

RATE = scene.RATE
START = 10  # leaves room for priming


def segmenting(*inputs: AssetWriterInput, start: Any = START, **settings: Any) -> AssetWriter:
    """A writer of segments of a second, in its session."""
    writer = unstarted(*inputs, **{"initial_segment_start_time": start, **settings})
    writer.start_writing()
    writer.start_session(start)
    return writer


def unstarted(*inputs: AssetWriterInput, **settings: Any) -> AssetWriter:
    writer = AssetWriter.for_segments()
    for input in inputs:
        writer.add(input)
    writer.preferred_output_segment_interval = 1
    for name, value in settings.items():
        setattr(writer, name, value)
    return writer


def marked(*inputs: AssetWriterInput, **settings: Any) -> AssetWriter:
    """A writer of segments that flush_segment ends."""
    return segmenting(*inputs, preferred_output_segment_interval=Time.INDEFINITE, **settings)


def stream_input() -> AssetWriterInput:
    return stored_input(hint=scene.stream().format)


def later(buffers: Sequence[SampleBuffer], seconds: int = START) -> list[SampleBuffer]:
    """The same at a later time."""
    return [
        replace(
            buffer,
            timings=[
                replace(timing, presentation=timing.presentation + seconds, decode=timing.decode + seconds)
                for timing in buffer.timings
            ],
        )
        for buffer in buffers
    ]


def append_second(video: AssetWriterInput | None, audio: AssetWriterInput | None, second: int) -> None:
    """A second of pictures at 1/10 s and of sound."""
    for index in range(second * 10, second * 10 + 10):
        if video is not None:
            video.append(picture(index), Time(START * 10 + index, 10))
        if audio is not None:
            audio.append(sound_buffer(RATE // 10, Time(START * 10 + index, 10), index * RATE // 10))


def finish(writer: AssetWriter, video: AssetWriterInput, *, seconds: int) -> None:
    for second in range(seconds):
        append_second(video, None, second)
    writer.finish_writing()


def whole(segments: Sequence[Segment]) -> list[Segment]:
    return [segment for segment in segments if segment.number is not None and not segment.is_part]


def film_of(segments: Sequence[Segment]) -> io.BytesIO:
    return io.BytesIO(b"".join(segment.data for segment in segments if not segment.is_part))


# What is in them ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", FileTypeProfile)
def test_segments_in_a_row_are_the_film_written_whole(tmp_path: Path, profile: FileTypeProfile) -> None:
    stream = scene.stream(count=36)
    plain = stored_input(hint=stream.format)
    film = begun(tmp_path / "film.mp4", plain, session=START)
    video = stored_input(hint=stream.format)
    writer = segmenting(video, preferred_output_segment_interval=Fraction(1, 5), output_file_type_profile=profile)
    for buffer in later(stream.buffers()):
        plain.append(buffer)
        video.append(buffer)
    film.finish_writing()
    writer.finish_writing()
    found = list(writer.segments())
    first, second = packets(tmp_path / "film.mp4"), packets(film_of(found))
    assert [each[4] for each in first] == [each[4] for each in second]
    # FFmpeg shows pictures with negative composition offsets later, all of them alike.
    late = second[0][1] - first[0][1]
    assert [each[1] + late for each in first] == [each[1] for each in second]
    assert whole(found)[0].start == START
    assert len(whole(found)) == 6, "one for each key frame, every 0.24 s"


def test_encoded_segments_in_a_row_are_the_film_written_whole(tmp_path: Path) -> None:
    """With key frames at the same places, the encoders make the same of it."""
    inputs = [(scene.video_input(), audio_input()) for _ in range(2)]
    film = begun(tmp_path / "film.mp4", *inputs[0], session=START)
    writer = segmenting(*inputs[1])
    for index in range(30):
        at = Time(START * 10 + index, 10)
        forced = {BufferAttachment.FORCE_KEY_FRAME: True} if index % 10 == 0 else {}
        image = picture(index)
        inputs[0][0].append(_buffer(image, at, forced))
        inputs[1][0].append(image, at)
        for _, audio in inputs:
            audio.append(sound_buffer(RATE // 10, at, index * RATE // 10))
    report, plain = writer.finish_writing(), film.finish_writing()
    found = list(writer.segments())
    first, second = (
        sorted((each[0], each[4]) for each in packets(source)) for source in (tmp_path / "film.mp4", film_of(found))
    )
    assert first == second
    assert [track.written for track in report.tracks] == [track.written for track in plain.tracks]
    assert report.duration == plain.duration == 3
    assert report.header_method == "segments"
    assert report.path is None
    assert report.bytes == sum(len(segment.data) for segment in found)


def _buffer(image: Any, at: Time, attachments: dict[Any, Any]) -> SampleBuffer:
    from reelwright import SampleTiming
    from reelwright.model.picture import pixel_buffer

    return SampleBuffer(image=pixel_buffer(image), timings=[SampleTiming(at, Time.INVALID)], attachments=attachments)


def test_reports_say_what_is_there() -> None:
    video, audio = scene.video_input(), audio_input()
    writer = segmenting(video, audio, initial_movie_fragment_sequence_number=5)
    for second in range(3):
        append_second(video, audio, second)
    writer.finish_writing()
    first, *media = list(writer.segments())
    assert first.segment_type is SegmentType.INITIALIZATION
    assert [atom.kind for atom in reading.atoms(first.data)] == ["ftyp", "moov"]
    assert [track.media_type for track in first.report.track_reports] == [MediaType.VIDEO, MediaType.AUDIO]
    assert first.report.track_reports[0].format is not None
    assert first.report.track_reports[0].format.width == scene.SIDE
    assert not first.duration.is_valid
    assert first.number is None
    for index, segment in enumerate(media):
        assert segment.segment_type is SegmentType.SEPARABLE
        assert (segment.number, segment.sequence_number) == (index, 5 + index)
        assert [atom.kind for atom in reading.atoms(segment.data)] == ["moof", "mdat"]
        assert segment.start == START + index
        assert segment.duration == 1
        assert segment.is_independent
        assert segment.is_last == (index == 2)
        pictures, sound = segment.report.track_reports
        sample = pictures.first_video_sample_information
        assert sample is not None
        assert sample.is_sync_sample
        assert sample.presentation_time_stamp == START + index
        inside = segment.data[sample.offset : sample.offset + sample.length]
        assert int.from_bytes(inside[:4], "big") + 4 <= len(inside), "the first unit of an access unit"
        assert pictures.sample_count == 10
        assert sound.first_video_sample_information is None
        assert abs(sound.duration.fraction - 1) < Fraction(2 * 1024, RATE)
    sounds = [segment.report.track_reports[1] for segment in media]
    ends = [each.earliest_presentation_time_stamp + each.duration for each in sounds]
    assert [each.earliest_presentation_time_stamp for each in sounds[1:]] == ends[:-1]


def test_a_cut_waits_for_a_sync_sample_of_what_is_stored() -> None:
    video = stream_input()
    writer = segmenting(video, preferred_output_segment_interval=Fraction(1, 10))  # key frames every 0.24 s
    for buffer in later(scene.stream(count=24).buffers()):
        video.append(buffer)
    writer.finish_writing()
    assert [segment.start - START for segment in whole(list(writer.segments()))] == [
        Time(6 * index, 25) for index in range(4)
    ]


def test_stored_sound_is_cut_at_any_packet() -> None:
    audio = stored_input(MediaType.AUDIO, sound_format())
    writer = segmenting(audio, preferred_output_segment_interval=Fraction(1, 5))
    for buffer in sound_packets(40):
        audio.append(
            replace(buffer, timings=[replace(each, presentation=each.presentation + START) for each in buffer.timings])
        )
    writer.finish_writing()
    counts = [segment.report.track_reports[0].sample_count for segment in whole(list(writer.segments()))]
    assert sum(counts) == 40
    assert counts == [10, 9, 10, 9, 2]


def test_intervals_are_counted_from_the_start_that_was_set() -> None:
    video = scene.video_input()
    writer = segmenting(video, initial_segment_start_time=Time(START * 10 - 7, 10))
    append_second(video, None, 0)
    append_second(video, None, 1)
    writer.finish_writing()
    assert [segment.duration for segment in whole(list(writer.segments()))] == [
        Time(3, 10),
        Time(10, 10),
        Time(7, 10),
    ]


def test_priming_before_a_session_at_a_boundary_is_no_segment() -> None:
    video, audio = scene.video_input(), audio_input()
    writer = segmenting(video, audio, initial_segment_start_time=0)
    append_second(video, audio, 0)
    append_second(video, audio, 1)
    writer.finish_writing()
    reports = [segment.report.track_reports for segment in writer.segments()]
    assert [[track.sample_count for track in tracks] for tracks in reports] == [[0, 0], [10, 48], [10, 47]]


def test_a_segment_ends_where_the_pictures_say() -> None:
    """Sound alone begins no segment while pictures pause."""
    video, audio = scene.video_input(), audio_input()
    writer = segmenting(video, audio)
    append_second(video, audio, 0)
    append_second(None, audio, 1)
    append_second(None, audio, 2)
    append_second(video, audio, 3)
    writer.finish_writing()
    found = whole(list(writer.segments()))
    assert [segment.start for segment in found] == [START, START + 3]
    assert found[0].duration == 3


def test_parts_make_the_segment_that_follows_them() -> None:
    video, audio = scene.video_input(), audio_input()
    writer = segmenting(video, audio, preferred_output_part_interval=Fraction(3, 10))
    append_second(video, audio, 0)
    append_second(video, audio, 1)
    writer.finish_writing()
    _, *media = list(writer.segments())
    for number in range(2):
        parts = [segment for segment in media if segment.number == number and segment.is_part]
        (complete,) = (segment for segment in media if segment.number == number and not segment.is_part)
        assert media.index(complete) == media.index(parts[-1]) + 1
        assert [part.part for part in parts] == list(range(4))
        assert [part.is_independent for part in parts] == [True, False, False, False]
        assert [part.duration for part in parts] == [Time(3, 10)] * 3 + [Time(1, 10)]
        assert b"".join(part.data for part in parts) == complete.data
        assert complete.sequence_number == parts[0].sequence_number
        assert complete.duration == 1
        assert complete.is_independent
        first = complete.report.track_reports[0].first_video_sample_information
        assert first == parts[0].report.track_reports[0].first_video_sample_information
        assert complete.report.track_reports[1].sample_count == sum(
            part.report.track_reports[1].sample_count for part in parts
        )


# Who gets them --------------------------------------------------------------------------------------------------------


def test_a_segment_is_there_as_soon_as_it_is_complete(tmp_path: Path) -> None:
    with nothing_left(tmp_path):
        video = stream_input()
        writer = segmenting(video, preferred_output_segment_interval=Fraction(6, 25))
        found: list[Segment] = []
        taking = Background(lambda: [found.append(segment) for segment in writer.segments()])
        for buffer in later(scene.stream(count=24).buffers())[:14]:
            video.append(buffer)
        scene.wait_until(lambda: len(found) == 3, "two segments and the first are not there")
        assert taking.is_running
        writer.finish_writing()
        taking.result()
        assert [segment.number for segment in found] == [None, 0, 1, 2]
        assert list(writer.segments()) == []


def test_a_coroutine_takes_them(tmp_path: Path) -> None:
    async def take() -> list[int | None]:
        video = stream_input()
        writer = segmenting(video, preferred_output_segment_interval=Fraction(6, 25))
        found: list[int | None] = []

        async def collect() -> None:
            async for segment in writer.segments_async():
                found.append(segment.number)

        task = asyncio.create_task(collect())
        for buffer in later(scene.stream(count=24).buffers())[:14]:
            video.append(buffer)
            await asyncio.sleep(0)
        for _ in range(1000):
            if len(found) == 3:
                break
            await asyncio.sleep(0.002)
        assert found == [None, 0, 1]
        await writer.finish_writing_async()
        await task
        return found

    with nothing_left(tmp_path):
        assert asyncio.run(take()) == [None, 0, 1, 2]


def test_a_coroutine_may_stop_and_another_goes_on(tmp_path: Path) -> None:
    async def take() -> list[int | None]:
        writer = segmenting(video := stream_input(), preferred_output_segment_interval=Fraction(6, 25))

        async def collect() -> list[int | None]:
            return [segment.number async for segment in writer.segments_async()]

        task = asyncio.create_task(collect())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert writer._segments is not None
        assert not writer._segments._listeners, "nobody is told any more"
        for buffer in later(scene.stream(count=24).buffers()):
            video.append(buffer)
        await writer.finish_writing_async()
        return await collect()

    with nothing_left(tmp_path):
        assert asyncio.run(take()) == [None, 0, 1, 2, 3]


def test_an_iterator_of_a_forgotten_writer_ends(tmp_path: Path) -> None:
    with nothing_left(tmp_path):
        video = stream_input()
        writer = segmenting(video)
        segments = writer.segments()
        for buffer in later(scene.stream(count=48).buffers()):
            video.append(buffer)
        del writer, video
        gc.collect()
        assert next(segments).segment_type is SegmentType.INITIALIZATION
        with pytest.raises(OperationCancelledError, match="forgotten"):
            list(segments)


def test_what_nobody_takes_waits_outside_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill_module, "BLOCK", 1 << 10)
    monkeypatch.setattr(spill_module.Spill.__init__, "__kwdefaults__", {"budget": 1 << 11})
    with nothing_left(tmp_path):
        video = stream_input()
        writer = segmenting(
            video, preferred_output_segment_interval=Fraction(6, 25), directory_for_temporary_files=tmp_path
        )
        for buffer in later(scene.stream(count=48, qp=5).buffers()):
            video.append(buffer)
        writer.finish_writing()
        assert len(packets(film_of(list(writer.segments())))) == 48
        del writer


@pytest.mark.parametrize("taker", ["nobody", "one who stops", "a delegate who fails"])
def test_what_nobody_will_take_is_let_go_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taker: str) -> None:
    monkeypatch.setattr(spill_module, "BLOCK", 1 << 10)
    monkeypatch.setattr(spill_module.Spill.__init__, "__kwdefaults__", {"budget": 0})
    enough = threading.Event()

    class Failing:
        def did_output_segment_data(self, *_: Any) -> None:
            assert enough.wait(10)
            raise ZeroDivisionError

    delegate = Failing()
    with nothing_left(tmp_path):
        video = stream_input()
        settings = {"delegate": delegate} if taker == "a delegate who fails" else {}
        writer = segmenting(
            video, preferred_output_segment_interval=Fraction(6, 25), directory_for_temporary_files=tmp_path, **settings
        )
        for buffer in later(scene.stream(count=48, qp=5).buffers()):
            video.append(buffer)
        enough.set()
        if delegate is writer.delegate:
            with pytest.raises(ReelwrightError, match="ZeroDivisionError"):
                writer.finish_writing()
        else:
            writer.finish_writing()
            if taker == "one who stops":
                next(writer.segments())
            del writer, video
            gc.collect()


class Collector:
    """A delegate that keeps what it is given."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.got: list[tuple[SegmentType, bytes, SegmentReport]] = []
        self.threads: set[str] = set()
        self.writers: set[int] = set()
        self._fails_at = fails_at

    def did_output_segment_data(
        self, writer: AssetWriter, data: bytes, segment_type: SegmentType, report: SegmentReport
    ) -> None:
        if len(self.got) == self._fails_at:
            raise ZeroDivisionError("the delegate's own")
        self.writers.add(id(writer))
        self.threads.add(threading.current_thread().name)
        self.got.append((segment_type, data, report))


def test_a_delegate_is_given_them_in_order_by_one_thread(tmp_path: Path) -> None:
    with nothing_left(tmp_path):
        delegate, video, audio = Collector(), scene.video_input(), audio_input()
        writer = segmenting(video, audio, delegate=delegate, preferred_output_part_interval=Fraction(3, 10))
        assert writer.delegate is delegate
        append_second(video, audio, 0)
        append_second(video, audio, 1)
        writer.finish_writing()
        assert [kind for kind, _, _ in delegate.got] == [SegmentType.INITIALIZATION] + [SegmentType.SEPARABLE] * 2
        assert delegate.threads == {"reelwright-segments"}
        assert delegate.writers == {id(writer)}
        assert {len(report.track_reports) for _, _, report in delegate.got} == {2}
        with pytest.raises(InvalidStateError, match="delegate"):
            writer.segments()


@pytest.mark.parametrize("at", [0, 1])
def test_what_a_delegate_raises_fails_the_writer(tmp_path: Path, at: int) -> None:
    with nothing_left(tmp_path):
        delegate, video = Collector(fails_at=at), scene.video_input()
        writer = segmenting(video, delegate=delegate)
        with pytest.raises(ReelwrightError, match="the delegate's own"):
            finish(writer, video, seconds=1)
        assert writer.status is WriterStatus.FAILED


def test_a_delegate_may_cancel(tmp_path: Path) -> None:
    class Impatient(Collector):
        def did_output_segment_data(self, writer: AssetWriter, *_: Any) -> None:
            writer.cancel_writing()

    with nothing_left(tmp_path):
        delegate, video = Impatient(), scene.video_input()
        writer = segmenting(video, delegate=delegate)
        with pytest.raises(OperationCancelledError):
            finish(writer, video, seconds=2)
        assert writer.status is WriterStatus.CANCELLED


def test_a_delegate_is_kept_weakly() -> None:
    delegate, video = Collector(), scene.video_input()
    writer = segmenting(video, delegate=delegate)
    del delegate
    gc.collect()
    assert writer.delegate is None
    append_second(video, None, 0)
    assert writer.finish_writing().tracks[0].written == 10


def test_an_iterator_learns_what_ended_the_writer(tmp_path: Path) -> None:
    with nothing_left(tmp_path):
        video = stream_input()
        writer = marked(video)
        video.append(later(scene.stream().buffers())[0])
        writer.flush_segment()
        with pytest.raises(InvalidStateError):
            store(writer, video, later(scene.stream().buffers())[1:3])
        with pytest.raises(InvalidStateError) as caught:
            list(writer.segments())
        assert caught.value.code == -11876


def test_cancelling_ends_an_iterator(tmp_path: Path) -> None:
    with nothing_left(tmp_path):
        writer = segmenting(scene.video_input())
        taking = Background(lambda: list(writer.segments()))
        writer.cancel_writing()
        with pytest.raises(OperationCancelledError):
            taking.result()


# flush_segment --------------------------------------------------------------------------------------------------------


def test_flushing_ends_a_segment_before_what_is_appended_next() -> None:
    video, audio = stream_input(), stored_input(MediaType.AUDIO, sound_format())
    writer = marked(video, audio)
    sound = iter(sound_packets(23))
    for index, buffer in enumerate(later(scene.stream(count=12).buffers())):
        if index == 6:
            writer.flush_segment()
            writer.flush_segment()  # nothing was appended since
        video.append(buffer)
        for _ in range(2 if index < 11 else 1):
            packet = next(sound)
            (timing,) = packet.timings
            audio.append(replace(packet, timings=[replace(timing, presentation=timing.presentation + START)]))
    writer.finish_writing()
    found = whole(list(writer.segments()))
    assert [[track.sample_count for track in segment.report.track_reports] for segment in found] == [[6, 12], [6, 11]]
    assert [segment.number for segment in found] == [0, 1]


def test_flushing_counts_what_waits_in_a_queue() -> None:
    stream = scene.stream(count=12)
    video = AssetWriterInput(MediaType.VIDEO, None, stream.format, queue_size=4)
    writer = marked(video)
    for index, buffer in enumerate(later(stream.buffers())):
        if index == 6:
            writer.flush_segment()
        video.append(buffer)
    writer.finish_writing()
    counts = [segment.report.track_reports[0].sample_count for segment in whole(list(writer.segments()))]
    assert counts == [6, 6]


def test_flushing_before_anything_was_appended_does_nothing() -> None:
    video = stream_input()
    writer = marked(video)
    writer.flush_segment()
    for buffer in later(scene.stream().buffers()):
        video.append(buffer)
    writer.finish_writing()
    assert len(whole(list(writer.segments()))) == 1


def test_flushing_before_a_sample_that_is_not_sync_fails_the_writer() -> None:
    video, buffers = stream_input(), later(scene.stream().buffers())
    writer = marked(video)
    video.append(buffers[0])
    writer.flush_segment()
    with pytest.raises(InvalidStateError) as caught:
        store(writer, video, buffers[1:])
    assert caught.value.code == -11876
    assert caught.value.time == buffers[1].timings[0].presentation
    assert writer.status is WriterStatus.FAILED


def test_flushing_is_for_segments_without_an_interval(tmp_path: Path) -> None:
    writer = segmenting(scene.video_input())
    with pytest.raises(InvalidStateError, match="indefinite"):
        writer.flush_segment()
    writer.cancel_writing()
    writer = AssetWriter(tmp_path / "film.mp4")
    with pytest.raises(InvalidStateError, match="indefinite"):
        writer.flush_segment()
    writer = unstarted(stream_input(), preferred_output_segment_interval=Time.INDEFINITE)
    with pytest.raises(InvalidStateError, match="start_writing"):
        writer.flush_segment()
    writer.cancel_writing()
    with pytest.raises(OperationCancelledError):
        list(writer.segments())
    writer.flush_segment()  # too late, and a clean-up is not in the way


# Rules ----------------------------------------------------------------------------------------------------------------


def stored_sound() -> AssetWriterInput:
    return stored_input(MediaType.AUDIO, sound_format())


WRONG: dict[str, tuple[Any, dict[str, Any]]] = {
    "no start": (lambda: [scene.video_input()], {"initial_segment_start_time": Time.INVALID}),
    "two of a kind": (lambda: [scene.video_input(), scene.video_input()], {}),
    "two that are stored": (lambda: [stream_input(), stored_sound()], {}),
    "one stored, one encoded": (lambda: [stream_input(), audio_input()], {}),
    "flushing what is encoded": (lambda: [scene.video_input()], {"preferred_output_segment_interval": Time.INDEFINITE}),
    "CMAF of two": (
        lambda: [scene.video_input(), audio_input()],
        {"output_file_type_profile": FileTypeProfile.MPEG4_CMAF_COMPLIANT},
    ),
    "parts as long as segments": (lambda: [scene.video_input()], {"preferred_output_part_interval": 1}),
    "no inputs": (list, {}),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_contradicts_itself_is_refused_at_the_start(case: str) -> None:
    inputs, settings = WRONG[case]
    writer = unstarted(*inputs(), **{"initial_segment_start_time": 0, **settings})
    with pytest.raises(InvalidStateError) as caught:
        writer.start_writing()
    assert caught.value.code == -11875
    assert caught.value.hint
    assert writer.status is WriterStatus.FAILED
    with pytest.raises(InvalidStateError):
        list(writer.segments())


def test_a_delegate_of_a_file_is_refused(tmp_path: Path) -> None:
    writer, delegate = AssetWriter(tmp_path / "film.mp4"), Collector()
    writer.add(scene.video_input())
    writer.delegate = delegate
    with pytest.raises(InvalidStateError) as caught:
        writer.start_writing()
    assert caught.value.code == -11875
    with pytest.raises(InvalidStateError, match="makes a file"):
        writer.segments()
    with pytest.raises(InvalidStateError, match="makes a file"):
        writer.segments_async()
    assert scene.left(tmp_path) == []


def test_what_is_set_is_checked() -> None:
    writer = AssetWriter.for_segments(FileType.MP4)
    assert (writer.output_url, writer.output_file_type) == (None, FileType.MP4)
    assert "in segments" in repr(writer)
    for value in (0, -1, Time.POSITIVE_INFINITY):
        with pytest.raises(TimestampError):
            writer.preferred_output_segment_interval = value
    for value in (0, Time.INDEFINITE):
        with pytest.raises(TimestampError):
            writer.preferred_output_part_interval = value
    with pytest.raises(TimestampError):
        writer.initial_segment_start_time = Time.INDEFINITE
    with pytest.raises(InvalidArgumentError):
        writer.output_file_type_profile = "MPEG2"
    with pytest.raises(InvalidArgumentError, match="did_output_segment_data"):
        writer.delegate = object()  # type: ignore[assignment]
    writer.output_file_type_profile = "MPEG4AppleHLS"
    assert writer.output_file_type_profile is FileTypeProfile.MPEG4_APPLE_HLS
    with pytest.raises(InvalidArgumentError):
        AssetWriter.for_segments(FileType.MOV)


def test_nothing_can_be_set_once_writing_has_started() -> None:
    writer = segmenting(scene.video_input())
    for name, value in {
        "preferred_output_segment_interval": 1,
        "preferred_output_part_interval": 1,
        "initial_segment_start_time": 1,
        "output_file_type_profile": None,
        "delegate": None,
    }.items():
        with pytest.raises(InvalidStateError, match=name):
            setattr(writer, name, value)
    writer.cancel_writing()


def test_six_seconds_are_usual() -> None:
    video = scene.video_input()
    writer = segmenting(video, preferred_output_segment_interval=Time.INVALID)
    for index in range(14):
        video.append(picture(index), START + Time(index, 2))
    writer.finish_writing()
    assert [segment.duration for segment in whole(list(writer.segments()))] == [Time(6, 1), Time(1, 1)]


def test_a_failed_start_leaves_no_thread(tmp_path: Path) -> None:
    with nothing_left(tmp_path):
        delegate = Collector()
        writer = unstarted(stream_input(), stored_sound(), initial_segment_start_time=0, delegate=delegate)
        with suppress(InvalidStateError):
            writer.start_writing()


def test_what_comes_after_the_end_is_too_late() -> None:
    queue = SegmentQueue()
    queue.open(None)
    queue.end(forget=True)
    report = SegmentReport(segment_type=SegmentType.SEPARABLE)
    queue.put(Segment(data=b"", segment_type=SegmentType.SEPARABLE, report=report), [b"late"])
    assert list(queue) == []
