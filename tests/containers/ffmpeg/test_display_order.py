"""Pictures moved around in containers that do not say so: shown when the decoder shows them."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import pytest
from tests.containers.ffmpeg.made import FRAMES, film

from reelwright.containers.ffmpeg.media import FFmpegMedia
from reelwright.containers.media import StoredSample
from reelwright.storage.source import open_source

MOVED = [("avi", "libx264"), ("h264", "libx264"), ("hevc", "libx265")]


def read(data: bytes, start: int | None = None, with_data: bool = True) -> list[StoredSample]:
    return list(FFmpegMedia(open_source(data)).stream(1, start, with_data=with_data))


def decoded_times(data: bytes, samples: list[StoredSample]) -> list[int | None]:
    """Presentation times in the order in which a decoder gives the pictures."""
    with av.open(io.BytesIO(data)) as container:
        context = container.streams.video[0].codec_context
        found: list[int | None] = []
        for sample in samples:
            packet = av.Packet(sample.data or b"")
            packet.pts, packet.dts, packet.time_base = sample.presentation, sample.decode, Fraction(1, 1000)
            found += [frame.pts for frame in context.decode(packet)]
        return found + [frame.pts for frame in context.decode(None)]


@pytest.mark.parametrize(("container", "codec"), MOVED)
def test_pictures_come_out_in_order_of_time(container: str, codec: str) -> None:
    data = film(container, codec, None)
    samples = read(data)
    times = decoded_times(data, samples)
    assert len(times) == FRAMES
    usual = samples[0].duration
    assert times == [number * usual for number in range(FRAMES)]
    assert [one.presentation for one in samples] != sorted(one.presentation for one in samples)


@pytest.mark.parametrize(("container", "codec"), MOVED)
def test_none_is_decoded_after_it_is_shown(container: str, codec: str) -> None:
    samples = read(film(container, codec, None))
    assert all(one.decode <= one.presentation for one in samples)
    decode = [one.decode for one in samples]
    assert decode == sorted(set(decode))


@pytest.mark.parametrize("start", [0.3, 0.5, 0.9])
def test_times_are_the_same_from_any_moment(start: float) -> None:
    data = film("avi", "libx264", None)
    whole = read(data)
    rest = read(data, round(start * FRAMES))
    assert 0 < len(rest) < FRAMES
    assert rest == whole[FRAMES - len(rest) :]


@pytest.mark.parametrize(("container", "codec"), MOVED)
def test_without_data_the_times_are_the_same(container: str, codec: str) -> None:
    data = film(container, codec, None)
    without = read(data, with_data=False)
    assert {one.data for one in without} == {None}
    assert [one.presentation for one in without] == [one.presentation for one in read(data)]


def test_a_lost_picture_shifts_only_its_own_group() -> None:
    data = bytearray(film("h264", "libx264", None))
    whole = read(bytes(data))
    victim = whole[7]
    assert victim.data is not None
    place = bytes(data).index(victim.data)
    data[place + 6 : place + len(victim.data)] = b"\x55" * (len(victim.data) - 6)
    damaged = read(bytes(data))
    assert [one.presentation for one in damaged[24:]] == [one.presentation for one in whole[24:]]
    assert len(damaged) == FRAMES
