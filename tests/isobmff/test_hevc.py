from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest
from tests.isobmff.encoded import Recipe, configuration, encode_video, seen
from tests.isobmff.parameter_cases import HEVC
from tests.isobmff.synthetic import Bits, hevc_with_everything, level_changed_by_ffmpeg

from reelwright.isobmff.hevc import (
    ProfileTierLevel,
    describe_hevc,
    hevc_configuration,
    hevc_record,
    layer,
    max_sub_layers,
    parameter_set_id,
    parameter_sets,
    profile_tier_level,
)
from reelwright.isobmff.nal import units
from reelwright.model.color import ColorMatrix, ColorPrimaries, ColorProperties, TransferFunction
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import PixelAspectRatio


def annex_b(*found: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + unit for unit in found)


def sets_of(name: str) -> tuple[bytes, bytes, bytes]:
    sets = parameter_sets(encode_video(HEVC[name]).extradata)
    return sets.vps[0], sets.sps[0], sets.pps[0]


def test_the_record_byte_by_byte() -> None:
    vps, sps, pps = sets_of("ten bits")
    head = bytes.fromhex("01 02 20000000 900000000000 1e f000 fc fd fa fa 0000 0f 03")
    arrays = [(0xA0, vps), (0xA1, sps), (0xA2, pps)]
    expected = head + b"".join(
        bytes([kind]) + b"\0\1" + len(unit).to_bytes(2, "big") + unit for kind, unit in arrays
    )  # fmt: skip
    assert hevc_configuration(annex_b(pps, sps, vps)) == expected


@pytest.mark.parametrize("name", HEVC)
def test_the_record_is_byte_for_byte_that_of_ffmpegs_muxer(name: str) -> None:
    film = encode_video(HEVC[name])
    record = configuration(film.file, "hvcC")
    assert hevc_configuration(film.extradata) == record
    assert hevc_configuration(record) == record


def test_a_record_for_sets_in_band_says_that_its_arrays_are_not_complete() -> None:
    film = encode_video(Recipe("libx265", tag="hev1"))
    record = configuration(film.file, "hvcC")
    assert hevc_record(parameter_sets(film.extradata), complete=False) == record
    assert hevc_configuration(record) == hevc_configuration(film.extradata)


@pytest.mark.parametrize("name", HEVC)
def test_facts_are_those_that_ffmpegs_decoder_finds(name: str) -> None:
    film = encode_video(HEVC[name])
    facts = describe_hevc(film.extradata)
    assert seen(film) == {
        "size": (facts.width, facts.height),
        "profile": facts.profile,
        "level": facts.level,
        "chroma": facts.chroma,
        "depth": facts.bit_depth,
        "aspect": facts.pixel_aspect_ratio.ratio if facts.pixel_aspect_ratio else None,
        "color": facts.color_codes or (2, 2, 2),
        "full range": bool(facts.full_range),
        "reorder": bool(facts.reorder_frames),
        "rate": facts.frame_rate,
    }
    assert facts.temporal_layers == (3 if name == "sub-layers" else 1)
    assert facts.high_tier == (name == "high tier")
    assert facts.interlaced == (name == "fields")


def test_facts_of_the_syntax_that_common_encoders_never_use() -> None:
    unit = hevc_with_everything()
    changed = level_changed_by_ffmpeg("hevc", unit, "5")
    assert len(changed) == len(unit)  # FFmpeg understands the whole unit, so it is right
    assert [(old, new) for old, new in zip(unit, changed, strict=True) if old != new] == [(123, 150)]
    facts = describe_hevc(annex_b(unit))
    assert (facts.width, facts.height, facts.coded_width, facts.coded_height) == (140, 86, 144, 88)
    assert (facts.profile, facts.level, facts.high_tier, facts.temporal_layers) == (4, 123, True, 3)
    assert (facts.chroma, facts.bit_depth, facts.bit_depth_chroma) == ("4:2:2", 10, 10)
    srgb = ColorProperties(ColorPrimaries.ITU_R_709, TransferFunction.SRGB, ColorMatrix.ITU_R_709)
    assert (facts.color, facts.full_range, facts.chroma_location) == (srgb, False, 2)
    assert facts.pixel_aspect_ratio == PixelAspectRatio(4, 3)
    assert facts.frame_rate == Fraction(24000, 1001)
    assert facts.reorder_frames == 3


def test_the_record_of_that_syntax() -> None:
    vps, _, pps = sets_of("sub-layers")
    record = hevc_configuration(annex_b(vps, hevc_with_everything(), pps))
    # Segments of at least 16 units, slices, 4:2:2, 10 bits, three nested sub-layers.
    assert record[:22] == bytes.fromhex("01 24 08000000 8c2000000000 7b f010 fd fe fa fa 0000 1f")


