"""Sound at another speed: how long it becomes, where its clicks go, and which pitch it has."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.codecs.sound import clicks, main_frequency, tone

from reelwright.codecs.sound_format import PcmBlock, SoundFormat
from reelwright.codecs.time_stretch import stretch
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.format import PcmLayout
from reelwright.model.kinds import AudioTimePitchAlgorithm

FLOAT = PcmLayout(32, is_float=True)
RATES = [Fraction(2), Fraction(1, 2), Fraction(3, 2), Fraction(1001, 1000), Fraction(1, 5), Fraction(48000, 47999)]
ALGORITHMS = list(AudioTimePitchAlgorithm)


def block(values: NDArray[Any], position: int = 0) -> PcmBlock:
    return PcmBlock(position, np.ascontiguousarray(values).data.cast("B"), len(values))


def played(blocks: list[PcmBlock], rate: Fraction, algorithm: AudioTimePitchAlgorithm, channels: int = 1) -> Any:
    found = list(stretch(blocks, SoundFormat(48000, channels, None, FLOAT), rate, algorithm))
    position = 0
    for one in found:
        assert one.position == position
        position = one.end
    return np.concatenate([np.frombuffer(one.data, "<f4").reshape(-1, channels) for one in found])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("rate", RATES)
def test_the_length_is_what_the_rate_says(rate: Fraction, algorithm: AudioTimePitchAlgorithm) -> None:
    frames = 50_001
    sound = played([block(tone(440, frames, 48000)[:, None])], rate, algorithm)
    assert len(sound) == int(frames / rate + Fraction(1, 2))


@pytest.mark.parametrize("frames", [0, 1, 7])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_next_to_nothing_has_a_length_too(frames: int, algorithm: AudioTimePitchAlgorithm) -> None:
    blocks = [block(np.ones((frames, 1), np.float32))] if frames else []
    found = list(stretch(blocks, SoundFormat(48000, 1, None, FLOAT), Fraction(1, 2), algorithm))
    assert sum(one.frames for one in found) == 2 * frames


@pytest.mark.parametrize("rate", RATES)
def test_varispeed_moves_clicks_to_the_frame_and_the_pitch_with_them(rate: Fraction) -> None:
    places = np.array([3000, 11_000, 20_003])
    sound = played([block(clicks(30_000, places))], rate, AudioTimePitchAlgorithm.VARISPEED)[:, 0]
    for place in places:
        expected = float(place / rate)
        near = np.abs(sound[int(expected) - 50 : int(expected) + 51])
        assert abs(int(near.argmax()) - 50 + int(expected) - expected) <= 1
    high = played([block(tone(500, 48000, 48000)[:, None])], rate, AudioTimePitchAlgorithm.VARISPEED)[:, 0]
    assert main_frequency(high, 48000) == pytest.approx(500 * float(rate), rel=0.01)


@pytest.mark.parametrize("algorithm", [AudioTimePitchAlgorithm.SPECTRAL, AudioTimePitchAlgorithm.TIME_DOMAIN])
@pytest.mark.parametrize("rate", RATES)
def test_the_others_keep_the_pitch(rate: Fraction, algorithm: AudioTimePitchAlgorithm) -> None:
    sound = played([block(tone(500, 96000, 48000)[:, None])], rate, algorithm)[:, 0]
    assert main_frequency(sound, 48000) == pytest.approx(500, rel=0.01)
    assert np.abs(sound).max() == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize("rate", [Fraction(2), Fraction(1, 2), Fraction(4, 3)])
def test_loud_passages_stay_where_they_belong(rate: Fraction) -> None:
    wave = tone(440, 96000, 48000)[:, None]
    wave[:48000] = 0
    sound = np.abs(played([block(wave)], rate, AudioTimePitchAlgorithm.SPECTRAL)[:, 0])
    began = int((sound > 0.1).argmax())
    assert began == pytest.approx(48000 / float(rate), abs=48000 * 0.05)


def test_channels_stay_apart() -> None:
    wave = np.stack([tone(300, 48000, 48000), tone(900, 48000, 48000)], axis=1)
    for algorithm, factor in ((AudioTimePitchAlgorithm.VARISPEED, 2), (AudioTimePitchAlgorithm.SPECTRAL, 1)):
        sound = played([block(wave)], Fraction(2), algorithm, 2)
        assert main_frequency(sound[:, 0], 48000) == pytest.approx(300 * factor, rel=0.02)
        assert main_frequency(sound[:, 1], 48000) == pytest.approx(900 * factor, rel=0.02)


def test_blocks_or_one_piece_are_the_same() -> None:
    wave = tone(440, 40_000, 48000)[:, None]
    pieces = [block(wave[start : start + 999], start) for start in range(0, 40_000, 999)]
    for algorithm in ALGORITHMS:
        one = played([block(wave)], Fraction(3, 2), algorithm)
        assert np.allclose(one, played(pieces, Fraction(3, 2), algorithm), atol=1e-6)


def test_gaps_are_silence() -> None:
    wave = np.full((1000, 1), 0.5, np.float32)
    sound = played([block(wave), block(wave, 40_000)], Fraction(2), AudioTimePitchAlgorithm.VARISPEED)
    assert len(sound) == 20_500
    assert np.abs(sound[600:19_900]).max() < 1e-4
    assert sound[20_250] == pytest.approx(0.5, abs=0.01)


def test_integers_come_out_as_integers() -> None:
    format = SoundFormat(48000, 1, None, PcmLayout(24, is_big_endian=True))
    data = b"".join(int(value * (1 << 23)).to_bytes(3, "big", signed=True) for value in tone(440, 9600, 48000))
    found = list(stretch([PcmBlock(0, memoryview(data), 9600)], format, Fraction(2)))
    assert sum(len(one.data) for one in found) == 4800 * 3
    last = bytes(found[0].data)
    values = [int.from_bytes(last[at : at + 3], "big", signed=True) / (1 << 23) for at in range(0, len(last), 3)]
    assert max(values) == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize("rate", [Fraction(0), Fraction(-1), Fraction(1, 101), Fraction(101)])
def test_rates_out_of_range_are_refused(rate: Fraction) -> None:
    with pytest.raises(InvalidArgumentError, match="cannot be played"):
        stretch([], SoundFormat(48000, 1), rate)
