"""AssetReader: which call is right when, what ends it, ranges and passes, and that nothing is left behind."""

from __future__ import annotations

import gc
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.reading.films import film, late_film, with_edits
from tests.writing import scene

from reelwright import (
    Asset,
    AssetReader,
    AssetReaderAudioMixOutput,
    AssetReaderTrackOutput,
    BufferAttachment,
    InvalidArgumentError,
    InvalidMediaError,
    InvalidStateError,
    OperationCancelledError,
    PixelFormat,
    ReaderStatus,
    SampleBuffer,
    Time,
    TimeRange,
)

NOT_A_RANGE = "no TimeRange"


@pytest.fixture
def asset() -> Asset:
    return Asset(film())


def started(asset: Asset, *settings: Any, time_range: TimeRange | None = None) -> tuple[AssetReader, list[Any]]:
    """A reader of the first track that reads, with one output for each of the settings."""
    reader = AssetReader(asset)
    outputs = [AssetReaderTrackOutput(asset.tracks[0], each) for each in settings]
    for output in outputs:
        reader.add(output)
    if time_range is not None:
        reader.time_range = time_range
    reader.start_reading()
    return reader, outputs


def numbers(buffers: Any) -> list[int]:
    return [scene.number_of(buffer.image.planes[0]) for buffer in buffers]


# ---------------------------------------------------------------------- states


def test_a_reader_goes_from_unknown_over_reading_to_completed(asset: Asset) -> None:
    reader = AssetReader(asset)
    output = AssetReaderTrackOutput(asset.tracks[0])
    assert reader.status is ReaderStatus.UNKNOWN
    assert reader.can_add(output)
    reader.add(output)
    assert reader.outputs == (output,)
    reader.start_reading()
    assert reader.status is ReaderStatus.READING
    assert len(list(output)) == 24
    assert reader.status is ReaderStatus.COMPLETED
    assert (output.copy_next_sample_buffer(), reader.error) == (None, None)


def test_it_completes_with_the_last_of_its_outputs(asset: Asset) -> None:
    reader, (first, second) = started(asset, None, PixelFormat.GRAY8)
    list(first)
    assert reader.status is ReaderStatus.READING
    assert numbers(second) == list(range(24))
    assert reader.status is ReaderStatus.COMPLETED


def test_calls_at_the_wrong_moment(asset: Asset) -> None:
    output = AssetReaderTrackOutput(asset.tracks[0])
    with pytest.raises(InvalidStateError, match="belongs to no reader"):
        output.copy_next_sample_buffer()
    reader = AssetReader(asset)
    with pytest.raises(InvalidStateError, match="no outputs"):
        reader.start_reading()
    reader.add(output)
    with pytest.raises(InvalidStateError, match="has not started"):
        output.copy_next_sample_buffer()
    with pytest.raises(InvalidStateError, match="has not started"):
        output.mark_configuration_as_final()
    with pytest.raises(InvalidStateError, match="belongs to a reader"):
        AssetReader(asset).add(output)
    reader.start_reading()
    for call, words in (
        (reader.start_reading, "started once: this one is reading"),
        (lambda: reader.add(AssetReaderTrackOutput(asset.tracks[0])), "cannot add an output"),
        (lambda: setattr(reader, "time_range", TimeRange(0, 1)), "cannot set time_range"),
        (lambda: setattr(output, "supports_random_access", True), "supports_random_access"),
        (lambda: setattr(output, "always_copies_sample_data", True), "always_copies_sample_data"),
        (lambda: setattr(output, "audio_time_pitch_algorithm", "Varispeed"), "audio_time_pitch_algorithm"),
        (lambda: output.reset([TimeRange(0, 1)]), "does not support random access"),
    ):
        with pytest.raises(InvalidStateError, match=words):
            call()
    reader.cancel_reading()
    with pytest.raises(InvalidStateError, match="started once: this one is cancelled"):
        reader.start_reading()


