"""FFmpeg's tags in the key spaces of the formats they came from."""

from __future__ import annotations

import pytest

from reelwright.containers.ffmpeg.tags import items_from_tags


@pytest.mark.parametrize(
    ("container", "name", "identifier", "common"),
    [
        ("mp3", "title", "id3/TIT2", "title"),
        ("mp3", "album_artist", "id3/TPE2", "contributor"),
        ("mp3", "Encoder", "id3/TSSE", "software"),
        ("mp3", "TBPM", "id3/TBPM", None),
        ("ogg", "TITLE", "vorb/TITLE", "title"),
        ("ogg", "title", "vorb/TITLE", "title"),
        ("ogg", "track", "vorb/TRACKNUMBER", None),
        ("ogg", "comment", "vorb/DESCRIPTION", "description"),
        ("flac", "Mood", "vorb/MOOD", None),
        ("matroska,webm", "title", "mkv/TITLE", "title"),
        ("matroska,webm", "ENCODER", "mkv/ENCODER", "software"),
        ("matroska,webm", "creation_time", "mkv/DateUTC", "creationDate"),
        ("wav", "comment", "caaf/comments", "description"),
        ("avi", "track", "caaf/track%20number", None),
        ("caf", "recorded date", "caaf/recorded%20date", "creationDate"),
        ("flv", "encoder", "common/software", "software"),
        ("flv", "major_brand", "ffmp/major_brand", None),
    ],
)
def test_keys_get_their_formats_names_back(container: str, name: str, identifier: str, common: str | None) -> None:
    (item,) = items_from_tags({name: "x"}, container)
    assert (item.identifier, item.common_key, item.value) == (identifier, common, "x")


def test_what_a_user_named_keeps_its_name() -> None:
    user, private = items_from_tags({"Mood": "good", "id3v2_priv.me": "1"}, "mp3")
    assert (user.key, dict(user.extra_attributes)) == ("TXXX", {"info": "Mood"})
    assert (private.key, dict(private.extra_attributes)) == ("PRIV", {"info": "me"})


def test_languages_of_matroskas_tags() -> None:
    spoken, plain = items_from_tags({"TITLE-deu": "Tag", "album-und": "x"}, "matroska,webm")
    assert (spoken.key, spoken.extended_language_tag) == ("TITLE", "de")
    assert (plain.key, plain.extended_language_tag) == ("ALBUM", None)


def test_names_that_are_empty_are_left_out() -> None:
    assert items_from_tags({"": "x"}, "mp3") == ()
