"""Ladders: sizes that fit the source, bit rates that fit the sizes, names that differ."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from reelwright.model.encoder_specification import EncoderSpecification
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.kinds import VideoCodec
from reelwright.streaming.ladder import Rendition, ladder_for


def sizes(size: tuple[int, int], wanted: Any = None) -> list[tuple[str | None, tuple[int, int]]]:
    return [(each.name, each.size) for each in ladder_for(size, Fraction(30), wanted)]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((3840, 2160), [("2160p", (3840, 2160)), ("1080p", (1920, 1080)), ("720p", (1280, 720)), ("480p", (852, 480))]),
        ((1920, 1080), [("1080p", (1920, 1080)), ("720p", (1280, 720)), ("480p", (852, 480)), ("360p", (640, 360))]),
        ((1080, 1920), [("1080p", (1080, 1920)), ("720p", (720, 1280)), ("480p", (480, 852)), ("360p", (360, 640))]),
        ((7680, 4320), [("2160p", (3840, 2160)), ("1080p", (1920, 1080)), ("720p", (1280, 720)), ("480p", (852, 480))]),
        ((800, 500), [("500p", (800, 500)), ("360p", (576, 360)), ("240p", (384, 240))]),
        ((65, 49), [("48p", (64, 48))]),
        ((1, 1), [("2p", (2, 2))]),
    ],
)
def test_the_usual_ladder_follows_the_source(
    size: tuple[int, int], expected: list[tuple[str, tuple[int, int]]]
) -> None:
    assert sizes(size) == expected


def test_nothing_is_made_larger_and_nothing_twice() -> None:
    assert sizes((640, 360), [1080, "720p", 360, 180]) == [("360p", (640, 360)), ("180p", (320, 180))]
    assert sizes((640, 360), [Rendition(width=320), {"width": 5000, "height": 80}]) == [
        ("180p", (320, 180)),
        ("80p", (640, 80)),
    ]


def test_equal_sizes_are_told_apart_by_codec_and_rate() -> None:
    wanted = [Rendition(bit_rate=2_000_000), Rendition(codec="hvc1"), Rendition(bit_rate=900_000), 180]
    found = ladder_for((640, 360), None, wanted)
    assert [each.name for each in found] == ["360p-h264-2000k", "360p-h264-900k", "360p-hevc", "180p"]
    assert sorted(found, key=lambda each: -each.size[0]) == found


def test_bit_rates_grow_slower_than_pixels() -> None:
    rates = [each.bit_rate or 0 for each in ladder_for((1920, 1080), Fraction(30))]
    assert rates[0] == 6_000_000
    assert all(one > other > one / 3 for one, other in pairwise(rates))
    fast = ladder_for((1920, 1080), Fraction(60), [1080])[0].bit_rate or 0
    assert 6_000_000 < fast < 12_000_000
    assert (ladder_for((1920, 1080), Fraction(30), [Rendition(codec="hvc1")])[0].bit_rate or 0) < 6_000_000
    assert ladder_for((1920, 1080), Fraction(30), [Rendition(bit_rate=123_456)])[0].bit_rate == 123_456


def test_what_an_encoder_is_told() -> None:
    rung = ladder_for((1920, 1080), Fraction(25), [720])[0]
    settings = rung.settings(Fraction(25), Fraction(4))
    assert (settings.codec, settings.width, settings.height) == (VideoCodec.H264, 1280, 720)
    assert settings.compression.average_bit_rate == rung.bit_rate
    assert settings.compression.vbv_max_bit_rate == (rung.bit_rate or 0) * 3 // 2
    assert settings.compression.expected_source_frame_rate == 25
    assert not rung.shows_hdr
    quick = rung.settings(Fraction(25), Fraction(4), is_low_latency=True)
    assert quick.encoder_specification == EncoderSpecification(low_latency=True)
    assert quick.compression.data_rate_limits == (((rung.bit_rate or 0) * 3 // 8, Fraction(2)),)
    own = ladder_for((64, 48), None, [Rendition(codec="hvc1", encoder_options={"crf": 30})])[0]
    assert own.shows_hdr
    assert own.settings(None, Fraction(4)).compression.average_bit_rate is None


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ([], "without renditions"),
        (["big"], "'big' is no rendition"),
        ([True], "True is no rendition"),
        ([0], "0 is no rendition"),
        ([{"depth": 3}], "no rendition"),
        ([Rendition(name="a"), Rendition(height=24, name="a")], "not all different"),
        ([Rendition(name="audio")], "'audio'"),
        ([Rendition(name="subtitles-2")], "that of sound or subtitles"),
    ],
)
def test_ladders_that_lead_nowhere_are_refused(wanted: list[Any], words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        ladder_for((64, 48), None, wanted)


@pytest.mark.parametrize("fields", [{"height": 0}, {"width": -4}, {"bit_rate": 0}, {"short_side": 2, "width": 4}])
def test_renditions_that_are_none_are_refused(fields: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(fields))):
        Rendition(**fields)  # type: ignore[arg-type]
