"""Multivariant playlists, and the bit rates they state."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import m3u8
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelwright.model.errors import InvalidArgumentError
from reelwright.streaming.bit_rates import BitRateMeter, BitRates
from reelwright.streaming.multivariant import (
    IFrameVariant,
    Rendition,
    RenditionType,
    Variant,
    VideoRange,
    multivariant_playlist,
)

ENGLISH = Rendition(
    RenditionType.AUDIO, "aac", "English", "en/a.m3u8", language="en", is_default=True, channels="2",
    codec="mp4a.40.2", bit_rates=BitRates(130_000, 128_000),
)  # fmt: skip
GERMAN = replace(ENGLISH, name="Deutsch", uri="de/a.m3u8", language="de", is_default=False, bit_rates=BitRates(99, 98))
SIGNS = Rendition(RenditionType.SUBTITLES, "subs", "Signs", "s.m3u8", language="en", is_forced=True)
HIGH = Variant(
    "1080p.m3u8", BitRates(5_000_000, 4_000_000), ["avc1.640028"], (1920, 1080), Fraction(30000, 1001),
    audio="aac", subtitles="subs",
)  # fmt: skip
I_FRAMES = IFrameVariant("i.m3u8", BitRates(500, 400), ["avc1.640028"], (1920, 1080))


def test_what_a_player_reads() -> None:
    text = multivariant_playlist([HIGH], [ENGLISH, GERMAN, SIGNS], [I_FRAMES])
    read = m3u8.loads(text)
    (variant,) = read.playlists
    info = variant.stream_info
    assert variant.uri == "1080p.m3u8"
    # Of the group's members the most demanding one counts.
    assert (info.bandwidth, info.average_bandwidth) == (5_130_000, 4_128_000)
    assert info.codecs == "avc1.640028,mp4a.40.2"
    assert info.resolution == (1920, 1080)
    assert info.frame_rate == 29.97
    assert (info.video_range, info.audio, info.subtitles, info.closed_captions) == ("SDR", "aac", "subs", "NONE")
    assert [(each.name, each.default, each.autoselect, each.forced, each.channels) for each in read.media] == [
        ("English", "YES", "YES", None, "2"),
        ("Deutsch", "NO", "YES", None, "2"),
        ("Signs", "NO", "YES", "YES", None),
    ]
    (pictures,) = read.iframe_playlists
    assert (pictures.uri, pictures.iframe_stream_info.bandwidth) == ("i.m3u8", 500)


def test_sound_alone_has_no_pictures_to_tell_of() -> None:
    text = multivariant_playlist([Variant("a.m3u8", BitRates(2, 1), ["mp4a.40.2"])])
    tag = '#EXT-X-STREAM-INF:BANDWIDTH=2,AVERAGE-BANDWIDTH=1,CODECS="mp4a.40.2",CLOSED-CAPTIONS=NONE'
    assert text.splitlines()[2:] == [tag, "a.m3u8"]


def test_brightness() -> None:
    assert "VIDEO-RANGE=PQ" in multivariant_playlist(
        [replace(HIGH, audio=None, subtitles=None, video_range=VideoRange.PQ)]
    )


@pytest.mark.parametrize(
    ("variants", "renditions", "words"),
    [
        ([], [], "needs a variant"),
        ([HIGH], [ENGLISH], "'subs', which has no"),
        ([HIGH], [ENGLISH, ENGLISH, SIGNS], "are called 'English'"),
        ([HIGH], [ENGLISH, replace(GERMAN, is_default=True), SIGNS], "two defaults"),
        ([HIGH], [replace(ENGLISH, name='say "A"'), SIGNS], "quotation marks"),
        ([replace(HIGH, uri="a b")], [ENGLISH, SIGNS], "line of a playlist"),
    ],
)
def test_playlists_that_cannot_be(variants: list[Variant], renditions: list[Rendition], words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        multivariant_playlist(variants, renditions)


durations = st.fractions(min_value=Fraction(1, 10), max_value=9, max_denominator=100)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(durations, st.integers(1, 10**6)), min_size=1, max_size=12), st.integers(1, 8))
def test_the_peak_is_that_of_the_definition(segments: list[tuple[Fraction, int]], target: int) -> None:
    meter = BitRateMeter(target)
    assert meter.rates is None
    for duration, size in segments:
        meter.add(duration, size)
    runs = [segments[first:end] for first, end in combinations(range(len(segments) + 1), 2)]
    rates = [
        sum(size for _, size in run) * 8 / sum(duration for duration, _ in run)
        for run in runs
        # A set is no longer than 1.5 target durations unless it is one segment.
        if Fraction(target, 2) <= sum(duration for duration, _ in run)
        and (len(run) == 1 or sum(duration for duration, _ in run) <= Fraction(3 * target, 2))
    ]
    average = sum(size for _, size in segments) * 8 / sum(duration for duration, _ in segments)
    assert meter.rates == BitRates(max(rates, default=average).__ceil__(), average.__ceil__())
