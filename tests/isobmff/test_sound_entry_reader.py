from __future__ import annotations

import pytest
from tests.isobmff.carried import encode_sound
from tests.isobmff.entry_cases import read_sound, sound_fields, sound_fields_v1, sound_fields_v2

from reelwright.isobmff.box import Box, full_box, u8, u16, u32
from reelwright.isobmff.esds import elementary_stream_descriptor
from reelwright.isobmff.sample_entry import sample_entry
from reelwright.model.format import PcmLayout
from reelwright.model.kinds import FileType, MediaType

BIG, LITTLE = True, False
ENDA_LITTLE, ENDA_BIG = Box("enda", u16(1)), Box("enda", u16(0))


def wave(kind: str, *boxes: Box) -> Box:
    return Box("wave", Box("frma", kind.encode()), *boxes, u32(8, 0))


@pytest.mark.parametrize(
    ("kind", "bits", "boxes", "layout"),
    [
        ("sowt", 16, [], PcmLayout(16)),
        ("twos", 16, [], PcmLayout(16, is_big_endian=True)),
        ("twos", 8, [], PcmLayout(8)),
        ("sowt", 8, [], PcmLayout(8)),
        ("twos", 24, [], PcmLayout(24, is_big_endian=True)),
        ("sowt", 24, [], PcmLayout(24)),
        ("raw ", 8, [], PcmLayout(8, is_signed=False)),
        ("raw ", 16, [], PcmLayout(16, is_big_endian=True)),
        ("NONE", 8, [], PcmLayout(8, is_signed=False)),
        ("\0\0\0\0", 16, [], PcmLayout(16, is_big_endian=True)),
        ("raw ", 0, [], PcmLayout(8, is_signed=False)),
        ("twos", 0, [], PcmLayout(16, is_big_endian=True)),
        ("in24", 16, [], PcmLayout(24, is_big_endian=True)),
        ("in24", 16, [wave("in24", ENDA_LITTLE)], PcmLayout(24)),
        ("in24", 16, [wave("in24", ENDA_BIG)], PcmLayout(24, is_big_endian=True)),
        ("in32", 16, [ENDA_LITTLE], PcmLayout(32)),
        ("fl32", 16, [], PcmLayout(32, is_float=True, is_big_endian=True)),
        ("fl32", 16, [wave("fl32", ENDA_LITTLE)], PcmLayout(32, is_float=True)),
        ("fl64", 16, [wave("fl64", ENDA_LITTLE)], PcmLayout(64, is_float=True)),
        ("ipcm", 16, [full_box("pcmC", 0, 0, u8(1, 24))], PcmLayout(24)),
        ("ipcm", 16, [full_box("pcmC", 0, 0, u8(0, 16))], PcmLayout(16, is_big_endian=True)),
        ("fpcm", 16, [full_box("pcmC", 0, 0, u8(1, 64))], PcmLayout(64, is_float=True)),
        ("ipcm", 16, [], PcmLayout(16, is_big_endian=True)),
    ],
)
def test_linear_pcm(kind: str, bits: int, boxes: list[Box], layout: PcmLayout) -> None:
    for fields in (sound_fields(2, bits, 44100), sound_fields_v1(1, 2, 4, 0, channels=2, bits=bits, rate=44100)):
        read = read_sound(kind, fields, *boxes)
        assert read.format.pcm == layout
        assert (read.format.media_type, read.format.media_subtype) == (MediaType.AUDIO, "lpcm")
        assert (read.format.sample_rate, read.format.channels, read.format.frames_per_packet) == (44100, 2, 1)
        assert (dict(read.format.atoms), dict(read.format.extensions), read.problems) == ({}, {}, ())


@pytest.mark.parametrize(
    ("bits", "flags", "size", "layout"),
    [
        (16, 4 | 8, 4, PcmLayout(16)),
        (16, 2 | 4 | 8, 4, PcmLayout(16, is_big_endian=True)),
        (8, 8, 2, PcmLayout(8, is_signed=False)),
        (24, 4 | 8, 6, PcmLayout(24)),
        (32, 1 | 8, 8, PcmLayout(32, is_float=True)),
        (64, 1 | 2 | 8, 16, PcmLayout(64, is_float=True, is_big_endian=True)),
        (16, 4 | 8 | 32, 2, PcmLayout(16, is_interleaved=False)),
        (20, 4 | 16, 6, PcmLayout(24)),
        (24, 4 | 16, 8, PcmLayout(32)),
    ],
)
def test_flags_of_version_2(bits: int, flags: int, size: int, layout: PcmLayout) -> None:
    found = read_sound("lpcm", sound_fields_v2(96000, 2, bits, flags, size, 1)).format
    assert (found.pcm, found.sample_rate, found.channels) == (layout, 96000, 2)