def test_what_does_not_belong(asset: Asset) -> None:
    reader = AssetReader(asset)
    with pytest.raises(InvalidArgumentError, match="is no Asset"):
        AssetReader("film.mov")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="no reader output"):
        reader.add(asset.tracks[0])  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="another asset"):
        reader.add(AssetReaderTrackOutput(Asset(film()).tracks[0]))
    with pytest.raises(InvalidArgumentError, match="no AssetTrack"):
        AssetReaderTrackOutput("video")  # type: ignore[arg-type]
    assert not reader.can_add(asset)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", [1.0, TimeRange(Time.INVALID, 1), TimeRange(0, 0), TimeRange(0, Time.INDEFINITE), TimeRange(0, -1)]
)
def test_ranges_that_cannot_be_read(asset: Asset, value: Any) -> None:
    with pytest.raises(InvalidArgumentError):
        AssetReader(asset).time_range = value


# ---------------------------------------------------------------------- ends


def test_cancelling_ends_all_outputs(asset: Asset) -> None:
    reader, (stored, decoded) = started(asset, None, PixelFormat.GRAY8)
    assert stored.copy_next_sample_buffer() is not None
    reader.cancel_reading()
    assert reader.status is ReaderStatus.CANCELLED
    for output in (stored, decoded):
        with pytest.raises(OperationCancelledError, match="the reader was cancelled"):
            output.copy_next_sample_buffer()
    reader.cancel_reading()
    assert (reader.status, reader.error) == (ReaderStatus.CANCELLED, None)


def test_leaving_the_with_block_cancels_what_goes_on_and_leaves_no_thread(asset: Asset) -> None:
    assert asset.tracks
    gc.collect()
    before = scene.threads()
    with AssetReader(asset) as reader:
        output = AssetReaderTrackOutput(asset.tracks[0], PixelFormat.RGB24)
        reader.add(output)
        reader.start_reading()
        output.copy_next_sample_buffer()
    assert reader.status is ReaderStatus.CANCELLED
    scene.wait_until(lambda: scene.threads() <= before, "threads are left")


def test_closing_while_pictures_are_decoded_never_hangs(asset: Asset) -> None:
    """Decoders' threads must not need the interpreter while the reading thread waits for them."""
    for taken in range(40):
        with AssetReader(asset) as reader:
            output = AssetReaderTrackOutput(asset.tracks[0], {})
            reader.add(output)
            reader.start_reading()
            for _ in range(taken % 5):
                output.copy_next_sample_buffer()


def test_a_reader_that_is_dropped_leaves_no_thread(asset: Asset) -> None:
    assert asset.tracks
    gc.collect()
    before = scene.threads()
    reader, outputs = started(asset, PixelFormat.RGB24)
    outputs[0].copy_next_sample_buffer()
    del reader, outputs
    gc.collect()
    scene.wait_until(lambda: scene.threads() <= before, "threads are left")


def test_an_end_in_time_completes_a_with_block(asset: Asset) -> None:
    with AssetReader(asset) as reader:
        output = AssetReaderTrackOutput(asset.tracks[0])
        reader.add(output)
        reader.start_reading()
        list(output)
    assert reader.status is ReaderStatus.COMPLETED


def test_a_failure_is_raised_again_and_again(tmp_path: Path) -> None:
    whole = film(sound=False)
    at = whole.index(b"mdat")
    path = tmp_path / "cut.mov"
    moov = whole.rindex(b"moov") - 4
    # The header stays right, and what it points at beyond the first bytes is gone.
    broken = whole[: at + 40] + bytes([255]) * (moov - at - 40) + whole[moov:]
    path.write_bytes(broken)
    asset = Asset(path)
    reader, (decoded, stored) = started(asset, PixelFormat.GRAY8, None)
    with pytest.raises(InvalidMediaError) as first:
        list(decoded)
    assert reader.status is ReaderStatus.FAILED
    assert reader.error is first.value
    for output in (decoded, stored):
        with pytest.raises(InvalidMediaError):
            output.copy_next_sample_buffer()


