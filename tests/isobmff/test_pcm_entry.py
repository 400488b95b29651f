from __future__ import annotations

import numpy as np
import pytest
from tests.isobmff.carried import decoded, encode_sound, opened, with_entry
from tests.isobmff.encoded import boxes, entry

from reelwright.isobmff.pcm_entry import pcm_layout
from reelwright.isobmff.sample_entry import needs_stsd_version_1, sample_entry
from reelwright.model.errors import SettingsError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import FileType, MediaType

LAYOUTS = {
    "pcm_u8": PcmLayout(8, is_signed=False),
    "pcm_s8": PcmLayout(8),
    "pcm_s16le": PcmLayout(16),
    "pcm_s16be": PcmLayout(16, is_big_endian=True),
    "pcm_s24le": PcmLayout(24),
    "pcm_s24be": PcmLayout(24, is_big_endian=True),
    "pcm_s32le": PcmLayout(32),
    "pcm_s32be": PcmLayout(32, is_big_endian=True),
    "pcm_f32le": PcmLayout(32, is_float=True),
    "pcm_f32be": PcmLayout(32, is_float=True, is_big_endian=True),
    "pcm_f64le": PcmLayout(64, is_float=True),
    "pcm_f64be": PcmLayout(64, is_float=True, is_big_endian=True),
}
ISO = [name for name, layout in LAYOUTS.items() if layout.bits > 8]
CHANNELS = {"mono": 1, "stereo": 2, "quad": 4, "5.1": 6, "5.1(side)": 6, "7.1": 8, "6.1": 7}


def pcm(layout: PcmLayout, rate: int = 48000, channels: str = "stereo", **rest: object) -> FormatDescription:
    return FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype="lpcm",
        sample_rate=rate,
        channels=CHANNELS[channels],
        channel_layout=channels,
        pcm=layout,
        frames_per_packet=1,
        **rest,  # type: ignore[arg-type]
    )


def swapped(file: bytes, format: FormatDescription, file_type: FileType) -> bytes:
    version = int(needs_stsd_version_1(format, file_type))
    return with_entry(file, sample_entry(format, file_type), stsd_version=version)


@pytest.mark.parametrize("channels", ["mono", "stereo"])
@pytest.mark.parametrize("codec", [name for name in LAYOUTS if name != "pcm_s8"])
def test_quicktime_entries_are_byte_for_byte_ffmpegs(codec: str, channels: str) -> None:
    sound = encode_sound(codec, 44100, channels, "mov")
    assert sample_entry(pcm(LAYOUTS[codec], 44100, channels), FileType.MOV).render() == entry(sound.file)


@pytest.mark.parametrize("codec", [name for name in LAYOUTS if name != "pcm_u8"])
def test_quicktime_entries_of_high_rates_are_byte_for_byte_ffmpegs(codec: str) -> None:
    sound = encode_sound(codec, 96000, "stereo", "mov")
    assert sample_entry(pcm(LAYOUTS[codec], 96000), FileType.MOV).render() == entry(sound.file)


@pytest.mark.parametrize(("rate", "channels"), [(48000, "stereo"), (96000, "stereo"), (192000, "7.1")])
@pytest.mark.parametrize("codec", ISO)
def test_iso_entries_are_byte_for_byte_ffmpegs(codec: str, rate: int, channels: str) -> None:
    layout = LAYOUTS[codec]
    format = pcm(layout, rate, channels, bit_rate=rate * CHANNELS[channels] * layout.bits)
    sound = encode_sound(codec, rate, channels, "mp4")
    assert sample_entry(format, FileType.MP4).render() == entry(sound.file)


@pytest.mark.parametrize(
    ("rate", "channels"), [(48000, "mono"), (48000, "5.1(side)"), (48000, "6.1"), (96000, "stereo"), (192000, "7.1")]
)
@pytest.mark.parametrize(
    ("codec", "file_type"), [*((c, FileType.MOV) for c in LAYOUTS), *((c, FileType.MP4) for c in ISO)]
)
def test_ffmpeg_reads_the_same_sound_through_our_entries(
    codec: str, file_type: FileType, rate: int, channels: str
) -> None:
    sound = encode_sound(codec, rate, channels, "mov" if file_type is FileType.MOV else "mp4")
    ours = swapped(sound.file, pcm(LAYOUTS[codec], rate, channels), file_type)
    assert opened(ours)[:3] == (codec, rate, channels)
    assert np.array_equal(decoded(ours), decoded(sound.file))


def test_the_one_surround_pair_of_five_channels_and_bass_is_read_as_side_or_back() -> None:
    sound = encode_sound("pcm_s16le", 48000, "5.1", "mov")
    ours = swapped(sound.file, pcm(LAYOUTS["pcm_s16le"], 48000, "5.1"), FileType.MOV)
    assert opened(ours)[2] == "5.1(side)"  # Core Audio has one pair, "Ls Rs"
    assert np.array_equal(decoded(ours), decoded(sound.file))


