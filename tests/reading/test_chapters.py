"""Chapters out of text tracks, lists that stand apart, in several languages, with pictures, as groups of metadata."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.reading.fakes import FakeMedia, index_of, media_facts, track_facts, video_track

from reelwright.model.facts import ChapterFacts, EditEntry, TrackFacts
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange
from reelwright.reading.asset import Asset
from reelwright.reading.chapters import Chapter

JPEG = FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg", width=16, height=16)
ENGLISH, GERMAN = ["One", "Two", "Three"], ["Eins", "Zwei", "Drei"]


def text(title: str) -> bytes:
    data = title.encode()
    return len(data).to_bytes(2, "big") + data


def titles(track_id: int, **more: Any) -> TrackFacts:
    return track_facts(track_id, MediaType.TEXT, enabled=False, **more)


def asset_of(*tracks: TrackFacts, data: dict[int, list[bytes]], lengths: Any = (600, 600, 600), **more: Any) -> Asset:
    """An asset of a video that refers to all other tracks as its chapters."""
    video = video_track(9, references={"chap": tuple(track.track_id for track in tracks)})
    indexes = {9: index_of([600] * 3)} | {number: index_of(lengths) for number in data}
    return Asset.for_media(FakeMedia(media_facts(*tracks, video, **more), indexes, data=data))


def texts(*words: str) -> list[bytes]:
    return [text(word) for word in words]


def test_a_text_track_is_a_list_of_chapters() -> None:
    asset = asset_of(titles(2, language_code="eng"), data={2: texts(*ENGLISH)})
    assert asset.chapters == tuple(Chapter(title, TimeRange(start, 1), "en") for start, title in enumerate(ENGLISH))
    assert asset.available_chapter_locales == ("en",)


def test_without_chapters_there_are_none() -> None:
    asset = Asset.for_media(FakeMedia(media_facts(video_track(), titles(2)), {2: index_of([600])}))
    assert asset.chapters == ()
    assert asset.available_chapter_locales == ()
    assert asset.chapter_metadata_groups() == []
    assert asset.chapter_metadata_groups_best_matching(["en"]) == []


def test_samples_without_text_fill_gaps_and_damaged_ones_say_nothing() -> None:
    asset = asset_of(titles(2), data={2: [text(""), b"\0", text("Last")]})
    assert asset.chapters == (Chapter("Last", TimeRange(2, 1)),)
    assert asset.available_chapter_locales == ("und",)


def test_edits_of_a_chapter_track_move_its_chapters() -> None:
    edits = (EditEntry(300, None), EditEntry(900, 300))
    asset = asset_of(titles(2, edits=edits), data={2: texts(*ENGLISH)})
    assert [(chapter.title, chapter.time_range.start, chapter.time_range.duration) for chapter in asset.chapters] == [
        ("One", 0.5, 0.5),
        ("Two", 1, 1),
    ]


def test_a_chapter_shown_twice_is_there_twice() -> None:
    edits = (EditEntry(600, 600), EditEntry(900, 0))
    asset = asset_of(titles(2, edits=edits), data={2: texts(*ENGLISH)})
    assert [(chapter.title, chapter.time_range.start) for chapter in asset.chapters] == [
        ("Two", 0),
        ("One", 1),
        ("Two", 2),
    ]


def test_a_chapter_that_is_held_lasts_as_long() -> None:
    edits = (EditEntry(1200, 600, Fraction(0)), EditEntry(600, 1200, Fraction(2)))
    asset = asset_of(titles(2, edits=edits), data={2: texts(*ENGLISH)})
    assert [(chapter.title, chapter.time_range) for chapter in asset.chapters] == [
        ("Two", TimeRange(0, 2)),
        ("Three", TimeRange(2, Fraction(1, 2))),
    ]


def test_a_file_cannot_have_chapters_without_end() -> None:
    edits = (EditEntry(3, 0),) * 6_000
    asset = asset_of(titles(2, edits=edits), data={2: texts(*"abc")}, lengths=(1, 1, 1))
    assert len(asset.chapters) == 1 << 12


def test_lists_in_several_languages() -> None:
    german = titles(3, language_code="deu", extended_language_tag="de-CH")
    asset = asset_of(titles(2, language_code="eng"), german, data={2: texts(*ENGLISH), 3: texts(*GERMAN)})
    assert asset.available_chapter_locales == ("en", "de_CH")
    assert [group.items[0].value for group in asset.chapter_metadata_groups("de_CH")] == GERMAN
    assert [group.items[0].value for group in asset.chapter_metadata_groups("de-CH")] == GERMAN
    assert [group.items[0].value for group in asset.chapter_metadata_groups()] == ENGLISH
    assert asset.chapter_metadata_groups("fr") == []


def test_the_language_wanted_most_wins() -> None:
    german = titles(3, extended_language_tag="de-CH")
    asset = asset_of(titles(2, language_code="eng"), german, data={2: texts(*ENGLISH), 3: texts(*GERMAN)})

    def found(*languages: str) -> Any:
        return asset.chapter_metadata_groups_best_matching(languages)[0].items[0].value

    assert [found("de"), found("fr", "de-CH"), found("fr"), found(), found("en", "de")] == [
        "Eins",
        "Eins",
        "One",
        "One",
        "One",
    ]


def test_lists_with_the_same_first_title_stay_apart() -> None:
    same = [titles(2), titles(3, language_code="deu")]
    asset = asset_of(*same, data={2: texts("Intro", "A", "B"), 3: texts("Intro", "C", "D")})
    groups = asset.chapter_metadata_groups_best_matching(["de"])
    assert [group.items[0].value for group in groups] == ["Intro", "C", "D"]


def test_of_equal_lists_the_first_is_taken() -> None:
    asset = asset_of(titles(2), titles(3), data={2: texts("Intro", "A", "B"), 3: texts("Intro", "C", "D")})
    groups = asset.chapter_metadata_groups_best_matching(["de"])
    assert [group.items[0].value for group in groups] == ["Intro", "A", "B"]


def test_groups_have_a_title_with_its_time() -> None:
    asset = asset_of(titles(2, language_code="eng"), data={2: texts(*ENGLISH)})
    group = asset.chapter_metadata_groups()[1]
    (item,) = group.items
    assert group.time_range == TimeRange(1, 1)
    assert (item.identifier, item.value, item.locale, item.time, item.duration) == ("common/title", "Two", "en", 1, 1)


def test_pictures_come_when_they_are_wanted() -> None:
    pictures = track_facts(3, MediaType.VIDEO, formats=(JPEG,), enabled=False)
    data = {2: texts(*ENGLISH), 3: [b"\xff\xd8one", b"\xff\xd8two", b"\xff\xd8three"]}
    asset = asset_of(titles(2), pictures, data=data)
    assert [len(group.items) for group in asset.chapter_metadata_groups()] == [1, 1, 1]
    groups = asset.chapter_metadata_groups(None, ["artwork"])
    assert [group.items[1].data_value for group in groups] == data[3]
    assert groups[0].items[1].common_key == "artwork"
    assert groups[0].items[1].data_type == "com.apple.metadata.datatype.JPEG"
    assert [len(group.items) for group in asset.chapter_metadata_groups_best_matching(["en"])] == [2, 2, 2]


def test_pictures_that_are_no_files_of_their_own_are_left_out() -> None:
    film = video_track(3, enabled=False)
    asset = asset_of(titles(2), film, data={2: texts(*ENGLISH), 3: [b"1", b"2", b"3"]})
    assert [len(group.items) for group in asset.chapter_metadata_groups(None, ["artwork"])] == [1, 1, 1]


APART = (
    ChapterFacts(Time(0), Time(1), "One"),
    ChapterFacts(Time(1), Time(3), ""),
    ChapterFacts(Time(0), Time(3), "Eins", "deu"),
)


def test_lists_that_stand_apart() -> None:
    asset = Asset.for_media(FakeMedia(media_facts(video_track(), chapters=APART)))
    assert asset.chapters == (Chapter("One", TimeRange(0, 1)), Chapter("", TimeRange(1, 2)))
    assert asset.available_chapter_locales == ("und", "de")


def test_tracks_count_where_there_are_both() -> None:
    asset = asset_of(titles(2), data={2: texts(*ENGLISH)}, chapters=APART)
    assert [chapter.title for chapter in asset.chapters] == ENGLISH
    asset = asset_of(titles(2), data={2: texts("", "", "")}, chapters=APART)
    assert asset.chapters[0].title == "One"


def test_a_language_that_is_no_tag_is_none() -> None:
    asset = asset_of(titles(2, extended_language_tag="not a tag!"), data={2: texts(*ENGLISH)})
    assert asset.available_chapter_locales == ("und",)
    assert asset.chapter_metadata_groups()[0].items[0].extended_language_tag is None
