from __future__ import annotations

import random
from fractions import Fraction

import pytest
from tests.isobmff.encoded import configuration, encode_video, seen
from tests.isobmff.parameter_cases import AVC
from tests.isobmff.synthetic import avc_with_everything, level_changed_by_ffmpeg

from reelwright.isobmff.avc import (
    AvcSets,
    avc_configuration,
    avc_record,
    describe_avc,
    parameter_set_id,
    parameter_sets,
)
from reelwright.isobmff.nal import units
from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import PixelAspectRatio

# 320×240, Constrained Baseline, level 1.3, written out by hand from ITU-T H.264, 7.3.2.1.
SPS = bytes.fromhex("67 42 c0 0d da 05 07 e4")
PPS = bytes.fromhex("68 ce 3c 80")
STREAM = b"\0\0\0\1" + SPS + b"\0\0\1" + PPS


def annex_b(*found: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + unit for unit in found)


def test_the_record_of_a_baseline_stream_byte_by_byte() -> None:
    assert avc_configuration(STREAM) == bytes.fromhex(
        "01 42c00d ff e1 0008 6742c00dda0507e4 01 0004 68ce3c80"  # version, profile … level, 4-byte lengths, sets
    )


def test_the_record_of_a_high_profile_ends_with_chroma_and_depths() -> None:
    unit = avc_with_everything()
    record = avc_record(AvcSets((unit,), (PPS,), (b"\x6d\x40",)))
    assert record[:6] == bytes.fromhex("01 f40029 ff e1")
    assert record.endswith(bytes.fromhex("01 0004 68ce3c80 ff fc fb 01 0002 6d40"))


@pytest.mark.parametrize("name", AVC)
def test_the_record_is_byte_for_byte_that_of_ffmpegs_muxer(name: str) -> None:
    film = encode_video(AVC[name])
    record = configuration(film.file, "avcC")
    assert avc_configuration(film.extradata) == record
    assert avc_configuration(record) == record


@pytest.mark.parametrize("name", AVC)
def test_facts_are_those_that_ffmpegs_decoder_finds(name: str) -> None:
    film = encode_video(AVC[name])
    facts = describe_avc(film.extradata)
    assert seen(film) == {
        "size": (facts.width, facts.height),
        "profile": facts.profile,
        "level": facts.level,
        "chroma": "4:2:0" if facts.chroma == "4:0:0" else facts.chroma,  # FFmpeg decodes grey H.264 to 4:2:0
        "depth": facts.bit_depth,
        "aspect": facts.pixel_aspect_ratio.ratio if facts.pixel_aspect_ratio else None,
        "color": facts.color_codes or (2, 2, 2),
        "full range": bool(facts.full_range),
        "reorder": bool(facts.reorder_frames),
        "rate": facts.frame_rate,
    }
    assert facts.interlaced == (name == "interlaced")


def test_facts_of_the_syntax_that_common_encoders_never_use() -> None:
    unit = avc_with_everything()
    changed = level_changed_by_ffmpeg("h264", unit, "5")
    assert changed == unit[:3] + bytes([50]) + unit[4:]  # FFmpeg understands the whole unit, so it is right
    facts = describe_avc(annex_b(unit))
    assert (facts.width, facts.height, facts.coded_width, facts.coded_height) == (78, 56, 80, 64)
    assert (facts.profile, facts.level, facts.chroma) == (244, 41, "4:4:4")
    assert (facts.bit_depth, facts.bit_depth_chroma) == (12, 11)
    assert (facts.color_codes, facts.full_range, facts.color) == ((9, 16, 9), True, ColorProperties.HDR10)
    assert facts.pixel_aspect_ratio == PixelAspectRatio(123, 77)
    assert facts.frame_rate == Fraction(30000, 1001)
    assert (facts.interlaced, facts.reorder_frames, facts.chroma_location) == (True, 3, 1)


def test_the_hand_written_set_is_read() -> None:
    facts = describe_avc(STREAM)
    assert (facts.width, facts.height, facts.profile, facts.level) == (320, 240, 66, 13)
    assert (facts.color, facts.full_range, facts.frame_rate) == (None, None, None)
    assert facts.reorder_frames == 0  # picture order count type 2: shown in the order of decoding


@pytest.mark.parametrize("picture_order", [0, 1, 2])
def test_what_a_stream_says_outright_of_reordering_counts(picture_order: int) -> None:
    assert describe_avc(annex_b(avc_with_everything(picture_order))).reorder_frames == 3


def test_sets_are_kept_in_order_without_repetition_and_without_other_units() -> None:
    second = SPS[:-1] + b"\xec"
    sets = parameter_sets(annex_b(b"\x09\xf0", SPS, PPS, second, SPS, b"\x06\x05\x80", PPS))
    assert (sets.sps, sets.pps, sets.length_size) == ((SPS, second), (PPS,), 0)
    assert avc_configuration(annex_b(SPS, PPS, second))[5] == 0xE2


