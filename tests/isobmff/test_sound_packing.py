"""Sizes of frames and packets as sound descriptions of all versions tell them."""

from __future__ import annotations

import pytest
from tests.isobmff.movies import sound_entry

from reelwright.isobmff.box import Box, full_box, u8, u16, u32
from reelwright.isobmff.parse import Parser
from reelwright.isobmff.sample_entry import sample_entry
from reelwright.isobmff.sound_packing import SoundPacking, sound_packing
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import FileType, MediaType


def packing_of(entry: Box) -> SoundPacking | None:
    return sound_packing(entry.kind, Parser(entry.render()[8:], "an entry"))


@pytest.mark.parametrize(
    ("kind", "channels", "bits", "size"),
    [
        ("sowt", 2, 16, 4),
        ("twos", 1, 8, 1),
        ("raw ", 2, 8, 2),
        ("in24", 6, 16, 18),
        ("in32", 1, 16, 4),
        ("fl32", 2, 16, 8),
        ("fl64", 2, 16, 16),
        ("ulaw", 2, 16, 2),
        ("alaw", 1, 16, 1),
    ],
)
def test_plain_sound_of_version_0(kind: str, channels: int, bits: int, size: int) -> None:
    assert packing_of(sound_entry(kind, channels, bits)) == SoundPacking(1, size, True)


@pytest.mark.parametrize(("kind", "frames", "size"), [("ima4", 64, 68), ("MAC3", 6, 4), ("MAC6", 6, 2)])
def test_old_compressed_sound_of_version_0(kind: str, frames: int, size: int) -> None:
    assert packing_of(sound_entry(kind, 2)) == SoundPacking(frames, size, False)


@pytest.mark.parametrize("kind", ["mp4a", "Opus", "fLaC", "ac-3"])
def test_packets_of_their_own(kind: str) -> None:
    assert packing_of(sound_entry(kind)) is None


def version_1(kind: str, compression: int, fields: bytes) -> Box:
    fixed = u16(1, 0) + u32(0) + u16(2, 16, compression & 0xFFFF, 0) + u32(48000 << 16)
    return Box(kind, bytes(6), u16(1), fixed, fields)


def test_version_1_says_it() -> None:
    assert packing_of(version_1("ms\0\2", -1, u32(1017, 512, 1024, 2))) == SoundPacking(1017, 1024, False)
    assert packing_of(version_1("mp4a", -2, u32(1024, 0, 0, 2))) is None


@pytest.mark.parametrize("file_type", [FileType.MOV, FileType.MP4])
@pytest.mark.parametrize("layout", [PcmLayout(16), PcmLayout(24), PcmLayout(32), PcmLayout(32, is_float=True)])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_what_our_writer_writes(file_type: FileType, layout: PcmLayout, channels: int) -> None:
    format_ = FormatDescription(
        media_type=MediaType.AUDIO, media_subtype="lpcm", sample_rate=48000, channels=channels, pcm=layout
    )
    found = packing_of(sample_entry(format_, file_type))
    assert found == SoundPacking(1, format_.bytes_per_frame, True)


def test_mpegs_own_pcm_without_its_configuration() -> None:
    assert packing_of(sound_entry("ipcm")) is None
    assert packing_of(sound_entry("ipcm", 2, 16, full_box("pcmC", 0, 0, u8(1, 24)))) == SoundPacking(1, 6, True)


def test_an_entry_that_ends_too_early() -> None:
    with pytest.raises(InvalidMediaError, match="ends too early"):
        sound_packing("sowt", Parser(bytes(20), "an entry"))


def test_frames_become_bytes() -> None:
    assert SoundPacking(64, 34, False).size_of(640) == 340
