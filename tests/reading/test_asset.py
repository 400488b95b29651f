"""Assets: opened late, closed surely, shared between threads, and what they say about a file."""

from __future__ import annotations

import asyncio
import gc
import io
import threading
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.reading.fakes import VP9, FakeMedia, index_of, media_facts, sound_track, track_facts, video_track

from reelwright.model.errors import InvalidArgumentError, InvalidMediaError, InvalidStateError, MediaNotFoundError
from reelwright.model.facts import EditEntry, MediaFacts
from reelwright.model.kinds import MediaCharacteristic, MediaType
from reelwright.model.metadata import MetadataItem
from reelwright.model.metadata_keys import MetadataFormat
from reelwright.model.reference_restrictions import ReferenceRestrictions
from reelwright.model.sample_index import SampleIndex
from reelwright.model.time import Time
from reelwright.reading import asset as asset_module
from reelwright.reading.asset import Asset


def asset_of(facts: MediaFacts, indexes: dict[int, SampleIndex] | None = None, **more: Any) -> tuple[Asset, FakeMedia]:
    media = FakeMedia(facts, indexes, has_tables=more.pop("has_tables", True))
    return Asset.for_media(media, **more), media


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, dict[str, Any], FakeMedia]]:
    """What was opened: target, options and the double it got."""
    calls: list[tuple[Any, dict[str, Any], FakeMedia]] = []

    def open_media(target: Any, **options: Any) -> FakeMedia:
        media = FakeMedia(media_facts(video_track(), duration=Time(600, 600)), {1: index_of([20] * 30)})
        calls.append((target, options, media))
        return media

    monkeypatch.setattr(asset_module, "open_media", open_media)
    return calls


Calls = list[tuple[Any, dict[str, Any], FakeMedia]]

# ---------------------------------------------------------------------------------------------------------------------
# opening and closing


def test_nothing_is_opened_before_something_is_asked_for(opened: Calls) -> None:
    asset = Asset("film.mov")
    assert (asset.path, asset.url) == ("film.mov", Path("film.mov").absolute().as_uri())
    assert repr(asset) == "Asset('film.mov')"
    assert not opened
    assert asset.duration == 1
    assert asset.tracks[0].media_type is MediaType.VIDEO
    assert [target for target, _, _ in opened] == ["film.mov"]


def test_options_reach_the_engine(opened: Calls) -> None:
    forbidden = ReferenceRestrictions.FORBID_ALL
    asset = Asset(
        "film.mov", reference_restrictions=forbidden, isolated=True, should_support_alias_data_references=True
    )
    assert asset.tracks
    ((_, options, _),) = opened
    assert options == {"reference_restrictions": forbidden, "alias_references": True, "isolated": True}


def test_by_default_another_machine_is_forbidden(opened: Calls) -> None:
    assert Asset("film.mov").reference_restrictions is ReferenceRestrictions.FORBID_LOCAL_REFERENCE_TO_REMOTE


@pytest.mark.parametrize("target", [b"abc", io.BytesIO(b"abc")])
def test_bytes_and_file_objects_have_no_path(target: Any) -> None:
    asset = Asset(target)
    assert asset.path is None
    assert asset.url is None


def test_a_url_is_a_path() -> None:
    assert Asset("file:///a%20b/film.mov").path in ("/a b/film.mov", "\\a b\\film.mov")


@pytest.mark.parametrize("target", [7, None, "https://example.org/film.mov", ""])
def test_what_cannot_be_read_from_is_refused_at_once(target: Any) -> None:
    with pytest.raises(InvalidArgumentError):
        Asset(target)


def test_a_file_that_is_not_there_is_noticed_when_it_is_needed(tmp_path: Path) -> None:
    asset = Asset(tmp_path / "none.mov")
    for _ in range(2):
        with pytest.raises(MediaNotFoundError):
            _ = asset.duration


