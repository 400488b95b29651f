"""Options to choose among: the languages of an asset's sound, its subtitles, its alternative pictures.

A movie says which tracks are alternatives of each other by a number in their headers (``alternate_group``); containers
that have no such number offer all tracks of a kind together (``AVMediaSelectionGroup``).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reelwright.isobmff.language import shortest_tag
from reelwright.model.errors import InvalidArgumentError, InvalidMediaError
from reelwright.model.kinds import MediaCharacteristic, MediaType, TrackAssociation
from reelwright.model.metadata import MetadataItem

if TYPE_CHECKING:
    from reelwright.reading.asset import Asset
    from reelwright.reading.asset_track import AssetTrack

__all__ = [
    "SELECTABLE",
    "MediaSelection",
    "MediaSelectionGroup",
    "MediaSelectionOption",
    "all_selections",
    "selection_group",
]

_KINDS = {
    MediaCharacteristic.AUDIBLE: (MediaType.AUDIO,),
    MediaCharacteristic.LEGIBLE: (MediaType.SUBTITLE, MediaType.TEXT, MediaType.CLOSED_CAPTION),
    MediaCharacteristic.VISUAL: (MediaType.VIDEO,),
}

SELECTABLE = tuple(_KINDS)

_MOST_SELECTIONS = 1 << 14


@dataclass(frozen=True, slots=True)
class MediaSelectionOption:
    """One thing to choose (``AVMediaSelectionOption``).

    Attributes:
        track: what is played when it is chosen.
    """

    track: AssetTrack

    @property
    def media_type(self) -> MediaType:
        return self.track.media_type

    @property
    def media_sub_types(self) -> tuple[str, ...]:
        """Four-character codes of its formats."""
        return tuple(dict.fromkeys(format.media_subtype for format in self.track.format_descriptions))

    @property
    def extended_language_tag(self) -> str | None:
        """BCP 47, from the track's tag or its three letters; None when undetermined."""
        code = self.track.language_code
        return self.track.extended_language_tag or (None if code is None else shortest_tag(code))

    @property
    def locale(self) -> str | None:
        """The language as locales are spelled (``"pt_BR"``); None when undetermined."""
        tag = self.extended_language_tag
        return None if tag is None else tag.replace("-", "_")

    @property
    def display_name(self) -> str:
        """The track's own name, else its language, else its kind and number."""
        named = self.track.facts.name or self.extended_language_tag
        return named or f"{self.media_type.name.lower().replace('_', ' ')} {self.track.track_id}"

    @property
    def is_playable(self) -> bool:
        return self.track.is_decodable

    @property
    def common_metadata(self) -> tuple[MetadataItem, ...]:
        return self.track.common_metadata

    def has_media_characteristic(self, characteristic: MediaCharacteristic | str) -> bool:
        return self.track.has_media_characteristic(characteristic)

    def associated_option(self, group: MediaSelectionGroup) -> MediaSelectionOption | None:
        """The option of another group to be chosen together with this one, as the file refers to it; else None.

        Sound refers to subtitles that go with it, subtitles to those of them that are forced.
        """
        for kind in (TrackAssociation.SELECTION_FOLLOWER, TrackAssociation.FORCED_SUBTITLES_ONLY):
            for track in self.track.associated_tracks(kind):
                for option in group.options:
                    if option.track is track:
                        return option
        return None


@dataclass(frozen=True, slots=True)
class MediaSelectionGroup:
    """Options of which one is chosen at a time (``AVMediaSelectionGroup``).

    Attributes:
        characteristic: what they have in common.
        options: in the order of the file, the most preferred first.
        default_option: what is played unasked; None for nothing.
        allows_empty_selection: none of them need be chosen.
    """

    characteristic: MediaCharacteristic
    options: tuple[MediaSelectionOption, ...]
    default_option: MediaSelectionOption | None
    allows_empty_selection: bool

    def options_with_media_characteristics(
        self, wanted: Iterable[MediaCharacteristic | str] = (), unwanted: Iterable[MediaCharacteristic | str] = ()
    ) -> list[MediaSelectionOption]:
        """The options that have all wanted characteristics and none of the unwanted ones."""
        wanted, unwanted = tuple(wanted), tuple(unwanted)
        return [
            option
            for option in self.options
            if all(map(option.has_media_characteristic, wanted))
            and not any(map(option.has_media_characteristic, unwanted))
        ]

    def playable_options(self) -> list[MediaSelectionOption]:
        """The options that can be decoded here."""
        return [option for option in self.options if option.is_playable]

    def options_for_languages(self, languages: Sequence[str]) -> list[MediaSelectionOption]:
        """The options in one of the languages, the most wanted first.

        Args:
            languages: BCP 47 tags. ``"en"`` finds ``"en-GB"``, and ``"en-GB"`` finds ``"en"`` when nothing nearer is
                there (RFC 4647, 3.4).
        """
        items = [
            MetadataItem(key_space="comn", key="language", value=number, extended_language_tag=tag)
            for number, option in enumerate(self.options)
            if (tag := option.extended_language_tag) is not None
        ]
        found = MetadataItem.items_filtered_and_sorted_by_languages(items, languages)
        return [self.options[item.value] for item in found]


