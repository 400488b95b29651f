"""A reader of boxes for tests, written apart from the writer: numbers come from the file's bytes and nowhere else."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

CONTAINERS = {"moov", "trak", "edts", "mdia", "minf", "dinf", "stbl", "tref", "tapt", "udta", "gmhd"}
CONTAINERS |= {"mvex", "moof", "traf"}


class Atom:
    """A box as it lies in the file: type, offset, header size, contents, and children where it is a container."""

    def __init__(self, kind: str, offset: int, header: int, body: bytes) -> None:
        self.kind = kind
        self.offset = offset
        self.header = header
        self.body = body
        self.children = list(atoms(body, offset + header)) if kind in CONTAINERS else []

    def all(self, *path: str) -> list[Atom]:
        found = [self]
        for kind in path:
            found = [child for atom in found for child in atom.children if child.kind == kind]
        return found

    def one(self, *path: str) -> Atom:
        (found,) = self.all(*path)
        return found

    @property
    def kinds(self) -> list[str]:
        return [child.kind for child in self.children]

    @property
    def version(self) -> int:
        return self.body[0]

    def numbers(self, form: str, start: int = 4) -> tuple[Any, ...]:
        return struct.unpack_from(">" + form, self.body, start)

    def table(self, form: str) -> list[tuple[Any, ...]]:
        """The rows of a table whose number stands behind version and flags, and nothing behind them."""
        (count,) = self.numbers("I")
        rows = list(struct.iter_unpack(">" + form, self.body[8:]))
        assert len(rows) == count
        return rows


def atoms(data: bytes, base: int = 0) -> Iterator[Atom]:
    offset = 0
    while offset < len(data):
        size, code = struct.unpack_from(">I4s", data, offset)
        header = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, offset + 8)
            header = 16
        assert header <= size <= len(data) - offset, (code, size)
        yield Atom(code.decode("mac_roman"), base + offset, header, bytes(data[offset + header : offset + size]))
        offset += size


def movie(data: bytes) -> Atom:
    (found,) = [atom for atom in atoms(data) if atom.kind == "moov"]
    return found


def expanded(rows: list[tuple[int, int]]) -> list[int]:
    return [value for count, value in rows for _ in range(count)]


def samples(track: Atom, data: bytes) -> list[dict[str, Any]]:
    """Every sample of a ``trak``: data, dts and cts in media ticks, duration, sync, description."""
    stbl = track.one("mdia", "minf", "stbl")
    durations = expanded(stbl.one("stts").table("II"))
    size, count = stbl.one("stsz").numbers("II")
    sizes = [size] * count if size else list(struct.unpack(f">{count}I", stbl.one("stsz").body[12:]))
    assert len(durations) == count
    offsets = expanded(stbl.one("ctts").table("II")) if stbl.all("ctts") else [0] * count
    sync = {row[0] for row in stbl.one("stss").table("I")} if stbl.all("stss") else set(range(1, count + 1))
    result: list[dict[str, Any]] = []
    dts = 0
    for number, (place, description) in enumerate(_places(stbl, sizes)):
        result.append(
            {
                "data": data[place : place + sizes[number]],
                "dts": dts,
                "cts": dts + offsets[number],
                "duration": durations[number],
                "sync": number + 1 in sync,
                "description": description,
            }
        )
        dts += durations[number]
    assert len(result) == count
    return result


def chunk_places(stbl: Atom) -> list[int]:
    wide = stbl.all("co64")
    table = wide[0].table("Q") if wide else stbl.one("stco").table("I")
    return [row[0] for row in table]


def _places(stbl: Atom, sizes: list[int]) -> Iterator[tuple[int, int]]:
    chunks = chunk_places(stbl)
    runs = stbl.one("stsc").table("III")
    number = 0
    for index, place in enumerate(chunks, 1):
        _, length, description = [run for run in runs if run[0] <= index][-1]
        for _ in range(length):
            yield place, description
            place += sizes[number]
            number += 1


def edits(track: Atom) -> list[tuple[int, int]]:
    """``(duration in movie ticks, media time or -1)`` of every edit."""
    if not track.all("edts"):
        return []
    elst = track.one("edts", "elst")
    rows = elst.table("QqHH" if elst.version else "IiHH")
    assert all(row[2:] == (1, 0) for row in rows)
    return [(row[0], row[1]) for row in rows]