def test_a_failed_opening_is_tried_again(tmp_path: Path, opened: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    works = asset_module.open_media

    def fails(*_: Any, **__: Any) -> Any:
        raise InvalidMediaError("not yet")

    asset = Asset("film.mov")
    monkeypatch.setattr(asset_module, "open_media", fails)
    with pytest.raises(InvalidMediaError, match="not yet"):
        _ = asset.tracks
    monkeypatch.setattr(asset_module, "open_media", works)
    assert len(asset.tracks) == 1


def test_closing_keeps_what_was_read_and_reads_no_more() -> None:
    asset, media = asset_of(media_facts(video_track()), {1: index_of([20] * 30)})
    with asset:
        assert asset.duration == 1
    assert media.is_closed
    assert asset.duration == 1
    assert asset.tracks[0].track_id == 1
    with pytest.raises(InvalidStateError, match="closed"):
        _ = asset.media
    asset.close()


def test_an_asset_closed_before_it_was_opened_stays_closed(opened: Calls) -> None:
    asset = Asset("film.mov")
    asset.close()
    with pytest.raises(InvalidStateError):
        _ = asset.tracks
    assert not opened


def test_an_asset_that_nobody_needs_closes_its_file() -> None:
    asset, media = asset_of(media_facts(video_track()), {1: index_of([20])})
    tracks = asset.tracks
    del asset
    gc.collect()
    assert not media.is_closed
    assert tracks[0].asset.duration
    del tracks
    gc.collect()
    assert media.is_closed


def test_many_threads_open_it_once(opened: Calls) -> None:
    asset = Asset("film.mov")
    start = threading.Barrier(8)
    found: list[Any] = []

    def ask() -> None:
        start.wait()
        found.append((asset.tracks, asset.duration))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1
    assert len({id(tracks[0]) for tracks, _ in found}) == 1


# ---------------------------------------------------------------------------------------------------------------------
# loading


def test_loading_gives_a_value_or_a_tuple() -> None:
    asset, _ = asset_of(media_facts(video_track()), {1: index_of([20] * 30)})
    assert asset.load("duration") == 1
    assert asset.load("duration", "tracks") == (asset.duration, asset.tracks)
    assert asset.tracks[0].load("nominal_frame_rate") == 30


def test_what_is_loaded_is_known(opened: Calls) -> None:
    asset = Asset("film.mov")
    assert not asset.is_loaded("tracks")
    assert not asset.is_loaded("metadata")
    assert not opened
    (track,) = asset.load("tracks")
    assert asset.is_loaded("tracks")
    assert asset.is_loaded("metadata")
    assert track.is_loaded("language_code")
    assert not track.is_loaded("nominal_frame_rate")
    track.load("nominal_frame_rate")
    assert track.is_loaded("nominal_frame_rate")


def test_loading_in_a_coroutine() -> None:
    asset, _ = asset_of(media_facts(video_track()), {1: index_of([20] * 30)})

    async def load() -> Any:
        return await asset.load_async("duration", "tracks"), await asset.tracks[0].load_async("nominal_frame_rate")

    assert asyncio.run(load()) == ((asset.duration, asset.tracks), 30)


def test_a_cancelled_load_leaves_the_asset_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    ready, go_on = threading.Event(), threading.Event()
    media = FakeMedia(media_facts(video_track()), {1: index_of([20] * 30)})

    def slow(*_: Any, **__: Any) -> FakeMedia:
        ready.set()
        go_on.wait(30)
        return media

    monkeypatch.setattr(asset_module, "open_media", slow)
    asset = Asset("film.mov")

    async def cancel() -> None:
        task = asyncio.create_task(asset.load_async("duration"))
        while not ready.is_set():
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()

    asyncio.run(cancel())
    assert asset.duration == 1


@pytest.mark.parametrize(
    ("names", "hint"), [(("durations",), "duration"), (("load",), "It has"), (("_lock",), "It has"), ((), "load")]
)
def test_unknown_properties_are_refused_with_what_was_meant(names: tuple[str, ...], hint: str) -> None:
    asset, _ = asset_of(media_facts())
    with pytest.raises(InvalidArgumentError) as caught:
        asset.load(*names)
    assert hint in str(caught.value.hint)
    with pytest.raises(InvalidArgumentError):
        asyncio.run(asset.load_async(*names))


# ---------------------------------------------------------------------------------------------------------------------
# duration


def duration(*tracks: Any, indexes: dict[int, SampleIndex] | None = None, precise: bool = False, **more: Any) -> Time:
    has_tables = more.pop("has_tables", True)
    asset, media = asset_of(
        media_facts(*tracks, **more), indexes, prefer_precise_duration=precise, has_tables=has_tables
    )
    found = asset.duration
    more_asked.append(len(media.asked) + len(media.streams))
    return found


more_asked: list[int] = []
EDITED = {"edits": (EditEntry(600, 0),), "duration": Time(600, 600)}


def test_the_header_is_believed_without_looking_at_samples() -> None:
    assert duration(video_track(**EDITED), duration=Time(600, 600)) == 1
    assert more_asked[-1] == 0


def test_a_header_that_says_nothing_is_replaced_by_the_longest_track() -> None:
    tracks = (video_track(), sound_track(edits=(EditEntry(600, None), EditEntry(600, 0))))
    indexes = {1: index_of([20] * 30), 2: index_of([1024] * 94, 48000)}
    assert duration(*tracks, indexes=indexes) == 2
    assert duration(*tracks, indexes=indexes, duration=Time(0, 600)) == 2


def test_a_track_header_that_says_more_is_looked_into() -> None:
    longer = {"edits": (EditEntry(1200, 0),), "duration": Time(1200, 600)}
    assert duration(video_track(**longer), indexes={1: index_of([20] * 60)}, duration=Time(600, 600)) == 2
    # … and not believed where the samples are not there.
    assert duration(video_track(**longer), indexes={1: index_of([20] * 30)}, duration=Time(600, 600)) == 1


def test_edits_that_say_more_than_any_header_are_looked_into() -> None:
    late = sound_track(edits=(EditEntry(300, None), EditEntry(600, 0)), duration=Time(600, 600))
    assert duration(late, indexes={2: index_of([1000] * 48, 48000)}, duration=Time(600, 600)) == 1.5


def test_pictures_shown_late_without_an_edit_list_lengthen_it() -> None:
    late = index_of([20] * 30, offsets=[40] * 30)
    assert duration(video_track(media_duration=600), indexes={1: late}, duration=Time(600, 600)) == Fraction(16, 15)


def test_of_fragments_the_engine_knows_the_duration() -> None:
    facts = {"contains_fragments": True, "can_contain_fragments": True}
    indexes = {1: index_of([20] * 90)}
    assert duration(video_track(), indexes=indexes, duration=Time(1800, 600), **facts) == 3
    assert more_asked[-1] == 0
    # … and where it does not, they are counted.
    assert duration(video_track(**EDITED, media_duration=600), indexes=indexes, **facts) == 3


def test_a_file_of_nothing_but_a_header_lasts_as_long_as_it_hints() -> None:
    assert duration(video_track(), duration_hint=Time(1800, 600)) == 3
    assert duration(video_track()) == 0


def test_precision_is_had_on_request() -> None:
    track = sound_track(edits=(EditEntry(600, 0),), duration=Time(600, 600))
    indexes = {2: index_of([1000] * 49, 48000)}
    assert duration(track, indexes=indexes, duration=Time(601, 600)) == Fraction(601, 600)
    assert duration(track, indexes=indexes, duration=Time(601, 600), precise=True) == 1


def test_estimates_are_replaced_by_what_is_there_on_request() -> None:
    facts = {"container": "mp3", "has_precise_timing": False, "duration": Time(5, 1), "has_tables": False}
    indexes = {2: index_of([1152] * 125, 48000)}
    assert duration(sound_track(), indexes=indexes, **facts) == 5
    assert duration(sound_track(), indexes=indexes, precise=True, **facts) == 3


# ---------------------------------------------------------------------------------------------------------------------
# facts


def test_plain_properties_are_the_facts() -> None:
    turned = (Fraction(0), Fraction(1), Fraction(-1), Fraction(0), Fraction(480), Fraction(0))
    asset, _ = asset_of(
        media_facts(
            rate=Fraction(2),
            volume=Fraction(1, 2),
            transform=turned,
            can_contain_fragments=True,
            contains_fragments=True,
            duration_hint=Time(9),
            has_precise_timing=False,
        )
    )
    assert (asset.preferred_rate, asset.preferred_volume, asset.preferred_transform) == (2.0, 0.5, turned)
    assert asset.can_contain_fragments
    assert asset.contains_fragments
    assert asset.overall_duration_hint == 9
    assert not asset.provides_precise_duration_and_timing
    assert not asset.minimum_time_offset_from_live.is_valid


def test_tracks_are_found_by_number_kind_and_characteristic() -> None:
    subtitles = track_facts(7, MediaType.SUBTITLE, characteristics=("public.subtitles.forced-only",))
    asset, _ = asset_of(media_facts(video_track(), sound_track(), sound_track(3, enabled=False), subtitles))
    assert [track.track_id for track in asset.tracks] == [1, 2, 3, 7]
    assert asset.track_with_id(3) is asset.tracks[2]
    assert asset.track_with_id(4) is None
    assert [track.track_id for track in asset.tracks_with_media_type(MediaType.AUDIO)] == [2, 3]
    assert [track.track_id for track in asset.tracks_with_media_type("vide")] == [1]
    found = {kind: asset.tracks_with_media_characteristic(kind) for kind in MediaCharacteristic}
    assert [track.track_id for track in found[MediaCharacteristic.AUDIBLE]] == [2, 3]
    assert [track.track_id for track in found[MediaCharacteristic.LEGIBLE]] == [7]
    assert [track.track_id for track in found[MediaCharacteristic.CONTAINS_ONLY_FORCED_SUBTITLES]] == [7]
    assert [track.track_id for track in asset.tracks_with_media_characteristic("AVMediaCharacteristicVisual")] == [1, 7]


def test_groups_are_tracks_of_one_number() -> None:
    grouped = [sound_track(number, alternate_group=group) for number, group in ((2, 1), (3, 2), (4, 1), (5, 0))]
    asset, _ = asset_of(media_facts(*grouped))
    assert [group.track_ids for group in asset.track_groups] == [(2, 4), (3,)]


ITEMS = (
    MetadataItem(key_space="itsk", key="©nam", value="A day"),
    MetadataItem(key_space="mdta", key="com.example.mood", value="calm"),
    MetadataItem(key_space="itsk", key="©lyr", value="La la"),
)


def test_metadata_by_form_and_by_common_key() -> None:
    asset, _ = asset_of(media_facts(metadata=ITEMS))
    assert asset.metadata == ITEMS
    assert asset.common_metadata == ITEMS[:1]
    assert asset.available_metadata_formats == (MetadataFormat.ITUNES_METADATA, MetadataFormat.QUICKTIME_METADATA)
    assert asset.metadata_for_format(MetadataFormat.QUICKTIME_METADATA) == ITEMS[1:2]
    assert asset.metadata_for_format("org.id3") == ()
    assert asset.lyrics == "La la"


@pytest.mark.parametrize("item", [("org.id3", "USLT"), ("vorb", "LYRICS"), ("org.id3", "\0ULT")])
def test_lyrics_of_other_key_spaces(item: tuple[str, str]) -> None:
    asset, _ = asset_of(media_facts(metadata=(MetadataItem(key_space=item[0], key=item[1], value="La"),)))
    assert asset.lyrics == "La"
    assert asset_of(media_facts())[0].lyrics is None


def test_the_creation_date_is_an_item_or_the_headers() -> None:
    item = MetadataItem(key_space="mdta", key="com.apple.quicktime.creationdate", value="2024-05-06T07:08:09+02:00")
    asset, _ = asset_of(media_facts(metadata=(item,), created=0))
    assert asset.creation_date is item
    asset, _ = asset_of(media_facts(created=86_400))
    assert asset.creation_date is not None
    assert asset.creation_date.date_value == datetime(1970, 1, 2, tzinfo=UTC)
    assert asset.creation_date.common_key == "creationDate"
    assert asset_of(media_facts())[0].creation_date is None


def test_a_date_beyond_the_calendar_is_no_date() -> None:
    for created in (1 << 60, -(1 << 60)):
        assert asset_of(media_facts(created=created))[0].creation_date is None
    asset, _ = asset_of(media_facts(created=-2_082_844_800))  # 1904, where QuickTime's calendar begins
    assert asset.creation_date is not None
    assert asset.creation_date.date_value == datetime(1904, 1, 1, tzinfo=UTC)


def test_what_can_be_done_with_it() -> None:
    asset, _ = asset_of(media_facts(video_track(formats=(VP9,)), sound_track()))
    assert asset.is_playable
    assert asset.is_readable
    assert asset.is_exportable
    assert asset.is_composable
    assert not asset.has_protected_content
    asset, _ = asset_of(media_facts(video_track(is_protected=True)))
    assert asset.has_protected_content
    assert not any((asset.is_playable, asset.is_readable, asset.is_exportable, asset.is_composable))
    asset, _ = asset_of(media_facts())
    assert not any((asset.is_playable, asset.is_readable, asset.is_exportable))
    asset, _ = asset_of(media_facts(track_facts(1, MediaType.METADATA)))
    assert asset.is_readable
    assert not asset.is_playable


def test_reprs_say_what_it_is() -> None:
    asset, _ = asset_of(media_facts(video_track(), sound_track()))
    assert repr(asset) == "<Asset media: video, audio>"
    assert repr(asset_of(media_facts())[0]) == "<Asset media: no tracks>"
    assert repr(asset.tracks[0]) == "<AssetTrack 1: video avc1>"