def test_version_2_may_be_longer() -> None:
    chan = full_box("chan", 0, 0, u32(147 << 16 | 9, 0, 0))
    found = read_sound("lpcm", sound_fields_v2(192000.0, 9, 16, 12, 18, 1, extra=12), chan).format
    assert (found.sample_rate, found.channels, found.channel_layout) == (192000, 9, "9 channels")


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), -1.0, 1e300])
def test_rates_that_are_none(rate: float) -> None:
    read = read_sound("lpcm", sound_fields_v2(rate, 2, 16, 12, 4, 1))
    assert read.format.sample_rate == 0
    assert "is none" in read.problems[0]


def test_more_channels_than_can_be() -> None:
    read = read_sound("lpcm", sound_fields_v2(48000, 0xFFFFFFFF, 16, 12, 4, 1))
    assert (read.format.channels, read.problems) == (0, ("4294967295 channels are more than sound can have.",))


def test_mpegs_version_1_is_told_by_its_boxes() -> None:
    rate = full_box("srat", 0, 0, u32(192000))
    fields = sound_fields(2, 16, 48000, version=1)
    for quicktime in (True, False):
        found = read_sound("ipcm", fields, rate, full_box("pcmC", 0, 0, u8(1, 24)), quicktime=quicktime).format
        assert (found.sample_rate, found.pcm, dict(found.atoms)) == (192000, PcmLayout(24), {})


@pytest.mark.parametrize("quicktime", [True, False])
def test_aac_within_and_without_a_wrapper(quicktime: bool) -> None:
    descriptor = Box("esds", elementary_stream_descriptor(b"\x11\x90", 128000))
    boxes = [wave("mp4a", Box("mp4a", u32(0)), descriptor)] if quicktime else [descriptor]
    fields = sound_fields_v1(1024, 0, 0) if quicktime else sound_fields()
    found = read_sound("mp4a", fields, *boxes, quicktime=quicktime).format
    assert (found.codec_config, found.bit_rate) == (b"\x11\x90", 128000)
    assert (found.sample_rate, found.channels, found.channel_layout) == (48000, 2, "stereo")
    assert (found.frames_per_packet, dict(found.extensions)) == (1024, {"ObjectTypeIndication": 0x40})
    assert dict(found.atoms) == {"esds": b"".join(bytes(part) for part in descriptor.parts)}


@pytest.mark.parametrize(
    ("kind", "fields", "frames", "size"),
    [
        ("ima4", sound_fields(), 64, None),
        ("ima4", sound_fields_v1(64, 34, 68, 0), 64, 68),
        ("ulaw", sound_fields(), 1, None),
        ("ulaw", sound_fields_v1(1, 1, 2, 0), 1, 2),
        ("alaw", sound_fields(), 1, None),
        ("MAC3", sound_fields(), 6, None),
        ("ms\0\2", sound_fields_v1(1012, 0, 1024, 0), 1012, 1024),
        ("QDM2", sound_fields_v1(4096, 0, 743, -1), 4096, 743),
        ("samr", sound_fields(1, 16, 8000), 160, None),
        ("ac-3", sound_fields(), 1536, None),
        ("abcd", sound_fields(), 0, None),
        ("abcd", sound_fields_v2(48000, 2, 0, 0, 300, 480), 480, 300),
    ],
)
def test_packets(kind: str, fields: bytes, frames: int, size: int | None) -> None:
    found = read_sound(kind, fields).format
    assert (found.media_subtype, found.frames_per_packet, found.pcm) == (kind, frames, None)
    assert found.extensions.get("BytesPerPacket") == size