@pytest.mark.parametrize(
    ("tiles", "wavefronts", "kind"), [(0, 0, 1), (1, 0, 2), (0, 1, 3), (1, 1, 0)]
)  # ISO/IEC 14496-15, 8.3.3.1.3
def test_what_the_record_says_of_parallel_decoding(tiles: int, wavefronts: int, kind: int) -> None:
    vps, _, _ = sets_of("sub-layers")
    pps = Bits().ue(0, 0).u(1, 0, 0).u(3, 0).u(1, 0, 0).ue(0, 0).se(0).u(1, 0, 0, 1).ue(1).se(0, 0)
    unit = pps.u(1, 0, 0, 0, 0).u(1, tiles, wavefronts).u(8, 255).unit(b"\x44\x01")
    record = hevc_configuration(annex_b(vps, hevc_with_everything(), unit))
    assert record[15] == 0xFC | kind


def test_what_a_decoder_needs_covers_all_sets_of_the_base_layer() -> None:
    vps, sps, pps = sets_of("plain")
    other = parameter_sets(encode_video(HEVC["high tier"]).extradata).sps[0]
    record = hevc_configuration(annex_b(vps, sps, other, pps))
    low, high = profile_tier_level(annex_b(sps)), profile_tier_level(annex_b(other))
    assert (low.high_tier, high.high_tier, low.level, high.level) == (False, True, 30, 153)
    assert low.merged(high) == ProfileTierLevel(0, True, 1, low.compatibility, low.constraints & high.constraints, 153)
    assert (record[1], record[12]) == (0x21, 153)


def test_sets_of_higher_layers_travel_along_and_say_nothing() -> None:
    vps, sps, pps = sets_of("plain")
    higher = b"\x42\x09" + sps[2:]
    assert layer(higher) == 1
    record = hevc_configuration(annex_b(vps, higher, sps, pps))
    assert higher in record
    assert record[:22] == hevc_configuration(annex_b(vps, sps, pps))[:22]
    assert describe_hevc(annex_b(higher, sps)) == describe_hevc(annex_b(sps))
    with pytest.raises(InvalidMediaError, match="base layer"):
        describe_hevc(annex_b(higher))
    with pytest.raises(InvalidMediaError, match="base layer"):
        hevc_configuration(annex_b(vps, higher, pps))
    with pytest.raises(InvalidMediaError, match="base layer"):
        profile_tier_level(annex_b(higher))


def test_what_a_record_says_of_the_frame_rate_is_kept() -> None:
    record = bytearray(hevc_configuration(encode_video(HEVC["plain"]).extradata))
    record[19:21], record[21] = b"\x19\x00", record[21] | 0x40
    assert hevc_configuration(record) == bytes(record)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_record_tells_the_size_of_lengths_and_is_written_with_four(size: int) -> None:
    right = hevc_configuration(encode_video(HEVC["plain"]).extradata)
    record = bytearray(right)
    record[21] = record[21] & 0xFC | size - 1
    assert parameter_sets(record).length_size == size
    assert hevc_configuration(record) == right


def test_lengths_of_three_bytes_are_refused() -> None:
    record = bytearray(hevc_configuration(encode_video(HEVC["plain"]).extradata))
    record[21] = record[21] & 0xFC | 2
    with pytest.raises(InvalidMediaError, match="3 bytes"):
        parameter_sets(record)


@pytest.mark.parametrize(("index", "name"), [(0, "video"), (1, "sequence"), (2, "picture")])
def test_a_missing_set_is_named(index: int, name: str) -> None:
    found = list(sets_of("plain"))
    del found[index]
    with pytest.raises(InvalidMediaError, match=f"no {name} parameter set") as caught:
        hevc_configuration(annex_b(*found))
    assert caught.value.hint


@pytest.mark.parametrize("config", [b"", b"\x02" + bytes(30), b"HEVC", b"\x01" + bytes(21)])
def test_what_is_no_configuration_is_refused(config: bytes) -> None:
    with pytest.raises(InvalidMediaError, match="no HEVC configuration"):
        parameter_sets(config)


def test_sets_that_do_not_fit_a_record_are_refused() -> None:
    vps, sps, pps = sets_of("plain")
    with pytest.raises(InvalidMediaError, match="65536 bytes"):
        hevc_configuration(annex_b(vps, sps, pps + b"\x01" * (65536 - len(pps))))


