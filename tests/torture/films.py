"""Whole movies made box by box: what neither our writer nor FFmpeg writes, but others do."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

from reelwright.isobmff.box import Box, cstring, f16_16, fourcc, full_box, i16, i32, i64, u8, u16, u32, u64
from reelwright.isobmff.parse import scan
from reelwright.storage.source import open_source
from tests.isobmff.movies import (
    FTYP,
    MEDIA,
    Track,
    co64,
    ctts,
    elst,
    film,
    marks,
    moof,
    moov,
    mvex,
    sdtp,
    stco,
    stsc,
    stsz,
    stsz_fixed,
    stts,
    tables,
    traf,
    trun,
)
from tests.torture import boxes

__all__ = ["handmade"]


def handmade() -> dict[str, bytes]:
    """The movies by the names of their files."""
    return {
        "captions.mov": _captions(),
        "compressed.mov": _compressed(),
        "entries.mov": _entries(),
        "fragments-by-hand.mp4": _fragments(),
        "metadata.mov": _metadata(),
        "pcm-fragments.mp4": _sound_fragments(),
        "protected.mp4": _protected(),
        "references.mov": _references(),
        "sounds.mov": _sounds(),
        "tables.mov": _tables(),
        "timed.mov": _timed(),
    }


def _edits_64(*edits: tuple[int, int, float]) -> Box:
    rows = [u64(duration) + i64(start) + f16_16(rate) for duration, start, rate in edits]
    return Box("edts", full_box("elst", 1, 0, u32(len(rows)), *rows))


def _tables() -> bytes:
    """Every table that a track of pictures can have, chapters in a track of titles, a time code, all references."""
    groups = (
        full_box("sgpd", 1, 0, b"roll", u32(2, 2), i16(-1, -3)),
        full_box("sbgp", 0, 0, b"roll", u32(2), u32(6, 1, 6, 2)),
        full_box("sgpd", 1, 0, b"rap ", u32(1, 1), u8(0)),
        full_box("sbgp", 1, 0, b"rap ", u32(0, 2), u32(5, 0, 1, 1)),
    )
    pictures = [
        stts((10, 100), (2, 50)),
        ctts((4, 200), (4, -100), (4, 0), version=1),
        full_box("cslg", 0, 0, i32(100, -100, 200, 0, 1100)),
        stsz(range(10, 22)),
        stsc((1, 2, 1), (3, 4, 2)),
        co64(MEDIA, MEDIA + 21, MEDIA + 46, MEDIA + 106),
        marks("stss", 1, 5, 9),
        marks("stps", 3, 7),
        sdtp(*range(0x20, 0x2C)),
        *groups,
    ]
    size = Box("tapt", *(full_box(kind, 0, 0, f16_16(64, 48)) for kind in ("clef", "prof", "enof")))
    edits = _edits_64((600, -1, 1), (300, 200, 1), (60, 500, 0), (120, 100, 0.5))
    links = Box("tref", Box("chap", u32(2)), Box("tmcd", u32(3)), Box("cdsc", u32(4)), Box("folw", u32(4)))
    entries = [*boxes.picture_entries()[:2]]
    titles = [u16(3) + b"One", u16(3) + b"Two"]
    start = MEDIA + sum(range(10, 22))
    compact = full_box("stz2", 0, 0, u32(8, 2), u8(5, 5))
    text = Track(
        (stts((2, 600)), compact, stsc((1, 2, 1)), stco(start)),
        2,
        "text",
        entries=[boxes.caption_entries()["text"]],
        duration=1200,
        language="deu",
    )
    clock = Track(tables([4], delta=1200, start=start + 10), 3, "tmcd", entries=[boxes.other_entries()[0]])
    nibbles = full_box("stz2", 0, 0, u32(4, 3), u8(0x34, 0x30))
    more = (stts((3, 1)), nibbles, stsc((1, 3, 1)), stco(MEDIA))
    video = Track(pictures, entries=entries, duration=1100, children=[size, edits, links])
    tall = Track((stts((2, 1)), full_box("stz2", 0, 0, u32(16, 2), u16(9, 8)), stsc((1, 1, 1)), stco(MEDIA, MEDIA)), 5)
    tongue = Track(more, 4, "subt", entries=[boxes.caption_entries()["tx3g"]], media_children=[_spoken("pt-BR")])
    payload = bytes(range(256)) * 1
    payload = payload[: sum(range(10, 22))].ljust(sum(range(10, 22)), b"\0") + b"".join(titles) + u32(108000)
    return film(video, text, clock, tongue, tall, Box("udta", boxes.chapters()), payload=payload, duration=1200)


def _spoken(tag: str) -> Box:
    return full_box("elng", 0, 0, cstring(tag))


def _chained(groups: Iterable[Sequence[bytes]]) -> tuple[bytes, list[int]]:
    """All samples one behind the other, and where each group begins in the file."""
    payload, starts = b"", []
    for group in groups:
        starts.append(MEDIA + len(payload))
        payload += b"".join(group)
    return payload, starts


def _captions() -> bytes:
    handlers = {"tx3g": "sbtl", "text": "text", "wvtt": "text", "stpp": "subt", "c608": "clcp", "c708": "clcp"}
    groups = {kind: samples * 3 for kind, samples in boxes.CAPTION_SAMPLES.items()}
    payload, starts = _chained(groups.values())
    tracks = [
        Track(
            tables([len(sample) for sample in groups[kind]], delta=500, start=start),
            number,
            handlers[kind],
            entries=[boxes.caption_entries()[kind]],
            duration=500 * len(groups[kind]),
            children=[Box("udta", full_box("kind", 0, 0, cstring("about:html-kind"), cstring("captions")))],
        )
        for number, (kind, start) in enumerate(zip(groups, starts, strict=True), 1)
    ]
    return film(*tracks, payload=payload)


def _timed() -> bytes:
    entries = boxes.other_entries()
    samples = [boxes.TIMED_SAMPLE, boxes.TIMED_SAMPLE, b""]
    payload, starts = _chained([samples, samples, [b"opaque"] * 4, [b"opaque"] * 4])
    sizes = [len(sample) for sample in samples]
    tracks = [
        Track(tables(sizes, start=starts[0]), 1, "meta", entries=[entries[1]], children=[elst((30, -1), (60, 0))]),
        Track(tables(sizes, start=starts[1]), 2, "meta", entries=[entries[1], entries[2]]),
        Track(tables([6] * 4, start=starts[2]), 3, "meta", entries=[entries[3]]),
        Track(tables([6] * 4, start=starts[3]), 4, "meta", entries=[entries[5]]),
        Track(tables([6] * 4, start=starts[3]), 5, "hint", entries=[entries[4]]),
    ]
    return film(*tracks, payload=payload)


def _metadata() -> bytes:
    own = [boxes.user_data(), boxes.metadata()[0]]
    track = Track(tables([3, 4]), children=own)
    sound = Track(tables([8] * 4), 2, "soun", entries=[boxes.sound_entries()[0]], scale=48000)
    return film(track, sound, *boxes.metadata(), boxes.user_data(), payload=bytes(40), duration=120)


def _entries() -> bytes:
    """Sample descriptions of every kind; each of them is used."""
    groups = {"vide": boxes.picture_entries(), "soun": boxes.sound_entries(), "meta": boxes.other_entries()}
    tracks = []
    for number, (handler, entries) in enumerate(groups.items(), 1):
        count = len(entries)
        table = (
            stts((count, 1024)),
            stsz([5] * count),
            stsc(*((chunk, 1, chunk) for chunk in range(1, count + 1))),
            stco(*(MEDIA + 5 * chunk for chunk in range(count))),
        )
        tracks.append(Track(table, number, handler, entries=entries, scale=48000, duration=count * 1024))
    return film(*tracks, payload=bytes(100))


def _protected() -> bytes:
    video, sound, old = boxes.protected_entries()
    auxiliary = (
        full_box("saiz", 0, 0, u8(8), u32(4)),
        full_box("saio", 0, 0, u32(1, MEDIA)),
        full_box("senc", 0, 0, u32(4), bytes(32)),
    )
    system = full_box("pssh", 0, 0, bytes(16), u32(4), b"data")
    tracks = (
        Track(tables([5] * 4, *auxiliary), 1, entries=[video]),
        Track(tables([5] * 4, delta=1024), 2, "soun", entries=[sound], scale=48000),
        Track(tables([5] * 4, delta=1024), 3, "soun", entries=[old, boxes.sound_entries()[0]], scale=48000),
    )
    return film(*tracks, system, payload=bytes(100))


def _references() -> bytes:
    alias = bytes(4) + u16(150, 2) + bytes(142) + u16(2, 4) + b"a:bc" + u16(18, 6) + b"/a/b.c" + u16(0xFFFF, 0)
    references = [
        full_box("url ", 0, 0, cstring("file:///nowhere/at/all.mov")),
        full_box("alis", 0, 0, alias),
        full_box("url ", 0, 1),
        full_box("urn ", 0, 0, cstring("urn:example:a"), cstring("http://example.invalid/a.mov")),
        full_box("rsrc", 0, 1),
    ]
    tracks = [
        Track(tables([5] * 3), number, references=references, entries=[_with_reference(number)])
        for number in range(1, 6)
    ]
    return film(*tracks, payload=bytes(100))


def _with_reference(number: int) -> Box:
    whole = boxes.picture_entries()[8].render()
    return Box("apch", whole[8:14], u16(number), whole[16:])


def _sounds() -> bytes:
    """Sound whose tables count frames, and sound in packets of one size."""
    entries = {entry.kind: entry for entry in boxes.sound_entries()}
    by_frame = (stts((3000, 1)), stsz_fixed(1, 3000), stsc((1, 1000, 1)), stco(MEDIA, MEDIA + 4000, MEDIA + 8000))
    packets = (stts((64 * 20, 1)), stsz_fixed(1, 64 * 20), stsc((1, 640, 1)), stco(MEDIA, MEDIA + 680))
    rows = (stts((10, 1024)), stsz_fixed(100, 10), stsc((1, 5, 1)), co64(MEDIA, MEDIA + 500))
    tracks = (
        Track(by_frame, 1, "soun", entries=[entries["sowt"]], scale=48000, duration=3000),
        Track(by_frame, 2, "soun", entries=[entries["lpcm"]], scale=96000, duration=3000),
        Track(by_frame, 3, "soun", entries=[entries["ipcm"]], scale=48000, duration=3000),
        Track(packets, 4, "soun", entries=[entries["ima4"]], scale=48000, duration=1280),
        Track(rows, 5, "soun", entries=[entries["alac"], entries["Opus"]], scale=48000, duration=10240),
    )
    return film(*tracks, payload=bytes(range(256)) * 50)


def _compressed() -> bytes:
    whole = moov(Track(tables([10] * 5), entries=boxes.picture_entries()[:1]), boxes.user_data()).render()
    packed = Box("cmov", Box("dcom", fourcc("zlib")), Box("cmvd", u32(len(whole)), zlib.compress(whole)))
    return FTYP.render() + Box("mdat", bytes(60)).render() + Box("moov", packed).render()


# -- fragments ---------------------------------------------------------------------------------------------------------


def _sidx(version: int, start: int, *segments: tuple[int, int]) -> Box:
    head = u64(start, 0) if version else u32(start, 0)
    rows = [u32(size, length, 1 << 31) for size, length in segments]
    return full_box("sidx", version, 0, u32(1, 1000), head, u16(0, len(rows)), *rows)


def _fragments() -> bytes:
    """Runs with and without every column, groups and dependencies in fragments, indexes in front and at the end."""
    full = trun(2, i32(8), *(u32(100, 10, 0x2000000, 5) for _ in range(2)), flags=0xF01, version=1)
    bare = trun(3, i32(100), u32(0x2000000), flags=0x5)
    groups = (
        full_box("sgpd", 1, 0, b"roll", u32(2, 1), i16(-2)),
        full_box("sbgp", 0, 0, b"roll", u32(1), u32(5, 1)),
        full_box("sbgp", 0, 0, b"rap ", u32(1), u32(2, 1)),
        sdtp(0x20, 0x10, 0x10, 0x14, 0x24),
    )
    based = traf(1, bare, flags=0x3B, fields=u64(MEDIA) + u32(1, 50, 12, 0x10000))
    pieces = [
        moof(traf(1, full, bare, *groups, time=0), traf(2, bare, time=0), sequence=1),
        Box("mdat", bytes(80)),
        full_box("emsg", 0, 0, cstring("urn:x"), cstring("1"), u32(1, 0, 0, 1)),
        moof(traf(1, full, time=500), traf(2, bare), traf(9, bare), sequence=2),
        Box("mdat", bytes(80)),
        moof(based, sequence=3),
    ]
    index = _sidx(1, 0, (sum(piece.size for piece in pieces[:3]), 500), (sum(piece.size for piece in pieces[3:]), 500))
    rows = [u64(time, MEDIA + 20) + b"\1\1\1" for time in (0, 500)]
    table = full_box("tfra", 1, 0, u32(1, 0, len(rows)), *rows)
    old = full_box("tfra", 0, 0, u32(2, 0x3F, 1), u32(0, 1, 1, 1, 1))
    size = 8 + table.size + old.size + 16
    end = Box("mfra", table, old, full_box("mfro", 0, 0, u32(size)))
    defaults = mvex(1, 2)
    hint = Box("mvex", full_box("mehd", 1, 0, u64(600)), *(part for part in defaults.parts))
    video = Track(entries=boxes.picture_entries()[:2], children=[elst((0, 100))])
    sound = Track((), 2, "soun", entries=boxes.sound_entries()[:1], scale=48000)
    return film(video, sound, hint, after=[_sidx(0, 0, (8, 1)), index, *pieces, end])


def _sound_fragments() -> bytes:
    """Linear PCM in fragments: runs of single frames, with a size for all and with a column of sizes."""
    entry = next(entry for entry in boxes.sound_entries() if entry.kind == "ipcm")
    alike = trun(500, i32(16), flags=0x1)
    listed = trun(3, *(u32(1, 6) for _ in range(3)), flags=0x300)
    pieces = [
        moof(traf(1, alike, time=0)),
        Box("mdat", bytes(3000)),
        moof(traf(1, alike, listed, time=500)),
        Box("mdat", bytes(3018)),
    ]
    track = Track((), 1, "soun", entries=[entry], scale=48000)
    return film(track, mvex(1, duration=1, size=6), after=pieces)


def checked(name: str, data: bytes) -> None:
    """A movie made by hand must be one: what is damaged already is not worth damaging."""
    assert [place.kind for place in scan(open_source(data))], name