def test_wrappers_that_are_not_known_stay_whole() -> None:
    wrapper = wave("abcd", Box("WXYZ", b"inner"))
    found = read_sound("abcd", sound_fields(), wrapper, Box("more", b"1")).format
    assert dict(found.atoms) == {"wave": wrapper.render()[8:], "more": b"1"}


def test_alac_within_its_wrapper_is_an_atom_of_its_own() -> None:
    record = bytes(4) + bytes.fromhex("00001000 00 18 28 0a 0e 02 00ff 00000000 00000000 00015888")
    found = read_sound("alac", sound_fields_v1(4096, 0, 0), wave("alac", Box("alac", record))).format
    assert (dict(found.atoms), found.codec_config) == ({"alac": record}, record)
    assert (found.sample_rate, found.bits_per_component, found.frames_per_packet) == (88200, 24, 4096)


def test_bit_rates() -> None:
    assert read_sound("abcd", sound_fields(), Box("btrt", u32(0, 3, 2))).format.bit_rate == 2
    assert read_sound("abcd", sound_fields(), Box("btrt", u32(0, 3, 0))).format.bit_rate == 3
    assert read_sound("abcd", sound_fields(), Box("btrt", u32(0))).problems != ()


@pytest.mark.parametrize(
    ("codec", "rate", "layout", "container"),
    [
        ("pcm_s16le", 44100, "stereo", "mov"),
        ("pcm_s24be", 48000, "5.1", "mov"),
        ("pcm_f32le", 96000, "mono", "mov"),
        ("pcm_u8", 22050, "stereo", "mov"),
        ("pcm_mulaw", 8000, "mono", "mov"),
        ("aac", 44100, "5.1", "mov"),
        ("aac", 48000, "stereo", "mp4"),
        ("alac", 44100, "stereo", "mov"),
        ("alac", 44100, "stereo", "mp4"),
        ("ac3", 48000, "5.1(side)", "mov"),
        ("eac3", 48000, "stereo", "mp4"),
        ("flac", 44100, "stereo", "mp4"),
        ("libopus", 48000, "stereo", "mp4"),
        ("libmp3lame", 44100, "stereo", "mov"),
        ("libmp3lame", 22050, "mono", "mp4"),
        ("adpcm_ima_qt", 44100, "stereo", "mov"),
    ],
)
def test_ffmpegs_files(codec: str, rate: int, layout: str, container: str) -> None:
    film = encode_sound(codec, rate, layout, container).file
    start = film.index(b"stsd") + 12
    size = int.from_bytes(film[start : start + 4], "big")
    kind = film[start + 4 : start + 8].decode("mac_roman")
    read = read_sound(kind, film[start + 8 : start + size], quicktime=container == "mov")
    assert read.problems == ()
    found = read.format
    assert (found.sample_rate, found.channel_layout) == (rate, layout)
    frames = {"aac": 1024, "alac": 4096, "ac3": 1536, "eac3": 1536, "flac": found.frames_per_packet, "libopus": 0}
    frames |= {"libmp3lame": 576 if rate < 32000 else 1152, "adpcm_ima_qt": 64}
    assert found.frames_per_packet == frames.get(codec, 1)
    if codec.startswith("pcm_") and codec != "pcm_mulaw":
        sign, bits, order = codec[4], int(codec[5:].rstrip("lbe")), codec[-2:]
        assert found.pcm == PcmLayout(bits, sign == "f", order == "be", True, sign != "u")
    if codec == "libopus":
        assert found.priming == 312


def test_sound_of_other_object_types_goes_into_the_next_file_as_it_is() -> None:
    """Vorbis within "mp4a": its configuration is no AudioSpecificConfig."""
    decoder = u8(0xDD, 0x15, 0, 0, 0) + u32(0, 0) + u8(5, 3) + b"\0\0\0"
    descriptor = full_box("esds", 0, 0, u8(3, 5 + len(decoder), 0, 0, 0, 4, len(decoder)), decoder)
    found = read_sound("mp4a", sound_fields(2, 16, 44100), descriptor).format
    assert found.codec_config == b"\0\0\0"
    for file_type in (FileType.MOV, FileType.MP4):
        entry = sample_entry(found, file_type)
        again = read_sound("mp4a", entry.render()[8:]).format
        assert (again.codec_config, again.atoms, again.extensions) == (b"\0\0\0", found.atoms, found.extensions)
