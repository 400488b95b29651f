"""The tree of boxes: every box once, in order, with what it says, whatever the file is."""

from __future__ import annotations

import random

import pytest
from tests.isobmff.movies import (
    Track,
    ctts,
    elst,
    film,
    marks,
    moof,
    mvex,
    picture_entry,
    sound_entry,
    tables,
    traf,
    trun,
)

from reelwright.isobmff.box import Box, cstring, fourcc, full_box, u8, u16, u32, u64
from reelwright.isobmff.box_tree import BoxNode, box_tree
from reelwright.storage.source import open_source


def tree(data: bytes) -> list[BoxNode]:
    return list(box_tree(open_source(data)))


def summaries(*boxes: Box) -> dict[str, str]:
    return {node.kind: node.summary for node in tree(b"".join(box.render() for box in boxes))}


def test_boxes_come_in_order_with_their_depth() -> None:
    nodes = tree(film(Track(tables([1, 2])), payload=bytes(9)))
    assert [(node.kind, node.depth) for node in nodes[:7]] == [
        ("ftyp", 0),
        ("mdat", 0),
        ("moov", 0),
        ("mvhd", 1),
        ("trak", 1),
        ("tkhd", 2),
        ("mdia", 2),
    ]
    assert nodes[0].offset == 0
    assert (nodes[1].offset, nodes[1].size) == (nodes[0].size, 17)
    assert {node.kind for node in nodes if node.depth == 5} >= {"stsd", "stts", "stsz", "stsc", "stco"}


def test_children_of_sample_descriptions() -> None:
    picture = Box("avc1", *picture_entry().parts, Box("pasp", u32(4, 3)))
    sound = sound_entry("mp4a", 2, 16, full_box("esds", 0, 0))
    nodes = tree(film(Track(entries=[picture]), Track(track_id=2, handler="soun", entries=[sound])))
    found = {node.kind: node.depth for node in nodes}
    assert found["pasp"] == found["avc1"] + 1
    assert found["esds"] == found["mp4a"] + 1


def test_what_headers_say() -> None:
    track = Track(tables([1, 2]), duration=200, children=[elst((60, -1), (120, 5))], language="deu")
    found = {node.kind: node.summary for node in tree(film(track, duration=1200))}
    assert found["ftyp"] == "'isom' 512, compatible 'isom' 'mp42'"
    assert found["mvhd"] == "1200/600 = 2.000 s"
    assert found["tkhd"].startswith("track 1, 120 ticks, 64×48, enabled")
    assert found["mdhd"] == "200/1000 = 0.200 s, language deu"
    assert found["hdlr"] == "vide 'a handler'"
    assert found["elst"] == "2 edits: 60@empty, 120@5"
    assert found["url "] == "this file"


def test_what_tables_say() -> None:
    more = (ctts((1, 5), (1, -5)), marks("stss", 1), full_box("sbgp", 0, 0, fourcc("roll"), u32(1), u32(2, 1)))
    found = {node.kind: node.summary for node in tree(film(Track(tables([7, 8, 9, 1, 2, 3], *more))))}
    assert found["stts"] == "1 runs: 6×100"
    assert found["ctts"] == "2 runs: 1×5, 1×-5"
    assert found["stsz"] == "6 samples: 7, 8, 9, 1 …"
    assert found["stsc"] == "1 runs: from 1: 6 of 1"
    assert found["stss"] == "1 entries: 1"
    assert found["sbgp"] == "'roll': 1 runs"


def test_what_fragments_say() -> None:
    found = {
        node.kind: node.summary
        for node in tree(film(Track(), mvex(1), after=[moof(traf(1, trun(3), time=77), sequence=4)]))
    }
    assert found["trex"] == "track 1: description 1, duration 100, size 10, flags 0x00000000"
    assert (found["mfhd"], found["tfdt"]) == ("number 4", "77 ticks")
    assert found["tfhd"].startswith("track 1")
    assert found["trun"].startswith("3 samples")


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (full_box("stsz", 0, 0, u32(4, 1000)), "1000 samples of 4 bytes each"),
        (full_box("stz2", 0, 0, u32(8, 3), bytes(3)), "3 samples, sizes of 8 bits"),
        (full_box("co64", 0, 0, u32(1), u64(1 << 40)), f"1 entries: {1 << 40}"),
        (full_box("elng", 0, 0, cstring("de-CH")), "'de-CH'"),
        (full_box("mehd", 0, 0, u32(9)), "9 ticks"),
        (full_box("cslg", 0, 0, u32(1, 2, 3, 4, 5)), "shift 1, least 2, greatest 3, start 4, end 5"),
        (full_box("sgpd", 1, 0, fourcc("roll"), u32(2, 1)), "'roll': 1 descriptions"),
        (Box("colr", fourcc("nclx"), u16(1, 1, 1), u8(0x80)), "nclx 1-1-1 full"),
        (Box("colr", fourcc("nclc"), u16(9, 16, 9)), "nclc 9-16-9"),
        (Box("colr", fourcc("prof"), bytes(9)), "prof"),
        (Box("data", u32(1, 0), b"words"), "'words'"),
        (Box("data", u32(13, 0), bytes(9)), "type 13, 9 bytes"),
        (full_box("schm", 0, 0, fourcc("cbcs"), u32(1 << 16)), "cbcs"),
        (
            full_box("stts", 0, 0, b"\0"),
            "damaged: the box 'stts' ends too early: 4 more bytes are needed, 1 are there.",
        ),
        (Box("what", bytes(9)), ""),
    ],
)
def test_what_single_boxes_say(box: Box, expected: str) -> None:
    assert summaries(box)[box.kind] == expected


def test_references_of_tracks_by_their_place() -> None:
    assert summaries(Box("tref", Box("cdsc", u32(1, 2))))["cdsc"] == "tracks 1, 2"


def test_metadata_of_both_dialects() -> None:
    item = Box("ilst", Box("©nam", Box("data", u32(1, 0), b"x")))
    handler = full_box("hdlr", 0, 0, bytes(4), fourcc("mdir"), bytes(13))
    for meta in (Box("meta", handler, item), full_box("meta", 0, 0, handler, item)):
        assert summaries(meta)["data"] == "'x'"


def test_a_box_cut_off_is_said_to_be() -> None:
    nodes = tree(film(Track(), payload=bytes(100))[:80])
    assert (nodes[1].kind, nodes[1].summary) == ("mdat", "(cut off)")


def test_damage_is_told_in_the_tree() -> None:
    nodes = tree(Box("moov", u32(3), b"trak", bytes(20)).render())
    assert [node.kind for node in nodes] == ["moov", "!"]
    assert "less than its own header" in nodes[1].summary


def test_boxes_in_boxes_without_end() -> None:
    data = b""
    for _ in range(5000):
        data = Box("moov", data).render()
    assert max(node.depth for node in tree(data)) <= 32


def test_random_damage_never_does_more_than_show() -> None:
    random_ = random.Random(3)
    whole = film(Track(tables([1, 2, 3]), children=[elst((180, 0))]), mvex(1), after=[moof(traf(1, trun(2)))])
    for _ in range(500):
        data = bytearray(whole)
        for _ in range(4):
            data[random_.randrange(len(data))] = random_.randrange(256)
        assert all(isinstance(node.summary, str) for node in tree(bytes(data)))
