"""Scrambled transport streams: known by their packets, whatever lies between these."""

from __future__ import annotations

import random

import pytest
from tests.containers.ffmpeg.made import made

from reelwright.containers.ffmpeg.isolated import IsolatedMedia
from reelwright.containers.ffmpeg.media import FFmpegMedia
from reelwright.containers.ffmpeg.scrambling import scrambled_pids
from reelwright.model.kinds import MediaType
from reelwright.storage.source import open_source

PICTURES, SOUND = 0x100, 0x101


def packet(pid: int, *, scrambled: int = 0, payload: bool = True) -> bytes:
    return bytes([0x47, pid >> 8, pid & 0xFF, scrambled << 6 | payload << 4]) + bytes(184)


def scrambled(data: bytes, *pids: int) -> bytes:
    """A stream with the payload of some PIDs made unreadable, from its tenth packet on."""
    changed = bytearray(data)
    for place in range(1880, len(data), 188):
        if (data[place + 1] & 0x1F) << 8 | data[place + 2] not in pids:
            continue
        changed[place + 3] |= 0x80
        start = 4 + (1 + data[place + 4] if data[place + 3] & 0x20 else 0)
        for at in range(place + start, place + 188):
            changed[at] ^= 0x5A
    return bytes(changed)


def pids_of(data: bytes) -> set[int]:
    return set(scrambled_pids(open_source(data)))


def test_packets_say_it_themselves() -> None:
    clear, locked = packet(0x1FFF), packet(0x123, scrambled=2)
    assert pids_of(clear * 9) == set()
    assert pids_of(clear * 9 + locked + clear + packet(0x44, scrambled=3)) == {0x123, 0x44}
    assert pids_of(clear * 9 + packet(0x123, scrambled=2, payload=False)) == set()


@pytest.mark.parametrize(("before", "behind"), [(0, 0), (4, 0), (0, 16)])
@pytest.mark.parametrize("lead", [0, 1, 100])
def test_packets_of_all_three_sizes(before: int, behind: int, lead: int) -> None:
    packets = [packet(0x20)] * 20 + [packet(0x21, scrambled=3)] * 20
    data = b"".join(bytes(before) + one + bytes(behind) for one in packets)
    assert pids_of(bytes(lead) + data) == {0x21}


def test_the_middle_and_the_end_are_looked_at_too() -> None:
    clear, many = packet(0x20), 9000
    for place in (0, many // 2, many - 1):
        packets = [clear] * many
        packets[place : place + 1] = [packet(0x21, scrambled=2)]
        assert pids_of(b"".join(packets)) == {0x21}


def test_what_is_no_transport_stream_has_none() -> None:
    assert pids_of(b"\0") == set()
    assert pids_of(bytes(1000)) == set()
    assert pids_of(random.Random(1).randbytes(100_000)) == set()


def test_clear_files_are_clear() -> None:
    tracks = FFmpegMedia(open_source(made("ts"))).facts.tracks
    assert [track.is_protected for track in tracks] == [False, False]
    assert not any("ProtectionScheme" in track.formats[0].extensions for track in tracks)


@pytest.mark.parametrize("kind", [FFmpegMedia, IsolatedMedia])
def test_a_scrambled_track_says_so_and_its_neighbour_stays_clear(kind: type[FFmpegMedia]) -> None:
    media = kind(open_source(scrambled(made("ts"), SOUND)))
    found = {track.media_type: track for track in media.facts.tracks}
    media.close()
    assert found[MediaType.AUDIO].is_protected
    assert found[MediaType.AUDIO].formats[0].extensions["ProtectionScheme"] == "mpegts"
    assert not found[MediaType.VIDEO].is_protected


def test_a_wholly_scrambled_file() -> None:
    tracks = FFmpegMedia(open_source(scrambled(made("ts"), PICTURES, SOUND))).facts.tracks
    assert [track.is_protected for track in tracks] == [True, True]
