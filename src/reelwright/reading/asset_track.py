"""``AssetTrack``: one track of an asset: what its header says, and what its samples turn out to be (``AVAssetTrack``).

Whatever the header says costs nothing. Rates, sizes and orders come from the tables of all samples, which are read
when the first of them is asked for.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from reelwright.isobmff.codec_config import codec_string
from reelwright.model.errors import InvalidMediaError
from reelwright.model.facts import TrackFacts, Transform
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaCharacteristic, MediaType, TrackAssociation
from reelwright.model.metadata import MetadataItem
from reelwright.model.sample_index import SampleIndex
from reelwright.model.time import Time, TimeLike
from reelwright.model.time_range import TimeRange
from reelwright.reading.characteristics import characteristics_of
from reelwright.reading.decodable import can_decode
from reelwright.reading.loading import Loadable
from reelwright.reading.sample_cursor import SampleCursor, cursor_shown_at
from reelwright.reading.segments import AssetTrackSegment, TrackTimeLine, segments_of
from reelwright.reading.static_metadata import WithMetadata
from reelwright.reading.track_samples import (
    data_rate,
    ends_in_a_moment,
    frame_rate_of,
    gather,
    media_end,
    min_duration,
    reorders,
)

if TYPE_CHECKING:
    from reelwright.reading.asset import Asset

__all__ = ["AssetTrack"]


class AssetTrack(Loadable, WithMetadata):
    """One track of an asset (``AVAssetTrack``); made by the asset.

    >>> track = asset.tracks_with_media_type(MediaType.VIDEO)[0]
    >>> track.natural_size, track.nominal_frame_rate
    ((Fraction(1920, 1), Fraction(1080, 1)), Fraction(30000, 1001))

    Attributes:
        asset: it belongs to. facts: what the file says about it, as its engine found it.

    Properties that come from the samples raise ``InvalidMediaError`` when their tables are damaged beyond repair.
    """

    asset: Asset
    facts: TrackFacts

    def __init__(self, asset: Asset, facts: TrackFacts) -> None:
        self.asset = asset
        self.facts = facts

    @property
    def _has_facts(self) -> bool:
        return True

    # ------------------------------------------------------------------ what it is

    @property
    def track_id(self) -> int:
        """Its number in the file."""
        return self.facts.track_id

    @property
    def media_type(self) -> MediaType:
        return self.facts.media_type

    @property
    def format_descriptions(self) -> tuple[FormatDescription, ...]:
        """One for each kind of samples it has."""
        return self.facts.formats

    @property
    def codec_string(self) -> str | None:
        """The encoding of its first kind of samples by RFC 6381 (``"avc1.640028"``); None without one.

        Where their configuration cannot be understood it is the four-character code alone.
        """
        if not self.facts.formats:
            return None
        try:
            return codec_string(self.facts.formats[0])
        except InvalidMediaError:
            return self.facts.formats[0].media_subtype.strip()

    @property
    def is_enabled(self) -> bool:
        """Whether players show it unasked."""
        return self.facts.enabled

    @property
    def is_self_contained(self) -> bool:
        """All its samples lie in the movie file itself."""
        references = self.facts.data_references
        used = self.facts.format_references or range(len(references))
        return all(references[number].is_self_contained for number in used if number < len(references))

    @property
    def language_code(self) -> str | None:
        """Three letters of ISO 639-2/T; None when undetermined."""
        return self.facts.language_code

    @property
    def extended_language_tag(self) -> str | None:
        """BCP 47; None when the file has none."""
        return self.facts.extended_language_tag

    @property
    def media_characteristics(self) -> frozenset[str]:
        """All that can be said of it as something to choose (``MediaCharacteristic`` values, and tags it has)."""
        return characteristics_of(self.facts)

    def has_media_characteristic(self, characteristic: MediaCharacteristic | str) -> bool:
        """Whether one of them can be said."""
        return str(characteristic) in self.media_characteristics

    # ------------------------------------------------------------------ presentation

    @property
    def natural_size(self) -> tuple[Fraction, Fraction]:
        """Width and height to show, before the transform: clean aperture and pixel aspect are applied.

        Zeros for what is not seen. Where the samples' description has neither, it is the size in the track's header.
        """
        described = next((format for format in self.facts.formats if format.width and format.height), None)
        if described is not None and (described.pixel_aspect_ratio or described.clean_aperture):
            return described.display_size
        if all(self.facts.size) or described is None:
            return self.facts.size
        return described.display_size

    @property
    def preferred_transform(self) -> Transform:
        """``(a, b, c, d, tx, ty)``: how pictures are turned and moved to be shown."""
        return self.facts.transform

    @property
    def preferred_volume(self) -> float:
        """How loud it wants to be played, 0 … 1."""
        return float(self.facts.volume)

    @property
    def natural_time_scale(self) -> int:
        """Ticks of its media a second: times in it are exact."""
        return self.facts.time_scale

    # ------------------------------------------------------------------ time

    @cached_property
    def segments(self) -> tuple[AssetTrackSegment, ...]:
        """Which stretch of the media plays when; the edit list, with whatever is odd about it straightened out."""
        facts = self.facts
        if not self.has_sample_tables:
            # Edits of such files say where the media begins. Where it ends, only its samples or its header know.
            facts = replace(facts, edits=tuple(replace(edit, duration=0) for edit in facts.edits))
        return segments_of(facts, self.asset.facts, self._media_end)

    @cached_property
    def time_line(self) -> TrackTimeLine:
        """The segments, with the way from the asset's time to the media's and back."""
        return TrackTimeLine(self.segments)

    @property
    def time_range(self) -> TimeRange:
        """From the first thing it shows to the last, on the asset's time line."""
        return self.time_line.time_range

    def segment_for_track_time(self, track_time: TimeLike) -> AssetTrackSegment | None:
        """The segment at a time, or the nearest one; None when there are none."""
        return self.time_line.segment_at(track_time)

    def sample_presentation_time_for_track_time(self, track_time: TimeLike) -> Time:
        """The moment of the media that is shown then; INVALID when nothing is."""
        return self.time_line.to_media_time(track_time)

    def _media_end(self) -> int:
        """In ticks of the media. Headers of files without tables are believed where they are not mere estimates."""
        if not self.has_sample_tables and not self.asset.prefer_precise_duration:
            media = self.asset.facts
            length = self.facts.duration if self.facts.duration.is_numeric else media.duration
            if media.has_precise_timing and length.is_numeric and length > Time.ZERO:
                begin = self.facts.edits[0].media_time if self.facts.edits else 0
                return (begin or 0) + length.ticks_rounded(self.facts.time_scale)
        return media_end(self.sample_index, self.facts.media_duration)

    @cached_property
    def is_open_ended(self) -> bool:
        """Whether there may be samples at the end of its time range or behind it, which are read all the same.

        Where a container has no tables, its header's length is an estimate, or ends with the beginning of the last
        sample. A movie's last sample may be said to last no time, as Android's recorders do.
        """
        if not self.has_sample_tables:
            return True
        if not self.segments or self.segments[-1].is_empty:
            return False
        return ends_in_a_moment(self.sample_index, self.segments[-1].time_mapping.source.end)

    # ------------------------------------------------------------------ samples

    @cached_property
    def has_sample_tables(self) -> bool:
        """Whether the file knows where all its samples are; if not, what is asked of them means reading all of it."""
        return self.asset.media.index(self.track_id) is not None

    @cached_property
    def sample_index(self) -> SampleIndex:
        """All its samples as columns; in files without tables it is made by going through the whole file once."""
        index = self.asset.media.index(self.track_id)
        if index is not None:
            return index
        return gather(self.asset.media, self.track_id, self.facts.time_scale, has_frames=self._has_frames)

    @cached_property
    def total_sample_data_length(self) -> int:
        """Bytes of all its samples."""
        return self.sample_index.total_bytes

    @cached_property
    def estimated_data_rate(self) -> int:
        """Bits a second, on average."""
        return round(data_rate(self.sample_index))

    @cached_property
    def nominal_frame_rate(self) -> Fraction:
        """Frames a second; 0 for what has no frames.

        Even frames have their exact rate (30000/1001), others the average.
        """
        if not self._has_frames:
            return Fraction(0)
        if self.facts.sample_duration and not self.asset.facts.contains_fragments:
            return Fraction(self.facts.time_scale, self.facts.sample_duration)  # no table need be read
        return frame_rate_of(self.sample_index)

    @cached_property
    def min_frame_duration(self) -> Time:
        """How long the shortest frame is shown; INVALID for what has no frames."""
        return min_duration(self.sample_index) if self._has_frames else Time.INVALID

    @cached_property
    def requires_frame_reordering(self) -> bool:
        """Whether samples are shown in another order than they are decoded in."""
        return reorders(self.sample_index)

    @cached_property
    def has_audio_sample_dependencies(self) -> bool:
        """Whether some of its sound can be decoded only after other packets (USAC's between its key packets)."""
        sync = self.sample_index.sync if self.media_type is MediaType.AUDIO else None
        return sync is not None and not bool(sync.all())

    # ------------------------------------------------------------------ cursors

    @property
    def can_provide_sample_cursors(self) -> bool:
        """Always: where the container has no tables of samples, one is made by going through the file once."""
        return True

    def make_sample_cursor(self, presentation_time_stamp: TimeLike) -> SampleCursor | None:
        """A cursor at the last sample shown at or before a moment of the media, else at the first; None without any.

        Of a moment of the asset, ``sample_presentation_time_for_track_time`` is the one of the media.
        """
        return cursor_shown_at(self, presentation_time_stamp)

    def make_sample_cursor_at_first_sample_in_decode_order(self) -> SampleCursor | None:
        """A cursor at the first sample; None without any."""
        return SampleCursor(self, 0) if self.sample_index.sample_count else None

    def make_sample_cursor_at_last_sample_in_decode_order(self) -> SampleCursor | None:
        """A cursor at the last sample; None without any."""
        count = self.sample_index.sample_count
        return SampleCursor(self, count - 1) if count else None

    @property
    def _has_frames(self) -> bool:
        return self.media_type in (MediaType.VIDEO, MediaType.AUXILIARY_PICTURE, MediaType.MUXED)

    # ------------------------------------------------------------------ metadata

    @property
    def metadata(self) -> tuple[MetadataItem, ...]:
        """The items of the track itself."""
        return self.facts.metadata

    # ------------------------------------------------------------------ other tracks

    @property
    def available_track_association_types(self) -> tuple[TrackAssociation, ...]:
        """The ways in which it refers to other tracks of the asset."""
        return tuple(kind for kind in TrackAssociation if self.associated_tracks(kind))

    def associated_tracks(self, association: TrackAssociation | str) -> list[AssetTrack]:
        """The tracks it refers to in one way; references to tracks that are not there are left out."""
        numbers = self.facts.references.get(str(association), ())
        known = {track.track_id: track for track in self.asset.tracks} if numbers else {}
        return [known[number] for number in numbers if number in known]

    # ------------------------------------------------------------------ what can be done with it

    @cached_property
    def is_decodable(self) -> bool:
        """There is a decoder here for each kind of its samples, and none is encrypted."""
        formats = self.facts.formats
        return not self.facts.is_protected and bool(formats) and all(map(can_decode, formats))

    @property
    def is_playable(self) -> bool:
        """It is seen or heard, and can be decoded."""
        return self.media_type in (MediaType.VIDEO, MediaType.AUDIO) and self.is_decodable

    def __repr__(self) -> str:
        kinds = "/".join(dict.fromkeys(format.media_subtype for format in self.facts.formats))
        return f"<AssetTrack {self.track_id}: {self.media_type.name.lower()} {kinds or 'without a format'}>"
