"""Movies that no chance would make: a few bytes that promise, or multiply, more than any reader could afford.

Each is small and names what it attacks; all must be read, or refused, within the limits that hold for damaged files.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

from reelwright.isobmff.box import Box, cstring, full_box, i16, u8, u16, u32, u64
from tests.isobmff.entry_cases import HEAD, picture_fields, sound_fields
from tests.isobmff.metadata_cases import data, handler, numbered, record
from tests.isobmff.movies import (
    FTYP,
    MEDIA,
    Track,
    ctts,
    elst,
    film,
    moof,
    moov,
    mvex,
    sound_entry,
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
from tests.torture.films import handmade

__all__ = ["PREFIX", "hostile", "write_hostile"]

PREFIX = "hostile-"
_HUGE = (1 << 32) - 1
_MANY = 1 << 31


def hostile() -> dict[str, bytes]:
    """The movies, by what is wrong with them."""
    return {function.__name__.strip("_").replace("_", "-"): function() for function in _ALL}


def write_hostile(folder: Path) -> None:
    """A file each, and one that is harmless."""
    for name, content in hostile().items():
        (folder / f"{PREFIX}{name}.mov").write_bytes(content)
    for name, content in handmade().items():
        (folder / name).write_bytes(content)


# -- counts that nothing vouches for -----------------------------------------------------------------------------------


def _runs_without_tables() -> bytes:
    fragment = moof(traf(1, *(trun(1 << 16) for _ in range(1500)), time=0))
    return film(Track(), mvex(1, size=1), after=[fragment])


def _runs_of_nothing() -> bytes:
    fragment = moof(traf(1, *(trun(_HUGE) for _ in range(1500)), time=0))
    return film(Track(), mvex(1, size=0), after=[fragment])


def _runs_of_frames() -> bytes:
    fragment = moof(traf(1, *(trun(1 << 16) for _ in range(1500)), time=0))
    track = Track((), 1, "soun", entries=[sound_entry("raw ", 1, 8)], scale=1)
    return film(track, mvex(1, size=1, duration=1), after=[fragment])


def _chunks_of_frames() -> bytes:
    chunks = stco(*[MEDIA] * 200)
    table = (stts((_MANY, 1)), stsz_fixed(1, _MANY), stsc((1, 1 << 20, 1)), chunks)
    return film(Track(table, 1, "soun", entries=[sound_entry("raw ", 1, 8)], scale=1, duration=100))


def _samples_elsewhere() -> bytes:
    table = (stts((_MANY, 1)), stsz_fixed(1, _MANY), stsc((1, _MANY, 1)), stco(MEDIA))
    return film(Track(table, references=[full_box("url ", 0, 0, cstring("file:///no/such.mov"))], duration=100))


def _long_durations() -> bytes:
    table = (stts((1000, _MANY - 1)), stsz([1] * 1000), stsc((1, 1000, 1)), stco(MEDIA))
    return film(Track(table, scale=1, duration=_HUGE), payload=bytes(1000))


def _fast_clock() -> bytes:
    return film(Track(tables([1] * 100), scale=_HUGE, duration=5), payload=bytes(1000))


def _far_future() -> bytes:
    header = full_box("mvhd", 1, 0, u64((1 << 40) - 1, (1 << 40) - 1), u32(600), u64(100), bytes(80))
    return FTYP.render() + Box("moov", header, Track(tables([1] * 10)).box()).render()


# -- compression -------------------------------------------------------------------------------------------------------


def _packed(header: bytes) -> bytes:
    inside = Box("cmvd", u32(len(header)), zlib.compress(header, 9))
    return FTYP.render() + Box("moov", Box("cmov", Box("dcom", b"zlib"), inside)).render()


def _deflated_bomb() -> bytes:
    size = 200 << 20
    packer = zlib.compressobj(9)
    start = moov(Track(tables([10] * 5))).render() + u32(size + 8) + b"free"
    packed = packer.compress(start) + b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    inside = Box("cmvd", u32(len(start) + size), packed)
    return FTYP.render() + Box("moov", Box("cmov", Box("dcom", b"zlib"), inside)).render()


def _deflated_stump() -> bytes:
    return _packed(u32(1) + b"moov" + bytes(4))


# -- what multiplies ---------------------------------------------------------------------------------------------------


def _choices() -> bytes:
    """Three groups of a hundred alternatives: a million selections."""
    tracks = [_alternative(number, number % 3) for number in range(1, 301)]
    return film(*tracks)


def _alternative(number: int, kind: int) -> Box:
    track = Track(tables([1]), number, ("vide", "soun", "text")[kind])
    whole = bytearray(track.box().render())
    place = whole.index(b"tkhd") + 4 + 4 + 20 + 8 + 2  # times, number and duration; nothing; the layer
    whole[place : place + 2] = u16(kind + 1)
    return Box("trak", bytes(whole[8:]))


def _references() -> bytes:
    """Everything refers to everything."""
    others = u32(*range(1, 100))
    links = Box("tref", *(Box(kind, others) for kind in ("chap", "folw", "forc", "cdsc")))
    return film(*(Track(tables([1]), number, children=[links]) for number in range(1, 100)))


def _edits() -> bytes:
    return film(Track(tables([1] * 1000), children=[elst(*[(1, 0)] * 5000)]), payload=bytes(1000))


def _empty_edits() -> bytes:
    return film(Track(tables([1] * 1000), children=[elst(*[(1, -1), (1, 0)] * 2500)]), payload=bytes(1000))


def _crowds_of_captions() -> bytes:
    """Twenty samples of a hundred cues each, all shown at once."""
    sample = b"".join(Box("vttc", Box("payl", str(number).encode())).render() for number in range(100))
    count, long = 20, 1_000_000
    shifts = ctts(*[(1, number - number * long) for number in range(count)], version=1)
    table = (stts((count, long)), shifts, stsz([len(sample)] * count), stsc((1, count, 1)), stco(MEDIA))
    entry = boxes.caption_entries()["wvtt"]
    return film(Track(table, 1, "text", entries=[entry], duration=count * long), payload=sample * count)


def _sample_groups() -> bytes:
    members = [full_box("sbgp", 0, 0, b"roll", u32(1), u32(1, 1)) for _ in range(1000)]
    groups = [full_box("sgpd", 1, 0, b"roll", u32(2, 1), i16(-1)) for _ in range(1000)]
    return film(Track(tables([1] * 10, *members, *groups)))


def _entity_bomb() -> bytes:
    entities = "".join(f'<!ENTITY a{number} "{f"&a{number - 1};" * 10}">' for number in range(1, 10))
    body = '<body><div><p begin="0s" end="1s">&a9;</p></div></body>'
    text = f'<!DOCTYPE tt [<!ENTITY a0 "ha">{entities}]><tt xmlns="http://www.w3.org/ns/ttml">{body}</tt>'.encode()
    return film(Track(tables([len(text)]), 1, "subt", entries=[boxes.caption_entries()["stpp"]]), payload=text)


# -- depth -------------------------------------------------------------------------------------------------------------


def _nested(kind: str, times: int, head: bytes = b"") -> bytes:
    content = b""
    for _ in range(times):
        content = u32(len(content) + len(head) + 8) + kind.encode() + head + content
    return content


def _deep_movies() -> bytes:
    return FTYP.render() + _nested("moov", 10_000)


def _deep_user_data() -> bytes:
    return film(Track(tables([1]), children=[Box("udta", _nested("udta", 10_000))]))


def _deep_metadata() -> bytes:
    return film(Track(tables([1]), children=[Box("udta", _nested("meta", 10_000, bytes(4)))]))


def _deep_sound_wrappers() -> bytes:
    entry = Box("mp4a", sound_fields(), _nested("wave", 2000))
    return film(Track(tables([1]), handler="soun", entries=[entry]))


def _deep_protection() -> bytes:
    return film(Track(tables([1]), entries=[Box("encv", picture_fields(), _nested("sinf", 2000))]))


# -- crowds ------------------------------------------------------------------------------------------------------------


def _fragments() -> bytes:
    return film(Track(), mvex(1), after=[moof(traf(1, trun(1), time=number)) for number in range(1500)])


def _empty_boxes() -> bytes:
    return film(Track(tables([1])), after=[Box("free")] * 10_000)


def _descriptions() -> bytes:
    return film(Track(tables([1]), entries=[boxes.picture_entries()[8]] * 300))


def _keys() -> bytes:
    names = range(1, 4000)
    table = Box("keys", *(numbered(number, Box("keyd", b"mdtaabc")) for number in names))
    sample = b"".join(numbered(number, b"abcd").render() for number in names)
    return film(Track(tables([len(sample)]), 1, "meta", entries=[Box("mebx", HEAD, table)]), payload=sample)


def _items() -> bytes:
    many = Box("ilst", *(Box("©nam", data(1, b"x")) for _ in range(3000)))
    texts = (full_box("titl", 0, 0, u16(0x15C7), cstring("abc")) for _ in range(3000))
    records = Box("©alb", *(record(b"a", 0) for _ in range(10_000)))
    return film(Track(tables([1])), Box("udta", full_box("meta", 0, 0, handler("mdir"), many), *texts, records))


def _styles() -> bytes:
    count = 5000
    styles = (u16(number, number + 1, 1) + u8(1, 12, 9, 9, 9, 255) for number in range(count))
    sample = u16(40_000) + b"\r\n" * 20_000 + Box("styl", u16(count), *styles).render()
    return film(Track(tables([len(sample)]), 1, "sbtl", entries=[boxes.caption_entries()["tx3g"]]), payload=sample)


def _tags_in_cues() -> bytes:
    sample = Box("vttc", Box("sttg", b"a:b " * 8000), Box("payl", b"<i>" * 10_000 + b"&" * 30_000)).render()
    return film(Track(tables([len(sample)]), 1, "text", entries=[boxes.caption_entries()["wvtt"]]), payload=sample)


_ALL: Iterable[Callable[[], bytes]] = (
    _runs_without_tables,
    _runs_of_nothing,
    _runs_of_frames,
    _chunks_of_frames,
    _samples_elsewhere,
    _long_durations,
    _fast_clock,
    _far_future,
    _deflated_bomb,
    _deflated_stump,
    _choices,
    _references,
    _edits,
    _empty_edits,
    _crowds_of_captions,
    _sample_groups,
    _entity_bomb,
    _deep_movies,
    _deep_user_data,
    _deep_metadata,
    _deep_sound_wrappers,
    _deep_protection,
    _fragments,
    _empty_boxes,
    _descriptions,
    _keys,
    _items,
    _styles,
    _tags_in_cues,
)
