"""Movie files made box by box for the tests of reading: right ones, odd ones, wrong ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from reelwright.isobmff.box import Box, Buffer, cstring, fourcc, full_box, i32, u8, u16, u32, u64
from reelwright.isobmff.headers import media_header, movie_header, track_header
from reelwright.storage.source import Source, open_source

FTYP = Box("ftyp", b"isom", u32(512), b"isommp42")
MEDIA = FTYP.size + 8  # where the payload of the file's ``mdat`` begins
MOVIE_SCALE = 600


def picture_entry(kind: str = "jpeg", reference: int = 1) -> Box:
    fixed = bytes(16) + u16(64, 48) + u32(72 << 16, 72 << 16, 0) + u16(1) + bytes(32) + u16(24, 0xFFFF)
    return Box(kind, bytes(6), u16(reference), fixed)


def sound_entry(kind: str = "sowt", channels: int = 2, bits: int = 16, *extra: Box, rate: int = 48000) -> Box:
    return Box(kind, bytes(6), u16(1), bytes(8), u16(channels, bits, 0, 0), u32(rate << 16), *extra)


def stts(*runs: tuple[int, int]) -> Box:
    return full_box("stts", 0, 0, u32(len(runs)), *(u32(*run) for run in runs))


def ctts(*runs: tuple[int, int], version: int = 0) -> Box:
    return full_box("ctts", version, 0, u32(len(runs)), *(u32(count) + i32(offset) for count, offset in runs))


def stsz(sizes: Sequence[int]) -> Box:
    return full_box("stsz", 0, 0, u32(0, len(sizes), *sizes))


def stsz_fixed(size: int, count: int) -> Box:
    return full_box("stsz", 0, 0, u32(size, count))


def stsc(*runs: tuple[int, int, int]) -> Box:
    return full_box("stsc", 0, 0, u32(len(runs)), *(u32(*run) for run in runs))


def stco(*offsets: int) -> Box:
    return full_box("stco", 0, 0, u32(len(offsets), *offsets))


def co64(*offsets: int) -> Box:
    return full_box("co64", 0, 0, u32(len(offsets)), u64(*offsets))


def marks(kind: str, *numbers: int) -> Box:
    return full_box(kind, 0, 0, u32(len(numbers), *numbers))


def elst(*edits: tuple[int, int]) -> Box:
    entries = [u32(duration) + i32(media_time) + u32(1 << 16) for duration, media_time in edits]
    return Box("edts", full_box("elst", 0, 0, u32(len(edits)), *entries))


def tables(sizes: Sequence[int], *more: Box, delta: int = 100, start: int = MEDIA) -> tuple[Box, ...]:
    """The tables of samples that lie in one chunk."""
    chunk = (stsc((1, len(sizes), 1)), stco(start)) if sizes else (stsc(), stco())
    return (stts((len(sizes), delta)) if sizes else stts(), stsz(sizes), *chunk, *more)


@dataclass
class Track:
    """A track to be written. ``tables``: children of ``stbl`` beside ``stsd``; ``children``: of ``trak``."""

    tables: Sequence[Box] = ()
    track_id: int = 1
    handler: str = "vide"
    scale: int = 1000
    entries: Sequence[Box] = field(default_factory=lambda: [picture_entry()])
    duration: int = 0
    children: Sequence[Box] = ()
    media_children: Sequence[Box] = ()
    references: Sequence[Box] = field(default_factory=lambda: [full_box("url ", 0, 1)])
    language: str = "und"

    def box(self) -> Box:
        handler = full_box("hdlr", 0, 0, bytes(4), fourcc(self.handler), bytes(12), cstring("a handler"))
        stsd = full_box("stsd", 0, 0, u32(len(self.entries)), *self.entries)
        dref = full_box("dref", 0, 0, u32(len(self.references)), *self.references)
        information = Box("minf", Box("dinf", dref), Box("stbl", stsd, *self.tables))
        header = media_header(created=0, time_scale=self.scale, duration=self.duration, language=self.language)
        media = Box("mdia", header, handler, *self.media_children, information)
        length = self.duration * MOVIE_SCALE // self.scale
        return Box("trak", self._header(length), *self.children, media)

    def _header(self, duration: int) -> Box:
        return track_header(
            track_id=self.track_id,
            created=0,
            duration=duration,
            enabled=True,
            alternate_group=0,
            volume=Fraction(1),
            transform=(1, 0, 0, 1, 0, 0),
            size=(64, 48),
        )


def moov(*tracks: Track | Box, duration: int = 0) -> Box:
    header = movie_header(created=0, time_scale=MOVIE_SCALE, duration=duration, next_track_id=99)
    return Box("moov", header, *(track.box() if isinstance(track, Track) else track for track in tracks))


def film(*tracks: Track | Box, payload: Buffer = b"", after: Sequence[Box] = (), duration: int = 0) -> bytes:
    """A whole file: ``ftyp``, media, header, and whatever comes behind."""
    boxes = (FTYP, Box("mdat", payload), moov(*tracks, duration=duration), *after)
    return b"".join(box.render() for box in boxes)


def source(*tracks: Track | Box, payload: Buffer = b"", after: Sequence[Box] = (), duration: int = 0) -> Source:
    return open_source(film(*tracks, payload=payload, after=after, duration=duration))


def mvex(*track_ids: int, duration: int = 100, size: int = 10, flags: int = 0) -> Box:
    return Box("mvex", *(full_box("trex", 0, 0, u32(number, 1, duration, size, flags)) for number in track_ids))


def moof(*trafs: Box, sequence: int = 1) -> Box:
    return Box("moof", full_box("mfhd", 0, 0, u32(sequence)), *trafs)


def traf(track_id: int, *boxes: Box, flags: int = 0x20000, fields: bytes = b"", time: int | None = None) -> Box:
    start = [] if time is None else [full_box("tfdt", 1, 0, u64(time))]
    return Box("traf", full_box("tfhd", 0, flags, u32(track_id), fields), *start, *boxes)


def trun(count: int, *fields: Buffer, flags: int = 0, version: int = 0) -> Box:
    return full_box("trun", version, flags, u32(count), *fields)


def sdtp(*values: int) -> Box:
    return full_box("sdtp", 0, 0, u8(*values))
