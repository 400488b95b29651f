"""Whole user data and metadata boxes; files that others made; bytes that nobody should have made."""

from __future__ import annotations

import random
import tracemalloc

import pytest
from tests.isobmff.metadata_cases import content, data, free_form, handler, keys, numbered, real, record
from tests.isobmff.test_id3 import frame, tag

from reelwright.isobmff.box import Box, full_box, u8, u16, u32, u64
from reelwright.isobmff.language import packed_language
from reelwright.isobmff.metadata_reader import nero_chapters, read_meta, read_user_data
from reelwright.isobmff.parse import Parser, find, scan
from reelwright.model.errors import InvalidMediaError
from reelwright.model.metadata import MetadataItem
from reelwright.model.time import Time
from reelwright.storage.source import open_source

ENGLISH = packed_language("eng")
ITUNES = handler("mdir"), Box("ilst", Box("©nam", data(1, b"A song")), free_form("me", "mood", data(21, b"\1")))
KEYED = handler("mdta"), keys("com.example.mood"), Box("ilst", numbered(1, data(23, b"\x3f\0\0\0", ENGLISH)))


def values(items: tuple[MetadataItem, ...]) -> list[tuple[str | None, object]]:
    return [(item.identifier, item.value) for item in items]


@pytest.mark.parametrize(
    ("head", "boxes"),
    [(b"", KEYED), (bytes(4), KEYED), (bytes(4), (Box("free", bytes(4)), *KEYED))],
    ids=["QuickTime", "ISO", "ISO, handler later"],
)
def test_metadata_with_and_without_a_full_header(head: bytes, boxes: tuple[Box, ...]) -> None:
    parser = Parser(head + content(*boxes).rest(), "the box 'meta'")
    assert values(read_meta(parser)) == [("mdta/com.example.mood", 0.5)]


def test_the_handler_says_what_an_item_list_is() -> None:
    assert values(read_meta(content(*ITUNES))) == [("itsk/%A9nam", "A song"), ("itlk/me.mood", 1)]
    assert read_meta(content(handler("pict"), ITUNES[1])) == ()


def test_id3_tags_in_boxes() -> None:
    box = full_box("ID32", 0, 0, u16(ENGLISH), tag(frame("TIT2", b"\0x")))
    items = read_meta(content(handler("ID32"), box, box))
    assert values(items) == [("id3/TIT2", "x")] * 2
    assert items[0].extended_language_tag == "en"


def test_user_data_of_all_kinds() -> None:
    problems: list[str] = []
    items = read_user_data(
        content(
            Box("©nam", record(b"Title", ENGLISH)),
            full_box("titl", 0, 0, u16(ENGLISH), b"ISO title\0"),
            full_box("meta", 0, 0, *ITUNES),
            Box("tagc", b"public.auxiliary-content"),
            Box("name", b"Camera 1"),
            Box("free", bytes(10)),
        ),
        problems,
    )
    assert [item.identifier for item in items] == [
        "udta/%A9nam",
        "uiso/titl",
        "itsk/%A9nam",
        "itlk/me.mood",
        "udta/name",
    ]
    assert not problems


def test_quicktimes_terminator_ends_user_data() -> None:
    parser = Parser(Box("name", b"x").render() + bytes(4), "the box 'udta'")
    assert len(read_user_data(parser)) == 1


def test_damage_costs_what_it_strikes() -> None:
    problems: list[str] = []
    items = read_user_data(content(full_box("yrrc", 0, 0, b"\1"), Box("name", b"x")), problems)
    assert values(items) == [("udta/name", "x")]
    assert len(problems) == 1


def chapter(seconds: int, title: str) -> bytes:
    return u64(seconds * 10_000_000) + u8(len(title.encode())) + title.encode()


@pytest.mark.parametrize("head", [bytes(4) + u8(2), u32(1 << 24) + bytes(4) + u8(2), u32(1 << 24) + u8(0) + u32(2)])
def test_chapters_last_until_the_next(head: bytes) -> None:
    found = nero_chapters(Parser(head + chapter(0, "Öne") + chapter(5, "Two"), "the box 'chpl'"), Time(9, 1))
    assert [(one.start, one.end, one.title) for one in found] == [
        (Time(0, 1), Time(5, 1), "Öne"),
        (Time(5, 1), Time(9, 1), "Two"),
    ]


