"""Damage with a sense for structure: boxes resized, moved, doubled, retyped; counts and lengths made absurd.

A mutation takes bytes and a random generator and gives bytes; the same seed gives the same damage on every machine.
Nothing of the library is used here: what is broken by its own parser would be judged by its own parser.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Place", "damaged_content", "damaged_payload", "mutated", "places", "untouched"]

# Boxes that hold boxes, with the bytes that come before the first child.
_PLAIN_PARENTS = (
    "moov trak mdia minf stbl dinf edts udta mvex moof traf mfra tref gmhd wave sinf schi tapt vexu eyes proj pack "
    "cams cmfy ilst cmov vttc"
)
_PARENTS = {**dict.fromkeys(_PLAIN_PARENTS.split(), 0), "meta": 4, "stsd": 8, "dref": 8, "iref": 4, "keys": 8}
_PICTURES = "avc1 avc3 hvc1 hev1 dvh1 av01 vp09 vvc1 apch ap4h encv mp4v jpeg raw"
_SOUNDS = "mp4a enca alac Opus fLaC ac-3 ec-3 ipcm fpcm sowt twos in24"
_ENTRIES = {
    **{kind.ljust(4): 78 for kind in _PICTURES.split()},
    **{kind.ljust(4): 28 for kind in _SOUNDS.split()},
    "mebx": 8,
    "wvtt": 8,
    "tx3g": 38,
    "stpp": 8,
    "tmcd": 26,
    "c608": 8,
}
_NUMBERS = (0, 1, 2, 7, 8, 15, 16, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Place:
    """A box within the file: type, first byte, length of its header, byte behind its last."""

    kind: bytes
    start: int
    header: int
    end: int


def places(data: bytes, start: int = 0, end: int | None = None, depth: int = 0) -> list[Place]:
    """All boxes of a file that look like boxes, parents before their children."""
    found: list[Place] = []
    stop = len(data) if end is None else end
    position = start
    while stop - position >= 8 and len(found) < 5000:
        size, header = int.from_bytes(data[position : position + 4], "big"), 8
        if size == 1 and stop - position >= 16:
            size, header = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        if size == 0:
            size = stop - position
        if size < header or position + size > stop:
            break
        place = Place(data[position + 4 : position + 8], position, header, position + size)
        found.append(place)
        kind = place.kind.decode("latin-1")
        inner = _PARENTS.get(kind, _ENTRIES.get(kind))
        if inner is not None and depth < _DEEPEST:
            found += places(data, position + header + inner, position + size, depth + 1)
        position += size
    return found


Mutation = Callable[[bytearray, random.Random], None]


def _a_place(data: bytearray, chance: random.Random) -> Place | None:
    """A box, small ones as likely as large ones: most of what can go wrong is in small boxes."""
    found = [place for place in places(bytes(data)) if place.kind != b"mdat"]
    return chance.choice(found) if found else None


def _number(chance: random.Random, width: int) -> bytes:
    value = chance.choice(_NUMBERS) if chance.random() < 0.7 else chance.getrandbits(8 * width)
    return (value & ((1 << 8 * width) - 1)).to_bytes(width, "big")


def _flip_bytes(data: bytearray, chance: random.Random) -> None:
    place = _a_place(data, chance)
    start, end = (place.start, place.end) if place else (0, len(data))
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        if end > start:
            data[chance.randrange(start, end)] = chance.getrandbits(8)


def _resize(data: bytearray, chance: random.Random) -> None:
    place = _a_place(data, chance)
    if place is None:
        return
    size = place.end - place.start
    choices = (0, 1, 7, 8, size - 1, size + 1, size // 2, size * 2, len(data), 0xFFFFFFFF, chance.getrandbits(32))
    data[place.start : place.start + 4] = (max(chance.choice(choices), 0) & 0xFFFFFFFF).to_bytes(4, "big")


def _retype(data: bytearray, chance: random.Random) -> None:
    place, other = _a_place(data, chance), _a_place(data, chance)
    if place is not None and other is not None:
        data[place.start + 4 : place.start + 8] = other.kind


def _remove(data: bytearray, chance: random.Random) -> None:
    place = _a_place(data, chance)
    if place is not None:
        _replace(data, place.start, place.end, b"")


def _double(data: bytearray, chance: random.Random) -> None:
    place = _a_place(data, chance)
    if place is not None and place.end - place.start < 1 << 16:
        content = bytes(data[place.start : place.end])
        _replace(data, place.end, place.end, content * chance.choice((1, 1, 3, 50)))


def _transplant(data: bytearray, chance: random.Random) -> None:
    """A box of the file put behind another one, at another depth as a rule."""
    place, other = _a_place(data, chance), _a_place(data, chance)
    if place is not None and other is not None and place.end - place.start < 1 << 16:
        _replace(data, other.end, other.end, bytes(data[place.start : place.end]))


def _replace(data: bytearray, start: int, end: int, content: bytes) -> None:
    """Exchange bytes, and make the boxes around them as long as they then are."""
    for place in places(bytes(data)):
        if place.start < start and place.end >= end and place.header == 8 and place.end - place.start < 1 << 31:
            size = place.end - place.start + len(content) - (end - start)
            data[place.start : place.start + 4] = max(size, 0).to_bytes(4, "big")
    data[start:end] = content


def _absurd_number(data: bytearray, chance: random.Random) -> None:
    """A field of a box's content made a number that breaks sums: counts, lengths, offsets, time scales."""
    place = _a_place(data, chance)
    if place is None or place.end - place.start - place.header < 4:
        return
    width = chance.choice((1, 2, 4, 4, 4, 8))
    first = place.start + place.header
    room = place.end - first - width
    if room >= 0:
        # The first fields are where counts and versions stand.
        at = first + (chance.choice((0, 4, 8, 12)) if chance.random() < 0.6 else chance.randrange(room + 1))
        if at + width <= place.end:
            data[at : at + width] = _number(chance, width)


