"""What a film's segments are to be, from what a writer was told, and which inputs can be cut so.

The counts of inputs are AVFoundation's: what breaks them is ``incorrectlyConfigured`` (-11875).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from reelwright.model.errors import InvalidStateError
from reelwright.model.kinds import FileTypeProfile, MediaType
from reelwright.model.time import Time

if TYPE_CHECKING:
    from reelwright.writing.asset_writer import AssetWriter
    from reelwright.writing.input import AssetWriterInput

__all__ = ["SegmentPlan"]

_USUAL = Time(6, 1)  # seconds of a segment, as Apple recommends for HTTP Live Streaming


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentPlan:
    """What the segments are to be, as the writer was configured.

    Attributes:
        profile: whose rules they keep. interval: seconds; None where the client says where they end.
        start: the moment of the source's time line from which intervals are counted. part: seconds of a part, or None.
        sequence_number: of the first. created: as of the writer.
    """

    profile: FileTypeProfile
    interval: Fraction | None
    start: Fraction = Fraction(0)
    part: Fraction | None = None
    sequence_number: int = 1
    created: datetime | None = None

    @classmethod
    def of(cls, writer: AssetWriter) -> SegmentPlan:
        """The plan that a writer's settings make.

        Raises:
            InvalidStateError: they contradict each other, or its inputs (-11875).
        """
        given, part = writer.preferred_output_segment_interval, writer.preferred_output_part_interval
        profile = writer.output_file_type_profile or FileTypeProfile.MPEG4_APPLE_HLS
        interval = None if given.is_indefinite else (given if given.is_valid else _USUAL)
        _check_inputs(writer.inputs, interval)
        if profile is FileTypeProfile.MPEG4_CMAF_COMPLIANT and len(writer.inputs) > 1:
            raise _wrong("a CMAF track file holds one track", "Use a writer for each input, or MPEG4_APPLE_HLS.")
        start = writer.initial_segment_start_time
        if interval is not None and not start.is_numeric:
            raise _wrong(
                "segments of a number of seconds are counted from initial_segment_start_time, which is not set",
                "Set it to the time of the first sample, in general the session's start.",
            )
        if part.is_valid and (interval is None or part >= interval):
            raise _wrong(
                f"parts of {part} do not fit into segments of {given}",
                "Set a preferred_output_segment_interval that is a few times as long.",
            )
        return cls(
            profile=profile,
            interval=None if interval is None else interval.fraction,
            start=start.fraction if start.is_numeric else Fraction(0),
            part=part.fraction if part.is_valid else None,
            sequence_number=writer.initial_movie_fragment_sequence_number,
            created=writer._created,
        )


def _check_inputs(inputs: Sequence[AssetWriterInput], interval: Time | None) -> None:
    kinds = [input.media_type for input in inputs]
    stored = [input for input in inputs if input.output_settings is None]
    if any(kind not in (MediaType.VIDEO, MediaType.AUDIO) for kind in kinds):
        raise _wrong("segments hold pictures and sound, nothing else", "Write other media by another writer.")
    if len(set(kinds)) < len(kinds):
        raise _wrong("segments hold one track of a kind", "Use a writer for each rendition.")
    if interval is None and len(stored) < len(inputs):
        raise _wrong(
            "only stored samples can be cut by flush_segment()",
            "Set a number of seconds, or leave out output settings.",
        )
    if interval is not None and stored and len(inputs) > 1:
        raise _wrong(
            "stored samples can be cut into segments of a number of seconds from one input only",
            "Use a writer for each input, or an indefinite interval with flush_segment().",
        )


def _wrong(what: str, hint: str) -> InvalidStateError:
    return InvalidStateError(f"{what}.", hint=hint, code=-11875)
