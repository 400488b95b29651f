"""Profiles are read and written as Video Toolbox does; levels carry exactly what the standards' tables say."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from tests.model.refusal import refused

from reelwright.model.kinds import VideoCodec
from reelwright.model.profile import Picture, ProfileLevel, check_level, levels, profiles

H264, HEVC = VideoCodec.H264, VideoCodec.HEVC

STRINGS = {
    "H264_Baseline_3_0": (H264, "Baseline", "3.0"),
    "H264_Baseline_1_3": (H264, "Baseline", "1.3"),
    "H264_Baseline_AutoLevel": (H264, "Baseline", None),
    "H264_ConstrainedBaseline_AutoLevel": (H264, "ConstrainedBaseline", None),
    "H264_Main_3_2": (H264, "Main", "3.2"),
    "H264_High_4_1": (H264, "High", "4.1"),
    "H264_High_AutoLevel": (H264, "High", None),
    "H264_High_5_2": (H264, "High", "5.2"),
    "H264_ConstrainedHigh_AutoLevel": (H264, "ConstrainedHigh", None),
    "H264_High10_AutoLevel": (H264, "High10", None),
    "HEVC_Main_AutoLevel": (HEVC, "Main", None),
    "HEVC_Main10_AutoLevel": (HEVC, "Main10", None),
    "HEVC_Main10_5_1": (HEVC, "Main10", "5.1"),
}


class TestStrings:
    @pytest.mark.parametrize(("text", "expected"), STRINGS.items())
    def test_they_are_read_and_written(self, text: str, expected: tuple[Any, ...]) -> None:
        made = ProfileLevel.of(text)
        assert (made.codec, made.profile, made.level) == expected
        assert str(made) == text
        assert ProfileLevel.of(f"kVTProfileLevel_{text}") == made
        assert ProfileLevel.of(made) is made

    @pytest.mark.parametrize(
        ("constant", "text"),
        [
            ("AVVideoProfileLevelH264Baseline30", "H264_Baseline_3_0"),
            ("AVVideoProfileLevelH264BaselineAutoLevel", "H264_Baseline_AutoLevel"),
            ("AVVideoProfileLevelH264Main32", "H264_Main_3_2"),
            ("AVVideoProfileLevelH264High41", "H264_High_4_1"),
            ("AVVideoProfileLevelH264HighAutoLevel", "H264_High_AutoLevel"),
            ("H264_High", "H264_High_AutoLevel"),
        ],
    )
    def test_constants_names(self, constant: str, text: str) -> None:
        assert str(ProfileLevel.of(constant)) == text

    @pytest.mark.parametrize("value", ["High", "AV1_Main_AutoLevel", "", "H264_", None, 41])
    def test_what_is_none(self, value: Any) -> None:
        with refused(repr(value), way_out="'H264_High_AutoLevel'"):
            ProfileLevel.of(value)

    @pytest.mark.parametrize(
        ("text", "why", "way_out"),
        [
            ("H264_Extended_AutoLevel", "no encoder", "H264_Main_AutoLevel"),
            ("HEVC_Main42210_AutoLevel", "4:2:0", "HEVC_Main10_AutoLevel"),
            ("HEVC_Monochrome_AutoLevel", "4:2:0", "HEVC_Main_AutoLevel"),
            ("HEVC_Monochrome10_AutoLevel", "4:2:0", "HEVC_Main_AutoLevel"),
            ("H264_Higher_4_1", "no such profile", "H264_High_AutoLevel"),
            ("HEVC_High_AutoLevel", "no such profile", "HEVC_Main_AutoLevel"),
        ],
    )
    def test_profiles_that_cannot_be_had(self, text: str, why: str, way_out: str) -> None:
        with refused("ProfileLevel", "_".join(text.split("_")[:2]), why, way_out=way_out):
            ProfileLevel.of(text)

    @pytest.mark.parametrize(
        ("text", "level"), [("H264_High_4_3", "4.3"), ("HEVC_Main_1_1", "1.1"), ("H264_High_9_0", "9.0")]
    )
    def test_levels_that_do_not_exist(self, text: str, level: str) -> None:
        with refused(repr(level), way_out="'6.2', or AutoLevel"):
            ProfileLevel.of(text)

    def test_every_profile_of_the_list_can_be_read(self) -> None:
        for codec in VideoCodec:
            for text in profiles(codec):
                assert str(ProfileLevel.of(text)) == text


def test_what_profiles_allow() -> None:
    assert [ProfileLevel(H264, name).allows_cabac for name in ("Baseline", "ConstrainedBaseline", "Main")] == [0, 0, 1]
    names = ("Baseline", "ConstrainedBaseline", "ConstrainedHigh", "Main", "High")
    assert [ProfileLevel(H264, name).allows_frame_reordering for name in names] == [0, 0, 0, 1, 1]
    assert ProfileLevel(H264, "High").bits == (8,)
    assert ProfileLevel(H264, "High10").bits == (10,)
    assert ProfileLevel(HEVC, "Main10").bits == (8, 10)


# Largest common pictures of each level, from the standards' informative tables (H.264 table A-6, HEVC table A.10).
LARGEST = [
    (H264, "1.0", 176, 144, 15),
    (H264, "1.3", 352, 288, 30),
    (H264, "2.1", 352, 576, 25),
    (H264, "3.0", 720, 576, 25),
    (H264, "3.0", 720, 480, 30),
    (H264, "3.1", 1280, 720, 30),
    (H264, "3.2", 1280, 720, 60),
    (H264, "4.0", 1920, 1080, 30),
    (H264, "4.1", 2048, 1024, 30),
    (H264, "4.2", 1920, 1080, 60),
    (H264, "5.1", 3840, 2160, 30),
    (H264, "5.2", 3840, 2160, 60),
    (H264, "6.2", 7680, 4320, 120),
    (HEVC, "3.1", 960, 540, 60),
    (HEVC, "3.1", 1280, 720, 30),
    (HEVC, "4.0", 1920, 1080, 30),
    (HEVC, "4.1", 1920, 1080, 60),
    (HEVC, "5.0", 3840, 2160, 30),
    (HEVC, "5.1", 3840, 2160, 60),
    (HEVC, "5.2", 3840, 2160, 120),
    (HEVC, "6.2", 7680, 4320, 120),
]


def lowest_that_carries(codec: VideoCodec, picture: Picture) -> str:
    profile = "High" if codec is H264 else "Main"
    for level in levels(codec):
        try:
            check_level(codec, ProfileLevel(codec, profile, level.name), picture)
        except ValueError:
            continue
        return level.name
    return "none"


class TestLevels:
    @pytest.mark.parametrize(("codec", "level", "width", "height", "rate"), LARGEST)
    def test_the_tables_examples(self, codec: VideoCodec, level: str, width: int, height: int, rate: int) -> None:
        profile = ProfileLevel(codec, "Main", level)
        check_level(codec, profile, Picture(width, height, Fraction(rate)))
        with refused(f"level {level}", f"{width}×{height}", "a second (it allows"):
            check_level(codec, profile, Picture(width, height, Fraction(rate) * 3 / 2))

    @pytest.mark.parametrize(
        ("codec", "picture", "level"),
        [
            (H264, Picture(1920, 1080), "4.0"),
            (H264, Picture(1920, 1080, Fraction(60)), "4.2"),
            (H264, Picture(3840, 2160), "5.1"),
            (H264, Picture(1280, 720, Fraction(24)), "3.1"),
            (H264, Picture(1280, 720, None, 20_000_000), "3.2"),
            (H264, Picture(1920, 1080, None, None, 5), "5.0"),
            (H264, Picture(1920, 1080, None, None, 4), "4.0"),
            (H264, Picture(4096, 64), "4.0"),
            (HEVC, Picture(1920, 1080, Fraction(60)), "4.1"),
            (HEVC, Picture(3840, 2160), "5.0"),
            (HEVC, Picture(3840, 2160, None, 150_000_000), "5.1"),
            (HEVC, Picture(1920, 1080, None, None, 6), "5.0"),
            (HEVC, Picture(1920, 1080, None, None, 5), "4.0"),
            (HEVC, Picture(8192, 128), "5.0"),
        ],
    )
    def test_the_message_names_the_lowest_that_can(self, codec: VideoCodec, picture: Picture, level: str) -> None:
        assert lowest_that_carries(codec, picture) == level
        low = ProfileLevel(codec, "High" if codec is H264 else "Main", "1.0")
        with refused("level 1.0", f"{picture.width}×{picture.height}", way_out=f"is {level}: use"):
            check_level(codec, low, picture)

    def test_a_long_side_is_named(self) -> None:
        with refused("a side of 4096 pixels (it allows 2704)"):
            check_level(H264, ProfileLevel(H264, "Main", "3.1"), Picture(4096, 64))

    def test_the_unit_is_the_macroblock(self) -> None:
        profile = ProfileLevel(H264, "Main", "1.0")
        check_level(H264, profile, Picture(176, 144))
        with refused("108 macroblocks a picture (it allows 99)"):
            check_level(H264, profile, Picture(177, 144))

    @pytest.mark.parametrize(("profile", "most"), [("Main", 20_000_000), ("High", 25_000_000), ("High10", 60_000_000)])
    def test_bit_rates_by_profile(self, profile: str, most: int) -> None:
        named = ProfileLevel(H264, profile, "4.0")
        check_level(H264, named, Picture(1920, 1080, None, most))
        with refused(f"{most + 1} bits a second (it allows {most})"):
            check_level(H264, named, Picture(1920, 1080, None, most + 1))

    def test_references_are_counted_in_the_buffer(self) -> None:
        with refused("5 reference pictures (it allows 4 of this size)"):
            check_level(H264, ProfileLevel(H264, "Main", "4.0"), Picture(1920, 1080, None, None, 5))

    def test_auto_level_judges_the_size_alone(self) -> None:
        wish = Picture(1920, 1080, Fraction(10_000), 1 << 33, 16)
        check_level(H264, ProfileLevel(H264, "Main"), wish)
        check_level(H264, None, wish)

    @pytest.mark.parametrize("named", [None, ProfileLevel(H264, "High"), ProfileLevel(H264, "High", "6.2")])
    def test_a_size_that_no_level_carries(self, named: ProfileLevel | None) -> None:
        with refused("20000×8", way_out="No level of H264 can; use a smaller picture, or HEVC"):
            check_level(H264, named, Picture(20000, 8))
        with refused("20000×8", way_out="No level of HEVC can; use a smaller picture."):
            check_level(HEVC, None, Picture(20000, 8))

    def test_levels_only_grow(self) -> None:
        for codec in (H264, HEVC):
            table = levels(codec)
            for lower, higher in pairwise(table):
                assert float(lower.name) < float(higher.name)
                assert lower.picture <= higher.picture
                assert lower.rate <= higher.rate
                assert lower.bit_rate <= higher.bit_rate
                assert lower.buffer <= higher.buffer