def test_whoever_waits_is_woken_by_a_cancel(asset: Asset) -> None:
    class Stuck:
        """Bytes that never come."""

        def __init__(self, data: bytes) -> None:
            self.data, self.place, self.gate, self.is_stuck = data, 0, threading.Event(), False

        def seek(self, offset: int, whence: int = 0) -> int:
            self.place = offset + (len(self.data) if whence == 2 else 0)
            return self.place

        def read(self, size: int) -> bytes:
            if self.is_stuck:
                self.gate.wait(30)
            return self.data[self.place : self.place + size]

    source = Stuck(film(sound=False))
    slow = Asset(source)
    slow.tracks[0].segments  # noqa: B018
    slow.media.index(1)
    source.is_stuck = True
    reader, (output,) = started(slow, None)
    waiting = scene.Background(output.copy_next_sample_buffer)
    cancelling = scene.Background(reader.cancel_reading)
    with pytest.raises(OperationCancelledError):
        waiting.result()
    source.gate.set()
    cancelling.result()


def test_a_cancel_while_reading_starts_leaves_no_thread(asset: Asset) -> None:
    class Cancelling(AssetReaderTrackOutput):
        """An output whose check takes so long that somebody cancels meanwhile."""

        def _check(self) -> None:
            scene.Background(reader.cancel_reading).result()

    before = set(threading.enumerate())
    reader = AssetReader(asset)
    output = Cancelling(asset.tracks[0])
    reader.add(output)
    reader.start_reading()
    assert reader.status is ReaderStatus.CANCELLED
    with pytest.raises(OperationCancelledError):
        output.copy_next_sample_buffer()
    assert set(threading.enumerate()) <= before


# ---------------------------------------------------------------------- ranges and passes


def test_a_range_is_read_exactly(asset: Asset) -> None:
    _, (output,) = started(asset, PixelFormat.GRAY8, time_range=TimeRange(Time(5, 48), Time(6, 48)))
    found = list(output)
    assert numbers(found) == [2, 3, 4, 5]
    assert [buffer.presentation_time for buffer in found] == [Fraction(n, 48) for n in (5, 6, 8, 10)]
    assert [buffer.duration for buffer in found] == [Fraction(n, 48) for n in (1, 2, 2, 1)]


def test_stored_samples_of_a_range_begin_with_what_decoding_needs(asset: Asset) -> None:
    _, (output,) = started(asset, None, time_range=TimeRange(Time(10, 24), Time(2, 24)))
    found = list(output)
    assert not found[0].attachment(0).not_sync
    shown = [buffer for buffer in found if not buffer.attachment(0).do_not_display]
    assert sorted(buffer.presentation_time for buffer in shown) == [Time(10, 24), Time(11, 24)]
    for buffer in found:
        if buffer.attachment(0).do_not_display:
            assert (buffer.trim_at_start, buffer.output_duration) == (buffer.duration, Time.ZERO)


def test_sound_of_a_range_is_cut_to_the_frame(asset: Asset) -> None:
    reader = AssetReader(asset)
    output = AssetReaderTrackOutput(asset.tracks[1], {})
    reader.add(output)
    reader.time_range = TimeRange(Time(12_345, 48_000), Time(777, 48_000))
    reader.start_reading()
    (buffer,) = list(output)
    values = memoryview(buffer.data).cast("h").tolist()
    assert (buffer.presentation_time, buffer.num_samples) == (Time(12_345, 48_000), 777)
    assert values == list(range(12_345, 12_345 + 777))


def test_a_range_beyond_the_end_gives_nothing(asset: Asset) -> None:
    reader, (output,) = started(asset, None, time_range=TimeRange(100, 1))
    assert list(output) == []
    assert reader.status is ReaderStatus.COMPLETED


def test_passes_over_other_ranges(asset: Asset) -> None:
    reader = AssetReader(asset)
    output = AssetReaderTrackOutput(asset.tracks[0], PixelFormat.GRAY8)
    output.supports_random_access = True
    reader.add(output)
    reader.time_range = TimeRange(0, Time(2, 24))
    reader.start_reading()
    with pytest.raises(InvalidStateError, match="the last pass is not over"):
        output.reset([TimeRange(0, 1)])
    assert numbers(output) == [0, 1]
    assert reader.status is ReaderStatus.READING
    output.reset([TimeRange(Time(4, 24), Time(2, 24)), TimeRange(Time(20, 24), Time(1, 24))])
    assert numbers(output) == [4, 5, 20]
    output.reset([])
    assert numbers(output) == []
    output.reset([TimeRange(Time(23, 24), Time.POSITIVE_INFINITY)])
    assert numbers(output) == [23]
    output.mark_configuration_as_final()
    assert reader.status is ReaderStatus.COMPLETED
    with pytest.raises(InvalidStateError, match="final"):
        output.reset([TimeRange(0, 1)])


