from __future__ import annotations

import pytest
from tests.isobmff.entry_cases import read_sound, sound_fields

from reelwright.isobmff.box import Box, full_box, i16, u8, u16, u24, u32
from reelwright.isobmff.esds import elementary_stream_descriptor
from reelwright.model.format import FormatDescription


def described(kind: str, *boxes: Box, fields: bytes = sound_fields(0, 16, 0)) -> FormatDescription:
    read = read_sound(kind, fields, *boxes, quicktime=False)
    assert read.problems == ()
    return read.format


@pytest.mark.parametrize(
    ("config", "rate", "channels", "layout", "frames"),
    [
        ("1190", 48000, 2, "stereo", 1024),
        ("1188", 48000, 1, "mono", 1024),
        ("11b0", 48000, 6, "5.1", 1024),
        ("11b8", 48000, 8, "7.1(wide)", 1024),
        ("2b920800", 44100, 2, "stereo", 2048),
        ("eb8a0800", 44100, 2, "stereo", 2048),
    ],
)
def test_aac(config: str, rate: int, channels: int, layout: str, frames: int) -> None:
    descriptor = Box("esds", elementary_stream_descriptor(bytes.fromhex(config)))
    found = described("mp4a", descriptor, fields=sound_fields(2, 16, 22050))
    assert found.codec_config == bytes.fromhex(config)
    assert (found.sample_rate, found.channels, found.frames_per_packet) == (rate, channels, frames)
    assert found.channel_layout == layout


def descriptor(kind: int, specific: bytes = b"", average: int = 0) -> Box:
    decoder = u8(kind, 0x15) + u24(0) + u32(256000, average) + (u8(5, len(specific)) + specific if specific else b"")
    return full_box("esds", 0, 0, u8(3, 5 + len(decoder)), u16(0), u8(0, 4, len(decoder)), decoder)


@pytest.mark.parametrize(
    ("kind", "rate", "frames"), [(0x6B, 44100, 1152), (0x69, 22050, 576), (0x6B, 0, 1152), (0xDD, 44100, 1024)]
)
def test_other_sound_of_mpeg4(kind: int, rate: int, frames: int) -> None:
    found = described("mp4a", descriptor(kind), fields=sound_fields(2, 16, rate))
    assert (found.media_subtype, found.extensions["ObjectTypeIndication"]) == ("mp4a", kind)
    assert (found.sample_rate, found.frames_per_packet, found.codec_config, found.bit_rate) == (
        rate,
        frames,
        b"",
        256000,
    )
    assert described("mp4a", descriptor(kind, average=96000)).bit_rate == 96000


def test_a_broken_audio_specific_config_leaves_the_entrys_facts() -> None:
    found = described("mp4a", descriptor(0x40, b"\x00\x00"), fields=sound_fields(2, 16, 32000))
    assert (found.sample_rate, found.channels, found.codec_config) == (32000, 2, b"\x00\x00")


@pytest.mark.parametrize(
    ("kind", "rate", "frames"), [(".mp3", 44100, 1152), (".mp3", 16000, 576), ("ms\0U", 48000, 1152)]
)
def test_mp3(kind: str, rate: int, frames: int) -> None:
    assert described(kind, fields=sound_fields(2, 16, rate)).frames_per_packet == frames


def alac(frames: int, depth: int, channels: int, rate: int, bit_rate: int = 0) -> bytes:
    return u32(frames) + u8(0, depth, 40, 10, 14, channels) + u16(255) + u32(0, bit_rate, rate)


@pytest.mark.parametrize("head", [b"", bytes(4)])
def test_alac(head: bytes) -> None:
    found = described("alac", Box("alac", head + alac(4096, 24, 6, 96000, 1_000_000)))
    assert (found.frames_per_packet, found.bits_per_component, found.bit_rate) == (4096, 24, 1_000_000)
    assert (found.sample_rate, found.channels, found.channel_layout) == (96000, 6, "5.1")
    assert found.codec_config == head + alac(4096, 24, 6, 96000, 1_000_000)


@pytest.mark.parametrize(
    ("channels", "family", "layout"),
    [(1, 0, "mono"), (2, 0, "stereo"), (4, 1, "quad"), (6, 1, "5.1"), (8, 1, "7.1"), (4, 2, None), (9, 1, None)],
)
def test_opus(channels: int, family: int, layout: str | None) -> None:
    record = u8(0, channels) + u16(3840) + u32(44100) + i16(-256) + u8(family)
    found = described("Opus", Box("dOps", record))
    assert (found.sample_rate, found.channels, found.channel_layout) == (48000, channels, layout)
    assert (found.priming, found.codec_config) == (3840, record)


def flac(least: int, most: int, rate: int, channels: int, depth: int) -> bytes:
    word = rate << 44 | channels - 1 << 41 | depth - 1 << 36 | 1000
    return bytes(4) + u8(0x80) + u24(34) + u16(least, most) + bytes(6) + word.to_bytes(8, "big") + bytes(16)


@pytest.mark.parametrize(
    ("case", "layout", "frames"),
    [
        ((4096, 4096, 44100, 2, 16), "stereo", 4096),
        ((16, 4608, 655350, 8, 32), "7.1", 0),
        ((576, 576, 8000, 1, 24), "mono", 576),
    ],
)
def test_flac(case: tuple[int, int, int, int, int], layout: str, frames: int) -> None:
    found = described("fLaC", Box("dfLa", flac(*case)))
    assert (found.sample_rate, found.channels, found.bits_per_component) == case[2:]
    assert (found.channel_layout, found.frames_per_packet) == (layout, frames)


