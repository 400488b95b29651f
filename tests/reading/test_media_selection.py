"""Options to choose: groups by alternate number or by kind, languages, defaults, combinations."""

from __future__ import annotations

from typing import Any

import pytest
from tests.reading.fakes import FakeMedia, media_facts, sound_track, track_facts, video_track

from reelwright.model.errors import InvalidArgumentError, InvalidMediaError
from reelwright.model.facts import TrackFacts
from reelwright.model.kinds import MediaCharacteristic, MediaType
from reelwright.model.metadata import MetadataItem
from reelwright.reading.asset import Asset
from reelwright.reading.media_selection import MediaSelectionGroup

AUDIBLE, LEGIBLE, VISUAL = MediaCharacteristic.AUDIBLE, MediaCharacteristic.LEGIBLE, MediaCharacteristic.VISUAL


def subtitles(track_id: int, **more: Any) -> TrackFacts:
    return track_facts(track_id, MediaType.SUBTITLE, **{"enabled": False, **more})


def asset_of(*tracks: TrackFacts, **more: Any) -> Asset:
    return Asset.for_media(FakeMedia(media_facts(*tracks, **more)))


ENGLISH = sound_track(2, alternate_group=1, language_code="eng", name="Original")
GERMAN = sound_track(3, alternate_group=1, language_code="deu", extended_language_tag="de-CH", enabled=False)
COMMENT = sound_track(4, alternate_group=1, enabled=False, characteristics=("public.auxiliary-content",))


def group_of(asset: Asset, kind: MediaCharacteristic) -> MediaSelectionGroup:
    group = asset.media_selection_group(kind)
    assert group is not None
    return group


def numbers(options: Any) -> list[int]:
    return [option.track.track_id for option in options]


def test_alternatives_are_a_group() -> None:
    group = group_of(asset_of(video_track(), ENGLISH, GERMAN, COMMENT, sound_track(9)), AUDIBLE)
    assert numbers(group.options) == [2, 3, 4]
    assert group.default_option is group.options[0]
    assert not group.allows_empty_selection
    assert group.characteristic is AUDIBLE


def test_without_alternatives_there_is_nothing_to_choose() -> None:
    asset = asset_of(video_track(), sound_track(2), sound_track(3))
    assert asset.media_selection_group(AUDIBLE) is None
    assert asset.media_selection_group(VISUAL) is None
    assert asset.available_media_characteristics_with_media_selection_options == ()
    assert [selection.choices for selection in asset.all_media_selections] == [{}]


def test_a_group_of_one_is_no_choice() -> None:
    alone = sound_track(2, alternate_group=1)
    assert asset_of(alone).media_selection_group(AUDIBLE) is None
    several = [sound_track(number, alternate_group=2) for number in (3, 4)]
    assert numbers(group_of(asset_of(alone, *several), AUDIBLE).options) == [3, 4]


def test_containers_without_groups_offer_all_of_a_kind() -> None:
    asset = asset_of(video_track(), sound_track(2), sound_track(3), container="matroska,webm")
    assert numbers(group_of(asset, AUDIBLE).options) == [2, 3]
    assert asset.media_selection_group(VISUAL) is None


def test_subtitles_can_be_left_out_and_chapters_are_none() -> None:
    chapters = track_facts(7, MediaType.TEXT)
    asset = asset_of(video_track(references={"chap": (7,)}), subtitles(5), subtitles(6), chapters)
    group = group_of(asset, LEGIBLE)
    assert numbers(group.options) == [5, 6]
    assert group.default_option is None
    assert group.allows_empty_selection
    shown = group_of(asset_of(subtitles(5), subtitles(6, enabled=True)), LEGIBLE)
    assert shown.default_option is shown.options[1]


def test_the_first_is_played_where_none_is_enabled() -> None:
    tracks = (sound_track(2, alternate_group=1, enabled=False), sound_track(3, alternate_group=1, enabled=False))
    group = group_of(asset_of(*tracks), AUDIBLE)
    assert group.default_option is group.options[0]


def test_other_characteristics_have_no_groups() -> None:
    assert asset_of(ENGLISH, GERMAN).media_selection_group(MediaCharacteristic.FRAME_BASED) is None
    with pytest.raises(InvalidArgumentError):
        asset_of(ENGLISH, GERMAN).media_selection_group("loud")


