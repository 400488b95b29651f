"""Stored samples into PCM: every frame at its place, whatever the encoding, from any start."""

from __future__ import annotations

import numpy as np
import pytest
from tests.codecs.sound import pcm_format

from reelwright.codecs.sound_decoder import SoundDecoder
from reelwright.codecs.sound_format import SoundFormat
from reelwright.model.errors import DecodeError
from reelwright.model.format import PcmLayout
from reelwright.model.time import Time


def test_pcm_passes_as_a_view() -> None:
    data = np.arange(20, dtype="<i2").tobytes()
    decoder = SoundDecoder(pcm_format(PcmLayout(16)))
    assert decoder.output_format == SoundFormat(48000, 2, None, PcmLayout(16))
    (block,) = decoder.decode(data, 480, 10)
    assert (block.position, block.frames, bytes(block.data)) == (480, 10, data)
    assert block.data.readonly
    assert np.shares_memory(np.frombuffer(block.data, np.uint8), np.frombuffer(data, np.uint8))
    assert decoder.drain() == []


def test_pcm_that_ends_within_a_frame_is_damage() -> None:
    with pytest.raises(DecodeError, match="not whole frames") as caught:
        SoundDecoder(pcm_format(PcmLayout(16))).decode(bytes(6), 24000)
    assert caught.value.time == Time(1, 2)
