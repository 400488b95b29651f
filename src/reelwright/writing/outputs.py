"""Which output a writer gets: the one place that knows all kinds of them."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from reelwright.containers.movie import ExpectedTrack
from reelwright.containers.registry import container
from reelwright.model.errors import InvalidStateError
from reelwright.storage.address import is_append_only
from reelwright.storage.spill import spill_folder
from reelwright.writing.expected import expected_tracks
from reelwright.writing.journalling import JOURNAL_FROM
from reelwright.writing.output import FilePlan, Output, WholeFile

if TYPE_CHECKING:
    from reelwright.model.segments import Segment
    from reelwright.writing.asset_writer import AssetWriter
    from reelwright.writing.segment_queue import SegmentQueue

__all__ = ["NOWHERE", "make_output"]


class _Nowhere:
    """The target of a film in segments."""

    def __repr__(self) -> str:
        return "in segments"


NOWHERE = _Nowhere()


def make_output(writer: AssetWriter) -> Output:
    """The output that a writer's settings ask for; nothing is touched yet.

    Raises:
        InvalidStateError: settings or inputs that contradict each other (-11875).
    """
    if writer._segments is not None:
        return _segments(writer, writer._segments)
    if writer._delegate is not None:
        raise InvalidStateError(
            "a delegate is given segments, and this writer makes a file.",
            hint="Make it with AssetWriter.for_segments().",
            code=-11875,
        )
    plan = FilePlan(
        target=writer._target,
        file_type=writer.output_file_type,
        overwrite=writer._overwrite,
        durable=writer._durable,
        temporary=writer.directory_for_temporary_files,
        movie_time_scale=writer.movie_time_scale,
        created=writer._created,
        header_first=writer.should_optimize_for_network_use,
        session_start=lambda: writer._session_start,
        is_through=writer._is_through,
        journal_from=_journal_from(writer),
    )
    if not _is_fragmented(writer):
        return WholeFile(plan, _expected(writer), fail=writer._fail, watch=writer._watch)
    from reelwright.writing.fragments import FragmentedFile, FragmentPlan  # few films need them

    fragments = FragmentPlan.of(writer, is_append_only=_is_append_only(writer._target))
    return FragmentedFile(plan, fragments, lock=writer._file, fail=writer._fail, watch=writer._watch)


def _is_fragmented(writer: AssetWriter) -> bool:
    """Whether fragments are asked for, or nothing else can be written to the target; and there are such files."""
    is_wanted = writer.movie_fragment_interval.is_valid or _is_append_only(writer._target)
    return is_wanted and container(writer.output_file_type).is_movie


def _is_append_only(target: Any) -> bool:
    return not isinstance(target, str | os.PathLike) and is_append_only(target)


def _journal_from(writer: AssetWriter) -> Fraction | None:
    """From which second of media on the film is to have a journal, if it is an ordinary one."""
    is_possible = isinstance(writer._target, str | os.PathLike) and container(writer.output_file_type).is_movie
    if writer.keeps_journal and not is_possible:
        raise InvalidStateError(
            "a journal is kept beside movie files with a path, and nothing else.",
            hint="Give a path to .mov, .mp4, .m4v or .m4a, or leave keeps_journal as it is.",
            code=-11875,
        )
    if writer.keeps_journal is False or not is_possible:
        return None
    return Fraction(0) if writer.keeps_journal else JOURNAL_FROM


def _expected(writer: AssetWriter) -> list[ExpectedTrack]:
    """What the tracks will hold, where room is to be left for a header in front of them."""
    if not writer.should_optimize_for_network_use or not writer.overall_duration_hint.is_numeric:
        return []
    return expected_tracks(writer.inputs, writer.overall_duration_hint.fraction)


def _segments(writer: AssetWriter, queue: SegmentQueue) -> Output:
    from reelwright.writing.segment_plan import SegmentPlan
    from reelwright.writing.segmenter import SegmentStream

    plan, delegate = SegmentPlan.of(writer), writer._delegate

    def deliver(segment: Segment) -> None:
        assert delegate is not None
        if (receiver := delegate()) is not None:
            receiver.did_output_segment_data(writer, segment.data, segment.segment_type, segment.report)

    return SegmentStream(
        plan,
        queue,
        folder=spill_folder(writer._target, writer.directory_for_temporary_files),
        deliver=None if delegate is None else deliver,
        fail=writer._fail,
        watch=writer._watch,
    )