@pytest.mark.parametrize(
    ("layout", "channels", "rate", "kind", "version"),
    [
        (PcmLayout(16), "stereo", 48000, "sowt", 0),
        (PcmLayout(16, is_big_endian=True), "mono", 48000, "twos", 0),
        (PcmLayout(8), "stereo", 48000, "twos", 0),
        (PcmLayout(8, is_signed=False), "stereo", 48000, "raw ", 0),
        (PcmLayout(16, is_signed=False), "stereo", 48000, "lpcm", 2),
        (PcmLayout(24), "stereo", 65535, "in24", 1),
        (PcmLayout(32), "stereo", 48000, "in32", 1),
        (PcmLayout(32, is_float=True), "mono", 48000, "fl32", 1),
        (PcmLayout(64, is_float=True), "stereo", 48000, "fl64", 1),
        (PcmLayout(32, is_signed=False), "stereo", 48000, "lpcm", 2),
        (PcmLayout(16), "5.1", 48000, "lpcm", 2),
        (PcmLayout(16), "stereo", 65536, "lpcm", 2),
    ],
)
def test_the_form_that_quicktime_has_for_a_layout(
    layout: PcmLayout, channels: str, rate: int, kind: str, version: int
) -> None:
    box = sample_entry(pcm(layout, rate, channels), FileType.MOV)
    assert box.kind == kind
    assert box.render()[16:18] == bytes([0, version])


@pytest.mark.parametrize(
    ("layout", "flags"),
    [
        (PcmLayout(16), 0xC),
        (PcmLayout(16, is_big_endian=True), 0xE),
        (PcmLayout(32, is_float=True), 0x9),
        (PcmLayout(32, is_float=True, is_big_endian=True), 0xB),
        (PcmLayout(16, is_signed=False), 0x8),
    ],
)
def test_the_flags_of_version_2(layout: PcmLayout, flags: int) -> None:
    """kAudioFormatFlagIsFloat 1, IsBigEndian 2, IsSignedInteger 4, IsPacked 8."""
    payload = sample_entry(pcm(layout, 48000, "5.1"), FileType.MOV).render()
    frame = layout.bytes_per_value * 6
    assert payload[56:72] == b"".join(n.to_bytes(4, "big") for n in (layout.bits, flags, frame, 1))
    assert payload[36:40] == (72).to_bytes(4, "big")


def test_the_entry_of_stereo_in_24_bits_byte_by_byte() -> None:
    assert sample_entry(pcm(PcmLayout(24)), FileType.MOV, data_reference=2).render() == bytes.fromhex(
        "00000072 696e3234 000000000000 0002"
        "0001 0000 00000000 0002 0010 0000 0000 bb800000"  # version 1, 2 channels, 16 as always, not compressed
        "00000001 00000003 00000006 00000002"
        "00000026 77617665 0000000c 66726d61 696e3234 0000000a 656e6461 0001 00000008 00000000"
        "00000018 6368616e 00000000 00650002 00000000 00000000"
    )


def test_the_entry_of_a_high_rate_in_an_iso_file_byte_by_byte() -> None:
    format = pcm(PcmLayout(32, is_float=True), 176400, "mono")
    assert needs_stsd_version_1(format, FileType.MP4)
    assert sample_entry(format, FileType.MP4).render() == bytes.fromhex(
        "00000058 6670636d 000000000000 0001"
        "0001 0000 00000000 0001 0010 0000 0000 ac440000"  # 16 bits as always; a quarter of the rate fits
        "00000010 73726174 00000000 0002b110"
        "00000016 63686e6c 00000000 01 01 0000000000000000"
        "0000000e 70636d43 00000000 01 20"
    )


def test_a_rate_that_no_division_makes_fit_is_left_out_of_the_old_field() -> None:
    payload = sample_entry(pcm(PcmLayout(16), 65537), FileType.MP4).render()  # a prime
    assert payload[32:36] == bytes(4)
    assert boxes(payload[36:], "srat") == [bytes(4) + (65537).to_bytes(4, "big")]


@pytest.mark.parametrize(
    ("file_type", "rate", "needed"),
    [
        (FileType.MP4, 65536, True),
        (FileType.M4A, 96000, True),
        (FileType.MP4, 65535, False),
        (FileType.MOV, 96000, False),
    ],
)
def test_where_a_description_table_of_version_1_is_needed(file_type: FileType, rate: int, needed: bool) -> None:
    assert needs_stsd_version_1(pcm(PcmLayout(16), rate), file_type) is needed


