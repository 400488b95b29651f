"""Reader outputs' adaptors: timed metadata and captions as what they say, instead of the samples that carry them.

An adaptor takes over an output: from then on the output's buffers go through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reelwright.containers.captions import CaptionSample, caption_groups
from reelwright.isobmff.timed_metadata import TimedKey, read_key_table, read_opaque_sample, read_sample
from reelwright.model.caption import Caption, CaptionGroup
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.metadata import TimedMetadataGroup
from reelwright.model.sample import BufferAttachment, SampleBuffer
from reelwright.model.time_range import TimeRange
from reelwright.reading.outputs import AssetReaderOutput
from reelwright.reading.track_output import AssetReaderTrackOutput

__all__ = ["AssetReaderOutputCaptionAdaptor", "AssetReaderOutputMetadataAdaptor"]

_BOXED = "mebx"
_CAPTIONS = (MediaType.SUBTITLE, MediaType.CLOSED_CAPTION, MediaType.TEXT)


class AssetReaderOutputMetadataAdaptor:
    """Timed metadata out of an output (``AVAssetReaderOutputMetadataAdaptor``).

    Args:
        asset_reader_output: of a track of metadata, without settings, that is not being read yet.

    >>> adaptor = AssetReaderOutputMetadataAdaptor(AssetReaderTrackOutput(metadata_track))

    Raises:
        InvalidArgumentError: an output of another kind.
        InvalidStateError: it has an adaptor, or its reader has started.
    """

    def __init__(self, asset_reader_output: AssetReaderOutput) -> None:
        _check_output(asset_reader_output, (MediaType.METADATA,), "timed metadata")
        self.asset_reader_output = asset_reader_output._claim("metadata adaptor")
        self._tables: dict[int, Mapping[int, TimedKey]] = {}  # by the identity of the format, which the asset keeps

    def next_timed_metadata_group(self) -> TimedMetadataGroup | None:
        """The next group of items with the range of time they belong to; None at the end.

        A group without items says that there is no metadata in its range. Samples of other than QuickTime's boxed
        form come as one item that holds their bytes. Raises as ``copy_next_sample_buffer`` does.
        """
        while (buffer := self.asset_reader_output._next()) is not None:
            if buffer.format is not None and buffer.data is not None and not _is_hidden(buffer):
                return self._group(buffer, buffer.format)
        return None

    def _group(self, buffer: SampleBuffer, format: FormatDescription) -> TimedMetadataGroup:
        time, duration = buffer.output_presentation_time, buffer.output_duration
        if format.media_subtype != _BOXED:
            key = str(format.extensions.get("MimeFormat", format.media_subtype))
            return read_opaque_sample(bytes(buffer.data), format.media_subtype, key, time, duration)
        table = self._tables.get(id(format))
        if table is None:
            table = self._tables[id(format)] = read_key_table(format.atoms.get("keys", b""))
        return read_sample(buffer.data, table, time, duration)

    def __iter__(self) -> Iterator[TimedMetadataGroup]:
        while (group := self.next_timed_metadata_group()) is not None:
            yield group


class AssetReaderOutputCaptionAdaptor:
    """Captions out of an output (``AVAssetReaderOutputCaptionAdaptor``).

    Args:
        asset_reader_track_output: of a track of subtitles, closed captions or text, without settings.

    >>> adaptor = AssetReaderOutputCaptionAdaptor(AssetReaderTrackOutput(subtitle_track))

    Raises:
        InvalidArgumentError: an output of another kind.
        InvalidStateError: it has an adaptor, or its reader has started.
    """

    def __init__(self, asset_reader_track_output: AssetReaderTrackOutput) -> None:
        _check_output(asset_reader_track_output, _CAPTIONS, "captions")
        self.asset_reader_track_output = asset_reader_track_output._claim("caption adaptor")
        self._groups = self._all_groups()
        self._previous: tuple[Caption, ...] = ()

    def _all_groups(self) -> Iterator[CaptionGroup]:
        formats = self.asset_reader_track_output.track.facts.formats
        return caption_groups(self._samples(), formats[0]) if formats else iter(())

    def _samples(self) -> Iterator[CaptionSample]:
        while (buffer := self.asset_reader_track_output._next()) is not None:
            if not _is_hidden(buffer):
                yield bytes(buffer.data), buffer.output_presentation_time, buffer.output_duration

    def reset(self, time_ranges: Iterable[TimeRange]) -> None:
        """Go through other ranges; see ``AssetReaderOutput.reset``."""
        self.asset_reader_track_output.reset(time_ranges)
        self._groups, self._previous = self._all_groups(), ()

    def next_caption_group(self) -> CaptionGroup | None:
        """The next stretch of time with the captions shown in it, none or several; None at the end.

        Raises as ``copy_next_sample_buffer`` does.
        """
        self.asset_reader_track_output._started_reader()
        try:
            return next(self._groups, None)
        except Exception:
            self._groups = self._all_groups()  # a generator that raised is over, the output perhaps not
            raise

    def captions_not_present_in_previous_groups(self, group: CaptionGroup) -> tuple[Caption, ...]:
        """Those captions of a group that were not in the group asked about before: a caption may go on over several."""
        new = group.captions_not_in(CaptionGroup(group.time_range, self._previous))
        self._previous = group.captions
        return new

    def __iter__(self) -> Iterator[CaptionGroup]:
        while (group := self.next_caption_group()) is not None:
            yield group


def _is_hidden(buffer: SampleBuffer) -> bool:
    """Nothing of it is shown: an empty edit, or a sample that an edit cuts away."""
    return not buffer.num_samples or BufferAttachment.EMPTY_MEDIA in buffer.attachments or _is_decoded_only(buffer)


def _is_decoded_only(buffer: SampleBuffer) -> bool:
    return buffer.attachment(0).do_not_display


def _check_output(output: AssetReaderOutput, kinds: tuple[MediaType, ...], what: str) -> None:
    if not isinstance(output, AssetReaderTrackOutput):
        raise InvalidArgumentError(f"{output!r} is no AssetReaderTrackOutput.", hint="Make one for the track.")
    if output.media_type not in kinds:
        raise InvalidArgumentError(
            f"a track of {output.media_type.name.lower()} carries no {what}.",
            hint=f"Choose a track of {' or '.join(kind.name.lower() for kind in kinds)}.",
        )
