"""What decoded sound should be like, and pieces of it cut to a range."""

from __future__ import annotations

import pytest
from tests.codecs.sound import pcm_format

from reelwright.codecs.sound_format import FLOATS, PcmBlock, SoundFormat
from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import InvalidArgumentError, SettingsError
from reelwright.model.format import PcmLayout
from reelwright.model.kinds import AudioFormat

NATIVE = pcm_format(PcmLayout(24, is_big_endian=True, is_interleaved=False), 44100, 6, "5.1(side)")


def test_a_block_is_cut_without_a_copy() -> None:
    block = PcmBlock(10, memoryview(bytes(range(40))), 10)
    part = block.cut(12, 15)
    assert (part.position, part.frames, part.end, bytes(part.data)) == (12, 3, 15, bytes(range(8, 20)))
    assert part.data.obj is block.data.obj
    assert block.cut(0, 100) is block
    assert [block.cut(*span).frames for span in ((0, 10), (20, 30), (15, 12), (-5, -1))] == [0, 0, 0, 0]


def test_nothing_asked_is_the_decoder_s_own_interleaved() -> None:
    own = SoundFormat.resolved(None, NATIVE)
    assert own == SoundFormat(44100, 6, "5.1(side)", PcmLayout(24, is_big_endian=True))
    assert own.bytes_per_frame == 18
    assert own.description.bytes_per_frame == 18


def test_what_settings_leave_open_is_the_decoder_s() -> None:
    def resolved(**asked: object) -> SoundFormat:
        return SoundFormat.resolved(AudioSettings(AudioFormat.LINEAR_PCM, **asked), NATIVE)  # type: ignore[arg-type]

    own = PcmLayout(24, is_big_endian=True)
    assert resolved() == SoundFormat(44100, 6, "5.1(side)", own)
    assert resolved(sample_rate=8000).rate == 8000
    assert resolved(channels=6).layout == "5.1(side)"
    assert resolved(channels=1) == SoundFormat(44100, 1, "mono", own)
    assert resolved(channel_layout="5.1").layout == "5.1"
    assert resolved(linear_pcm_is_float=True).pcm == PcmLayout(32, is_float=True)
    assert resolved(linear_pcm_bit_depth=16).pcm == PcmLayout(16)
    assert resolved(linear_pcm_is_big_endian=True).pcm == PcmLayout(16, is_big_endian=True)


def test_what_is_complete_stays() -> None:
    wanted = SoundFormat(8000, 1, "mono", FLOATS)
    assert SoundFormat.resolved(wanted, NATIVE) is wanted


def test_encodings_cannot_be_asked_for() -> None:
    with pytest.raises(SettingsError, match="linear PCM"):
        SoundFormat.resolved(AudioSettings(AudioFormat.AAC, 48000, 2), NATIVE)


@pytest.mark.parametrize(("rate", "channels"), [(0, 1), (48000, 0), (48000, 65), (1 << 31, 1)])
def test_numbers_out_of_range(rate: int, channels: int) -> None:
    with pytest.raises(InvalidArgumentError):
        SoundFormat(rate, channels)


def test_a_layout_of_other_channels() -> None:
    with pytest.raises(SettingsError, match="does not have 2"):
        SoundFormat(48000, 2, "5.1")
