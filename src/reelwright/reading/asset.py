"""``Asset``: a media file as a whole, opened when the first thing about it is asked for (``AVAsset``, ``AVURLAsset``).

Everything comes from the facts that the file's engine found; what needs the tables of all samples says so and waits
until it is asked for. Assets may be shared between threads.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, overload

from reelwright.containers.media import Media
from reelwright.containers.opening import open_media
from reelwright.model.errors import InvalidArgumentError, InvalidStateError
from reelwright.model.facts import MediaFacts, Transform
from reelwright.model.kinds import MediaCharacteristic, MediaType
from reelwright.model.metadata import MetadataItem, TimedMetadataGroup
from reelwright.model.pixel import PixelFormat
from reelwright.model.reference_restrictions import ReferenceRestrictions
from reelwright.model.time import Time, TimeLike
from reelwright.reading.asset_duration import asset_duration
from reelwright.reading.asset_html import asset_html
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.chapters import Chapter, ChapterList, best_list, chapter_groups, chapter_lists
from reelwright.reading.loading import Loadable
from reelwright.reading.media_selection import (
    SELECTABLE,
    MediaSelection,
    MediaSelectionGroup,
    all_selections,
    selection_group,
)
from reelwright.reading.static_metadata import WithMetadata, creation_date_of, lyrics_of
from reelwright.storage.address import as_path

if TYPE_CHECKING:
    from reelwright.reading.frames import Frame
    from reelwright.reading.picture_source import PictureSource

__all__ = ["Asset", "AssetTrackGroup"]


@dataclass(frozen=True, slots=True)
class AssetTrackGroup:
    """Tracks of which one is played at a time (``AVAssetTrackGroup``).

    Attributes:
        track_ids: their numbers, in the order of the file.
    """

    track_ids: tuple[int, ...]


class Asset(Loadable, WithMetadata):
    """A media file: what it says about itself, and its tracks (``AVURLAsset``).

    >>> asset = Asset("film.mov")
    >>> asset.duration.seconds, [track.media_type.name for track in asset.tracks]
    (12.48, ['VIDEO', 'AUDIO'])

    Args:
        target: a path, a ``file://`` URL, bytes or a binary file object that can seek. It is opened when something
            is asked for, and closed with ``close``, at the end of a ``with`` block, or when nothing uses the asset.
        reference_restrictions: where the samples of a movie must not lie, if not in the file itself; by default
            on another machine.
        should_support_alias_data_references: follow Macintosh aliases to other files.
        isolated: let FFmpeg, where it is needed, read in a process of its own, so that it cannot harm this one.
        prefer_precise_duration: work the duration out from all samples rather than believe the file's header.

    Raises:
        InvalidArgumentError: nothing that can be read from.

    Reading any property raises what opening the file raises: ``MediaNotFoundError``, ``InvalidMediaError`` (no media,
    or damaged beyond use), ``ForbiddenReferenceError``, ``OSError``; and ``InvalidStateError`` when the asset was
    closed before.
    """

    reference_restrictions: ReferenceRestrictions

    def __init__(
        self,
        target: str | os.PathLike[str] | bytes | Any,
        *,
        reference_restrictions: ReferenceRestrictions = ReferenceRestrictions.FORBID_LOCAL_REFERENCE_TO_REMOTE,
        should_support_alias_data_references: bool = False,
        isolated: bool = False,
        prefer_precise_duration: bool = False,
    ) -> None:
        self._path = _checked_path(target)
        self._target = target
        self.reference_restrictions = ReferenceRestrictions(reference_restrictions)
        self.should_support_alias_data_references = should_support_alias_data_references
        self.isolated = isolated
        self.prefer_precise_duration = prefer_precise_duration
        self._lock = threading.RLock()
        self._media: Media | None = None
        self._closed = False
        self._finalizer: weakref.finalize[..., Asset] | None = None

    @classmethod
    def for_media(cls, media: Media, *, prefer_precise_duration: bool = False) -> Self:
        """An asset of a media file that is open already; it is closed with the asset."""
        asset = cls(b"", prefer_precise_duration=prefer_precise_duration)
        asset._adopt(media)
        return asset

    # ------------------------------------------------------------------ opening and closing

    @property
    def media(self) -> Media:
        """The open file, with its samples; opened now if it is not yet."""
        with self._lock:
            if self._closed:
                raise InvalidStateError(f"{self!r} was closed.", hint="Make another Asset.", path=self._path)
            if self._media is None:
                self._adopt(self._open())
            assert self._media is not None
            return self._media

    def _open(self) -> Media:
        return open_media(
            self._target,
            reference_restrictions=self.reference_restrictions,
            alias_references=self.should_support_alias_data_references,
            isolated=self.isolated,
        )

    def _adopt(self, media: Media) -> None:
        self._media = media
        self._finalizer = weakref.finalize(self, media.close)

    def close(self) -> None:
        """Close the file, and let go of decoders. What was read before stays known; nothing further can be read."""
        with self._lock:
            self._closed = True
            pictures: PictureSource | None = self.__dict__.pop("_picture_source", None)
            if self._finalizer is not None:
                self._finalizer()
        if pictures is not None:
            pictures.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def facts(self) -> MediaFacts:
        """What the file says about itself, as its engine found it."""
        with self._lock:
            return (self._media or self.media).facts

    @property
    def _has_facts(self) -> bool:
        return self._media is not None

    @property
    def path(self) -> str | None:
        """Where the file lies, as given; None for bytes and file objects."""
        return self._path

    @property
    def url(self) -> str | None:
        """The same as an absolute ``file://`` URL."""
        return None if self._path is None else Path(self._path).absolute().as_uri()

    # ------------------------------------------------------------------ time and presentation

    @cached_property
    def duration(self) -> Time:
        """How long it plays.

        It is the movie header's, or the end of the longest track where the header says less or nothing. Of files whose
        header only estimates it, ``prefer_precise_duration`` has it worked out from the samples.
        """
        return asset_duration(self.facts, self._longest, prefer_precise=self.prefer_precise_duration)

    def _longest(self) -> Time:
        return max((track.time_range.end for track in self.tracks), default=Time.ZERO)

    @property
    def provides_precise_duration_and_timing(self) -> bool:
        """Whether times come from tables or exact headers rather than from estimates."""
        return self.facts.has_precise_timing

    @property
    def overall_duration_hint(self) -> Time:
        """How long it will be with all fragments to come (``mehd``); INVALID when it does not say."""
        return self.facts.duration_hint

    @property
    def minimum_time_offset_from_live(self) -> Time:
        """INVALID: nothing here is live."""
        return Time.INVALID

    @property
    def preferred_rate(self) -> float:
        """At what speed it wants to be played, 1 as a rule."""
        return float(self.facts.rate)

    @property
    def preferred_volume(self) -> float:
        """How loud it wants to be played, 0 … 1."""
        return float(self.facts.volume)

    @property
    def preferred_transform(self) -> Transform:
        """``(a, b, c, d, tx, ty)`` for all its pictures together; nearly always the identity: tracks have theirs."""
        return self.facts.transform

    # ------------------------------------------------------------------ tracks

    @cached_property
    def tracks(self) -> tuple[AssetTrack, ...]:
        """All tracks, those that are not enabled too, in the order of the file."""
        with self._lock:
            # Asked for by two threads at once, there must still be only one object for a track.
            made: tuple[AssetTrack, ...] | None = self.__dict__.get("tracks")
            if made is None:
                made = tuple(AssetTrack(self, facts) for facts in self.facts.tracks)
                self.__dict__["tracks"] = made
            return made

    def track_with_id(self, track_id: int) -> AssetTrack | None:
        """The track of that number; None when there is none."""
        return next((track for track in self.tracks if track.track_id == track_id), None)

    def tracks_with_media_type(self, media_type: MediaType | str) -> list[AssetTrack]:
        """All tracks of a kind."""
        kind = MediaType(media_type)
        return [track for track in self.tracks if track.media_type is kind]

    def tracks_with_media_characteristic(self, characteristic: MediaCharacteristic | str) -> list[AssetTrack]:
        """All tracks of which a characteristic can be said."""
        return [track for track in self.tracks if track.has_media_characteristic(characteristic)]

    @property
    def track_groups(self) -> tuple[AssetTrackGroup, ...]:
        """Tracks that are alternatives of each other, as their headers say."""
        groups: dict[int, list[int]] = {}
        for facts in self.facts.tracks:
            if facts.alternate_group:
                groups.setdefault(facts.alternate_group, []).append(facts.track_id)
        return tuple(AssetTrackGroup(tuple(members)) for members in groups.values())

    # ------------------------------------------------------------------ frames

    def frames(
        self,
        start: TimeLike | None = None,
        end: TimeLike | None = None,
        *,
        step: TimeLike | None = None,
        pixel_format: PixelFormat | str = PixelFormat.RGB24,
        size: tuple[int, int] | None = None,
    ) -> Iterator[Frame]:
        """The frames of the first enabled video track, in the order they are shown, edits applied, upright.

        >>> for frame in asset.frames(10, 12): frame.array, frame.time

        Args:
            start, end: seconds; the frame on show at the start is the first, by default from 0 to the end.
            step: seconds; gives the frame on show at each of ``start``, ``start + step`` … instead of every one.
            size: (width, height) to scale frames to, whatever their aspect; None for as they are stored.

        Raises:
            NoImageError: no video track. InvalidArgumentError: no times, no format, no size.
            ReelwrightError, OSError (also iterating): the file cannot be read or decoded.
        """
        from reelwright.reading.frames import frames_between

        return frames_between(self, start, end, step=step, pixel_format=pixel_format, size=size)

    @overload
    def __getitem__(self, key: slice) -> Iterator[Frame]: ...
    @overload
    def __getitem__(self, key: TimeLike) -> Frame: ...
    def __getitem__(self, key: TimeLike | slice) -> Frame | Iterator[Frame]:
        """``asset[1.5]``: the frame on show at 1.5 s; ``asset[1:2]``, ``asset[1:2:0.5]``: as ``frames``.

        Raises:
            NoImageError: nothing is on show then. As ``frames``.
        """
        from reelwright.reading.frames import frame_at

        return self.frames(key.start, key.stop, step=key.step) if isinstance(key, slice) else frame_at(self, key)

    __iter__ = None  # an index is a time: counting through 0, 1, 2 … would show one frame a second

    @cached_property
    def _picture_source(self) -> PictureSource:
        from reelwright.reading.picture_source import PictureSource, shown_track

        return PictureSource(shown_track(self))

    # ------------------------------------------------------------------ metadata

    @property
    def metadata(self) -> tuple[MetadataItem, ...]:
        """All items of the whole file, in every form it has."""
        return self.facts.metadata

    @property
    def creation_date(self) -> MetadataItem | None:
        """When it was made: the first item that says so, else the movie header's date; None when nothing does."""
        return creation_date_of(self.facts.metadata, self.facts.created)

    @property
    def lyrics(self) -> str | None:
        """The words that are sung; None when the file has none."""
        return lyrics_of(self.facts.metadata)

    # ------------------------------------------------------------------ chapters

    @cached_property
    def _chapter_lists(self) -> tuple[ChapterList, ...]:
        return chapter_lists(self)

    @property
    def chapters(self) -> tuple[Chapter, ...]:
        """Titles and the stretches of time they stand for, in the first language there is; empty without chapters."""
        return self._chapter_lists[0].chapters if self._chapter_lists else ()

    @property
    def available_chapter_locales(self) -> tuple[str, ...]:
        """The languages of chapter titles as locales are spelled (``"pt_BR"``); ``"und"`` where it is not said."""
        return tuple(dict.fromkeys(chapters.locale for chapters in self._chapter_lists))

    def chapter_metadata_groups(
        self, title_locale: str | None = None, containing_items_with_common_keys: Iterable[str] = ()
    ) -> list[TimedMetadataGroup]:
        """Chapters as groups of metadata, each with an item for its title.

        Args:
            title_locale: one of ``available_chapter_locales``; None for the first.
            containing_items_with_common_keys: ``"artwork"`` adds the pictures that belong to the same time.

        Returns:
            Nothing when there are no titles in that language.
        """
        for chapters in self._chapter_lists:
            if title_locale is None or chapters.locale == title_locale.replace("-", "_"):
                return chapter_groups(self, chapters, set(containing_items_with_common_keys))
        return []

    def chapter_metadata_groups_best_matching(self, preferred_languages: Iterable[str]) -> list[TimedMetadataGroup]:
        """The same in the language that is wanted most, else in the first there is, with pictures.

        Args:
            preferred_languages: BCP 47 tags, the most wanted first.
        """
        chapters = best_list(self._chapter_lists, preferred_languages)
        return [] if chapters is None else chapter_groups(self, chapters, {"artwork"})

    # ------------------------------------------------------------------ options to choose

    def media_selection_group(self, characteristic: MediaCharacteristic | str) -> MediaSelectionGroup | None:
        """The options that are AUDIBLE, LEGIBLE or VISUAL; None when there is nothing to choose."""
        return selection_group(self, characteristic)

    @property
    def available_media_characteristics_with_media_selection_options(self) -> tuple[MediaCharacteristic, ...]:
        """Those of which there is something to choose."""
        return tuple(group.characteristic for group in self._selection_groups())

    @property
    def preferred_media_selection(self) -> MediaSelection:
        """What is played unasked."""
        return MediaSelection({group: group.default_option for group in self._selection_groups()})

    @property
    def all_media_selections(self) -> list[MediaSelection]:
        """Every combination of choices."""
        return all_selections(self._selection_groups())

    def _selection_groups(self) -> list[MediaSelectionGroup]:
        found = (selection_group(self, characteristic) for characteristic in SELECTABLE)
        return [group for group in found if group is not None]

    # ------------------------------------------------------------------ what can be done with it

    @property
    def has_protected_content(self) -> bool:
        """Some of it is encrypted."""
        return any(track.is_protected for track in self.facts.tracks)

    @property
    def can_contain_fragments(self) -> bool:
        """Its header allows for fragments (``mvex``)."""
        return self.facts.can_contain_fragments

    @property
    def contains_fragments(self) -> bool:
        """It has at least one fragment behind its header."""
        return self.facts.contains_fragments

    @property
    def is_playable(self) -> bool:
        """Some picture or sound of it can be decoded here."""
        return any(track.is_playable for track in self.tracks)

    @property
    def is_readable(self) -> bool:
        """An ``AssetReader`` can take samples out of it: it has tracks, and nothing is encrypted."""
        return bool(self.facts.tracks) and not self.has_protected_content

    @property
    def is_exportable(self) -> bool:
        """It can be exported: readable, and with samples that somebody can make something of."""
        return self.is_readable and any(track.is_decodable for track in self.tracks)

    @property
    def is_composable(self) -> bool:
        """It can be part of a composition."""
        return self.is_readable

    def __repr__(self) -> str:
        name = "media" if self._path is None else repr(self._path)
        if self._media is None:
            return f"Asset({name})"
        kinds = ", ".join(track.media_type.name.lower() for track in self._media.facts.tracks)
        return f"<Asset {name}: {kinds or 'no tracks'}>"

    def _repr_html_(self) -> str:
        """A small table, for notebooks."""
        return asset_html(self)


def _checked_path(target: Any) -> str | None:
    if isinstance(target, (str, os.PathLike)):
        return as_path(target)
    if isinstance(target, (bytes, bytearray, memoryview)) or callable(getattr(target, "read", None)):
        return None
    raise InvalidArgumentError(
        f"a {type(target).__name__} is nothing that media can be read from.",
        hint="Give a path, a file:// URL, bytes or a binary file object.",
    )