def test_options_say_what_they_are() -> None:
    item = MetadataItem(key_space="udta", key="©nam", value="Kommentar")
    group = group_of(asset_of(ENGLISH, GERMAN, sound_track(4, alternate_group=1, metadata=(item,))), AUDIBLE)
    english, german, other = group.options
    assert [option.extended_language_tag for option in group.options] == ["en", "de-CH", None]
    assert [option.locale for option in group.options] == ["en", "de_CH", None]
    assert [option.display_name for option in group.options] == ["Original", "de-CH", "audio 4"]
    assert (english.media_type, english.media_sub_types) == (MediaType.AUDIO, ("mp4a",))
    assert english.is_playable
    assert other.common_metadata == (item,)
    assert german.common_metadata == ()


def test_options_are_filtered() -> None:
    group = group_of(asset_of(ENGLISH, GERMAN, COMMENT), AUDIBLE)
    extra = MediaCharacteristic.IS_AUXILIARY_CONTENT
    assert numbers(group.options_with_media_characteristics([AUDIBLE], [extra])) == [2, 3]
    assert numbers(group.options_with_media_characteristics([extra])) == [4]
    assert numbers(group.options_with_media_characteristics()) == [2, 3, 4]
    assert numbers(group.options_for_languages(["de", "en"])) == [3, 2]
    assert numbers(group.options_for_languages(["fr"])) == []
    protected = group_of(asset_of(ENGLISH, sound_track(3, alternate_group=1, is_protected=True)), AUDIBLE)
    assert numbers(protected.playable_options()) == [2]


def test_options_go_together() -> None:
    spoken = sound_track(2, alternate_group=1, references={"folw": (6,)})
    other = sound_track(3, alternate_group=1)
    full = subtitles(6, references={"forc": (7,)})
    asset = asset_of(spoken, other, full, subtitles(7))
    audible, legible = group_of(asset, AUDIBLE), group_of(asset, LEGIBLE)
    assert audible.options[0].associated_option(legible) == legible.options[0]
    assert audible.options[1].associated_option(legible) is None
    assert legible.options[0].associated_option(legible) == legible.options[1]
    assert legible.options[1].associated_option(legible) is None


def test_selections_are_one_choice_in_each_group() -> None:
    asset = asset_of(ENGLISH, GERMAN, subtitles(5), subtitles(6, enabled=True))
    audible, legible = group_of(asset, AUDIBLE), group_of(asset, LEGIBLE)
    assert asset.available_media_characteristics_with_media_selection_options == (AUDIBLE, LEGIBLE)
    preferred = asset.preferred_media_selection
    assert preferred.selected_option(audible) == audible.options[0]
    assert preferred.selected_option(legible) == legible.options[1]
    every = asset.all_media_selections
    assert every[0] == preferred
    assert len(every) == 2 * 3
    assert len({(row.selected_option(audible), row.selected_option(legible)) for row in every}) == 6


def test_selections_that_nobody_could_list() -> None:
    pictures = [video_track(number, alternate_group=1) for number in range(1, 101)]
    sounds = [sound_track(number, alternate_group=2) for number in range(101, 201)]
    asset = asset_of(*pictures, *sounds, subtitles(201))
    with pytest.raises(InvalidMediaError, match="20000 combinations"):
        _ = asset.all_media_selections
    assert len(group_of(asset, AUDIBLE).options) == 100


def test_a_selection_is_changed_into_another() -> None:
    asset = asset_of(ENGLISH, GERMAN, subtitles(5))
    audible, legible = group_of(asset, AUDIBLE), group_of(asset, LEGIBLE)
    first = asset.preferred_media_selection
    second = first.selecting(audible.options[1], audible).selecting(legible.options[0], legible)
    assert second.selected_option(audible) == audible.options[1]
    assert second.selecting(None, legible).selected_option(legible) is None
    assert first.selected_option(audible) == audible.options[0]
    with pytest.raises(InvalidArgumentError, match="must be chosen"):
        first.selecting(None, audible)
    with pytest.raises(InvalidArgumentError, match="another group"):
        first.selecting(legible.options[0], audible)
    other = group_of(asset_of(ENGLISH, GERMAN), AUDIBLE)
    with pytest.raises(InvalidArgumentError, match="another asset"):
        first.selected_option(other)