def test_chapters_without_an_end_or_out_of_order() -> None:
    stored = bytes(4) + u8(9) + chapter(5, "Two") + chapter(0, "One")
    found = nero_chapters(Parser(stored, "the box 'chpl'"), Time.INVALID)
    assert [(one.title, one.end) for one in found] == [("One", Time(5, 1)), ("Two", Time(5, 1))]
    assert nero_chapters(Parser(bytes(4) + u8(0), "the box 'chpl'"), Time(1, 1)) == ()
    with pytest.raises(InvalidMediaError):
        nero_chapters(Parser(b"\1", "the box 'chpl'"), Time(1, 1))


def test_values_of_many_megabytes_are_copied_once() -> None:
    size = 24 << 20
    stored = content(full_box("meta", 0, 0, handler("mdir"), Box("ilst", Box("covr", data(13, bytes(size)))))).data
    tracemalloc.start()
    try:
        (item,) = read_user_data(Parser(stored, "the box 'udta'"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(item.value) == size
    assert peak < size * 1.1


@pytest.mark.parametrize(
    "box",
    [
        Box("©nam", bytes(1 << 20)),
        full_box("meta", 0, 0, full_box("keys", 0, 0, u32(1 << 31), (u32(8) + b"mdta") * (1 << 17)), Box("ilst")),
        full_box("meta", 0, 0, Box("ilst", Box("covr", Box("data", bytes(8)).render() * (1 << 16)))),
        Box("meta", *[Box("free")] * (1 << 17)),
    ],
    ids=["records", "keys", "values", "boxes"],
)
def test_counts_are_bounded(box: Box) -> None:
    problems: list[str] = []
    assert len(read_user_data(content(box), problems)) <= 50_000


def test_chapters_are_bounded() -> None:
    stored = u32(1 << 24) + u8(0) + u32(1 << 31) + bytes(9) * 20_000
    assert len(nero_chapters(Parser(stored, "the box 'chpl'"), Time(1, 1))) == 10_000


def movie(name: str) -> Parser:
    source = open_source(real(name).read_bytes())
    place = find(list(scan(source)), "moov")
    assert place is not None
    return place.read(source, 1 << 26)


def test_a_live_photo() -> None:
    box = movie("osxphotos/EC19EA1A-FC91-449C-8925-B13D863E2EDB_3.mov").find("meta")
    assert box is not None
    found = {item.key: item.value for item in read_meta(box)}
    assert found["com.apple.quicktime.content.identifier"] == "602FEBB7-6B59-4799-96E6-9C8484D873C7"
    assert found["com.apple.quicktime.live-photo.auto"] == 1
    assert found["com.apple.quicktime.live-photo.vitality-score"] == pytest.approx(0.93985)


def test_a_song() -> None:
    box = movie("atldotnet/mp4.m4a").find("udta")
    assert box is not None
    chapters = box.find("chpl")
    found = {item.identifier: item.value for item in read_user_data(box)}
    assert found["itsk/trkn"] == (1, 2)
    assert found["itsk/%A9nam"] == "aa父bb"
    assert found["itlk/com.apple.iTunes.TESTFIELD"] == "xxx"
    assert len(found["itsk/covr"]) == 4705
    assert chapters is not None
    assert nero_chapters(chapters, Time(14, 1))[0].start == Time(55, 1000)


SEED_BOXES = content(
    Box("©nam", record(b"Title", ENGLISH), record(b"Titre", 1)),
    full_box("loci", 0, 0, u16(ENGLISH), b"Home\0", u8(1), bytes(12), b"earth\0\0"),
    full_box("kywd", 0, 0, u16(ENGLISH), u8(1, 4), b"sea\0"),
    full_box("meta", 0, 0, *ITUNES),
    Box("meta", *KEYED),
    full_box("ID32", 0, 0, u16(ENGLISH), tag(frame("APIC", b"\0image/png\0\3front\0\x89PNG"), frame("TIT2", b"\1x"))),
)


@pytest.mark.parametrize("seed", range(300))
def test_any_bytes_are_lived_with(seed: int) -> None:
    chance = random.Random(seed)
    stored = bytearray(SEED_BOXES.data)
    for _ in range(chance.randint(1, 12)):
        stored[chance.randrange(len(stored))] = chance.choice([0, 1, 0x7F, 0xFF, chance.randrange(256)])
    cut = stored[: chance.randint(0, len(stored))] if seed % 3 == 0 else stored
    for item in read_user_data(Parser(bytes(cut), "the box 'udta'")) + read_meta(Parser(bytes(cut), "the box 'meta'")):
        assert item.common_key is None or item.identifier
        assert item.string_value is None or isinstance(item.string_value, str)
        hash(item)
