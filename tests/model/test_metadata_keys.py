"""Identifiers made of keys and taken apart again; which keys mean the same."""

from __future__ import annotations

import pytest

from reelwright.model.metadata_keys import (
    COMMON_KEYS,
    MetadataKeySpace,
    identifier_for_key,
    key_for_identifier,
    key_space_for_identifier,
)


@pytest.mark.parametrize(
    ("key", "space", "identifier"),
    [
        ("©nam", "udta", "udta/%A9nam"),
        ("com.apple.quicktime.title", "mdta", "mdta/com.apple.quicktime.title"),
        ("com.apple.iTunes.Encoding Params", "itlk", "itlk/com.apple.iTunes.Encoding%20Params"),
        ("TIT2", "org.id3", "id3/TIT2"),
        ("\0TT2", "org.id3", "id3/%00TT2"),
        ("title", "comn", "common/title"),
        ("com.example.größe", "mdta", "mdta/com.example.gr%C3%B6%C3%9Fe"),
        ("a/b", "mdta", "mdta/a%2Fb"),
    ],
)
def test_identifiers_are_key_space_and_escaped_key(key: str, space: str, identifier: str) -> None:
    assert identifier_for_key(key, space) == identifier
    assert key_space_for_identifier(identifier) == space
    assert key_for_identifier(identifier) == key


def test_numbers_and_bytes_stand_for_their_characters() -> None:
    assert identifier_for_key(0xA96E616D, "itsk") == "itsk/%A9nam"
    assert identifier_for_key(b"\xa9nam", "itsk") == "itsk/%A9nam"


@pytest.mark.parametrize(
    ("key", "space"),
    [("title", "toolong"), ("title", ""), ("title", "ümd"), ("", "mdta"), (b"", "mdta"), (1 << 32, "itsk"), (-1, "x")],
)
def test_what_cannot_be_an_identifier_is_none(key: str | int | bytes, space: str) -> None:
    assert identifier_for_key(key, space) is None


@pytest.mark.parametrize("text", ["", "mdta", "mdta/", "/title", "muchtoolong/title"])
def test_what_is_no_identifier_has_neither_space_nor_key(text: str) -> None:
    assert key_space_for_identifier(text) is None
    assert key_for_identifier(text) is None


def test_a_key_of_mdta_that_is_no_utf8_is_latin1() -> None:
    assert key_for_identifier("mdta/gr%F6") == "grö"


@pytest.mark.parametrize(
    ("space", "key", "common"),
    [
        ("mdta", "com.apple.quicktime.location.ISO6709", "location"),
        ("udta", "©day", "creationDate"),
        ("itsk", "covr", "artwork"),
        ("uiso", "perf", "artist"),
        ("org.id3", "TALB", "albumName"),
        ("vorb", "ARTIST", "artist"),
        ("mkv", "TITLE", "title"),
        ("caaf", "recorded date", "creationDate"),
        ("comn", "relation", "relation"),
    ],
)
def test_keys_that_mean_the_same(space: str, key: str, common: str) -> None:
    assert COMMON_KEYS[space, key] == common


def test_every_common_key_is_its_own() -> None:
    common = {key for space, key in COMMON_KEYS if space == MetadataKeySpace.COMMON}
    assert len(common) == 24
    assert set(COMMON_KEYS.values()) == common