@pytest.mark.parametrize(
    "ranges",
    [
        [1],
        [TimeRange(Time.INVALID, 1)],
        [TimeRange(0, -1)],
        [TimeRange(0, 2), TimeRange(1, 1)],
        [TimeRange(0, Time.POSITIVE_INFINITY), TimeRange(5, 1)],
    ],
)
def test_passes_that_cannot_be(asset: Asset, ranges: Any) -> None:
    reader = AssetReader(asset)
    output = AssetReaderTrackOutput(asset.tracks[0])
    output.supports_random_access = True
    reader.add(output)
    reader.start_reading()
    list(output)
    with pytest.raises(InvalidArgumentError):
        output.reset(ranges)


def test_after_a_cancel_a_reset_has_no_effect(asset: Asset) -> None:
    reader = AssetReader(asset)
    output = AssetReaderTrackOutput(asset.tracks[0])
    output.supports_random_access = True
    reader.add(output)
    reader.start_reading()
    reader.cancel_reading()
    output.reset([TimeRange(0, 1)])
    assert reader.status is ReaderStatus.CANCELLED


# ---------------------------------------------------------------------- edits


def test_an_empty_edit_is_a_marker_between_stored_samples() -> None:
    asset = Asset(late_film())
    reader = AssetReader(asset)
    output = AssetReaderTrackOutput(asset.tracks[1])
    reader.add(output)
    reader.start_reading()
    hole, *rest = list(output)
    assert hole.num_samples == 0
    assert hole.attachments[BufferAttachment.EMPTY_MEDIA]
    assert (hole.presentation_time, hole.timing(0).duration) == (Time.ZERO, Time(1))
    assert [(bytes(buffer.data), buffer.presentation_time) for buffer in rest] == [
        (b"b0", Time(1)),
        (b"b1", Time(3, 2)),
    ]


def pictures_of(data: bytes) -> list[tuple[int, Fraction, Fraction]]:
    """(number, start, duration) of all pictures of the first track."""
    _, (output,) = started(Asset(data), PixelFormat.GRAY8)
    return [
        (scene.number_of(buffer.image.planes[0]), buffer.presentation_time.fraction, buffer.duration.fraction)
        for buffer in output
    ]


def edited(*edits: tuple[int, int, Fraction]) -> bytes:
    """The film at 24 pictures a second; media times count from its first picture's composition time, in ticks."""
    data = film(sound=False)
    track = Asset(data).tracks[0]
    first = track.facts.edits[0].media_time
    assert first is not None
    assert (track.natural_time_scale, track.asset.facts.time_scale) == (24, 24)
    return with_edits(data, [(d, m if m < 0 else m + first, r) for d, m, r in edits])


ONE = Fraction(1)


def test_the_same_media_may_be_shown_twice() -> None:
    found = pictures_of(edited((3, 10, ONE), (2, 10, ONE)))
    assert [number for number, _, _ in found] == [10, 11, 12, 10, 11]
    assert [start * 24 for _, start, _ in found] == [0, 1, 2, 3, 4]


def test_a_cut_within_a_group_of_pictures_shows_what_it_says() -> None:
    assert [number for number, _, _ in pictures_of(edited((4, 13, ONE)))] == [13, 14, 15, 16]


def test_an_empty_edit_between_pictures_is_a_gap() -> None:
    found = pictures_of(edited((1, 3, ONE), (5, -1, ONE), (1, 20, ONE)))
    assert [(number, start * 24, length * 24) for number, start, length in found] == [(3, 0, 1), (20, 6, 1)]


def test_a_rate_stretches_times_exactly() -> None:
    found = pictures_of(edited((2, 4, Fraction(2)), (4, 8, Fraction(1, 2))))
    assert [number for number, _, _ in found] == [4, 5, 6, 7, 8, 9]
    assert [start * 24 for _, start, _ in found] == [0, Fraction(1, 2), 1, Fraction(3, 2), 2, 4]
    assert [length * 24 for _, _, length in found] == [Fraction(1, 2)] * 4 + [2, 2]


