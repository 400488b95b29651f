"""Samples on their way: one buffer may carry one sample or many, as in CoreMedia.

A ``SampleBuffer`` is N timings, N sizes and one block of data (compressed or PCM), or one picture, or nothing but
attachments (a marker). A single timing or size stands for all samples. Sound keeps one entry for a whole block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reelwright.model.errors import InvalidArgumentError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time

if TYPE_CHECKING:
    import numpy as np

    from reelwright.model.pixel import PixelBuffer

__all__ = ["BufferAttachment", "SampleAttachments", "SampleBuffer", "SampleTiming"]


class BufferAttachment(StrEnum):
    """Keys of a buffer's attachments (``kCMSampleBufferAttachmentKey_…``)."""

    TRIM_DURATION_AT_START = "TrimDurationAtStart"
    TRIM_DURATION_AT_END = "TrimDurationAtEnd"
    SPEED_MULTIPLIER = "SpeedMultiplier"
    REVERSE = "Reverse"
    EMPTY_MEDIA = "EmptyMedia"
    PERMANENT_EMPTY_MEDIA = "PermanentEmptyMedia"
    ENDS_PREVIOUS_SAMPLE_DURATION = "EndsPreviousSampleDuration"
    FILL_DISCONTINUITIES_WITH_SILENCE = "FillDiscontinuitiesWithSilence"
    FORCE_KEY_FRAME = "ForceKeyFrame"
    SAMPLE_REFERENCE_URL = "SampleReferenceURL"
    SAMPLE_REFERENCE_BYTE_OFFSET = "SampleReferenceByteOffset"
    DISPLAY_EMPTY_MEDIA_IMMEDIATELY = "DisplayEmptyMediaImmediately"
    # For players; a writer takes them and does nothing about them.
    RESET_DECODER_BEFORE_DECODING = "ResetDecoderBeforeDecoding"
    DRAIN_AFTER_DECODING = "DrainAfterDecoding"
    POST_NOTIFICATION_WHEN_CONSUMED = "PostNotificationWhenConsumed"
    RESUME_OUTPUT = "ResumeOutput"
    TRANSITION_ID = "TransitionID"


@dataclass(frozen=True, slots=True)
class SampleTiming:
    """When a sample is shown, for how long, and when decoded (``CMSampleTimingInfo``); INVALID where not known."""

    presentation: Time
    duration: Time = Time.INVALID
    decode: Time = Time.INVALID


@dataclass(frozen=True, slots=True)
class SampleAttachments:
    """Facts about one sample (``kCMSampleAttachmentKey_…``); None where nothing is said.

    ``do_not_display`` marks samples that are there to be decoded only: later ones need them.
    """

    not_sync: bool = False
    partial_sync: bool = False
    depends_on_others: bool | None = None
    is_depended_on_by_others: bool | None = None
    has_redundant_coding: bool | None = None
    earlier_display_times_allowed: bool | None = None
    do_not_display: bool = False


_SYNC = SampleAttachments()


