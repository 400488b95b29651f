"""What a media file says about itself and its tracks, before a single sample is read.

Both engines, the movie engine and FFmpeg's demuxers, state their findings in these plain records; ``Asset`` and
``AssetTrack`` are views of them. What a file does not say is None, empty or INVALID, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.metadata import MetadataItem
from reelwright.model.time import Time

__all__ = ["IDENTITY", "ChapterFacts", "DataReference", "EditEntry", "MediaFacts", "TrackFacts", "Transform"]

Transform = tuple[Fraction, Fraction, Fraction, Fraction, Fraction, Fraction]

IDENTITY: Transform = (Fraction(1), Fraction(0), Fraction(0), Fraction(1), Fraction(0), Fraction(0))


@dataclass(frozen=True, slots=True)
class EditEntry:
    """One entry of an edit list, as the file has it.

    Attributes:
        duration: how long it lasts on the asset's time line, in ticks of the movie; 0 in a fragmented file stands for
            all that follows.
        media_time: where in the media it begins, in ticks of the media (a negative one begins before the
            media does); None for an empty edit.
        rate: media time by asset time; 0 for a dwell (one moment of the media, held).
    """

    duration: int
    media_time: int | None
    rate: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class DataReference:
    """Where samples lie (an entry of ``dref``).

    Attributes:
        kind: the entry's type: ``"url "``, ``"alis"``, ``"urn "``, ``"rsrc"`` …
        location: URL or path as the file has it; None where it says nothing that is understood.
        is_self_contained: the samples lie in the movie file itself.
    """

    kind: str
    location: str | None = None
    is_self_contained: bool = True


@dataclass(frozen=True, slots=True)
class ChapterFacts:
    """One chapter of a list that stands apart from any track (Nero's ``chpl``, Matroska's …)."""

    start: Time
    end: Time
    title: str
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackFacts:
    """One track, as the file describes it.

    Attributes:
        track_id: its number in the file. handler: the file's own word for its kind (``"vide"``, ``"subt"`` …).
        media_type: the kind by our names. formats: one for each sample description, in the file's order.
        time_scale: ticks of its media a second. media_duration: ticks of all its samples, as the header says.
        duration: on the asset's time line, as the track's header says; INVALID when it does not.
        edits: the edit list as it stands; empty when there is none.
        enabled, layer, alternate_group, volume, transform: presentation. size: width and height to show, zeros if none.
        language_code: ISO 639-2/T, None when undetermined. extended_language_tag: BCP 47.
        name: the track's own name. references: other tracks' numbers by kind of reference (``"tmcd"``, ``"chap"`` …).
        data_references: where samples may lie; a format's number in ``format_references`` (from 0) says where its are.
        characteristics: tagged ones (``AVMediaCharacteristic`` strings or ``kind`` values).
        metadata: items of the track itself. created, modified: seconds since 1970, None when not said.
        is_protected: some of its samples are encrypted.
        sample_count: samples in the file as far as the header tells; None when only reading would.
        sample_duration: ticks that each of those lasts, but perhaps the last; 0 where they differ, or nothing tells.
        problems: what is wrong with it, in words, where it could be lived with.
    """

    track_id: int
    handler: str
    media_type: MediaType
    formats: tuple[FormatDescription, ...] = ()
    time_scale: int = 1
    media_duration: int = 0
    duration: Time = Time.INVALID
    edits: tuple[EditEntry, ...] = ()
    enabled: bool = True
    layer: int = 0
    alternate_group: int = 0
    volume: Fraction = Fraction(0)
    transform: Transform = IDENTITY
    size: tuple[Fraction, Fraction] = (Fraction(0), Fraction(0))
    language_code: str | None = None
    extended_language_tag: str | None = None
    name: str | None = None
    references: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    data_references: tuple[DataReference, ...] = (DataReference("url "),)
    format_references: tuple[int, ...] = ()
    characteristics: tuple[str, ...] = ()
    metadata: tuple[MetadataItem, ...] = ()
    created: int | None = None
    modified: int | None = None
    is_protected: bool = False
    sample_count: int | None = None
    sample_duration: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """One media file, as it describes itself.

    Attributes:
        container: short name: ``"mov"`` for the QuickTime/ISO family, else FFmpeg's (``"matroska,webm"``).
        major_brand, minor_version, compatible_brands: of a movie file; empty for others.
        size: bytes of the file; -1 when not known. time_scale: ticks a second of the movie's own clock.
        duration: of the whole presentation; INVALID when the file does not say.
        rate, volume, transform: preferred ones of the whole movie.
        created, modified: seconds since 1970, None when not said.
        metadata: items of the whole file. chapters: lists that stand apart from tracks.
        can_contain_fragments, contains_fragments: ``mvex`` is there; and at least one ``moof``.
        duration_hint: of all fragments to come (``mehd``), else INVALID.
        has_precise_timing: times come from the file's own tables rather than from estimates.
        problems: what is wrong with the file, in words, where it could be lived with.
    """

    container: str
    tracks: tuple[TrackFacts, ...]
    major_brand: str = ""
    minor_version: int = 0
    compatible_brands: tuple[str, ...] = ()
    size: int = -1
    time_scale: int = 1
    duration: Time = Time.INVALID
    rate: Fraction = Fraction(1)
    volume: Fraction = Fraction(1)
    transform: Transform = IDENTITY
    created: int | None = None
    modified: int | None = None
    metadata: tuple[MetadataItem, ...] = ()
    chapters: tuple[ChapterFacts, ...] = ()
    can_contain_fragments: bool = False
    contains_fragments: bool = False
    duration_hint: Time = Time.INVALID
    has_precise_timing: bool = True
    problems: tuple[str, ...] = ()