def test_compressed_sound_of_a_high_rate_needs_none() -> None:
    aac = FormatDescription(media_type=MediaType.AUDIO, media_subtype="aac ", codec_config=bytes.fromhex("1010"))
    assert not needs_stsd_version_1(aac, FileType.MP4)


@pytest.mark.parametrize(
    ("channels", "chan"),
    [
        ("mono", "00640001 00000000"),
        ("stereo", "00650002 00000000"),
        ("5.1", "00790006 00000000"),
        ("7.1", "00010000 0000063f"),  # a bitmap: Core Audio's tag for WAVE's 7.1 is too young for other readers
    ],
)
def test_layouts_in_quicktime_files(channels: str, chan: str) -> None:
    payload = sample_entry(pcm(PcmLayout(16), 48000, channels), FileType.MOV).render()
    assert payload.endswith(b"chan" + bytes(4) + bytes.fromhex(chan) + bytes(4))


def test_an_order_without_a_tag_is_told_channel_by_channel() -> None:
    from reelwright.isobmff.sound_entry import channel_layout_box
    from reelwright.model import layout

    speakers = layout.ChannelLayout((layout.Speaker.LFE, layout.Speaker.FL, layout.Speaker.TC))
    format = pcm(PcmLayout(16)).with_(channels=3, channel_layout=speakers)
    box = channel_layout_box(format)
    assert box is not None
    described = b"".join(bytes([0, 0, 0, label]) + bytes(16) for label in (4, 1, 12))
    assert box.render()[8:] == bytes(4) + bytes(8) + b"\0\0\0\3" + described


def test_channels_of_no_known_layout() -> None:
    format = pcm(PcmLayout(16)).with_(channels=5, channel_layout=None)
    assert b"chan" not in sample_entry(format, FileType.MOV).render()
    assert boxes(sample_entry(format, FileType.MP4).render()[36:], "chnl") == [bytes(4) + b"\1\0" + b"\x7f" * 5]
    discrete = format.with_(channel_layout="5 channels")
    assert bytes.fromhex("6368616e 00000000 00930005") in sample_entry(discrete, FileType.MOV).render()


@pytest.mark.parametrize("file_type", [FileType.MOV, FileType.MP4])
def test_a_layout_of_other_channels_than_the_samples_is_refused(file_type: FileType) -> None:
    with pytest.raises(SettingsError, match=r"'5\.1' has 6 channels, not 2"):
        sample_entry(pcm(PcmLayout(16)).with_(channel_layout="5.1"), file_type)


@pytest.mark.parametrize("layout", [PcmLayout(8), PcmLayout(8, is_signed=False), PcmLayout(16, is_signed=False)])
def test_iso_files_know_neither_bytes_nor_unsigned_values(layout: PcmLayout) -> None:
    with pytest.raises(SettingsError, match="no representation in an ISO") as caught:
        sample_entry(pcm(layout), FileType.MP4)
    assert caught.value.hint


@pytest.mark.parametrize(
    "layout", [PcmLayout(20), PcmLayout(64), PcmLayout(0), PcmLayout(16, is_float=True), PcmLayout(24, is_float=True)]
)
def test_sizes_of_values_that_no_file_holds_are_refused(layout: PcmLayout) -> None:
    with pytest.raises(SettingsError, match=f"PCM of {layout.bits} bits has no representation"):
        sample_entry(pcm(layout), FileType.MOV)


def test_channels_lie_interleaved() -> None:
    with pytest.raises(SettingsError, match="interleaved"):
        sample_entry(pcm(PcmLayout(16, is_interleaved=False)), FileType.MOV)
    sample_entry(pcm(PcmLayout(16, is_interleaved=False), 48000, "mono"), FileType.MOV)


@pytest.mark.parametrize(
    "change", [{"channels": 0}, {"sample_rate": 0}, {"channels": 1 << 16}, {"sample_rate": 1 << 32}]
)
@pytest.mark.parametrize("file_type", [FileType.MOV, FileType.MP4])
def test_a_count_or_rate_that_is_none_is_refused(change: dict[str, int], file_type: FileType) -> None:
    with pytest.raises(SettingsError, match="has no sample entry"):
        sample_entry(pcm(PcmLayout(16)).with_(channel_layout=None, **change), file_type)


def test_layouts_that_quicktimes_names_fix() -> None:
    format = pcm(PcmLayout(16)).with_(pcm=None)
    assert pcm_layout(format.with_(media_subtype="sowt")) == PcmLayout(16)
    assert pcm_layout(format.with_(media_subtype="twos")) == PcmLayout(16, is_big_endian=True)
    assert pcm_layout(format.with_(media_subtype="raw ")) == PcmLayout(8, is_signed=False)
    with pytest.raises(SettingsError, match="'in24'\\) does not say how values lie"):
        pcm_layout(format.with_(media_subtype="in24"))