@dataclass(frozen=True, slots=True)
class SampleBuffer:
    """Samples with their times (``CMSampleBuffer``).

    Args:
        data: the samples' bytes one after the other; None for a picture or a marker.
        format: what they are; required with ``data``.
        timings: none (marker without a time), one for all samples, or one for each. One timing for all means: sample
            ``i`` is shown at ``presentation + i × duration``.
        sizes: bytes of each sample: none when ``num_samples`` is 1, one for all, or one for each.
        num_samples: how many samples; taken from ``sizes``, ``timings`` or the data's length when left out.
        image: an uncompressed picture instead of data.
        sample_attachments: none, one for all, or one for each sample.
        attachments: the buffer's own, by ``BufferAttachment``.

    >>> packet = SampleBuffer(b"...", format=aac, timings=[SampleTiming(Time(0, 48000), Time(1024, 48000))])

    Raises:
        InvalidArgumentError: counts that contradict each other, sizes that do not add up to the data, data without a
            format, attachments that are not known.
    """

    data: Any = None
    format: FormatDescription | None = None
    timings: Sequence[SampleTiming] = ()
    sizes: Sequence[int] = ()
    num_samples: int = -1
    image: PixelBuffer | None = None
    sample_attachments: Sequence[SampleAttachments] = ()
    attachments: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        payload = None if self.data is None else _bytes(self.data)
        count = self._count(payload)
        set_ = object.__setattr__
        set_(self, "data", payload)
        set_(self, "num_samples", count)
        for name in ("timings", "sizes", "sample_attachments"):
            values = tuple(getattr(self, name))
            set_(self, name, values)
            if len(values) not in (0, 1, count):
                raise InvalidArgumentError(
                    f"{len(values)} {name} do not fit {count} samples.", hint="Give none, one for all, or one for each."
                )
        set_(self, "attachments", MappingProxyType(dict(_read_attachments(self.attachments))))
        self._check_times()
        self._check_payload(payload)

    def _check_times(self) -> None:
        for timing in self.timings:
            if not isinstance(timing, SampleTiming):
                raise InvalidArgumentError(f"{timing!r} is no SampleTiming.", hint="Write SampleTiming(Time(0, 600)).")
        speed = self.attachments.get(BufferAttachment.SPEED_MULTIPLIER)
        if speed is not None and (not Time.of(speed).is_numeric or Time.of(speed) <= Time.ZERO):
            raise InvalidArgumentError(
                f"the speed multiplier {speed!r} is not positive.",
                hint="Use BufferAttachment.REVERSE to play backwards.",
            )

    def _count(self, payload: memoryview | None) -> int:
        if self.num_samples < -1:
            raise InvalidArgumentError(f"{self.num_samples} samples are not possible.", hint="Leave num_samples out.")
        if self.image is not None and self.num_samples not in (-1, 1):
            raise InvalidArgumentError(
                f"an image is one sample, not {self.num_samples}.",
                hint="Leave num_samples out; make one buffer an image.",
            )
        if self.num_samples >= 0:
            return self.num_samples
        if self.image is not None:
            return 1
        if payload is None:
            return 0
        if self.format is not None and self.format.bytes_per_frame:
            return payload.nbytes // self.format.bytes_per_frame
        return max(len(self.sizes), len(self.timings), 1)

    def _check_payload(self, payload: memoryview | None) -> None:
        if payload is None:
            return
        if self.image is not None:
            raise InvalidArgumentError("a sample buffer holds either data or an image, not both.", hint="Drop one.")
        if self.format is None:
            raise InvalidArgumentError(
                f"{payload.nbytes} bytes of data without a format mean nothing.",
                hint="Pass format=FormatDescription(…).",
            )
        unit = self.format.bytes_per_frame
        if unit:
            if payload.nbytes != self.num_samples * unit:
                raise InvalidArgumentError(
                    f"{payload.nbytes} bytes are not {self.num_samples} PCM frames of {unit} bytes "
                    f"({self.format.channels} channels × {unit // max(self.format.channels, 1)} bytes).",
                    hint="Give whole frames, and the format they are really in.",
                )
        elif self.num_samples == 0 and payload.nbytes:
            raise InvalidArgumentError(f"{payload.nbytes} bytes are not 0 samples.", hint="Leave num_samples out.")
        elif self.num_samples > 1 and not self.sizes:
            raise InvalidArgumentError(
                f"{self.num_samples} samples in one block of {payload.nbytes} bytes cannot be told apart.",
                hint="Pass sizes=[…], one for all or one for each.",
            )
        elif self.sizes:
            total = sum(self.sizes) if len(self.sizes) > 1 else self.sizes[0] * self.num_samples
            if total != payload.nbytes or min(self.sizes) <= 0:
                raise InvalidArgumentError(
                    f"sizes {list(self.sizes)[:8]} add up to {total} bytes, the data has {payload.nbytes}.",
                    hint="Each size must be positive, and together they must be the data.",
                )

    @classmethod
    def from_audio(
        cls, samples: np.ndarray, rate: int, time: Any = 0, *, channel_layout: str | None = None, **attachments: Any
    ) -> SampleBuffer:
        """Wrap sound: an array of frames × channels (or frames, for mono); int16, int32, uint8, float32 or float64.

        ``time`` is when the first frame sounds, in seconds or as ``Time``. The array is not copied when contiguous.

        Raises:
            FrameError: another dtype, more than two dimensions, or no channels.
        """
        from reelwright.model.pcm import wrap

        return wrap(samples, rate, Time.of(time), channel_layout, attachments)

    @classmethod
    def marker(cls, time: Time, *attachments: BufferAttachment) -> SampleBuffer:
        """A buffer without samples whose attachments speak of a time, such as ENDS_PREVIOUS_SAMPLE_DURATION."""
        return cls(timings=[SampleTiming(time)], num_samples=0, attachments=dict.fromkeys(attachments, True))

    @property
    def media_type(self) -> MediaType | None:
        if self.image is not None:
            return MediaType.VIDEO
        return self.format.media_type if self.format is not None else None

    @property
    def pcm(self) -> PcmLayout | None:
        return self.format.pcm if self.format is not None else None

    @property
    def array(self) -> np.ndarray:
        """Linear PCM as an array of frames × channels, read-only; the opposite of ``from_audio``.

        A view of ``data``, with the dtype that its values have: big-endian ones too. Only 24-bit values are copied, as
        no dtype has them: into int32, shifted up by eight bits so that full scale stays full scale.

        Raises:
            InvalidArgumentError: no sound, sound that is compressed, or whose channels do not lie side by side.
        """
        from reelwright.model.pcm import unwrap

        return unwrap(self)

    def timing(self, index: int) -> SampleTiming:
        """The timing of one sample, whether stored by itself or implied by the one for all."""
        if not self.timings:
            return SampleTiming(Time.INVALID)
        if len(self.timings) > 1 or index == 0:
            return self.timings[index]
        first = self.timings[0]
        return SampleTiming(first.presentation + first.duration * index, first.duration)

    def size(self, index: int) -> int:
        """Bytes of one sample."""
        if self.format is not None and self.format.bytes_per_frame:
            return self.format.bytes_per_frame
        if not self.sizes:
            return self.data.nbytes if self.data is not None else 0
        return self.sizes[index] if len(self.sizes) > 1 else self.sizes[0]

    def attachment(self, index: int) -> SampleAttachments:
        """The attachments of one sample."""
        if not self.sample_attachments:
            return _SYNC
        return self.sample_attachments[index] if len(self.sample_attachments) > 1 else self.sample_attachments[0]

    def samples(self) -> Iterator[tuple[memoryview, SampleTiming, SampleAttachments]]:
        """Each sample's bytes (a view, not a copy), timing and attachments, in the order they lie in the block."""
        offset = 0
        for index in range(self.num_samples):
            size = self.size(index)
            yield self.data[offset : offset + size], self.timing(index), self.attachment(index)
            offset += size

    @property
    def presentation_time(self) -> Time:
        """The earliest presentation time of its samples; INVALID when it has no timing."""
        if not self.timings:
            return Time.INVALID
        if len(self.timings) == 1:
            return self.timings[0].presentation
        return min(timing.presentation for timing in self.timings)

    @property
    def decode_time(self) -> Time:
        """The first sample's decode time; its presentation time when no decode time was given."""
        if not self.timings:
            return Time.INVALID
        first = self.timings[0]
        return first.decode if first.decode.is_valid else first.presentation

    @property
    def duration(self) -> Time:
        """The plain sum of its samples' durations (gaps ignored); INVALID when one is unknown."""
        if not self.timings:
            return Time.INVALID
        if len(self.timings) == 1:
            duration = self.timings[0].duration
            return duration if self.num_samples == 1 else duration * self.num_samples
        total = Time.ZERO
        for timing in self.timings:
            total = total + timing.duration
        return total

    def _trim(self, key: BufferAttachment) -> Time:
        value = self.attachments.get(key)
        return Time.ZERO if value is None else Time.of(value)

    @property
    def trim_at_start(self) -> Time:
        return self._trim(BufferAttachment.TRIM_DURATION_AT_START)

    @property
    def trim_at_end(self) -> Time:
        return self._trim(BufferAttachment.TRIM_DURATION_AT_END)

    @property
    def output_presentation_time(self) -> Time:
        """When its first moment is due: after the trim at the start or, reversed, where the trim at the end begins."""
        if not self.attachments:
            return self.presentation_time
        if self.attachments.get(BufferAttachment.REVERSE):
            return self.presentation_time + self.duration - self.trim_at_end
        return self.presentation_time + self.trim_at_start

    @property
    def output_duration(self) -> Time:
        """Duration after trims and speed: ``(duration − trims) / speed`` (``CMSampleBufferGetOutputDuration``)."""
        if not self.attachments:
            return self.duration
        speed = self.attachments.get(BufferAttachment.SPEED_MULTIPLIER, 1)
        length = self.duration - self.trim_at_start - self.trim_at_end
        return length if speed == 1 or not length.is_numeric else Time.of(length.fraction / Time.of(speed).fraction)


_PREFIX = "kCMSampleBufferAttachmentKey_"
_KNOWN = frozenset(key.value for key in BufferAttachment)


def _read_attachments(given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in given.items():
        name = str(key).removeprefix(_PREFIX)
        if name not in _KNOWN:
            from difflib import get_close_matches

            near = get_close_matches(name, _KNOWN, n=1)
            raise InvalidArgumentError(
                f"buffer attachment {key!r} is not known.",
                hint=f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(sorted(_KNOWN))}.",
            )
        yield name, value


def _bytes(data: Any) -> memoryview:
    try:
        view = memoryview(data)
        return view.cast("B") if view.nbytes else memoryview(b"")
    except TypeError as error:
        raise InvalidArgumentError(
            f"data of type {type(data).__name__} is no block of contiguous bytes.",
            hint="Pass bytes, or a contiguous array.",
        ) from error
