"""The dumps of Media3's extractors: what Android's player found in the same files, sample by sample.

A dump names each sample's time in microseconds, its flags, its length, and ``Arrays.hashCode`` of its bytes as Java
takes them: signed, ``h = 31 * h + b`` from 1, in 32 bits. Video with NAL units comes out of Media3 with start codes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

KEY = 1
_SAMPLE = re.compile(
    r"^  sample \d+:\n    time = (-?\d+)\n    flags = (\d+)\n    data = length (\d+), hash ([0-9A-F]+)", re.M
)
_TRACK = re.compile(r"^track (\d+):\n", re.M)


@dataclass(frozen=True)
class DumpSample:
    """One sample: microseconds, whether decoding can start there, bytes, and their hash."""

    time: int
    key: bool
    size: int
    hash: int


@dataclass(frozen=True)
class DumpTrack:
    """One track: its own ``id`` where the dump has one (else the number it stands under), its MIME type and samples."""

    track_id: int
    mime: str
    samples: list[DumpSample] = field(default_factory=list)


def parse_dump(path: Path) -> list[DumpTrack]:
    """The tracks of a dump, in its order."""
    _, *parts = _TRACK.split(path.read_text(encoding="utf-8"))
    tracks = []
    for place, body in zip(parts[::2], parts[1::2], strict=True):
        number = re.search(r"^    id = (?:\d+/)?(\d+)$", body, re.M)
        mime = re.search(r"^    sampleMimeType = (\S+)", body, re.M)
        told = re.search(r"^  sample count = (\d+)", body, re.M)
        samples = [
            DumpSample(int(time), bool(int(flags) & KEY), int(size), int(digits, 16))
            for time, flags, size, digits in _SAMPLE.findall(body)
        ]
        assert told is not None
        assert int(told[1]) == len(samples), f"{path.name}: the dump was not understood"
        tracks.append(DumpTrack(int(number[1] if number else place), mime[1] if mime else "", samples))
    return tracks


@cache
def _powers(length: int) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    powers = np.full(length, 31, np.uint32)
    powers[0] = 1
    return np.multiply.accumulate(powers, dtype=np.uint32)


def java_hash(data: bytes | memoryview) -> int:
    """``java.util.Arrays.hashCode(byte[])`` as an unsigned number of 32 bits."""
    count = len(data)
    powers = _powers(1 << max(4, count.bit_length()))
    values = np.frombuffer(data, np.int8).astype(np.int32).view(np.uint32)[::-1]
    return int((int(powers[count]) + int((values * powers[:count]).sum(dtype=np.uint32))) & 0xFFFFFFFF)


def nal_units(data: bytes | memoryview, length_size: int) -> list[bytes]:
    """The NAL units of a sample, without the lengths before them."""
    units, place = [], 0
    while place + length_size <= len(data):
        size = int.from_bytes(data[place : place + length_size], "big")
        units.append(bytes(data[place + length_size : place + length_size + size]))
        place += length_size + size
    return units


def with_start_codes(data: bytes | memoryview, length_size: int) -> bytes:
    """The same behind start codes of four bytes, which is what Media3 hands out."""
    return b"".join(b"\0\0\0\1" + unit for unit in nal_units(data, length_size))