def test_zeros_behind_a_set_in_a_record_do_not_count() -> None:
    record = bytes.fromhex("01 42c00d ff e1 000a 6742c00dda0507e4 0000 01 0004 68ce3c80")
    assert avc_configuration(record) == avc_configuration(STREAM)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_record_tells_the_size_of_lengths_and_is_written_with_four(size: int) -> None:
    record = bytearray(avc_configuration(STREAM))
    record[4] = 0xFC | size - 1
    assert parameter_sets(record).length_size == size
    assert avc_configuration(record) == avc_configuration(STREAM)


def test_lengths_of_three_bytes_are_refused() -> None:
    record = bytearray(avc_configuration(STREAM))
    record[4] = 0xFE
    with pytest.raises(InvalidMediaError, match="3 bytes"):
        parameter_sets(record)


def test_a_high_profile_record_without_its_last_part_is_completed() -> None:
    record = avc_configuration(encode_video(AVC["plain"]).extradata)
    assert avc_configuration(record[:-4]) == record


@pytest.mark.parametrize(("config", "missing"), [(annex_b(PPS), "sequence"), (annex_b(SPS), "picture")])
def test_a_missing_set_is_named(config: bytes, missing: str) -> None:
    with pytest.raises(InvalidMediaError, match=f"no {missing} parameter set") as caught:
        avc_configuration(config)
    assert caught.value.hint


def test_describing_a_configuration_without_sets_is_refused() -> None:
    with pytest.raises(InvalidMediaError, match="no sequence parameter set"):
        describe_avc(annex_b(PPS))


@pytest.mark.parametrize("config", [b"", b"\x02" + bytes(20), b"MPEG", bytes(3)])
def test_what_is_no_configuration_is_refused(config: bytes) -> None:
    with pytest.raises(InvalidMediaError, match=r"no H\.264 configuration"):
        parameter_sets(config)


def test_more_sets_than_a_record_holds_are_refused() -> None:
    many = [SPS + bytes([1 + index]) for index in range(32)]
    with pytest.raises(InvalidMediaError, match="32 sequence"):
        avc_configuration(annex_b(*many, PPS))
    with pytest.raises(InvalidMediaError, match="65536 bytes"):
        avc_configuration(annex_b(SPS, PPS + b"\x01" * (65536 - len(PPS))))


def test_cropping_that_leaves_nothing_is_refused() -> None:
    from tests.isobmff.synthetic import Bits

    unit = Bits().u(8, 66, 0, 13).ue(0, 0, 2, 1).u(1, 0).ue(0, 0).u(1, 1, 1, 1).ue(4, 4, 0, 0).u(1, 0).unit(b"\x67")
    with pytest.raises(InvalidMediaError, match="crops 16×0 pixels from 16×16"):
        describe_avc(annex_b(unit))


def test_identifiers_of_sets() -> None:
    assert parameter_set_id(SPS) == (7, 0)
    assert parameter_set_id(PPS) == (8, 0)
    assert parameter_set_id(b"\x68\x5e\x3c\x80") == (8, 1)


@pytest.mark.parametrize("name", ["plain", "rate model"])
def test_truncated_at_every_length_a_configuration_is_whole_or_invalid(name: str) -> None:
    extradata = encode_video(AVC[name]).extradata
    record = avc_configuration(extradata)
    for length in range(len(record) - 4):  # without its last four bytes, it is an older record
        with pytest.raises(InvalidMediaError):
            avc_configuration(record[:length])
    sets_end = extradata.index(units(extradata)[1]) + 1
    for length in range(sets_end):
        with pytest.raises(InvalidMediaError):
            avc_configuration(extradata[:length])
    for length in range(sets_end, len(extradata)):
        avc_configuration(extradata[:length])


def test_a_truncated_sequence_parameter_set_is_refused() -> None:
    unit = avc_with_everything()
    for length in range(len(unit) - 1):
        with pytest.raises(InvalidMediaError):
            describe_avc(annex_b(unit[:length], PPS))


def test_damage_anywhere_ends_in_facts_or_an_invalid_configuration() -> None:
    chance = random.Random(7)
    refused = 0
    for source in (avc_with_everything(), units(encode_video(AVC["HDR"]).extradata)[0]):
        for _ in range(500):
            unit = bytearray(source)
            for _ in range(chance.randint(1, 4)):
                unit[chance.randrange(1, len(unit))] = chance.randrange(256)
            try:
                facts = describe_avc(avc_configuration(annex_b(bytes(unit), PPS)))
            except InvalidMediaError:
                refused += 1
            else:
                assert 0 < facts.width <= 65536
                assert 0 < facts.height <= 131072
    assert refused > 50


@pytest.mark.parametrize("unit", [b"", b"\x67", b"\x67\x42\x00\x1e", b"\x68"])
def test_sets_that_end_too_early_have_no_identifier(unit: bytes) -> None:
    with pytest.raises(InvalidMediaError):
        parameter_set_id(unit)