@dataclass(frozen=True, slots=True)
class MediaSelection:
    """One choice in each group (``AVMediaSelection``).

    Attributes:
        choices: the option chosen in each group; None where none is.
    """

    choices: dict[MediaSelectionGroup, MediaSelectionOption | None] = field(hash=False)

    def selected_option(self, group: MediaSelectionGroup) -> MediaSelectionOption | None:
        """What is chosen in a group (``selectedMediaOption(in:)``).

        Raises:
            InvalidArgumentError: a group of another asset.
        """
        if group not in self.choices:
            raise InvalidArgumentError(
                "the group belongs to another asset.", hint="Take it from asset.media_selection_group(characteristic)."
            )
        return self.choices[group]

    def selecting(self, option: MediaSelectionOption | None, group: MediaSelectionGroup) -> MediaSelection:
        """The same with another choice in one group (``AVMutableMediaSelection.select(_:in:)``).

        Raises:
            InvalidArgumentError: an option of another group, or none where one must be chosen.
        """
        self.selected_option(group)
        if option is None and not group.allows_empty_selection:
            raise InvalidArgumentError("one option of this group must be chosen.", hint="Take one of group.options.")
        if option is not None and option not in group.options:
            raise InvalidArgumentError("the option belongs to another group.", hint="Take one of group.options.")
        return MediaSelection({**self.choices, group: option})


def selection_group(asset: Asset, characteristic: MediaCharacteristic | str) -> MediaSelectionGroup | None:
    """The options of an asset that have a characteristic in common; None when there is nothing to choose."""
    wanted = MediaCharacteristic(characteristic)
    tracks = [track for track in asset.tracks if track.media_type in _KINDS.get(wanted, ())]
    members = _alternatives(asset, tracks, is_text=wanted is MediaCharacteristic.LEGIBLE)
    if not members:
        return None
    options = tuple(map(MediaSelectionOption, members))
    empty = wanted is MediaCharacteristic.LEGIBLE
    default = next((option for option in options if option.track.is_enabled), None if empty else options[0])
    return MediaSelectionGroup(wanted, options, default, empty)


def _alternatives(asset: Asset, tracks: list[AssetTrack], *, is_text: bool) -> list[AssetTrack]:
    """The tracks that are offered as options."""
    if is_text:
        # Titles of chapters are no subtitles. What is left can be shown or not, one at a time, grouped or not.
        others = itertools.chain.from_iterable(
            track.associated_tracks(TrackAssociation.CHAPTER_LIST) for track in asset.tracks
        )
        chapters = {track.track_id for track in others}
        return [track for track in tracks if track.track_id not in chapters]
    if asset.facts.container != "mov":
        return tracks if len(tracks) > 1 else []
    groups: dict[int, list[AssetTrack]] = {}
    for track in tracks:
        if track.facts.alternate_group:
            groups.setdefault(track.facts.alternate_group, []).append(track)
    return next((members for members in groups.values() if len(members) > 1), [])


def all_selections(groups: Sequence[MediaSelectionGroup]) -> list[MediaSelection]:
    """Every combination of choices, the default ones first in each group (``allMediaSelections``).

    Raises:
        InvalidMediaError: there are too many to be listed.
    """
    columns = []
    for group in groups:
        choices: list[MediaSelectionOption | None] = [group.default_option]
        choices += [option for option in group.options if option is not group.default_option]
        if group.allows_empty_selection and group.default_option is not None:
            choices.append(None)
        columns.append(choices)
    count = math.prod(map(len, columns))
    if count > _MOST_SELECTIONS:
        raise InvalidMediaError(
            f"the choices of the file have {count} combinations, more than the {_MOST_SELECTIONS} that make sense.",
            hint="Go through the groups one by one.",
        )
    return [MediaSelection(dict(zip(groups, row, strict=True))) for row in itertools.product(*columns)]
