"""Sample buffers: counts that agree, times of each sample, and CoreMedia's output times."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from tests.model.refusal import refused

from reelwright.model.errors import InvalidArgumentError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import MediaType
from reelwright.model.pixel import PixelBuffer
from reelwright.model.sample import BufferAttachment, SampleAttachments, SampleBuffer, SampleTiming
from reelwright.model.time import Time

AVC = FormatDescription(media_type=MediaType.VIDEO, media_subtype="avc1", width=16, height=16)
PCM = FormatDescription(
    media_type=MediaType.AUDIO, media_subtype="lpcm", sample_rate=48000, channels=2, pcm=PcmLayout(16)
)
IMAGE = PixelBuffer.from_array(np.zeros((4, 4), np.uint8))


def at(presentation: int, duration: int = 10, decode: int | None = None) -> SampleTiming:
    decoded = Time.INVALID if decode is None else Time(decode, 600)
    return SampleTiming(Time(presentation, 600), Time(duration, 600), decoded)


class TestCounts:
    def test_one_packet(self) -> None:
        made = SampleBuffer(b"abc", AVC, [at(0)])
        assert (made.num_samples, made.size(0)) == (1, 3)
        assert made.data == b"abc"

    def test_many_of_one_size(self) -> None:
        made = SampleBuffer(b"aabb", AVC, [at(0)], [2], 2)
        assert [bytes(data) for data, _, _ in made.samples()] == [b"aa", b"bb"]

    def test_many_of_many_sizes(self) -> None:
        made = SampleBuffer(b"abbccc", AVC, [at(0), at(30), at(10)], [1, 2, 3])
        assert made.num_samples == 3
        assert [(bytes(data), timing.presentation.value) for data, timing, _ in made.samples()] == [
            (b"a", 0),
            (b"bb", 30),
            (b"ccc", 10),
        ]

    def test_sound_counts_frames(self) -> None:
        assert SampleBuffer(bytes(40), PCM, [SampleTiming(Time.ZERO, Time(1, 48000))]).num_samples == 10

    def test_samples_are_views(self) -> None:
        block = bytearray(b"ab")
        made = SampleBuffer(block, AVC, sizes=[1, 1])
        block[1] = ord("c")
        assert [bytes(data) for data, _, _ in made.samples()] == [b"a", b"c"]

    def test_arrays_and_other_buffers_are_taken_as_bytes(self) -> None:
        assert SampleBuffer(np.arange(3, dtype=np.uint16), AVC).size(0) == 6
        assert SampleBuffer(np.empty((0, 2), np.int16), PCM).num_samples == 0

    @pytest.mark.parametrize("data", ["text", 7, np.zeros((4, 4), np.uint8)[:, ::2]], ids=["text", "number", "strided"])
    def test_what_is_no_block_of_bytes(self, data: Any) -> None:
        with refused(type(data).__name__, kind=InvalidArgumentError, way_out="contiguous"):
            SampleBuffer(data, AVC)

    @pytest.mark.parametrize("name", ["timings", "sizes", "sample_attachments"])
    def test_none_one_or_each(self, name: str) -> None:
        entry = {"timings": at(0), "sizes": 2, "sample_attachments": SampleAttachments()}[name]
        given: dict[str, Any] = {"sizes": [2], name: [entry] * 2}
        with refused(f"2 {name}", "3 samples", kind=InvalidArgumentError, way_out="one for each"):
            SampleBuffer(bytes(6), AVC, num_samples=3, **given)

    def test_data_without_format(self) -> None:
        with refused("3 bytes", kind=InvalidArgumentError, way_out="format="):
            SampleBuffer(b"abc")

    def test_data_and_image(self) -> None:
        with refused("not both", kind=InvalidArgumentError):
            SampleBuffer(b"abc", AVC, image=IMAGE)

    def test_sound_of_no_whole_frames(self) -> None:
        with refused("6 bytes", "1 PCM frames of 4 bytes", kind=InvalidArgumentError, way_out="whole frames"):
            SampleBuffer(bytes(6), PCM)

    def test_sizes_that_do_not_add_up(self) -> None:
        with refused("[1, 2]", "3 bytes", "has 4", kind=InvalidArgumentError):
            SampleBuffer(bytes(4), AVC, sizes=[1, 2])
        with refused("[0, 4]", kind=InvalidArgumentError, way_out="positive"):
            SampleBuffer(bytes(4), AVC, sizes=[0, 4])

    def test_many_samples_without_sizes(self) -> None:
        with refused("3 samples", "4 bytes", kind=InvalidArgumentError, way_out="sizes="):
            SampleBuffer(bytes(4), AVC, num_samples=3)

    def test_data_that_is_no_sample(self) -> None:
        with refused("4 bytes", "0 samples", kind=InvalidArgumentError):
            SampleBuffer(bytes(4), AVC, num_samples=0)

    def test_an_image_is_one_sample(self) -> None:
        assert SampleBuffer(image=IMAGE).num_samples == 1
        with refused("3", kind=InvalidArgumentError):
            SampleBuffer(image=IMAGE, num_samples=3)

    def test_a_negative_count(self) -> None:
        with refused("-2", kind=InvalidArgumentError):
            SampleBuffer(num_samples=-2)

    def test_times_that_are_none(self) -> None:
        with refused("0.5", kind=InvalidArgumentError, way_out="SampleTiming("):
            SampleBuffer(image=IMAGE, timings=[0.5])  # type: ignore[list-item]


class TestTimes:
    def test_one_timing_stands_for_all(self) -> None:
        made = SampleBuffer(bytes(6), AVC, [at(100)], [2], 3)
        assert [made.timing(index).presentation for index in range(3)] == [
            Time(100, 600),
            Time(110, 600),
            Time(120, 600),
        ]
        assert made.duration == Time(30, 600)

    def test_the_earliest_is_presented_the_first_is_decoded(self) -> None:
        made = SampleBuffer(bytes(3), AVC, [at(20, decode=0), at(0, decode=10), at(10, decode=20)], [1, 1, 1])
        assert made.presentation_time == Time(0, 600)
        assert made.decode_time == Time(0, 600)
        assert SampleBuffer(b"a", AVC, [at(20)]).decode_time == Time(20, 600)

    def test_durations_are_summed_gaps_ignored(self) -> None:
        assert SampleBuffer(bytes(2), AVC, [at(0, 10), at(500, 5)], [1, 1]).duration == Time(15, 600)

    def test_an_unknown_duration_makes_the_sum_unknown(self) -> None:
        timings = [at(0), SampleTiming(Time(10, 600))]
        made = SampleBuffer(bytes(2), AVC, timings, [1, 1])
        assert not made.duration.is_valid
        assert not made.output_duration.is_valid

    def test_without_timings(self) -> None:
        made = SampleBuffer(b"a", AVC)
        assert not any(time.is_valid for time in (made.presentation_time, made.decode_time, made.duration))
        assert not made.timing(0).presentation.is_valid

    def test_output_times_with_trims_and_speed(self) -> None:
        attachments = {"TrimDurationAtStart": Time(2, 600), "TrimDurationAtEnd": Time(4, 600), "SpeedMultiplier": 2}
        made = SampleBuffer(bytes(3), AVC, [at(100)], [1], 3, attachments=attachments)
        assert made.output_presentation_time == Time(102, 600)
        assert made.output_duration == Time(12, 600)

    def test_output_time_reversed(self) -> None:
        attachments = {"TrimDurationAtStart": Time(2, 600), "TrimDurationAtEnd": Time(4, 600), "Reverse": True}
        made = SampleBuffer(bytes(3), AVC, [at(100)], [1], 3, attachments=attachments)
        assert made.output_presentation_time == Time(126, 600)

    def test_bare_numbers_are_seconds(self) -> None:
        made = SampleBuffer(b"a", AVC, [at(0)], attachments={BufferAttachment.TRIM_DURATION_AT_START: Fraction(1, 600)})
        assert made.trim_at_start == Time(1, 600)
        assert made.trim_at_end == Time.ZERO

    @pytest.mark.parametrize("speed", [0, -1])
    def test_speed_is_positive(self, speed: int) -> None:
        with refused(str(speed), kind=InvalidArgumentError, way_out="REVERSE"):
            SampleBuffer(b"a", AVC, [at(0)], attachments={"SpeedMultiplier": speed})


class TestAttachments:
    @pytest.mark.parametrize("key", BufferAttachment)
    def test_known_keys_with_and_without_apples_prefix(self, key: BufferAttachment) -> None:
        value = 1
        for spelling in (key, key.value, f"kCMSampleBufferAttachmentKey_{key.value}"):
            assert SampleBuffer(b"a", AVC, attachments={spelling: value}).attachments == {key: value}

    def test_an_unknown_key_names_the_nearest(self) -> None:
        with refused("'TrimAtStart'", kind=InvalidArgumentError, way_out="'TrimDurationAtStart'"):
            SampleBuffer(b"a", AVC, attachments={"TrimAtStart": 1})
        with refused("'zz'", kind=InvalidArgumentError, way_out="ForceKeyFrame"):
            SampleBuffer(b"a", AVC, attachments={"zz": 1})

    def test_they_cannot_be_changed(self) -> None:
        with pytest.raises(TypeError):
            SampleBuffer(b"a", AVC).attachments["Reverse"] = True  # type: ignore[index]

    def test_of_each_sample(self) -> None:
        other = SampleAttachments(not_sync=True)
        made = SampleBuffer(b"ab", AVC, sizes=[1, 1], sample_attachments=[SampleAttachments(), other])
        assert [attached.not_sync for _, _, attached in made.samples()] == [False, True]
        assert SampleBuffer(b"ab", AVC, sizes=[1, 1], sample_attachments=[other]).attachment(1) is other
        assert SampleBuffer(b"ab", AVC, sizes=[1, 1]).attachment(1) == SampleAttachments()

    def test_a_marker(self) -> None:
        made = SampleBuffer.marker(Time(5, 600), BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION)
        assert (made.num_samples, made.presentation_time) == (0, Time(5, 600))
        assert made.attachments == {"EndsPreviousSampleDuration": True}
        assert list(made.samples()) == []
        assert made.media_type is None


def test_media_type() -> None:
    assert SampleBuffer(image=IMAGE).media_type is MediaType.VIDEO
    assert SampleBuffer(bytes(4), PCM).media_type is MediaType.AUDIO
    assert SampleBuffer(bytes(4), PCM).pcm == PcmLayout(16)