def _cut_short(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _cut_box_short(data: bytearray, chance: random.Random) -> None:
    place = _a_place(data, chance)
    if place is not None and place.end - place.start > place.header:
        _replace(data, chance.randrange(place.start + place.header, place.end), place.end, b"")


def _fill(data: bytearray, chance: random.Random) -> None:
    place = _a_place(data, chance)
    if place is not None:
        value = chance.choice((0, 0xFF, chance.getrandbits(8)))
        size = place.end - place.start - place.header
        data[place.start + place.header : place.end] = bytes([value]) * size


def _nest(data: bytearray, chance: random.Random) -> None:
    """A box wrapped in many of its kind."""
    place = _a_place(data, chance)
    if place is None or place.end - place.start > 4096:
        return
    content = bytes(data[place.start : place.end])
    for _ in range(chance.choice((1, 10, 200))):
        content = (len(content) + 8).to_bytes(4, "big") + place.kind + content
    _replace(data, place.start, place.end, content)


def _damage_samples(data: bytearray, chance: random.Random) -> None:
    """Bytes of the samples themselves: those of text, captions and timed metadata are read here too."""
    found = [place for place in places(bytes(data)) if place.kind == b"mdat" and place.end > place.start + place.header]
    if not found:
        return
    place = chance.choice(found)
    for _ in range(chance.choice((1, 4, 16, 64))):
        at = chance.randrange(place.start + place.header, place.end)
        if chance.random() < 0.5:
            data[at] = chance.getrandbits(8)
        else:
            width = min(chance.choice((1, 2, 4)), place.end - at)
            data[at : at + width] = _number(chance, width)


# -- damage without a sense for boxes ----------------------------------------------------------------------------------


def _scatter(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        data[chance.randrange(len(data))] = chance.getrandbits(8)


def _number_anywhere(data: bytearray, chance: random.Random) -> None:
    width = chance.choice((1, 2, 2, 4, 4, 4, 8))
    # Counts, versions and lengths stand at the beginning as a rule.
    at = chance.choice((0, 4, 8, 12)) if chance.random() < 0.4 else chance.randrange(len(data))
    if at + width <= len(data):
        data[at : at + width] = _number(chance, width)


def _bit(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _piece_away(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.choice((1, 2, 4, 8, 32))]


def _piece_added(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data) + 1)
    data[at:at] = chance.choice((bytes(4), b"\xff" * 4, chance.randbytes(16), bytes(data[:64])))


def _piece_again(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    piece = bytes(data[start : start + chance.choice((4, 8, 12, 100))])
    data[start:start] = piece * chance.choice((1, 2, 50, 500))


def _all_alike(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    data[start:] = bytes([chance.choice((0, 0xFF, 0x41))]) * (len(data) - start)


_BLIND: Sequence[tuple[Mutation, int]] = (
    (_scatter, 5),
    (_number_anywhere, 8),
    (_bit, 4),
    (_cut_short, 3),
    (_piece_away, 2),
    (_piece_added, 2),
    (_piece_again, 2),
    (_all_alike, 1),
)


_MUTATIONS: Sequence[tuple[Mutation, int]] = (
    (_absurd_number, 8),
    (_flip_bytes, 5),
    (_resize, 4),
    (_cut_box_short, 3),
    (_retype, 2),
    (_remove, 2),
    (_double, 2),
    (_transplant, 2),
    (_fill, 1),
    (_nest, 1),
    (_cut_short, 1),
    (_damage_samples, 2),
)


def untouched(data: bytes, seed: int) -> bytes:
    """The file as it is: what was made to do harm needs no damage."""
    return data


def mutated(data: bytes, seed: int) -> bytes:
    """The file with one to four kinds of damage, the same for the same seed."""
    return _worked_over(data, random.Random(seed), _MUTATIONS)


def damaged_content(data: bytes, seed: int) -> bytes:
    """The content of one box damaged: as bytes without a sense, or with a sense for the boxes in it."""
    chance = random.Random(seed)
    if chance.random() < 0.1:
        return chance.randbytes(chance.choice((0, 1, 3, 8, 40, 400)))
    if chance.random() < 0.4 and places(data):
        return _worked_over(data, chance, _MUTATIONS)
    return _worked_over(data, chance, _BLIND)


def damaged_payload(data: bytes, seed: int) -> bytes:
    """The file with its samples damaged, and nothing else."""
    return _worked_over(data, random.Random(seed), ((_damage_samples, 1),))


def _worked_over(data: bytes, chance: random.Random, mutations: Sequence[tuple[Mutation, int]]) -> bytes:
    result = bytearray(data)
    ways, weights = zip(*mutations, strict=True)
    for way in chance.choices(ways, weights, k=chance.choice((1, 1, 1, 2, 2, 4))):
        if not result:
            break
        way(result, chance)
    return bytes(result)
