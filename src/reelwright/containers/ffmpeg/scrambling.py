"""Scrambled transport streams, which FFmpeg's demuxer hands on as if they were clear.

Each packet says for itself whether it is scrambled (ISO/IEC 13818-1, 2.4.3.3). A few stretches of the file are looked
at, for nobody scrambles a single packet; streams are known by their PID, which FFmpeg gives as their number.
"""

from __future__ import annotations

from collections.abc import Iterator

from reelwright.storage.source import Source

__all__ = ["scrambled_pids"]

_PACKET_SIZES = (188, 192, 204)  # plain, with a time stamp before, with error correction behind
_STRETCH = 1 << 18
_SYNC = 0x47
_IN_STEP = 5  # packets in a row that make a beginning


def scrambled_pids(source: Source) -> frozenset[int]:
    """The PIDs of packets with a scrambled payload, at the beginning, in the middle and at the end of a file.

    Raises:
        OSError, InvalidMediaError: the source cannot be read.
    """
    places = {0, max(0, source.size // 2 - _STRETCH // 2), max(0, source.size - _STRETCH)}
    return frozenset(pid for place in places for pid in _scrambled(source.read(place, _STRETCH)))


def _scrambled(data: bytes) -> Iterator[int]:
    start, size = _in_step(data)
    for place in range(start, len(data) - 3, size):
        if data[place] == _SYNC and data[place + 3] & 0xC0 and data[place + 3] & 0x10:
            yield (data[place + 1] & 0x1F) << 8 | data[place + 2]


def _in_step(data: bytes) -> tuple[int, int]:
    """Where the first packet begins, and bytes from packet to packet; the end of the data where there is none."""
    for start in range(max(_PACKET_SIZES)):
        for size in _PACKET_SIZES:
            beginnings = data[start : start + size * _IN_STEP : size]
            if len(beginnings) == _IN_STEP and not beginnings.strip(bytes([_SYNC])):
                return start, size
    return len(data), 1
