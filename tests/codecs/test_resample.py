"""Another sample rate: clicks where they were, lengths to the frame, tones as they were."""

from __future__ import annotations

import numpy as np
import pytest
from tests.codecs.sound import Array, click_positions, clicks, peaks, tone

from reelwright.codecs.resample import MASTERING, NORMAL, Quality, Resampler

RATIOS = [
    (44100, 48000), (48000, 44100), (8000, 48000), (96000, 44100), (48000, 8000), (22050, 48000), (48000, 47999),
    (44100, 44101), (192000, 7350),
]  # fmt: skip


def resampled(
    samples: Array, source: int, target: int, quality: Quality = NORMAL, sizes: tuple[int, ...] = ()
) -> Array:
    """In blocks of the sizes given, over and over, or at once."""
    resampler = Resampler(source, target, samples.shape[1], samples.dtype, quality)
    blocks = []
    start = index = 0
    while start < len(samples):
        size = sizes[index % len(sizes)] if sizes else len(samples)
        blocks += resampler.convert(samples[start : start + size])
        start, index = start + size, index + 1
    blocks += resampler.flush()
    found = np.concatenate([samples[:0], *blocks])
    assert len(found) == resampler.frames_out
    return found


@pytest.mark.parametrize(("source", "target"), RATIOS)
@pytest.mark.parametrize("quality", [NORMAL, MASTERING], ids=["normal", "mastering"])
def test_clicks_keep_their_place_and_the_length_is_exact(source: int, target: int, quality: Quality) -> None:
    frames = 2 * source + 777
    apart = max(400, 60 * source // target)
    positions = np.array([0, *click_positions(frames, apart, source + target), frames - 1])
    found = resampled(clicks(frames, positions, 2), source, target, quality, sizes=(1, 4096, 7, 1023))
    assert abs(len(found) - frames * target / source) <= 0.5
    expected = positions * target / source
    places = peaks(found[:, 0], expected, max(4, apart * target // source // 3))
    assert np.abs(places - expected).max() <= 1
    assert np.array_equal(found[:, 0], found[:, 1])


@pytest.mark.parametrize("frames", [1, 2, 10, 479, 480, 481, 4096])
@pytest.mark.parametrize(("source", "target"), [(44100, 48000), (48000, 8000)])
def test_short_sound_has_its_length_too(frames: int, source: int, target: int) -> None:
    found = resampled(np.ones((frames, 1), np.float32), source, target)
    assert len(found) == int(frames * target / source + 0.5)


def test_how_it_is_cut_into_blocks_does_not_matter() -> None:
    samples = np.random.default_rng(3).uniform(-1, 1, (30000, 2)).astype(np.float32)
    whole = resampled(samples, 44100, 48000)
    assert np.array_equal(whole, resampled(samples, 44100, 48000, sizes=(1, 4410, 333)))


@pytest.mark.parametrize(("quality", "decibels"), [(NORMAL, 100), (MASTERING, 135)], ids=["normal", "mastering"])
@pytest.mark.parametrize(("source", "target"), [(44100, 48000), (48000, 44100), (96000, 48000)])
def test_a_tone_stays_a_tone(source: int, target: int, quality: Quality, decibels: float) -> None:
    time = np.arange(source) / source
    found = resampled(np.sin(2 * np.pi * 997 * time)[:, None], source, target, quality)[:, 0]
    expected = np.sin(2 * np.pi * 997 * np.arange(len(found)) / target)
    inner = slice(2000, -2000)
    noise = np.mean((found - expected)[inner] ** 2)
    assert 10 * np.log10(np.mean(expected[inner] ** 2) / noise) > decibels


def test_no_drift_over_a_minute_at_an_awkward_ratio() -> None:
    frames = 48000 * 60
    last = frames - 5000
    found = resampled(clicks(frames, np.array([last])), 48000, 47999)
    assert abs(int(np.abs(found).argmax()) - last * 47999 / 48000) <= 1


def test_what_the_lower_rate_cannot_hold_is_gone() -> None:
    found = resampled(tone(10_000, 48000, 48000)[:, None], 48000, 16000)
    assert np.abs(found[500:-500]).max() < 1e-4


def test_many_channels_stay_apart() -> None:
    samples = np.stack([tone(100 * (1 + channel), 8000, 8000) for channel in range(24)], axis=1)
    found = resampled(samples, 8000, 11025)
    alone = resampled(samples[:, 17:18], 8000, 11025)
    assert np.allclose(found[:, 17], alone[:, 0], atol=1e-6)


def test_nothing_in_gives_nothing_out() -> None:
    resampler = Resampler(44100, 48000, 2, np.float32)
    assert list(resampler.flush()) == []
    assert resampler.frames_out == 0
