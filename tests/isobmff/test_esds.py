from __future__ import annotations

import random

import pytest
from tests.isobmff.carried import encode_sound
from tests.isobmff.encoded import boxes, entry
from tests.isobmff.test_bits import packed

from reelwright.isobmff.esds import (
    AAC_OBJECT,
    AudioFacts,
    audio_facts,
    elementary_stream_descriptor,
    read_decoder_configuration,
    read_elementary_stream_descriptor,
)
from reelwright.model.errors import InvalidMediaError

LC_48_STEREO = bytes.fromhex("1190")


def config(text: str) -> bytes:
    return packed(text)


# AudioSpecificConfigs as they occur in the wild, and what they say.
@pytest.mark.parametrize(
    ("data", "facts"),
    [
        ("1190", AudioFacts(2, 48000, 48000, 2, 2, 1024)),
        ("1210", AudioFacts(2, 44100, 44100, 2, 2, 1024)),
        ("1388", AudioFacts(2, 22050, 22050, 1, 1, 1024)),
        ("11b0", AudioFacts(2, 48000, 48000, 6, 6, 1024)),
        ("119056e500", AudioFacts(2, 48000, 48000, 2, 2, 1024)),  # "no SBR" said outright
        ("2b920800", AudioFacts(5, 44100, 22050, 2, 2, 2048)),  # HE-AAC, explicit
        ("139056e5a0", AudioFacts(2, 44100, 22050, 2, 2, 2048)),  # HE-AAC, told behind the end
        ("eb8a0800", AudioFacts(29, 44100, 22050, 2, 1, 2048)),  # HE-AAC v2, explicit
        ("138856e5a54880", AudioFacts(2, 44100, 22050, 2, 1, 2048)),  # HE-AAC v2, told behind the end
    ],
)
def test_configurations_of_the_wild(data: str, facts: AudioFacts) -> None:
    assert audio_facts(bytes.fromhex(data)) == facts


def test_a_rate_without_an_index_is_written_out() -> None:
    assert audio_facts(config(f"00010 1111 {37800:024b} 0010 000")).sample_rate == 37800


@pytest.mark.parametrize(
    ("configuration", "channels"), [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 8), (11, 7), (12, 8), (14, 8)]
)
def test_channel_configurations(configuration: int, channels: int) -> None:
    assert audio_facts(config(f"00010 0011 {configuration:04b} 000")).channels == channels


def test_channels_told_by_a_program_config_element() -> None:
    # Centre, left and right pair, surround pair, low frequencies: 1 + 2 + 2 + 1, and a comment of two bytes.
    program = f"0000 01 0011 0010 0000 0001 01 000 0000 000 {'0 0000'}{'1 0001'}{'1 0010'} 0011"
    head = f"00010 0011 0000 000 {program}"
    text = head.replace(" ", "")
    text = text.ljust(-(-len(text) // 8) * 8, "0") + f"{2:08b}" + f"{0x6162:016b}"
    assert audio_facts(packed(text)) == AudioFacts(2, 48000, 48000, 6, 0, 1024)


@pytest.mark.parametrize(
    ("kind", "specific", "frames"),
    [
        ("00010", "100", 960),
        ("00010", "000", 1024),
        ("10111", "000" + "0" * 40, 512),
        ("10111", "100" + "0" * 40, 480),
        ("11111 000111", "0" + "0" * 40, 512),
        ("11111 000111", "1" + "0" * 40, 480),
        ("11111 001010", "00011 001" + "0" * 40, 1024),
        ("11111 001010", f"11111 {48000:024b} 011" + "0" * 40, 2048),
        ("01000", "0" * 40, 0),  # CELP: not known here
    ],
)
def test_frames_of_a_packet(kind: str, specific: str, frames: int) -> None:
    assert audio_facts(config(f"{kind} 0011 0010 {specific}")).frames_per_packet == frames


@pytest.mark.parametrize("kind", [6, 17, 20, 22])
def test_extensions_of_general_audio_are_passed_over(kind: int) -> None:
    layer = "000" if kind in (6, 20) else ""
    extension = {22: "0" * 16, 17: "000", 20: "000"}.get(kind, "") + "0"
    behind = "01010110111 00101 1 0100"  # SBR at 44100
    data = config(f"{kind:05b} 0111 0010 0 1 {'0' * 14} 1 {layer} {extension} {behind}")
    assert audio_facts(data).sample_rate == 44100


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("00000 0011 0010 000", "names no audio object type"),
        ("00010 1101 0010 000", "no valid sample rate"),
        (f"00010 1111 {0:024b} 0010 000", "no valid sample rate"),
        ("00010 0011 1000 000", "reserved channel configuration 8"),
        ("11111 001010 0011 0010 00011 111", "reserved frame length index 7"),
        (f"00010 0011 0000 000 {'0' * 60}", "without channels"),
    ],
)
def test_reserved_values_are_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidMediaError, match=message):
        audio_facts(config(text))