def test_samples_of_sixteen_bits_do_not_fit_a_record() -> None:
    vps, _, pps = sets_of("plain")
    tier = Bits().u(4, 0).u(3, 0).u(1, 1).u(8, 4).u(32, 0).u(8, 0, 0, 0, 0, 0, 0, 90)
    sps = tier.ue(0, 1, 64, 64).u(1, 0).ue(8, 8, 4).u(1, 1).ue(4, 2, 2).ue(0, 1, 0, 2, 1, 1).u(1, 0, 0, 0, 0)
    unit = sps.ue(0).u(1, 0, 0, 0, 0, 0).unit(b"\x42\x01")
    assert describe_hevc(annex_b(unit)).bit_depth == 16
    with pytest.raises(InvalidMediaError, match="16 bits"):
        hevc_configuration(annex_b(vps, unit, pps))


def test_identifiers_of_sets() -> None:
    vps, sps, pps = sets_of("plain")
    assert [parameter_set_id(unit) for unit in (vps, sps, pps)] == [(32, 0, 0), (33, 0, 0), (34, 0, 0)]
    assert parameter_set_id(b"\x42\x09" + sps[2:]) == (33, 1, 0)
    assert parameter_set_id(b"\x44\x01\x40\x80") == (34, 0, 1)


def test_sub_layers_of_a_configuration() -> None:
    assert max_sub_layers(parameter_sets(encode_video(HEVC["sub-layers"]).extradata)) == 3
    assert max_sub_layers(parameter_sets(encode_video(HEVC["plain"]).extradata)) == 1


def test_more_than_seven_sub_layers_are_refused() -> None:
    with pytest.raises(InvalidMediaError, match="8 sub-layers"):
        describe_hevc(annex_b(Bits().u(4, 0).u(3, 7).u(8, *[0] * 40).unit(b"\x42\x01")))


def test_truncated_at_every_length_a_configuration_is_whole_or_invalid() -> None:
    extradata = encode_video(HEVC["rate model"]).extradata
    record = hevc_configuration(extradata)
    for length in range(len(record)):
        with pytest.raises(InvalidMediaError):
            hevc_configuration(record[:length])
    sets_end = extradata.index(units(extradata)[2])
    for length in range(sets_end + 3):
        with pytest.raises(InvalidMediaError):
            hevc_configuration(extradata[:length])
    for length in range(sets_end + 3, len(extradata)):
        if extradata[:length].endswith(b"\0\0\1"):
            with pytest.raises(InvalidMediaError, match="empty"):
                hevc_configuration(extradata[:length])
        else:
            hevc_configuration(extradata[:length])


def test_a_truncated_sequence_parameter_set_is_refused() -> None:
    unit = hevc_with_everything()
    for length in range(len(unit) - 4):  # the last four bytes hold nothing that matters here
        with pytest.raises(InvalidMediaError):
            describe_hevc(annex_b(unit[:length], b"\x44\x01\xc0"))


def test_damage_anywhere_ends_in_facts_or_an_invalid_configuration() -> None:
    chance = random.Random(7)
    vps, sps, pps = sets_of("HDR10")
    refused = 0
    for source in (hevc_with_everything(), sps):
        for _ in range(400):
            unit = bytearray(source)
            for _ in range(chance.randint(1, 4)):
                unit[chance.randrange(2, len(unit))] = chance.randrange(256)
            config = annex_b(vps, bytes(unit), pps)
            try:
                facts = describe_hevc(config)
                hevc_configuration(config)
            except InvalidMediaError:
                refused += 1
            else:
                assert 0 < facts.width <= 65536
                assert 0 < facts.height <= 65536
    assert refused > 50


def test_damage_to_other_sets_ends_in_a_record_or_an_invalid_configuration() -> None:
    chance = random.Random(8)
    vps, _, pps = sets_of("sub-layers")
    for _ in range(200):
        found = [bytearray(vps), bytearray(pps)]
        for unit in found:
            unit[chance.randrange(2, len(unit))] = chance.randrange(256)
            del unit[chance.randrange(3, len(unit) + 1) :]
        try:
            record = hevc_configuration(annex_b(bytes(found[0]), hevc_with_everything(), bytes(found[1])))
        except InvalidMediaError:
            continue
        assert record[:2] == b"\x01\x24"


def test_a_record_of_sequences_alone_has_their_sub_layers() -> None:
    sets = parameter_sets(annex_b(*sets_of("sub-layers")))
    bare = replace(sets, vps=())
    assert hevc_record(bare)[21] == hevc_record(sets)[21]


@pytest.mark.parametrize("unit", [b"", b"\x40", b"\x42\x01"])
def test_sets_that_end_too_early_have_no_identifier(unit: bytes) -> None:
    with pytest.raises(InvalidMediaError):
        parameter_set_id(unit)
