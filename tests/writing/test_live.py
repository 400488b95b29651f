"""What is decided for a live source, and that nothing the settings say is overruled."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from reelwright import EncoderSpecification, VideoCodec, VideoSettings
from reelwright.codecs.catalog import choose
from reelwright.codecs.video_options import plan_encoder
from reelwright.model.settings import inapplicable
from reelwright.writing.live import Latency, likely_rate, tuned


def settings(codec: VideoCodec = VideoCodec.H264, **more: Any) -> VideoSettings:
    return VideoSettings(codec, 64, 64, **more)


@pytest.mark.parametrize("codec", [VideoCodec.H264, VideoCodec.HEVC])
def test_fast_and_in_order_when_nothing_is_said(codec: VideoCodec) -> None:
    compression = tuned(settings(codec)).compression
    assert (compression.real_time, compression.allow_frame_reordering) == (True, False)


@pytest.mark.parametrize("given", [{"real_time": False, "allow_frame_reordering": True}, {"real_time": True}])
def test_settings_are_kept(given: dict[str, Any]) -> None:
    compression = tuned(settings(compression=given)).compression
    assert {name: getattr(compression, name) for name in given} == given


@pytest.mark.parametrize("value", [True, False])
def test_speed_may_be_named_otherwise(value: bool) -> None:
    compression = tuned(settings(compression={"prioritize_encoding_speed_over_quality": value})).compression
    assert compression.real_time is None


def test_encoder_options_speak_first() -> None:
    """They would win anyway; the report must not say that they won over something nobody asked for."""
    compression = tuned(settings(encoder_options={"preset": "slow", "bf": "2"})).compression
    assert (compression.real_time, compression.allow_frame_reordering) == (None, None)


@pytest.mark.parametrize("codec", [VideoCodec.PRORES_422, VideoCodec.JPEG, VideoCodec.VP9])
def test_an_encoder_that_knows_no_such_thing_is_not_told(codec: VideoCodec) -> None:
    """Or it would warn of settings that the caller never made."""
    known = tuned(settings(codec))
    plan = plan_encoder(known, choose(codec, None, known.bit_depth), frame_rate=Fraction(30))
    assert plan.unapplied == ()
    assert inapplicable(known) == []


def test_low_latency_is_no_business_of_real_time() -> None:
    wanted = EncoderSpecification(low_latency=True)
    assert tuned(settings(encoder_specification=wanted)).encoder_specification is wanted
    assert tuned(settings()).encoder_specification is None


@pytest.mark.parametrize(
    ("interval", "rate"),
    [
        (Fraction(1, 29), Fraction(29)),  # plain rates are what they are
        (Fraction(2, 25), Fraction(25, 2)),
        (Fraction(1001, 30000), Fraction(30000, 1001)),
        (Fraction(33_412, 1_000_000), Fraction(30000, 1001)),  # a camera's clock
        (Fraction(34, 1000), Fraction(30000, 1001)),
        (Fraction(16_700, 1_000_000), Fraction(60000, 1001)),
        (Fraction(40_100, 1_000_000), Fraction(25)),
        (Fraction(29_003, 1_000_000), Fraction(1_000_000, 29_003)),  # near to none
        (Fraction(7), Fraction(1, 7)),
        (Fraction(1, 5_000_000), Fraction(1000)),
    ],
)
def test_one_interval_says_little(interval: Fraction, rate: Fraction) -> None:
    assert likely_rate(interval) == rate


def test_latency_adds_up() -> None:
    latency = Latency()
    assert (latency.mean, latency.peak) == (0, 0)
    for seconds in (1.0, 4.0, 1.0):
        latency.note(seconds)
    assert (latency.count, latency.mean, latency.peak) == (3, 2, 4)