def test_a_dwell_holds_one_picture() -> None:
    found = pictures_of(edited((5, 7, Fraction(0)), (1, 8, ONE)))
    assert [(number, start * 24, length * 24) for number, start, length in found] == [(7, 0, 5), (8, 5, 1)]


def test_the_same_edits_stored() -> None:
    _, (output,) = started(Asset(edited((2, 4, Fraction(2)))), None)
    shown = [buffer for buffer in output if not buffer.attachment(0).do_not_display]
    assert {buffer.attachments[BufferAttachment.SPEED_MULTIPLIER] for buffer in shown} == {2}
    assert sorted(buffer.presentation_time * 24 for buffer in shown) == [0, Fraction(1, 2), 1, Fraction(3, 2)]
    assert {buffer.output_duration for buffer in shown} == {Fraction(1, 48)}


def test_sound_at_another_speed_has_the_length_that_the_edit_says() -> None:
    data = film()
    scale = Asset(data).facts.time_scale
    half = with_edits(data, [(scale // 2, 0, Fraction(2))], track=1)
    for algorithm in ("Varispeed", "TimeDomain", "Spectral"):
        asset = Asset(half)
        reader = AssetReader(asset)
        output = AssetReaderTrackOutput(asset.tracks[1], {})
        output.audio_time_pitch_algorithm = algorithm
        reader.add(output)
        reader.start_reading()
        assert sum(buffer.num_samples for buffer in output) == 24_000


# ---------------------------------------------------------------------- pictures


def test_pictures_are_read_only_views_and_private_copies_on_request(asset: Asset) -> None:
    _, (output,) = started(asset, {})
    buffer = output.copy_next_sample_buffer()
    assert buffer is not None
    assert not any(plane.flags.writeable for plane in buffer.image.planes)
    reader = AssetReader(asset)
    output = AssetReaderTrackOutput(asset.tracks[0], {})
    output.always_copies_sample_data = True
    reader.add(output)
    reader.start_reading()
    copied = output.copy_next_sample_buffer()
    assert copied is not None
    assert copied.image is not None
    assert all(plane.flags.writeable and plane.base is None for plane in copied.image.planes)
    assert scene.number_of(copied.image.planes[0]) == 0


def test_views_outlive_everything_they_came_from() -> None:
    with Asset(film()) as asset:
        reader, (output,) = started(asset, PixelFormat.GRAY8)
        buffers: list[SampleBuffer] = list(output)
        del reader, output
    gc.collect()
    assert numbers(buffers) == list(range(24))


# ---------------------------------------------------------------------- mixes


def test_mixes_refuse_what_is_no_sound(asset: Asset) -> None:
    with pytest.raises(InvalidArgumentError, match="no tracks"):
        AssetReaderAudioMixOutput([])
    with pytest.raises(InvalidArgumentError, match="is video, not sound"):
        AssetReaderAudioMixOutput(asset.tracks)
    with pytest.raises(InvalidArgumentError, match="several assets"):
        AssetReaderAudioMixOutput([asset.tracks[1], Asset(film()).tracks[1]])


def test_a_mix_of_one_is_that_one(asset: Asset) -> None:
    reader = AssetReader(asset)
    output = AssetReaderAudioMixOutput([asset.tracks[1]], {"AVFormatIDKey": "lpcm", "AVLinearPCMBitDepthKey": 16})
    reader.add(output)
    reader.time_range = TimeRange(Time(100, 48_000), Time(50, 48_000))
    reader.start_reading()
    (buffer,) = list(output)
    assert buffer.presentation_time == Time(100, 48_000)
    assert memoryview(buffer.data).cast("h").tolist() == list(range(100, 150))


def test_one_track_is_no_list_of_tracks(asset: Asset) -> None:
    with pytest.raises(InvalidArgumentError, match=r"Write \[track\]"):
        AssetReaderAudioMixOutput(asset.tracks[1])  # type: ignore[arg-type]