@pytest.mark.parametrize("data", ["1190", "2b920800", "eb8a0800"])
def test_a_truncated_configuration_is_refused(data: str) -> None:
    whole = bytes.fromhex(data)
    for length in range(len(whole) - 1):
        with pytest.raises(InvalidMediaError):
            audio_facts(whole[:length])


def test_damage_ends_in_facts_or_an_invalid_configuration() -> None:
    chance = random.Random(3)
    for _ in range(2000):
        data = chance.randbytes(chance.randint(0, 12))
        try:
            facts = audio_facts(data)
        except InvalidMediaError:
            continue
        assert facts.sample_rate > 0
        assert facts.object_type > 0


def test_the_descriptor_byte_by_byte() -> None:
    assert elementary_stream_descriptor(LC_48_STEREO, 128000, 160000) == bytes.fromhex(
        "00000000"
        "03 80808022 0000 00"  # stream 0, no flags
        "04 80808014 40 15 000600 00027100 0001f400"  # AAC, audio; 1536 bytes of buffer, 160 and 128 kbit/s
        "05 80808002 1190"
        "06 80808001 02"
    )


def test_the_highest_rate_is_never_below_the_average() -> None:
    assert elementary_stream_descriptor(LC_48_STEREO, 96000)[22:30] == bytes.fromhex("00017700 00017700")
    assert elementary_stream_descriptor(LC_48_STEREO)[22:30] == bytes(8)
    assert elementary_stream_descriptor(LC_48_STEREO, buffer_size=0x123456)[19:22] == b"\x12\x34\x56"


def test_a_descriptor_differs_from_ffmpegs_in_stream_number_buffer_and_rates_only() -> None:
    sound = encode_sound("aac", 48000, "stereo", "mp4")
    theirs = boxes(entry(sound.file)[36:], "esds")[0]
    ours = elementary_stream_descriptor(sound.extradata)
    assert len(ours) == len(theirs)
    different = [index for index, pair in enumerate(zip(ours, theirs, strict=True)) if len(set(pair)) == 2]
    assert set(different) <= {9, 10, *range(19, 30)}  # ES_ID; buffer size, highest and average rate


@pytest.mark.parametrize("data", ["1190", "2b920800"])
def test_descriptors_come_back(data: str) -> None:
    payload = elementary_stream_descriptor(bytes.fromhex(data), 64000)
    assert read_elementary_stream_descriptor(payload) == (0x40, bytes.fromhex(data))


def test_descriptors_with_short_lengths_and_optional_fields_are_read() -> None:
    decoder = bytes.fromhex("04 11 6b 15 000000 00000000 00000000") + bytes.fromhex("05 02 abcd")
    stream = bytes.fromhex("0001 e0 0002 03") + b"url" + bytes.fromhex("0004") + decoder
    payload = bytes(4) + bytes([3, len(stream)]) + stream
    assert read_elementary_stream_descriptor(payload) == (0x6B, b"\xab\xcd")


def test_a_descriptor_without_specific_info_is_read() -> None:
    decoder = bytes.fromhex("04 0d 6b 15 000000 00000000 00000000")
    assert read_elementary_stream_descriptor(bytes(4) + b"\x03\x12\0\0\0" + decoder) == (0x6B, b"")


def test_descriptors_of_other_kinds_are_passed_over() -> None:
    decoder = bytes.fromhex("04 14 40 15 000000 00000000 00000000 14 01 29 05 02 1190")
    assert read_elementary_stream_descriptor(bytes(4) + b"\x03\x19\0\0\0" + decoder) == (0x40, LC_48_STEREO)


def test_a_truncated_descriptor_is_refused() -> None:
    payload = elementary_stream_descriptor(LC_48_STEREO, 64000)
    for length in range(len(payload)):
        with pytest.raises(InvalidMediaError, match="esds"):
            read_elementary_stream_descriptor(payload[:length])


def test_a_decoder_descriptor_that_is_too_short_is_refused() -> None:
    with pytest.raises(InvalidMediaError, match="too short"):
        read_elementary_stream_descriptor(bytes(4) + bytes.fromhex("03 07 0000 00 04 02 4015"))


def test_the_decoders_configuration() -> None:
    found = read_decoder_configuration(elementary_stream_descriptor(b"\x11\x90", 128000, 192000))
    assert (found.object_type, found.average_bit_rate, found.max_bit_rate) == (AAC_OBJECT, 128000, 192000)
    assert found.specific == b"\x11\x90"