def ac3(sampling: int, mode: int, low: bool, rate: int) -> bytes:
    return u24(sampling << 22 | 8 << 17 | mode << 11 | low << 10 | rate << 5)


@pytest.mark.parametrize(
    ("record", "rate", "channels", "layout", "bit_rate"),
    [
        (ac3(0, 7, True, 14), 48000, 6, "5.1(side)", 384000),
        (ac3(1, 2, False, 10), 44100, 2, "stereo", 192000),
        (ac3(2, 1, False, 0), 32000, 1, "mono", 32000),
        (ac3(0, 3, True, 18), 48000, 4, "3.1", 640000),
        (ac3(0, 5, False, 4), 48000, 4, "4.0", 64000),
        (ac3(0, 6, False, 4), 48000, 4, "quad(side)", 64000),
        (ac3(0, 0, False, 31), 48000, 2, "stereo", 0),
    ],
)
def test_ac3(record: bytes, rate: int, channels: int, layout: str, bit_rate: int) -> None:
    found = described("ac-3", Box("dac3", record), fields=sound_fields(2, 16, 48000))
    assert (found.sample_rate, found.channels, found.channel_layout) == (rate, channels, layout)
    assert (found.bit_rate, found.frames_per_packet, found.atoms["dac3"]) == (bit_rate, 1536, record)


def test_a_reserved_rate_of_ac3_leaves_the_entrys() -> None:
    assert described("ac-3", Box("dac3", ac3(3, 2, False, 1)), fields=sound_fields(2, 16, 24000)).sample_rate == 24000


def ec3(bit_rate: int, mode: int, low: bool, dependent: int | None = None) -> bytes:
    bits = f"{bit_rate << 3:016b}" + "00" + "10000" + "0" + "0" + "000" + f"{mode:03b}" + str(int(low)) + "000"
    bits += "0000" + "0" if dependent is None else "0001" + f"{dependent:09b}"
    bits = bits.ljust(-(-len(bits) // 8) * 8, "0")
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


@pytest.mark.parametrize(
    ("record", "channels", "layout"),
    [
        (ec3(640, 7, True), 6, "5.1(side)"),
        (ec3(192, 2, False), 2, "stereo"),
        (ec3(1024, 7, True, 0b10), 8, "7.1"),
        (ec3(1024, 7, True, 0b100), 7, "6.1"),
        (ec3(1024, 7, True, 0b100000000), 6, "5.1(side)"),
    ],
)
def test_enhanced_ac3(record: bytes, channels: int, layout: str) -> None:
    found = described("ec-3", Box("dec3", record), fields=sound_fields(2, 16, 48000))
    assert (found.channels, found.channel_layout, found.frames_per_packet) == (channels, layout, 1536)
    assert found.sample_rate == 48000
    assert found.bit_rate == int.from_bytes(record[:2], "big") // 8 * 1000


def test_mpeg_h() -> None:
    record = u8(1, 0x0D, 19, 0, 0)
    assert described("mhm1", Box("mhaC", record), fields=sound_fields(0, 16, 48000)).channels == 12


def test_a_header_from_wave() -> None:
    extra = (1012).to_bytes(2, "little") + b"coefficients"
    numbers = ((2, 2), (2, 2), (44100, 4), (44359, 4), (2048, 2), (4, 2), (len(extra), 2))
    header = b"".join(number.to_bytes(size, "little") for number, size in numbers) + extra
    found = described("ms\0\2", Box("wave", Box("frma", b"ms\0\2"), Box("ms\0\2", header)), fields=sound_fields())
    assert (found.codec_config, found.bit_rate, found.extensions["BytesPerPacket"]) == (extra, 44359 * 8, 2048)
    assert "wave" in found.atoms


def test_codecs_that_read_the_whole_wrapper() -> None:
    wrapper = Box("wave", Box("frma", b"QDM2"), Box("QDCA", b"configuration"))
    assert described("QDM2", wrapper).codec_config == wrapper.render()[8:]


@pytest.mark.parametrize(
    ("kind", "atom", "record"),
    [
        ("alac", "alac", bytes(4) + alac(4096, 16, 0, 48000)),
        ("alac", "alac", alac(4096, 16, 2, 48000)[:20]),
        ("Opus", "dOps", u8(0, 0) + bytes(9)),
        ("Opus", "dOps", u8(0, 2)),
        ("fLaC", "dfLa", bytes(4) + u8(4) + u24(34) + bytes(34)),
        ("fLaC", "dfLa", bytes(4) + u8(0) + u24(33) + bytes(33)),
        ("fLaC", "dfLa", flac(16, 16, 44100, 2, 16)[:20]),
        ("ac-3", "dac3", b"\x10"),
        ("ec-3", "dec3", b"\x10\x00\x00"),
        ("mp4a", "esds", b"\0\0\0\0\x03\x7f"),
        ("ms\0\2", "ms\0\2", bytes(15)),
        ("mhm1", "mhaC", b"\1"),
    ],
)
def test_broken_records_leave_the_entrys_facts(kind: str, atom: str, record: bytes) -> None:
    read = read_sound(kind, sound_fields(2, 16, 44100), Box(atom, record))
    assert len(read.problems) == 1
    assert (read.format.sample_rate, read.format.channels, read.format.channel_layout) == (44100, 2, "stereo")
    assert read.format.atoms[atom] == record
